"""The customer never sees a session: they write, and one is there; they write again, and it is the same."""

import pytest

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Image, MenuClicked, Text
from sessions.floor import KEYS_KEPT
from sessions.ids import CustomerId
from sessions.saying import sends_left
from tests.builders import MONDAY, Desk, make_site, who

HOUR_S = 3600
DAY_S = 24 * HOUR_S


@pytest.fixture
def desk() -> Desk:
    return Desk(make_site())


def test_the_first_message_opens_a_session_and_queues_it_in_the_accounts_group(desk: Desk) -> None:
    happened = desk.write("ann", "my card is gone")
    assert happened.kinds == ["session_opened", "message_received", "session_queued"]
    opened, queued = happened.only(ev.SessionOpened), happened.only(ev.SessionQueued)
    assert (opened.customer, opened.account, opened.group) == ("bank:ann", "bank", "cards")
    assert (queued.group, queued.reason, queued.first_enqueued_at) == ("cards", "opened", desk.now)
    assert desk.line() == [opened.session]


def test_a_burst_opens_exactly_one_session(desk: Desk) -> None:
    texts = ["hello", "are you there", "my card is gone"]
    happened = [event for text in texts for event in desk.write("ann", text)]
    assert [ev.type_of(event) for event in happened].count("session_opened") == 1
    session = desk.session_of("ann")
    assert session is not None
    assert (session.messages, session.unread, session.last_text) == (3, 3, "my card is gone")


def test_the_customers_turn_of_waiting_is_counted_from_the_first_message_of_the_burst(desk: Desk) -> None:
    first = desk.write("ann").only(ev.MessageReceived)
    desk.wait(5)
    second = desk.write("ann").only(ev.MessageReceived)
    assert (first.turn_began, second.turn_began) == (True, False)
    session = desk.session_of("ann")
    assert session is not None
    assert (session.turn, session.turn_since, session.turn_last_at) == ("seat", MONDAY, MONDAY + 5000)


def test_a_message_delivered_again_changes_nothing(desk: Desk) -> None:
    assert desk.write("ann", key="m1")
    assert desk.write("ann", key="m1") == []
    desk.wait(30)
    assert desk.write("ann", "edited?", key="m1") == []


def test_the_same_key_of_another_customer_is_another_message(desk: Desk) -> None:
    desk.write("ann", key="m1")
    assert "session_opened" in desk.write("bob", key="m1").kinds


def test_a_repeat_is_known_after_its_session_closed() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    session = desk.write("ann", key="m1").only(ev.SessionOpened).session
    desk.accept("s1", session)
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert desk.write("ann", key="m1") == []
    assert desk.session_of("ann") is None


def test_what_is_older_than_everything_remembered_is_a_replay(desk: Desk) -> None:
    for n in range(KEYS_KEPT + 1):
        desk.write("ann", key=f"m{n}", sent_at=desk.now + n * 1000)
    assert desk.write("ann", key="m0", sent_at=desk.now) == [], "forgotten, but too old"
    assert desk.write("ann", key="late", sent_at=desk.now + 2000), "late, but not older than what is remembered"


def test_a_message_that_comes_late_is_taken_while_everything_is_remembered(desk: Desk) -> None:
    desk.write("ann", sent_at=desk.now)
    assert desk.write("ann", sent_at=desk.now - DAY_S * 1000).kinds == ["message_received"]


def test_a_text_over_the_limit_is_refused_and_the_customer_is_told(desk: Desk) -> None:
    happened = desk.write("ann", "字" * 601)
    assert happened.kinds == ["message_refused", "notice_sent"]
    refused, notice = happened.only(ev.MessageRefused), happened.only(ev.NoticeSent)
    assert (refused.code, refused.limit, refused.session) == ("text_too_long", 600, None)
    assert isinstance(refused.content, Text)
    assert len(refused.content.text) == 601, "kept as it came"
    assert notice.kind == "text_too_long"
    assert isinstance(notice.content, Text)
    assert "600" in notice.content.text
    assert desk.session_of("ann") is None, "it opens nothing"


def test_a_text_at_the_limit_is_taken(desk: Desk) -> None:
    assert "message_received" in desk.write("ann", "字" * 600).kinds


def test_a_refused_text_delivered_again_is_not_refused_again(desk: Desk) -> None:
    desk.write("ann", "x" * 601, key="m1")
    assert desk.write("ann", "x" * 601, key="m1") == []


def test_a_refusal_during_a_session_is_shown_to_its_seat(desk: Desk) -> None:
    desk.come("s1")
    session = desk.served("ann", "s1")
    happened = desk.write("ann", "x" * 601)
    refused, notice = happened.only(ev.MessageRefused), happened.only(ev.NoticeSent)
    assert (refused.session, refused.seat) == (notice.session, notice.seat) == (session, "s1")
    assert desk.session(session).unread == 1, "it changes nobody's turn"


def test_a_refused_text_lets_the_seat_write_again_as_the_channel_does(desk: Desk) -> None:
    desk.come("s1")
    session = desk.served("ann", "s1")
    for _ in range(5):
        desk.send("s1", session)
    assert sends_left(desk.floor.conversations[who("ann")], desk.now) == 0
    desk.write("ann", "x" * 601)
    assert sends_left(desk.floor.conversations[who("ann")], desk.now) == 4, "the customer was told, which is one"


def test_the_site_may_word_its_notices_anew() -> None:
    desk = Desk(make_site(texts={"text_too_long": "at most {limit}, please"}))
    notice = desk.write("ann", "x" * 601).only(ev.NoticeSent)
    assert notice.content == Text(text="at most 600, please")


@pytest.mark.parametrize("words", ["{", "{limit", "{} and {0}", "{nobody}", "{limit.real}", "{limit:>99999999}"])
def test_no_wording_of_a_site_can_keep_a_message_from_being_decided(words: str) -> None:
    desk = Desk(make_site(texts={"text_too_long": words}))
    notice = desk.write("ann", "x" * 601).only(ev.NoticeSent)
    assert notice.content == Text(text=words), "what is no place for a value is said as it stands"


def test_every_message_of_a_customer_has_an_id_of_its_own(desk: Desk) -> None:
    ids = []
    for text in ["x" * 601, "x" * 601, "hello", "x" * 601, "again"]:
        happened = desk.write("ann", text)
        ids += [event.message for event in happened.every(ev.MessageReceived)]
        ids += [event.message for event in happened.every(ev.MessageRefused)]
        ids += [event.message for event in happened.every(ev.NoticeSent)]
    assert len(ids) == len(set(ids)) == 8


def test_messages_of_a_session_are_numbered_from_its_own_number(desk: Desk) -> None:
    desk.come("s1")
    session = desk.served("ann", "s1")
    sent = desk.send("s1", session).only(ev.MessageSent)
    received = desk.write("ann").only(ev.MessageReceived)
    assert [sent.message, received.message] == [f"{session}.2", f"{session}.3"]


def test_an_account_that_nobody_set_up_queues_where_supervisors_look(desk: Desk) -> None:
    stranger = CustomerId("elsewhere:ann")
    happened = desk.do(cmd.ReceiveMessage(customer=stranger, content=Text(text="hi"), key="1", sent_at=desk.now))
    assert desk.line("unassigned") == [happened.only(ev.SessionOpened).session], "nothing is lost"


def test_a_picture_opens_a_session_too(desk: Desk) -> None:
    received = desk.write("ann", Image(source="media-1")).only(ev.MessageReceived)
    session = desk.session(received.session)
    assert (session.last_kind, session.last_text) == ("image", "")


# What customers do without writing.


def test_an_event_of_the_customer_opens_no_session_and_changes_no_turn(desk: Desk) -> None:
    recorded = desk.tell("ann", MenuClicked(key="bill")).only(ev.CustomerEventRecorded)
    assert (recorded.customer, recorded.session, recorded.seat) == ("bank:ann", None, None)
    assert desk.session_of("ann") is None


def test_an_event_during_a_session_stands_in_its_timeline(desk: Desk) -> None:
    desk.come("s1")
    session = desk.waiting("ann")
    recorded = desk.tell("ann").only(ev.CustomerEventRecorded)
    assert (recorded.session, recorded.seat) == (session, "s1"), "the seat at which it rings may see it"


def test_a_repeated_event_changes_nothing(desk: Desk) -> None:
    desk.tell("ann", key="scan-1")
    assert desk.tell("ann", key="scan-1") == []


# Numbers.


def test_sessions_are_numbered_within_the_local_day() -> None:
    desk = Desk(make_site(), at=MONDAY)
    numbers = [desk.waiting("ann"), desk.waiting("bob")]
    desk.wait(14 * HOUR_S - 1)
    numbers.append(desk.waiting("cem"))
    desk.wait(1)
    numbers.append(desk.waiting("dan"))
    assert numbers == ["20261123-0001", "20261123-0002", "20261123-0003", "20261124-0001"]


def test_the_day_is_the_sites_own() -> None:
    desk = Desk(make_site(utc_offset_min=-600))
    assert desk.waiting("ann") == "20261122-0001", "10:00 in Shanghai is 16:00 the day before in Honolulu"


def test_a_day_has_room_for_more_than_four_digits(desk: Desk) -> None:
    desk.floor.facts.day, desk.floor.facts.day_count = "20261123", 9999
    assert desk.waiting("ann") == "20261123-10000"


def test_a_site_that_moves_west_gives_no_number_twice(desk: Desk) -> None:
    before = [desk.waiting("ann"), desk.waiting("bob")]
    desk.configure(make_site(utc_offset_min=-600, version=2))
    after = [desk.waiting("cem"), desk.waiting("dan")]
    desk.configure(make_site(version=3))
    again = [desk.waiting("eve")]
    assert len({*before, *after, *again}) == 5


# Memory.


def test_a_new_session_knows_the_one_before(desk: Desk) -> None:
    desk.come("s1")
    first = desk.wrapping("ann", "s1")
    desk.wrap_up("s1", first)
    second = desk.write("ann").only(ev.SessionOpened)
    assert second.previous == first
    assert second.session != first


def test_a_conversation_fades_seventy_two_hours_after_it_was_last_heard_of(desk: Desk) -> None:
    desk.come("s1")
    session = desk.wrapping("ann", "s1")
    desk.wrap_up("s1", session)
    desk.wait(72 * HOUR_S - 1)
    desk.write("bob")
    assert who("ann") in desk.floor.conversations
    desk.wait(1)
    desk.write("cem")
    assert who("ann") not in desk.floor.conversations
    assert desk.write("ann").only(ev.SessionOpened).previous is None


def test_a_conversation_with_a_live_session_does_not_fade(desk: Desk) -> None:
    desk.write("ann", key="m1")
    desk.wait(100 * HOUR_S)
    desk.write("bob")
    assert desk.write("ann", key="m1") == []


def test_whoever_is_heard_of_again_is_remembered_longer(desk: Desk) -> None:
    desk.tell("ann", key="1")
    desk.wait(50 * HOUR_S)
    desk.tell("ann", key="2")
    desk.wait(50 * HOUR_S)
    desk.write("bob")
    assert who("ann") in desk.floor.conversations
    desk.wait(22 * HOUR_S)
    desk.write("bob")
    assert who("ann") not in desk.floor.conversations


def test_a_notice_to_a_customer_long_forgotten_leaves_no_memory_that_never_fades(desk: Desk) -> None:
    first = desk.media_rejected("20261101-0001.1", "20261101-0001", "ann").only(ev.NoticeSent)
    second = desk.media_rejected("20261101-0001.2", "20261101-0001", "ann").only(ev.NoticeSent)
    assert first.message != second.message
    desk.wait(72 * HOUR_S)
    desk.write("bob")
    assert who("ann") not in desk.floor.conversations
