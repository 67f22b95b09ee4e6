"""How much an account may still say to one user, and until when.

WeChat opens an allowance whenever the user does something: 5 messages in 48 hours for a message, 3 in one
minute for a menu tap, a follow or a scan. How overlapping allowances combine is nowhere written; here each
kind of trigger has a bucket of its own, a new trigger refills and prolongs its bucket only, and a message is
taken from the bucket that expires first, so that nothing is wasted.
"""

from enum import StrEnum

from msgspec import Struct

from desk.channels.wechat.simulator.errors import COUNT_SPENT, OK, WINDOW_CLOSED

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


class Trigger(StrEnum):
    """What a user does that lets the account speak."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"


class Allowance(Struct, frozen=True):
    """So many messages in so long."""

    count: int
    lasts_ms: int


class Quota(Struct, frozen=True):
    """What each trigger grants. `accumulates`: a repeated trigger adds to what is left instead of refilling."""

    message: Allowance = Allowance(5, 48 * HOUR_MS)
    menu: Allowance = Allowance(3, MINUTE_MS)
    follow: Allowance = Allowance(3, MINUTE_MS)
    scan: Allowance = Allowance(3, MINUTE_MS)
    accumulates: bool = False

    def of(self, trigger: Trigger) -> Allowance:
        match trigger:
            case Trigger.MESSAGE:
                return self.message
            case Trigger.MENU:
                return self.menu
            case Trigger.FOLLOW:
                return self.follow
            case Trigger.SCAN:
                return self.scan


class Bucket(Struct):
    """Messages left of one trigger's allowance, until `expires_at` (UTC ms)."""

    left: int
    expires_at: int


class Window:
    """The open buckets of one user."""

    def __init__(self, buckets: dict[Trigger, Bucket] | None = None) -> None:
        self._buckets = buckets or {}

    @property
    def buckets(self) -> dict[Trigger, Bucket]:
        return self._buckets

    def open(self, trigger: Trigger, quota: Quota, at: int) -> None:
        """The user did something at `at`: its bucket is full again and lasts anew."""
        allowance = quota.of(trigger)
        kept = self._buckets.get(trigger)
        carried = kept.left if quota.accumulates and kept and kept.expires_at > at else 0
        self._buckets[trigger] = Bucket(allowance.count + carried, at + allowance.lasts_ms)

    def close(self) -> None:
        """The user unfollowed: nothing may be said any more."""
        self._buckets.clear()

    def verdict(self, at: int) -> int:
        """The errcode a message sent at `at` would meet; OK takes nothing yet."""
        live = [bucket for bucket in self._buckets.values() if bucket.expires_at > at]
        if not live:
            return WINDOW_CLOSED
        return OK if any(bucket.left > 0 for bucket in live) else COUNT_SPENT

    def spend(self, at: int) -> None:
        """Takes one message. Call only after `verdict` was OK for the same instant."""
        usable = [bucket for bucket in self._buckets.values() if bucket.expires_at > at and bucket.left > 0]
        min(usable, key=lambda bucket: bucket.expires_at).left -= 1

    def left(self, at: int) -> int:
        """Messages that may still be sent at `at`."""
        return sum(bucket.left for bucket in self._buckets.values() if bucket.expires_at > at)

    def expires_at(self, at: int) -> int:
        """When the last live bucket ends (UTC ms); 0 when none is live."""
        return max((bucket.expires_at for bucket in self._buckets.values() if bucket.expires_at > at), default=0)
