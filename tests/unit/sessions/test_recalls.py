"""Second thoughts: words that are wanted back, and words that are said once more."""

import pytest
from msgspec.structs import replace

from sessions import events as ev
from sessions.ids import AccountId, MessageId
from sessions.recalls import RECALL_WITHIN_S
from sessions.recorders.sent import SENT_KEPT
from tests.builders import MONDAY, Desk, fields_of, make_site, who


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1", "s2")
    return desk


@pytest.fixture
def own() -> Desk:
    """A desk whose customers are on our own pages."""
    site = make_site(["s1"])
    bank = site.accounts[AccountId("bank")]
    desk = Desk(replace(site, accounts={bank.id: replace(bank, channel="webchat")}))
    desk.come("s1")
    return desk


def said(desk: Desk, session: str, text: str = "oops") -> MessageId:
    return desk.send("s1", session, text).only(ev.MessageSent).message


def sends(desk: Desk, name: str) -> int:
    allowance = desk.floor.conversations[who(name)].allowance
    assert allowance
    return allowance.sends


class TestRecalling:
    def test_the_courier_decides_whether_there_was_time(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        message = said(desk, session)
        asked = desk.recall("s1", session, message)
        assert asked.kinds == ["recall_asked"]
        assert desk.recall("s1", session, message).kinds == [], "asked once is enough"
        recalled = desk.recalled(message, session, "ann").only(ev.MessageRecalled)
        assert fields_of(recalled, "message", "seat", "seen") == (message, "s1", False)
        assert desk.recalled(message, session, "ann") == [], "a report that comes twice"

    def test_words_that_got_away_are_reported_as_any(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        message = said(desk, session)
        desk.recall("s1", session, message)
        assert desk.delivered(message, session).kinds == ["message_delivered"]
        assert desk.recall("s1", session, message).refusal == "recall_too_late"

    def test_what_wechat_has_or_never_got_cannot_be_called_back(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        delivered, failed = said(desk, session), said(desk, session)
        desk.delivered(delivered, session)
        desk.failed(failed, session)
        for message in (delivered, failed, f"{session}.99"):
            assert desk.recall("s1", session, message).refusal == "recall_too_late"

    def test_only_the_seat_that_has_the_session_may(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        assert desk.recall("s2", session, said(desk, session)).refusal == "not_your_session"

    def test_the_customers_wait_goes_on_as_if_nothing_had_been_said(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        desk.wait(5)
        desk.write("ann", "hello?")
        desk.wait(20)
        message = said(desk, session)
        desk.recall("s1", session, message)
        desk.wait(2)
        recalled = desk.recalled(message, session, "ann").only(ev.MessageRecalled)
        assert fields_of(recalled, "turn_began", "since", "last_at") == (True, MONDAY, MONDAY + 5_000)
        live = desk.session(session)
        assert (live.turn, live.turn_since, live.turn_last_at) == ("seat", MONDAY, MONDAY + 5_000)
        reply = desk.send("s1", session, "better").only(ev.MessageSent)
        assert fields_of(reply, "turn_ended", "waited_ms") == (True, 27_000)

    def test_the_turn_stays_where_other_words_came_since(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        first = said(desk, session)
        desk.wait(1)
        said(desk, session, "and this")
        desk.recall("s1", session, first)
        assert not desk.recalled(first, session, "ann").only(ev.MessageRecalled).turn_began
        assert desk.session(session).turn == "customer"

    def test_the_send_is_there_again_if_its_window_is(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        first, second = said(desk, session), said(desk, session)
        before = sends(desk, "ann")
        desk.recalled(first, session, "ann")
        assert sends(desk, "ann") == before + 1
        desk.wait(1)
        desk.write("ann", "so?")
        full = sends(desk, "ann")
        desk.recalled(second, session, "ann")
        assert sends(desk, "ann") == full

    def test_the_list_row_shows_them_no_more(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        message = said(desk, session, "my secret")
        desk.recalled(message, session, "ann")
        live = desk.session(session)
        assert (live.last_kind, live.last_text, live.last_by) == ("recalled", "", "seat")

    def test_words_may_come_back_after_the_session_is_over(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        message = said(desk, session)
        desk.hang_up("s1", session)
        desk.recall("s1", session, message)
        desk.wrap_up("s1", session)
        assert desk.recalled(message, session, "ann").kinds == ["message_recalled"]

    def test_our_own_page_gives_them_back_for_two_minutes(self, own: Desk) -> None:
        session = own.served("ann", "s1")
        early, late = said(own, session), said(own, session)
        own.delivered(early, session)
        own.delivered(late, session)
        own.wait(RECALL_WITHIN_S)
        recalled = own.recall("s1", session, early).only(ev.MessageRecalled)
        assert fields_of(recalled, "seen", "turn_began") == (True, False)
        own.wait(1)
        assert own.recall("s1", session, late).refusal == "recall_too_late"
        assert own.recall("s1", session, said(own, session)).kinds == ["message_recalled"], "not yet there"

    def test_little_is_remembered(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        for _ in range(SENT_KEPT + 5):
            said(desk, session)
        assert len(desk.session(session).sent) == SENT_KEPT
        for sent in desk.session(session).sent:
            desk.delivered(sent.message, session)
        assert desk.session(session).sent == ()


class TestResending:
    def test_what_failed_is_said_once_more_and_names_it(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        failed = said(desk, session)
        desk.failed(failed, session)
        again = desk.resend("s1", session, failed).only(ev.MessageSent)
        assert again.resends == failed
        assert again.message != failed
        assert desk.resend("s1", session, failed).refusal == "resend_unneeded"
        desk.failed(again.message, session)
        assert desk.resend("s1", session, again.message).only(ev.MessageSent).resends == again.message

    def test_what_has_not_failed_is_not_sent_twice(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        on_its_way, there = said(desk, session), said(desk, session)
        desk.delivered(there, session)
        for message in (on_its_way, there, "20261123-0009.1"):
            assert desk.resend("s1", session, message).refusal == "resend_unneeded"

    def test_it_waits_for_the_customer_where_the_channel_would_not_take_it(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        for _ in range(sends(desk, "ann")):
            failed = said(desk, session)
        desk.failed(failed, session, "45047")
        assert desk.resend("s1", session, failed).refusal == "quota_spent"
        desk.write("ann", "so?")
        assert desk.resend("s1", session, failed).answer.ok


class TestHolding:
    def test_the_event_says_until_when_the_channel_does_not_get_it(self, desk: Desk) -> None:
        session = desk.served("ann", "s1")
        assert desk.send("s1", session).only(ev.MessageSent).held_until == 0
        assert desk.send("s1", session, hold_s=3).only(ev.MessageSent).held_until == desk.now + 3_000
