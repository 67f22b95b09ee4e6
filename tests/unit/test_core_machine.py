"""The laws hold on any day that Hypothesis can think of; `machine.py` says what may happen on it.

The number of days comes from the profile: few while you type, more where time allows (HYPOTHESIS_PROFILE=ci).
"""

from hypothesis import settings

from tests.unit.machine import AnyDay

TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(stateful_step_count=40)
