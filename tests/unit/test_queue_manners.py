"""How who waits is treated: told the truth, let go, let leave a message, sent home in time; never silently dropped."""

from typing import Any

from msgspec.structs import replace

from routing.hours import Calendar
from sessions import events as ev
from sessions.ids import CustomerId, GroupId
from sessions.settings import Manners, Rings
from tests.builders import MONDAY, NO_RINGS, SILENT, Desk, fields_of, make_site, who
from tests.laws import check_rebuilt, fold

DAYS = (((540, 1080),),) * 7
OFFICE = Calendar(id="office", name="Office", week=DAYS)
"""Nine to six, every day; the tests begin at ten."""
NEVER = Calendar(id="never", name="Never", week=((),) * 7)
OFFER_MESSAGE = Rings(level_down_s=None, overflow_s=None, leave_message_s=120)
TO_BILLS = Rings(level_down_s=None, overflow_s=None, overflow_groups=(GroupId("bills"),), leave_message_s=None)
HOUR = 3600


def desk_with(manners: Manners = SILENT, *, seats: Any = ("s1",), **group: Any) -> Desk:
    """A site in which every group has these manners; nobody has come yet."""
    site_wide = {name: group.pop(name) for name in ("queued_max", "soft_cap") if name in group}
    site = make_site(seats, every_group={"manners": manners, **group}, calendars=[OFFICE, NEVER], **site_wide)
    return Desk(site)


def office(manners: Manners = SILENT, **group: Any) -> Desk:
    """The same, at work from nine to six."""
    return desk_with(manners, calendar="office", **group)


def notices(happened: list[ev.Event]) -> list[str]:
    return [each.kind for each in happened if isinstance(each, ev.NoticeSent)]


# Told about the wait.


def test_who_waits_is_told_after_a_moment_and_again_now_and_then() -> None:
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=120, tell_max=3))
    desk.waiting("ann")
    desk.waiting("bob")
    assert desk.wait(4.999).kinds == []
    told = desk.wait(0.001)
    assert notices(told) == ["queue_position", "queue_position"]
    first, second = told.every(ev.WaitEstimated)
    assert (first.ahead, second.ahead) == (0, 1)
    assert fields_of(first, "told", "low_s", "high_s", "cause") == (True, 0, 0, "manners.tell_after=5")
    again = desk.wait(120)
    assert again.every(ev.WaitEstimated)[0].cause == "manners.tell_every=120"


def test_who_is_served_at_once_hears_nothing_of_a_line() -> None:
    desk = desk_with(Manners(tell_after_s=5))
    desk.come("s1")
    desk.served("ann", "s1")
    assert desk.wait(60).kinds == []


def test_nobody_is_told_more_often_than_the_group_says() -> None:
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=10, tell_max=2))
    desk.waiting("ann")
    assert notices(desk.wait(100)) == ["queue_position"] * 2


def test_what_is_told_leaves_the_seat_enough_sends() -> None:
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=10, tell_max=10))
    desk.waiting("ann")
    happened = desk.wait(100)
    assert notices(happened) == ["queue_position"] * 3, "two of five are kept for the seat"
    assert not happened.every(ev.WaitEstimated)[-1].told, "the ledger knows of every look"
    desk.write("ann", "still there?")
    assert notices(desk.wait(10)) == ["queue_position"], "her words open the window anew"


def test_with_an_estimate_the_minutes_are_told() -> None:
    desk = desk_with(Manners(tell_after_s=5), soft_cap=1)
    desk.come("s1")
    for name in ("a", "b", "c", "d"):
        session = desk.served(name, "s1")
        desk.send("s1", session)
        desk.wait(60)
        desk.hang_up("s1", session)
        desk.wrap_up("s1", session)
    desk.served("e", "s1")
    desk.waiting("ann")
    happened = desk.wait(5)
    estimated = happened.only(ev.WaitEstimated)
    assert 0 < estimated.low_s <= estimated.high_s
    notice = happened.only(ev.NoticeSent)
    assert notice.kind == "queue_wait"
    assert "分钟" in str(notice.content)


def test_a_look_at_the_wait_says_what_keeps_the_seats_from_it() -> None:
    desk = desk_with(Manners(tell_after_s=5), seats=("s1", "s2"), soft_cap=1)
    desk.come("s1")
    desk.served("ann", "s1")
    desk.waiting("bob")
    estimated = desk.wait(5).only(ev.WaitEstimated)
    assert estimated.passed_over == {"full": 1, "not_available": 1}
    assert estimated.filtered == {"full": ["s1"], "not_available": ["s2"]}


def test_who_had_a_seat_already_is_told_that_another_is_looked_for_and_nothing_that_is_not_so() -> None:
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=60))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_group="bills")
    assert notices(desk.wait(70)) == ["queue_again", "queue_again"], "a 0 would not let her leave"


# Leaving.


def test_with_0_a_customer_leaves_the_line() -> None:
    desk = desk_with()
    session = desk.waiting("ann")
    happened = desk.write("ann", "０")
    assert happened.kinds == ["message_received", "notice_sent", "session_closed"]
    assert happened.only(ev.SessionClosed).reason == "queue_abandon"
    assert happened.only(ev.NoticeSent).kind == "queue_left"
    assert (desk.line(), session in desk.floor.sessions) == ([], False)


def test_with_0_a_ring_is_taken_back_and_nobody_missed_it() -> None:
    desk = desk_with(seats=("s1",))
    desk.come("s1")
    desk.waiting("ann")
    happened = desk.write("ann", "0")
    assert happened.kinds == ["message_received", "offer_rescinded", "notice_sent", "session_closed"]
    assert happened.only(ev.OfferRescinded).reason == "customer_left"
    assert (desk.seat("s1").load, desk.seat("s1").misses) == (0, 0)


def test_a_freed_ring_goes_to_the_next_in_line() -> None:
    desk = desk_with(seats=("s1",), soft_cap=1)
    desk.come("s1")
    desk.waiting("ann")
    waiting = desk.waiting("bob")
    assert desk.write("ann", "0").only(ev.SessionOffered).session == waiting


def test_a_0_to_a_seat_is_an_answer() -> None:
    desk = desk_with()
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_group="bills")
    assert desk.write("ann", "0").kinds == ["message_received"]
    assert desk.session(session).state == "queued"


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


# Too long a line.


def test_a_line_that_is_full_has_room_for_messages() -> None:
    desk = desk_with(Manners(tell_after_s=0, length_max=1, when_full="leave_message"))
    desk.waiting("ann")
    happened = desk.write("bob")
    assert happened.kinds == ["session_opened", "message_received", "leave_message_begun", "notice_sent"]
    assert fields_of(happened.only(ev.LeaveMessageBegun), "reason", "cause") == ("queue_full", "length_max=1")


def test_a_line_that_is_full_gives_an_honest_no() -> None:
    desk = desk_with(Manners(tell_after_s=0, length_max=1, when_full="busy"))
    desk.waiting("ann")
    happened = desk.write("bob")
    assert happened.kinds == ["session_opened", "message_received", "notice_sent", "session_closed"]
    assert happened.only(ev.NoticeSent).kind == "system_busy"
    assert happened.only(ev.SessionClosed).reason == "overflow"
    assert len(desk.line()) == 1


def test_a_line_that_is_full_overflows_to_another_group() -> None:
    manners = Manners(tell_after_s=0, length_max=1, when_full="overflow")
    desk = desk_with(manners, rings=TO_BILLS)
    desk.waiting("ann")
    queued = desk.write("bob").only(ev.SessionQueued)
    assert fields_of(queued, "group", "reason") == ("bills", "overflow")
    happened = desk.write("cem")
    assert happened.only(ev.SessionClosed).reason == "overflow", "both are full"


def test_a_wait_that_would_be_too_long_is_not_begun() -> None:
    desk = desk_with(Manners(tell_after_s=0, wait_max_s=120, when_full="busy"), soft_cap=1)
    desk.come("s1")
    for name in ("a", "b", "c"):
        session = desk.served(name, "s1")
        desk.send("s1", session)
        desk.wait(300)
        desk.hang_up("s1", session)
        desk.wrap_up("s1", session)
    desk.served("d", "s1")
    desk.waiting("e")
    happened = desk.write("ann")
    assert happened.only(ev.SessionClosed).cause == "wait_max_s=120"


def test_beyond_what_the_site_can_hold_everybody_is_told_so() -> None:
    desk = desk_with(queued_max=2)
    desk.waiting("ann")
    desk.waiting("bob")
    happened = desk.write("cem")
    assert happened.only(ev.NoticeSent).kind == "system_busy"
    assert fields_of(happened.only(ev.SessionClosed), "reason", "cause") == ("overflow", "queued_max=2")
    desk.write("ann", "0")
    assert desk.write("cem").every(ev.SessionQueued), "and may try again"


# Too long a wait.


def test_who_waited_too_long_leaves_a_message() -> None:
    desk = desk_with(Manners(tell_after_s=0, wait_max_s=600))
    session = desk.waiting("ann")
    assert desk.wait(599).kinds == []
    happened = desk.wait(1)
    assert happened.kinds == ["leave_message_begun", "notice_sent"]
    assert fields_of(happened.only(ev.LeaveMessageBegun), "reason", "cause") == (
        "waited_too_long",
        "manners.wait_max=600",
    )
    assert desk.wait(120).only(ev.SessionClosed).session == session


def test_who_waited_too_long_is_told_an_honest_no() -> None:
    desk = desk_with(Manners(tell_after_s=0, wait_max_s=600, when_full="busy"))
    desk.waiting("ann")
    happened = desk.wait(600)
    assert notices(happened) == ["queue_timeout"]
    assert happened.only(ev.SessionClosed).reason == "queue_timeout"


def test_who_waited_too_long_goes_to_another_line_with_their_age_and_their_points_once() -> None:
    desk = desk_with(Manners(tell_after_s=0, wait_max_s=600, when_full="overflow"), rings=TO_BILLS)
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.mark("s1", session, "vip")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    desk.wait(25 * HOUR)
    desk.set_presence("s1", "busy")
    desk.waiting("ann")
    began_at = desk.now
    queued = desk.wait(600).only(ev.SessionQueued)
    assert fields_of(queued, "group", "reason", "priority", "first_enqueued_at", "sort_key") == (
        "bills",
        "overflow",
        5,
        began_at,
        began_at - 300_000,
    )


def test_nobody_overflows_into_a_group_that_is_closed() -> None:
    desk = desk_with(Manners(tell_after_s=0, wait_max_s=600, when_full="overflow"), rings=TO_BILLS)
    site = desk.floor.site
    bills = replace(site.groups[GroupId("bills")], calendar="never")
    desk.configure(replace(site, version=2, groups={**site.groups, bills.id: bills}))
    desk.waiting("ann")
    assert desk.wait(600).only(ev.LeaveMessageBegun).group == "cards"


# Hours.


def test_after_hours_a_customer_is_told_so_and_leaves_a_message() -> None:
    desk = office()
    desk.wait(9 * HOUR)  # seven in the evening
    happened = desk.write("ann")
    assert happened.kinds == ["session_opened", "message_received", "leave_message_begun", "notice_sent"]
    assert fields_of(happened.only(ev.LeaveMessageBegun), "reason", "cause") == ("after_hours", "calendar=office")
    notice = happened.only(ev.NoticeSent)
    assert notice.kind == "after_hours"
    assert "11月24日 09:00" in str(notice.content)
    scheduled = desk.wait(120).only(ev.CallbackScheduled)
    assert scheduled.due_at == MONDAY + 23 * HOUR * 1000


def test_everything_said_until_the_message_is_complete_belongs_to_it() -> None:
    desk = office()
    desk.wait(9 * HOUR)
    desk.write("ann", "call me")
    desk.wait(119)
    happened = desk.write("ann", "0")
    assert happened.kinds == ["message_received"], "here a 0 is a word"
    assert desk.wait(119).kinds == []
    assert desk.wait(1).every(ev.CallbackScheduled)


def test_who_is_in_line_at_closing_time_is_served_for_a_while_and_then_leaves_a_message() -> None:
    desk = office(Manners(tell_after_s=0, drain_min=15))
    desk.wait(7 * HOUR + 59 * 60)
    session = desk.waiting("ann")
    assert desk.wait(15 * 60).kinds == []
    happened = desk.wait(60)
    assert happened.kinds == ["leave_message_begun", "notice_sent"]
    assert fields_of(happened.only(ev.LeaveMessageBegun), "session", "reason", "cause") == (
        session,
        "closing_time",
        "manners.drain_min=15",
    )
    assert notices(happened) == ["after_hours"]


def test_a_ring_at_closing_time_does_not_make_it_earlier_or_later() -> None:
    desk = office(Manners(tell_after_s=0, drain_min=15))
    desk.wait(7 * HOUR + 59 * 60)
    session = desk.waiting("ann")
    desk.wait(120)
    desk.come("s1")
    assert desk.rings_at(session) == "s1"
    desk.set_presence("s1", "busy")
    assert desk.wait(20).kinds == ["offer_timed_out", "session_queued"]
    assert desk.wait(13 * 60 + 39).kinds == []
    assert desk.wait(1).only(ev.LeaveMessageBegun).reason == "closing_time"


def test_a_short_pause_is_no_closing_time() -> None:
    lunch = Calendar(id="office", name="Office", week=(((540, 720), (730, 1080)),) * 7)
    desk = Desk(make_site(every_group={"calendar": "office"}, calendars=[lunch]))
    session = desk.waiting("ann")
    assert desk.wait(8 * HOUR).kinds == []
    assert desk.session(session).state == "queued"
    assert desk.wait(900).only(ev.LeaveMessageBegun).reason == "closing_time"


def test_longer_hours_let_the_wait_go_on() -> None:
    desk = office()
    session = desk.waiting("ann")
    desk.wait(HOUR)
    late = replace(OFFICE, week=(((540, 1200),),) * 7)
    desk.configure(make_site(every_group={"calendar": "office"}, calendars=[late], version=2))
    happened = desk.wait(7 * HOUR + 900)
    assert happened.kinds == ["wait_estimated"]
    assert fields_of(happened.only(ev.WaitEstimated), "wait_until", "cause") == (
        MONDAY + (10 * HOUR + 900) * 1000,
        "config=2",
    )
    assert desk.session(session).state == "queued"
    assert desk.wait(2 * HOUR).only(ev.LeaveMessageBegun).reason == "closing_time"


def test_who_comes_back_at_night_is_told_when_we_open_and_stays_first_in_line() -> None:
    desk = office(Manners(tell_after_s=5, tell_every_s=60), rings=NO_RINGS)
    desk.come("s1")
    session = desk.parked("ann", "s1")
    desk.sign_out("s1")
    desk.wait(12 * HOUR)
    assert "session_queued" in desk.write("ann", "one more thing").kinds
    happened = desk.wait(10 * HOUR)
    assert notices(happened) == ["after_hours"]
    assert "11月24日 09:00" in str(happened.only(ev.NoticeSent).content)
    desk.wait(HOUR)
    desk.connect("s1")
    assert desk.sign_in("s1").only(ev.SessionOffered).session == session


def test_an_open_promise_waits_through_the_night() -> None:
    desk = office(Manners(tell_after_s=0, wait_max_s=600))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.promise("s1", session, 24 * HOUR, "tomorrow at ten")
    desk.set_presence("s1", "break", "meal")
    desk.wait(7 * HOUR + 3000)
    desk.write("ann", "one more detail")
    assert desk.wait(14 * HOUR).kinds == []
    assert desk.session(session).promise is not None
