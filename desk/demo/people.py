"""Where people belong who try the demo out: at seats with a person, before any robot colleague's. Pure."""

from collections.abc import Collection

from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import SeatId, UserId


def rings_at_a_person(floor: Floor, session: Session, robots: Collection[UserId], asked: Collection[SeatId]) -> bool:
    """Whether the line offers it to a seat with a person at it, who has not let it go, once a robot refuses."""
    open_seats = floor.roster.open_in(session.group)
    return any(
        each.cooldown_until <= floor.at and _has_person(floor.seats[SeatId(each.seat)], robots, asked)
        for each in open_seats
    )


def free_person(floor: Floor, session: Session, robots: Collection[UserId], asked: Collection[SeatId]) -> SeatId | None:
    """The seat with a person at it that a robot can hand it to: below its cap, rather of the group, rather idle."""
    free = [
        (session.group not in seat.capacity.skills, seat.load, seat.id)
        for seat in floor.seats.values()
        if seat.capacity.available and seat.load < seat.capacity.soft_cap and _has_person(seat, robots, asked)
    ]
    return min(free)[2] if free else None


def _has_person(seat: Seat, robots: Collection[UserId], asked: Collection[SeatId]) -> bool:
    return seat.user is not None and seat.user not in robots and seat.id not in asked
