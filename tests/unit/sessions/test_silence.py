"""The customer goes quiet: a reminder, the slot given back, a soft end, a hard end; each once, each when it is due."""

from typing import Any

from msgspec.structs import replace

from routing.hours import Calendar
from sessions import events as ev
from sessions.settings import Ladder, Step
from tests.builders import MONDAY, SILENT, Desk, fields_of, make_site
from tests.laws import check_rebuilt

FULL = Ladder(remind=Step(after_s=300), park=Step(after_s=600), soft_end=Step(after_s=1800), hard_end_before_s=3600)
HOURS_MS = 3_600_000
TEN_TO_SIX = Calendar(id="office", name="Office", week=(((600, 1080),),) * 7)


def desk_with(ladder: Ladder = FULL, *, at: int = MONDAY, seats: tuple[str, ...] = ("s1", "s2"), **group: Any) -> Desk:
    """Two seats of one group with this ladder; the first has come."""
    site = make_site(
        seats, soft_cap=10, every_group={"ladder": ladder, "merge_window_s": 1800, **group}, calendars=[TEN_TO_SIX]
    )
    desk = Desk(site, at=at)
    desk.come("s1")
    return desk


def only(**steps: Any) -> Ladder:
    """A ladder of these steps alone."""
    return Ladder(**{"remind": None, "park": None, "soft_end": None, "hard_end_before_s": None, **steps})


# Step by step.


def test_the_whole_ladder_each_step_once_and_with_its_cause() -> None:
    desk = desk_with()
    session = desk.quiet("ann", "s1")
    assert desk.wait(299.999).kinds == []
    reminded = desk.wait(0.001)
    assert reminded.kinds == ["customer_reminded", "notice_sent"]
    assert fields_of(reminded.only(ev.CustomerReminded), "seat", "told", "cause") == ("s1", True, "ladder.remind=300")
    assert reminded.only(ev.NoticeSent).kind == "silence_reminder"
    assert desk.wait(299.999).kinds == []
    parked = desk.wait(0.001).only(ev.SessionParked)
    assert fields_of(parked, "seat", "reason", "cause") == ("s1", "silence", "ladder.park=600")
    assert desk.seat("s1").load == 0
    assert desk.wait(1199.999).kinds == []
    ended = desk.wait(0.001)
    assert ended.kinds == ["segment_ended", "session_closed"]
    assert ended.only(ev.SegmentEnded).reason == "silence"
    closed = ended.only(ev.SessionClosed)
    assert fields_of(closed, "seat", "cause", "merge_until") == ("s1", "ladder.soft_end=1800", desk.now + 1_800_000)
    assert session not in desk.floor.sessions
    assert desk.wait(48 * 3600).kinds == [], "nothing comes twice"


def test_a_long_sleep_of_the_engine_changes_nothing() -> None:
    desk = desk_with()
    desk.quiet("ann", "s1")
    began_at = desk.now
    happened = desk.wait(5000)
    assert happened.kinds == ["customer_reminded", "notice_sent", "session_parked", "segment_ended", "session_closed"]
    assert happened.only(ev.SessionParked).at == began_at + 600_000
    assert happened.only(ev.SessionClosed).at == began_at + 1_800_000


def test_what_is_due_outlives_a_restart() -> None:
    desk = desk_with()
    desk.quiet("ann", "s1")
    desk.wait(300)
    desk.floor = check_rebuilt(desk.floor)
    assert desk.wait(300).kinds == ["session_parked"]
    desk.floor = check_rebuilt(desk.floor)
    assert desk.wait(1200).kinds == ["segment_ended", "session_closed"]


def test_every_step_can_be_left_out() -> None:
    desk = desk_with(only(soft_end=Step(after_s=60)))
    desk.quiet("ann", "s1")
    assert desk.wait(60).kinds == ["segment_ended", "session_closed"]
    desk = desk_with(only())
    desk.quiet("ann", "s1")
    assert desk.wait(72 * 3600).kinds == []


def test_steps_in_another_order_come_as_they_are_due() -> None:
    desk = desk_with(only(remind=Step(after_s=100), park=Step(after_s=50)))
    desk.quiet("ann", "s1")
    assert desk.wait(50).kinds == ["session_parked"], "who is parked is not reminded any more"
    assert desk.wait(3600).kinds == []


# What begins a silence, and what ends it.


def test_the_customers_words_end_the_silence() -> None:
    desk = desk_with()
    session = desk.quiet("ann", "s1")
    desk.wait(299)
    desk.write("ann", "still here")
    assert desk.wait(3600).kinds == [], "the seat is to move"
    assert desk.session(session).state == "active"


def test_every_word_of_the_seat_begins_it_anew() -> None:
    desk = desk_with()
    session = desk.quiet("ann", "s1")
    desk.wait(299)
    desk.send("s1", session, "I have found it")
    assert desk.wait(299).kinds == []
    assert desk.wait(1).kinds == ["customer_reminded", "notice_sent"]


def test_polite_words_do_not_move_the_ladder() -> None:
    desk = desk_with()
    desk.quiet("ann", "s1")
    desk.wait(200)
    desk.write("ann", "好的")
    assert desk.wait(400).every(ev.SessionParked)


def test_there_is_no_silence_before_the_seat_has_spoken() -> None:
    desk = desk_with()
    desk.served("ann", "s1")
    assert desk.wait(3600).kinds == []


# The reminder.


def test_nobody_is_reminded_who_spoke_last() -> None:
    desk = desk_with()
    desk.quiet("ann", "s1")
    desk.write("ann", "好的谢谢")
    happened = desk.wait(300)
    assert happened.kinds == ["customer_reminded"]
    assert not happened.only(ev.CustomerReminded).told


def test_a_reminder_is_not_worth_the_last_sends() -> None:
    desk = desk_with()
    session = desk.quiet("ann", "s1")
    desk.send("s1", session)
    desk.send("s1", session)
    happened = desk.wait(300)
    assert happened.kinds == ["customer_reminded"], "two of five are left: they are the seat's"
    assert not happened.only(ev.CustomerReminded).told
    assert desk.wait(300).kinds == ["session_parked"], "the ladder goes on"


def test_where_the_channel_sets_no_limit_there_is_always_enough() -> None:
    site = make_site(["s1"], every_group={"ladder": FULL})
    accounts = {name: replace(account, channel="webchat") for name, account in site.accounts.items()}
    desk = Desk(replace(site, accounts=accounts))
    desk.come("s1")
    session = desk.quiet("ann", "s1")
    for _ in range(10):
        desk.send("s1", session)
    assert desk.wait(300).only(ev.CustomerReminded).told
    assert desk.wait(1500).only(ev.SessionClosed).reason == "silent_abandon"


def test_where_the_channel_has_no_window_quiet_sessions_end_as_late_as_elsewhere() -> None:
    site = make_site(["s1"], every_group={"ladder": only(park=Step(after_s=120), hard_end_before_s=3600)})
    accounts = {name: replace(account, channel="webchat") for name, account in site.accounts.items()}
    desk = Desk(replace(site, accounts=accounts))
    desk.come("s1")
    desk.quiet("ann", "s1")
    assert desk.wait(120).kinds == ["session_parked"]
    assert desk.wait(47 * 3600 - 121).kinds == []
    assert desk.wait(1).only(ev.SessionClosed).reason == "silent_abandon", "no window of WeChat's shut here"


# The ends.


def test_who_never_reacted_to_a_seat_has_left_silently() -> None:
    desk = desk_with()
    desk.quiet("ann", "s1")
    assert desk.wait(1800).only(ev.SessionClosed).reason == "silent_abandon"


def test_who_has_talked_with_a_seat_has_gone_quiet() -> None:
    desk = desk_with()
    session = desk.quiet("ann", "s1")
    desk.write("ann", "I see. And now?")
    desk.send("s1", session)
    assert desk.wait(1800).only(ev.SessionClosed).reason == "customer_idle"


def test_a_transfer_makes_nobody_a_silent_leaver_who_had_talked_before() -> None:
    desk = desk_with()
    session = desk.quiet("ann", "s1")
    desk.write("ann", "I see. And now?")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    desk.accept("s2", session)
    desk.send("s2", session)
    assert desk.wait(1800).only(ev.SessionClosed).reason == "customer_idle"


def test_words_said_while_waiting_are_no_reaction() -> None:
    desk = desk_with()
    session = desk.waiting("ann")
    desk.write("ann", "hello?")
    desk.accept("s1", session)
    desk.write("ann", "hello??")
    desk.send("s1", session)
    assert desk.wait(1800).only(ev.SessionClosed).reason == "silent_abandon"


def test_the_soft_end_may_say_goodbye() -> None:
    site = make_site(["s1"], every_group={"ladder": FULL}, texts={"silence_end": "Bye for now."})
    desk = Desk(site)
    desk.come("s1")
    session = desk.quiet("ann", "s1")
    happened = desk.wait(1800)
    notice = happened.every(ev.NoticeSent)[-1]
    assert fields_of(notice, "kind", "session") == ("silence_end", session)
    assert happened.kinds[-3:] == ["notice_sent", "segment_ended", "session_closed"]


def test_the_hard_end_comes_before_the_channels_window_shuts() -> None:
    desk = desk_with(only(park=Step(after_s=600), hard_end_before_s=3600))
    wrote_at = desk.now
    session = desk.quiet("ann", "s1")
    desk.wait(600)
    happened = desk.wait(47 * 3600)
    closed = happened.only(ev.SessionClosed)
    assert fields_of(closed, "session", "reason", "merge_until", "cause") == (
        session,
        "kf_window",
        0,
        "ladder.hard_end_before=3600",
    )
    assert closed.at == wrote_at + 47 * HOURS_MS


def test_polite_words_open_the_window_anew_and_move_the_hard_end() -> None:
    desk = desk_with(only(park=Step(after_s=600), hard_end_before_s=3600))
    desk.quiet("ann", "s1")
    desk.wait(40 * 3600)
    desk.write("ann", "谢谢")
    spoke_at = desk.now
    desk.floor = check_rebuilt(desk.floor)
    assert desk.wait(46 * 3600).kinds == []
    assert desk.wait(3600).only(ev.SessionClosed).at == spoke_at + 47 * HOURS_MS


def test_an_answer_in_the_last_hour_does_not_end_the_session_under_the_seats_hands() -> None:
    desk = desk_with(only(hard_end_before_s=3600))
    session = desk.served("ann", "s1")
    wrote_at = desk.now
    desk.wait(47.5 * 3600)
    desk.send("s1", session, "sorry that it took so long")
    assert desk.wait(1799).kinds == []
    assert desk.wait(1).only(ev.SessionClosed).at == wrote_at + 48 * HOURS_MS


def test_an_answer_after_the_window_ends_the_session_an_hour_later() -> None:
    desk = desk_with(only(hard_end_before_s=3600))
    session = desk.served("ann", "s1")
    desk.wait(50 * 3600)
    desk.send("s1", session, "too late, they will not see it")
    assert desk.wait(3599).kinds == []
    assert desk.wait(1).only(ev.SessionClosed).reason == "kf_window"


# Working hours.


def test_a_step_in_working_hours_waits_for_the_morning() -> None:
    desk = desk_with(only(soft_end=Step(after_s=1800, working_hours=True)), calendar="office", manners=SILENT)
    desk.wait(7 * 3600 + 50 * 60)  # ten to six
    session = desk.quiet("ann", "s1")
    assert desk.wait(16 * 3600 + 29 * 60).kinds == []
    assert desk.wait(60).only(ev.SessionClosed).session == session, "ten minutes in the evening, twenty the next day"


def test_a_step_on_the_clock_does_not() -> None:
    desk = desk_with(only(soft_end=Step(after_s=1800)), calendar="office", manners=SILENT)
    desk.wait(7 * 3600 + 50 * 60)
    desk.quiet("ann", "s1")
    assert desk.wait(1800).every(ev.SessionClosed)


# The ladder and the seat.


def test_a_session_that_is_parked_by_hand_has_its_end_when_it_would_have_had_it() -> None:
    desk = desk_with()
    session = desk.quiet("ann", "s1")
    desk.wait(100)
    desk.park("s1", session)
    assert desk.wait(1699).kinds == []
    assert desk.wait(1).only(ev.SessionClosed).session == session


def test_a_session_that_its_seat_takes_back_begins_its_silence_anew_without_a_reminder() -> None:
    desk = desk_with()
    session = desk.parked("ann", "s1")
    desk.wait(1700)
    desk.resume("s1", session)
    assert desk.wait(599).kinds == [], "the seat is busy with it: it is not ended now"
    assert desk.wait(1).kinds == ["session_parked"]
    assert desk.wait(1199).kinds == []
    assert desk.wait(1).kinds == ["segment_ended", "session_closed"]


def test_a_session_called_the_customers_move_goes_down_the_ladder_too() -> None:
    desk = desk_with()
    session = desk.served("ann", "s1")
    desk.set_turn("s1", session, "customer")
    assert desk.wait(600).kinds == ["customer_reminded", "session_parked"]


def test_parking_takes_back_a_hand_over_that_rings() -> None:
    desk = desk_with()
    desk.come("s2")
    session = desk.quiet("ann", "s1")
    desk.wait(595)
    desk.transfer("s1", session, to_seat="s2")
    happened = desk.wait(5)
    assert happened.kinds == ["offer_rescinded", "session_parked"]
    assert desk.seat("s2").load == 0
    assert desk.accept("s2", session).refusal == "offer_gone"


def test_an_end_takes_back_a_hand_over_that_rings() -> None:
    desk = desk_with(only(soft_end=Step(after_s=60)))
    desk.come("s2")
    session = desk.quiet("ann", "s1")
    desk.wait(55)
    desk.transfer("s1", session, to_seat="s2")
    assert desk.wait(5).kinds == ["offer_rescinded", "segment_ended", "session_closed"]


def test_who_is_handed_a_session_in_silence_is_given_as_long_as_who_had_it() -> None:
    desk = desk_with()
    desk.come("s2")
    session = desk.quiet("ann", "s1")
    desk.wait(290)
    desk.transfer("s1", session, to_seat="s2")
    desk.accept("s2", session)
    assert desk.wait(290).kinds == []
    assert desk.wait(10).only(ev.CustomerReminded).seat == "s2"
    desk.wait(290)
    desk.transfer("s2", session, to_seat="s1")
    desk.accept("s1", session)
    assert desk.wait(300).kinds == [], "who was reminded is not reminded again"
    assert "session_parked" in desk.wait(600).kinds


def test_hanging_up_ends_the_ladder() -> None:
    desk = desk_with()
    desk.wrapping("ann", "s1")
    assert desk.wait(3600).kinds == ["slot_released", "segment_ended", "session_closed"]
