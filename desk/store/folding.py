"""From the ledger's events to the archive's rows.

Pure: the rows that a batch touches and the events in, the same rows changed and new ones out. Events come
once each and in order, which the archivist sees to, so counting is plain counting. Nothing is judged here:
an event that the archive has no row for, as when it began after the ledger did, leaves its mark in
`archived_event` alone.
"""

from collections.abc import Container, Iterable, Sequence
from typing import assert_never

import msgspec
from msgspec import Struct

from desk.store.customer_folding import customer_of, fold_customer
from desk.store.models import (
    ArchivedCustomer,
    ArchivedEvent,
    ArchivedMessage,
    ArchivedSegment,
    ArchivedSession,
    Delivery,
    Direction,
    ReplyUse,
    TagCount,
    UnmatchedPhrase,
)
from desk.store.plain_phrases import plain_phrase
from desk.store.session_progress import progress
from sessions import events as ev
from sessions.content import Content, Image, Text, Video, Voice, kind_of
from sessions.ids import Seq

Entry = tuple[Seq, ev.Event]
SegmentKey = tuple[str, int]
PhraseKey = tuple[str, str]
UseKey = tuple[str, str]
EVERYBODY = ""
"""Whose use of a reply is the sum of all."""


class Rows(Struct):
    """The rows that a batch of events touches, by key."""

    sessions: dict[str, ArchivedSession] = {}
    segments: dict[SegmentKey, ArchivedSegment] = {}
    messages: dict[str, ArchivedMessage] = {}
    phrases: dict[PhraseKey, UnmatchedPhrase] = {}
    uses: dict[UseKey, ReplyUse] = {}
    customers: dict[str, ArchivedCustomer] = {}
    tags: dict[str, TagCount] = {}


class RepeatedError(Exception):
    """Something begins a second time: the ledger was replaced by one that counts from the start again."""

    code = "ledger_repeats"


class Touched(Struct):
    """Keys of rows that events may change; those that they make are among them."""

    sessions: set[str] = set()
    segments_of: set[str] = set()
    messages: set[str] = set()
    phrases: set[str] = set()
    uses: set[UseKey] = set()
    customers: set[str] = set()
    tags: set[str] = set()
    """Those that are given; the ones that are taken away stand in the customers' rows."""


def touched_by(batch: Iterable[Entry]) -> Touched:
    """What must be known before the batch can be folded."""
    touched = Touched()
    for _, event in batch:
        if customer := customer_of(event):
            touched.customers.add(customer)
        match event:
            case ev.CustomerDescribed(tags=tags):
                touched.tags.update(tags or ())
            case ev.CustomerRemembered():
                pass
            case ev.MessageDelivered() | ev.MessageFailed() | ev.MediaStored() | ev.MediaRejected():
                touched.messages.add(event.message)
            case ev.MessageRecalled():
                touched.messages.add(event.message)
                touched.sessions.add(event.session)
            case ev.SegmentEnded():
                touched.segments_of.add(event.session)
            case ev.PhraseUnmatched():
                touched.sessions.add(event.session)
                touched.phrases.add(plain_phrase(event.phrase))
            case ev.MessageSent():
                touched.sessions.add(event.session)
                touched.uses.update(_uses(event))
            case _:
                if session := getattr(event, "session", None):
                    touched.sessions.add(session)
    return touched


def archive_event(seq: Seq, event: ev.Event) -> ArchivedEvent:
    """The event as it is kept, word for word."""
    return ArchivedEvent(
        seq=seq,
        at=event.at,
        type=ev.type_of(event),
        session=getattr(event, "session", None),
        customer=getattr(event, "customer", None),
        seat=getattr(event, "seat", None),
        body=ev.encode(event).decode(),
    )


def fold_batch(rows: Rows, batch: Sequence[Entry]) -> Rows:
    """`rows` after the batch: changed in place, joined by new ones."""
    for seq, event in batch:
        _fold(rows, seq, event)
    return rows


def _fold(rows: Rows, seq: Seq, event: ev.Event) -> None:
    match event:
        case ev.MessageReceived() | ev.MessageRefused() | ev.MessageSent() | ev.NoticeSent():
            _say(rows, seq, event)
            if isinstance(event, ev.MessageSent):
                _count_uses(rows, event)
        case ev.MessageDelivered() | ev.MessageFailed() | ev.MediaStored() | ev.MediaRejected():
            if message := rows.messages.get(event.message):
                _learn(message, event)
        case ev.MessageRecalled():
            if message := rows.messages.get(event.message):
                _take_back(message, rows.sessions.get(event.session), waits_again=event.turn_began)
        case ev.NoteAdded():
            _note(rows, seq, event)
        case ev.SessionOpened():
            _open(rows, event)
        case ev.SessionAccepted():
            _begin_segment(rows, event)
        case ev.SegmentEnded():
            if segment := rows.segments.get((event.session, event.segment)):
                _end_segment(segment, event)
        case ev.PhraseUnmatched():
            _count_phrase(rows, event)
            if session := rows.sessions.get(event.session or ""):
                progress(session, event)
        case (
            ev.FlowAnswered()
            | ev.LeaveMessageBegun()
            | ev.CallbackScheduled()
            | ev.SessionQueued()
            | ev.SessionOffered()
            | ev.CustomerReminded()
            | ev.SessionParked()
            | ev.SessionWoken()
            | ev.SessionMoved()
            | ev.PromiseMade()
            | ev.PromiseKept()
            | ev.PromiseBroken()
            | ev.SessionHungUp()
            | ev.SessionResumed()
            | ev.SessionClosed()
            | ev.SatisfactionAsked()
            | ev.SatisfactionRated()
        ):
            if session := rows.sessions.get(event.session or ""):
                progress(session, event)
        case ev.CustomerEventRecorded() | ev.CustomerDescribed() | ev.CustomerRemembered():
            fold_customer(rows.customers, rows.tags, event)
        case (
            ev.SiteConfigured()
            | ev.HubBeat()
            | ev.HubLost()
            | ev.CustomerMarked()
            | ev.CustomersInherited()
            | ev.IntentNoted()
            | ev.CallbackCancelled()
            | ev.RecallAsked()
            | ev.QueueWidened()
            | ev.WaitEstimated()
            | ev.TurnSet()
            | ev.PromiseWarned()
            | ev.ConsultBegun()
            | ev.ConsultSaid()
            | ev.ConsultEnded()
            | ev.OfferRejected()
            | ev.OfferTimedOut()
            | ev.OfferRescinded()
            | ev.SlotReleased()
            | ev.SeatSignedIn()
            | ev.SeatSignedOut()
            | ev.PresenceChanged()
            | ev.SeatConnected()
            | ev.SeatDisconnected()
            | ev.CommandAnswered()
            | ev.SeatMentioned()
        ):
            pass  # read from `archived_event` by whoever wants them
        case _:
            assert_never(event)


def _check_new(key: object, known: Container[object]) -> None:
    if key in known:
        raise RepeatedError(
            f"{key} is archived already and begins again: was Redis emptied, or is the database another's?"
        )


# Sessions.


def _open(rows: Rows, event: ev.SessionOpened) -> None:
    _check_new(event.session, rows.sessions)
    rows.sessions[event.session] = ArchivedSession(
        id=event.session,
        customer=event.customer,
        account=event.account,
        skill_group=event.group,
        case_id=event.case,
        origin=event.origin,
        previous=event.previous,
        opened_at=event.at,
    )


# Words without an answer.


def _count_phrase(rows: Rows, event: ev.PhraseUnmatched) -> None:
    phrase = plain_phrase(event.phrase)
    if not phrase:
        return
    key = (event.account, phrase)
    row = rows.phrases.setdefault(
        key, UnmatchedPhrase(account=key[0], phrase=phrase, first_at=event.at, last_at=event.at)
    )
    row.count += 1
    row.last_at = event.at


# Canned replies.


def _uses(event: ev.MessageSent) -> list[UseKey]:
    return [(user, reply) for reply in event.canned for user in (event.user, EVERYBODY)]


def _count_uses(rows: Rows, event: ev.MessageSent) -> None:
    for user, reply in _uses(event):
        row = rows.uses.setdefault((user, reply), ReplyUse(username=user, reply=reply, last_at=event.at))
        row.count += 1
        row.last_at = event.at


# Segments.


def _begin_segment(rows: Rows, event: ev.SessionAccepted) -> None:
    _check_new((event.session, event.segment), rows.segments)
    rows.segments[event.session, event.segment] = ArchivedSegment(
        session=event.session,
        n=event.segment,
        seat=event.seat,
        username=event.user,
        skill_group=event.group,
        waited_ms=event.waited_ms,
        started_at=event.at,
    )
    if session := rows.sessions.get(event.session):
        session.state = "active"
        session.seat = event.seat
        session.username = event.user
        session.segments = event.segment
        session.accepted_at = session.accepted_at or event.at


def _end_segment(segment: ArchivedSegment, event: ev.SegmentEnded) -> None:
    segment.ended_at = event.at
    segment.end_reason = event.reason
    segment.to_group = event.to_group
    segment.to_seat = event.to_seat
    segment.note = event.note


# Messages.


def _say(rows: Rows, seq: Seq, event: ev.MessageReceived | ev.MessageRefused | ev.MessageSent | ev.NoticeSent) -> None:
    direction: Direction
    delivery: Delivery = "sending"
    username, sent_at, occasion, failure = None, event.at, "", ""
    match event:
        case ev.MessageReceived():
            direction, delivery, sent_at = "customer", "received", event.sent_at
        case ev.MessageRefused():
            direction, delivery, sent_at, failure = "customer", "refused", event.sent_at, event.code
        case ev.MessageSent():
            direction, username = "seat", event.user
        case ev.NoticeSent():
            direction, occasion = "notice", event.kind
        case _:
            assert_never(event)
    _check_new(event.message, rows.messages)
    rows.messages[event.message] = ArchivedMessage(
        id=event.message,
        seq=seq,
        session=event.session,
        customer=event.customer,
        direction=direction,
        seat=event.seat,
        username=username,
        kind=kind_of(event.content),
        occasion=occasion,
        content=_encode(event.content),
        at=event.at,
        sent_at=sent_at,
        delivery=delivery,
        failure=failure,
    )
    if event.session and (session := rows.sessions.get(event.session)):
        _count(session, direction, event.at)


def _note(rows: Rows, seq: Seq, event: ev.NoteAdded) -> None:
    # A note has no number of its own: it goes nowhere that would answer for it.
    session = rows.sessions.get(event.session)
    key = f"{event.session}.note-{seq}"
    rows.messages[key] = ArchivedMessage(
        id=key,
        seq=seq,
        session=event.session,
        customer=session.customer if session else "",
        direction="note",
        seat=event.seat,
        username=event.user,
        kind="text",
        content=_encode(Text(text=event.text)),
        at=event.at,
        sent_at=event.at,
        delivery="received",
    )
    if session:
        _count(session, "note", event.at)


def _count(session: ArchivedSession, direction: Direction, at: int) -> None:
    match direction:
        case "customer":
            session.customer_messages += 1
        case "seat":
            session.seat_messages += 1
            session.first_reply_at = session.first_reply_at or at
        case "notice":
            session.notices += 1
        case "note":
            session.notes += 1
        case _:
            assert_never(direction)


def _learn(
    message: ArchivedMessage, event: ev.MessageDelivered | ev.MessageFailed | ev.MediaStored | ev.MediaRejected
) -> None:
    match event:
        case ev.MessageDelivered():
            message.delivery, message.attempts = "delivered", event.attempts
            message.failure, message.failure_detail, message.uncertain = "", "", False
        case ev.MessageFailed():
            message.delivery, message.attempts = "failed", event.attempts
            message.failure, message.failure_detail = event.code, event.detail
            message.uncertain = event.uncertain
        case ev.MediaStored():
            message.content = _with_media(message.content, event)
        case ev.MediaRejected():
            message.failure = event.code
        case _:
            assert_never(event)


def _take_back(message: ArchivedMessage, session: ArchivedSession | None, *, waits_again: bool) -> None:
    """It was no reply after all; where other words came since, the first reply is left where it was, a little early."""
    message.delivery = "recalled"
    if session is not None:
        session.seat_messages -= 1
        if waits_again and session.first_reply_at == message.at:
            session.first_reply_at = None


def _with_media(content: str, event: ev.MediaStored) -> str:
    before = _decode(content)
    match before:
        case Voice():
            duration_ms = event.duration_ms or before.duration_ms
            return _encode(msgspec.structs.replace(before, media=event.media, mime=event.mime, duration_ms=duration_ms))
        case Image() | Video():
            return _encode(msgspec.structs.replace(before, media=event.media, mime=event.mime))
        case _:
            return content


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Content] = msgspec.json.Decoder(Content)


def _encode(content: Content) -> str:
    return _encoder.encode(content).decode()


def _decode(content: str) -> Content:
    return _decoder.decode(content)
