"""The engine by itself: how many commands a second, and how long from inbox to ledger to tail."""

import asyncio
import gc
import time
from collections.abc import Iterator
from typing import Any

from redis.asyncio import Redis

from desk.bench.pushes import openid
from desk.bench.site import Site, clock, percentiles_ms
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.ids import AccountId, CustomerId, GroupId, Millis, SeatId, UserId
from sessions.inbox import Inbox
from sessions.ledger import Ledger
from sessions.settings import Account, Group, SeatPlan
from sessions.settings import Site as SiteSettings
from sessions.streams import Keys, script

COMMANDS = 100_000
CUSTOMERS = 300
PACED_PER_S = 1_000
PACED_S = 10


async def engine_alone(site: Site) -> dict[str, Any]:
    """Fill the inbox, start the engine, see how fast it is through; then one command a millisecond."""
    redis = Redis.from_url(site.redis_url)
    keys = Keys("desk:{main}:")
    ledger, inbox = Ledger(redis, keys), Inbox(redis, keys)
    await inbox.append(cmd.ConfigureSite(site=_settings()))
    append = script(redis, "append")
    batch: list[bytes] = []
    for command in _messages(COMMANDS):
        batch.append(cmd.encode(command))
        if len(batch) == 1_000:
            await append(keys=[keys.inbox], args=batch)
            batch.clear()
    newest: Any = await redis.xrevrange(keys.inbox, count=1)
    last_entry = newest[0][0]
    before, began = site.costs(), clock()
    site.start("engine")
    while (await ledger.head()).position == "0-0":
        await asyncio.sleep(0.001)
    leads_at = clock()
    while (await ledger.head()).position != last_entry.decode():
        await asyncio.sleep(0.005)
    through_at, after = clock(), site.costs()
    gc.collect()
    gc.freeze()  # to look through all that was appended held the bench up, for what would count as the engine's time
    paced = await _paced(ledger, inbox)
    await redis.aclose()
    return {
        "commands": COMMANDS,
        "commands_per_s": round(COMMANDS / (through_at - leads_at)),
        "start_s": round(leads_at - began, 2),
        "engine_cpu_us": round(after["engine"].cpu_s * 1e6 / COMMANDS, 1),
        "redis_cpu_us": round((after["redis"].cpu_s - before["redis"].cpu_s) * 1e6 / COMMANDS, 1),
        "inbox_to_tail_ms_at_1000_per_s": paced,
    }


async def _paced(ledger: Ledger, inbox: Inbox) -> dict[str, float]:
    seq = (await ledger.head()).seq
    appended_at: dict[str, float] = {}
    took: list[float] = []
    total = PACED_PER_S * PACED_S

    async def tail() -> None:
        nonlocal seq
        while len(took) < total:
            for at_seq, event in await ledger.read(seq, count=500):
                seq = at_seq
                if isinstance(event, ev.MessageReceived):
                    took.append(clock() - appended_at[event.key])

    tailing = asyncio.create_task(tail())
    began, under_way = clock(), set[asyncio.Task[None]]()
    for number, command in enumerate(_messages(total, "paced")):
        while (wait := began + number / PACED_PER_S - clock()) > 0:
            await asyncio.sleep(min(wait, 0.001))
        appended_at[command.key] = clock()
        task = asyncio.create_task(inbox.append(command))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    async with asyncio.timeout(30):
        await tailing
    return percentiles_ms(took)


def _messages(total: int, key: str = "filled") -> Iterator[cmd.ReceiveMessage]:
    for number in range(total):
        yield cmd.ReceiveMessage(
            customer=CustomerId(f"demo:{openid(number % CUSTOMERS)}"),
            content=Text(text="请问我的账单日是哪天？"),
            key=f"{key}-{number}",
            sent_at=Millis(time.time_ns() // 1_000_000),
        )


def _settings() -> SiteSettings:
    group = GroupId("card_service")
    seats = [SeatId(f"seat{n}") for n in range(30)]
    return SiteSettings(
        accounts={AccountId("demo"): Account(id=AccountId("demo"), name="demo", default_group=group)},
        groups={group: Group(id=group, name="card service")},
        seats={each: SeatPlan(id=each, name=each, agent=UserId(each), skills={group: 1}) for each in seats},
    )
