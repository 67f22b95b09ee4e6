"""The private Redis of a desk that was given no REDIS_URL.

Started on a unix socket, with its data under `var/redis`; no TCP port is opened, and every write is on disk
before it is answered.

Whoever starts first owns the server: it restarts it when it dies and takes it along when it leaves. Other
processes on the same `var/` find the socket and use it, and must reconnect when the owner is restarted.
Two file locks say who is there, because pids are reused and locks are not: `owner.lock` is held by the
owning desk, `server.lock` is inherited by the server itself, so that a new owner can tell a leftover
server (its desk was killed) from none. A leftover is ended, never adopted: on Linux it is already dying.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar
from urllib.parse import quote

from desk.redis_binary import RedisUnavailableError, ServerBinary, choose_binary, continues

SOCKET_PATH_BYTES_MAX = 100  # the kernel's limit is 104 on macOS, 108 on Linux
ANSWER_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 10.0
WATCH_INTERVAL_S = 0.1
RESTART_PAUSE_S_MAX = 5.0

T = TypeVar("T")

log = logging.getLogger(__name__)


class EmbeddedRedis:
    """A private Redis for `with` and for `async with`; both give its URL.

    With `async with` the owner also watches the server and starts it again if it dies.
    On Linux the server ends with the *thread* that started it: enter from one that lives as long as the desk.
    """

    def __init__(self, var_dir: Path | str, environ: Mapping[str, str] = os.environ) -> None:
        self.dir = Path(var_dir).absolute() / "redis"
        self.socket = _socket_path(self.dir)
        self.url = "unix://" + quote(str(self.socket))
        self._environ = environ
        self._owner_lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id where this object owns it, else None."""
        return self._process.pid if self._process else None

    def __enter__(self) -> str:
        try:
            return _run(self._open())
        except BaseException:
            _run(self._close())
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _run(self._close())

    async def __aenter__(self) -> str:
        try:
            url = await _run_async(self._open())
        except BaseException:
            _run(self._close())
            raise
        if self._process:
            self._keeper = asyncio.create_task(self._keep(), name="redis keeper")
        return url

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await _run_async(self._close())

    def _open(self) -> Generator[float, None, str]:
        self.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while (lock := _take_lock(self.dir / "owner.lock")) is None:
            answer = _ping(self.socket)
            if answer == "ready":
                log.info("using the Redis that another desk process started", extra={"socket": str(self.socket)})
                return self.url
            if answer is None and time.monotonic() > deadline:
                raise RedisUnavailableError(
                    f"Another desk process uses {self.dir.parent}, but its Redis does not answer at"
                    f" {self.socket}. Stop that process, or choose another DESK_VAR."
                )
            yield 0.05
        self._owner_lock = lock
        yield from self._start()
        return self.url

    def _start(self) -> Generator[float, None, None]:
        written_by = _read(self.dir / "written-by")
        binary = choose_binary(self._environ, written_by)
        if written_by and not continues(binary, written_by):
            log.warning("the data of %s is now served by %s", written_by, binary)
        if self.socket.parent != self.dir:
            _make_private(self.socket.parent)
        server_lock = yield from self._end_leftover()
        began = time.monotonic()
        try:
            self._process = _spawn(binary, self.dir, self.socket, server_lock)
        finally:
            os.close(server_lock)
        (self.dir / "server.pid").write_text(str(self._process.pid))
        yield from self._until_ready(self._process)
        (self.dir / "written-by").write_text(str(binary))
        log.info(
            "Redis is ready",
            extra={
                "server": str(binary),
                "binary": binary.path,
                "pid": self._process.pid,
                "start_ms": round((time.monotonic() - began) * 1000),
            },
        )

    def _end_leftover(self) -> Generator[float, None, int]:
        """Ends a server that outlived its desk; returns the lock that the next one inherits."""
        began = time.monotonic()
        sent: signal.Signals | None = None
        while (lock := _take_lock(self.dir / "server.lock")) is None:
            waited_s = time.monotonic() - began
            due = signal.SIGTERM if waited_s < STOP_TIMEOUT_S else signal.SIGKILL
            if waited_s > 2 * STOP_TIMEOUT_S:
                raise RedisUnavailableError(f"A Redis that cannot be ended still uses {self.dir}. End it by hand.")
            if sent is not due and (pid := _read(self.dir / "server.pid")).isdigit():
                log.warning("ending a Redis that outlived its desk", extra={"pid": int(pid)})
                _signal_group(int(pid), due)
                sent = due
            yield 0.01
        return lock

    def _until_ready(self, process: subprocess.Popen[bytes]) -> Generator[float, None, None]:
        heard_at = time.monotonic()
        pause_s = 0.002
        while (answer := _ping(self.socket)) != "ready":
            if process.poll() is not None:
                raise RedisUnavailableError(
                    f"Redis ended while starting (exit {process.returncode}). {self._last_words()}"
                )
            if answer == "loading":
                heard_at = time.monotonic()  # a long log takes its time
            elif time.monotonic() - heard_at > ANSWER_TIMEOUT_S:
                raise RedisUnavailableError(f"Redis does not answer at {self.socket}. {self._last_words()}")
            yield pause_s
            pause_s = min(pause_s * 1.5, 0.1)

    def _last_words(self) -> str:
        """The end of the server's log, where it says why."""
        lines = _read(self.dir / "server.log").splitlines()[-4:]
        return f"{self.dir / 'server.log'} ends: " + " | ".join(line.strip() for line in lines)

    def _close(self) -> Generator[float, None, None]:
        yield from self._stop()
        if self._owner_lock is not None:
            if self.socket.parent != self.dir:
                with contextlib.suppress(OSError):
                    self.socket.parent.rmdir()
            os.close(self._owner_lock)
            self._owner_lock = None

    def _stop(self) -> Generator[float, None, None]:
        if self._process is None:
            return
        process, self._process = self._process, None
        deadline = time.monotonic() + STOP_TIMEOUT_S
        _signal_group(process.pid, signal.SIGTERM)
        while process.poll() is None:
            if time.monotonic() > deadline:
                log.error("Redis does not stop: killing it", extra={"pid": process.pid})
                _signal_group(process.pid, signal.SIGKILL)
                process.wait()
            yield 0.01
        log.info("Redis has stopped", extra={"pid": process.pid, "exit": process.returncode})

    async def _keep(self) -> None:
        pause_s = WATCH_INTERVAL_S
        while True:
            await asyncio.sleep(pause_s)
            if self._process and self._process.poll() is None:
                pause_s = WATCH_INTERVAL_S
                continue
            log.error("Redis died: starting it again")
            try:
                await _run_async(self._start())
            except (RedisUnavailableError, OSError):
                log.exception("Redis could not be started again")
                await _run_async(self._stop())
                pause_s = min(pause_s * 2, RESTART_PAUSE_S_MAX)


def embedded_redis(var_dir: Path | str) -> EmbeddedRedis:
    """A private Redis with its data in `var_dir`/redis: `async with embedded_redis(var) as url`."""
    return EmbeddedRedis(var_dir)


def end_with_parent() -> Callable[[], None] | None:
    """For Popen's `preexec_fn`, on Linux: the child gets SIGTERM when the thread that starts it ends, however."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()
    pr_set_pdeathsig = 1

    def before_exec() -> None:
        prctl(pr_set_pdeathsig, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def _run(steps: Generator[float, None, T]) -> T:
    """Runs steps that yield how long they would like to wait, by sleeping."""
    while True:
        try:
            pause_s = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        time.sleep(pause_s)


async def _run_async(steps: Generator[float, None, T]) -> T:
    """The same, leaving the event loop free while waiting."""
    while True:
        try:
            pause_s = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        await asyncio.sleep(pause_s)


def _spawn(binary: ServerBinary, data_dir: Path, socket_path: Path, server_lock: int) -> subprocess.Popen[bytes]:
    arguments = {
        "--port": "0",
        "--unixsocket": str(socket_path),
        "--unixsocketperm": "700",
        "--dir": str(data_dir),
        "--save": "",
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--aof-use-rdb-preamble": "no",  # Valkey and Redis read each other's commands, not each other's dumps
        "--daemonize": "no",
    }
    with (data_dir / "server.log").open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            [binary.path, *(word for pair in arguments.items() for word in pair)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(server_lock,),
            start_new_session=True,  # Ctrl-C is for the desk, which stops the server last
            preexec_fn=end_with_parent(),  # noqa: PLW1509 (one bound call, no lock taken)
        )


def _socket_path(data_dir: Path) -> Path:
    """In the data folder, or in a private temporary one where that path is too long for the kernel."""
    path = data_dir / "redis.sock"
    if len(os.fsencode(path)) < SOCKET_PATH_BYTES_MAX:
        return path
    # Derived from the data folder, so that every process on it and every restart means the same socket.
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir(), f"desk-{os.getuid()}-{name}", "redis.sock")


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise RedisUnavailableError(
            f"{folder} belongs to somebody else. Choose a DESK_VAR of your own, with a shorter path."
        )


def _ping(socket_path: Path) -> Literal["ready", "loading"] | None:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            reply = connection.recv(64)
    except OSError:
        return None
    if reply.startswith(b"+PONG"):
        return "ready"
    return "loading" if reply.startswith(b"-LOADING") else None


def _take_lock(path: Path) -> int | None:
    """An open, locked file, or None where somebody else has it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""
