"""Notes that name a colleague: whoever is named hears of it."""

import pytest

from sessions import events as ev
from sessions.ids import SessionId
from tests.builders import Desk, Happened, make_site


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1", "s2", "s3"]))
    desk.come("s1", "s2")
    return desk


def note(desk: Desk, session: SessionId, *mentions: str) -> Happened:
    return desk.note("s1", session, "@王芳 看看额度", mentions)


def test_each_colleague_in_a_note_is_told_once(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    happened = note(desk, session, "s2", "s3", "s2", "s1")
    assert happened.kinds == ["note_added", "seat_mentioned", "seat_mentioned"]
    assert happened.only(ev.NoteAdded).mentions == ("s2", "s3"), "nobody is told of their own note"
    told = [each for each in happened if isinstance(each, ev.SeatMentioned)]
    assert [(each.seat, each.by_seat, each.user) for each in told] == [
        ("s2", "s1", "user-s1"),
        ("s3", "s1", "user-s1"),
    ]


def test_a_seat_that_is_not_set_up_cannot_be_named(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    refused = note(desk, session, "s2", "s99")
    assert (refused.answer.code, refused.answer.field, refused.kinds) == ("seat_unknown", "mentions", [])


def test_notes_of_older_ledgers_name_nobody() -> None:
    old = b'{"type":"note_added","at":1,"cause":"1-0","session":"20261123-0001","user":"u","text":"x","seat":"s1"}'
    read = ev.decode(old)
    assert isinstance(read, ev.NoteAdded)
    assert read.mentions == ()
