"""Pieces of the desk page, made for an event and swapped into every page that has a place for them.

One rule keeps them sound: **a piece shows how things are now, not what changed**, so it may come twice, late or
after a fetched page, and is right each time. Where it belongs, it says itself:

* `id`: takes the place of the element with this id. Where there is none, `data-into` names the container it joins
  (in the order of `data-key`, where it has one); without that, or without the container, it is dropped.
* `data-seat`: whose desk it is for. On any other desk, the element of that id goes: a session that has left a seat
  leaves its list by the same piece that puts it into another's, and an empty seat takes it from everybody.
* `data-fetch`: the piece itself is at this address. Events that a whole group sees carry no words of a customer:
  their rows and cards are fetched by the one seat that may.
* `data-mode`: an element of the same mode stays, with what somebody is writing in it.

The hub calls `render` once for an event and language, after the event was applied to floor and transcripts.
"""

from collections.abc import Iterable
from datetime import timedelta, timezone
from functools import cache
from typing import Any, TypeAlias, cast
from zoneinfo import ZoneInfo

from markupsafe import escape

from desk.i18n import Language, gettext_noop
from desk.lines import shown
from desk.panes import group_name, group_view, place, ring, row, waiter
from desk.templating import Templates
from desk.transcripts import Line, Transcripts
from sessions import events as ev
from sessions.content import Text
from sessions.floor import Floor, Session
from sessions.ids import GroupId, MessageId, SeatId, SessionId

DISPOSITIONS = (
    gettext_noop("业务咨询"),
    gettext_noop("账单与还款"),
    gettext_noop("分期办理"),
    gettext_noop("额度调整"),
    gettext_noop("挂失与安全"),
    gettext_noop("投诉建议"),
    gettext_noop("无效会话"),
    gettext_noop("其他"),
)
"""What a session was about: the demo bank's list. Kept as its Chinese words, which a later list will know."""


_MessageEvent: TypeAlias = (
    ev.MessageReceived
    | ev.MessageSent
    | ev.NoticeSent
    | ev.MessageRefused
    | ev.MessageDelivered
    | ev.MessageFailed
    | ev.MediaStored
    | ev.MediaRejected
)
_GroupEvent: TypeAlias = ev.SessionQueued | ev.SessionOffered | ev.SessionAccepted | ev.SessionClosed


def render(event: ev.Event, floor: Floor, transcripts: Transcripts, lang: Language) -> str:
    """The pieces that this event changes, as HTML; empty where it changes none."""
    return Fragments(templates_of(floor.site.rules.utc_offset_min), floor, transcripts, lang).of(event)


@cache
def templates_of(utc_offset_min: int) -> Templates:
    """Templates on the site's own clock."""
    return Templates(cast(ZoneInfo, timezone(timedelta(minutes=utc_offset_min))))


class Fragments:
    """The pieces of one moment in one language."""

    def __init__(self, templates: Templates, floor: Floor, transcripts: Transcripts, lang: Language) -> None:
        self._templates = templates
        self._floor = floor
        self._transcripts = transcripts
        self._lang = lang

    def of(self, event: ev.Event) -> str:
        """What the event changes."""
        return "".join(self._of(event))

    def for_seat(self, session_id: SessionId, seat: SeatId) -> str:
        """What this seat may read of a session, whole; where it has nothing to do with it, that it goes."""
        session = self._floor.sessions.get(session_id)
        ringing = session is not None and session.offer is not None and session.offer.seat == seat
        pieces = self._ring(session_id) if ringing else _nowhere("li", f"ring-{session_id}")
        if session is not None and session.seat == seat:
            return pieces + self._row(session_id) + self._head(session_id) + self._foot(session_id)
        return pieces + _nowhere("li", f"row-{session_id}") + _nowhere("header", f"head-{session_id}")

    def seat(self, seat: SeatId | None) -> str:
        """Presence, load and room of a seat."""
        return self._presence(seat) + self._load(seat)

    def line(self, line: Line | None, *, new: bool) -> str:
        """A line of the chat. Only a new one joins the chat; an amended one takes its own place, or none."""
        told = shown(line, self._floor.site, self._lang) if line else None
        if told is None:
            return ""
        day = self._render("_day.html", line=told) if new and told.by != "system" else ""
        return day + self._render("_line.html", line=told, new=new)

    def _of(self, event: ev.Event) -> Iterable[str]:
        match event:
            case (
                ev.MessageReceived()
                | ev.MessageSent()
                | ev.NoticeSent()
                | ev.MessageRefused()
                | ev.MessageDelivered()
                | ev.MessageFailed()
                | ev.MediaStored()
                | ev.MediaRejected()
            ):
                yield from self._of_message(event)
            case ev.NoteAdded(session=session) | ev.CustomerEventRecorded(session=session) if session:
                yield self._happened(session, event)
            case ev.SessionQueued() | ev.SessionOffered() | ev.SessionAccepted() | ev.SessionClosed():
                yield from self._of_session_before_the_group(event)
            case (
                ev.OfferRejected(session=session, seat=seat)
                | ev.OfferTimedOut(session=session, seat=seat)
                | ev.OfferRescinded(session=session, seat=seat)
                | ev.SegmentEnded(session=session, seat=seat)
                | ev.SessionHungUp(session=session, seat=seat)
                | ev.SlotReleased(session=session, seat=seat)
                | ev.SessionResumed(session=session, seat=seat)
            ):
                yield self._happened(session, event) + self._row(session) + self._ring(session)
                yield self._head(session) + self._foot(session) + self._load(seat)
            case ev.SeatSignedIn(seat=seat) | ev.SeatSignedOut(seat=seat) | ev.PresenceChanged(seat=seat):
                yield self.seat(seat)
            case _:
                return

    def _of_message(self, event: _MessageEvent) -> Iterable[str]:
        line = self._transcripts.line(MessageId(event.message))
        match event:
            case ev.MessageReceived(session=session) | ev.MessageSent(session=session):
                yield self.line(line, new=True) + self._row(session) + self._ring(session) + self._head(session)
            case ev.NoticeSent() | ev.MessageRefused():
                yield self.line(line, new=True)
            case ev.MessageDelivered() | ev.MessageFailed() | ev.MediaStored() | ev.MediaRejected():
                yield self.line(line, new=False)

    def _of_session_before_the_group(self, event: _GroupEvent) -> Iterable[str]:
        session = event.session
        yield self._waiting(session) + self._group(event.group) + self._happened(session, event)
        match event:
            case ev.SessionQueued(from_seat=seat) | ev.SessionClosed(seat=seat):
                yield self._gone(session) + self._load(seat)
            case ev.SessionOffered(seat=seat):
                yield self._row_elsewhere(session) + self._ring_elsewhere(session)
                yield self._head(session) + self._load(seat)
            case ev.SessionAccepted(seat=seat, from_seat=source):
                yield self._row_elsewhere(session) + self._ring_elsewhere(session)
                yield self._head(session) + self._foot(session) + self._load(seat) + self._load(source)

    # Pieces of a session. Each looks at the floor, where the session may be elsewhere by now, or gone.

    def _row(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return _nowhere("li", f"row-{session_id}")
        return self._render("_row.html", row=row(self._floor, session, self._lang))

    def _row_elsewhere(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return _nowhere("li", f"row-{session_id}")
        return _fetched("li", f"row-{session_id}", session.seat, session_id)

    def _ring(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.offer is None:
            return _nowhere("li", f"ring-{session_id}")
        return self._render("_ring.html", ring=ring(self._floor, session, session.offer, self._lang))

    def _ring_elsewhere(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.offer is None:
            return _nowhere("li", f"ring-{session_id}")
        return _fetched("li", f"ring-{session_id}", session.offer.seat, session_id)

    def _head(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return _nowhere("header", f"head-{session_id}")
        return self._render("_head.html", **head_context(self._floor, session, self._lang))

    def _foot(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return ""
        return self._render("_foot.html", session=session, dispositions=DISPOSITIONS)

    def _gone(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is not None and (session.seat or session.offer):
            return ""  # it has found a seat since; that event's pieces say which
        return "".join(_nowhere(tag, f"{what}-{session_id}") for tag, what in _SESSION_PIECES)

    def _waiting(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.state != "queued":
            return _nowhere("li", f"waiting-{session_id}")
        return self._render("_waiting.html", waiter=waiter(self._floor, session, self._lang))

    def _happened(self, session: SessionId, event: ev.Event) -> str:
        lines = reversed(self._transcripts.lines(session))
        return self.line(next((line for line in lines if _tells(line, event)), None), new=True)

    # Pieces of seats and groups.

    def _group(self, group: GroupId) -> str:
        return self._render("_group.html", group=group_view(self._floor, group, self._lang))

    def _presence(self, seat_id: SeatId | None) -> str:
        seat = self._floor.seats.get(seat_id) if seat_id else None
        return self._render("_presence.html", place=place(self._floor, seat, self._lang)) if seat else ""

    def _load(self, seat_id: SeatId | None) -> str:
        seat = self._floor.seats.get(seat_id) if seat_id else None
        return self._render("_load.html", place=place(self._floor, seat, self._lang)) if seat else ""

    def _render(self, name: str, **context: Any) -> str:
        return self._templates.render(f"desk/{name}", self._lang, now=self._floor.at, **context)


_SESSION_PIECES = (("li", "row"), ("li", "ring"), ("header", "head"))


def head_context(floor: Floor, session: Session, lang: Language) -> dict[str, Any]:
    """The head of an open chat: whose move it is, since when, and what can be done."""
    assert session.seat is not None, f"{session.id} is at no seat"
    return {
        "session": session,
        "row": row(floor, session, lang),
        "group_name": group_name(floor.site, session.group, lang),
        "offer": session.offer,
    }


def _tells(line: Line, event: ev.Event) -> bool:
    if isinstance(event, ev.NoteAdded):
        return line.by == "note" and line.at == event.at and line.content == Text(text=event.text)
    return line.event == event


def _nowhere(tag: str, name: str) -> str:
    return f'<{tag} id="{escape(name)}" data-seat=""></{tag}>'


def _fetched(tag: str, name: str, seat: SeatId, session: SessionId) -> str:
    address = f"/desk/sessions/{session}/pieces"
    return f'<{tag} id="{escape(name)}" data-seat="{escape(seat)}" data-fetch="{escape(address)}"></{tag}>'
