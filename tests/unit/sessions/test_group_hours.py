"""When a group works: after hours, at closing time, through the night."""

from msgspec.structs import replace

from routing.hours import Calendar
from sessions import events as ev
from sessions.settings import Manners
from tests.builders import MONDAY, NO_RINGS, Desk, fields_of, make_site
from tests.waiting import HOUR, OFFICE, notices, office

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
