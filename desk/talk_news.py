"""What changes among the talks with self-service, told to the browsers of their groups.

Once a second at most, and apart from the events: those carry what customers say, and go to nobody's desk before a seat
has the session. Everybody of the group is told the number; the rows go only to who has that list before them, so that a
busy self-service costs desks that do not look next to nothing.
"""

import logging
from collections.abc import Callable, Iterable

import msgspec

from desk.i18n import Language
from desk.socket import Socket
from desk.sockets import Sockets
from desk.talks import Talks
from sessions.floor import Floor
from sessions.ids import GroupId, SessionId

EVERY_S = 1.0
LIST = "talks"
"""What a browser says it looks at."""

Draw = Callable[[Floor, Talks, GroupId, Iterable[SessionId], Language], str]
"""The pieces of a group's talks: their number, and the rows of these."""

log = logging.getLogger(__name__)


class TalkNews:
    """Tells them to the sockets of one hub."""

    def __init__(self, sockets: Sockets, draw: Draw | None) -> None:
        self._sockets = sockets
        self._draw = draw

    def tell(self, floor: Floor, talks: Talks) -> None:
        """What has changed since the last time."""
        for group, changed in talks.changes().items():
            drawn: dict[tuple[Language, bool], str] = {}
            for socket in self._sockets.serving(group, floor):
                looks = socket.looks_at == LIST
                key = socket.identity.lang, looks
                if key not in drawn:
                    drawn[key] = self._frame(floor, talks, [group], changed if looks else (), socket.identity.lang)
                _put(socket, drawn[key])

    def tell_anew(self, socket: Socket, floor: Floor, talks: Talks) -> None:
        """How many there are, to a browser that may have missed it."""
        seat = floor.seats.get(socket.identity.seat) if socket.identity.seat else None
        if seat is not None:
            groups = [GroupId(group) for group in seat.capacity.skills]
            _put(socket, self._frame(floor, talks, groups, (), socket.identity.lang))

    def _frame(
        self, floor: Floor, talks: Talks, groups: list[GroupId], changed: Iterable[SessionId], lang: Language
    ) -> str:
        if self._draw is None:
            return ""
        try:
            html = "".join(self._draw(floor, talks, group, changed, lang) for group in groups)
        except Exception:
            log.exception("the talks of a group cannot be shown", extra={"groups": groups})
            return ""
        return f'{{"pieces":{msgspec.json.encode(html).decode()}}}'


def _put(socket: Socket, frame: str) -> None:
    if socket.html and frame:
        socket.put(frame)
