"""What survives: processes are killed at random moments under load, then everything is counted.

Customers push again as WeChat does, seats come back and ask again as the desk's page does. What was answered with
`success` must be in a transcript exactly once; what a seat was told yes to must be there, too, and be delivered or
visibly not; nobody is written to twice. The private Redis is started again by its keeper, the rest by us.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from desk.bench.audit import Said, audited, said
from desk.bench.site import Site, clock
from desk.bench.spine import Spine
from desk.bench.wechat_api import WeChatApi
from desk.store.engine import create_engine
from sessions.ledger import Ledger
from sessions.streams import Client, Keys

VICTIMS = ("web", "engine", "courier", "archivist", "redis")
SETTLE_S = 60.0
WECHAT_S = 0.15
"""WeChat's API takes its time, so that a courier that dies leaves messages whose fate it does not know."""
MUST_BE_ZERO = (
    "messages_lost",
    "messages_doubled",
    "messages_unseen",
    "answers_lost",
    "answers_doubled",
    "answers_in_silence",
    "answers_untrue",
    "wechat_doubled",
    "commands_unanswered",
)


class Plan(Struct, frozen=True):
    """How to torment a site. Between two kills `calm_s` passes, and `down_s` until the victim is started again."""

    kills: int = 20
    rate: int = 200
    seed: int = 1
    calm_s: tuple[float, float] = (2.0, 5.0)
    down_s: tuple[float, float] = (0.0, 2.0)
    among: tuple[str, ...] = VICTIMS

    def victims(self) -> Sequence[str]:
        """Each process as often as any other, in random order."""
        chance = random.Random(self.seed)  # noqa: S311
        rounds = -(-self.kills // len(self.among))
        return [each for _ in range(rounds) for each in chance.sample(self.among, len(self.among))][: self.kills]


async def crash(
    site: Site, api: WeChatApi, spine: Spine, redis: Client, database_url: str, plan: Plan
) -> dict[str, Any]:
    """Load the open spine, kill, settle, count; `broken` names every promise that was not kept."""
    chance, kills = random.Random(plan.seed), []  # noqa: S311
    api.delay_s = WECHAT_S
    stop, began = asyncio.Event(), clock()
    writing = asyncio.create_task(spine.keep_writing(plan.rate, stop))
    for victim in plan.victims():
        await asyncio.sleep(chance.uniform(*plan.calm_s))
        kills.append((clock(), victim))
        site.kill(victim)
        if victim != "redis":
            await asyncio.sleep(chance.uniform(*plan.down_s))
            site.start(victim)
    await asyncio.sleep(plan.calm_s[1])
    stop.set()
    await writing
    figures = {
        "kills": dict(Counter(victim for _, victim in kills)),
        "seed": plan.seed,
        "seconds": round(clock() - began, 1),
        "worst_push_to_seat_s": _worst(spine, kills),
        "pushes_not_taken": dict(spine.refused),
        **await _counted(site, api, spine, redis, database_url),
    }
    figures["broken"] += [f"{name}: {figures[name]}" for name in MUST_BE_ZERO if figures[name]]
    figures["broken"] += [f"{name} ended by itself" for name in site.fallen]
    return figures


def _worst(spine: Spine, kills: Sequence[tuple[float, str]]) -> dict[str, float]:
    """The longest that a message, pushed between this kill and the next, took to its seat, by victim."""
    worst: dict[str, float] = {}
    ends = [at for at, _ in kills[1:]] + [float("inf")]
    for (at, victim), end in zip(kills, ends, strict=True):
        took = [
            spine.seen.at[n] - pushed
            for n, pushed in spine.pushed_at.items()
            if at <= pushed < end and n in spine.seen.at
        ]
        worst[victim] = round(max([worst.get(victim, 0.0), *took]), 2)
    return worst


async def _counted(site: Site, api: WeChatApi, spine: Spine, redis: Client, database_url: str) -> dict[str, Any]:
    database = create_engine(database_url)
    ledger = Ledger(redis, Keys("desk:{main}:"))
    until = clock() + SETTLE_S
    while not _settled(spine, found := await said(database)) and clock() < until:
        await asyncio.sleep(0.5)
    audit = await audited(database, ledger)
    await database.dispose()
    seen, taken = spine.seen, spine.seen.taken
    delivered = {number for number, delivery in found.deliveries.items() if delivery == "delivered"}
    return {
        "messages": len(spine.accepted),
        "messages_lost": len(spine.accepted - found.customers.keys()),
        "messages_doubled": _doubled(found.customers),
        "messages_unseen": len(spine.accepted - seen.times.keys()) if seen.begun["snapshot"] <= len(spine.seats) else 0,
        "sockets_begun": dict(seen.begun),
        "answers": len(taken),
        "answers_lost": len(taken - found.answers.keys()),
        "answers_doubled": _doubled(found.answers),
        "answers_delivered": len(delivered),
        "answers_uncertain": sum(delivery == "uncertain" for delivery in found.deliveries.values()),
        "answers_failed": sum(delivery == "failed" for delivery in found.deliveries.values()),
        "answers_in_silence": sum(delivery == "sending" for delivery in found.deliveries.values()),
        "answers_untrue": len(delivered - api.times.keys()),
        "wechat_doubled": _doubled(api.times),
        "commands_unanswered": spine.unanswered,
        "refusals": dict(seen.refused),
        **audit,
    }


def _settled(spine: Spine, found: Said) -> bool:
    return (
        spine.accepted <= found.customers.keys()
        and spine.accepted <= spine.seen.times.keys()
        and spine.seen.taken <= found.answers.keys()
        and "sending" not in found.deliveries.values()
        and not spine.unanswered
    )


def _doubled(times: Counter[int]) -> int:
    return sum(each > 1 for each in times.values())
