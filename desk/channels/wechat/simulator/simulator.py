"""The simulator as one object: for the demo to mount and for tests to hold.

    simulator = create_simulator([demo_account("http://127.0.0.1:8000/wechat/demo")])
    app = Starlette(routes=[Mount("/sim", routes=simulator.routes())])
    simulator.act("demo", openid, Text("你好"))

It needs a running event loop and a `stop` at the end; it keeps nothing on disk unless it is given a file to `remember`.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from desk.channels.wechat.simulator.accounts import DEMO_MENU, AccountSettings, demo_account
from desk.channels.wechat.simulator.acts import Act
from desk.channels.wechat.simulator.api import Api
from desk.channels.wechat.simulator.control import control_routes
from desk.channels.wechat.simulator.faults import Fault
from desk.channels.wechat.simulator.live import serve_page
from desk.channels.wechat.simulator.memory_file import Memory
from desk.channels.wechat.simulator.phone import PhonePages
from desk.channels.wechat.simulator.platform import Platform
from desk.channels.wechat.simulator.push import PushOptions
from desk.channels.wechat.simulator.users import Entry, Profile, User

ROOT: Final = Path(__file__).parents[4]
CUSTOMERS: Final = ROOT / "seeds" / "customers.json"


class Simulator:
    """The running platform with its routes. `platform` is the whole state, for what has no method here."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._memory: Memory | None = None

    def remember(self, path: Path) -> None:
        """Puts back what the file holds of an earlier start, and keeps there what happens; see `keep`."""
        self._memory = Memory(self.platform, path)

    async def keep(self, stop: asyncio.Event) -> None:
        """Writes down what happens, every moment until told to stop; the rest at `stop`."""
        if self._memory:
            await self._memory.keep(stop)

    def routes(self) -> list[BaseRoute]:
        """`/wechat` (the API), `/control`, `/phone` pages and `/live`; mount them at a prefix, `/sim` in the demo."""
        platform, pages = self.platform, PhonePages(self.platform, ROOT / "templates" / "simulator")

        async def live(socket: WebSocket) -> None:
            await serve_page(platform, socket)

        return [
            Mount("/wechat", app=Api(platform)),
            Mount("/control", routes=control_routes(platform)),
            Route("/phone", pages.strip),
            Route("/phone/{account}/{openid}", pages.single),
            WebSocketRoute("/live", live),
        ]

    def app(self) -> Starlette:
        """The simulator alone, under `/sim`, with the static files that its pages need."""
        static = Mount("/static", app=StaticFiles(directory=ROOT / "static"))
        return Starlette(routes=[Mount("/sim", routes=self.routes()), static])

    def act(self, account: str, openid: str, act: Act) -> int:
        """A user does something. Returns the MsgId, 0 for an event. Raises `SimulatorError`."""
        return self.platform.act(account, openid, act)

    def send_file(self, account: str, openid: str, kind: str, body: bytes, act: Callable[[str], Act]) -> int:
        """A user sends a file: `act` makes the act from the media id. Raises `SimulatorError`."""
        media = self.platform.media.receive(account, kind, body, "", self.platform.now())
        return self.platform.act(account, openid, act(media.media_id))

    def add_user(self, account: str, profile: Profile | None = None, *, subscribed: bool = True) -> User:
        return self.platform.add_user(account, profile or Profile(), subscribed=subscribed)

    def user(self, account: str, openid: str) -> User:
        return self.platform.user(account, openid)

    def received(self, account: str, openid: str) -> list[Entry]:
        """What the account sent to a user, oldest first; `entry.payload` is exactly what it sent."""
        return self.platform.user(account, openid).received()

    def add_fault(self, fault: Fault) -> None:
        self.platform.faults.add(fault)

    async def settled(self) -> None:
        """Waits until every push has ended, retries included."""
        await self.platform.pusher.settled()

    async def stop(self) -> None:
        """Ends everything under way."""
        await self.platform.pusher.stop()
        if self._memory:
            self._memory.close()


def create_simulator(
    accounts: Iterable[AccountSettings],
    *,
    public_url: str = "http://127.0.0.1:8000/sim/wechat",
    customers: Path | None = None,
    clock: Callable[[], float] = time.time,
    options: PushOptions = PushOptions(),  # noqa: B008 - frozen
) -> Simulator:
    """A simulator with these accounts. `customers` is a JSON file of profiles who follow the first account."""
    platform = Platform(accounts, clock=clock, public_url=public_url, options=options)
    if customers is not None and platform.accounts:
        first = next(iter(platform.accounts))
        for profile in msgspec.json.decode(customers.read_bytes(), type=list[Profile]):
            platform.add_user(first, profile)
    return Simulator(platform)


def create_demo_simulator(base_url: str, *, options: PushOptions = PushOptions()) -> Simulator:  # noqa: B008
    """The demo's simulator on a desk at `base_url` (no slash at the end): demo account, seeded customers, a menu."""
    simulator = create_simulator(
        [demo_account(f"{base_url}/wechat/demo")],
        public_url=f"{base_url}/sim/wechat",
        customers=CUSTOMERS,
        options=options,
    )
    simulator.platform.account("demo").menu = DEMO_MENU
    return simulator
