"""The names of everything a site keeps in Redis, and the scripts that touch several of them at once.

All keys of a site share one prefix with a hash tag, `desk:{site}:`, so that a site lives on one shard of a cluster.
"""

from functools import cache
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

Client = Redis
"""An asynchronous Redis client that answers in bytes (`decode_responses=False`)."""


class Keys:
    """The site's keys, by what they hold."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.inbox = f"{prefix}inbox"
        self.set_aside = f"{prefix}inbox:set-aside"
        self.ledger = f"{prefix}ledger"
        self.head = f"{prefix}head"
        self.fence = f"{prefix}fence"
        self.snapshot = f"{prefix}snapshot"

    def lease(self, role: str) -> str:
        """Who holds a role that only one process may have: `engine`, `courier`, `archivist`."""
        return f"{self.prefix}lease:{role}"

    def position(self, follower: str) -> str:
        """How far a follower of the ledger has got; the ledger is not trimmed past it."""
        return f"{self.prefix}position:{follower}"


@cache
def script_text(name: str) -> str:
    """The Lua script of this name, beside this module."""
    return (Path(__file__).parent / "lua" / f"{name}.lua").read_text()


def script(redis: Client, name: str) -> Any:
    """The script, callable on this client; loads itself into the server when it is not there yet."""
    return redis.register_script(script_text(name))


def entry_ms(entry_id: str) -> int:
    """The instant, by the Redis server's clock, at which a stream entry was appended."""
    return int(entry_id.split("-", 1)[0])


def entries(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries in the answer to an XREAD of one stream."""
    return list(answer[0][1]) if answer else []
