"""What several recorders share: turns, loads, slots, and what a conversation remembers."""

from heapq import heappush

from routing.attention import close_turn, open_turn
from routing.capacity import cool, uncool
from routing.wait import released
from sessions import events as ev
from sessions.content import Content, Voice, kind_of, preview
from sessions.facts import Conversation, Seat, Session
from sessions.floor import KEYS_KEPT, Floor
from sessions.ids import HARD_CAP, CustomerId, GroupId, Millis, SeatId, SessionId, Turn


def conversation_with(floor: Floor, customer: CustomerId) -> Conversation:
    """What is remembered of the customer, from now on at least."""
    conversation = floor.conversations.get(customer)
    if conversation is None:
        conversation = floor.conversations[customer] = Conversation(customer=customer, last_at=floor.at)
        heappush(floor.fading, (floor.at, customer))
    return conversation


def hear(floor: Floor, customer: CustomerId, key: str, sent_at: Millis) -> Conversation:
    """The customer has been heard of; the key is known from now on."""
    conversation = conversation_with(floor, customer)
    keys = conversation.keys
    keys[key] = sent_at
    if len(keys) > KEYS_KEPT:
        del keys[next(iter(keys))]
    if conversation.session is None:
        heappush(floor.fading, (floor.at, customer))
    conversation.last_at = floor.at
    return conversation


def count_message(floor: Floor, customer: CustomerId, session: SessionId | None) -> None:
    """One more message in the conversation, and in the session while it lives."""
    conversation_with(floor, customer).messages += 1
    live = floor.sessions.get(session) if session is not None else None
    if live is not None:
        live.messages += 1


def spend_one(floor: Floor, customer: CustomerId) -> Millis:
    """A message leaves for the customer: taken from what expires first, so that nothing is wasted.

    Answers the end of the window that it was taken from; 0 where nothing was left, or there is no limit.
    """
    conversation = conversation_with(floor, customer)
    brief = conversation.brief
    if brief is not None and brief.sends > 0 and brief.until > floor.at:
        conversation.brief = ev.Allowance(sends=brief.sends - 1, until=brief.until)
        return brief.until
    left = conversation.allowance
    if left is None or left.sends == 0:
        return Millis(0)
    conversation.allowance = ev.Allowance(sends=left.sends - 1, until=left.until)
    return left.until


def give_back(floor: Floor, customer: CustomerId, paid_until: Millis) -> None:
    """A message did not leave after all: its send is there again, if the window it was taken from is."""
    conversation = conversation_with(floor, customer)
    brief, left = conversation.brief, conversation.allowance
    if brief is not None and brief.until == paid_until:
        conversation.brief = ev.Allowance(sends=brief.sends + 1, until=brief.until)
    elif left is not None and left.until == paid_until:
        conversation.allowance = ev.Allowance(sends=left.sends + 1, until=left.until)


def set_turn(floor: Floor, session: Session, turn: Turn | None, at: Millis, *, answered: bool = False) -> None:
    """Whose move it is from now on; `answered` when the seat's words ended the customer's wait."""
    _leave_turn(floor, session, at, answered=answered)
    session.turn = turn
    session.turn_since = session.turn_last_at = at
    session.set_aside_at = Millis(0)
    _enter_turn(floor, session, at)


def take_slot(floor: Floor, session: Session, seat: Seat, at: Millis) -> None:
    """The session is in service at the seat, on one of its slots."""
    session.state = "active"
    session.seat = seat.id
    session.holds_slot = True
    seat.held[session.id] = None
    seat.parked.pop(session.id, None)
    seat.wrapping.pop(session.id, None)
    count_load(floor, seat)
    _enter_turn(floor, session, at)


def leave_service(floor: Floor, session: Session, seat: Seat, at: Millis) -> None:
    """The session is in service no longer; its slot is counted by `free_slot`."""
    if session.state == "active":
        _leave_turn(floor, session, at)


def free_slot(floor: Floor, session: Session, seat: Seat) -> None:
    """The seat's slot is free again."""
    if session.holds_slot:
        session.holds_slot = False
        del seat.held[session.id]
        for group in seat.capacity.skills:
            released(floor.group_facts(GroupId(group)).pace, floor.at)
    count_load(floor, seat)


def end_offer(floor: Floor, session_id: SessionId, seat_id: SeatId) -> Seat:
    """It rings no longer."""
    session, seat = floor.sessions[session_id], floor.seats[seat_id]
    assert session.offer, f"{session_id} rings nowhere"
    assert session.offer.seat == seat_id, f"{session_id} does not ring at {seat_id}"
    session.untaken_note = session.offer.note
    session.offer = None
    del seat.offers[session_id]
    count_load(floor, seat)
    return seat


def count_load(floor: Floor, seat: Seat) -> None:
    """The router's numbers of the seat are the seat's."""
    seat.capacity.load = seat.load
    seat.capacity.parked = len(seat.parked)
    assert seat.load <= HARD_CAP, f"{seat.id} holds {seat.load}"
    floor.roster.changed(seat.capacity)


def forget_if_gone(floor: Floor, seat: Seat) -> None:
    """A seat that is set up no longer goes with the last that it has."""
    if seat.id in floor.site.seats or seat.user is not None or seat.held or seat.parked or seat.wrapping:
        return
    floor.roster.drop(seat.id)
    del floor.seats[seat.id]


def forget_hang_up(session: Session) -> None:
    """It goes on after all."""
    session.close_reason = None
    session.slot_until = session.wrap_until = Millis(0)


def show_last(session: Session, content: Content, at: Millis, by: str) -> None:
    """What a list row shows of the session."""
    session.last_at = at
    session.last_kind = kind_of(content)
    session.last_text = preview(content)
    session.last_by = "customer" if by == "customer" else "seat"
    session.last_number = session.messages
    session.last_length_ms = content.duration_ms if isinstance(content, Voice) else 0


def _enter_turn(floor: Floor, session: Session, at: Millis) -> None:
    seat = floor.seats.get(session.seat) if session.seat and session.state == "active" else None
    if seat is None:
        return
    if session.turn == "seat":
        open_turn(seat.capacity, floor.facts.pace, at)
    elif session.turn == "customer":
        cool(seat.capacity, session.id, session.turn_last_at + floor.group(session.group).cooling_s * 1000)


def _leave_turn(floor: Floor, session: Session, at: Millis, *, answered: bool = False) -> None:
    seat = floor.seats.get(session.seat) if session.seat and session.state == "active" else None
    if seat is None:
        return
    if session.turn == "seat":
        close_turn(seat.capacity, floor.facts.pace, at, answered=answered)
    elif session.turn == "customer":
        uncool(seat.capacity, session.id)
