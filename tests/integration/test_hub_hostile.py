"""What strangers and broken clients send: a clear answer or a close code, nothing lost, nothing left behind."""

import asyncio
import gc
import json
import random
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from websockets.exceptions import ConnectionClosed

from desk import hub as hub_module
from desk import socket as socket_module
from desk.hub import HELD_BACK_S, Hub
from desk.socket import Socket
from tests.builders import make_site
from tests.http_clients import http_client
from tests.hubs import Browser, RunningDesk, Web, inbox_away, running_desk
from tests.web import PASSWORD, sign_in

pytestmark = pytest.mark.anyio

SITE = make_site(["s1", "s2"])
LONG_ON_THE_WIRE = "\x01" * 600
ROUNDS_MAX = 60


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE) as running:
        yield running


async def serves_on(desk: RunningDesk) -> None:
    """The hub is as well as before: a session goes its way, and nothing of the visitors is left."""
    (agent,) = await desk.at_work("s2")
    await agent.do("set_presence", presence="available")
    session = await desk.served("ann", agent)
    assert (await agent.do("send", session=session, text="您好"))["ok"]
    await agent.leave()
    await _left_alone(desk)


async def _left_alone(desk: RunningDesk) -> None:
    async with asyncio.timeout(5):
        while desk.hub.socket_count:  # noqa: ASYNC110 - the server's progress
            await asyncio.sleep(0.01)
    assert desk.hub._waiting == {}
    assert desk.hub._sockets._at_seat == {}
    assert desk.hub._sockets._overseers == []


# Who may come in.


async def test_a_stranger_is_told_to_sign_in(desk: RunningDesk) -> None:
    assert await (await desk.knock()).closed() == 4401
    await serves_on(desk)


async def test_a_cookie_that_is_nobodys_is_a_strangers(desk: RunningDesk) -> None:
    for cookie in (
        "desk_session=guessed",
        "desk_session=" + "x" * 5_000,
        "desk_session=",
        'desk_session="; desk_session=',
        "desk_session=\xe9\xff",
        "other=1",
    ):
        assert await (await desk.knock(cookie)).closed() == 4401, cookie


async def test_a_page_from_elsewhere_gets_no_socket_though_it_has_the_cookie(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    for origin in ("https://evil.example", "http://127.0.0.1:1", "null", "http://127.0.0.1.evil.example"):
        assert await (await desk.knock(cookie, origin=origin)).closed() == 4403
    ours = await desk.open(cookie=cookie, origin=f"http://127.0.0.1:{desk.webs[0].port}")
    assert ours.snapshot
    await ours.leave()
    await serves_on(desk)


async def test_the_public_address_is_ours_too(redis: Redis, tmp_path: Path) -> None:
    async with running_desk(redis, tmp_path, SITE) as desk:
        web = await desk.start_web(public_url="https://desk.example.com")
        cookie = await desk.cookie("s1")
        assert (await desk.open(cookie=cookie, web=web, origin="https://desk.example.com")).snapshot
        assert await (await desk.knock(cookie, web=web, origin="https://desk.example.org")).closed() == 4403


async def test_who_signs_out_is_shown_out_everywhere(desk: RunningDesk) -> None:
    other = await desk.start_web()
    async with http_client(base_url=f"http://127.0.0.1:{desk.webs[0].port}") as client:
        assert (await sign_in(client, "supervisor", PASSWORD)).status_code == 303
        cookie = f"desk_session={client.cookies['desk_session']}"
        identity = await desk.webs[0].services.web_sessions.find(client.cookies["desk_session"])
        assert identity
        here, there = await desk.open(cookie=cookie), await desk.open(cookie=cookie, web=other)
        bystander = await desk.open(role="supervisor")
        answer = await client.post("/sign-out", headers={"x-csrf-token": identity.csrf})
        assert answer.status_code == 303
    assert await here.closed() == 4401
    assert await there.closed() == 4401
    assert (await bystander.do("ping"))["ok"]
    assert await (await desk.knock(cookie)).closed() == 4401


async def test_while_nobody_can_tell_who_it_is_nobody_is_taken_for_a_stranger(
    desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = await desk.cookie("s1")
    async with Redis.from_url("unix:///nowhere") as nowhere:
        monkeypatch.setattr(desk.webs[0].services.web_sessions, "_redis", nowhere)
        assert await (await desk.knock(cookie)).closed() == 1013
    monkeypatch.undo()
    assert (await desk.open(cookie=cookie)).snapshot


async def test_a_hub_that_has_not_caught_up_asks_for_patience(desk: RunningDesk) -> None:
    cookie = await desk.cookie("s1")
    desk.hub._ready.clear()
    assert await (await desk.knock(cookie)).closed() == 1013
    desk.hub._ready.set()
    assert (await desk.open(cookie=cookie)).snapshot


async def test_a_request_that_is_no_handshake_is_no_socket(desk: RunningDesk) -> None:
    async with http_client(base_url=f"http://127.0.0.1:{desk.webs[0].port}") as client:
        answer = await client.get("/ws")
        assert answer.status_code in {303, 404, 426}
        assert (await client.post("/ws", content=b"x" * 100)).status_code in {400, 403, 404, 405, 426}
    await serves_on(desk)


# What they may say.


NONSENSE: tuple[tuple[str | bytes, str], ...] = (
    (b'{"id":"1","do":"ping"}', "text_frames_only"),
    (b"\x00\xff" * 500, "text_frames_only"),
    (b"", "text_frames_only"),
    ("", "bad_frame"),
    ("hello", "bad_frame"),
    ("[]", "bad_frame"),
    ("[" * 60_000, "bad_frame"),
    ('{"id":"1","x":' + '{"x":' * 10_000, "bad_frame"),
    ('{"id":"1","do":"dance"}', "verb_unknown"),
    ('{"id":"1","do":["accept"]}', "verb_unknown"),
    ('{"id":"1"}', "verb_unknown"),
    ('{"id":"1","do":"accept"}', "argument_invalid"),
    ('{"id":"1","do":"accept","session":1}', "argument_invalid"),
    ('{"id":"1","do":"ping","more":1}', "argument_invalid"),
    (json.dumps({"id": "x" * 65, "do": "ping"}), "argument_invalid"),
    (json.dumps({"id": "1", "do": "accept", "session": "x" * 60_000}), "argument_invalid"),
    (json.dumps({"id": "1", "do": "send", "session": "x", "text": "x" * 60_000}), "text_too_long"),
    (json.dumps({"id": "1", "do": "send", "session": "x", "media": "../../secret.key"}), "media_unknown"),
)


async def test_a_frame_that_makes_no_sense_is_refused_and_the_socket_lives(desk: RunningDesk) -> None:
    browser = await desk.open("s1", lang="en")
    for frame, code in NONSENSE:
        reply = await browser.tell(frame)
        assert (reply["ok"], reply["error"]["code"]) == (False, code), frame[:50]
        assert len(reply["error"]["message"]) < 400
        assert "%(" not in reply["error"]["message"]
    assert (await browser.do("ping"))["ok"]


async def test_a_command_about_nothing_is_refused_by_the_core(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    for verb, arguments in (
        ("accept", {"session": "20261123-9999"}),
        ("send", {"session": "\0'; DROP TABLE session; --", "text": "x"}),
        ("transfer", {"session": "x", "to_group": "nowhere"}),
        ("note", {"session": "x" * 64, "text": "\0"}),
    ):
        assert (await browser.refused(verb, **arguments))["code"] in {"offer_gone", "session_unknown"}, verb


async def test_a_frame_over_the_limit_ends_the_socket_and_nothing_else(desk: RunningDesk) -> None:
    browser, other = await desk.at_work("s1", "s2")
    await browser.send(json.dumps({"id": "1", "do": "note", "session": "x", "text": "x" * 100_000}))
    assert await browser.closed() == 1009
    assert (await other.do("ping"))["ok"]
    await other.leave()
    await serves_on(desk)


async def test_text_that_is_no_unicode_ends_the_socket_and_nothing_else(desk: RunningDesk) -> None:
    browser = await desk.open("s1")
    await browser.connection.send(b"\xff\xfe", text=True)
    assert await browser.closed() == 1007
    await serves_on(desk)


async def test_who_sends_nonsense_again_and_again_is_shown_out(desk: RunningDesk) -> None:
    browser = await desk.open("s1")
    for _ in range(40):
        await browser.send("nonsense")
    assert await browser.closed() == 4400
    assert sum("reply" in frame for frame in browser.frames) <= 21
    await serves_on(desk)


async def test_refusals_of_the_core_show_nobody_out(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    for _ in range(50):
        await browser.refused("accept", session="20261123-0001")
    assert (await browser.do("ping"))["ok"]


async def test_commands_beyond_what_may_be_under_way_are_refused(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    await desk.stop_engine()
    for n in range(210):
        await browser.send({"id": f"n{n}", "do": "accept", "session": "x"})
    refused = await browser.until(lambda frame: not frame.get("ok", True))
    assert refused["error"]["code"] == "too_many_requests"
    desk.start_engine()
    await browser.until(lambda _: sum("reply" in frame for frame in browser.frames) >= 211)
    assert desk.hub._waiting == {}
    assert (await browser.do("ping"))["ok"]


async def test_when_the_inbox_is_away_each_command_is_refused_and_none_is_waited_for(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    async with inbox_away(desk.hub):
        for _ in range(2):
            reply = await browser.do("set_presence", presence="busy", request="again")
            assert reply["error"]["code"] == "unavailable"
        assert desk.hub._waiting == {}
    await asyncio.sleep(HELD_BACK_S)
    assert (await browser.do("set_presence", presence="busy", request="again"))["ok"]
    assert desk.hub._waiting == {}


async def test_nothing_overtakes_a_command_that_the_inbox_did_not_take(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    session = await desk.served("ann", browser)
    async with inbox_away(desk.hub):
        await browser.do("send", session=session, text="first", request="1")
    assert (await browser.refused("send", session=session, text="second", request="2"))["code"] == "unavailable"
    await asyncio.sleep(HELD_BACK_S)
    for request, text in (("1", "first"), ("2", "second")):
        assert (await browser.do("send", session=session, text=text, request=request))["ok"]
    await browser.caught_up()
    assert [each["content"]["text"] for each in browser.every("message_sent")] == ["first", "second"]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_sent_the_hub_serves_on_and_keeps_nothing(desk: RunningDesk, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(10):
        browser = await desk.open(chance.choice(("s1", "s2")), html=chance.random() < 0.5)
        try:
            for _ in range(chance.randrange(15)):
                await browser.send(_anything(chance))
        except ConnectionClosed:
            pass
        if chance.random() < 0.5:
            await browser.leave()
        else:
            browser.connection.transport.abort()
    await serves_on(desk)
    assert not await desk.redis.exists(desk.keys.set_aside)
    for browser in desk.browsers:
        await browser.leave()
    desk.browsers.clear()
    async with asyncio.timeout(5):
        while _sockets_in_memory():  # noqa: ASYNC110 - what is closing lets go
            await asyncio.sleep(0.1)


# Who takes nothing.


async def test_a_stuck_browser_is_dropped_and_holds_up_nobody(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    stuck = await _takes_nothing(desk)
    rounds = 0
    while desk.hub.socket_count > 1:
        assert rounds < ROUNDS_MAX
        rounds += 1
        await asyncio.gather(*(desk.write("ann", LONG_ON_THE_WIRE) for _ in range(300)))
        asked_at = time.monotonic()
        assert (await agent.do("note", session=session, text=f"note {rounds}"))["ok"]
        assert time.monotonic() - asked_at < 2
    await agent.caught_up()
    assert len(agent.every("note_added")) == rounds
    assert desk.hub._sockets._overseers == []
    stuck.connection.transport.resume_reading()
    assert await stuck.closed() == 4408
    back = await desk.open(role="supervisor", after=stuck.seq)
    assert (await back.do("ping"))["ok"]


async def test_who_never_takes_anything_again_is_let_go(desk: RunningDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "FAREWELL_S", 0.1)
    monkeypatch.setattr(hub_module, "BEAT_EVERY_S", 0.1)
    monkeypatch.setattr(socket_module, "STUCK_AFTER_S", 0.3)
    await desk.start_web()  # with the shorter beat
    dead = await _takes_nothing(desk, web=desk.webs[1])
    while not _waits(desk.webs[1].hub):  # the line is full; far from so many frames as drop a browser
        await asyncio.gather(*(desk.write("ann", LONG_ON_THE_WIRE) for _ in range(300)))
        await desk.settled()
        await asyncio.sleep(0.1)  # what could still go has gone
    async with asyncio.timeout(5):
        while desk.webs[1].hub.socket_count:  # noqa: ASYNC110 - the hub's progress
            await asyncio.sleep(0.05)
    assert dead.close_code is None
    dead.connection.transport.abort()


async def _takes_nothing(desk: RunningDesk, web: Web | None = None) -> Browser:
    """A supervisor's browser that stops reading, on a line that holds little."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", (web or desk.webs[0]).port))
    line.setblocking(False)
    browser = await desk.open(role="supervisor", web=web, sock=line)
    browser.connection.transport.pause_reading()
    return browser


def _sockets_in_memory() -> int:
    gc.collect()
    return sum(isinstance(each, Socket) for each in gc.get_objects())


def _waits(hub: Hub) -> bool:
    return any(each._frames.qsize() for each in hub._sockets._overseers)


def _anything(chance: random.Random) -> Any:
    return chance.choice(
        [
            b"\x00" * chance.randrange(100),
            "x" * chance.randrange(60_000),
            "[" * chance.randrange(60_000),
            '{"id":"1","do":' * 100,
            {"id": "1", "do": "ping"},
            {"id": "\0", "do": "accept", "session": "\0"},
            {"id": str(chance.random()), "do": "sign_in_seat", "presence": chance.choice(("busy", "x", None))},
            {"id": "same", "do": "accept", "session": "20261123-0001"},
            {"id": "same", "do": "wrap_up", "session": "20261123-0001", "remark": "\U0010ffff" * 2_000},
            {"id": 1e308, "do": {"do": {}}},
            '{"id":"2","do":"send","session":"x","text":"\\u202e\\u0000\\ud83d"}',
        ]
    )
