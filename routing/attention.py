"""How much attention a seat gives, and how fast it answers.

Attention is time in which at least one customer waits for the seat's answer: not the count of its chats, of which
most are quiet at any moment. It is counted by the clock's hours; the sliding hour takes from the one before what
still lies within sixty minutes. Whole numbers throughout, so that every replica comes to the same bit.

`open_turn` and `close_turn` are the only writers of `pending`, attention and pace.
"""

from collections.abc import Iterable

from msgspec import Struct

from routing.capacity import SeatCapacity

HOUR_MS = 3_600_000
PRIOR_TURNS = 20
"""A seat's pace is believed as if it had first answered this many turns at the average speed."""
SLOWEST, FASTEST = 0.7, 1.4
PACE_TURNS_MAX = 400
"""At so many turns a seat's pace is halved in weight: it is about these days, not about last year."""
SITE_TURNS_MAX = 40_000


class SitePace(Struct):
    """Answered turns of the whole site and the attention they took: what an average seat is."""

    turns: int = 0
    attention_ms: int = 0


def open_turn(seat: SeatCapacity, pace: SitePace, at: int) -> None:
    """One more customer waits for this seat's answer."""
    _attend(seat, pace, at)
    seat.pending += 1


def close_turn(seat: SeatCapacity, pace: SitePace, at: int, *, answered: bool) -> None:
    """One customer less waits for it: answered, or gone or given to another without an answer."""
    assert seat.pending > 0, f"nobody waits for {seat.seat}"
    _attend(seat, pace, at)
    seat.pending -= 1
    if not answered:
        return
    seat.pace_turns += 1
    pace.turns += 1
    seat.speed = _speed(seat, pace)
    if seat.pace_turns >= PACE_TURNS_MAX:
        seat.pace_turns //= 2
        seat.pace_ms //= 2
    if pace.turns >= SITE_TURNS_MAX:
        pace.turns //= 2
        pace.attention_ms //= 2


def attention_of(seat: SeatCapacity, now: int) -> int:
    """Milliseconds of the last sixty minutes in which somebody waited for this seat."""
    begins = now - now % HOUR_MS
    return _sliding(seat, now, begins, HOUR_MS - now + begins)


class FairShare(Struct, frozen=True):
    """What the available seats of a group have given in the last hour: their number, sum and sum of squares."""

    seats: int
    total: int
    squares: int

    def is_exceeded_by(self, attention_ms: int, sigma_percent: int) -> bool:
        """Whether this is more than so many hundredths of a standard deviation above the mean."""
        above = self.seats * attention_ms - self.total
        variance = self.seats * self.squares - self.total * self.total
        return above > 0 and (100 * above) ** 2 > sigma_percent**2 * variance


def fair_share(seats: Iterable[SeatCapacity], now: int) -> FairShare:
    """How attention is spread over those of the seats that are available."""
    begins = now - now % HOUR_MS
    left_ms = HOUR_MS - now + begins
    given = [_sliding(seat, now, begins, left_ms) for seat in seats if seat.available]
    return FairShare(len(given), sum(given), sum(each * each for each in given))


def _speed(seat: SeatCapacity, pace: SitePace) -> float:
    """Turns answered against those that an average seat would have in as much attention, drawn towards 1."""
    if pace.attention_ms == 0:
        return 1.0
    expected = seat.pace_ms * pace.turns / pace.attention_ms
    return min(max((seat.pace_turns + PRIOR_TURNS) / (expected + PRIOR_TURNS), SLOWEST), FASTEST)


def _attend(seat: SeatCapacity, pace: SitePace, at: int) -> None:
    """Count the attention up to now."""
    seat.attention_ms, seat.attention_before_ms = _hours(seat, at, at - at % HOUR_MS)
    if seat.pending:
        spent = at - seat.attended_at
        seat.pace_ms += spent
        pace.attention_ms += spent
    seat.attended_at = at


def _sliding(seat: SeatCapacity, now: int, begins: int, left_ms: int) -> int:
    """Attention of this hour of the clock, and as much of the one before as is left of this one."""
    this, before = _hours(seat, now, begins)
    return this + before * left_ms // HOUR_MS


def _hours(seat: SeatCapacity, at: int, begins: int) -> tuple[int, int]:
    """Attention in the hour of the clock that began then, and in the one before."""
    since = seat.attended_at
    if since >= begins:
        this = seat.attention_ms + at - since if seat.pending else seat.attention_ms
        return this, seat.attention_before_ms
    before = seat.attention_ms if since >= begins - HOUR_MS else 0
    if not seat.pending:
        return 0, before
    return at - begins, before + begins - max(since, begins - HOUR_MS)
