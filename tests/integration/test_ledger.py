"""The ledger: numbers without gaps, a fenced commit, and no more of it than somebody needs."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from sessions import events as ev
from sessions import ledger as ledgers
from sessions.floor import freeze
from sessions.ids import HubId, Millis, Seq
from sessions.lease import Lease
from sessions.ledger import LeaseLost, Ledger, LedgerTrimmed
from sessions.replica import restore
from sessions.snapshots import FOLLOWERS, SnapshotTaker
from sessions.streams import Keys
from tests.builders import Desk, make_site
from tests.laws import fold
from tests.ledgers import Scribe
from tests.tour import tour

pytestmark = pytest.mark.anyio

KEYS = Keys("desk:{test}:")
EVENTS = tour().ledger
"""A morning on which everything happened."""


@pytest.fixture
def ledger(redis: Redis) -> Ledger:
    return Ledger(redis, KEYS)


@pytest.fixture
def scribe(redis: Redis) -> Scribe:
    return Scribe(redis, KEYS.prefix)


@pytest.fixture
def no_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Next to nothing is kept for browsers alone."""
    monkeypatch.setattr(ledgers, "TAIL_KEPT", 1)


async def contents(redis: Redis) -> dict[bytes | str, object]:
    """The streams and hashes that Redis holds."""
    found: dict[bytes | str, object] = {}
    for key in await redis.keys():
        kind = await redis.type(key)
        if kind == b"stream":
            found[key] = await redis.xrange(key)
        elif kind == b"hash":
            found[key] = await redis.hgetall(key)
    return found


async def keep_and_trim(ledger: Ledger, last: Seq) -> None:
    """All have read up to here, and the floor is kept."""
    for follower in FOLLOWERS:
        await ledger.save_position(follower, last)
    await (await SnapshotTaker.at(ledger, last)).save()


def busy_day(sessions: int) -> Sequence[ev.Event]:
    """Some eight events for each session."""
    desk = Desk(make_site(["s1"], soft_cap=10))
    desk.come("s1")
    for n in range(sessions):
        desk.wrap_up("s1", desk.wrapping(f"customer-{n}", "s1"))
        desk.wait(1)
    return desk.ledger


# Writing and reading.


async def test_events_are_read_as_they_were_written_numbered_without_gaps(ledger: Ledger, scribe: Scribe) -> None:
    begin = (await ledger.head()).seq
    await scribe.write(EVENTS[:10])
    await scribe.write(EVENTS[10:])
    found: list[tuple[Seq, ev.Event]] = []
    while len(found) < len(EVENTS):
        found += await ledger.read(found[-1][0] if found else begin, count=7, block_ms=1)
    assert [seq for seq, _ in found] == list(range(begin + 1, begin + 1 + len(EVENTS)))
    assert [event for _, event in found] == EVENTS


async def test_a_new_ledger_begins_at_the_microsecond_of_its_creation(ledger: Ledger) -> None:
    before = time.time_ns() // 1000
    head = await ledger.head()
    assert before <= head.seq <= time.time_ns() // 1000
    assert (await ledger.head()) == head
    assert head.position == "0-0"


async def test_reading_waits_for_what_comes(ledger: Ledger, scribe: Scribe) -> None:
    head = await ledger.head()
    reading = asyncio.create_task(ledger.read(head.seq, block_ms=5_000))
    await asyncio.sleep(0.05)
    await scribe.write(EVENTS[:1])
    async with asyncio.timeout(2):
        assert [event for _, event in await reading] == EVENTS[:1]


async def test_nothing_new_is_nothing_to_read(ledger: Ledger, scribe: Scribe) -> None:
    last = await scribe.write(EVENTS[:3])
    assert await ledger.read(last, block_ms=1) == []


# The commit.


async def test_a_commit_moves_the_inbox_position_with_the_events(redis: Redis, ledger: Ledger) -> None:
    lease = Lease(redis, KEYS, "engine")
    await lease.acquire()
    head = await ledger.head()
    last = await ledger.commit(lease.token, head.seq, "17-3", EVENTS[:5])
    assert last == head.seq + 5
    after = await ledger.head()
    assert (after.seq, after.position) == (last, "17-3")


async def test_a_commit_without_events_moves_the_position_alone(redis: Redis, ledger: Ledger) -> None:
    lease = Lease(redis, KEYS, "engine")
    await lease.acquire()
    head = await ledger.head()
    assert await ledger.commit(lease.token, head.seq, "17-3", []) == head.seq
    assert (await ledger.head()).position == "17-3"
    assert not await redis.exists(KEYS.ledger)


@pytest.mark.parametrize("events", [[], EVENTS[:1], EVENTS])
@pytest.mark.parametrize("lost_by", ["running out", "another holder", "never having it", "sleeping through two"])
async def test_without_the_lease_nothing_is_written(
    redis: Redis, ledger: Ledger, lost_by: str, events: list[ev.Event]
) -> None:
    lease = Lease(redis, KEYS, "engine", lease_ms=60_000)
    await lease.acquire()
    head = await ledger.head()
    seq = await ledger.commit(lease.token, head.seq, "1-0", EVENTS[:2])
    match lost_by:
        case "running out":
            await redis.delete(KEYS.lease("engine"))
        case "never having it":
            lease.token = 0
            await redis.delete(KEYS.lease("engine"))
        case _:
            for _ in range(1 if lost_by == "another holder" else 2):
                await redis.delete(KEYS.lease("engine"))
                assert await Lease(redis, KEYS, "engine").acquire()
    before = await contents(redis)
    with pytest.raises(LeaseLost, match="lease_lost"):
        await ledger.commit(lease.token, seq, "2-0", events)
    assert await contents(redis) == before


@pytest.mark.parametrize("off_by", [-1, 1, -2])
async def test_who_is_not_where_the_ledger_is_writes_nothing(redis: Redis, ledger: Ledger, off_by: int) -> None:
    lease = Lease(redis, KEYS, "engine")
    await lease.acquire()
    seq = await ledger.commit(lease.token, (await ledger.head()).seq, "1-0", EVENTS[:2])
    before = await contents(redis)
    with pytest.raises(LeaseLost, match="seq_mismatch"):
        await ledger.commit(lease.token, Seq(seq + off_by), "2-0", EVENTS[:1])
    assert await contents(redis) == before


async def test_the_same_commit_asked_for_again_writes_nothing(redis: Redis, ledger: Ledger) -> None:
    """The answer was lost on the way and the client asks again."""
    lease = Lease(redis, KEYS, "engine")
    await lease.acquire()
    head = await ledger.head()
    await ledger.commit(lease.token, head.seq, "1-0", EVENTS[:2])
    before = await contents(redis)
    with pytest.raises(LeaseLost):
        await ledger.commit(lease.token, head.seq, "1-0", EVENTS[:2])
    assert await contents(redis) == before


async def test_a_batch_of_thousands_is_one_commit(redis: Redis, ledger: Ledger, scribe: Scribe) -> None:
    many = [EVENTS[0]] * 6_000
    begin = (await ledger.head()).seq
    assert await scribe.write(many) == begin + 6_000
    assert await redis.xlen(KEYS.ledger) == 6_000


# Folding, snapshots, trimming.


async def test_the_floor_is_restored_from_the_ledger_alone(ledger: Ledger, scribe: Scribe) -> None:
    last = await scribe.write(EVENTS)
    replica = await restore(ledger)
    assert replica.seq == last
    assert freeze(replica.floor) == freeze(fold(EVENTS))


async def test_the_floor_of_any_moment_is_restored(ledger: Ledger, scribe: Scribe) -> None:
    begin = (await ledger.head()).seq
    await scribe.write(EVENTS)
    for upto in range(0, len(EVENTS) + 1, 7):
        replica = await restore(ledger, upto=Seq(begin + upto))
        assert freeze(replica.floor) == freeze(fold(EVENTS[:upto]))
        assert replica.seq == begin + upto


async def test_an_empty_ledger_is_an_empty_floor(ledger: Ledger) -> None:
    replica = await restore(ledger)
    assert (replica.floor.sessions, replica.seq) == ({}, (await ledger.head()).seq)


async def test_a_snapshot_is_of_what_the_archive_holds_and_restores_the_same_floor(
    ledger: Ledger, scribe: Scribe
) -> None:
    begin = (await ledger.head()).seq
    await scribe.write(EVENTS)
    for cut in range(0, len(EVENTS), 13):
        taker = await SnapshotTaker.at(ledger, Seq(begin + cut))
        await taker.save()
        snapshot = await ledger.load_snapshot()
        assert snapshot is not None
        assert snapshot[0] == begin + cut
        assert freeze((await restore(ledger)).floor) == freeze(fold(EVENTS))


async def test_a_snapshot_taker_follows_the_archive(ledger: Ledger, scribe: Scribe) -> None:
    taker = await SnapshotTaker.at(ledger, (await ledger.head()).seq)
    await scribe.write(EVENTS)
    batch = await ledger.read(Seq((await ledger.head()).seq - len(EVENTS)), count=len(EVENTS), block_ms=1)
    await taker.take_in(batch[:30])
    await taker.take_in(batch[20:])
    await taker.save()
    snapshot = await ledger.load_snapshot()
    assert snapshot is not None
    assert snapshot[0] == batch[-1][0]
    assert freeze((await restore(ledger)).floor) == freeze(fold(EVENTS))


@pytest.mark.usefixtures("no_tail")
async def test_the_ledger_is_trimmed_behind_snapshot_and_followers(
    redis: Redis, ledger: Ledger, scribe: Scribe
) -> None:
    day = busy_day(100)
    begin = (await ledger.head()).seq
    last = await scribe.write(day)
    await keep_and_trim(ledger, last)
    assert await redis.xlen(KEYS.ledger) < len(day), "whole blocks of it are gone"
    assert freeze((await restore(ledger)).floor) == freeze(fold(day))
    with pytest.raises(LedgerTrimmed):
        await ledger.read(begin, block_ms=1)


@pytest.mark.usefixtures("no_tail")
@pytest.mark.parametrize("behind", FOLLOWERS)
async def test_what_a_follower_still_needs_is_kept(ledger: Ledger, scribe: Scribe, behind: str) -> None:
    day = busy_day(100)
    begin = (await ledger.head()).seq
    last = await scribe.write(day)
    for follower in FOLLOWERS:
        await ledger.save_position(follower, Seq(begin + 250) if follower == behind else last)
    await (await SnapshotTaker.at(ledger, last)).save()
    needed = await ledger.read(Seq(begin + 250), block_ms=1)
    assert needed[0] == (begin + 251, day[250])


@pytest.mark.usefixtures("no_tail")
async def test_a_follower_never_heard_of_needs_everything(ledger: Ledger, scribe: Scribe) -> None:
    begin = (await ledger.head()).seq
    last = await scribe.write(busy_day(100))
    await ledger.save_position("archive", last)
    await (await SnapshotTaker.at(ledger, last)).save()
    assert (await ledger.first_seq()) == begin + 1


async def test_a_tail_is_kept_for_browsers(ledger: Ledger, scribe: Scribe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "TAIL_KEPT", 300)
    last = await scribe.write(busy_day(100))
    await keep_and_trim(ledger, last)
    assert len(await ledger.read(Seq(last - 300), block_ms=1)) == 300


@pytest.mark.usefixtures("no_tail")
async def test_a_moment_before_everything_that_is_kept_cannot_be_restored(ledger: Ledger, scribe: Scribe) -> None:
    """Better no floor than a wrong one, folded from the middle of the story."""
    day = busy_day(100)
    begin = (await ledger.head()).seq
    last = await scribe.write(day)
    await keep_and_trim(ledger, last)
    first = await ledger.first_seq()
    assert first is not None
    assert begin + 100 < first < last
    for upto in (Seq(begin + 50), Seq(first), Seq(last - 1)):
        with pytest.raises(LedgerTrimmed):
            await restore(ledger, upto=upto)


@pytest.mark.usefixtures("no_tail")
async def test_an_archive_that_was_set_back_spoils_no_snapshot(ledger: Ledger, scribe: Scribe) -> None:
    day = busy_day(100)
    last = await scribe.write(day)
    await keep_and_trim(ledger, last)
    taker = await SnapshotTaker.at(ledger, Seq(last - 5))
    await taker.take_in(await ledger.read(Seq(last - 5), block_ms=1))
    await taker.save()
    assert freeze((await restore(ledger)).floor) == freeze(fold(day))


@pytest.mark.usefixtures("no_tail")
async def test_who_slept_while_others_trimmed_spoils_no_snapshot(ledger: Ledger, scribe: Scribe) -> None:
    day = busy_day(100)
    begin = (await ledger.head()).seq
    sleeper = await SnapshotTaker.at(ledger, begin)
    last = await scribe.write(day)
    await keep_and_trim(ledger, last)
    await sleeper.save()
    assert await ledger.snapshot_seq() == last
    assert freeze((await restore(ledger)).floor) == freeze(fold(day))
    at = Millis(day[-1].at + 1)
    more = await scribe.write([ev.HubBeat(at=at, cause="1-0", hub=HubId("hub"), expires_at=at)])
    await sleeper.take_in(await ledger.read(last, block_ms=1))
    await sleeper.save()
    assert await ledger.snapshot_seq() == more


async def test_who_lived_while_redis_was_lost_keeps_the_floor_of_the_new_ledger(
    redis: Redis, ledger: Ledger, scribe: Scribe
) -> None:
    taker = await SnapshotTaker.at(ledger, await scribe.write(busy_day(3)))
    await taker.save()
    await redis.flushall()
    scribe.forget()
    begin = (await ledger.head()).seq
    await taker.save()
    assert await ledger.snapshot_seq() is None, "of a ledger that is no more"
    await scribe.write(EVENTS)
    await taker.take_in(await ledger.read(begin, count=len(EVENTS), block_ms=1))
    await taker.save()
    assert await ledger.snapshot_seq() == begin + len(EVENTS)
    assert freeze((await restore(ledger)).floor) == freeze(fold(EVENTS))


@pytest.mark.usefixtures("no_tail")
async def test_a_ledger_that_is_trimmed_under_ones_hands_is_read_from_the_newer_snapshot(
    ledger: Ledger, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = busy_day(100)
    await keep_and_trim(ledger, await scribe.write(day[:100]))
    last = await scribe.write(day[100:])
    load, trimmed = Ledger.load_snapshot, False

    async def slowly(self: Ledger) -> tuple[Seq, bytes] | None:
        nonlocal trimmed
        found = await load(self)
        if not trimmed:
            trimmed = True
            await keep_and_trim(ledger, last)
        return found

    monkeypatch.setattr(Ledger, "load_snapshot", slowly)
    assert freeze((await restore(ledger)).floor) == freeze(fold(day))
    assert trimmed
