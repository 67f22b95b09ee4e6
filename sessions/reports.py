"""What our own processes report back: deliveries, media, settings."""

from sessions import commands as cmd
from sessions import events as ev
from sessions.floor import Floor
from sessions.handover import inherit
from sessions.ids import Millis, SeatId, SessionId
from sessions.queueing import group_now, requeue
from sessions.recalls import stays_recallable
from sessions.saying import addressee, notice, shown_at


def report_delivered(floor: Floor, command: cmd.ReportDelivered, at: Millis, cause: str) -> list[ev.Event]:
    """The channel took the message."""
    return [
        ev.MessageDelivered(
            at=at,
            cause=cause,
            message=command.message,
            session=command.session,
            seat=_seat_of(floor, command.session),
            attempts=command.attempts,
            recallable=stays_recallable(floor, command.session),
        )
    ]


def report_failed(floor: Floor, command: cmd.ReportFailed, at: Millis, cause: str) -> list[ev.Event]:
    """The channel did not take it, finally: the seat sees why."""
    return [
        ev.MessageFailed(
            at=at,
            cause=cause,
            message=command.message,
            code=command.code,
            detail=command.detail,
            session=command.session,
            seat=_seat_of(floor, command.session),
            attempts=command.attempts,
            uncertain=command.uncertain,
        )
    ]


def report_media_stored(floor: Floor, command: cmd.ReportMediaStored, at: Millis, cause: str) -> list[ev.Event]:
    """The file of a customer's message can be shown."""
    return [
        ev.MediaStored(
            at=at,
            cause=cause,
            message=command.message,
            session=command.session,
            media=command.media,
            mime=command.mime,
            size_bytes=command.size_bytes,
            duration_ms=command.duration_ms,
            seat=_seat_of(floor, command.session),
        )
    ]


def report_media_rejected(floor: Floor, command: cmd.ReportMediaRejected, at: Millis, cause: str) -> list[ev.Event]:
    """The file is not to be had or over a limit: the seat sees it, and the customer is told where they can help."""
    session = floor.sessions.get(command.session)
    rejected = ev.MediaRejected(
        at=at,
        cause=cause,
        message=command.message,
        session=command.session,
        code=command.code,
        seat=_seat_of(floor, command.session),
    )
    return [rejected, *notice(floor, addressee(command.customer, session), 1, command.code, at, cause)]


def configure_site(floor: Floor, command: cmd.ConfigureSite, at: Millis, cause: str) -> list[ev.Event]:
    """New settings take effect, unless they are the ones in force; nobody goes on waiting in a group that is gone."""
    if command.site == floor.site:
        return []
    follows = command.last_session if not floor.facts.day else None
    return [
        ev.SiteConfigured(at=at, cause=cause, site=command.site, by=command.by, last_session=follows),
        *inherit(floor, command.site, at, cause),
        *(
            requeue(floor, session, "rescinded", at, cause, site=command.site)
            for session in floor.sessions.values()
            if session.state == "queued" and group_now(command.site, session) != session.group
        ),
    ]


def _seat_of(floor: Floor, session: SessionId | None) -> SeatId | None:
    return shown_at(floor.sessions.get(session)) if session else None
