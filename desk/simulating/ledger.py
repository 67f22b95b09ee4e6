"""The customers of the ledger in Redis, as a day that policies can be tried on."""

from collections.abc import AsyncIterator

from desk.config import Settings
from desk.processes.redis_start import need_answer
from desk.processes.running import open_resources
from sessions import events as ev
from sessions.ledger import Ledger
from sessions.replica import restore
from sessions.simulation.replay import read_traffic, replay
from sessions.simulation.scenarios import Scenario

BATCH = 2_000


class EmptyLedgerError(RuntimeError):
    """There is nothing to replay; the message says so."""


async def recorded_day(settings: Settings) -> Scenario:
    """Everything that the ledger still holds, with the site as it is set up now."""
    async with open_resources(settings) as resources:
        if settings.redis_url:
            await need_answer(resources.redis, settings.redis_url)
        site = (await restore(resources.ledger)).floor.site
        traffic = read_traffic([event async for event in recorded(resources.ledger)])
    if not traffic.customers or not traffic.seats:
        raise EmptyLedgerError("The ledger holds no customer who was answered: there is nothing to replay.")
    return replay(traffic, site)


async def recorded(ledger: Ledger) -> AsyncIterator[ev.Event]:
    """Every event that is still kept, oldest first."""
    seq, end = await ledger.beginning(), (await ledger.head()).seq
    while seq < end:
        found = await ledger.read(seq, count=BATCH, block_ms=1)
        if not found:
            return
        for seq, event in found:  # noqa: B007 - the last one read is where to go on
            yield event
