"""Whose move it is, since when, and what ends it: the root of every response clock."""

import pytest
from msgspec.structs import replace

from sessions import events as ev
from sessions.settings import Ladder, Step
from tests.builders import Desk, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1", "s2"], soft_cap=10))
    desk.come("s1")
    return desk


# A burst is one turn.


def test_the_first_message_of_a_burst_begins_the_turn_and_the_others_go_on_with_it(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.wait(60)
    first_at = desk.now
    assert desk.write("ann", "my card").only(ev.MessageReceived).turn_began
    desk.wait(3)
    assert not desk.write("ann", "is lost").only(ev.MessageReceived).turn_began
    live = desk.session(session)
    assert (live.turn, live.turn_since, live.turn_last_at) == ("seat", first_at, desk.now)


def test_an_answer_says_how_long_the_first_and_the_last_of_the_burst_waited(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.wait(60)
    desk.write("ann", "my card")
    desk.wait(3)
    desk.write("ann", "is lost")
    desk.wait(10)
    sent = desk.send("s1", session, "blocked it").only(ev.MessageSent)
    assert fields_of(sent, "turn_ended", "waited_ms", "waited_last_ms") == (True, 13_000, 10_000)


def test_a_second_answer_ends_no_second_turn(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.wait(10)
    sent = desk.send("s1", session, "and one more thing").only(ev.MessageSent)
    assert fields_of(sent, "turn_ended", "waited_ms", "waited_last_ms") == (False, 0, 0)


def test_a_seats_clock_begins_when_it_takes_the_session(desk: Desk) -> None:
    session = desk.waiting("ann")
    desk.wait(15)
    desk.accept("s1", session)
    desk.wait(5)
    assert desk.send("s1", session).only(ev.MessageSent).waited_ms == 5000
    desk.write("ann")
    desk.wait(30)
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    desk.accept("s2", session)
    desk.wait(7)
    assert fields_of(desk.send("s2", session).only(ev.MessageSent), "waited_ms", "waited_last_ms") == (7000, 7000)


# Automatic words end no turn.


def test_what_the_desk_says_by_itself_ends_no_turn(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    since = desk.session(session).turn_since
    desk.wait(5)
    desk.write("ann", "x" * 601)
    live = desk.session(session)
    assert (live.turn, live.turn_since) == ("seat", since), "the customer was told that it was too long: no answer"
    desk.wait(5)
    assert desk.send("s1", session).only(ev.MessageSent).waited_ms == 10_000


def test_a_reminder_is_no_new_word_of_the_seat() -> None:
    ladder = Ladder(remind=Step(after_s=60), park=Step(after_s=100), soft_end=None)
    desk = Desk(make_site(["s1"], every_group={"ladder": ladder}))
    desk.come("s1")
    session = desk.quiet("ann", "s1")
    said_at = desk.now
    assert desk.wait(60).kinds == ["customer_reminded", "notice_sent"]
    assert desk.session(session).turn_last_at == said_at
    assert desk.wait(40).kinds == ["session_parked"], "a hundred seconds after the seat's own words"


# Polite words.


@pytest.mark.parametrize("words", ["好的", "谢谢您", "嗯嗯", "OK", "👌", "[玫瑰]", "好的谢谢！"])
def test_polite_words_after_an_answer_begin_no_turn(desk: Desk, words: str) -> None:
    session = desk.quiet("ann", "s1")
    said_at = desk.now
    desk.wait(20)
    received = desk.write("ann", words).only(ev.MessageReceived)
    assert fields_of(received, "closing", "turn_began", "seat") == (True, False, "s1")
    live = desk.session(session)
    assert (live.turn, live.turn_last_at, live.unread) == ("customer", said_at, 1)
    assert desk.seat("s1").capacity.pending == 0


def test_the_same_words_are_an_ordinary_message_while_an_answer_is_due(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    received = desk.write("ann", "好的").only(ev.MessageReceived)
    assert not received.closing
    assert desk.session(session).turn == "seat"


def test_a_site_has_closing_words_of_its_own(desk: Desk) -> None:
    desk.configure(replace(make_site(["s1", "s2"], soft_cap=10, version=2), closing_tokens=("over and out",)))
    session = desk.quiet("ann", "s1")
    assert desk.write("ann", "Over and out!").only(ev.MessageReceived).closing
    assert not desk.write("ann", "好的").only(ev.MessageReceived).closing
    assert desk.session(session).turn == "seat"


# The agent knows better.


def test_an_agent_says_that_the_polite_word_asks_something(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.wait(20)
    first_at = desk.now
    desk.write("ann", "嗯嗯")
    desk.wait(4)
    last_at = desk.now
    desk.write("ann", "好的")
    desk.wait(10)
    turned = desk.set_turn("s1", session, "seat").only(ev.TurnSet)
    assert fields_of(turned, "seat", "user", "turn", "since", "last_at") == (
        "s1",
        "user-s1",
        "seat",
        first_at,
        last_at,
    )
    assert desk.seat("s1").capacity.pending == 1
    desk.wait(6)
    sent = desk.send("s1", session).only(ev.MessageSent)
    assert fields_of(sent, "turn_ended", "waited_ms", "waited_last_ms") == (True, 20_000, 16_000)


def test_an_agent_says_that_no_answer_is_needed(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.write("ann", "well, that was that")
    turned = desk.set_turn("s1", session, "customer").only(ev.TurnSet)
    assert turned.turn == "customer"
    assert (desk.session(session).turn, desk.seat("s1").capacity.pending) == ("customer", 0)
    assert desk.park("s1", session).answer.ok


def test_saying_it_and_taking_it_back_does_not_shorten_the_wait(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    asked_at = desk.now
    desk.write("ann", "are you there?")
    desk.wait(30)
    desk.set_turn("s1", session, "customer")
    desk.wait(30)
    desk.set_turn("s1", session, "seat")
    assert desk.session(session).turn_since == asked_at
    assert desk.send("s1", session).only(ev.MessageSent).waited_ms == 60_000


def test_saying_what_is_so_changes_nothing(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    assert desk.set_turn("s1", session, "customer").kinds == []
    assert desk.set_turn("s1", session, "seat").kinds == ["turn_set"]
    assert desk.set_turn("s1", session, "seat").kinds == []


def test_only_the_seat_that_has_it_says_whose_move_it_is(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.come("s2")
    assert desk.set_turn("s2", session, "seat").refusal == "not_your_session"
    desk.hang_up("s1", session)
    assert desk.set_turn("s1", session, "seat").refusal == "session_not_active"
