"""How who waits is treated: told the truth, let go, never silently dropped."""

from msgspec.structs import replace

from sessions import events as ev
from sessions.ids import GroupId
from sessions.settings import Manners, Rings
from tests.builders import fields_of
from tests.waiting import HOUR, TO_BILLS, desk_with, notices

# Told about the wait.


def test_who_waits_is_told_after_a_moment_and_again_now_and_then() -> None:
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=120, tell_max=3))
    desk.waiting("ann")
    desk.waiting("bob")
    assert desk.wait(4.999).kinds == []
    told = desk.wait(0.001)
    assert notices(told) == ["queue_next", "queue_position"]
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
    assert notices(desk.wait(100)) == ["queue_next"] * 2


def test_what_is_told_leaves_the_seat_enough_sends() -> None:
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=10, tell_max=10))
    desk.waiting("ann")
    happened = desk.wait(100)
    assert notices(happened) == ["queue_next"] * 3, "two of five are kept for the seat"
    assert not happened.every(ev.WaitEstimated)[-1].told, "the ledger knows of every look"
    desk.write("ann", "still there?")
    assert notices(desk.wait(10)) == ["queue_next"], "her words open the window anew"


def test_who_was_asked_to_leave_a_message_is_told_no_more_of_the_line() -> None:
    rings = Rings(level_down_s=None, leave_message_s=30)
    desk = desk_with(Manners(tell_after_s=5, tell_every_s=30), rings=rings)
    desk.waiting("ann")
    assert notices(desk.wait(100)) == ["queue_next", "leave_message_offer"]


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
    desk.waiting("bob")
    desk.waiting("ann")
    happened = desk.wait(5)
    _, estimated = happened.every(ev.WaitEstimated)
    assert 0 < estimated.low_s <= estimated.high_s
    _, notice = happened.every(ev.NoticeSent)
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
