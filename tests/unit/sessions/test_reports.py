"""What our own processes report: deliveries, media. The core only passes it on to where it is seen."""

import pytest

from sessions import events as ev
from sessions.content import Image, Text
from tests.builders import Desk, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    return desk


def test_a_delivery_is_shown_at_the_seat_that_has_the_session(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    sent = desk.send("s1", session).only(ev.MessageSent)
    delivered = desk.delivered(sent.message, session).only(ev.MessageDelivered)
    assert fields_of(delivered, "message", "session", "seat", "attempts") == (sent.message, session, "s1", 1)


def test_a_failure_comes_with_the_channels_reason(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    sent = desk.send("s1", session).only(ev.MessageSent)
    failed = desk.failed(sent.message, session, code="45015").only(ev.MessageFailed)
    assert fields_of(failed, "message", "seat", "code", "uncertain") == (sent.message, "s1", "45015", False)


def test_a_report_that_comes_after_the_session_is_kept_all_the_same(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wrap_up("s1", session)
    assert fields_of(desk.delivered(f"{session}.2", session).only(ev.MessageDelivered), "session", "seat") == (
        session,
        None,
    )
    assert desk.failed(f"{session}.2", session).kinds == ["message_failed"]
    assert desk.media_stored(f"{session}.1", session).kinds == ["media_stored"]


def test_a_report_on_a_notice_outside_any_session_belongs_to_none(desk: Desk) -> None:
    notice = desk.write("ann", "x" * 601).only(ev.NoticeSent)
    assert fields_of(desk.delivered(notice.message).only(ev.MessageDelivered), "session", "seat") == (None, None)
    assert fields_of(desk.failed(notice.message).only(ev.MessageFailed), "session", "seat") == (None, None)


def test_a_picture_can_be_shown_once_it_is_stored(desk: Desk) -> None:
    session = desk.write("ann", Image(source="media-1")).only(ev.SessionOpened).session
    stored = desk.media_stored(f"{session}.1", session).only(ev.MediaStored)
    assert fields_of(stored, "message", "media", "mime", "size_bytes", "seat") == (
        f"{session}.1",
        "aa.jpg",
        "image/jpeg",
        2048,
        "s1",
    )


def test_of_a_picture_that_is_too_large_seat_and_customer_are_told(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    received = desk.write("ann", Image(source="media-1")).only(ev.MessageReceived)
    happened = desk.media_rejected(received.message, session, "ann", "image_too_large")
    assert happened.kinds == ["media_rejected", "notice_sent"]
    rejected, notice = happened.only(ev.MediaRejected), happened.only(ev.NoticeSent)
    assert fields_of(rejected, "message", "code", "seat") == (received.message, "image_too_large", "s1")
    assert fields_of(notice, "customer", "kind", "session", "seat") == ("bank:ann", "image_too_large", session, "s1")
    assert isinstance(notice.content, Text)
    assert "2 MB" in notice.content.text
    assert desk.session(session).turn == "seat", "a notice ends no turn"


def test_where_the_customer_can_do_nothing_about_it_they_are_not_told(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    assert desk.media_rejected(f"{session}.1", session, "ann", "media_expired").kinds == ["media_rejected"]


def test_messages_after_a_notice_have_ids_of_their_own(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    notice = desk.media_rejected(f"{session}.1", session, "ann").only(ev.NoticeSent)
    received = desk.write("ann").only(ev.MessageReceived)
    assert (notice.message, received.message) == (f"{session}.2", f"{session}.3")
