"""What is being written: kept for the writer's other pages, shown to nobody else, and gone when it has served."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from desk.drafts import KEPT_S, Drafts
from desk.signals import DRAFT_LENGTH_MAX
from desk.typing_signs import carry_signs, channel_of
from sessions import commands as cmd
from sessions.ids import UserId
from tests.builders import make_site
from tests.couriers import Channel
from tests.hubs import Browser, RunningDesk, running_desk

pytestmark = pytest.mark.anyio

SITE = make_site(["s1", "s2"])
USER = UserId("user-s1")


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE) as running:
        yield running


async def drafts_of(browser: Browser) -> dict[str, Any]:
    """What this page knows of drafts: the last that it was told of each session."""
    await browser.caught_up()
    known: dict[str, Any] = {}
    for frame in browser.frames:
        if frame.get("whole"):
            known = {}
        known |= frame.get("drafts", {})
    return known


async def told_of(browser: Browser, session: str, text: str) -> dict[str, Any]:
    frame = await browser.until(lambda each: each.get("drafts", {}).get(session, {}).get("text") == text)
    draft: dict[str, Any] = frame["drafts"][session]
    return draft


async def test_a_draft_is_there_on_every_page_of_its_writer(desk: RunningDesk) -> None:
    (first,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", first)
    other = await desk.open("s1", html=True, web=await desk.start_web())
    draft = {"text": "您好，请稍", "mode": "note", "rev": "r1", "base": "r0", "after": "17"}
    assert (await first.do("draft", session=session, **draft))["ok"]
    told = await told_of(other, session, "您好，请稍")
    assert {name: told[name] for name in draft} == draft

    newcomer = await desk.open("s1", html=True)
    assert (await drafts_of(newcomer))[session] == told
    assert await drafts_of(first) == {}, "who wrote it is not told of it"
    assert await desk.redis.ttl(f"{desk.keys.prefix}drafts:{USER}") == pytest.approx(KEPT_S, abs=5)


async def test_whoever_writes_last_wins(desk: RunningDesk) -> None:
    (first,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", first)
    second = await desk.open("s1", html=True)
    await first.do("draft", session=session, text="from the first", rev="a")
    await second.do("draft", session=session, text="from the second", rev="b")
    assert (await told_of(first, session, "from the second"))["rev"] == "b"
    assert (await drafts_of(await desk.open("s1", html=True)))[session]["text"] == "from the second"


async def test_nobody_else_is_told(desk: RunningDesk) -> None:
    (first, colleague) = await desk.at_work("s1", "s2", html=True)
    supervisor = await desk.open(role="supervisor", html=True)
    machine = await desk.open("s1")
    session = await desk.served("ann", first)
    await first.do("draft", session=session, text="a secret")
    await desk.redis.ping()
    for stranger in (colleague, supervisor, machine):
        await stranger.caught_up()
        assert "a secret" not in stranger.said()


async def test_a_draft_goes_when_it_was_sent_and_stays_behind_when_the_session_goes(desk: RunningDesk) -> None:
    (first, second) = await desk.at_work("s1", "s2", html=True)
    session = await desk.served("ann", first)
    await first.do("draft", session=session, text="hello")
    await first.do("draft", session=session, text="")
    assert await drafts_of(await desk.open("s1", html=True)) == {}

    await first.do("draft", session=session, text="for me alone")
    await first.do("transfer", session=session, to_seat="s2")
    await second.event("session_offered", session=session)
    await second.do("accept", session=session)
    assert await drafts_of(await desk.open("s2", html=True)) == {}
    assert (await drafts_of(await desk.open("s1", html=True)))[session]["text"] == "for me alone"
    assert (await first.refused("draft", session=session, text="more"))["code"] == "not_your_session"


async def test_drafts_end_with_their_session_and_with_the_shift(desk: RunningDesk) -> None:
    (first,) = await desk.at_work("s1", html=True)
    done, left = await desk.served("ann", first), await desk.served("bob", first)
    other = await desk.open("s1", html=True)
    await first.do("draft", session=done, text="for ann")
    await first.do("draft", session=left, text="for bob")
    await first.do("hang_up", session=done)
    await first.do("wrap_up", session=done, disposition="x")
    await told_of(other, done, "")
    assert set(await Drafts(desk.redis, desk.keys).of(USER)) == {left}
    await first.do("sign_out_seat", hand_over=True)
    async with asyncio.timeout(5):
        while await Drafts(desk.redis, desk.keys).of(USER):  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("nonsense", [b"{", b"", b"nonsense", b"\xff\xfe", b'{"user":5}', b'{"user":"\xff"}'])
async def test_what_makes_no_sense_of_drafts_stops_nobody(desk: RunningDesk, nonsense: bytes) -> None:
    (first,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", first)
    other = await desk.open("s1", html=True)
    await desk.redis.publish(f"{desk.keys.prefix}drafted", nonsense)
    await desk.redis.hset(f"{desk.keys.prefix}drafts:{USER}", "20200101-0001", nonsense)
    await first.do("draft", session=session, text="hello")
    await told_of(other, session, "hello")
    assert set(await drafts_of(await desk.open("s1", html=True))) == {session}


async def test_a_draft_of_a_session_that_is_no_more_is_not_shown_again(desk: RunningDesk) -> None:
    await desk.redis.hset(f"{desk.keys.prefix}drafts:{USER}", "20200101-0001", '{"text":"long ago"}')
    await desk.redis.hset(f"{desk.keys.prefix}drafts:{USER}", "20200101-0002", '{"words":"of another version"}')
    browser = await desk.open("s1", html=True)
    assert await drafts_of(browser) == {}
    assert "long ago" not in browser.said()
    assert set(await Drafts(desk.redis, desk.keys).of(USER)) == set()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"text": "x" * (DRAFT_LENGTH_MAX + 1)}, "text_too_long"),
        ({"text": "x", "session": "20200101-0001"}, "not_your_session"),
        ({"text": "x", "session": "x" * 65}, "argument_invalid"),
        ({"text": "x", "rev": "r" * 33}, "argument_invalid"),
        ({"text": "x", "mode": "shout"}, "argument_invalid"),
        ({"text": 5}, "argument_invalid"),
        ({"text": "x", "seat": "s2"}, "argument_invalid"),
    ],
    ids=lambda each: str(each)[:40],
)
async def test_what_makes_no_sense_is_refused_and_kept_nowhere(
    desk: RunningDesk, frame: dict[str, Any], code: str
) -> None:
    (browser,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", browser)
    assert (await browser.refused("draft", **{"session": session, **frame}))["code"] == code
    assert await Drafts(desk.redis, desk.keys).of(USER) == {}
    assert (await browser.do("draft", session=session, text="额" * DRAFT_LENGTH_MAX))["ok"], "and this is not too much"


async def test_only_the_seat_of_a_session_may_say_that_it_types(desk: RunningDesk) -> None:
    (first, second) = await desk.at_work("s1", "s2", html=True)
    session = await desk.served("ann", first)
    assert (await second.refused("typing", session=session))["code"] == "not_your_session"
    supervisor = await desk.open(role="supervisor")
    assert (await supervisor.refused("typing", session=session))["code"] == "not_your_session"


async def test_typing_is_carried_to_the_customer_as_often_as_it_is_worth(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", browser)
    channel, over = Channel("bank"), asyncio.Event()
    carrying = asyncio.create_task(carry_signs(desk.redis, desk.keys, [channel], over))
    try:
        async with asyncio.timeout(5):
            while not (await desk.redis.pubsub_numsub(channel_of(desk.keys)))[0][1]:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.01)
        await browser.do("typing", session=session, on=False)  # nothing is shown: nothing to end
        for _ in range(5):
            await browser.do("typing", session=session)
        await browser.do("typing", session=session, on=False)
        await browser.do("typing", session=session)
        await browser.do("send", session=session, text="您好")  # which ends it on the phone
        await browser.do("typing", session=session)
        await desk.redis.publish(channel_of(desk.keys), json.dumps({"customer": 5}))
        await desk.redis.publish(channel_of(desk.keys), "nonsense")
        async with asyncio.timeout(5):
            while len(channel.signs) < 4:  # noqa: ASYNC110 - another's progress
                await asyncio.sleep(0.01)
    finally:
        over.set()
        await carrying
    assert [on for _, on in channel.signs] == [True, False, True, True]


async def test_a_site_may_do_without_the_sign(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", browser)
    await desk.inbox.append(cmd.ConfigureSite(site=make_site(["s1", "s2"], version=2, typing_every_s=0)))
    await browser.event("site_configured")
    async with desk.redis.pubsub(ignore_subscribe_messages=True) as listening:
        await listening.subscribe(channel_of(desk.keys))
        await browser.do("typing", session=session)
        assert await listening.get_message(timeout=0.3) is None
