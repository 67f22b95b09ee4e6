"""The web process: pages, sockets, WeChat's pushes, and in the demo the simulated WeChat."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from functools import partial

import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from desk import sign_in_ends
from desk.app import create_app
from desk.archive_pace import ArchivePace
from desk.blank_database import is_set_up, refuse_to_empty
from desk.channels.webchat.credentials import Credentials
from desk.channels.webchat.gateway import Parts, WebChat
from desk.channels.webchat.receipts import Receipts
from desk.channels.webchat.throttle import Throttle
from desk.channels.wechat.gateway import Gateway
from desk.channels.wechat.simulator.simulator import Simulator, create_demo_simulator
from desk.clocks import warn_of_two_clocks
from desk.config import Settings
from desk.directory import Directory, announce
from desk.folders import check_writable
from desk.fragments import Fragments
from desk.hub import Hub
from desk.media import MediaStore
from desk.processes.database import open_database
from desk.processes.running import Resources
from desk.services import Services
from desk.signals import Signals
from desk.store.users import Staff
from desk.templating import Templates, static_version
from sessions.settings import Site
from sessions.waiting import set_within

FRAME_BYTES_MAX = 64 * 1024


class ServeError(RuntimeError):
    """The address to serve at is not to be had."""


async def run(resources: Resources, stop: asyncio.Event) -> None:
    """Serve until told to stop.

    Raises `ServeError` when HOST and PORT cannot be listened at, and `NothingSetUpError` for a database that cannot be
    this site's.
    """
    settings = resources.settings
    check_writable(settings.media_dir)
    async with open_database(settings) as database:
        directory = Directory(database, settings.secret_keys)
        await directory.refresh()
        if directory.is_blank:
            await refuse_to_empty(resources.ledger, directory.place)
        warn_of_two_clocks(settings, directory.site)
        fragments = Fragments(Templates(settings.timezone))
        hub = Hub(
            resources.ledger,
            resources.inbox,
            MediaStore(settings.media_dir),
            fragments.render,
            draw_talks=fragments.render_talks,
            signals=Signals(resources.redis, resources.keys),
            public_url=settings.public_url,
            version=static_version,
        )

        simulator = create_demo_simulator(settings.own_url) if settings.demo else None
        if simulator:
            simulator.remember(settings.simulator_file)
        web_chat = _web_chat(resources, database, directory, hub)
        services = _services(resources, database, directory, hub, web_chat, simulator)

        def in_force() -> Site | None:
            return hub.floor.site if hub.is_ready else None

        hub_stop = asyncio.Event()
        beside = [
            asyncio.create_task(hub.run(hub_stop), name="hub"),
            asyncio.create_task(web_chat.run(stop), name="web chat"),
            asyncio.create_task(directory.keep(stop), name="settings"),
            asyncio.create_task(announce(directory, in_force, resources.inbox, stop), name="announce"),
            asyncio.create_task(services.web_sessions.follow_ends(hub.sign_out, stop), name="sign-outs"),
            asyncio.create_task(sign_in_ends.follow(services.on_staff, services.web_sessions, hub, stop), name="staff"),
        ]
        if simulator:
            beside.append(asyncio.create_task(simulator.keep(hub_stop), name="simulator"))
        serving = asyncio.create_task(_serve(settings, create_app(services), stop), name="server")
        try:
            await asyncio.wait([serving, *beside], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()
            await asyncio.wait([serving])  # sockets end before the hub that they hang on
            hub_stop.set()
            outcomes = await asyncio.gather(serving, *beside, return_exceptions=True)
            if simulator:
                await simulator.stop()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


def _web_chat(resources: Resources, database: AsyncEngine, directory: Directory, hub: Hub) -> WebChat:
    settings = resources.settings
    parts = Parts(
        accounts=directory,
        redis=resources.redis,
        keys=resources.keys,
        inbox=resources.inbox,
        media=MediaStore(settings.media_dir),
        credentials=Credentials(settings.secret_keys),
        throttle=Throttle(resources.redis, settings.key_prefix),
        receipts=Receipts(resources.redis, resources.keys),
        database=database,
        public_url=settings.public_url,
    )
    return WebChat(hub, parts)


def _services(
    resources: Resources,
    database: AsyncEngine,
    directory: Directory,
    hub: Hub,
    web_chat: WebChat,
    simulator: Simulator | None,
) -> Services:
    async def replica() -> str:
        return "ok" if hub.is_ready else "the floor has not caught up with the ledger"

    async def settings_in_force() -> str:
        if directory.is_blank and is_set_up(hub.floor.site):
            return "nothing is set up in the database that DATABASE_URL names, and yet a site is in force"
        return "ok" if hub.floor.site.version else "the engine has not taken the settings yet"

    return Services(
        settings=resources.settings,
        redis=resources.redis,
        database=database,
        directory=directory,
        staff=Staff(database),
        gateway=Gateway(directory, resources.inbox),
        web_chat=web_chat,
        simulator=Starlette(routes=simulator.routes()) if simulator else None,
        hub=hub,
        checks={"replica": replica, "settings": settings_in_force},
        concerns={
            **{role: partial(_is_held, resources, role) for role in ("engine", "courier")},
            "archive": ArchivePace(resources.ledger, database).check,
        },
    )


async def _is_held(resources: Resources, role: str) -> str:
    """Whether some process has this role now."""
    return "ok" if await resources.redis.exists(resources.keys.lease(role)) else "no process has this role"


async def _serve(settings: Settings, app: Starlette, stop: asyncio.Event) -> None:
    server = _Server(
        stop,
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="none",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=FRAME_BYTES_MAX,
            ws_ping_interval=10,
            ws_ping_timeout=20,
            ws_per_message_deflate=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=3,
            server_header=False,
        ),
    )
    try:
        await server.serve()
    except SystemExit as left:  # uvicorn's way to say that it cannot bind, on the way from why
        raise ServeError(_why_not(settings, left.__context__)) from None
    if not stop.is_set():
        raise ServeError(f"the server at {settings.host}:{settings.port} ended by itself; the log says why")


def _why_not(settings: Settings, failure: BaseException | None) -> str:
    """Which of HOST and PORT is in the way, and what to do."""
    host, port = settings.host, settings.port
    match failure:
        case socket.gaierror():
            return f"HOST: {host!r} is no name of this machine: {failure.strerror}. {_HOSTS}"
        case OSError(errno=errno.EADDRNOTAVAIL):
            return f"HOST: {host} is no address of this machine. {_HOSTS}"
        case OSError(errno=errno.EADDRINUSE):
            return f"PORT: cannot serve at {host}:{port}: the port is taken. Set PORT to another, or end what has it."
        case OSError(errno=errno.EACCES):
            return f"PORT: this user may not listen at {host}:{port}. Set PORT to one from 1024 on."
    reason = failure or "the log says why"
    return f"cannot serve at HOST {host}, PORT {port}: {reason}. Set them to what this machine can listen at."


_HOSTS = "Set HOST to one that it has, to 0.0.0.0 for all, or to 127.0.0.1 for this machine alone."


class _Server(uvicorn.Server):
    """Stops when told to, at once, and leaves signals to us: they stop more than a server."""

    def __init__(self, stop: asyncio.Event, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = stop

    async def main_loop(self) -> None:
        while not self._stop.is_set():
            await self.on_tick(0)  # the clock of its answers
            await set_within(self._stop, 1.0)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
