"""While a session waits: the circle of seats widens, patience runs out, and the customer may have enough."""

from routing.hours import is_open
from routing.words import normalised
from sessions import events as ev
from sessions.content import Content, Text
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import Millis, SeatId, SessionId
from sessions.leaving import begin_leaving_message
from sessions.queueing import overflow_of, requeue, wait_until
from sessions.rings import LEAVE_MESSAGE_RING, may_be_asked, widening_of
from sessions.saying import Addressee, addressee, may_spend, notice
from sessions.segments import close, rescind
from sessions.waits import waits_on

WORD_LENGTH_MAX = 8
"""Who says more than a word wants neither to leave the line nor to leave a message."""


def widen(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """Nobody of the circle had room in time: the next ring is asked, or the customer, whether to leave a message."""
    queue, group = session.queue, floor.group(session.group)
    assert queue is not None, f"{session.id} does not queue"
    assert queue.widening is not None, f"{session.id} is asked for everywhere"
    ring = queue.widening.ring
    seconds = {
        1: group.rings.level_down_s,
        2: group.rings.overflow_s,
        LEAVE_MESSAGE_RING: group.rings.leave_message_s,
    }[ring]
    cause = f"rings.{('level_down', 'overflow', 'leave_message')[ring - 1]}={seconds}"
    to = addressee(session.customer, session)
    asked: list[ev.Event] = []
    if ring == LEAVE_MESSAGE_RING and may_spend(floor, session.customer, at):
        asked = notice(floor, to, 1, "leave_message_offer", at, cause)
    widened = ev.QueueWidened(
        at=at,
        cause=cause,
        session=session.id,
        group=session.group,
        ring=ring,
        widening=widening_of(group, ring, session.enqueued_at, at, asks=may_be_asked(session)),
        asked=bool(asked),
    )
    return [widened, *asked]


def exclusive_over(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """The one seat that was asked had no room in time: anyone may have it now."""
    queue, group = session.queue, floor.group(session.group)
    assert queue is not None, f"{session.id} does not queue"
    woken = queue.exclusive_why == "woken"
    return [
        _for_anyone(
            session, at, f"wake_wait_s={group.wake_wait_s}" if woken else f"sticky_wait_s={group.sticky_wait_s}"
        )
    ]


def given_up_on(floor: Floor, seat: SeatId, at: Millis) -> list[ev.Event]:
    """The seat takes nothing now: whoever waits for it alone waits for anyone.

    One whose line has dropped may be back in a moment: what is its own waits for it as long as it was to.
    """
    known = floor.seats.get(seat)
    if known and known.capacity.available:
        return []
    may_be_back = known is not None and known.presence == "reconnecting"
    waiting = [
        each
        for line in floor.lines.values()
        for each in (*line.sticky.get(seat, ()), *(() if may_be_back else line.woken.get(seat, ())))
    ]
    return [_for_anyone(floor.sessions[SessionId(each.session)], at, "seat_away") for each in waiting]


def waited_too_long(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """The longest wait is over, or the group has closed: another group, a message left, or an honest no.

    Where the settings have changed meanwhile, neither may be so: then the wait goes on.
    """
    site, group = floor.site, floor.group(session.group)
    to = addressee(session.customer, session)
    if not is_open(site.calendars.get(group.calendar), at, site.rules.utc_offset_min):
        cause = f"manners.drain_min={group.manners.drain_min}"
        return begin_leaving_message(floor, to, session.group, "closing_time", at, cause)
    cause = f"manners.wait_max={group.manners.wait_max_s}"
    if not group.manners.wait_max_s or at - session.enqueued_at < group.manners.wait_max_s * 1000:
        return [waits_on(floor, session, wait_until(floor, group, session.enqueued_at, at), at)]
    went_over = session.queue is not None and session.queue.overflowed  # once is help, twice is a merry-go-round
    other = None if went_over else overflow_of(floor, group, at)
    match group.manners.when_full:
        case "overflow" if other is not None:
            return [requeue(floor, session, "overflow", at, cause, to_group=other)]
        case "busy":
            closed = close(session, at, cause, reason="queue_timeout")
            return [*notice(floor, to, 1, "queue_timeout", at, cause), *closed]
        case _:
            return begin_leaving_message(floor, to, session.group, "waited_too_long", at, cause)


def words_in_line(floor: Floor, session: Session, content: Content, at: Millis, cause: str) -> list[ev.Event]:
    """What a waiting customer's words come to beside being said: leaving the line, or leaving a message.

    Only before the first seat: later a 0 may be the answer to a question.
    """
    if session.segment or session.state not in {"queued", "offered"} or not isinstance(content, Text):
        return []
    if len(content.text) > WORD_LENGTH_MAX:
        return []
    word = normalised(content.text)
    to = Addressee(session.customer, session.id, session.messages + 1)
    if word in floor.give_up_words:
        return [
            *rescind(session, "customer_left", at, cause),
            *notice(floor, to, 1, "queue_left", at, cause),
            *close(session, at, cause, reason="queue_abandon"),
        ]
    if session.queue and session.queue.asked and word in floor.leave_message_words:
        return [
            *rescind(session, "customer_left", at, cause),
            *begin_leaving_message(floor, to, session.group, "chosen", at, cause),
        ]
    return []


def _for_anyone(session: Session, at: Millis, cause: str) -> ev.Event:
    queue = session.queue
    assert queue is not None, f"{session.id} does not queue"
    return ev.QueueWidened(
        at=at,
        cause=cause,
        session=session.id,
        group=session.group,
        ring=queue.ring,
        widening=queue.widening,
        exclusive_over=True,
    )
