"""Coming back: exactly what was missed, and every command takes effect once."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from desk import hub as hub_module
from sessions.ids import Role
from sessions.ledger import Ledger, LedgerTrimmed
from sessions.replica import Replica, restore
from sessions.snapshots import FOLLOWERS, SnapshotTaker
from tests.builders import make_site
from tests.hubs import PATIENCE_S, Browser, RunningDesk, running_desk

pytestmark = pytest.mark.anyio

SITE = make_site({"s1": {"cards": 3}, "s2": {"cards": 3, "bills": 3}}, soft_cap=8)
STEPS = 60


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE) as running:
        yield running


@pytest.mark.parametrize(("seed", "role"), [(1, "agent"), (2, "agent"), (3, "agent"), (4, "supervisor")])
async def test_who_comes_and_goes_sees_what_who_stays_sees(desk: RunningDesk, seed: int, role: Role) -> None:
    chance = random.Random(seed)
    cookie = await desk.cookie("s1" if role == "agent" else "", role)
    staying = await desk.open(cookie=cookie)
    coming = await desk.open(cookie=cookie)
    begun_at = int(coming.first["seq"])
    seen = []
    agents = await desk.at_work("s1", "s2")
    for _ in range(STEPS):
        await _something_happens(desk, chance, agents)
        if chance.random() < 0.3:
            await coming.leave()
            seen += coming.events
            if chance.random() < 0.7:
                await _something_happens(desk, chance, agents)
            coming = await desk.open(cookie=cookie, after=coming.seq)
            assert coming.first["resumed"] is True
    await desk.settled()
    for browser in (staying, coming):
        await browser.caught_up()
    seen += coming.events
    expected = [frame for frame in staying.events if int(frame["seq"]) > begun_at]
    assert [frame["seq"] for frame in seen] == [frame["seq"] for frame in expected]
    assert seen == expected
    assert len(expected) > STEPS / 2


async def test_nothing_missed_is_nothing_sent(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    first = await desk.open(cookie=cookie)
    await first.leave()
    await desk.settled()
    again = await desk.open(cookie=cookie, after=first.seq)
    await again.caught_up()
    assert again.first["resumed"] is True
    assert int(again.first["seq"]) >= int(first.seq)
    assert again.events == []


async def test_what_was_said_before_an_accept_is_the_same_when_it_is_told_late(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    away = await desk.open(cookie=cookie)
    await away.leave()
    (working,) = await desk.at_work("s1")
    session = await desk.served("ann", working, "before")
    await desk.write("ann", "after")
    await working.until(lambda frame: "after" in str(frame))
    back = await desk.open(cookie=cookie, after=away.seq)
    told_late, told_live = [await _accepted(each, session) for each in (back, working)]
    assert told_late == told_live
    assert [line["content"]["text"] for line in told_late["lines"]] == ["before"]


async def test_a_place_that_the_ledger_does_not_know_begins_anew(desk: RunningDesk) -> None:
    known = desk.hub.seq
    for number, after in enumerate(("9223372036854775807", "99999999999999999", "0", "1")):
        browser = await desk.open("s1", after=after)
        assert browser.snapshot["me"]["seat"] == "s1"
        assert int(browser.first["seq"]) >= known
        await desk.write(f"customer-{number}")
        assert await browser.event("session_opened", customer=f"bank:customer-{number}")


async def test_a_page_of_an_earlier_sign_in_is_not_taken_for_who_is_signed_in_now(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    identity = await desk.webs[0].services.web_sessions.find(cookie.partition("=")[2])
    assert identity
    assert (await desk.open(cookie=cookie, sign_in=identity.sign_in_id)).snapshot
    assert await (await desk.knock(cookie, sign_in="another")).closed() == hub_module.SOMEBODY_ELSE


async def test_a_page_is_told_which_scripts_are_the_newest(desk: RunningDesk) -> None:
    web = await desk.start_web(version=lambda: "v2")
    first = await desk.open("s1", html=True, web=web)
    assert first.first["version"] == "v2"
    assert (await desk.open("s1", html=True, web=web, after=first.seq)).first["version"] == "v2"
    assert "version" not in (await desk.open("s1", web=web)).first


async def test_what_is_no_place_begins_anew(desk: RunningDesk) -> None:
    for after in ("x", "-1", "1e3", "9" * 5_000, "%D9%A1", "%00", "1-0"):
        assert (await desk.open("s1", after=after)).snapshot, after


async def test_who_was_away_for_too_long_begins_anew(desk: RunningDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "RESUME_MAX", 10)
    away = await desk.open("s1")
    await away.leave()
    for n in range(5):
        await desk.write(f"customer-{n}")
    await desk.settled()
    back = await desk.open("s1", after=away.seq)
    assert len(back.snapshot["queue"]) == 5


async def test_what_was_trimmed_from_the_ledger_is_in_the_snapshot(desk: RunningDesk, redis: Redis) -> None:
    away = await desk.open("s1")
    await away.leave()
    await desk.write("ann")
    await desk.settled()
    taker = await SnapshotTaker.at(desk.ledger, desk.hub.seq)
    for follower in FOLLOWERS:
        await desk.ledger.save_position(follower, desk.hub.seq)
    await taker.save()
    await redis.xtrim(desk.keys.ledger, maxlen=0, approximate=False)
    back = await desk.open("s1", after=away.seq)
    assert [each["customer"] for each in back.snapshot["queue"]] == ["bank:ann"]
    await desk.write("bob")
    assert await back.event("session_opened", customer="bank:bob")


async def test_who_comes_just_when_the_hub_falls_behind_is_told_to_try_later(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The floor that it would be shown is the old one, and nobody would tell it what came between."""
    _, _, token = (await desk.cookie("s1")).partition("=")
    identity = await desk.webs[0].services.web_sessions.find(token)
    accepting, accepted, restoring = asyncio.Event(), asyncio.Event(), asyncio.Event()
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)
        accepting.set()
        await accepted.wait()

    async def restore_later(ledger: Ledger) -> Replica:
        await restoring.wait()
        return await restore(ledger)

    async def trimmed(*_: Any, **__: Any) -> Any:
        monkeypatch.undo()
        monkeypatch.setattr(hub_module, "restore", restore_later)
        raise LedgerTrimmed

    scope = {"type": "websocket", "path": "/ws", "headers": [], "query_string": b"", "subprotocols": []}
    coming = asyncio.create_task(desk.hub({**scope, "identity": identity}, receive, send))
    async with asyncio.timeout(PATIENCE_S):
        await accepting.wait()
        monkeypatch.setattr(desk.ledger, "read", trimmed)
        await desk.write("ann")
        while desk.hub.is_ready:  # noqa: ASYNC110 - the hub's progress
            await asyncio.sleep(0.01)
        accepted.set()
        await coming
        restoring.set()
        await desk.hub._ready.wait()
        await desk.settled()
    assert [(message["type"], message.get("code")) for message in sent] == [
        ("websocket.accept", None),
        ("websocket.close", hub_module.TRY_LATER),
    ]
    assert len((await desk.open("s1")).snapshot["queue"]) == 1


async def test_a_repeated_command_takes_effect_once_and_is_answered_each_time(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    for _ in range(3):
        assert (await agent.do("send", session=session, text="您好", request="once"))["ok"]
    await agent.caught_up()
    assert len(agent.every("message_sent")) == 1
    assert desk.hub.floor.sessions[session].messages == 2  # type: ignore[index]


async def test_one_sent_twice_in_a_breath_is_answered_for_both(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    for _ in range(2):
        await agent.send({"id": "twice", "do": "send", "session": session, "text": "您好"})
    await agent.until(lambda _: agent.replies("twice") == 2)
    await agent.caught_up()
    assert len(agent.every("message_sent")) == 1
    assert desk.hub._waiting == {}


async def test_a_command_asked_again_on_a_new_socket_takes_effect_once(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    before = await desk.open(cookie=cookie)
    await before.do("sign_in_seat")
    session = await desk.served("ann", before)
    await before.send({"id": "lost", "do": "send", "session": session, "text": "您好"})
    await before.leave()
    after = await desk.open(cookie=cookie, after=before.seq)
    assert (await after.do("send", session=session, text="您好", request="lost"))["ok"]
    assert len([*before.every("message_sent"), *after.every("message_sent")]) == 1


async def test_a_command_spelled_anew_takes_effect_once(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    await agent.tell(f'{{"id":"again","do":"send","session":"{session}","text":"您好"}}')
    await agent.tell(f'{{"do": "send", "text": "\\u60a8\\u597d", "session": "{session}", "id": "again"}}')
    await agent.tell(f'{{"id":"again","do":"send","session":"{session}","text":"再见"}}')
    await agent.caught_up()
    assert [each["content"]["text"] for each in agent.every("message_sent")] == ["您好", "再见"]


async def test_a_refusal_is_repeated_too(desk: RunningDesk) -> None:
    agent = await desk.open("s1")
    first = await agent.do("accept", session="20261123-0001", request="again")
    (colleague,) = await desk.at_work("s2")
    await agent.do("sign_in_seat")
    again = await agent.do("accept", session="20261123-0001", request="again")
    assert first == again
    assert first["error"]["code"] == "not_signed_in"
    assert (await colleague.do("ping"))["ok"]


async def test_the_same_id_for_something_else_or_by_somebody_else_is_another_command(desk: RunningDesk) -> None:
    first, second = await desk.at_work("s1", "s2")
    for words in ("busy", "available"):
        assert (await first.do("set_presence", presence=words, request="7"))["ok"]
    assert (await second.do("set_presence", presence="busy", request="7"))["ok"]
    await desk.settled()
    assert [each.presence for each in desk.hub.floor.seats.values()] == ["available", "busy"]


async def test_a_command_takes_effect_once_across_a_restart_of_the_engine(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    assert (await agent.do("send", session=session, text="one", request="before"))["ok"]
    await desk.stop_engine()
    await agent.send({"id": "between", "do": "send", "session": session, "text": "two"})
    await asyncio.sleep(0.1)
    assert not agent.replies("between")
    desk.start_engine()
    await agent.until(lambda _: agent.replies("between"))
    for request, words in (("before", "one"), ("between", "two")):
        assert (await agent.do("send", session=session, text=words, request=request))["ok"]
    await agent.caught_up()
    assert [each["content"]["text"] for each in agent.every("message_sent")] == ["one", "two"]


async def test_a_command_takes_effect_once_across_web_processes(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    other = await desk.start_web()
    here, there = await desk.open(cookie=cookie), await desk.open(cookie=cookie, web=other)
    await here.do("sign_in_seat")
    session = await desk.served("ann", here)
    for browser in (here, there):
        assert (await browser.do("send", session=session, text="您好", request="once"))["ok"]
    await there.caught_up()
    assert len(there.every("message_sent")) == 1
    assert len(here.every("message_sent")) == 1


async def _something_happens(desk: RunningDesk, chance: random.Random, agents: list[Browser]) -> None:
    """A customer writes or an agent does something that may or may not be allowed."""
    name = f"customer-{chance.randrange(6)}"
    agent = chance.choice(agents)
    live = list(desk.hub.floor.sessions)
    session = chance.choice(live) if live else "20261123-0001"
    ringing = [each for each in live if desk.hub.floor.sessions[each].offer]
    match chance.choice(("write", "write", "accept", "accept", "send", "transfer", "hang_up", "wrap_up", "note")):
        case "write":
            await desk.write(name, f"words {chance.random()}")
        case "accept":
            for each in agents:
                await each.do("accept", session=chance.choice(ringing or [session]))
        case "send":
            await agent.do("send", session=session, text=f"answer {chance.random()}")
        case "transfer":
            to: dict[str, Any] = chance.choice([{"to_group": "bills"}, {"to_seat": "s2"}])
            await agent.do("transfer", session=session, **to)
        case verb:
            await agent.do(verb, session=session, **({"text": "x"} if verb == "note" else {}))


async def _accepted(browser: Browser, session: str) -> Any:
    return await browser.until(
        lambda frame: frame.get("event", {}).get("type") == "session_accepted" and frame["event"]["session"] == session
    )
