"""Calls a day: how often each API may be called, as the platform counts it per account.

An API without a number here is not counted. Counters start anew at midnight, China time.
"""

from collections.abc import Mapping
from typing import Final

from desk.channels.wechat.simulator.errors import CLEAR_QUOTA_SPENT, DAILY_QUOTA, ApiError

CALLS_A_DAY: Final[Mapping[str, int]] = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/media/get": 200_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/user/info/updateremark": 10_000,
}
CLEARS_A_MONTH: Final = 10

_DAY_MS: Final = 86_400_000
_CHINA_MS: Final = 8 * 3_600_000


class Limits:
    """The counters of one account."""

    def __init__(self, calls_a_day: Mapping[str, int] = CALLS_A_DAY) -> None:
        self.calls_a_day = dict(calls_a_day)
        self._day = -1
        self._used: dict[str, int] = {}
        self._cleared = 0

    def count(self, path: str, at: int) -> None:
        """Counts a call. Raises `ApiError` 45009 when the day's number is used up."""
        limit = self.calls_a_day.get(path)
        if limit is None:
            return
        self._turn_day(at)
        used = self._used.get(path, 0)
        if used >= limit:
            raise ApiError(DAILY_QUOTA)
        self._used[path] = used + 1

    def of(self, path: str, at: int) -> tuple[int, int]:
        """The day's number and the calls used of it; (0, 0) for an API that is not counted."""
        self._turn_day(at)
        return self.calls_a_day.get(path, 0), self._used.get(path, 0)

    def clear(self) -> None:
        """Sets all counters to zero. Raises `ApiError` 48006 after ten times."""
        if self._cleared >= CLEARS_A_MONTH:
            raise ApiError(CLEAR_QUOTA_SPENT)
        self._cleared += 1
        self._used.clear()

    def _turn_day(self, at: int) -> None:
        day = (at + _CHINA_MS) // _DAY_MS
        if day != self._day:
            self._day = day
            self._used.clear()
