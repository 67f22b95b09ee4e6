"""What was said in the live sessions, line by line, as a fold of the ledger.

Every web process keeps the lines of the sessions that live while it runs; older ones are in the archive, which
never lags behind the snapshot that the process began from. A closed session's lines stay a while for those who
still look at them; so do the lines of what comes after its end, a farewell or stars, however late.
"""

from collections import deque
from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sessions import events as ev
from sessions.content import Content, Image, Text, Video, Voice
from sessions.ids import AccountId, MediaKey, MessageId, Millis, SeatId, Seq, SessionId, UserId, account_of

CLOSED_KEPT = 500
LINES_KEPT = 2_000
"""Lines kept of one session; the archive has the rest."""

Delivery = Literal["", "sending", "delivered", "failed", "refused", "recalled"]
Fate: TypeAlias = (
    ev.MessageDelivered | ev.MessageFailed | ev.RecallAsked | ev.MessageRecalled | ev.MediaStored | ev.MediaRejected
)
"""What may become of a message after it was said."""
Speaker = Literal["customer", "seat", "notice", "note", "consult", "system"]
"""Who speaks; notes and the side thread are among colleagues, the system only tells."""


class Line(Struct, kw_only=True):
    """One line of a transcript: something said, or something that happened (`event`).

    `to_seat` is the colleague that a line of a side thread is said to; `closing` marks polite words that ask nothing.
    Words that failed may be `resent`; what is sent may be wanted back (`recall_asked`), and is with us until
    `held_until`. `seen`: the customer had them before they were taken back.
    """

    id: str
    seq: Seq
    session: SessionId
    at: Millis
    by: Speaker
    seat: SeatId | None = None
    to_seat: SeatId | None = None
    user: UserId | None = None
    account: AccountId = AccountId("")
    """Of the customer who said it, or to whom it was said."""
    content: Content | None = None
    event: ev.Event | None = None
    delivery: Delivery = ""
    failure_code: str = ""
    failure_detail: str = ""
    uncertain: bool = False
    closing: bool = False
    resent: bool = False
    recall_asked: bool = False
    held_until: Millis = Millis(0)
    seen: bool = False


class Transcripts:
    """The lines of live and lately closed sessions.

    `live` are those that will be live when the part of the ledger that lies already there is folded: the opening of
    some may lie before it.
    """

    def __init__(self, live: Iterable[SessionId] = ()) -> None:
        self._live = set(live)
        self._lines: dict[SessionId, deque[Line]] = {}
        self._by_message: dict[MessageId, Line] = {}
        self._closed: deque[SessionId] = deque()

    def lines(self, session: SessionId) -> list[Line]:
        """What is known here of this session, oldest first."""
        return list(self._lines.get(session, ()))

    def line(self, message: MessageId) -> Line | None:
        """The line of one message, if it is kept here."""
        return self._by_message.get(message)

    def fold(self, seq: Seq, event: ev.Event) -> None:
        """Take in the next event of the ledger."""
        match event:
            case (
                ev.MessageDelivered()
                | ev.MessageFailed()
                | ev.RecallAsked()
                | ev.MessageRecalled()
                | ev.MediaStored()
                | ev.MediaRejected()
            ):
                if line := self._by_message.get(event.message):
                    amend(line, event)
            case _:
                if isinstance(event, ev.SessionOpened):
                    self._live.add(event.session)
                if line := line_of(seq, event):
                    self._add(line)
                if isinstance(event, ev.MessageSent) and event.resends and (failed := self.line(event.resends)):
                    failed.resent = True
                if isinstance(event, ev.SessionClosed):
                    self._live.discard(event.session)
                    self._forget_later(event.session)

    def _add(self, line: Line) -> None:
        lines = self._lines.setdefault(line.session, deque())
        lines.append(line)
        if line.content is not None:
            self._by_message[MessageId(line.id)] = line
        if len(lines) > LINES_KEPT:
            self._by_message.pop(MessageId(lines.popleft().id), None)
        if line.session not in self._live:
            self._forget_later(line.session)

    def _forget_later(self, session: SessionId) -> None:
        if session in self._closed:
            return
        self._closed.append(session)
        if len(self._closed) > CLOSED_KEPT:
            for line in self._lines.pop(self._closed.popleft(), ()):
                self._by_message.pop(MessageId(line.id), None)


def line_of(seq: Seq, event: ev.Event) -> Line | None:
    """The line that this event adds to its session's transcript, if it adds one."""
    match event:
        case ev.MessageReceived():
            line = _said(seq, event.session, event.message, event, "customer", event.content)
            line.closing = event.closing
            return line
        case ev.MessageRefused(session=session) if session:
            return _said(
                seq, session, event.message, event, "customer", event.content, delivery="refused", code=event.code
            )
        case ev.MessageSent():
            line = _said(seq, event.session, event.message, event, "seat", event.content, delivery="sending")
            line.user = event.user
            line.held_until = event.held_until
            return line
        case ev.NoticeSent(session=session) if session:
            return _said(seq, session, event.message, event, "notice", event.content, delivery="sending")
        case ev.NoteAdded():
            return Line(
                id=f"{event.session}.note.{seq}",
                seq=seq,
                session=event.session,
                at=event.at,
                by="note",
                seat=event.seat,
                user=event.user,
                content=Text(text=event.text),
            )
        case ev.ConsultBegun(seat=asker, to_seat=asked):
            return _in_side_thread(seq, event, asker, asked)
        case ev.ConsultSaid(by_seat=speaker):
            return _in_side_thread(seq, event, speaker, event.to_seat if speaker == event.seat else event.seat)
        case (
            ev.SessionOpened()
            | ev.SessionQueued()
            | ev.QueueWidened()
            | ev.WaitEstimated()
            | ev.LeaveMessageBegun()
            | ev.CallbackScheduled()
            | ev.SessionOffered()
            | ev.OfferRejected()
            | ev.OfferTimedOut()
            | ev.OfferRescinded()
            | ev.SessionAccepted()
            | ev.TurnSet()
            | ev.CustomerReminded()
            | ev.SessionParked()
            | ev.SessionWoken()
            | ev.SessionMoved()
            | ev.PromiseMade()
            | ev.PromiseWarned()
            | ev.PromiseKept()
            | ev.PromiseBroken()
            | ev.ConsultEnded()
            | ev.SegmentEnded()
            | ev.SessionHungUp()
            | ev.SessionResumed()
            | ev.SessionClosed()
            | ev.SatisfactionRated()
        ):
            return _happened(seq, event.session, event)
        case (
            ev.CustomerEventRecorded(session=session)
            | ev.CustomerMarked(session=session)
            | ev.CustomerDescribed(session=session)
            | ev.FlowAnswered(session=session)
        ) if session:
            return _happened(seq, session, event)
        case _:
            return None


def amend(line: Line, event: Fate) -> None:
    """What came of a message after it was said: delivered, failed, taken back, its file stored or refused."""
    match event:
        case ev.MessageDelivered():
            line.delivery = "delivered"
            line.failure_code = line.failure_detail = ""
            line.uncertain = False
        case ev.MessageFailed():
            line.delivery = "failed"
            line.failure_code, line.failure_detail = event.code, event.detail
            line.uncertain = event.uncertain
        case ev.RecallAsked():
            line.recall_asked = True
        case ev.MessageRecalled():
            line.delivery = "recalled"
            line.seen = event.seen
        case ev.MediaStored():
            line.content = with_media(line.content, event.media, event.mime, event.duration_ms)
        case ev.MediaRejected():
            line.delivery = "refused"
            line.failure_code = event.code


def with_media(content: Content | None, media: MediaKey, mime: str, duration_ms: int) -> Content | None:
    """The content with the place of its file in our store."""
    match content:
        case Image() | Video():
            return replace(content, media=media, mime=mime)
        case Voice():
            return replace(content, media=media, mime=mime, duration_ms=duration_ms or content.duration_ms)
        case _:
            return content


def _said(
    seq: Seq,
    session: SessionId,
    message: MessageId,
    event: ev.MessageReceived | ev.MessageRefused | ev.MessageSent | ev.NoticeSent,
    by: Literal["customer", "seat", "notice"],
    content: Content,
    *,
    delivery: Delivery = "",
    code: str = "",
) -> Line:
    return Line(
        id=message,
        seq=seq,
        session=session,
        at=event.at,
        by=by,
        seat=event.seat,
        account=account_of(event.customer),
        content=content,
        delivery=delivery,
        failure_code=code,
    )


def _in_side_thread(seq: Seq, event: ev.ConsultBegun | ev.ConsultSaid, by: SeatId, to: SeatId) -> Line:
    return Line(
        id=f"{event.session}.consult.{seq}",
        seq=seq,
        session=event.session,
        at=event.at,
        by="consult",
        seat=by,
        to_seat=to,
        user=event.user,
        content=Text(text=event.text),
    )


def _happened(seq: Seq, session: SessionId, event: ev.Event) -> Line:
    return Line(id=f"{session}.event.{seq}", seq=seq, session=session, at=event.at, by="system", event=event)
