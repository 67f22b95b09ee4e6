"""What every test may ask for: an event loop like production's, real Redis, real SQL, a browser.

Each xdist worker has servers of its own, started when the first test wants one; each test finds them empty. What they
need is imported with the first of them: the core's tests need none, and are to be quick.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from redis.asyncio import Redis as AsyncRedis

    from tests.servers import PostgresServer, RedisServer

TESTS = Path(__file__).parent
ROOT = TESTS.parent
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 << 30
# A disk makes and syncs the files of hundreds of databases slowly, and these outlive no run. Also for what tests start.
if not os.environ.get("TMPDIR") and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # to be asked for again

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# The core's state machine multiplies these: see unit/sessions/test_core_machine.py.
settings.register_profile("fast", deadline=None, max_examples=10)
settings.register_profile("ci", deadline=None, max_examples=40, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if IN_CI else "fast"))


# What is imported and collected stays till the end: to look for garbage in it took a third of collecting.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Has each worker import the modules of all tests in an order of its own, where all are asked for.

    Pytest compiles a module anew for its assertions, and keeps it. On a fresh checkout workers that go through the
    modules side by side would each compile every one of them; so each finds what the others have done.
    """
    own = getattr(session.config, "workerinput", None)
    if own is None or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    modules = [".".join(each.relative_to(ROOT).with_suffix("").parts) for each in sorted(TESTS.rglob("test_*.py"))]
    begin = len(modules) * int(own["workerid"].removeprefix("gw")) // int(own["workercount"])
    for name in [*modules[begin:], *modules[:begin]]:
        import_module(name)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Lets half of the workers begin with browser tests, and keeps for the end what never waits.

    A browser keeps a core busy while tests of servers wait a lot: side by side, the one fills the pauses of the other.
    More browsers would but take the caches from one another. Files of few tests come first, for theirs are long: what
    is left at the end can be shared out.
    Each worker begins with a share of the list (`--dist worksteal`), and takes from the end of another's when it is
    done: the last tests to run are those of rules, which leave no core idle.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if workers < 2:
        return
    folders: dict[str, list[pytest.Item]] = {}
    for each in items:
        folders.setdefault(each.path.relative_to(TESTS).parts[0], []).append(each)
    in_browser, rules = folders.pop("browser", []), folders.pop("unit", [])
    others = [*chain.from_iterable(folders.values()), *rules]
    shares: list[list[pytest.Item]] = [[] for _ in range(max(1, workers // 2))]
    files = [list(tests) for _, tests in groupby(in_browser, lambda each: each.path)]
    for number, tests in enumerate(sorted(files, key=len)):
        shares[number % len(shares)] += tests
    for share in shares:
        room = max(0, len(items) // workers - len(share))
        share.extend(others[len(others) - room :])
        del others[len(others) - room :]
    items[:] = [*chain.from_iterable(shares), *others]


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # as in our processes: every worker spent seconds on looking for garbage
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """For who sets up logging, as every command does: after the test it is pytest's again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # pytest's own, which a set-up would close
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """This worker's Redis. To kill one, start a RedisServer of your own."""
    from tests.servers import RedisServer  # noqa: PLC0415

    server = RedisServer().start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of an empty Redis."""
    return redis_server.empty()


@pytest.fixture
async def redis(redis_url: str, anyio_backend: object) -> AsyncIterator[AsyncRedis]:
    """A client of an empty Redis; replies are bytes."""
    from redis.asyncio import Redis as AsyncRedis  # noqa: PLC0415

    async with AsyncRedis.from_url(redis_url, decode_responses=False, socket_timeout=None) as client:
        yield client


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    from tests.servers import PostgresServer  # noqa: PLC0415

    if reason := PostgresServer.why_not():
        pytest.skip(reason)
    server = PostgresServer().start()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Of a PostgreSQL database that nobody has made yet, as postgresql+psycopg://…; skipped where it is not installed.

    `migrated` and `seeded` make it, as a copy.
    """
    from tests.servers import drop_database  # noqa: PLC0415

    url = postgres_server.new_url()
    yield url
    drop_database(url)


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> str:
    """The same, made, with nothing in it."""
    from tests.servers import create_database  # noqa: PLC0415

    create_database(postgres_url)
    return postgres_url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database, as sqlite+aiosqlite://…"""
    return f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite3'}"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser for playwright's `executable_path`. Without one: skipped at home, a failure in CI."""
    from desk.bench.chromium import ADVICE, find_chromium  # noqa: PLC0415

    if found := find_chromium():
        return found
    if IN_CI:
        pytest.fail(ADVICE)
    pytest.skip(ADVICE)
