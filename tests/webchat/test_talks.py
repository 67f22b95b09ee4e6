"""What visitors' pages remember of the ledger, and what they are shown of it."""

from typing import Any

import pytest
from msgspec.structs import replace

from desk.channels.webchat.credentials import Credentials
from desk.channels.webchat.said import Said, as_shown, said_before, said_in
from desk.channels.webchat.stage import stage_of
from desk.channels.webchat.talks import KEPT_OF_THOSE_HERE, Talks
from desk.store.folding import Rows, fold_batch
from sessions import events as ev
from sessions.content import Image, Text, Voice
from sessions.ids import AccountId, CustomerId, MediaKey, MessageId, Millis, Seq
from tests.builders import Desk, make_site, who

ANN, BOB = who("ann"), who("bob")
FILE = MediaKey("ab" * 32 + ".png")
CREDENTIALS = Credentials([b"secret"])


class Room:
    """A desk, and what is remembered of the talks at it."""

    def __init__(self) -> None:
        self.desk = Desk(make_site(["s1"]))
        self.desk.come("s1")
        self.talks = Talks()
        self._told = 0

    def lines(self, customer: CustomerId = ANN) -> list[Said]:
        for seq, event in enumerate(self.desk.ledger[self._told :], self._told):
            match event:
                case ev.MessageReceived() | ev.MessageRefused() | ev.MessageSent() | ev.NoticeSent():
                    self.talks.say(Seq(seq), event)
                case ev.MessageDelivered() | ev.MediaRejected():
                    self.talks.amend(event)
                case _:
                    pass
        self._told = len(self.desk.ledger)
        return self.talks.lines(customer)

    def shown(self, customer: CustomerId = ANN) -> list[dict[str, Any]]:
        return [as_shown(line, AccountId("bank"), self.desk.floor.site, CREDENTIALS) for line in self.lines(customer)]


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_visitor_sees_what_was_said_and_by_whom(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    room.desk.write("ann", "my card is lost", key="k2")
    room.desk.send("s1", session, "[微笑] 请稍候")
    lines = room.shown()
    assert [(line["by"], line["text"], line.get("who", "")) for line in lines] == [
        ("visitor", "hello", ""),
        ("visitor", "my card is lost", ""),
        ("agent", "🙂 请稍候", "s1"),
    ]
    assert lines[1]["key"] == "k2"


def test_what_colleagues_tell_each_other_is_never_shown(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    room.desk.note("s1", session, "difficult customer")
    assert [line["text"] for line in room.shown()] == ["hello"]


def test_nobody_sees_the_talk_of_another(room: Room) -> None:
    room.desk.served("ann", "s1")
    room.desk.write("bob", "something else")
    assert [line["text"] for line in room.shown(BOB)] == ["something else"]


def test_a_message_over_the_limit_is_shown_as_refused_with_what_the_desk_says_to_it(room: Room) -> None:
    room.desk.write("ann", "x" * 601)
    refused, told = room.shown()
    assert (refused["by"], refused["refused"]) == ("visitor", "text_too_long")
    assert told["by"] == "desk"


def test_pictures_and_voices_are_found_under_an_address_that_nobody_can_guess(room: Room) -> None:
    room.desk.write("ann", Image(media=FILE, mime="image/png"))
    room.desk.write("ann", Voice(media=MediaKey("ab" * 32 + ".amr"), duration_ms=1200))
    room.desk.write("ann", Image(source="somewhere else"))
    picture, sound, missing = room.shown()
    assert picture["media"] == f"/webchat/bank/media/{FILE}?seal={CREDENTIALS.file_seal(AccountId('bank'), FILE)}"
    assert sound["media"].endswith("&as=playable")
    assert "media" not in missing


def test_the_archive_tells_the_same_lines_as_the_ledger(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    sent = room.desk.send("s1", session, "您好").only(ev.MessageSent)
    room.desk.delivered(sent.message, session)
    room.desk.write("ann", "x" * 601, key="long")
    room.desk.write("ann", Image(media=FILE, mime="image/png"))
    rows = fold_batch(Rows(), [(Seq(seq), event) for seq, event in enumerate(room.desk.ledger)])
    keys = {line.id: line.key for line in room.lines()}
    archived = [said_before(message, keys.get(MessageId(message.id), "")) for message in rows.messages.values()]
    assert archived == room.lines()
    assert [line.arrived for line in archived if line.by == "agent"] == [True]


def test_what_the_archive_has_is_forgotten_but_for_the_last_lines_of_who_is_here(room: Room) -> None:
    for _ in range(KEPT_OF_THOSE_HERE + 10):
        room.desk.write("ann", "more")
        room.desk.write("bob", "more")
    lines = room.lines()
    archived = lines[-3].seq
    room.talks.forget(archived, {ANN}.__contains__, room.desk.now)
    assert room.talks.lines(ANN) == lines[-KEPT_OF_THOSE_HERE:]
    assert [line.seq > archived for line in room.talks.lines(BOB)] == [True] * len(room.talks.lines(BOB))
    assert room.talks.lines(BOB), "the archive does not have the newest yet"
    room.talks.forget(lines[-1].seq, lambda _: False, room.desk.now)
    room.talks.forget(Seq(10**9), lambda _: False, room.desk.now)
    assert len(room.talks) == 0


def test_a_receipt_for_a_line_that_is_forgotten_changes_nothing(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    sent = room.desk.send("s1", session).only(ev.MessageSent)
    room.lines()
    room.talks.forget(Seq(10**9), lambda _: False, room.desk.now)
    room.desk.delivered(sent.message, session)
    assert room.lines() == []


def test_what_is_held_back_is_kept_until_its_time_has_come(room: Room) -> None:
    session = room.desk.served("ann", "s1")
    sent = room.desk.send("s1", session, "oops").only(ev.MessageSent)
    held = replace(sent, message=MessageId("held"), held_until=Millis(room.desk.now + 1000))
    room.talks.say(Seq(10**6), held)
    room.talks.forget(Seq(10**9), lambda _: False, room.desk.now)
    assert [line.id for line in room.talks.lines(ANN)] == ["held"]
    assert room.talks.take_back(Seq(10**7), MessageId("held"))
    assert room.talks.take_back(Seq(10**7), MessageId("held")) is None
    assert room.talks.lines(ANN) == []
    assert room.talks.is_recalled(MessageId("held")), "as long as the archive may still tell it"
    room.talks.forget(Seq(10**7), lambda _: False, room.desk.now)
    assert not room.talks.is_recalled(MessageId("held"))


def test_how_a_conversation_stands(room: Room) -> None:
    assert stage_of(room.desk.floor, ANN) == {"is": "idle"}
    session = room.desk.waiting("ann")
    assert stage_of(room.desk.floor, ANN) == {"is": "waiting"}
    room.desk.accept("s1", session)
    assert stage_of(room.desk.floor, ANN) == {"is": "served", "who": "s1"}
    room.desk.hang_up("s1", session)
    assert stage_of(room.desk.floor, ANN) == {"is": "idle"}, "that somebody fills in a form is nothing to them"


def test_a_line_of_something_that_we_have_no_words_for_says_its_kind() -> None:
    line = said_in(Seq(1), _received(Image()))
    assert as_shown(line, AccountId("bank"), make_site(), CREDENTIALS)["kind"] == "image"
    assert "text" not in as_shown(replace(line, content=Text(text="")), AccountId("bank"), make_site(), CREDENTIALS)


def _received(content: Image) -> ev.MessageReceived:
    desk = Desk(make_site(["s1"]))
    return desk.write("ann", content).only(ev.MessageReceived)
