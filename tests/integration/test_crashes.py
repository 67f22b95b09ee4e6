"""Every process of the Procfile is killed once under load, Redis too: nothing is lost, doubled or kept silent.

The short version of `desk bench --phases crash`, which kills twenty times.
"""

import pytest

from desk.bench.crash import VICTIMS, Plan
from desk.bench.run import crash_test, in_own_site

pytestmark = pytest.mark.anyio

PLAN = Plan(kills=len(VICTIMS), rate=60, seed=7, calm_s=(0.5, 1.5), down_s=(0.0, 1.0))


async def test_kill_nine_of_any_process_loses_nothing() -> None:
    figures = await in_own_site(lambda site, api: crash_test(site, api, PLAN, customers=24, seats=3))
    assert figures["broken"] == []
    assert set(figures["kills"]) == set(VICTIMS)
    assert figures["messages"] > PLAN.rate * 5
    assert figures["answers"] > PLAN.rate / 5
    assert figures["load_max"] <= 10
