"""Whether a Redis keeps what it has answered for: `success` to WeChat rests on its word that a message is on disk.

A server of the site's own may have been set up as a cache: it forgets everything when it is restarted, or what it has
no room for. Nobody would notice before the day on which messages are gone, so a desk does not begin with one.
"""

import logging
from typing import Any

from redis.exceptions import ResponseError

from sessions.streams import Client

VERSION_MIN = (7, 0)

log = logging.getLogger(__name__)


class RedisUnfitError(RuntimeError):
    """This Redis would lose messages."""

    code = "redis_unfit"


async def refuse_unfit(redis: Client) -> None:
    """Raises RedisUnfitError, with all that is wrong; says in the log where a Redis does not tell its settings."""
    try:
        found = await shortcomings(redis)
    except ResponseError as failure:
        log.warning(
            "this Redis does not tell its settings: see to it that they are appendonly yes, appendfsync always and,"
            " where maxmemory is set, maxmemory-policy noeviction",
            extra={"reason": str(failure)},
        )
        return
    if found:
        raise RedisUnfitError(
            f"The Redis of REDIS_URL would lose messages: {'; '.join(found)}."
            " Set it up so in its redis.conf, or leave REDIS_URL unset for a private one."
        )


async def shortcomings(redis: Client) -> list[str]:
    """What this Redis would have to do otherwise. Raises ResponseError where it does not tell."""
    server: dict[str, Any] = await redis.info("server")
    version = str(server["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < VERSION_MIN:
        return [f"it is {version}, older than {'.'.join(map(str, VERSION_MIN))}"]
    settings: Any = await redis.config_get("appendonly", "appendfsync", "maxmemory", "maxmemory-policy")
    told = {_text(name): _text(value) for name, value in settings.items()}
    wanted = {"appendonly": "yes", "appendfsync": "always"}
    if told["maxmemory"] != "0":
        wanted["maxmemory-policy"] = "noeviction"
    return [f"{name} is {told[name]}, not {value}" for name, value in wanted.items() if told[name] != value]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
