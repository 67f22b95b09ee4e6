"""A database in which nothing was ever set up, beside a site that is in force: not the one that the site is set up in.

A forgotten DATABASE_URL is all it takes. The empty settings would empty the site, and a staff list without anybody
signs out whoever asks for a page; so a web process does not begin with such a database. A desk that is new has nothing
in force in Redis either.
"""

import logging

from redis.exceptions import RedisError

from sessions.ledger import Ledger, LedgerTrimmed
from sessions.replica import restore
from sessions.settings import Site

log = logging.getLogger(__name__)


class NothingSetUpError(RuntimeError):
    """The database at `place` is blank, and a site is in force."""

    code = "nothing_set_up"

    def __init__(self, place: str) -> None:
        super().__init__(would_empty(place))


def would_empty(place: str) -> str:
    """What is wrong and what to do about it."""
    return (
        f"DATABASE_URL names {place}, in which nothing was ever set up, but a site is in force in Redis, and stays so."
        " Set DATABASE_URL to that site's database; if that is lost, restore its backup or fill this one with"
        " `desk seed`. For a new desk, set another REDIS_URL or SITE."
    )


def is_set_up(site: Site | None) -> bool:
    """Whether customers are served by this site: it is more than a desk that nobody has set up yet."""
    return site is not None and bool(site.groups or site.seats or site.accounts)


async def refuse_to_empty(ledger: Ledger, place: str) -> None:
    """Raises `NothingSetUpError` where a site is in force that the blank database at `place` would empty."""
    try:
        replica = await restore(ledger)
    except (RedisError, OSError, LedgerTrimmed) as failure:
        # The hub will see it when it can, and `announce` refuses then.
        log.warning("cannot tell yet which site is in force", extra={"reason": str(failure)})
        return
    if is_set_up(replica.floor.site):
        log.error("%s", would_empty(place), extra={"code": NothingSetUpError.code})
        raise NothingSetUpError(place)
