"""Real courier processes, killed at random moments while they send through the simulated WeChat.

Whatever was reported delivered is on the phone once, nothing is there twice, every message has exactly one report,
and each customer reads in the order in which it was said.
"""

import asyncio
import random
import signal
import sys
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from desk.channels.wechat.simulator import acts, create_simulator, demo_account
from desk.channels.wechat.simulator.faults import ApiFault
from desk.channels.wechat.simulator.users import Profile
from desk.channels.wechat.simulator.window import HOUR_MS, Allowance, Quota
from tests.couriers import Office
from tests.wechat.simulation import serving

pytestmark = pytest.mark.anyio

CUSTOMERS, MESSAGES, KILLS = 30, 600, 3
GENEROUS = Quota(message=Allowance(10_000, 48 * HOUR_MS))


class Sender:
    """Courier processes, one after the other."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.courier_process", *self._arguments, cwd=Path(__file__).parents[2]
        )

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


async def test_killed_again_and_again_it_sends_nothing_twice_and_drops_nothing_in_silence(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    chance = random.Random(20261123)
    office = Office(redis)
    simulator = create_simulator([msgspec.structs.replace(demo_account(""), quota=GENEROUS)])
    openids = [simulator.add_user("demo", Profile(openid=f"oSim5u{n:022d}")).openid for n in range(CUSTOMERS)]
    for openid in openids:
        simulator.act("demo", openid, acts.Text("在吗"))
    simulator.add_fault(ApiFault(path="/cgi-bin/message/custom/send", times=MESSAGES * 2, delay_ms=5))
    async with serving(simulator.app()) as here:
        sender = Sender(redis_url, f"{here}/sim/wechat", str(tmp_path))
        await sender.start()
        try:
            said = [office.saying(openids[n % CUSTOMERS], str(n)) for n in range(MESSAGES)]
            for n in range(KILLS):
                before = len(await office.reports())
                await office.scribe.write(said[n * MESSAGES // KILLS : (n + 1) * MESSAGES // KILLS])
                await office.reported(before + chance.randrange(20, 200), 20)
                await asyncio.sleep(chance.random() * 0.03)
                await sender.kill()
                # What the dead can do no more: its lease would run out in three seconds.
                await redis.delete(office.keys.lease("courier"))
                await sender.start()
            await office.reported(MESSAGES, 30)
            await office.settled()
        finally:
            await sender.kill()
            await simulator.stop()
    outcomes = await office.outcomes()
    assert set(outcomes) == {event.message for event in said}
    assert set(outcomes.values()) <= {"delivered", "uncertain"}
    assert await office.unfinished() == (0, 0)
    delivered = {event.content.text for event in said if outcomes[event.message] == "delivered"}  # type: ignore[union-attr]
    read = {
        openid: [entry.payload["text"]["content"] for entry in simulator.received("demo", openid)] for openid in openids
    }
    on_phones = [text for texts in read.values() for text in texts]
    assert len(on_phones) == len(set(on_phones))
    assert delivered <= set(on_phones)
    assert len(delivered) >= MESSAGES - KILLS * CUSTOMERS
    for texts in read.values():
        assert texts == sorted(texts, key=int)
