"""Who may see an event.

A pure reading of the event itself, so that a browser which resumes is sent exactly what it would have been sent
live. What customers write goes to the seat that serves them and to those who oversee; a queue shows that
somebody waits, not what they said.
"""

from msgspec import Struct

from sessions import events as ev
from sessions.ids import GroupId, Role, SeatId

OVERSEERS: frozenset[Role] = frozenset({"supervisor", "admin"})
"""Roles that see every event."""


class Audience(Struct, frozen=True):
    """The seats and groups an event concerns, beside those who oversee; `everyone` for what every desk shows."""

    seats: frozenset[SeatId] = frozenset()
    groups: frozenset[GroupId] = frozenset()
    overseers: bool = True
    everyone: bool = False


NOBODY = Audience(overseers=False)
"""What processes tell each other."""
EVERYONE = Audience(everyone=True)


def audience(event: ev.Event) -> Audience:
    """Whom this event concerns."""
    match event:
        case ev.SessionOpened(group=group):
            return Audience(groups=frozenset({group}))
        case ev.SessionQueued(group=group, from_seat=seat):
            return _of(seat, groups=(group,))
        case ev.SessionOffered(seat=seat, from_seat=source) if source:
            return _of(seat, source)  # between two colleagues, with a note; nobody waited in line
        case (
            ev.SessionOffered(seat=seat, from_seat=source, group=group)
            | ev.SessionAccepted(seat=seat, from_seat=source, group=group)
        ):
            return _of(seat, source, groups=(group,))
        case ev.SessionClosed(seat=seat, group=group):
            return _of(seat, groups=(group,))
        case ev.QueueWidened(group=group) | ev.WaitEstimated(group=group):
            return _of(groups=(group,))
        case ev.LeaveMessageBegun(group=group) | ev.CallbackScheduled(group=group):
            return _of(groups=(group,))
        case ev.OfferRejected() | ev.OfferTimedOut() | ev.OfferRescinded():
            return _of(event.seat, event.from_seat)
        case ev.SegmentEnded(seat=seat, to_seat=target):
            return _of(seat, target)
        case (
            ev.SessionMoved(from_seat=source, to_seat=target) | ev.CustomersInherited(from_seat=source, to_seat=target)
        ):
            return _of(source, target)
        case ev.ConsultBegun() | ev.ConsultSaid() | ev.ConsultEnded():
            return _of(event.seat, event.to_seat)
        case (
            ev.MessageReceived()
            | ev.MessageRefused()
            | ev.CustomerEventRecorded()
            | ev.MessageSent()
            | ev.RecallAsked()
            | ev.MessageRecalled()
            | ev.NoticeSent()
            | ev.MessageDelivered()
            | ev.MessageFailed()
            | ev.MediaStored()
            | ev.MediaRejected()
            | ev.NoteAdded()
            | ev.SeatMentioned()
            | ev.SessionHungUp()
            | ev.SlotReleased()
            | ev.SessionResumed()
            | ev.CustomerMarked()
            | ev.CustomerDescribed()
            | ev.CustomerRemembered()
            | ev.TurnSet()
            | ev.CustomerReminded()
            | ev.SessionParked()
            | ev.SessionWoken()
            | ev.PromiseMade()
            | ev.PromiseWarned()
            | ev.PromiseKept()
            | ev.PromiseBroken()
            | ev.SatisfactionAsked()
            | ev.SatisfactionRated()
        ):
            return _of(event.seat)
        case ev.FlowAnswered() | ev.PhraseUnmatched() | ev.IntentNoted() | ev.CallbackCancelled():
            return _of()  # before any seat has to do with it
        case ev.SeatSignedIn() | ev.SeatSignedOut() | ev.PresenceChanged() | ev.SiteConfigured():
            return EVERYONE
        case ev.HubBeat() | ev.HubLost() | ev.SeatConnected() | ev.SeatDisconnected() | ev.CommandAnswered():
            return NOBODY


def _of(*seats: SeatId | None, groups: tuple[GroupId, ...] = ()) -> Audience:
    return Audience(frozenset(seat for seat in seats if seat), frozenset(groups))
