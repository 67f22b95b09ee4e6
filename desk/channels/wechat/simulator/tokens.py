"""Access tokens: who holds a valid one, and why one is refused.

Two endpoints hand them out and know nothing of each other. `/token` makes a new one on every call and lets
the one before live five more minutes; `/stable_token` repeats the same one until five minutes before its end.
Dead tokens are remembered for a while, because an expired token and an overwritten one get different errors.
"""

import secrets
from collections.abc import Callable

from msgspec import Struct

from desk.channels.wechat.simulator.errors import (
    ACCESS_TOKEN_EXPIRED,
    INVALID_ACCESS_TOKEN,
    INVALID_CREDENTIAL,
    MISSING_ACCESS_TOKEN,
    ApiError,
)

LIFETIME_MS = 7_200_000
OVERLAP_MS = 300_000
FORCE_INTERVAL_MS = 30_000
FORCED_A_DAY_MAX = 20
TOKENS_MAX = 10_000
"""Tokens remembered, dead ones included; the oldest are forgotten first and then count as never issued."""

_DAY_MS = 86_400_000
_LENGTH_MIN = 16


class Token(Struct):
    """One issued token. `expires_at` is its natural end, `dies_at` the earlier one where it was overwritten."""

    text: str
    app_id: str
    expires_at: int
    dies_at: int


class _Stable(Struct):
    """What `/stable_token` keeps of an app."""

    token: Token | None = None
    forced_at: int = -FORCE_INTERVAL_MS
    forced_day: int = -1
    forced_today: int = 0


class Tokens:
    """All tokens of all apps. `make` supplies the random text of a new one."""

    def __init__(self, make: Callable[[], str] = lambda: secrets.token_urlsafe(96)) -> None:
        self._make = make
        self._issued: dict[str, Token] = {}
        self._latest: dict[str, Token] = {}
        self._stable: dict[str, _Stable] = {}

    def issue(self, app_id: str, at: int) -> tuple[str, int]:
        """`/token`: a new token and its life in seconds; the previous one keeps five minutes at most."""
        if previous := self._latest.get(app_id):
            previous.dies_at = min(previous.dies_at, at + OVERLAP_MS)
        token = self._latest[app_id] = self._new(app_id, at)
        return token.text, LIFETIME_MS // 1000

    def stable(self, app_id: str, *, force: bool, at: int) -> tuple[str, int]:
        """`/stable_token`: the current token and what is left of its life, in seconds.

        Forcing ends the current one at once, unless it was forced within 30 s or 20 times today: then
        nothing is refreshed and the current one is returned, without an error.
        """
        kept = self._stable.setdefault(app_id, _Stable())
        current = kept.token
        if force and current is not None and self._may_force(kept, at):
            current.dies_at = min(current.dies_at, at)
            current = None
        if current is None or min(current.expires_at, current.dies_at) - at <= OVERLAP_MS:
            current = kept.token = self._new(app_id, at)
        return current.text, (current.expires_at - at) // 1000

    def app_of(self, text: str, at: int) -> str:
        """The app that a token speaks for. Raises `ApiError` with 41001, 40014, 40001 or 42001."""
        token = self._issued.get(text)
        if token is None:
            if not text:
                raise ApiError(MISSING_ACCESS_TOKEN)
            raise ApiError(INVALID_ACCESS_TOKEN if len(text) < _LENGTH_MIN else INVALID_CREDENTIAL)
        if at >= token.expires_at:
            raise ApiError(ACCESS_TOKEN_EXPIRED)
        if at >= token.dies_at:
            raise ApiError(INVALID_CREDENTIAL)
        return token.app_id

    def expire(self, app_id: str, at: int) -> None:
        """Lets every token of an app have reached its end now (42001), as if two hours had passed."""
        for token in self._issued.values():
            if token.app_id == app_id:
                token.expires_at = min(token.expires_at, at)

    def revoke(self, app_id: str, at: int) -> None:
        """Kills every token of an app now (40001), as when its AppSecret is reset."""
        for token in self._issued.values():
            if token.app_id == app_id:
                token.dies_at = min(token.dies_at, at)

    def _new(self, app_id: str, at: int) -> Token:
        while len(self._issued) >= TOKENS_MAX:
            del self._issued[next(iter(self._issued))]
        token = Token(self._make(), app_id, at + LIFETIME_MS, at + LIFETIME_MS)
        self._issued[token.text] = token
        return token

    @staticmethod
    def _may_force(kept: _Stable, at: int) -> bool:
        day = at // _DAY_MS
        if kept.forced_day != day:
            kept.forced_day, kept.forced_today = day, 0
        if at - kept.forced_at < FORCE_INTERVAL_MS or kept.forced_today >= FORCED_A_DAY_MAX:
            return False
        kept.forced_at = at
        kept.forced_today += 1
        return True
