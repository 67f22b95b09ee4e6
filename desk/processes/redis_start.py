"""What the Redis of REDIS_URL says first.

Waiting cures a Redis that is not there yet, and every process waits for it by itself. It cures no wrong password: that
is said once, and the process ends. All of this only until the first answer; later outages are waited for, whatever they
are, for Redis may be set up anew while the desk runs.
"""

import asyncio
import logging
import ssl
from urllib.parse import unquote, urlsplit

from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    AuthorizationError,
    InvalidResponse,
    RedisError,
    ResponseError,
)

from sessions.streams import Client
from sessions.waiting import set_within

RETRY_S = 0.5

log = logging.getLogger(__name__)


class RedisRefusesError(RuntimeError):
    """Waiting does not cure this; the message names REDIS_URL, its address, the reason and what to do."""

    code = "redis_refuses"


async def watch_first_answer(redis: Client, url: str, stop: asyncio.Event) -> None:
    """Asks until there is an answer, then does nothing until told to stop. Raises `RedisRefusesError`."""
    said = ""
    while not stop.is_set():
        try:
            await answered(redis)
        except (RedisError, OSError) as failure:
            if advice := _what_cures(failure):
                raise _refusal(url, failure, advice) from None
            if said != str(failure):
                said = str(failure)
                log.warning(
                    "the Redis of REDIS_URL does not answer yet: waiting for it",
                    extra={"address": place_of(url), "reason": said},
                )
            await set_within(stop, RETRY_S)
        else:
            if said:
                log.info("the Redis of REDIS_URL answers", extra={"address": place_of(url)})
            await stop.wait()


async def need_answer(redis: Client, url: str) -> None:
    """For who cannot wait. Raises `RedisRefusesError`."""
    try:
        await answered(redis)
    except (RedisError, OSError) as failure:
        advice = _what_cures(failure) or "See that it runs, and check host and port."
        raise _refusal(url, failure, advice) from None


async def answered(redis: Client) -> None:
    """One question to Redis; an error in answer to it is one too: we were let in."""
    try:
        await redis.ping()
    except ResponseError as failure:
        if _what_cures(failure):
            raise


def place_of(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return unquote(parts.path)
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}{parts.path.rstrip('/')}"


def _refusal(url: str, failure: Exception, advice: str) -> RedisRefusesError:
    reason = str(failure).rstrip(".")
    return RedisRefusesError(f"REDIS_URL: the Redis at {place_of(url)} cannot be used: {reason}. {advice}")


def _what_cures(failure: Exception) -> str:
    """What the operator has to do; empty where waiting may do."""
    for each in (failure, failure.__cause__, failure.__context__):  # redis-py says "no connection", because of …
        match each:
            case AuthenticationError() | AuthorizationError() | AuthenticationWrongNumberOfArgsError():
                return "Check user and password in it; what is special in them is percent-encoded, like @ as %40."
            case InvalidResponse():
                return "What answers there is no Redis: check host and port."
            case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
                return "What answers there speaks no TLS: use redis:// instead of rediss://, or check host and port."
            case ResponseError() if "DB index" in str(each):
                return "Redis has databases 0 to 15 unless its configuration says otherwise: name one of them."
            case ResponseError() if str(each).startswith("DENIED"):
                return "Give that Redis a password, and name it here."
    return ""
