"""What must hold on every floor at every moment, computed afresh from the sessions alone.

Each check says the law in its message. They are asserted after every step of every core test and of the state
machine that tries to break them.
"""

from collections.abc import Iterable

from routing.match import match
from sessions import events as ev
from sessions.apply import apply
from sessions.facts import Seat, Session
from sessions.floor import Floor, freeze, thaw
from sessions.ids import HARD_CAP, Millis
from sessions.timers import Timer, all_timers, stands


def check_floor(floor: Floor, at: Millis) -> None:
    """All laws of one moment; `at` is the instant up to which everything due has happened."""
    for session in floor.sessions.values():
        _check_session(floor, session)
    for seat in floor.seats.values():
        _check_seat(floor, seat)
    _check_conversations(floor)
    _check_lines(floor)
    _check_drained(floor, at)
    _check_timers(floor, at)


def check_rebuilt(floor: Floor) -> Floor:
    """What is derived equals what a restart would derive; answers the restarted floor."""
    at = max(floor.at, floor.clock)
    again = thaw(freeze(floor))
    assert again.facts == floor.facts, "a snapshot loses nothing"
    assert _lines(again) == _lines(floor), "waiting lines follow from the sessions"
    assert _members(again) == _members(floor), "the roster follows from the seats"
    missing = _standing(again, at) ^ _standing(floor, at)
    assert not missing, f"timers follow from the facts: {missing}"
    return again


def fold(events: Iterable[ev.Event], floor: Floor | None = None) -> Floor:
    """The floor after these events."""
    floor = floor or Floor()
    for event in events:
        apply(floor, event)
    return floor


def _check_session(floor: Floor, session: Session) -> None:
    name, offer = f"{session.id} ({session.state})", session.offer
    match session.state:
        case "bot":
            assert (session.seat, offer, session.holds_slot) == (None, None, False), f"{name} is at nobody's"
            assert session.bot is not None, f"{name} ends some day"
        case "queued":
            assert (session.seat, offer, session.holds_slot) == (None, None, False), f"{name} belongs to its line"
            assert session.queue is not None, f"{name} waits somehow"
            assert session.turn == "seat", f"{name}: who waits, waits for a seat"
        case "offered":
            assert (session.seat, session.holds_slot) == (None, False), f"{name} has no owner yet"
            assert offer is not None, f"{name} rings somewhere"
            assert offer.from_seat is None, f"{name} comes from the line"
        case "active":
            assert session.seat is not None, f"{name} has an owner"
            assert session.holds_slot, f"{name} holds a slot"
            assert session.turn is not None, f"{name} is somebody's move"
            if offer is not None:
                assert offer.from_seat == session.seat, f"{name} is handed over by its owner"
                assert offer.seat != session.seat, f"{name} is handed to another"
            if session.turn == "seat":
                assert session.silence is None, f"{name}: no silence while the customer waits"
        case "parked":
            assert session.seat is not None, f"{name} has an owner"
            assert (offer, session.holds_slot) == (None, False), f"{name} takes no slot"
            assert session.turn == "customer", f"{name}: who waits for a reply is not parked"
        case "wrap_up":
            assert session.seat is not None, f"{name} has an owner"
            assert (offer, session.turn) == (None, None), f"{name} is over for the customer"
        case _:
            raise AssertionError(f"{name} cannot be on the floor")
    if session.promise is not None and session.silence is not None:
        assert session.silence.step == "park", f"{name}: who was promised an answer may be quiet"
    if session.offer is not None:
        assert session.offer.seat in floor.seats, f"{name} rings at a seat that exists"


def _check_seat(floor: Floor, seat: Seat) -> None:
    at_seat = [each for each in floor.sessions.values() if each.seat == seat.id]
    held = {each.id for each in at_seat if each.holds_slot}
    offers = {each.id for each in floor.sessions.values() if each.offer and each.offer.seat == seat.id}
    assert set(seat.held) == held, f"{seat.id} holds what is its own"
    parked = {each.id for each in at_seat if each.state == "parked"}
    assert set(seat.parked) == parked, f"{seat.id} keeps what is parked"
    open_forms = {each.id for each in at_seat if each.state == "wrap_up" and not each.holds_slot}
    assert set(seat.wrapping) == open_forms, f"{seat.id} keeps open forms"
    asked = {each.id for each in floor.sessions.values() if each.consult and each.consult.seat == seat.id}
    assert set(seat.consulting) == asked, f"{seat.id} is asked where it is consulted"
    assert set(seat.offers) == offers, f"what rings at {seat.id} is offered to it"
    load = len(held) + len(offers)
    assert 0 <= load <= HARD_CAP, f"{seat.id} has {load}: ten is ten"
    assert seat.capacity.load == seat.load == load, f"{seat.id}: the router's load is the load"
    active = [each for each in at_seat if each.state == "active"]
    assert seat.capacity.pending == sum(each.turn == "seat" for each in active), f"{seat.id}: pending counts who waits"
    cooling = {each.id for each in active if each.turn == "customer"}
    assert set(seat.capacity.cooling) == cooling, f"{seat.id}: what is not its move is cooling"
    assert seat.capacity.parked == len(parked), f"{seat.id}: the router knows what is parked"
    open_to_offers = seat.presence == "available" and seat.pending_presence is None
    assert seat.capacity.available == open_to_offers, f"{seat.id}: available is a presence with nothing pending"
    if seat.user is None:
        assert (load, len(at_seat)) == (0, len(parked)), f"{seat.id} keeps only what is quiet when nobody sits there"
        assert not seat.consulting, f"{seat.id} is not asked when nobody sits there"
        assert (seat.presence, seat.pending_presence, seat.grace_until) == ("offline", None, 0), seat.id
    else:
        assert seat.presence != "offline", f"{seat.id}: somebody sits there"
        assert (seat.presence == "reconnecting") == (seat.grace_until > 0), f"{seat.id}: a grace is for reconnecting"
        assert not (seat.grace_until and seat.connections), f"{seat.id} is connected: no grace runs"
    assert seat.presence_before != "reconnecting", f"{seat.id} returns to a presence"
    if seat.presence != "reconnecting" and load == 0:
        assert seat.pending_presence is None, f"{seat.id}: what was pending begins when the load is 0"


def _check_conversations(floor: Floor) -> None:
    live = {each.customer: each.id for each in floor.sessions.values()}
    assert len(live) == len(floor.sessions), "a customer has one session"
    for customer, session in live.items():
        assert floor.conversations[customer].session == session, f"{customer}'s session is remembered"
    for each in floor.conversations.values():
        assert live.get(each.customer) == each.session, f"{each.customer} has the session that is remembered"
    horizon = floor.at - floor.site.rules.conversation_kept_s * 1000
    fading = {customer for _, customer in floor.fading}
    for each in floor.conversations.values():
        if each.session is None and not each.callback and not each.marks:
            assert each.customer in fading, f"{each.customer} will be forgotten some day"
            assert each.last_at > horizon, f"{each.customer} is forgotten by now"


def _check_lines(floor: Floor) -> None:
    waiting: dict[str, list[tuple[int, str]]] = {}
    for each in floor.sessions.values():
        if each.state == "queued":
            waiting.setdefault(each.group, []).append((each.sort_key, each.id))
    assert _lines(floor) == {group: sorted(line) for group, line in waiting.items()}, "who queues stands in line"


def _check_drained(floor: Floor, at: Millis) -> None:
    demands = [demand for group in floor.lines if (demand := floor.demand(group)) is not None]
    stranded = match(demands, floor.roster, at)
    assert not stranded, f"{[each.session for each in stranded]} wait while seats have room"


def _check_timers(floor: Floor, at: Millis) -> None:
    expected = {timer for timer in all_timers(floor.facts) if not _is_over(timer, at)}
    assert expected <= set(floor.timers), f"timers that stand are armed: {expected - set(floor.timers)} are not"
    overdue = [timer for timer in expected if timer[0] <= at]
    assert not overdue, f"what was due has happened, except {overdue}"


def _lines(floor: Floor) -> dict[str, list[tuple[int, str]]]:
    return {group: [(each.sort_key, each.session) for each in line] for group, line in floor.lines.items() if line}


def _members(floor: Floor) -> dict[str, dict[int, dict[object, list[str]]]]:
    groups = {group for seat in floor.seats.values() for group in seat.capacity.skills}
    return {
        group: {
            tier: {why: list(names) for why, names in floor.roster.circle(group).standings(tier).items() if names}
            for tier in (0, 1, 2)
        }
        for group in groups
    }


def _standing(floor: Floor, at: Millis) -> set[Timer]:
    return {timer for timer in floor.timers if stands(floor.facts, timer) and not _is_over(timer, at)}


def _is_over(timer: Timer, at: Millis) -> bool:
    """A cooldown that is over changes nothing any more, though its instant still stands on the seat."""
    return timer[1] == "cooldown" and timer[0] <= at
