"""The laws hold on any day that Hypothesis can think of; `machine.py` says what may happen on it.

The number of days comes from the profile: few while you type, more where time allows (HYPOTHESIS_PROFILE=ci). More
than elsewhere: nothing else finds so much.
"""

from hypothesis import settings

from tests.unit.sessions.machine import AnyDay

TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(max_examples=settings().max_examples * 2, stateful_step_count=40)
