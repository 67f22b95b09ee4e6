"""What a seat has when its person goes: at the end of a shift, for good, or lost.

Nothing strands. Who waits for a reply goes back to the line; who has gone quiet is kept by a colleague, with the note;
a seat that is merely lost keeps its quiet ones, which go to the line when they wake.
"""

from sessions import commands as cmd
from sessions import events as ev
from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId
from sessions.parking import parked
from sessions.queueing import group_now, requeue
from sessions.satisfaction import close_served
from sessions.segments import end_segment, rescind
from sessions.settings import Site


def lose(floor: Floor, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """The seat that has the session is gone: what was hung up closes, who waits queues again, who is quiet parks."""
    if session.state == "wrap_up":
        return close_served(floor, session, at, cause, reason=session.close_reason or "system")
    back = rescind(session, "seat_lost", at, cause)
    if session.turn == "customer":
        return [*back, parked(floor, session, "seat_lost", at, cause)]
    return [
        *back,
        *end_segment(session, "seat_lost", at, cause),
        requeue(floor, session, "seat_lost", at, cause),
    ]


def hand_over(floor: Floor, command: cmd.SignOutSeat, seat: Seat, at: Millis, cause: str) -> list[ev.Event]:
    """The end of a shift: forms close, the rest is distributed, each session with its note."""
    events: list[ev.Event] = []
    taken: dict[SeatId, int] = {}
    for name in [*seat.held, *seat.parked, *seat.wrapping]:
        session = floor.sessions[name]
        note = command.notes.get(name, command.note)
        if session.state == "wrap_up":
            events += close_served(floor, session, at, cause, reason=session.close_reason or "system")
        elif session.turn == "seat" and session.state == "active":
            events += rescind(session, "signed_out", at, cause)
            events += end_segment(session, "shift_end", at, cause, note=note)
            points = floor.site.rules.transfer_points
            events.append(requeue(floor, session, "shift_end", at, cause, excluded=seat.id, points=points, note=note))
        else:
            if session.state == "active":
                events += rescind(session, "signed_out", at, cause)
                events.append(parked(floor, session, "shift_end", at, cause))
            events += _to_a_colleague(floor, session, seat, note, taken, at, cause)
    return events


def inherit(floor: Floor, site: Site, at: Millis, cause: str) -> list[ev.Event]:
    """Seats that these settings have no more, and who inherits them: their customers and what they have parked.

    The successor may be named when the seat goes, or later.
    """
    events: list[ev.Event] = []
    for gone in site.successors:
        heir, seat = _heir(site, gone), floor.seats.get(gone)
        if heir is None or (gone not in floor.site.seats and _heir(floor.site, gone) == heir):
            continue
        events.append(ev.CustomersInherited(at=at, cause=cause, from_seat=gone, to_seat=heir))
        for name in seat.parked if seat else ():
            events += moved(floor.sessions[name], heir, "inherited", at, cause)
    return events


def moved(
    session: Session, to_seat: SeatId, reason: ev.MoveReason, at: Millis, cause: str, note: str = ""
) -> list[ev.Event]:
    """A parked session changes hands; the new owner's segment begins."""
    assert session.seat is not None, f"{session.id} is at no seat"
    return [
        *end_segment(session, reason, at, cause, to_seat=to_seat, note=note),
        ev.SessionMoved(
            at=at,
            cause=cause,
            session=session.id,
            customer=session.customer,
            from_seat=session.seat,
            to_seat=to_seat,
            segment=session.segment + 1,
            reason=reason,
            note=note,
        ),
    ]


def _heir(site: Site, gone: SeatId) -> SeatId | None:
    """Who inherits the seat: its successor, or theirs where they are gone too; None for one that is still there."""
    heir = gone
    for _ in site.successors:
        if heir in site.seats:
            break
        heir = site.successors.get(heir, heir)
    return heir if heir in site.seats and gone not in site.seats else None


def _to_a_colleague(
    floor: Floor, session: Session, seat: Seat, note: str, taken: dict[SeatId, int], at: Millis, cause: str
) -> list[ev.Event]:
    """To the colleague of the group with the least to look after, rather not to one on a break.

    Kept by the seat where nobody is at work.
    """
    group = GroupId(group_now(floor.site, session))
    level = floor.group(group).required_level
    colleagues = [
        (other.presence == "break", len(other.parked) + other.load + taken.get(other.id, 0), other.id)
        for capacity in floor.roster.members(group)
        if (other := floor.seats[SeatId(capacity.seat)]).user is not None
        and other is not seat
        and other.presence != "reconnecting"
        and capacity.skills.get(group, 0) >= level
    ]
    if not colleagues:
        return []
    *_, heir = min(colleagues)
    taken[heir] = taken.get(heir, 0) + 1
    return moved(session, heir, "shift_end", at, cause, note)
