"""Who is at work, and what becomes of customers when somebody is not any more."""

import pytest

from sessions import events as ev
from tests.builders import Desk, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    """Two seats of one group; `s1` is there, with the hub `h1` beating as the clock is moved by `live`."""
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    return desk


def live(desk: Desk, seconds: int, *hubs: str) -> list[str]:
    """Time passes while these hubs beat every five seconds; answers what else happened."""
    kinds: list[str] = []
    for second in range(seconds):
        if second % 5 == 0:
            for hub in hubs:
                kinds += desk.beat(hub).kinds
        kinds += desk.wait(1).kinds
    return [kind for kind in kinds if kind != "hub_beat"]


# Signing in and out.


def test_signing_in_takes_the_seat() -> None:
    desk = Desk(make_site(["s1"]))
    desk.connect("s1")
    signed_in = desk.sign_in("s1").only(ev.SeatSignedIn)
    assert fields_of(signed_in, "seat", "user", "presence") == ("s1", "user-s1", "available")
    assert desk.seat("s1").user == "user-s1"


def test_one_may_sign_in_without_taking_sessions_yet() -> None:
    desk = Desk(make_site(["s1"]))
    desk.connect("s1")
    desk.write("ann")
    assert desk.sign_in("s1", "busy").kinds == ["seat_signed_in"]


def test_signing_in_twice_changes_nothing(desk: Desk) -> None:
    desk.set_presence("s1", "busy")
    happened = desk.sign_in("s1")
    assert (happened.kinds, happened.answer.ok) == ([], True)
    assert desk.seat("s1").presence == "busy"


def test_a_seat_is_one_persons(desk: Desk) -> None:
    assert desk.sign_in("s1", user="mallory").refusal == "seat_taken"
    assert desk.sign_in("s2", user="mallory").refusal == "no_seat", "nobody sits there, but it is another's"
    assert desk.sign_in("s9").refusal == "seat_unknown"
    assert desk.sign_in("s2", "offline").refusal == "presence_invalid"
    assert desk.sign_in("s2", "break").refusal == "presence_invalid", "a break has a reason"


def test_nobody_leaves_while_customers_are_at_the_seat(desk: Desk) -> None:
    desk.served("ann", "s1")
    happened = desk.sign_out("s1")
    assert fields_of(happened.answer, "code", "detail") == ("sessions_open", "1")
    assert desk.seat("s1").user == "user-s1"


def test_who_leaves_gives_back_what_rings(desk: Desk) -> None:
    desk.come("s2")
    session = desk.waiting("ann")
    happened = desk.sign_out("s1")
    assert happened.kinds == ["offer_rescinded", "session_queued", "seat_signed_out", "session_offered"]
    assert fields_of(happened.only(ev.OfferRescinded), "reason", "seat") == ("signed_out", "s1")
    assert fields_of(happened.only(ev.SessionQueued), "reason", "priority", "excluded") == ("rescinded", 0, None)
    assert desk.rings_at(session) == "s2"


def test_who_leaves_closes_the_forms_still_open(desk: Desk) -> None:
    early = desk.wrapping("ann", "s1")
    desk.wait(40)
    late = desk.wrapping("bob", "s1")
    happened = desk.sign_out("s1")
    assert {each.session for each in happened.every(ev.SessionClosed)} == {early, late}
    assert happened.only(ev.SeatSignedOut).set_by == "self"
    assert desk.seat("s1").load == 0


def test_after_signing_out_nothing_can_be_done_from_the_seat(desk: Desk) -> None:
    session = desk.waiting("ann")
    desk.sign_out("s1")
    assert desk.accept("s1", session).refusal == "not_signed_in"
    assert desk.set_presence("s1", "available").refusal == "not_signed_in"
    assert desk.sign_out("s1").refusal == "not_signed_in"


# Available, busy, on a break.


def test_a_busy_seat_gets_no_offers_until_it_is_available_again(desk: Desk) -> None:
    desk.set_presence("s1", "busy")
    session = desk.waiting("ann")
    assert desk.line() == [session]
    assert desk.set_presence("s1", "available").only(ev.SessionOffered).session == session


def test_a_break_has_a_reason(desk: Desk) -> None:
    assert desk.set_presence("s1", "break").refusal == "reason_missing"
    changed = desk.set_presence("s1", "break", "meal").only(ev.PresenceChanged)
    assert fields_of(changed, "presence", "reason", "pending", "set_by") == ("break", "meal", None, "self")


def test_what_happens_to_a_seat_cannot_be_chosen(desk: Desk) -> None:
    assert desk.set_presence("s1", "reconnecting").refusal == "presence_invalid"
    assert desk.set_presence("s1", "offline").refusal == "presence_invalid"


def test_choosing_what_is_changes_nothing(desk: Desk) -> None:
    happened = desk.set_presence("s1", "available")
    assert (happened.kinds, happened.answer.ok) == ([], True)


def test_the_time_in_a_presence_is_counted_from_when_it_began(desk: Desk) -> None:
    began_at = desk.now
    desk.wait(10)
    desk.served("ann", "s1")
    desk.set_presence("s1", "break", "meal")
    assert desk.seat("s1").presence_since == began_at, "it is still available, a break is pending"
    desk.set_presence("s1", "busy")
    assert desk.seat("s1").presence_since == desk.now


def test_a_break_asked_for_while_busy_waits_for_the_last_session(desk: Desk) -> None:
    first, second = desk.served("ann", "s1"), desk.served("bob", "s1")
    asked = desk.set_presence("s1", "break", "meal").only(ev.PresenceChanged)
    assert fields_of(asked, "presence", "pending", "pending_reason") == ("available", "break", "meal")
    waiting = desk.waiting("cem")
    assert desk.line() == [waiting], "no new offers meanwhile"
    desk.hang_up("s1", first)
    assert desk.wrap_up("s1", first).kinds == ["segment_ended", "session_closed"]
    desk.hang_up("s1", second)
    begun = desk.wrap_up("s1", second)
    assert begun.kinds == ["segment_ended", "session_closed", "presence_changed"]
    changed = begun.only(ev.PresenceChanged)
    assert fields_of(changed, "presence", "reason", "pending", "cause") == ("break", "meal", None, "load=0")
    assert desk.line() == [waiting]


def test_a_pending_break_begins_when_wrap_up_frees_the_last_slot(desk: Desk) -> None:
    desk.wrapping("ann", "s1")
    desk.set_presence("s1", "break", "restroom")
    assert desk.wait(30).kinds == ["slot_released", "presence_changed"]


def test_a_pending_break_begins_when_the_last_ring_is_over(desk: Desk) -> None:
    desk.write("ann")
    desk.set_presence("s1", "break", "meal")
    assert desk.wait(20).kinds == ["offer_timed_out", "session_queued", "presence_changed"]
    assert desk.seat("s1").presence == "break"


def test_a_pending_break_begins_when_a_colleague_takes_the_last_session(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.set_presence("s1", "break", "meal")
    desk.transfer("s1", session, to_seat="s2")
    assert desk.seat("s1").presence == "available"
    desk.accept("s2", session)
    assert desk.seat("s1").presence == "break"


def test_a_pending_break_begins_when_the_last_ring_is_taken_back(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    desk.set_presence("s2", "break", "meal")
    assert desk.hang_up("s1", session).kinds == ["offer_rescinded", "session_hung_up", "presence_changed"]
    assert desk.seat("s2").presence == "break"


def test_a_pending_break_can_be_taken_back(desk: Desk) -> None:
    desk.served("ann", "s1")
    desk.set_presence("s1", "break", "meal")
    session = desk.waiting("bob")
    assert desk.set_presence("s1", "available").only(ev.SessionOffered).session == session
    assert desk.seat("s1").pending_presence is None


# Sockets.


def test_with_its_last_socket_gone_a_seat_is_reconnecting(desk: Desk) -> None:
    desk.connect("s1", connection="second")
    assert desk.disconnect("s1").kinds == ["seat_disconnected"]
    happened = desk.disconnect("s1", connection="second")
    assert happened.kinds == ["seat_disconnected", "presence_changed"]
    assert happened.only(ev.SeatDisconnected).grace_until == desk.now + 60_000
    assert fields_of(happened.only(ev.PresenceChanged), "presence", "set_by") == ("reconnecting", "system")
    desk.write("ann")
    assert desk.seat("s1").load == 0, "nothing new"


def test_back_within_the_grace_it_is_what_it_was(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.set_presence("s1", "busy", "paperwork")
    desk.disconnect("s1")
    desk.wait(59)
    happened = desk.connect("s1", connection="another")
    assert happened.kinds == ["seat_connected", "presence_changed"]
    assert fields_of(happened.only(ev.PresenceChanged), "presence", "reason") == ("busy", "paperwork")
    desk.wait(300)
    assert desk.session(session).seat == "s1"


def test_coming_back_it_is_offered_what_waited(desk: Desk) -> None:
    desk.disconnect("s1")
    session = desk.waiting("ann")
    assert desk.connect("s1").only(ev.SessionOffered).session == session


def test_after_the_grace_everything_it_had_is_handed_on(desk: Desk) -> None:
    held, wrapping = desk.served("ann", "s1"), desk.wrapping("bob", "s1")
    desk.set_presence("s1", "available")
    ringing = desk.waiting("cem")
    desk.disconnect("s1")
    desk.wait(15)
    assert desk.rings_at(ringing) == "s1"
    desk.come("s2", hub="h2")
    desk.wait(5)
    assert desk.rings_at(ringing) == "s2"
    happened = desk.wait(40)
    assert happened.only(ev.SessionClosed).session == wrapping
    queued = [each for each in happened.every(ev.SessionQueued) if each.session == held]
    assert [(each.reason, each.from_seat) for each in queued] == [("seat_lost", "s1")]
    assert fields_of(happened.only(ev.SeatSignedOut), "set_by", "cause") == ("system", "seat_grace_s=60")
    assert desk.rings_at(held) == "s2"
    assert (desk.seat("s1").user, desk.seat("s1").presence) == (None, "offline")


def test_a_lost_seats_customers_keep_their_place_in_line(desk: Desk) -> None:
    desk.set_presence("s1", "available")
    session = desk.served("ann", "s1")
    key = desk.session(session).sort_key
    desk.wait(100)
    other = desk.waiting("bob")
    desk.reject("s1", other)
    desk.disconnect("s1")
    desk.wait(60)
    assert desk.line() == [session, other]
    assert desk.session(session).sort_key == key


def test_signing_in_again_begins_anew(desk: Desk) -> None:
    desk.disconnect("s1")
    desk.wait(60)
    desk.connect("s1")
    assert desk.seat("s1").presence == "offline"
    assert desk.sign_in("s1").answer.ok
    assert desk.seat("s1").presence == "available"


def test_a_break_pending_before_the_connection_dropped_is_pending_after(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.set_presence("s1", "break", "meal")
    desk.disconnect("s1")
    back = desk.connect("s1").only(ev.PresenceChanged)
    assert fields_of(back, "presence", "pending", "pending_reason") == ("available", "break", "meal")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert desk.seat("s1").presence == "break"


def test_a_pending_break_begins_on_coming_back_to_an_empty_seat(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.set_presence("s1", "break", "meal")
    desk.disconnect("s1")
    desk.wait(30)
    assert desk.seat("s1").presence == "reconnecting"
    desk.wrap_up("s1", session)
    back = desk.connect("s1").only(ev.PresenceChanged)
    assert fields_of(back, "presence", "reason", "pending") == ("break", "meal", None)


@pytest.mark.parametrize(("presence", "reason"), [("available", ""), ("busy", "paperwork"), ("break", "meal")])
def test_what_is_chosen_while_reconnecting_holds_on_coming_back(desk: Desk, presence: str, reason: str) -> None:
    """The command was under way when the connection dropped, or the hub is taken for lost and is not."""
    desk.set_presence("s1", "busy" if presence == "available" else "available")
    desk.disconnect("s1")
    chosen = desk.set_presence("s1", presence, reason)  # type: ignore[arg-type]
    assert chosen.answer.ok
    desk.write("ann")
    assert (desk.seat("s1").presence, desk.seat("s1").load) == ("reconnecting", 0)
    desk.connect("s1")
    assert (desk.seat("s1").presence, desk.seat("s1").reason) == (presence, reason)


def test_a_break_chosen_while_reconnecting_waits_for_the_last_session(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.disconnect("s1")
    desk.set_presence("s1", "break", "meal")
    desk.connect("s1")
    assert (desk.seat("s1").presence, desk.seat("s1").pending_presence) == ("available", "break")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert (desk.seat("s1").presence, desk.seat("s1").reason) == ("break", "meal")


def test_sockets_of_nobody_are_known_but_start_no_grace() -> None:
    desk = Desk(make_site(["s1"]))
    assert desk.connect("s1").kinds == ["seat_connected"]
    assert desk.disconnect("s1").kinds == ["seat_disconnected"]
    assert desk.seat("s1").grace_until == 0


def test_a_socket_told_twice_or_of_no_seat_changes_nothing(desk: Desk) -> None:
    assert desk.connect("s1").kinds == []
    assert desk.connect("s9").kinds == []
    assert desk.disconnect("s1", connection="unheard of").kinds == []
    assert desk.disconnect("s9").kinds == []


# Hubs.


def test_a_silent_hub_is_lost_and_its_sockets_with_it(desk: Desk) -> None:
    desk.beat("h1")
    desk.come("s2", hub="h2")
    assert live(desk, 15, "h2") == ["hub_lost", "seat_disconnected", "presence_changed"]
    assert (desk.seat("s1").presence, desk.seat("s2").presence) == ("reconnecting", "available")


def test_a_beating_hub_is_not_lost(desk: Desk) -> None:
    assert live(desk, 300, "h1") == []


def test_a_hub_that_closes_in_good_order_is_not_waited_for(desk: Desk) -> None:
    desk.connect("s1", connection="second")
    desk.beat("h1")
    assert desk.close_hub("h1").kinds == ["hub_lost", "seat_disconnected", "seat_disconnected", "presence_changed"]
    assert desk.close_hub("h1").kinds == []


def test_a_browser_at_another_hub_keeps_the_seat(desk: Desk) -> None:
    desk.connect("s1", hub="h2", connection="second")
    desk.beat("h1")
    assert desk.close_hub("h1").kinds == ["hub_lost", "seat_disconnected"]
    assert desk.seat("s1").presence == "available"


def test_a_hub_taken_for_lost_may_announce_its_sockets_again(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.beat("h1")
    desk.wait(30)
    assert desk.seat("s1").presence == "reconnecting"
    desk.beat("h1")
    desk.connect("s1")
    assert desk.seat("s1").presence == "available"
    assert live(desk, 100, "h1") == []
    assert desk.session(session).seat == "s1"


# Settings change under people's feet.


def test_a_seat_taken_from_the_settings_keeps_what_it_has_and_gets_nothing_new(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.configure(make_site(["s2"], version=2))
    waiting = desk.waiting("bob")
    assert desk.line() == [waiting]
    assert desk.send("s1", session).answer.ok
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert desk.sign_out("s1").answer.ok
    assert "s1" not in desk.floor.seats


def test_a_seat_taken_from_the_settings_may_still_be_lost(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.configure(make_site(["s2"], version=2))
    desk.disconnect("s1")
    desk.wait(60)
    assert desk.line() == [session]
    assert "s1" not in desk.floor.seats


def test_an_offer_at_a_seat_taken_from_the_settings_may_be_accepted(desk: Desk) -> None:
    session = desk.waiting("ann")
    desk.configure(make_site(["s2"], version=2))
    assert desk.accept("s1", session).answer.ok


def test_an_empty_seat_taken_from_the_settings_is_gone() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.configure(make_site(["s2"], version=2))
    assert list(desk.floor.seats) == ["s2"]


def test_a_group_taken_from_the_settings_strands_nobody(desk: Desk) -> None:
    desk.configure(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, version=2))
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_group="bills")
    assert desk.line("bills") == [session]
    happened = desk.configure(make_site({"s1": {"cards": 3}}, groups=["cards"], version=3))
    assert happened.kinds == ["site_configured", "session_queued", "session_offered"]
    assert fields_of(happened.only(ev.SessionQueued), "group", "priority") == ("cards", 3)
    assert desk.line("bills") == []


def test_a_session_of_a_group_that_is_gone_queues_in_the_accounts_own(desk: Desk) -> None:
    desk.configure(make_site({"s1": {"cards": 3, "bills": 3}}, version=2))
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_group="bills")
    desk.configure(make_site({"s1": {"cards": 3}}, groups=["cards"], version=3))
    assert desk.rings_at(session) == "s1", "what rings may be accepted"
    desk.reject("s1", session)
    assert desk.line("cards") == [session]


def test_sessions_of_an_account_set_up_late_are_served_then() -> None:
    desk = Desk()
    desk.connect("s1")
    session = desk.waiting("ann")
    assert desk.line("unassigned") == [session]
    desk.configure(make_site(["s1"]))
    assert desk.line("cards") == [session]
    desk.come("s1")
    assert desk.rings_at(session) == "s1"


def test_settings_that_are_in_force_already_are_no_event(desk: Desk) -> None:
    assert desk.configure(make_site(["s1", "s2"])).kinds == []
