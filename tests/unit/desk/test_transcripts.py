"""What was said in the live sessions, folded from the ledger: lines, and what became of them."""

import pytest

from desk import transcripts as module
from desk.transcripts import Line, Transcripts
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Image, Location, Text, Voice
from sessions.ids import CustomerId, GroupId, MediaKey, MessageId, Seq, SessionId
from tests.builders import MONDAY, Desk, make_site

ANN = CustomerId("bank:ann")


class Room:
    """A desk and the transcripts of what happens there."""

    def __init__(self) -> None:
        self.desk = Desk(make_site(["s1", "s2"]))
        self.desk.come("s1")
        self.transcripts = Transcripts()
        self._folded = 0

    def lines(self, session: str) -> list[Line]:
        for seq, event in enumerate(self.desk.ledger[self._folded :], self._folded):
            self.transcripts.fold(Seq(seq), event)
        self._folded = len(self.desk.ledger)
        return self.transcripts.lines(SessionId(session))

    def said(self, session: str) -> list[tuple[str, str]]:
        """Who said what, without what the desk notes by itself."""
        lines = self.lines(session)
        return [(each.by, each.content.text) for each in lines if isinstance(each.content, Text)]


@pytest.fixture
def room() -> Room:
    return Room()


def test_both_sides_stand_in_the_order_in_which_they_spoke(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    room.desk.send("s1", session, "您好")
    room.desk.write("ann", "my bill?")
    room.desk.note("s1", session, "calls often")
    assert room.said(session) == [
        ("customer", "hello"),
        ("seat", "您好"),
        ("customer", "my bill?"),
        ("note", "calls often"),
    ]
    numbers = [line.seq for line in room.lines(session)]
    assert numbers == sorted(set(numbers))


def test_what_the_desk_did_stands_between_what_was_said(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    room.desk.hang_up("s1", session)
    room.desk.wrap_up("s1", session)
    happened = [ev.type_of(line.event) for line in room.lines(session) if line.event is not None]
    assert happened == [
        "session_opened",
        "session_queued",
        "session_offered",
        "session_accepted",
        "session_hung_up",
        "segment_ended",
        "session_closed",
    ]


def test_a_message_is_on_its_way_until_the_channel_says_what_came_of_it(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    first, second, third = (room.desk.send("s1", session).only(ev.MessageSent).message for _ in range(3))
    assert [line.delivery for line in room.lines(session) if line.by == "seat"] == ["sending"] * 3
    room.desk.delivered(first, session)
    room.desk.failed(second, session, "45015")
    room.desk.do(_uncertain(third, session))
    room.lines(session)
    states = [_line(room, each) for each in (first, second, third)]
    assert [(each.delivery, each.failure_code, each.uncertain) for each in states] == [
        ("delivered", "", False),
        ("failed", "45015", False),
        ("failed", "uncertain", True),
    ]


def test_a_message_that_came_through_after_all_has_not_failed(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    message = room.desk.send("s1", session).only(ev.MessageSent).message
    room.desk.do(_uncertain(message, session))
    room.desk.delivered(message, session)
    room.lines(session)
    line = _line(room, message)
    assert (line.delivery, line.failure_code, line.failure_detail, line.uncertain) == ("delivered", "", "", False)


def test_a_file_takes_its_place_when_it_has_been_fetched(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    message = room.desk.write("ann", Image(source="MEDIA-ID")).only(ev.MessageReceived).message
    room.desk.media_stored(message, session)
    room.lines(session)
    assert _line(room, message).content == Image(source="MEDIA-ID", media=MediaKey("aa.jpg"), mime="image/jpeg")


def test_a_file_that_is_not_to_be_had_says_why(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    message = room.desk.write("ann", Voice(source="MEDIA-ID")).only(ev.MessageReceived).message
    room.desk.media_rejected(message, session, "ann", code="voice_too_long")
    room.lines(session)
    assert (_line(room, message).delivery, _line(room, message).failure_code) == ("refused", "voice_too_long")


def test_what_is_over_a_limit_is_shown_as_refused_with_our_words_to_the_customer(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    room.desk.write("ann", "x" * 601)
    refused, notice = room.lines(session)[-2:]
    assert (refused.by, refused.delivery, refused.failure_code) == ("customer", "refused", "text_too_long")
    assert (notice.by, notice.delivery) == ("notice", "sending")


def test_what_has_no_file_is_left_as_it_is(room: Room) -> None:
    place = Location(latitude=31.2, longitude=121.5)
    session = room.desk.served("ann", "s1")
    message = room.desk.write("ann", place).only(ev.MessageReceived).message
    room.desk.media_stored(message, session)
    room.lines(session)
    assert _line(room, message).content == place


def test_sessions_do_not_mix(room: Room) -> None:
    ann, bob = room.desk.served("ann", "s1"), room.desk.served("bob", "s1")
    room.desk.write("bob", "mine")
    assert room.said(ann) == [("customer", "hello")]
    assert room.said(bob) == [("customer", "hello"), ("customer", "mine")]


def test_a_session_unknown_here_has_no_lines(room: Room) -> None:
    assert room.lines("20261123-9999") == []
    assert room.transcripts.line(MessageId("20261123-9999.1")) is None


def test_closed_sessions_are_forgotten_after_a_while_and_leave_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSED_KEPT", 2)
    sessions = []
    for name in ("ann", "bob", "cid"):
        session = room.desk.served(name, "s1")
        room.desk.hang_up("s1", session)
        room.desk.wrap_up("s1", session)
        sessions.append(session)
    assert [bool(room.lines(each)) for each in sessions] == [False, True, True]
    assert len(room.transcripts._by_message) == 2


def test_words_after_a_session_was_forgotten_are_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSED_KEPT", 2)
    events = iter(range(1, 100))
    transcripts = Transcripts()

    def close(session: str) -> None:
        transcripts.fold(Seq(next(events)), _closed(session))

    for session in ("s1", "s2", "s3"):
        close(session)
    transcripts.fold(Seq(next(events)), _farewell("s1"))
    assert transcripts.line(MessageId("s1.x"))
    for session in ("s4", "s5"):
        close(session)
    assert transcripts.line(MessageId("s1.x")) is None
    assert set(transcripts._lines) == {"s4", "s5"}


def test_a_live_session_is_kept_though_its_opening_is_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSED_KEPT", 2)
    transcripts = Transcripts(live=[SessionId("s1")])
    transcripts.fold(Seq(1), _farewell("s1"))
    for n in range(2, 6):
        transcripts.fold(Seq(n), _closed(f"s{n}"))
    assert transcripts.line(MessageId("s1.x"))
    transcripts.fold(Seq(6), _closed("s1"))
    assert set(transcripts._lines) == {"s5", "s1"}


def test_a_long_session_keeps_its_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINES_KEPT", 5)
    session = room.desk.served("ann", "s1")
    for n in range(10):
        room.desk.write("ann", f"{n}")
    assert room.said(session) == [("customer", f"{n}") for n in range(5, 10)]
    assert len(room.transcripts._by_message) == 5


def _line(room: Room, message: str) -> Line:
    line = room.transcripts.line(MessageId(message))
    assert line is not None
    return line


def _closed(session: str) -> ev.SessionClosed:
    return ev.SessionClosed(
        at=MONDAY,
        cause="c",
        session=SessionId(session),
        customer=ANN,
        group=GroupId("g"),
        reason="seat_end",
    )


def _farewell(session: str) -> ev.MessageReceived:
    return ev.MessageReceived(
        at=MONDAY,
        cause="c",
        session=SessionId(session),
        customer=ANN,
        message=MessageId(f"{session}.x"),
        content=Text(text="谢谢"),
        key=f"{session}.x",
        sent_at=MONDAY,
        closing=True,
    )


def _uncertain(message: str, session: str) -> cmd.ReportFailed:
    return cmd.ReportFailed(
        message=MessageId(message), session=SessionId(session), code="uncertain", detail="cut off", uncertain=True
    )
