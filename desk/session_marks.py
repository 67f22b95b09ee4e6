"""Where one session ends and the next begins: what stands between them in a customer's long conversation."""

from collections.abc import Sequence

from msgspec import Struct

from desk.i18n import Language, gettext_for
from desk.names import CLOSE_REASONS
from desk.transcripts import Line
from sessions import events as ev
from sessions.ids import Millis, SessionId


class SessionMark(Struct, frozen=True):
    """A session by its number: how it began and, where it is over, when and why. `ended_at` is 0 while it lives."""

    session: SessionId
    began_at: Millis
    began: str
    ended_at: Millis
    ended: str


def mark_of(lines: Sequence[Line], lang: Language) -> SessionMark | None:
    """The mark before these lines; None where they do not go back to the beginning of their session."""
    opened = lines[0].event if lines else None
    if not isinstance(opened, ev.SessionOpened):
        return None
    closed = next((line.event for line in reversed(lines) if isinstance(line.event, ev.SessionClosed)), None)
    return SessionMark(
        session=opened.session,
        began_at=opened.at,
        began=_began(opened, lang),
        ended_at=closed.at if closed else Millis(0),
        ended=_ended(closed, lang) if closed else "",
    )


def _began(opened: ev.SessionOpened, lang: Language) -> str:
    _ = gettext_for(lang)
    if opened.origin == "callback":
        return _("回访客户留言")
    if opened.case != opened.session:
        return _("接续 %(case)s", case=opened.case)
    return _("客户来信")


def _ended(closed: ev.SessionClosed, lang: Language) -> str:
    """Why, and what it was about where somebody said."""
    _ = gettext_for(lang)
    reason = _(CLOSE_REASONS[closed.reason])
    if closed.disposition in {"", "autowrap"}:
        return reason
    return f"{reason} · {_(closed.disposition)}"
