"""A desk of its own for the bench: the Procfile's processes, a private Redis, a SQL file, and what they cost."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from desk.redis_server import embedded_redis, end_with_parent

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
READY_WITHIN_S = 90.0


class Cost(Struct, frozen=True):
    """What a process has used: CPU seconds, and the most memory it ever held (MiB, 0 where unknown)."""

    cpu_s: float
    memory_mib: float


class Site:
    """Processes that belong together; start what a phase needs, kill what it wants dead."""

    def __init__(self, folder: Path, wechat_api: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._redis = embedded_redis(folder)
        self._wechat_api = wechat_api
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.redis_url = ""

    async def __aenter__(self) -> "Site":
        self.redis_url = await self._redis.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.stop(*self._processes)
        await self._redis.__aexit__(None, None, None)

    def environment(self) -> dict[str, str]:
        """What each process is told."""
        return {
            **os.environ,
            "DESK_VAR": str(self.folder),
            "REDIS_URL": self.redis_url,
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "DEMO": "1",
            "WECHAT_API_BASE": self._wechat_api,
            "LOG_LEVEL": "WARNING",
            "LOG_FORMAT": "text",
        }

    def start(self, *names: str) -> None:
        """Start these processes of the Procfile."""
        for name in names:
            self._processes[name] = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", "import sys; from desk.cli import main; sys.exit(main())", name],
                env=self.environment(),
                preexec_fn=end_with_parent(),  # noqa: PLW1509 (one bound call, no lock taken)
            )

    def start_bare(self, port: int) -> None:
        """Start the yardstick."""
        self._processes["bare"] = subprocess.Popen([sys.executable, "-m", "desk.bench.bare", str(port)])  # noqa: S603

    async def stop(self, *names: str) -> None:
        """End these processes in good order."""
        for name in names:
            self._processes[name].send_signal(signal.SIGTERM)
        for name in names:
            process = self._processes.pop(name)
            try:
                await asyncio.to_thread(process.wait, 20)
            except subprocess.TimeoutExpired:
                process.kill()

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        if name == "redis":
            assert self._redis.pid is not None, "the bench owns its redis"
            os.kill(self._redis.pid, signal.SIGKILL)
            return
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    @property
    def fallen(self) -> list[str]:
        """Processes that ended though nobody ended them."""
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def costs(self) -> dict[str, Cost]:
        """What each process has used so far."""
        pids = {name: process.pid for name, process in self._processes.items()}
        if self._redis.pid:
            pids["redis"] = self._redis.pid
        return {name: cost_of(pid) for name, pid in pids.items()}

    async def ready(self) -> None:
        """Return when the web process serves; raises TimeoutError when it does not."""
        await answering(self.port, b"GET /healthz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")


async def answering(port: int, request: bytes) -> None:
    """Return when a server on this port answers 200 to the request."""
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                line = await reader.readline()
                writer.close()
                if b" 200 " in line:
                    return
            except OSError:
                pass
            await asyncio.sleep(0.1)


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cost_of(pid: int) -> Cost:
    """What this process has used; its threads included, its children not. Zeros where the system does not say."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return Cost(0.0, 0.0)
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return Cost((int(stat[11]) + int(stat[12])) / TICKS_PER_S, int(peak) / 1024)


def used(before: dict[str, Cost], after: dict[str, Cost]) -> dict[str, Cost]:
    """What each process used between two looks; memory is the peak so far."""
    nothing = Cost(0.0, 0.0)
    return {
        name: Cost(round(cost.cpu_s - before.get(name, nothing).cpu_s, 2), round(cost.memory_mib, 1))
        for name, cost in after.items()
    }


def percentiles_ms(durations_s: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest, in milliseconds; empty of an empty sample."""
    if not durations_s:
        return {}
    ordered = sorted(durations_s)
    at = {
        name: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
    return {name: round(value * 1000, 2) for name, value in {**at, "max": ordered[-1]}.items()}


def clock() -> float:
    """The clock of all measurements; one process takes them all."""
    return time.perf_counter()
