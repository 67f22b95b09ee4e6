"""A visitor and an agent: what is written arrives once, what is answered is shown, and both know what the other has."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.exc import OperationalError

from desk.channels.webchat import history
from desk.store.batches import archived_position
from desk.typing_signs import channel_of
from sessions import events as ev
from sessions.inbox import Inbox
from sessions.notices import DEFAULT_TEXTS
from sessions.streams import Keys
from tests.hubs import Browser, now_ms
from tests.webchat.chats import ChatDesk, chat_desk

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[ChatDesk]:
    async with chat_desk(redis, tmp_path) as desk:
        yield desk


@pytest.fixture
async def agent(desk: ChatDesk) -> Browser:
    (agent,) = await desk.at_work("s1")
    return agent


async def archived(desk: ChatDesk) -> None:
    """Everything is in SQL, and nothing more than needed in memory."""
    assert desk.database is not None
    await desk.settled()
    async with asyncio.timeout(8):
        while await archived_position(desk.database) < desk.hub.seq:  # noqa: ASYNC110 - the archivist's progress
            await asyncio.sleep(0.02)
    for chat in desk.chats.values():
        await chat._teller._forget()


async def events(desk: ChatDesk) -> list[ev.Event]:
    return [event for _, event in await desk.ledger.read(await desk.ledger.beginning(), count=5_000, block_ms=1)]


class TestTalking:
    async def test_a_visitor_is_served_like_any_other_customer(self, desk: ChatDesk, agent: Browser) -> None:
        page = await desk.page()
        assert page.welcome["stage"] == {"is": "idle"}
        assert page.welcome["text_max"] == 600
        session = await desk.served_visitor(page, agent, "我的卡丢了", name="m1")
        received = await agent.event("session_accepted", session=session)
        assert received["customer"].startswith("web:")
        assert await page.stage("served") == {"is": "served", "who": "s1"}
        await agent.do("send", session=session, text="请稍候 [微笑]")
        line = await page.shows("请稍候 🙂")
        assert (line["by"], line["who"]) == ("agent", "s1")
        own = page.lines()[0]
        assert (own["by"], own["text"], own["key"]) == ("visitor", "我的卡丢了", "m1")
        await agent.do("hang_up", session=session)
        await page.stage("idle")

    async def test_a_message_is_delivered_when_the_page_says_that_it_has_it(
        self, desk: ChatDesk, agent: Browser
    ) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent)
        await agent.do("send", session=session, text="您好")
        line = await page.shows("您好")
        await desk.settled()
        assert agent.every("message_delivered") == []
        await page.see(line)
        delivered = await agent.event("message_delivered")
        assert (delivered["message"], delivered["session"]) == (line["id"], session)

    async def test_a_message_waits_for_a_visitor_who_has_gone(self, desk: ChatDesk, agent: Browser) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent)
        await page.leave()
        await agent.do("send", session=session, text="还在吗？")
        await desk.settled()
        assert agent.every("message_delivered") == agent.every("message_failed") == []
        back = await desk.page(page.token)
        line = await back.shows("还在吗？")
        await back.see(line)
        assert (await agent.event("message_delivered"))["message"] == line["id"]

    async def test_the_desks_own_words_are_lines_too(self, desk: ChatDesk) -> None:
        page = await desk.page()
        await page.say("在吗")
        await page.stage("waiting")
        await page.say("0")
        told = await page.shows(DEFAULT_TEXTS["queue_left"])
        assert told["by"] == "desk"
        assert page.frames[-1].get("stage", {"is": "idle"}) == {"is": "idle"}

    async def test_a_visitor_sees_that_the_seat_writes_to_them(self, desk: ChatDesk, agent: Browser) -> None:
        page, stranger = await desk.page(), await desk.page()
        session = await desk.served_visitor(page, agent)
        for nonsense in (b"{", b'{"customer":"\xff"}'):
            await desk.redis.publish(channel_of(desk.keys), nonsense)
        assert (await agent.do("typing", session=session, on=True))["ok"]
        await page.until(lambda each: each.get("typing") is True)
        assert (await agent.do("typing", session=session, on=False))["ok"]
        await page.until(lambda each: each.get("typing") is False)
        await stranger.heard()
        assert not [frame for frame in stranger.frames if "typing" in frame]

    async def test_what_is_not_said_to_the_visitor_never_reaches_the_page(self, desk: ChatDesk, agent: Browser) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent)
        stranger = await desk.page()
        await agent.do("note", session=session, text="SECRET note")
        await desk.at_work("s2")
        await agent.do("consult", session=session, to_seat="s2", text="SECRET question")
        await agent.do("send", session=session, text="您好")
        await page.shows("您好")
        await page.heard()
        await stranger.heard()
        assert "SECRET" not in page.said()
        assert stranger.lines() == []


class TestNothingIsLostAndNothingIsDoubled:
    async def test_a_message_that_is_said_again_is_answered_again_and_said_once(
        self, desk: ChatDesk, agent: Browser
    ) -> None:
        page = await desk.page()
        assert (await page.say("我的卡丢了", name="m1"))["ok"]
        await page.shows("我的卡丢了")
        page.connection.transport.abort()  # the line broke before the page heard the answer
        again = await desk.page(page.token)
        assert (await again.say("我的卡丢了", name="m1"))["ok"]
        assert (await again.say("快帮我", name="m2"))["ok"]
        await again.shows("快帮我")
        assert again.texts() == ["我的卡丢了", "快帮我"]
        assert len([each for each in await events(desk) if isinstance(each, ev.MessageReceived)]) == 2

    async def test_what_cannot_be_stored_is_not_answered_for(self, redis: Redis, tmp_path: Path) -> None:
        nowhere = Inbox(Redis.from_url("unix:///nowhere"), Keys("desk:{main}:"))
        async with chat_desk(redis, tmp_path, inbox=nowhere) as desk:
            page = await desk.page()
            refused = await page.say("在吗", name="m1")
            assert (refused["ok"], refused["error"]["code"]) == (False, "unavailable")
            assert refused["error"]["retry_after_s"] == 3
            there = await desk.page(page.token, web=await desk.start_chat())
            assert (await there.say("在吗", name="m1"))["ok"]
            await page.shows("在吗")

    async def test_a_message_is_reported_once_however_many_pages_have_it(self, desk: ChatDesk, agent: Browser) -> None:
        other = await desk.start_chat()
        page = await desk.page()
        session = await desk.served_visitor(page, agent)
        tabs = [page, await desk.page(page.token), await desk.page(page.token, web=other)]
        await agent.do("send", session=session, text="您好")
        for tab in tabs:
            line = await tab.shows("您好")
            await tab.see(line)
            await tab.see(line, line)
        await desk.settled()
        await agent.caught_up()
        assert len(agent.every("message_delivered")) == 1

    async def test_receipts_for_what_was_never_sent_are_nothing(self, desk: ChatDesk, agent: Browser) -> None:
        page, stranger = await desk.page(), await desk.page()
        session = await desk.served_visitor(page, agent)
        await agent.do("send", session=session, text="您好")
        line = await page.shows("您好")
        await stranger.send({"do": "seen", "lines": [line["seq"], 1, 10**17]})
        await stranger.heard()
        await page.send({"do": "seen", "lines": [page.lines()[0]["seq"]]})
        await page.heard()
        await desk.settled()
        assert [each for each in await events(desk) if isinstance(each, ev.MessageDelivered)] == []


class TestRating:
    async def test_a_visitor_rates_with_stars_and_a_word_and_may_think_again(
        self, desk: ChatDesk, agent: Browser
    ) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent)
        await agent.do("send", session=session, text="您好")
        await page.shows("您好")
        await agent.do("hang_up", session=session)
        await agent.do("wrap_up", session=session, disposition="其他")
        asked = await page.until(lambda each: each.get("line", {}).get("kind") == "menu")
        assert (asked["line"]["rates"], len(asked["line"]["choices"])) == (session, 5)
        assert asked["line"]["choices"][0].startswith("5")
        stage = await page.until(lambda each: "asked" in each.get("stage", {}))
        assert stage["stage"] == {"is": "idle", "asked": {"session": session, "stars": 0}}
        rating = {"do": "rate", "session": session, "stars": 2, "comment": "太慢\x00了"}
        await page.send({**rating, "id": "r1"})
        await page.until(lambda each: each.get("stage", {}).get("asked", {}).get("stars") == 2)
        await page.send({**rating, "id": "r1", "stars": 1})
        await page.send({**rating, "id": "r2", "stars": 4, "comment": ""})
        await page.until(lambda each: each.get("stage", {}).get("asked", {}).get("stars") == 4)
        rated = [each for each in await events(desk) if isinstance(each, ev.SatisfactionRated)]
        assert [(each.stars, each.comment) for each in rated] == [(2, "太慢了"), (4, "")], "a repeated one counts once"
        back = await desk.page(page.token)
        assert back.welcome["stage"]["asked"] == {"session": session, "stars": 4}
        assert all(frame.get("ok") for frame in page.frames if "reply" in frame)

    async def test_what_nobody_asked_cannot_be_rated(self, desk: ChatDesk, agent: Browser) -> None:
        page, stranger = await desk.page(), await desk.page()
        session = await desk.served_visitor(page, agent)
        for each in (page, stranger):
            await each.send({"do": "rate", "id": "r1", "session": session, "stars": 1})
            refused = await each.until(lambda frame: frame.get("reply") == "r1")
            assert refused["error"]["code"] == "rating_over"
        for stars in (0, 6, "5", None, 1.5):
            await page.send({"do": "rate", "id": "r2", "session": session, "stars": stars})
        await page.heard()
        assert [each["error"]["code"] for each in page.frames if each.get("reply") == "r2"] == ["bad_frame"] * 5


class TestTakingBack:
    async def test_what_is_taken_back_leaves_every_page_and_does_not_come_again(
        self, desk: ChatDesk, agent: Browser
    ) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent)
        tab = await desk.page(page.token, web=await desk.start_chat())
        await agent.do("send", session=session, text="错了")
        line = await page.shows("错了")
        await tab.shows("错了")
        await page.see(line)
        await agent.event("message_delivered", message=line["id"])
        assert (await agent.do("recall", session=session, message=line["id"]))["ok"]
        for each in (page, tab):
            await each.until(lambda frame: frame.get("gone") == line["id"])
        assert (await agent.event("message_recalled"))["seen"] is True
        assert (await desk.page(page.token)).texts() == ["你好"]
        await archived(desk)
        assert (await desk.page(page.token)).texts() == ["你好"], "nor from the archive"

    async def test_what_its_sender_may_want_back_is_shown_when_they_want_it_no_more(
        self, desk: ChatDesk, agent: Browser
    ) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent)
        await agent.do("send", session=session, text="错了", hold_s=10)
        await agent.do("send", session=session, text="对了", hold_s=3)
        sent = {each["content"]["text"]: each["message"] for each in agent.every("message_sent")}
        assert (await agent.do("recall", session=session, message=sent["错了"]))["ok"]
        assert (await desk.page(page.token)).texts() == ["你好"], "nor does a reload show it early"
        await page.shows("对了")
        assert page.texts() == ["你好", "对了"]
        assert now_ms() >= page.lines()[-1]["at"] + 3_000
        assert (await agent.event("message_recalled"))["message"] == sent["错了"]


class TestSeveralPages:
    async def test_tabs_of_a_visitor_stay_in_step_across_processes(self, desk: ChatDesk, agent: Browser) -> None:
        other = await desk.start_chat()
        here = await desk.page()
        there = await desk.page(here.token, web=other)
        assert there.token == here.token
        await here.say("第一句")
        await there.shows("第一句")
        await there.say("第二句")
        await here.shows("第二句")
        await here.stage("waiting")
        await there.stage("waiting")
        session = agent.every("session_offered")[-1]["session"] if agent.every("session_offered") else ""
        session = session or (await agent.event("session_offered"))["session"]
        await agent.do("accept", session=session)
        await agent.do("send", session=session, text="您好")
        for page in (here, there):
            await page.shows("您好")
            assert page.texts() == ["第一句", "第二句", "您好"]

    async def test_a_web_process_that_goes_down_sends_its_pages_to_the_others(
        self, desk: ChatDesk, agent: Browser
    ) -> None:
        other = await desk.start_chat()
        page = await desk.page(web=other)
        session = await desk.served_visitor(page, agent)
        await desk.stop_web(other)
        assert await page.closed() == 1012
        await agent.do("send", session=session, text="别走开")
        back = await desk.page(page.token)
        await back.shows("别走开")
        assert back.texts() == ["你好", "别走开"]


class TestComingBack:
    async def test_a_reload_shows_what_was_said_from_memory_and_from_the_archive(
        self, desk: ChatDesk, agent: Browser
    ) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent, name="m1")
        await agent.do("send", session=session, text="您好")
        line = await page.shows("您好")
        await page.see(line)
        await page.leave()
        young = await desk.page(page.token)
        await young.leave()
        await archived(desk)
        old = await desk.page(page.token)
        assert young.lines() == old.lines() == page.lines()
        assert [line["key"] for line in old.lines() if line["by"] == "visitor"] == ["m1"]

    async def test_a_long_conversation_is_read_page_by_page(self, desk: ChatDesk, agent: Browser) -> None:
        page = await desk.page()
        session = await desk.served_visitor(page, agent, "0")
        said = ["0"]
        for number in range(1, 93):
            said.append(str(number))
            if number % 4:
                await agent.do("send", session=session, text=said[-1])
            else:
                await page.say(said[-1], name=f"n{number}")
            if number == 60:
                await page.leave()
                await archived(desk)
                page = await desk.page(page.token)
        await page.shows("92")
        back = await desk.page(page.token)
        assert back.texts() == said[-40:]
        for expected in (said[-80:], said):
            assert back.lines()[0]["seq"] > 0
            await back.ask_earlier()
            assert back.texts() == expected
        assert back.frames[-1]["earlier"]["more"] is False

    async def test_without_sql_there_is_what_the_process_remembers_and_it_says_so(
        self, desk: ChatDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(*_: object) -> None:
            raise OperationalError("select", {}, Exception("away"))

        page = await desk.page()
        await desk.served_visitor(page, agent)
        await archived(desk)
        monkeypatch.setattr(history, "customer_messages", away)
        back = await desk.page(page.token)
        assert back.texts() == ["你好"], "who is here is remembered"
        assert back.welcome["partial"] is True

    async def test_a_stranger_with_a_made_up_token_begins_anew(self, desk: ChatDesk) -> None:
        page = await desk.page()
        await page.say("我的卡丢了")
        await page.shows("我的卡丢了")
        forged = await desk.page(page.token[:-3] + "AAA")
        elsewhere = await desk.knock_at("other", origin=f"http://127.0.0.1:{desk.webs[0].port}")
        await elsewhere.send({"do": "hello", "token": page.token})
        await elsewhere.until(lambda each: "welcome" in each)
        for stranger in (forged, elsewhere):
            assert stranger.lines() == []
            assert stranger.token != page.token

    async def test_a_hub_that_begins_anew_makes_its_pages_begin_anew(self, desk: ChatDesk) -> None:
        page = await desk.page()
        await page.say("在吗")
        await page.shows("在吗")
        for watcher in desk.hub.watchers:
            watcher.begin()
        assert await page.closed() == 1012
