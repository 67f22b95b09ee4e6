"""The desk's two clocks, and whether they agree.

What staff see is on the clock of TIMEZONE, summer time and all. The core knows minutes from UTC alone, the rule
`utc_offset_min`: opening hours, the days of session numbers and what customers are told follow it. A ledger must fold
to the same floor on every machine and in every year, and what a zone's summer time is differs and changes.
"""

import logging

from desk.config import Settings
from sessions.settings import Site

log = logging.getLogger(__name__)


def warn_of_two_clocks(settings: Settings, site: Site) -> None:
    """Says in the log what differs and what to change; nothing where they agree, or nothing is set up yet."""
    wanted, rule = settings.utc_offset_minutes, site.rules.utc_offset_min
    if site.groups and rule != wanted:
        log.warning(
            "two clocks: opening hours and session numbers follow the rule utc_offset_min, pages follow TIMEZONE;"
            " set the rule at /admin/rules to the minutes that TIMEZONE is ahead of UTC now, or set TIMEZONE",
            extra={"utc_offset_min": rule, "timezone": settings.timezone.key, "timezone_min": wanted},
        )
