"""The way to Redis: a client that waits for no answer for ever.

A connection may go silent without being closed: a failover, a pulled cable, a router that forgot it. It brings neither
answers nor errors. So each command is given up some seconds after its answer was due, and that counts as an outage:
its connection is closed, for the answer may still come, and whoever tries again has a new one.

Not by redis-py's `socket_timeout`: it knows nothing of reads that Redis itself holds back (`BLOCK`), and it sends
through `wait_for`, which in Python 3.11 may lose a cancellation.
"""

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import TimeoutError as RedisTimeoutError

from sessions.streams import Client

ANSWER_WITHIN_S = 5.0
CONNECTIONS_MAX = 64
CONNECTION_WAIT_S = 3.0
"""Who finds all connections to Redis busy waits this long for one, instead of failing at once."""
PROBES = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}
"""By these an idle connection notices within some ten seconds that nobody is there; each where the system has it."""


def open_redis(url: str, *, answer_within_s: float = ANSWER_WITHIN_S) -> Client:
    """A client of the Redis at this address; to be closed by `aclose`."""
    probes = {getattr(socket, name): value for name, value in PROBES.items() if hasattr(socket, name)}
    over_tcp = {} if url.startswith("unix:") else {"socket_keepalive": True, "socket_keepalive_options": probes}
    pool = BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS_MAX, timeout=CONNECTION_WAIT_S, socket_timeout=None, **over_tcp
    )
    return _ImpatientRedis(pool, answer_within_s)


class _ImpatientRedis(Redis):
    def __init__(self, pool: BlockingConnectionPool, answer_within_s: float) -> None:
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True  # as `from_pool` does
        self._answer_within_s = answer_within_s

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        command = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        return await _within(self._answer_within_s + _held_back_s(args), command)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        pipeline = _ImpatientPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.answer_within_s = self._answer_within_s
        return pipeline


class _ImpatientPipeline(Pipeline):
    answer_within_s = ANSWER_WITHIN_S

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        answers: list[Any] = await _within(self.answer_within_s, super().execute(raise_on_error))
        return answers


async def _within(seconds: float, command: Coroutine[Any, Any, Any]) -> Any:
    """The answer. A command that is cut off closes its connection: redis-py sees to that with whatever is cancelled."""
    try:
        async with asyncio.timeout(seconds):
            return await command
    except TimeoutError:
        raise RedisTimeoutError(f"no answer in {seconds:g} s") from None


def _held_back_s(args: tuple[Any, ...]) -> float:
    """How long Redis may wait for news before it answers this command."""
    if args[0] != "XREAD" or b"BLOCK" not in args:
        return 0.0
    return int(args[args.index(b"BLOCK") + 1]) / 1000
