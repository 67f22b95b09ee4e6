"""Who would rather leave a message than wait, and how we come back to it."""

from msgspec.structs import replace

from sessions import events as ev
from sessions.ids import CustomerId
from sessions.settings import Manners
from tests.builders import fields_of, make_site, who
from tests.laws import check_rebuilt, fold
from tests.waiting import HOUR, OFFER_MESSAGE, OFFICE, desk_with, notices, office

# Leaving a message.


def test_1_leaves_a_message_only_after_it_was_offered() -> None:
    desk = desk_with(rings=OFFER_MESSAGE)
    session = desk.waiting("ann")
    assert desk.write("ann", "1").kinds == ["message_received"]
    widened = desk.wait(120)
    assert (widened.kinds, notices(widened)) == (["queue_widened", "notice_sent"], ["leave_message_offer"])
    assert fields_of(widened.only(ev.QueueWidened), "ring", "asked", "cause") == (3, True, "rings.leave_message=120")
    happened = desk.write("ann", "1")
    assert happened.kinds == ["message_received", "leave_message_begun", "notice_sent"]
    assert happened.only(ev.LeaveMessageBegun).reason == "chosen"
    assert (desk.session(session).state, desk.line()) == ("bot", [])


def test_where_no_sends_are_left_it_is_not_offered_and_1_is_a_word() -> None:
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=10, tell_max=9), rings=OFFER_MESSAGE)
    session = desk.waiting("ann")
    happened = desk.wait(120)
    assert fields_of(happened.only(ev.QueueWidened), "ring", "asked") == (3, False)
    desk.write("ann", "1")
    assert desk.session(session).state == "queued"


def test_it_is_offered_though_it_rang_in_vain_when_it_was_due() -> None:
    desk = desk_with(rings=OFFER_MESSAGE)
    desk.waiting("ann")
    desk.wait(110)
    desk.connect("s1")
    assert desk.sign_in("s1").every(ev.SessionOffered)
    desk.set_presence("s1", "busy")
    desk.wait(20)
    assert notices(desk.ledger) == []
    assert notices(desk.wait(0.001)) == ["leave_message_offer"]


def test_once_offered_it_stays_open_though_a_ring_goes_unanswered() -> None:
    desk = desk_with(rings=OFFER_MESSAGE)
    session = desk.waiting("ann")
    desk.wait(120)
    desk.come("s1")
    assert desk.rings_at(session) == "s1"
    desk.wait(20)
    desk.set_presence("s1", "busy")
    assert notices(desk.wait(300)) == [], "she was asked once"
    assert desk.write("ann", "1").every(ev.LeaveMessageBegun)


def test_a_message_chosen_while_it_rings_takes_the_ring_back() -> None:
    desk = desk_with(rings=OFFER_MESSAGE)
    session = desk.waiting("ann")
    desk.wait(120)
    desk.come("s1")
    happened = desk.write("ann", "1")
    assert happened.kinds[:3] == ["message_received", "offer_rescinded", "leave_message_begun"]
    assert (desk.session(session).offer, desk.seat("s1").load) == (None, 0)


def test_a_message_is_complete_after_a_while_and_we_come_back_to_it() -> None:
    desk = desk_with(rings=OFFER_MESSAGE)
    session = desk.waiting("ann")
    desk.wait(120)
    desk.write("ann", "1")
    desk.wait(100)
    desk.write("ann", "My card is lost. Number 1234.")
    assert desk.wait(119).kinds == []
    happened = desk.wait(1)
    assert happened.kinds == ["notice_sent", "callback_scheduled", "session_closed"]
    assert happened.only(ev.SessionClosed).reason == "leave_message"
    assert happened.only(ev.CallbackScheduled).due_at == desk.now + 900_000
    assert notices(happened) == ["message_left"]
    back = desk.wait(900)
    opened = back.only(ev.SessionOpened)
    assert fields_of(opened, "origin", "previous", "case", "group") == ("callback", session, session, "cards")
    assert back.only(ev.SessionQueued).reason == "callback"


# Coming back.


def test_a_callback_is_served_like_any_other_session() -> None:
    desk = office()
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(14 * HOUR)
    desk.come("s1")
    session = desk.session_of("ann")
    assert session is not None
    assert desk.rings_at(session.id) == "s1"
    desk.accept("s1", session.id)
    desk.send("s1", session.id, "you wrote last night")
    assert desk.session(session.id).state == "active"


def test_a_callback_tells_its_customer_nothing_and_asks_them_nothing() -> None:
    desk = office(Manners(tell_after_s=5, wait_max_s=60), rings=OFFER_MESSAGE)
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(14 * HOUR - 60)
    opened = desk.wait(60)
    assert opened.kinds == ["session_opened", "session_queued"]
    assert notices(desk.wait(3 * 24 * HOUR)) == [], "nobody works: it waits for as long as it takes"
    assert len(desk.line()) == 1


def test_a_customer_who_writes_needs_no_callback() -> None:
    desk = office()
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(HOUR)
    happened = desk.write("ann", "or rather do not")
    assert happened.kinds[:3] == ["session_opened", "callback_cancelled", "message_received"]


def test_polite_words_after_a_message_was_left_cancel_nothing() -> None:
    desk = office()
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(300)
    assert desk.write("ann", "好的，谢谢").kinds == ["message_received"]
    assert desk.floor.conversations[CustomerId(who("ann"))].callback is not None


def test_while_the_line_is_too_long_we_come_back_later_and_bother_nobody() -> None:
    desk = office(Manners(tell_after_s=0, length_max=2))
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(14 * HOUR - 60)
    desk.configure(make_site(every_group={"manners": Manners(tell_after_s=0, length_max=2)}, version=2))
    desk.waiting("bob")
    desk.waiting("cem")
    postponed = desk.wait(60)
    assert postponed.kinds == ["callback_scheduled"]
    assert postponed.only(ev.CallbackScheduled).due_at == desk.now + 900_000
    desk.write("bob", "0")
    assert desk.wait(900).kinds == ["session_opened", "session_queued"]


def test_hours_that_have_changed_postpone_a_callback() -> None:
    desk = office()
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(300)
    holiday = replace(OFFICE, dates={"2026-11-24": ()})
    desk.configure(make_site(every_group={"calendar": "office"}, calendars=[holiday], version=2))
    postponed = desk.wait(14 * HOUR)
    assert postponed.kinds == ["callback_scheduled"]
    assert desk.wait(24 * HOUR).every(ev.SessionOpened)


def test_a_group_that_never_opens_keeps_its_callbacks_in_line_and_does_not_go_round_in_circles() -> None:
    desk = desk_with(calendar="never")
    desk.write("ann", "call me")
    happened = desk.wait(24 * HOUR)
    assert len(happened.every(ev.SessionOpened)) == 1
    assert len(notices(happened)) == 1
    assert len(desk.line()) == 1


def test_a_callback_goes_to_another_group_where_its_own_is_gone() -> None:
    desk = desk_with(rings=OFFER_MESSAGE, calendar="office")
    desk.configure(replace(desk.floor.site, version=2, accounts={}))
    desk.configure(make_site(default_group="bills", every_group={"calendar": "office"}, calendars=[OFFICE], version=3))
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(300)
    desk.configure(make_site(groups={"cards": 1}, version=4))
    happened = desk.wait(24 * HOUR)
    assert happened.only(ev.SessionQueued).group == "cards"


def test_who_waited_for_a_callback_over_many_days_is_still_known_when_they_write() -> None:
    desk = office()
    desk.wait(9 * HOUR)
    left = desk.write("ann", "call me").only(ev.SessionOpened).session
    desk.wait(300)
    closed = replace(OFFICE, dates={f"2026-11-{day}": () for day in range(24, 31)})
    desk.configure(make_site(every_group={"calendar": "office"}, calendars=[closed], version=2))
    desk.wait(5 * 24 * HOUR)
    desk.floor = check_rebuilt(desk.floor)
    desk.write("ann", "are you there?")
    assert desk.floor.conversations[who("ann")].previous == left
    assert fold(desk.ledger).conversations == desk.floor.conversations, "whether or not anybody restarted"
