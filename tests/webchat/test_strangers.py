"""Whatever a stranger sends is answered or refused with a clear code, and never costs the others."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from desk.channels.webchat import gateway
from desk.channels.webchat.throttle import Allowed
from desk.channels.webchat.visitors import Bounds
from sessions import events as ev
from tests.webchat.chats import BANK_SITE, ChatDesk, chat_desk

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[ChatDesk]:
    async with chat_desk(redis, tmp_path) as desk:
        yield desk


class TestWhereAPageIsFrom:
    async def test_from_the_sites_that_may_embed_it_and_from_ours(self, desk: ChatDesk) -> None:
        own = f"http://127.0.0.1:{desk.webs[0].port}"
        for origin in (BANK_SITE, "https://hz.branch.example", own):
            page = await desk.knock_at(origin=origin)
            await page.send({"do": "hello"})
            await page.until(lambda each: "welcome" in each)

    @pytest.mark.parametrize(
        "origin", [None, "https://evil.test", "http://www.bank.example", "null", "https://www.bank.example.evil.test"]
    )
    async def test_from_nowhere_else(self, desk: ChatDesk, origin: str | None) -> None:
        page = await desk.knock_at(origin=origin)
        assert await page.closed() == gateway.FORBIDDEN

    async def test_an_account_that_there_is_not(self, desk: ChatDesk) -> None:
        for account in ("nothing", "bank", "..", "%00"):
            page = await desk.knock_at(account)
            assert await page.closed() == gateway.UNKNOWN_ACCOUNT

    async def test_an_account_that_is_taken_away(self, desk: ChatDesk) -> None:
        page = await desk.page()
        del desk.accounts.known["web"]
        await page.send({"do": "say", "id": "m1", "text": "在吗"})
        assert await page.closed() == gateway.UNKNOWN_ACCOUNT


class TestFramesThatMakeNoSense:
    @pytest.mark.parametrize(
        "first",
        ['{"do": "say", "id": "1", "text": "hi"}', '{"do": "ping"}', "nonsense", b"\x00\x01", "[" * 3000],
    )
    async def test_the_first_frame_says_who_it_is(self, desk: ChatDesk, first: str | bytes) -> None:
        page = await desk.knock_at()
        await page.send(first)
        assert await page.closed() == gateway.BAD_FRAMES

    async def test_who_says_nothing_at_all_is_not_waited_for(
        self, desk: ChatDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gateway, "HELLO_WITHIN_S", 0.05)
        page = await desk.knock_at()
        assert await page.closed() == gateway.BAD_FRAMES

    async def test_each_is_called_so_and_too_many_end_it(self, desk: ChatDesk) -> None:
        page = await desk.page()
        hostile: list[Any] = ["", "{", {"do": "hello"}, {"do": "accept", "session": "x"}, b"bytes", {"do": "say"}]
        for frame in hostile:
            await page.send(frame)
        await page.until(lambda _: sum("error" in each for each in page.frames) == len(hostile))
        assert {each["error"]["code"] for each in page.frames if "error" in each} == {"bad_frame"}
        assert (await page.say("still here"))["ok"]
        for _ in range(10):
            await page.send("nonsense")
        assert await page.closed() == gateway.BAD_FRAMES

    async def test_a_refusal_speaks_the_visitors_language(self, desk: ChatDesk) -> None:
        page = await desk.page(lang="en")
        refused = await page.say("x" * 601)
        assert refused["error"] == {
            "code": "text_too_long",
            "message": "At most 600 characters. Please send it in parts.",
        }
        assert (await page.say(" "))["error"]["code"] == "nothing_said"
        assert (await page.say(media="f" * 64 + ".png"))["error"]["code"] == "media_unknown"

    async def test_nothing_of_it_reached_the_ledger(self, desk: ChatDesk) -> None:
        page = await desk.page()
        await page.say("x" * 10_000)
        await page.say("\x00\x1b")
        await desk.settled()
        found = await desk.ledger.read(await desk.ledger.beginning(), count=1_000, block_ms=1)
        assert not [event for _, event in found if isinstance(event, ev.MessageReceived | ev.MessageRefused)]

    async def test_a_frame_that_is_too_large_ends_the_socket_alone(self, desk: ChatDesk) -> None:
        page, other = await desk.page(), await desk.page()
        await page.send({"do": "say", "id": "m1", "text": "x" * 100_000})
        assert await page.closed() == 1009
        assert (await other.say("在吗"))["ok"]


class TestTooMuch:
    async def test_who_says_too_much_is_told_when_to_go_on(self, redis: Redis, tmp_path: Path) -> None:
        async with chat_desk(redis, tmp_path, limits={"say": Allowed(visitor=2, address=3)}) as desk:
            page = await desk.page()
            answers = [await page.say(f"{n}") for n in range(3)]
            assert [answer["ok"] for answer in answers] == [True, True, False]
            assert answers[-1]["error"]["code"] == "too_fast"
            assert 0 < answers[-1]["error"]["retry_after_s"] <= 60
            elsewhere = await desk.start_chat(limits={"say": Allowed(visitor=2, address=3)})
            again = await desk.page(page.token, web=elsewhere)
            assert (await again.say("again"))["error"]["code"] == "too_fast", "every process counts them together"
            neighbour = await desk.page()
            assert (await neighbour.say("me, too"))["error"]["code"] == "too_fast", "the address has had its share"

    async def test_an_address_that_makes_strangers_by_the_dozen_waits(self, redis: Redis, tmp_path: Path) -> None:
        async with chat_desk(redis, tmp_path, limits={"arrive": Allowed(visitor=10, address=2)}) as desk:
            known = await desk.page()
            await desk.page()
            page = await desk.knock_at()
            await page.send({"do": "hello"})
            assert await page.closed() == gateway.TOO_MANY
            elsewhere = await desk.knock_at(address="203.0.113.9")
            await elsewhere.send({"do": "hello", "token": known.token})
            await elsewhere.until(lambda each: "welcome" in each)

    async def test_a_flood_of_frames_ends_it(self, desk: ChatDesk) -> None:
        page = await desk.page()
        with_no_pause = [page.send({"do": "ping"}) for _ in range(200)]
        await asyncio.gather(*with_no_pause, return_exceptions=True)
        assert await page.closed() == gateway.TOO_MANY

    async def test_sockets_are_counted_by_visitor_and_address_and_in_all(self, redis: Redis, tmp_path: Path) -> None:
        bounds = Bounds(in_all=4, per_address=3, per_visitor=2)
        async with chat_desk(redis, tmp_path, bounds=bounds) as desk:
            first = await desk.page()
            await desk.page(first.token)
            third = await desk.knock_at()
            await third.send({"do": "hello", "token": first.token})
            assert await third.closed() == gateway.TOO_MANY, "a third page of one visitor"
            await desk.page()
            assert await (await desk.knock_at()).closed() == gateway.TOO_MANY, "a fourth from one address"
            away = [await desk.knock_at(address=f"203.0.113.{n}") for n in range(2)]
            assert await away[1].closed() == gateway.TRY_LATER, "a fifth in all"
            await first.leave()
            await desk.page(first.token)
            chat = desk.chats[desk.webs[0]]
            for page in desk.browsers:
                await page.leave()
            async with asyncio.timeout(5):
                while len(chat._visitors):  # noqa: ASYNC110 - sockets close by themselves
                    await asyncio.sleep(0.01)
            assert not chat._visitors._at
            assert not chat._visitors._of
