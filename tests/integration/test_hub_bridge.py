"""The bridge over the socket: parked, promised, asked about and handed over, each told to those whom it concerns."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from sessions import commands as cmd
from tests.builders import make_site
from tests.http_clients import http_client
from tests.hubs import Browser, RunningDesk, now_ms, running_desk

pytestmark = pytest.mark.anyio

SITE = make_site({"s1": {"cards": 3}, "s2": {"cards": 3}, "s3": {"bills": 3}})
SECRET = "my PIN is 1234"


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE) as running:
        yield running


async def quiet(desk: RunningDesk, browser: Browser) -> str:
    """Ann has asked and was answered."""
    session = await desk.served("ann", browser, SECRET)
    assert (await browser.do("send", session=session, text="您好"))["ok"]
    return session


async def test_a_session_is_parked_and_its_customer_wakes_it(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    session = await quiet(desk, browser)
    assert (await browser.do("park", session=session))["ok"]
    assert (await browser.event("session_parked", session=session))["reason"] == "manual"
    late = await desk.open("s1")
    assert [(each["session"], each["state"]) for each in late.snapshot["sessions"]] == [(session, "parked")]
    assert (late.snapshot["seat"]["load"], late.snapshot["seat"]["parked"]) == (0, 1)
    await desk.write("ann", "are you there?")
    woken = await browser.event("session_woken", session=session)
    assert (woken["seat"], woken["reason"]) == ("s1", "customer")


async def test_a_promise_is_shown_and_one_for_the_past_is_refused_in_words(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    session = await quiet(desk, browser)
    past = await browser.refused("promise", session=session, due_at=1)
    assert (past["code"], past["field"], past["message"]) == (
        "promise_past",
        "due_at",
        "承诺的时间已过，请选择之后的时间",
    )
    due_at = now_ms() + 3_600_000
    assert (await browser.do("promise", session=session, due_at=due_at, text="一小时内回复您"))["ok"]
    assert (await browser.event("promise_made", session=session))["due_at"] == due_at
    (shown,) = (await desk.open("s1")).snapshot["sessions"]
    assert shown["promise"] == {"due_at": due_at, "warned": False}


async def test_a_colleague_who_is_asked_gets_what_was_said_and_the_side_thread_alone(desk: RunningDesk) -> None:
    (owner,) = await desk.at_work("s1")
    session = await quiet(desk, owner)
    (colleague,) = await desk.at_work("s2")
    stranger = await desk.open("s3")
    assert (await owner.do("consult", session=session, to_seat="s2", text="may we waive it?"))["ok"]
    frame = await colleague.until(lambda each: each.get("event", {}).get("type") == "consult_begun")
    assert [line["content"]["text"] for line in frame["lines"]] == [SECRET, "您好"]
    assert (await colleague.do("consult_say", session=session, text="we may"))["ok"]
    assert (await owner.event("consult_said", session=session))["by_seat"] == "s2"
    assert (await colleague.refused("send", session=session, text="hello"))["code"] == "not_your_session"
    await desk.write("ann", "thanks a lot for that")
    await owner.event("message_received", session=session)
    assert (await colleague.do("end_consult", session=session))["ok"]
    await colleague.event("consult_ended", session=session)
    assert not colleague.every("message_received")
    await stranger.caught_up()
    assert not {"consult_begun", "consult_said", "consult_ended"} & {each["event"]["type"] for each in stranger.events}
    assert SECRET not in stranger.said()


async def test_who_inherits_a_session_gets_what_was_said_in_it(desk: RunningDesk) -> None:
    (leaving,) = await desk.at_work("s1")
    session = await quiet(desk, leaving)
    (staying,) = await desk.at_work("s2")
    reply = await leaving.do("sign_out_seat", hand_over=True, note="calm", notes={session: "waits for her bill"})
    assert reply["ok"], reply
    frame = await staying.until(lambda each: each.get("event", {}).get("type") == "session_moved")
    assert frame["event"]["note"] == "waits for her bill"
    assert [line["content"]["text"] for line in frame["lines"]] == [SECRET, "您好"]


async def test_the_agent_may_say_whose_move_it_is_and_whom_to_serve_first(desk: RunningDesk) -> None:
    (browser,) = await desk.at_work("s1")
    session = await quiet(desk, browser)
    assert (await browser.do("set_turn", session=session, turn="seat"))["ok"]
    assert (await browser.event("turn_set", session=session))["turn"] == "seat"
    assert (await browser.refused("park", session=session))["code"] == "reply_due"
    assert (await browser.do("mark_customer", session=session, mark="vip"))["ok"]
    assert (await browser.event("customer_marked", session=session))["on"] is True


async def test_why_is_told_to_those_whom_the_session_concerns(desk: RunningDesk) -> None:
    (owner,) = await desk.at_work("s1")
    session = await quiet(desk, owner)
    address = f"http://127.0.0.1:{desk.webs[0].port}/desk/sessions/{session}/why"
    async with http_client() as client:

        async def ask(cookie: str, session: str = session) -> httpx2.Response:
            headers = {"Cookie": cookie, "HX-Request": "true"}
            return await client.get(address.replace(address.split("/")[-2], session), headers=headers)

        for cookie in (await desk.cookie("s1"), await desk.cookie("s2"), await desk.cookie(role="supervisor")):
            told = await ask(cookie)
            assert told.status_code == 200
            assert "振铃：s1" in told.text
            assert SECRET not in told.text
        assert (await ask(await desk.cookie("s3"))).status_code == 403
        assert (await ask(await desk.cookie(role="supervisor"), "20261123-9999")).status_code == 404


async def test_words_are_wanted_back_and_what_failed_is_said_once_more(desk: RunningDesk) -> None:
    owner, other = await desk.at_work("s1", "s2")
    session = await quiet(desk, owner)
    (sent,) = owner.every("message_sent")
    assert (await owner.do("recall", session=session, message=sent["message"]))["ok"]
    assert (await owner.event("recall_asked", message=sent["message"]))["seat"] == "s1"
    refused = await owner.refused("recall", session=session, message="nonsense")
    assert (refused["code"], refused["field"]) == ("recall_too_late", "message")
    assert (await other.refused("recall", session=session, message=sent["message"]))["code"] == "not_your_session"
    assert (await owner.refused("send", session=session, text="a", hold_s=11))["code"] == "argument_invalid"

    assert (await owner.do("send", session=session, text="再说一遍", hold_s=3))["ok"]
    frame = await owner.until(lambda each: each.get("event", {}).get("held_until"))
    held = frame["event"]
    assert held["held_until"] == held["at"] + 3_000
    await desk.inbox.append(cmd.ReportFailed(message=held["message"], session=held["session"], code="-1"))
    await owner.event("message_failed", message=held["message"])
    assert (await owner.do("send", session=session, text="再说一遍", resends=held["message"]))["ok"]
    assert (await owner.event("message_sent", resends=held["message"]))["message"] != held["message"]
    again = await owner.refused("send", session=session, text="再说一遍", resends=held["message"])
    assert again["code"] == "resend_unneeded"
    assert "recall_asked" not in other.said()


async def test_a_colleague_who_is_asked_looks_again_and_is_sent_only_what_is_new(desk: RunningDesk) -> None:
    owner, asked = await desk.at_work("s1", "s2")
    session = await quiet(desk, owner)
    assert (await owner.do("consult", session=session, to_seat="s2", text="年费能减免吗？"))["ok"]
    await asked.event("consult_begun", session=session)
    address = f"http://127.0.0.1:{desk.webs[0].port}/desk/sessions/{session}/said"
    async with http_client(headers={"Cookie": await desk.cookie("s2"), "HX-Request": "true"}) as client:
        first = await client.get(address)
        assert SECRET in first.text
        (mark,) = re.findall(r"said\?mark=(\w+)", first.text)
        assert (await client.get(f"{address}?mark={mark}")).status_code == 204
        await desk.write("ann", "one more thing")
        await owner.event("message_received", content={"kind": "text", "text": "one more thing"})
        then = await client.get(f"{address}?mark={mark}")
        assert (then.status_code, "one more thing" in then.text) == (200, True)
        await owner.do("end_consult", session=session)
        assert (await client.get(f"{address}?mark={mark}")).status_code == 286
