"""The customers of a real ledger, sent to another policy."""

import pytest
from redis.asyncio import Redis

from desk.config import load_settings
from desk.simulating.ledger import EmptyLedgerError, recorded_day
from sessions.simulate import simulate
from tests.builders import Desk, make_site
from tests.ledgers import Scribe

pytestmark = pytest.mark.anyio


async def test_a_recorded_morning_becomes_a_day_that_can_be_simulated(redis: Redis, redis_url: str) -> None:
    desk = Desk(make_site(["s1"]))
    desk.sign_in("s1")
    for name in ("ann", "bob", "cho"):
        session = desk.served(name, "s1")
        desk.wait(15)
        desk.send("s1", session)
        desk.hang_up("s1", session)
        desk.wrap_up("s1", session)
        desk.wait(60)
    await Scribe(redis).write(desk.ledger)
    day = await recorded_day(load_settings(redis_url=redis_url, site="test"))
    assert isinstance(day.traffic, tuple)
    recorded = day.traffic
    assert [(each.group, each.at_s, each.lines[0].work_s) for each in recorded] == [
        ("cards", 0.0, 15.0),
        ("cards", 75.0, 15.0),
        ("cards", 150.0, 15.0),
    ]
    assert list(day.speeds) == ["s1"]
    assert simulate(day, 1)["first_mean_s"] == pytest.approx(15)


async def test_an_empty_ledger_is_said_to_be_empty(redis: Redis, redis_url: str) -> None:
    await Scribe(redis).write(Desk(make_site()).ledger)
    with pytest.raises(EmptyLedgerError, match="nothing to replay"):
        await recorded_day(load_settings(redis_url=redis_url, site="test"))
