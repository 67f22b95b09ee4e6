"""Talks with self-service as desks are told of them: how many to their groups, which to who looks, words to nobody."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from desk.talk_news import EVERY_S
from routing.selfservice import Answer, Flow, Keyword
from tests.builders import make_site
from tests.drawing import render
from tests.hubs import Browser, Frame, RunningDesk, running_desk

pytestmark = pytest.mark.anyio

FLOW = Flow(
    id="bank",
    name="Bank",
    keywords=(Keyword(id="limit", phrases=("额度",), action=Answer("see your app")),),
    unmatched_max=3,
)
SITE = make_site({"s1": {"cards": 3}, "s2": {"cards": 1}, "s3": {"bills": 3}}, flow=FLOW)
SECRET = "my PIN is 1234"


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE, render=render) as running:
        yield running


def news(browser: Browser, words: str) -> list[Frame]:
    """What it was told of talks, where it holds these words."""
    return [frame for frame in browser.frames if words in frame.get("pieces", "")]


async def told(browser: Browser, words: str) -> Frame:
    return await browser.until(lambda frame: words in frame.get("pieces", ""))


async def test_a_group_is_told_how_many_and_who_looks_which_but_nobody_what_was_said(desk: RunningDesk) -> None:
    looking, working, stranger = await desk.at_work("s1", "s2", "s3", html=True)
    tool = await desk.open("s2")
    assert (await looking.do("look", at="talks"))["ok"]
    await desk.write("ann", "额度")
    await desk.write("ann", SECRET)
    await told(looking, "待干预：1 句没听懂")
    await told(working, 'data-talks="1"')
    for browser in (looking, working, stranger, tool):
        await browser.caught_up()
        assert SECRET not in browser.said()
    assert not news(working, "talk-2"), "who does not look is told the number alone"
    assert not news(stranger, "talk")
    assert not any("pieces" in frame for frame in tool.frames)
    assert (await looking.do("look", at=""))["ok"]
    rows = len(news(looking, "<li"))
    await desk.write("bob", "额度")
    await told(looking, 'data-talks="2"')
    assert len(news(looking, "<li")) == rows


async def test_many_words_in_a_moment_are_told_at_once(desk: RunningDesk) -> None:
    (looking,) = await desk.at_work("s1", html=True)
    await looking.do("look", at="talks")
    for number in range(40):
        await desk.write(f"c{number}", "额度")
    await told(looking, 'data-talks="40"')
    assert len(news(looking, "data-talks")) <= 2 + 3 / EVERY_S


async def test_who_steps_in_gets_what_was_said_and_the_others_a_row_less(desk: RunningDesk) -> None:
    taking, other, stranger = await desk.at_work("s1", "s2", "s3", html=True)
    await other.do("look", at="talks")
    await desk.write("ann", "额度")
    await desk.write("ann", SECRET)
    frame = await told(other, "待干预")
    session = re.findall(r'id="talk-([0-9-]+)"', frame["pieces"])[0]
    assert (await stranger.refused("step_in", session=session))["code"] == "not_your_group"
    assert (await taking.do("step_in", session=session))["ok"]
    frame = await taking.until(lambda each: each.get("event", {}).get("type") == "session_accepted")
    assert [line["content"]["text"] for line in frame["lines"]][:3] == ["额度", "see your app", SECRET]
    await told(other, f'id="talk-{session}" data-seat=""')
    await told(other, 'data-talks="0"')
    assert (await other.refused("step_in", session=session))["code"] == "session_not_with_bot"
    assert (await other.refused("step_in", session="20261123-9999"))["message"] == "会话 20261123-9999 不存在或已结束"
    assert SECRET not in other.said() + stranger.said()


async def test_who_comes_back_is_told_the_number_anew(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1", html=True)
    after = browser.seq
    await browser.leave()
    await desk.write("ann", "额度")
    await desk.settled()
    back = await desk.open("s1", html=True, after=after)
    assert "resumed" in back.first
    await told(back, 'data-talks="1"')


@pytest.mark.parametrize("at", ["everything", 1, None, ["talks"]])
async def test_there_is_no_other_list_to_look_at(desk: RunningDesk, at: object) -> None:
    browser = await desk.open("s1", html=True)
    assert (await browser.refused("look", at=at))["code"] == "argument_invalid"
