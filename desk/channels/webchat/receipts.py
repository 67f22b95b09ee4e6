"""What reached a visitor's page, told to the engine: once for each message, and only on the page's own word."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from desk.channels.webchat.said import Said
from sessions import commands as cmd
from sessions.ids import CustomerId
from sessions.streams import Client, Keys

REMEMBERED_S = 7 * 86400
REMEMBERED_MAX = 2_000

_SCRIPT = (Path(__file__).parents[2] / "lua" / "seen.lua").read_text()


class Receipts:
    """The memory of what was reported, in Redis, for all web processes."""

    def __init__(self, redis: Client, keys: Keys) -> None:
        self._write = redis.register_script(_SCRIPT)
        self._keys = keys

    async def report(self, customer: CustomerId, lines: Sequence[Said]) -> None:
        """These lines are on the visitor's page. Raises `RedisError`, `OSError`; it may then be said again."""
        args: list[Any] = [REMEMBERED_S, REMEMBERED_MAX]
        for line in lines:
            args += (line.seq, cmd.encode(cmd.ReportDelivered(message=line.id, session=line.session)))
        await self._write(keys=[f"{self._keys.prefix}webchat:seen:{customer}", self._keys.inbox], args=args)
