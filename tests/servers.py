"""Real servers for tests: no fakes, because what we promise is what the real ones do.

Redis starts in some ten milliseconds and can be killed and restarted on the same data, as the crash tests
need. PostgreSQL comes from the system's packages where it is installed; initdb refuses to run as root, so a
root test run drops it to `nobody`.
"""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql
from redis import Redis
from sqlalchemy import URL, make_url

from desk.redis_server import EmbeddedRedis, end_with_parent


class RedisServer:
    """A private Redis with `appendfsync always`, in a folder of its own unless given one."""

    def __init__(self, folder: Path | None = None) -> None:
        self._made = None if folder else tempfile.mkdtemp(prefix="desk-redis-")
        self.folder = folder or Path(str(self._made))
        self._redis: EmbeddedRedis | None = None
        self._line: Redis | None = None
        self.url = ""

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._redis is not None
        assert self._redis.pid is not None
        return self._redis.pid

    def start(self) -> "RedisServer":
        """Starts it on whatever data the folder has; returns when it answers."""
        redis = EmbeddedRedis(self.folder)
        self.url = redis.__enter__()
        self._redis = redis
        return self

    def empty(self) -> str:
        """Forgets all that is in it; the URL. By a line that is kept: to open one takes longer than to forget."""
        self._line = self._line or Redis.from_url(self.url)
        self._line.flushall()
        return self.url

    def kill(self) -> None:
        """kill -9: no farewell, no flush."""
        os.killpg(self.pid, signal.SIGKILL)
        self._leave()

    def stop(self) -> None:
        """Ends it and removes the folder that it made."""
        self._leave()
        if self._made:
            shutil.rmtree(self._made, ignore_errors=True)

    def restart(self) -> None:
        """Starts it again on the same data and the same URL, after a kill or a clean stop."""
        self._leave()
        self.start()

    def _leave(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._redis is not None:
            self._redis.__exit__(None, None, None)
            self._redis = None


class PostgresServer:
    """A private PostgreSQL on a unix socket; fast instead of durable, as it outlives no test run."""

    @staticmethod
    def why_not() -> str | None:
        """The reason why this machine can have none, or None where it can."""
        return None if _postgres_programs() else "PostgreSQL is not installed: no initdb to be found"

    def __init__(self) -> None:
        programs = _postgres_programs()
        assert programs, "ask why_not() first"
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="desk-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)

    def start(self) -> "PostgresServer":
        """Makes a cluster and starts it; returns when it answers (about half a second)."""
        if os.getuid() == 0:
            shutil.chown(self._folder, "nobody")
        data = str(self._folder / "data")
        initdb = self._spawn("initdb", "-D", data, "-N", "-A", "trust", "-U", "desk", "-E", "UTF8", "--no-locale")
        assert initdb.wait() == 0, self._last_words()
        hasty = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")
        options = [word for setting in hasty for word in ("-c", setting)]
        self._process = self._spawn("postgres", "-D", data, "-k", str(self._folder), *options)
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, self._last_words()
            assert time.monotonic() < deadline, self._last_words()
            time.sleep(0.02)
        return self

    def new_url(self) -> str:
        """Of a database that is not there yet; ready for SQLAlchemy."""
        return f"postgresql+psycopg://desk@/test_{next(self._names)}?host={quote(str(self._folder), safe='')}"

    def stop(self) -> None:
        """Ends it and removes its folder."""
        if self._process:
            _control_of(str(self._folder)).close()
            self._process.send_signal(signal.SIGINT)  # the fast way down: waits for no client
            self._process.wait(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        root = os.getuid() == 0  # PostgreSQL refuses to run as root
        with (self._folder / "log").open("ab") as output:
            return subprocess.Popen(
                [str(self._programs / program), *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user="nobody" if root else None,
                group=pwd.getpwnam("nobody").pw_gid if root else None,
                extra_groups=[] if root else None,
                start_new_session=True,
                preexec_fn=end_with_parent(),  # noqa: PLW1509 (one bound call, no lock taken)
            )

    def _answers(self) -> bool:
        try:
            _control_of(str(self._folder))
        except psycopg.OperationalError:
            return False
        return True

    def _last_words(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-2000:]


def create_database(url: str | URL, template: str = "template1") -> None:
    """Makes this database as a copy of another one of its server; of PostgreSQL's own, with nothing in it."""
    _execute("CREATE DATABASE {} TEMPLATE {}", url, template)


def create_english_database(url: str | URL) -> None:
    """Makes this database, empty, with texts in the order of a dictionary, as PostgreSQL's packages set one up."""
    _execute("CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'", url)


def drop_database(url: str | URL) -> None:
    """Removes this database, if there is one, also where a test left connections open."""
    _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", url)


def is_database(url: URL) -> bool:
    """Whether somebody has made this database."""
    found = _control_of(str(url.query["host"])).execute("SELECT FROM pg_database WHERE datname = %s", [url.database])
    return found.fetchone() is not None


def _execute(statement: LiteralString, url: str | URL, *names: str) -> None:
    place = make_url(url)
    quoted = (sql.Identifier(name) for name in (str(place.database), *names))
    _control_of(str(place.query["host"])).execute(sql.SQL(statement).format(*quoted))


@cache
def _control_of(host: str) -> psycopg.Connection:
    """The connection over which databases of the server in this folder are made and dropped, the same for all."""
    return psycopg.connect(host=host, user="desk", dbname="postgres", autocommit=True)


def _postgres_programs() -> Path | None:
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    for initdb in [*([Path(on_path).resolve()] if on_path else []), *reversed(installed)]:
        if (initdb.parent / "postgres").exists():
            return initdb.parent
    return None
