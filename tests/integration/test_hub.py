"""The hub: a snapshot, then what happens, to those who may see it; and every command is answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sessions.ids import Role
from tests.builders import make_site
from tests.drawing import render
from tests.hubs import RunningDesk, running_desk

pytestmark = pytest.mark.anyio

SITE = make_site({"s1": {"cards": 3}, "s2": {"cards": 3}, "s3": {"bills": 3}})
SECRET = "my PIN is 1234"


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE, render=render) as running:
        yield running


async def test_a_browser_begins_with_how_things_are(desk: RunningDesk) -> None:
    await desk.write("ann")
    await desk.settled()
    before = desk.hub.seq
    browser = await desk.open("s1", lang="en")
    assert browser.connection.subprotocol == "desk.v1"
    assert before <= int(browser.first["seq"]) <= desk.hub.seq
    shown = browser.snapshot
    assert shown["me"] == {
        "user": "user-s1",
        "name": "name of user-s1",
        "role": "agent",
        "seat": "s1",
        "lang": "en",
    }
    assert shown["now"] > 1_700_000_000_000
    assert (shown["seat"]["presence"], shown["seat"]["load"], shown["seat"]["hard_cap"]) == ("offline", 0, 10)
    assert [each["seat"] for each in shown["seats"]] == ["s1", "s2", "s3"]
    assert shown["groups"] == [
        {"id": "cards", "name": "cards", "name_en": "", "waiting": 1},
        {"id": "bills", "name": "bills", "name_en": "", "waiting": 0},
    ]
    assert [(each["customer"], each["state"]) for each in shown["queue"]] == [("bank:ann", "queued")]
    assert shown["sessions"] == []
    assert shown["rules"]["offer_timeout_s"] == 20


async def test_what_happens_follows_the_snapshot_without_a_gap(desk: RunningDesk) -> None:
    supervisor = await desk.open(role="supervisor")
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    await agent.do("send", session=session, text="您好")
    await supervisor.event("message_sent", session=session)
    kinds = [frame["event"]["type"] for frame in supervisor.events]
    assert kinds == [
        "seat_signed_in",
        "session_opened",
        "message_received",
        "session_queued",
        "session_offered",
        "session_accepted",
        "message_sent",
    ]
    numbers = [int(frame["seq"]) for frame in supervisor.frames if "seq" in frame]
    assert numbers == sorted(set(numbers))


async def test_a_reply_comes_after_what_it_caused(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    await agent.do("send", session=session, text="您好", request="my-send")
    order = [frame.get("reply") or frame.get("event", {}).get("type") for frame in agent.frames]
    assert order.index("message_sent") < order.index("my-send")


async def test_who_takes_a_session_is_told_what_was_said_before(desk: RunningDesk) -> None:
    await desk.write("ann", "first")
    await desk.write("ann", "second")
    await desk.settled()
    (agent,) = await desk.at_work("s1")
    ringing = await agent.event("session_offered")
    await agent.do("accept", session=ringing["session"])
    accepted = await agent.until(lambda frame: frame.get("event", {}).get("type") == "session_accepted")
    assert [(line["by"], line["content"]["text"]) for line in accepted["lines"]] == [
        ("customer", "first"),
        ("customer", "second"),
    ]


async def test_what_customers_write_goes_to_their_seat_and_to_nobody_else(desk: RunningDesk) -> None:
    first, second, third = [await desk.open(seat, html=True) for seat in ("s1", "s2", "s3")]
    inspector = await desk.open(role="inspector", html=True)
    assert (await first.do("sign_in_seat"))["ok"]
    session = await desk.served("ann", first, SECRET)
    await desk.write("ann", SECRET)
    await first.do("send", session=session, text=f"not {SECRET}!")
    await first.do("note", session=session, text=f"says {SECRET}")
    await desk.write("bob", SECRET)  # rings at s1: the others see that, not what he wrote
    await desk.settled()
    late = await desk.open("s2", html=True)
    for browser in (first, second, third, inspector, late):
        await browser.caught_up()
    assert first.said().count(SECRET) >= 5
    for browser in (second, third, inspector, late):
        assert SECRET not in browser.said()
    assert [each["session"] for each in second.every("session_accepted")] == [session]
    assert not {each["event"]["type"] for each in third.events} & {"session_opened", "session_queued", "message_sent"}


async def test_what_waits_in_line_is_not_read_by_those_who_may_take_it(desk: RunningDesk) -> None:
    await desk.write("ann", SECRET)
    await desk.settled()
    agent = await desk.open("s1", html=True)
    assert len(agent.snapshot["queue"]) == 1
    assert SECRET not in agent.said()


async def test_those_who_oversee_see_everything(desk: RunningDesk) -> None:
    roles: tuple[Role, ...] = ("supervisor", "admin")
    overseers = [await desk.open(role=role) for role in roles]
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent, SECRET)
    await agent.do("note", session=session, text="calls often")
    for browser in overseers:
        await browser.event("note_added", text="calls often")
        assert browser.every("message_received")[0]["content"]["text"] == SECRET
        assert "lines" in next(each for each in browser.events if each["event"]["type"] == "session_accepted")


async def test_an_inspector_is_shown_no_session(desk: RunningDesk) -> None:
    inspector = await desk.open(role="inspector")
    (agent,) = await desk.at_work("s1")
    await desk.served("ann", agent)
    await inspector.caught_up()
    assert {frame["event"]["type"] for frame in inspector.events} == {"seat_signed_in"}
    assert inspector.snapshot["queue"] == inspector.snapshot["sessions"] == []


async def test_a_hand_over_reaches_the_colleague_with_its_note_and_no_third(desk: RunningDesk) -> None:
    desk_s1, desk_s2 = await desk.at_work("s1", "s2")
    session = await desk.served("ann", desk_s1)
    third = await desk.open("s3")
    await desk_s1.do("transfer", session=session, to_seat="s2", note="angry about a fee")
    offered = await desk_s2.event("session_offered", from_seat="s1")
    assert offered["note"] == "angry about a fee"
    accepted = await desk_s2.do("accept", session=session)
    assert accepted["ok"]
    assert await desk_s1.event("segment_ended", session=session, to_seat="s2")
    assert (await desk_s1.refused("send", session=session, text="still me"))["code"] == "not_your_session"
    await desk.write("ann", "who is there?")
    assert await desk_s2.event("message_received", session=session)
    for browser in (desk_s1, third):
        await browser.caught_up()
        assert "who is there?" not in browser.said()
    assert "angry" not in third.said()


async def test_two_browsers_of_one_seat_see_the_same(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    office, tablet = await desk.open(cookie=cookie), await desk.open(cookie=cookie)
    await office.do("sign_in_seat")
    session = await desk.served("ann", office)
    await tablet.do("send", session=session, text="from the tablet")
    for browser in (office, tablet):
        await browser.event("message_sent", session=session)
        await browser.caught_up()
    assert office.events == tablet.events


async def test_fragments_come_to_those_who_ask_for_them_in_their_language(desk: RunningDesk) -> None:
    chinese, english, plain = (
        await desk.open("s1", html=True),
        await desk.open("s1", html=True, lang="en"),
        await desk.open("s1"),
    )
    assert (await chinese.do("sign_in_seat"))["ok"]
    await desk.write("ann")
    pieces = []
    for browser in (chinese, english):
        frame = await browser.until(lambda each: each.get("event", {}).get("type") == "session_offered")
        pieces.append(frame["html"])
    await plain.event("session_offered")
    assert pieces[0] != pieces[1]
    assert not [frame for frame in plain.frames if "html" in frame]


async def test_an_event_that_cannot_be_drawn_holds_up_nobody(redis: Redis, tmp_path: Path) -> None:
    def broken(*_: object) -> str:
        raise ValueError("a page has a bug")

    async with running_desk(redis, tmp_path, SITE, render=broken) as desk:
        agent = await desk.open("s1", html=True)
        assert (await agent.do("sign_in_seat"))["ok"]
        await desk.served("ann", agent)
        await desk.write("ann", "are you there?")
        await agent.until(lambda frame: "are you there?" in str(frame))
        assert not [frame for frame in agent.frames if "html" in frame]


async def test_a_command_without_effect_says_why_in_the_askers_language(desk: RunningDesk) -> None:
    chinese, english = await desk.open("s1"), await desk.open("s2", lang="en")
    errors = [await each.refused("accept", session="20261123-0001") for each in (chinese, english)]
    assert [each["code"] for each in errors] == ["not_signed_in"] * 2
    assert [each["message"] for each in errors] == [
        "坐席尚未签入，请先签入",
        "The seat is not signed in. Sign in first.",
    ]
    assert (await chinese.do("sign_in_seat"))["ok"]
    assert await chinese.refused("set_presence", presence="break") == {
        "code": "reason_missing",
        "message": "小休需要选择原因",
        "field": "reason",
    }


@pytest.mark.parametrize(
    ("verb", "arguments", "code"),
    [
        ("accept", {}, "offer_gone"),
        ("reject", {}, "offer_gone"),
        ("send", {"text": "hello"}, "not_your_session"),
        ("note", {"text": "hello"}, "not_your_session"),
        ("transfer", {"to_seat": "s2"}, "not_your_session"),
        ("hang_up", {}, "not_your_session"),
        ("wrap_up", {"disposition": "x"}, "not_your_session"),
    ],
)
async def test_nobody_acts_on_a_colleagues_session(
    desk: RunningDesk, verb: str, arguments: dict[str, str], code: str
) -> None:
    owner, colleague = await desk.at_work("s1", "s2")
    await owner.event("seat_signed_in", seat="s2")
    await desk.write("ann")
    frame = await owner.until(lambda each: each.get("event", {}).get("type") == "session_offered")
    owner, colleague = (owner, colleague) if frame["event"]["seat"] == "s1" else (colleague, owner)
    session = frame["event"]["session"]
    await owner.do("accept", session=session)
    before = desk.hub.floor.sessions[session].messages
    error = await colleague.refused(verb, session=session, **arguments)
    assert error["code"] == code
    assert desk.hub.floor.sessions[session].messages == before


@pytest.mark.parametrize("role", ["supervisor", "inspector", "admin"])
async def test_an_agents_verbs_are_refused_to_others(desk: RunningDesk, role: Role) -> None:
    browser = await desk.open(role=role)
    assert (await browser.refused("sign_in_seat"))["code"] == "forbidden"
    assert (await browser.refused("send", session="x", text="x"))["code"] == "forbidden"
    assert (await browser.do("ping"))["now"]
    assert not any(seat.user for seat in desk.hub.floor.seats.values())


async def test_a_ping_tells_the_time_and_how_far_the_browser_has_been_told(desk: RunningDesk) -> None:
    browser = await desk.open("s1")
    reply = await browser.do("ping", request="beat")
    assert reply == {"reply": "beat", "ok": True, "now": reply["now"], "seq": reply["seq"]}
    assert abs(reply["now"] - browser.snapshot["now"]) < 5_000
    supervisor = await desk.open(role="supervisor")
    await desk.write("ann", "nothing of this is for an inspector")
    await supervisor.event("session_queued")
    inspector = await desk.open(role="inspector", after=browser.seq)
    told = await inspector.do("ping")
    assert inspector.events == []
    assert int(told["seq"]) >= int(supervisor.seq)
