"""Processes come and go: seats keep what they have, and nobody is taken for present who is gone, or the other way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from desk import hub as hub_module
from desk import sign_in_ends
from desk.services import Services
from desk.sign_in import StaffMember
from sessions import events as ev
from sessions.ids import HubId, SeatId, Seq
from sessions.inbox import Inbox
from sessions.lease import LEASE_MS
from sessions.snapshots import SnapshotTaker
from tests.builders import make_site, user_of
from tests.hubs import PATIENCE_S, RunningDesk, inbox_away, running_desk
from tests.servers import RedisServer
from tests.web import StaffList

pytestmark = pytest.mark.anyio

SITE = make_site(["s1", "s2"], hub_silent_s=1, seat_grace_s=30)
S1 = SeatId("s1")


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningDesk]:
    monkeypatch.setattr(hub_module, "BEAT_EVERY_S", 0.2)
    async with running_desk(redis, tmp_path, SITE) as running:
        yield running


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - the desk's progress
            await asyncio.sleep(0.02)


def hubs_of(desk: RunningDesk, seat: SeatId = S1) -> set[HubId]:
    """Where the floor thinks that this seat is connected."""
    return set(desk.hub.floor.seats[seat].connections.values())


async def test_a_seat_is_there_while_any_browser_of_it_is(desk: RunningDesk) -> None:
    office, tablet = await desk.open("s1"), await desk.open("s1")
    await office.do("sign_in_seat")
    await office.leave()
    await desk.settled()
    assert desk.hub.floor.seats[S1].presence == "available"
    await tablet.leave()
    await until(lambda: desk.hub.floor.seats[S1].presence == "reconnecting")
    again = await desk.open("s1")
    await until(lambda: desk.hub.floor.seats[S1].presence == "available")
    assert again.snapshot["seat"]["presence"] == "reconnecting"
    assert (await again.event("presence_changed"))["presence"] == "available"


async def test_a_restart_of_the_web_process_costs_a_seat_nothing(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    before = await desk.open(cookie=cookie)
    await before.do("sign_in_seat")
    session = await desk.served("ann", before, "first")
    await desk.stop_web(desk.webs[0])
    assert await before.closed() == 1012
    await desk.write("ann", "while nobody served pages")
    await desk.start_web()
    after = await desk.open(cookie=cookie, after=before.seq)
    assert after.first["resumed"] is True
    await after.until(lambda frame: "while nobody served pages" in str(frame))
    assert (await after.do("send", session=session, text="I am back"))["ok"]
    await desk.settled()
    assert desk.hub.floor.sessions[session].seat == "s1"  # type: ignore[index]
    assert desk.hub.floor.seats[S1].presence == "available"


async def test_a_web_process_that_vanishes_is_missed_and_its_seats_with_it(desk: RunningDesk) -> None:
    other = await desk.start_web()
    there, here = await desk.open("s1", web=other), await desk.open("s2")
    await there.do("sign_in_seat")
    await here.do("sign_in_seat")
    session = await desk.served("ann", there)
    lost = other.hub.id
    await desk.lose_web(other)
    await here.event("presence_changed", seat="s1", presence="reconnecting")
    assert lost not in desk.hub.floor.facts.hubs
    assert desk.hub.floor.sessions[session].seat == "s1"  # type: ignore[index]
    back = await desk.open("s1")
    await here.event("presence_changed", seat="s1", presence="available")
    assert (await back.do("send", session=session, text="I am back"))["ok"]


async def test_a_hub_that_was_given_up_too_early_says_that_it_lives(desk: RunningDesk) -> None:
    agent = await desk.open("s1")
    await agent.do("sign_in_seat")
    supervisor = await desk.open(role="supervisor")
    async with inbox_away(desk.hub):  # its beats do not arrive
        await supervisor.event("presence_changed", seat="s1", presence="reconnecting")
        assert hubs_of(desk) == set()
    await supervisor.event("presence_changed", seat="s1", presence="available")
    await until(lambda: hubs_of(desk) == {desk.hub.id})
    assert desk.hub.id in desk.hub.floor.facts.hubs
    assert (await agent.do("set_presence", presence="busy"))["ok"]


async def test_who_came_while_the_inbox_was_away_is_there_all_the_same(desk: RunningDesk) -> None:
    async with inbox_away(desk.hub):
        agent = await desk.open("s1")
    await until(lambda: hubs_of(desk) == {desk.hub.id})
    assert (await agent.do("sign_in_seat"))["ok"]


async def test_who_left_while_the_inbox_was_away_is_gone_all_the_same(desk: RunningDesk) -> None:
    agent = await desk.open("s1")
    await agent.do("sign_in_seat")
    async with inbox_away(desk.hub):
        await agent.leave()
        await until(lambda: desk.hub.socket_count == 0)
        await asyncio.sleep(0.05)
    await until(lambda: desk.hub.floor.seats[S1].presence == "reconnecting")
    assert hubs_of(desk) == set()


async def test_no_socket_is_known_at_a_hub_that_nobody_would_miss(desk: RunningDesk) -> None:
    async with Redis.from_url("unix:///nowhere") as nowhere:
        web = await desk.start_web(inbox=Inbox(nowhere, desk.keys))
        await desk.open("s1", web=web)
        web.hub._attendance._inbox = desk.inbox
    await until(lambda: hubs_of(desk) == {web.hub.id})
    events = [event for _, event in await desk.ledger.read(await desk.ledger.beginning(), count=1000, block_ms=1)]
    told = [
        type(event) for event in events if isinstance(event, ev.HubBeat | ev.SeatConnected) and event.hub == web.hub.id
    ]
    assert told[:2] == [ev.HubBeat, ev.SeatConnected]


async def test_a_web_process_begins_with_what_was_said_before_it(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent, "said before the snapshot")
    taker = await SnapshotTaker.at(desk.ledger, desk.hub.seq)
    await taker.save()
    await desk.write("ann", "said after it")
    await desk.settled()
    later = await desk.start_web()
    assert later.hub.transcripts.lines(session) == desk.hub.transcripts.lines(session)  # type: ignore[arg-type]
    await agent.do("transfer", session=session, to_seat="s2")
    colleague = await desk.open("s2", web=later)
    await colleague.do("sign_in_seat")
    await agent.do("transfer", session=session, to_seat="s2")
    await colleague.event("session_offered", session=session)
    await colleague.do("accept", session=session)
    taken = await colleague.until(lambda frame: "lines" in frame)
    assert [line["content"]["text"] for line in taken["lines"]] == ["said before the snapshot", "said after it"]


async def test_sockets_outlive_a_crash_of_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "BEAT_EVERY_S", 0.2)
    server = RedisServer().start()
    try:
        async with (
            Redis.from_url(server.url, socket_timeout=None) as redis,
            running_desk(redis, tmp_path, SITE) as desk,
        ):
            (agent,) = await desk.at_work("s1")
            session = await desk.served("ann", agent)
            server.kill()
            assert (await agent.do("send", session=session, text="hello?", request="again"))["ok"] is False
            server.restart()
            async with asyncio.timeout(LEASE_MS / 1000 - 1):  # the engine need not wait for its own lease to run out
                while not (await agent.do("send", session=session, text="hello?", request="again"))["ok"]:
                    pass
            await desk.write("ann", "still here?")
            await agent.until(lambda frame: "still here?" in str(frame))
            assert len(agent.every("message_sent")) == 1
            assert agent.close_code is None
    finally:
        server.stop()


async def test_a_hub_that_cannot_follow_stops_instead_of_showing_the_past(desk: RunningDesk) -> None:
    other = await desk.start_web()
    browser = await desk.open("s1", web=other)
    other.hub._replica.seq = Seq(other.hub.seq - 1)  # an event twice: the floor would be wrong
    await desk.write("ann")
    assert await browser.closed() == 1012
    running = other._tasks[0]
    with pytest.raises(AssertionError):
        await running
    other._tasks[0] = asyncio.create_task(asyncio.sleep(0))


@pytest.fixture
async def ends(desk: RunningDesk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    """Sign-ins that are over are looked for all the time; at seat 1 works who signed in there."""
    monkeypatch.setattr(sign_in_ends, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(sign_in_ends, "RUN_OUT_EVERY_S", 0.05)
    services, stop = desk.webs[0].services, asyncio.Event()
    assert isinstance(services.staff, StaffList)
    for seat in ("s1", "s2"):
        member = StaffMember(user=user_of(seat), name=seat, role="agent", password_hash="", seat=SeatId(seat))
        services.staff.members[member.user] = member
    following = sign_in_ends.follow(services.on_staff, services.web_sessions, desk.hub, stop)
    task = asyncio.create_task(following)
    yield services
    stop.set()
    await task


async def test_who_is_no_longer_of_the_staff_is_at_no_socket(desk: RunningDesk, ends: Services) -> None:
    gone, stays = await desk.open("s1"), await desk.open("s2")
    assert isinstance(ends.staff, StaffList)
    del ends.staff.members[user_of("s1")]
    assert await gone.closed() == 4401
    assert (await stays.do("sign_in_seat"))["ok"]


async def test_a_socket_ends_with_a_sign_in_that_runs_out_unless_it_is_used(
    desk: RunningDesk, ends: Services, redis: Redis
) -> None:
    idle, used = await desk.open("s1"), await desk.open("s2")
    await until(lambda: not any(socket.was_used for socket in desk.hub.sockets))
    for key in await redis.keys("*web-session*"):
        await redis.expire(key, 3)
    assert (await used.do("sign_in_seat"))["ok"]
    assert await idle.closed() == 4401
    assert (await used.do("set_presence", presence="busy"))["ok"]
