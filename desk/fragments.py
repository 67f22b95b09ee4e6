"""What each event changes on the desk page: the pieces to be swapped into every page that has a place for them.

The hub calls `render` once for an event and language, after the event was applied to floor and transcripts.
"""

from collections.abc import Iterable
from typing import TypeAlias

from desk.i18n import Language
from desk.pieces import Pieces
from desk.talks import Talks
from desk.templating import Templates
from desk.transcripts import Transcripts
from sessions import events as ev
from sessions.content import Followed, Unfollowed
from sessions.floor import Floor
from sessions.ids import GroupId, MessageId, SessionId

_MessageEvent: TypeAlias = (
    ev.MessageReceived
    | ev.MessageSent
    | ev.NoticeSent
    | ev.MessageRefused
    | ev.MessageDelivered
    | ev.MessageFailed
    | ev.RecallAsked
    | ev.MessageRecalled
    | ev.MediaStored
    | ev.MediaRejected
)
_GroupEvent: TypeAlias = ev.SessionQueued | ev.SessionOffered | ev.SessionAccepted | ev.SessionClosed
_LineEvent: TypeAlias = ev.QueueWidened | ev.LeaveMessageBegun | ev.CallbackScheduled
_KeptEvent: TypeAlias = (
    ev.TurnSet
    | ev.CustomerReminded
    | ev.SessionParked
    | ev.SessionWoken
    | ev.SessionMoved
    | ev.PromiseMade
    | ev.PromiseWarned
    | ev.PromiseKept
    | ev.PromiseBroken
)
_ConsultEvent: TypeAlias = ev.ConsultBegun | ev.ConsultSaid | ev.ConsultEnded


class Fragments:
    """The pieces of one web process, on the clock of its pages."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def render(self, event: ev.Event, floor: Floor, transcripts: Transcripts, lang: Language) -> str:
        """The pieces that this event changes, as HTML; empty where it changes none."""
        pieces = Pieces(self._templates, floor, transcripts, lang)
        return "".join(_Changes(pieces, transcripts).of(event))

    def render_talks(
        self, floor: Floor, talks: Talks, group: GroupId, changed: Iterable[SessionId], lang: Language
    ) -> str:
        """The pieces that show a group's talks with self-service: their number, and these rows."""
        return Pieces(self._templates, floor, Transcripts(), lang).talks(talks, group, changed)


class _Changes:
    """Which pieces an event changes; a piece looks at the floor itself, where things may be elsewhere by now."""

    def __init__(self, show: Pieces, transcripts: Transcripts) -> None:
        self._show = show
        self._transcripts = transcripts

    def of(self, event: ev.Event) -> Iterable[str]:
        """The pieces, in the order in which they are to be placed."""
        match event:
            case (
                ev.MessageReceived()
                | ev.MessageSent()
                | ev.NoticeSent()
                | ev.MessageRefused()
                | ev.MessageDelivered()
                | ev.MessageFailed()
                | ev.RecallAsked()
                | ev.MessageRecalled()
                | ev.MediaStored()
                | ev.MediaRejected()
            ):
                yield from self._of_message(event)
            case ev.NoteAdded(session=session):
                yield self._show.happened(session, event) + self._show.about(session, event)
            case ev.FlowAnswered(session=session) | ev.SatisfactionRated(session=session) if session:
                yield self._show.happened(session, event)
            case ev.SeatMentioned():
                yield self._show.mention(event)
            case ev.CustomerEventRecorded(session=session) if session:
                yield self._show.happened(session, event) + self._show.head(session)
                if isinstance(event.event, Followed | Unfollowed):
                    yield self._show.follow(session, event.at, follows=isinstance(event.event, Followed))
            case ev.CustomerDescribed(session=session) | ev.CustomerRemembered(session=session) if session:
                yield self._of_customer(session)
                if isinstance(event, ev.CustomerRemembered) and event.told and event.told.since:
                    yield self._show.follow(session, event.told.since, follows=event.told.follows)
            case ev.CustomerMarked(session=session) if session:
                yield self._show.happened(session, event) + self._show.row(session) + self._show.marks(session)
            case ev.QueueWidened() | ev.LeaveMessageBegun() | ev.CallbackScheduled():
                yield from self._of_line(event)
            case (
                ev.TurnSet()
                | ev.CustomerReminded()
                | ev.SessionParked()
                | ev.SessionWoken()
                | ev.SessionMoved()
                | ev.PromiseMade()
                | ev.PromiseWarned()
                | ev.PromiseKept()
                | ev.PromiseBroken()
            ):
                yield from self._of_kept_session(event)
            case ev.ConsultBegun() | ev.ConsultSaid() | ev.ConsultEnded():
                yield from self._of_side_thread(event)
            case ev.SessionQueued() | ev.SessionOffered() | ev.SessionAccepted() | ev.SessionClosed():
                yield from self._of_session_before_the_group(event)
            case ev.OfferTimedOut(session=session) | ev.OfferRescinded(session=session):
                yield self._show.happened(session, event) + self._show.row(session) + self._show.ring(session)
                yield self._show.ring_over(event)
                yield self._show.head(session) + self._show.foot(session) + self._show.load(event.seat)
            case (
                ev.OfferRejected(session=session, seat=seat)
                | ev.SegmentEnded(session=session, seat=seat)
                | ev.SessionHungUp(session=session, seat=seat)
                | ev.SlotReleased(session=session, seat=seat)
                | ev.SessionResumed(session=session, seat=seat)
            ):
                yield self._show.happened(session, event) + self._show.row(session) + self._show.ring(session)
                yield self._show.head(session) + self._show.foot(session) + self._show.load(seat)
            case ev.SeatSignedIn(seat=seat) | ev.SeatSignedOut(seat=seat) | ev.PresenceChanged(seat=seat):
                yield self._show.seat(seat)
            case _:
                return

    def _of_customer(self, session: SessionId) -> str:
        """Wherever they are called by their name, and their tags."""
        return (
            self._show.row(session)
            + self._show.ring(session)
            + self._show.head(session)
            + self._show.who(session)
            + self._show.tags(session)
        )

    def _of_message(self, event: _MessageEvent) -> Iterable[str]:
        line = self._transcripts.line(MessageId(event.message))
        match event:
            case ev.MessageReceived(session=session) | ev.MessageSent(session=session):
                if isinstance(event, ev.MessageSent) and event.resends:
                    yield self._show.line(self._transcripts.line(event.resends), new=False)
                yield (
                    self._show.line(line, new=True)
                    + self._show.row(session)
                    + self._show.ring(session)
                    + self._show.head(session)
                )
                if event.turn_began if isinstance(event, ev.MessageReceived) else event.turn_ended:
                    yield self._show.load(event.seat)
            case ev.NoticeSent(session=session) | ev.MessageRefused(session=session):
                yield self._show.line(line, new=True) + (self._show.head(session) if session else "")
            case ev.MessageRecalled(session=session):
                yield self._show.line(line, new=False) + self._show.row(session) + self._show.head(session)
            case ev.MessageFailed(session=session) if session:
                yield self._show.line(line, new=False) + self._show.row(session)
            case ev.MediaStored(session=session):
                yield self._show.line(line, new=False) + self._show.row(session)
            case ev.MessageDelivered() | ev.MessageFailed() | ev.RecallAsked() | ev.MediaRejected():
                yield self._show.line(line, new=False)

    def _of_session_before_the_group(self, event: _GroupEvent) -> Iterable[str]:
        session = event.session
        yield self._show.waiting(session) + self._show.group(event.group) + self._show.happened(session, event)
        match event:
            case ev.SessionQueued(from_seat=seat):
                yield self._show.gone(session) + self._show.load(seat)
            case ev.SessionClosed(seat=seat):
                yield self._show.gone(session) + self._show.load(seat) + self._show.closed(event)
            case ev.SessionOffered(seat=seat):
                yield self._show.row_elsewhere(session) + self._show.ring_elsewhere(session)
                yield self._show.head(session) + self._show.load(seat)
            case ev.SessionAccepted(seat=seat, from_seat=source):
                yield self._show.row_elsewhere(session) + self._show.ring_elsewhere(session)
                yield (
                    self._show.head(session)
                    + self._show.foot(session)
                    + self._show.load(seat)
                    + self._show.load(source)
                )

    def _of_line(self, event: _LineEvent) -> Iterable[str]:
        """What a line's whole group sees: that somebody waits, no longer, or for more seats."""
        yield (
            self._show.waiting(event.session)
            + self._show.group(event.group)
            + self._show.happened(event.session, event)
        )

    def _of_kept_session(self, event: _KeptEvent) -> Iterable[str]:
        session = event.session
        yield self._show.happened(session, event) + self._show.row(session) + self._show.head(session)
        match event:
            case ev.SessionParked(seat=seat) | ev.SessionWoken(seat=seat):
                yield self._show.foot(session) + self._show.load(seat)
            case ev.TurnSet(seat=seat):
                yield self._show.load(seat)
            case _:
                return

    def _of_side_thread(self, event: _ConsultEvent) -> Iterable[str]:
        session = event.session
        yield self._show.happened(session, event) + self._show.row(session) + self._show.head(session)
        yield self._show.consulted(session) + self._show.consult(session) + self._show.thread_end(session)
