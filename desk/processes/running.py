"""Opening what a process needs, running it until it is told to stop, closing everything again."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib import import_module
from typing import Literal, Protocol

from msgspec import Struct
from redis.exceptions import RedisError

from desk.config import Settings
from desk.folders import check_writable
from desk.processes.redis_start import watch_first_answer
from desk.redis_fitness import refuse_unfit
from desk.redis_server import embedded_redis
from sessions.connection import open_redis
from sessions.inbox import Inbox
from sessions.ledger import Ledger
from sessions.streams import Client, Keys

Role = Literal["web", "engine", "courier", "archivist", "life"]
ROLES: tuple[Role, ...] = ("web", "engine", "courier", "archivist")
STOP_WITHIN_S = 10.0

log = logging.getLogger(__name__)


class Resources(Struct, frozen=True, kw_only=True):
    """What every process has at hand."""

    settings: Settings
    redis: Client
    keys: Keys
    inbox: Inbox
    ledger: Ledger


class Process(Protocol):
    """What the module of a process offers: work until `stop` is set; raise when that is not possible."""

    async def run(self, resources: Resources, stop: asyncio.Event) -> None: ...


async def run(settings: Settings, roles: Sequence[Role]) -> None:
    """Run these on this event loop until a signal comes, or until one of them fails: then all stop."""
    stop = asyncio.Event()
    gc.disable()  # what is imported from here on stays: to look for garbage in it takes a sixth of the start
    async with open_resources(settings) as resources:
        with _signals(stop):
            tasks = [asyncio.create_task(_process(role).run(resources, stop), name=role) for role in roles]
            if settings.redis_url:  # first: what it says is why the others fail
                watching = watch_first_answer(resources.redis, settings.redis_url, stop)
                tasks.insert(0, asyncio.create_task(watching, name="first answer of Redis"))
            stopping = asyncio.create_task(stop.wait())
            _spare_the_collector()
            await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            ended = [task.get_name() for task in tasks if task.done() and not stop.is_set()]
            stop.set()
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                log.warning("%s did not stop in time", task.get_name())
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome
            if ended:
                raise RuntimeError(f"{', '.join(ended)} ended by itself; the log says why")


@contextlib.asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """A Redis client and what lives on it; a private server where no address is given."""
    async with contextlib.AsyncExitStack() as stack:
        url = settings.redis_url
        if url is None:
            check_writable(settings.redis_dir if settings.redis_dir.exists() else settings.var_dir)
            url = await stack.enter_async_context(embedded_redis(settings.var_dir))
        redis = open_redis(url)
        stack.push_async_callback(redis.aclose)
        if settings.redis_url is not None:
            with contextlib.suppress(RedisError, OSError):  # one that comes later is looked at by /healthz
                await redis.ping()
                await refuse_unfit(redis)
        keys = Keys(settings.key_prefix)
        yield Resources(settings=settings, redis=redis, keys=keys, inbox=Inbox(redis, keys), ledger=Ledger(redis, keys))


def _spare_the_collector() -> None:
    """What was imported lives as long as the process: looking through it again and again cost a sixth of the CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def _process(role: Role) -> Process:
    module: Process = import_module(f"desk.processes.{role}")
    return module


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    try:
        yield
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
