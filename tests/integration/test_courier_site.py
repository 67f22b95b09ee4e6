"""The whole way: a phone, the gateway, the engine, the courier, and the phone again. Everything is real but WeChat."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec import Struct
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import Route

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.api import WeChatApi
from desk.channels.wechat.calls import open_client
from desk.channels.wechat.courier import WeChatCourier
from desk.channels.wechat.gateway import Gateway
from desk.channels.wechat.simulator import Simulator, acts, create_simulator, demo_account
from desk.channels.wechat.simulator.faults import ApiFault
from desk.channels.wechat.token import AccessTokens
from desk.courier import run_courier
from desk.media import MediaStore
from desk.patience import Patience
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Image, Text
from sessions.engine import Engine
from sessions.ids import AccountId, ConnectionId, GroupId, HubId, SeatId, Seq, UserId
from sessions.inbox import Inbox
from sessions.ledger import Ledger
from sessions.settings import Account, Group, Satisfaction, SeatPlan, Site
from sessions.streams import Keys
from tests.recordings import picture
from tests.wechat.simulation import HASTY, serving

pytestmark = pytest.mark.anyio

DEMO = WeChatAccount(
    key="demo",
    name="Demo",
    app_id="wxdemo0000000001",
    app_secret="demo-secret",
    token="demo-token",
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    original_id="gh_demo00000001",
)
SITE = Site(
    version=1,
    accounts={AccountId("demo"): Account(id=AccountId("demo"), name="Demo", default_group=GroupId("cards"))},
    groups={
        GroupId("cards"): Group(id=GroupId("cards"), name="Cards", satisfaction=Satisfaction(ask="answered")),
    },
    seats={
        SeatId("s1"): SeatPlan(
            id=SeatId("s1"), name="01", agent=UserId("agent1"), skills={GroupId("cards"): 3}, soft_cap=6
        )
    },
)
_E = TypeVar("_E", bound=ev.Event)


class Directory:
    def get(self, account: str) -> WeChatAccount | None:
        return DEMO if account == "demo" else None


class TheSite(Struct):
    """The running site, with an agent at seat `s1` who serves the customer on the phone."""

    simulator: Simulator
    openid: str
    inbox: Inbox
    ledger: Ledger
    store: MediaStore
    beginning: Seq
    asked: int = 0

    async def ledger_so_far(self) -> list[ev.Event]:
        return [event for _, event in await self.ledger.read(self.beginning, count=10_000, block_ms=1)]

    async def event(self, kind: type[_E], which: Callable[[_E], bool] = lambda _: True) -> _E:
        """The first such event, once it has happened."""
        async with asyncio.timeout(8):
            while True:
                for event in await self.ledger_so_far():
                    if isinstance(event, kind) and which(event):
                        return event
                await asyncio.sleep(0.01)

    def actor(self) -> cmd.Actor:
        self.asked += 1
        return cmd.Actor(user=UserId("agent1"), role="agent", request=str(self.asked), seat=SeatId("s1"))

    async def serve(self) -> ev.SessionAccepted:
        """The agent comes, the customer writes, the agent takes it."""
        await self.inbox.append(cmd.ConfigureSite(site=SITE))
        await self.inbox.append(cmd.ConnectSeat(hub=HubId("h"), seat=SeatId("s1"), connection=ConnectionId("c")))
        await self.inbox.append(cmd.BeatHub(hub=HubId("h")))
        await self.inbox.append(cmd.SignInSeat(actor=self.actor()))
        await self.event(ev.SeatSignedIn)
        self.simulator.act("demo", self.openid, acts.Text("在吗"))
        offer = await self.event(ev.SessionOffered)
        await self.inbox.append(cmd.Accept(actor=self.actor(), session=offer.session))
        return await self.event(ev.SessionAccepted)

    def on_the_phone(self) -> list[Any]:
        return [entry.payload[entry.type] for entry in self.simulator.received("demo", self.openid)]


@pytest.fixture
async def site(redis: Redis, tmp_path: Path) -> AsyncIterator[TheSite]:
    keys, stop = Keys("desk:{test}:"), asyncio.Event()
    inbox, ledger, store = Inbox(redis, keys), Ledger(redis, keys), MediaStore(tmp_path)
    beginning = (await ledger.head()).seq
    gateway = Starlette(routes=[Route("/wechat/{account}", Gateway(Directory(), inbox))])
    async with serving(gateway) as there:
        simulator = create_simulator([demo_account(f"{there}/wechat/demo")], clock=time.time, options=HASTY)
        async with serving(simulator.app()) as here, open_client() as client:
            tokens = AccessTokens(redis, keys.prefix, client, f"{here}/sim/wechat")
            wechat = WeChatCourier(Directory(), WeChatApi(client, tokens, f"{here}/sim/wechat"), store)
            patience = Patience(give_up_s=2, rest_min_s=0.02, rest_max_s=0.1)
            work = [
                asyncio.create_task(Engine(redis, keys).run(stop)),
                asyncio.create_task(run_courier(redis, keys, [wechat], store, stop, patience=patience)),
            ]
            try:
                yield TheSite(simulator, simulator.add_user("demo").openid, inbox, ledger, store, beginning)
            finally:
                stop.set()
                await asyncio.gather(*work)
                await simulator.stop()


async def test_words_and_images_go_both_ways(site: TheSite) -> None:
    session = (await site.serve()).session
    await site.inbox.append(cmd.Send(actor=site.actor(), session=session, content=Text(text="您好，请讲")))
    sent = await site.event(ev.MessageSent)
    delivered = await site.event(ev.MessageDelivered)
    assert (delivered.message, delivered.session, delivered.seat) == (sent.message, session, "s1")

    site.simulator.send_file("demo", site.openid, "image", picture(), lambda media_id: acts.Image(media_id=media_id))
    kept = await site.event(ev.MediaStored)
    assert (kept.session, kept.seat, kept.mime) == (session, "s1", "image/png")
    assert await site.store.read(kept.media) == picture()

    await site.inbox.append(cmd.Send(actor=site.actor(), session=session, content=Image(media=kept.media)))
    await site.event(ev.MessageDelivered, lambda event: event.message != sent.message)
    words, image = site.on_the_phone()
    assert words == {"content": "您好，请讲"}
    platform = site.simulator.platform
    assert platform.media.get("demo", image["media_id"], platform.now()).body == picture()


async def test_the_customer_is_asked_on_the_phone_and_taps_an_answer(site: TheSite) -> None:
    session = (await site.serve()).session
    await site.inbox.append(cmd.Send(actor=site.actor(), session=session, content=Text(text="办好了")))
    await site.inbox.append(cmd.HangUp(actor=site.actor(), session=session))
    await site.inbox.append(cmd.WrapUp(actor=site.actor(), session=session, disposition="其他"))
    asked = await site.event(ev.NoticeSent, lambda notice: notice.kind == "satisfaction_ask")
    await site.event(ev.MessageDelivered, lambda each: each.message == asked.message)
    choice = site.on_the_phone()[-1]["list"][1]
    assert choice == {"id": f"rate:{session}:4", "content": "4 满意"}
    site.simulator.act("demo", site.openid, acts.Text(choice["content"], menu_id=choice["id"]))
    rated = await site.event(ev.SatisfactionRated)
    assert (rated.session, rated.stars, rated.seat) == (session, 4, "s1")
    thanks = await site.event(ev.NoticeSent, lambda notice: notice.kind == "satisfaction_thanks")
    await site.event(ev.MessageDelivered, lambda each: each.message == thanks.message)
    assert site.on_the_phone()[-1] == {"content": "感谢您的评价。"}
    assert len([each for each in await site.ledger_so_far() if isinstance(each, ev.SessionOpened)]) == 1


async def test_an_image_over_the_limit_is_answered_on_the_phone(site: TheSite) -> None:
    session = (await site.serve()).session
    huge = picture() + bytes(2 * 1024 * 1024)
    site.simulator.send_file("demo", site.openid, "image", huge, lambda media_id: acts.Image(media_id=media_id))
    assert (await site.event(ev.MediaRejected)).code == "image_too_large"
    notice = await site.event(ev.NoticeSent)
    assert (notice.kind, notice.session) == ("image_too_large", session)
    await site.event(ev.MessageDelivered, lambda event: event.message == notice.message)
    assert "2 MB" in site.on_the_phone()[0]["content"]


async def test_a_closed_window_is_a_visible_failure(site: TheSite) -> None:
    session = (await site.serve()).session
    site.simulator.act("demo", site.openid, acts.Unsubscribe())
    await site.inbox.append(cmd.Send(actor=site.actor(), session=session, content=Text(text="还在吗")))
    failed = await site.event(ev.MessageFailed)
    assert (failed.code, failed.session, failed.seat, failed.uncertain) == ("45015", session, "s1", False)


async def test_a_busy_wechat_delays_and_loses_nothing(site: TheSite) -> None:
    session = (await site.serve()).session
    site.simulator.add_fault(ApiFault(path="/cgi-bin/message/custom/send", errcode=-1, times=3))
    for n in range(3):
        await site.inbox.append(cmd.Send(actor=site.actor(), session=session, content=Text(text=f"第 {n} 句")))
    last = await site.event(ev.MessageSent, lambda event: event.content == Text(text="第 2 句"))
    await site.event(ev.MessageDelivered, lambda event: event.message == last.message)
    assert [each["content"] for each in site.on_the_phone()] == ["第 0 句", "第 1 句", "第 2 句"]
    attempts = [event.attempts for event in await site.ledger_so_far() if isinstance(event, ev.MessageDelivered)]
    assert attempts == [4, 1, 1]
