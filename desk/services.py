"""What a web process is put together from.

The command line opens these, hands them to `create_app` and closes them; pages get them as an argument, and nothing
is global. A process that lacks a part (a test, a web process without the simulator) leaves it out, and the
application comes without its routes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp, Receive, Scope, Send

from desk.config import Settings
from desk.directory import Directory
from desk.health import Check
from desk.media import MediaStore
from desk.on_staff import OnStaff
from desk.passwords import Passwords
from desk.playable import Playables
from desk.shelf import Shelf
from desk.sign_in import SignIn, StaffDirectory
from desk.templating import Templates
from desk.throttle import Throttle
from desk.web_session import WebSessions

if TYPE_CHECKING:
    from desk.channels.webchat.gateway import WebChat


class SocketHub(Protocol):
    """The hub, as far as the application needs it: an ASGI endpoint whose sockets end with their sign-in."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def sign_out(self, sign_in_id: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts; those below `staff` are optional, and the properties are made from the rest."""

    settings: Settings
    redis: Redis
    staff: StaffDirectory
    passwords: Passwords = field(default_factory=Passwords)
    database: AsyncEngine | None = None
    directory: Directory | None = None
    """The settings as this process knows them, to be told when they have changed."""
    gateway: ASGIApp | None = None
    """Takes WeChat's pushes at `/wechat/{account}`."""
    web_chat: "WebChat | None" = None
    """Speaks to visitors of other sites at `/webchat/…`."""
    simulator: ASGIApp | None = None
    """Stands in for WeChat at `/sim/…`, in the demo."""
    hub: SocketHub | None = None
    """Speaks to browsers at `/ws`."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    """What `/healthz` asks beside Redis, and without which this process cannot serve."""
    concerns: Mapping[str, Check] = field(default_factory=dict)
    """What it shows beside that."""

    @cached_property
    def templates(self) -> Templates:
        return Templates(self.settings.timezone, demo=self.settings.demo)

    @cached_property
    def web_sessions(self) -> WebSessions:
        return WebSessions(self.redis, self.settings.key_prefix, round(self.settings.session_hours * 3600))

    @cached_property
    def on_staff(self) -> OnStaff:
        return OnStaff(self.staff)

    @cached_property
    def sign_in(self) -> SignIn:
        return SignIn(self.staff, self.passwords, Throttle(self.redis, self.settings.key_prefix))

    @cached_property
    def media(self) -> MediaStore:
        return MediaStore(self.settings.media_dir)

    @cached_property
    def shelf(self) -> Shelf:
        """Canned replies and knowledge, where there is SQL."""
        assert self.database is not None, "nothing is at hand without SQL"
        return Shelf(self.database)

    @cached_property
    def playables(self) -> Playables:
        return Playables(self.media)
