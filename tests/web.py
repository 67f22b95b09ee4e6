"""A desk to visit: the real application on a real Redis, with a staff list of its own."""

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import uvicorn
from redis.asyncio import Redis
from starlette.types import ASGIApp

from desk.app import create_app
from desk.config import Settings
from desk.passwords import Passwords
from desk.services import Services
from desk.sign_in import Post, StaffMember
from sessions.ids import Role, SeatId, UserId

ORIGIN = "http://desk.test"
PASSWORD = "correct horse"
ROLES: tuple[Role, ...] = ("agent", "supervisor", "inspector", "admin")


def cheap_passwords() -> Passwords:
    return Passwords(time_cost=1, memory_kib=8)


class StaffList:
    """A staff directory in memory: one person of each role, named like it."""

    def __init__(self) -> None:
        password_hash = cheap_passwords().hash_now(PASSWORD)
        self.members = {
            UserId(role): StaffMember(
                user=UserId(role),
                name={"agent": "王芳", "supervisor": "李强", "inspector": "赵敏", "admin": "陈立"}[role],
                role=role,
                password_hash=password_hash,
                seat=SeatId("seat-1") if role == "agent" else None,
                lang="zh",
            )
            for role in ROLES
        }

    async def find(self, user: UserId) -> StaffMember | None:
        return self.members.get(user)

    async def posts(self) -> dict[UserId, Post]:
        return {user: Post(member.role, member.seat) for user, member in self.members.items()}

    async def set_password_hash(self, user: UserId, password_hash: str) -> None:
        self.members[user] = msgspec.structs.replace(self.members[user], password_hash=password_hash)


def services_for_tests(redis: Redis, folder: Path, **parts: Any) -> Services:
    """Everything that the application needs; `settings` are given by name like the parts."""
    known = {name: parts.pop(name) for name in list(parts) if name in Settings.model_fields}
    settings = Settings(**{"var_dir": folder, "demo": True, **known})
    parts = {"staff": StaffList(), "passwords": cheap_passwords(), **parts}
    return Services(settings=settings, redis=redis, **parts)


@asynccontextmanager
async def visiting(app: ASGIApp, address: str = "198.51.100.7", **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A visitor with a cookie jar, who asks for pages as a browser does and follows no redirect."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False, client=(address, 1234))
    headers = {"accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        yield client


@asynccontextmanager
async def signed_in(services: Services, user: str = "agent") -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody of the staff at their browser; `client.headers` carry the form token as htmx would."""
    async with visiting(create_app(services)) as client:
        response = await sign_in(client, user)
        assert response.status_code == 303, response.text
        token = client.cookies["desk_session"]
        identity = await services.web_sessions.find(token)
        assert identity
        client.headers["x-csrf-token"] = identity.csrf
        yield client


async def sign_in(client: httpx2.AsyncClient, user: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
    """Sends the form."""
    return await client.post("/sign-in", data={"username": user, "password": password, **more})


def complaint_on(page: httpx2.Response) -> str:
    """The words of the alert on a page."""
    found = re.search(r'role="alert"[^>]*>(?:<svg.*?</svg>)?\s*([^<]*)', page.text, re.S)
    return found[1].strip() if found else ""


@contextmanager
def served(redis_url: str, folder: Path, **parts: Any) -> Iterator[str]:
    """The application at an address of this machine, for browsers; on a thread and an event loop of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server: uvicorn.Server | None = None

    async def serve() -> None:
        nonlocal server
        async with Redis.from_url(redis_url) as redis:
            app = create_app(services_for_tests(redis, folder, **parts))
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
            await server.serve(sockets=[listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        yield address
    finally:
        assert server
        server.should_exit = True
        thread.join(timeout=10)
