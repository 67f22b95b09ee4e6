"""The browsers at one hub: who is here, and which of them may see an event."""

from collections.abc import Iterable, Iterator

from desk.scope import OVERSEERS, audience
from desk.socket import Socket
from sessions import events as ev
from sessions.floor import Floor
from sessions.ids import ConnectionId, GroupId, SeatId


class Sockets:
    """Sockets by what they may see: a seat's own, or everything."""

    def __init__(self) -> None:
        self._here: dict[ConnectionId, Socket] = {}
        self._at_seat: dict[SeatId, list[Socket]] = {}
        self._overseers: list[Socket] = []

    def __len__(self) -> int:
        return len(self._here)

    def __iter__(self) -> Iterator[Socket]:
        """Those who are here now; they may come and go meanwhile."""
        return iter(list(self._here.values()))

    def __contains__(self, connection: ConnectionId) -> bool:
        return connection in self._here

    def at(self, seat: SeatId) -> list[Socket]:
        """The browsers of this seat that are here."""
        return self._at_seat.get(seat, [])

    def enter(self, socket: Socket) -> None:
        """A browser has come."""
        self._here[socket.connection] = socket
        if socket.identity.role in OVERSEERS:
            self._overseers.append(socket)
        elif seat := socket.identity.seat:
            self._at_seat.setdefault(seat, []).append(socket)

    def leave(self, socket: Socket) -> None:
        """It has gone."""
        del self._here[socket.connection]
        if socket in self._overseers:
            self._overseers.remove(socket)
        elif seat := socket.identity.seat:
            self._at_seat[seat].remove(socket)
            if not self._at_seat[seat]:
                del self._at_seat[seat]

    def drop(self, code: int, sign_in_id: str | None = None) -> None:
        """Close all sockets, or those of one sign-in, with this code."""
        for socket in self:
            if sign_in_id is None or socket.identity.sign_in_id == sign_in_id:
                socket.drop(code)

    def seeing(self, event: ev.Event, floor: Floor) -> Iterable[Socket]:
        """Those who may see this event, each once."""
        concerned = audience(event)
        if concerned.everyone:
            return self
        if not concerned.overseers:
            return ()
        members = (each.seat for group in concerned.groups for each in floor.roster.members(group))
        found: dict[Socket, None] = dict.fromkeys(self._overseers)
        for seat in {*concerned.seats, *members}:
            found.update(dict.fromkeys(self._at_seat.get(SeatId(seat), ())))
        return found

    def serving(self, group: GroupId, floor: Floor) -> Iterator[Socket]:
        """Those at a seat that serves this group."""
        for each in floor.roster.members(group):
            yield from self._at_seat.get(SeatId(each.seat), ())
