"""The simulated platform and the desk's own gateway, with only HTTP between them."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.gateway import Gateway
from desk.channels.wechat.simulator import Simulator, acts, create_simulator, demo_account
from desk.channels.wechat.simulator.acts import Act
from tests.recordings import picture, voice
from tests.wechat.pushes import Accounts, Recorder
from tests.wechat.simulation import HASTY, serving

pytestmark = pytest.mark.anyio

Mode = Literal["plain", "compatible", "safe"]
MODES: list[Mode] = ["plain", "compatible", "safe"]


@pytest.fixture
def inbox() -> Recorder:
    return Recorder()


@pytest.fixture
async def simulator(inbox: Recorder) -> AsyncIterator[Simulator]:
    settings = demo_account("")
    account = WeChatAccount(
        key="demo",
        name=settings.name,
        app_id=settings.app_id,
        app_secret=settings.app_secret,
        token=settings.token,
        aes_key=settings.encoding_aes_key,
        original_id=settings.original_id,
    )
    gateway = Gateway(Accounts(account), inbox)
    async with serving(Starlette(routes=[Route("/wechat/{account}", gateway, methods=["GET", "POST"])])) as url:
        simulator = create_simulator([demo_account(f"{url}/wechat/demo")], options=HASTY)
        yield simulator
        await simulator.stop()


@pytest.mark.parametrize("mode", MODES)
async def test_everything_a_customer_can_do_is_taken(simulator: Simulator, inbox: Recorder, mode: Mode) -> None:
    simulator.platform.reconfigure("demo", mode=mode)
    openid = simulator.add_user("demo", subscribed=False).openid
    done: list[Act] = [
        acts.Subscribe("branch_7"),
        acts.Text("您好 ]]> 👋"),
        acts.Text("满意", menu_id="csat_5"),
        acts.Location(31.230416, 121.473701, "人民广场"),
        acts.Link("账单", "https://bank.example/"),
        acts.Scan("branch_8"),
        acts.Click("HUMAN"),
        acts.View("https://bank.example/"),
        acts.Report(31.2, 121.4),
        acts.Raw({"MsgType": "hologram", "Depth": 3}),
        acts.Unsubscribe(),
    ]
    for act in done:
        simulator.act("demo", openid, act)
        await simulator.settled()
    simulator.act("demo", openid, acts.Subscribe())
    simulator.send_file("demo", openid, "image", picture(), acts.Image)
    simulator.send_file("demo", openid, "voice", voice("amr"), acts.Voice)
    await simulator.settled()
    assert [record.cause for record in simulator.platform.pusher.log] == [""] * (len(done) + 3)
    assert simulator.platform.pusher.counts.attempts == len(done) + 3, "each at the first attempt"
    assert all(openid in str(command) for command in inbox.commands)
    assert "您好 ]]> 👋" in str(inbox.commands)


async def test_the_callback_url_is_verified(simulator: Simulator) -> None:
    assert await simulator.platform.pusher.verify(simulator.platform.account("demo"))
    simulator.platform.reconfigure("demo", token="another-token")
    assert not await simulator.platform.pusher.verify(simulator.platform.account("demo"))


async def test_a_wrong_token_shows_the_customer_that_nobody_is_there(simulator: Simulator) -> None:
    user = simulator.add_user("demo")
    simulator.platform.reconfigure("demo", token="another-token")
    simulator.act("demo", user.openid, acts.Text("在吗"))
    await simulator.settled()
    assert [entry.type for entry in user.timeline] == ["text", "unavailable"]
