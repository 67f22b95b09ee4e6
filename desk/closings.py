"""What a seat has closed today: a row as the archive has it, and the same row as the event tells it."""

from msgspec import Struct

from desk.i18n import Language
from desk.names import customer_name, ending_words, initials
from desk.store.models import ArchivedSession
from sessions import events as ev
from sessions.ids import CustomerId, Millis, SeatId, SessionId


class ClosedRow(Struct, frozen=True, kw_only=True):
    """A session that is over; smaller `key` is higher up: the newest first."""

    session: SessionId
    seat: SeatId
    name: str
    initials: str
    closed_at: Millis
    ended: str
    key: int


def closed_row(event: ev.SessionClosed, remark: str, lang: Language) -> ClosedRow | None:
    """The row of a session that has just closed; None where no seat had it. `remark` is the customer's name."""
    if event.seat is None:
        return None
    return _row(event.session, event.seat, event.customer, remark, event.at, event.disposition, event.reason, lang)


def archived_row(session: ArchivedSession, remark: str, lang: Language) -> ClosedRow:
    """The row of one that a seat closed earlier."""
    assert session.seat is not None, f"{session.id} was at no seat"
    assert session.closed_at is not None, f"{session.id} is not over"
    return _row(
        SessionId(session.id),
        SeatId(session.seat),
        CustomerId(session.customer),
        remark,
        Millis(session.closed_at),
        session.disposition,
        session.close_reason,
        lang,
    )


def _row(
    session: SessionId,
    seat: SeatId,
    customer: CustomerId,
    remark: str,
    closed_at: Millis,
    disposition: str,
    reason: str,
    lang: Language,
) -> ClosedRow:
    return ClosedRow(
        session=session,
        seat=seat,
        name=customer_name(customer, lang, remark),
        initials=initials(customer, remark),
        closed_at=closed_at,
        ended=ending_words(disposition, reason, lang),
        key=-closed_at,
    )
