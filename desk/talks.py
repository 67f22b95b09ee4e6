"""Talks without a seat: customers in self-service, or leaving a message, by the group that would serve them.

An index beside the floor, which keeps no such list: kept up event by event, and what has changed is told once a second
at most, however much is said to self-service. What customers say there is for nobody's eyes at a desk until a seat
steps in: a row tells who, since when, and whether self-service is at its wits' end.
"""

from collections.abc import Iterable
from heapq import nsmallest

from msgspec import Struct

from desk.i18n import Language
from desk.names import initials_of, name_of
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SessionId

SHOWN_MAX = 50
"""So many rows a list begins with, and so many at most are drawn anew in one go."""
LATER = 10**14
"""Above any instant: who gets along with self-service stands below those who do not."""

_EVENTS = (
    ev.SessionOpened,
    ev.MessageReceived,
    ev.FlowAnswered,
    ev.PhraseUnmatched,
    ev.LeaveMessageBegun,
    ev.SessionQueued,
    ev.SessionClosed,
)
"""What may begin, change or end a talk."""


class TalkRow(Struct, frozen=True, kw_only=True):
    """A talk in the list; `unmatched` words in a row had no answer. Never what was said."""

    session: SessionId
    group: GroupId
    name: str
    initials: str
    began_at: Millis
    unmatched: int
    leaving: bool
    key: int


class Talks:
    """Which talks there are on this floor, oldest first in each group, and which have changed since last told."""

    def __init__(self, floor: Floor) -> None:
        self._group_of: dict[SessionId, GroupId] = {}
        self._of: dict[GroupId, dict[SessionId, None]] = {}
        self._changed: dict[GroupId, dict[SessionId, None]] = {}
        for session in floor.sessions.values():
            self._place(session.id, session)
        self._changed.clear()

    def fold(self, event: ev.Event, floor: Floor) -> None:
        """Take in an event that the floor has taken in."""
        if isinstance(event, _EVENTS) and event.session:
            self._place(event.session, floor.sessions.get(event.session))

    def count(self, group: GroupId) -> int:
        """How many talks the group has."""
        return len(self._of.get(group, ()))

    def of(self, group: GroupId) -> Iterable[SessionId]:
        """The group's talks, oldest first."""
        return self._of.get(group, ())

    def changes(self) -> dict[GroupId, list[SessionId]]:
        """What has changed in each group since this was asked last; what is too much for one go comes with the next."""
        told = {group: list(sessions)[:SHOWN_MAX] for group, sessions in self._changed.items()}
        for group, sessions in told.items():
            for session in sessions:
                del self._changed[group][session]
        self._changed = {group: left for group, left in self._changed.items() if left}
        return told

    def _place(self, name: SessionId, session: Session | None) -> None:
        before = self._group_of.pop(name, None)
        now = session.group if session and session.state == "bot" and session.bot else None
        if before is not None and before != now:
            del self._of[before][name]
        if now is not None:
            self._group_of[name] = now
            self._of.setdefault(now, {})[name] = None
        for group in {before, now}:
            if group is not None:
                self._changed.setdefault(group, {})[name] = None


def talk_rows(floor: Floor, talks: Talks, groups: Iterable[GroupId], lang: Language) -> list[TalkRow]:
    """The rows that a list of these groups begins with: who gets no answer first, then who has talked longest."""
    live = [floor.sessions[each] for group in groups for each in talks.of(group)]
    return [talk_row(floor, each, lang) for each in nsmallest(SHOWN_MAX, live, key=_place_of)]


def talk_row(floor: Floor, session: Session, lang: Language) -> TalkRow:
    """The row of one talk."""
    talk = session.bot
    assert talk is not None, f"{session.id} is no talk without a seat"
    return TalkRow(
        session=session.id,
        group=session.group,
        name=name_of(floor, session.customer, lang),
        initials=initials_of(floor, session.customer),
        began_at=session.opened_at,
        unmatched=talk.unmatched,
        leaving=talk.leaving,
        key=_place_of(session),
    )


def _place_of(session: Session) -> int:
    stuck = session.bot is not None and session.bot.unmatched > 0 and not session.bot.leaving
    return session.opened_at if stuck else LATER + session.opened_at
