"""The first frame of a browser: what each role is shown of the floor as it is."""

import msgspec

from desk.views import QUEUE_SHOWN_MAX, GroupView, PromiseView, Snapshot, session_view, snapshot
from desk.web_session import Identity
from sessions.content import Text
from sessions.events import Allowance
from sessions.floor import freeze, thaw
from sessions.ids import GroupId, Millis, Role, SeatId, UserId
from sessions.settings import Ladder, Rings
from tests.builders import MONDAY, Desk, make_site, user_of


def person(seat: str = "", role: Role = "agent") -> Identity:
    return Identity(
        user=user_of(seat) if seat else UserId(role),
        name="王芳",
        role=role,
        seat=SeatId(seat) if seat else None,
        lang="zh",
        csrf="SECRET",
        sign_in_id="door",
        created_at=Millis(0),
    )


def seen(desk: Desk, seat: str = "", role: Role = "agent") -> Snapshot:
    return snapshot(desk.floor, person(seat, role), Millis(MONDAY + 5))


def test_an_agent_sees_their_own_sessions_whole() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.write("ann", "my bill?")
    view = seen(desk, "s1").sessions[0]
    assert (view.session, view.state, view.seat, view.unread, view.messages) == (session, "active", "s1", 2, 2)
    assert (view.last.kind, view.last.text, view.last.by) == ("text", "my bill?", "customer")
    assert (view.turn, view.turn_since) == ("seat", desk.session(session).turn_since)


def test_an_agent_sees_what_rings_and_what_is_left_to_wrap_up() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    hung_up = desk.wrapping("ann", "s1")
    ringing = desk.waiting("bob")
    views = {each.session: each for each in seen(desk, "s1").sessions}
    assert views.keys() == {hung_up, ringing}
    assert views[hung_up].wrap_until == desk.session(hung_up).wrap_until > 0
    offer = views[ringing].offer
    assert offer is not None
    assert (offer.seat, offer.expires_at) == ("s1", MONDAY + 20_000)


def test_a_form_whose_slot_is_free_is_still_shown() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.wrapping("ann", "s1")
    desk.beat()
    desk.wait(31)
    view = seen(desk, "s1")
    assert [each.session for each in view.sessions] == [session]
    assert view.seat is not None
    assert view.seat.load == 0


def test_what_is_parked_and_promised_is_shown_with_what_comes_next() -> None:
    desk = Desk(make_site(["s1"], every_group={"ladder": Ladder()}))
    desk.come("s1")
    ann, bob = desk.parked("ann", "s1"), desk.quiet("bob", "s1")
    desk.mark("s1", bob)
    desk.promise("s1", bob, 3600)
    view = seen(desk, "s1")
    views = {each.session: each for each in view.sessions}
    assert view.seat is not None
    assert (view.seat.load, view.seat.parked) == (0, 2)
    assert (views[ann].state, views[ann].parked_at) == ("parked", desk.now)
    assert views[ann].silence == desk.session(ann).silence is not None
    assert views[bob].promise == PromiseView(Millis(desk.now + 3_600_000), warned=False)
    assert views[bob].marks == ["vip"]
    assert views[bob].allowance == Allowance(sends=4, until=Millis(MONDAY + 48 * 3_600_000))


def test_a_colleague_who_is_asked_sees_the_session() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.consult("s1", session, "s2")
    view = seen(desk, "s2")
    assert ([each.session for each in view.consulting], view.sessions) == ([session], [])
    assert view.consulting[0].consult is not None
    assert view.seat is not None
    assert (view.seat.load, view.seat.consulting) == (0, 1)


def test_a_wait_is_shown_with_its_ring_and_the_seat_it_is_kept_for() -> None:
    desk = Desk(make_site(["s1", "s2"], every_group={"rings": Rings(), "wake_wait_s": 30}, soft_cap=1))
    desk.come("s1")
    session = desk.parked("ann", "s1")
    desk.set_presence("s1", "busy")
    desk.write("ann", "again")
    (waiting,) = seen(desk, "s1").queue
    assert waiting.session == session
    assert waiting.wait is not None
    assert (waiting.wait.ring, waiting.wait.exclusive) == (0, desk.session(session).queue.exclusive)  # type: ignore[union-attr]


def test_a_queue_shows_that_somebody_waits_and_not_what_they_said() -> None:
    desk = Desk(make_site(["s1"]))
    desk.write("ann", "my PIN is 1234")
    view = seen(desk, "s1")
    assert [each.customer for each in view.queue] == ["bank:ann"]
    assert view.groups[0].waiting == 1
    assert b"1234" not in msgspec.json.encode(view)


def test_those_who_oversee_see_it_all() -> None:
    desk = Desk(make_site({"s1": {"cards": 3}}))
    desk.write("ann", "my PIN is 1234")
    for role in ("supervisor", "admin"):
        view = seen(desk, role=role)
        assert [each.last.text for each in view.queue] == ["my PIN is 1234"]
        assert (view.seat, view.sessions) == (None, [])


def test_an_agent_sees_the_lines_of_their_own_groups_alone() -> None:
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}))
    desk.write("ann")
    assert len(seen(desk, "s1").queue) == 1
    assert seen(desk, "s2").queue == []


def test_an_inspector_sees_no_session() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    desk.served("ann", "s1")
    desk.sign_out("s1")
    desk.write("bob")
    view = seen(desk, role="inspector")
    assert (view.sessions, view.queue, view.seat) == ([], [], None)


def test_everybody_sees_who_is_at_work() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    desk.served("ann", "s1")
    desk.set_presence("s1", "break", "meal")
    first, second = seen(desk, "s2").seats
    assert (first.seat, first.user, first.presence, first.load, first.hard_cap) == ("s1", "user-s1", "available", 1, 10)
    assert first.pending == "break"
    assert (second.user, second.presence) == (None, "offline")


def test_groups_are_counted() -> None:
    desk = Desk(make_site(["s1"]))
    for name in ("ann", "bob"):
        desk.write(name)
    assert seen(desk, "s1").groups == [
        GroupView(GroupId("cards"), "cards", "", 2),
        GroupView(GroupId("bills"), "bills", "", 0),
    ]


def test_a_queue_is_shown_soonest_served_first_and_has_an_end() -> None:
    desk = Desk(make_site(["s1"]))
    for n in range(QUEUE_SHOWN_MAX + 5):
        desk.write(f"customer-{n}")
        desk.now = Millis(desk.now + 10)
    queue = seen(desk, "s1").queue
    assert [each.customer for each in queue] == [f"bank:customer-{n}" for n in range(QUEUE_SHOWN_MAX)]
    assert seen(desk, "s1").groups[0].waiting == QUEUE_SHOWN_MAX + 5


def test_who_has_no_seat_yet_sees_none() -> None:
    desk = Desk(make_site(["s1"]))
    view = seen(desk, "s9")
    assert (view.seat, view.sessions, view.queue) == (None, [], [])
    assert (view.me.user, view.me.seat, view.now) == ("user-s9", "s9", MONDAY + 5)


def test_no_secret_of_the_sign_in_is_shown() -> None:
    assert b"SECRET" not in msgspec.json.encode(seen(Desk(make_site()), "s1"))


def test_a_restarted_process_shows_the_same() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    desk.served("ann", "s1")
    desk.waiting("bob")
    before = msgspec.json.encode(seen(desk, "s1"))
    desk.floor = thaw(freeze(desk.floor))
    assert msgspec.json.encode(seen(desk, "s1")) == before


def test_a_view_is_of_the_moment_and_does_not_change_under_the_reader() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    view = session_view(desk.floor, desk.session(session))
    desk.write("ann", Text(text="more"))
    assert view.messages == 1
