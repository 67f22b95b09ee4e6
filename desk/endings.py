"""How a session ended, in words."""

from desk.i18n import Language, gettext_for
from desk.names import CLOSE_REASONS
from desk.store.models import ArchivedSession


def how_it_ended(session: ArchivedSession, lang: Language) -> str:
    """What it was about, or why it ended where nobody said; empty for one that is not over."""
    if session.disposition:
        return disposition_words(session.disposition, lang)
    return gettext_for(lang)(CLOSE_REASONS[session.close_reason]) if session.close_reason in CLOSE_REASONS else ""


def disposition_words(disposition: str, lang: Language) -> str:
    """What the session was about, as it was chosen; in words where nobody chose."""
    _ = gettext_for(lang)
    return _("超时未填") if disposition == "autowrap" else _(disposition) if disposition else ""
