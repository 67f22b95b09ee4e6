"""Telling the engine who is here: that this hub is alive, and which seats have a browser at it.

Any of it may be lost while Redis is away, and nobody would ask again: a seat that came would look absent, one that
left would look present for ever. So now and then the floor is compared with the sockets that are here, and what
differs is said once more.
"""

import logging

from desk.socket import Socket
from desk.sockets import Sockets
from sessions import commands as cmd
from sessions.floor import Floor
from sessions.ids import HubId, SeatId
from sessions.inbox import Inbox, InboxUnavailable

log = logging.getLogger(__name__)


class Attendance:
    """What one hub tells of itself and its sockets."""

    def __init__(self, hub: HubId, inbox: Inbox) -> None:
        self._hub = hub
        self._inbox = inbox
        self._is_known = False
        """Whether the engine was told of this hub: a socket at a hub that it does not watch would never be missed."""

    async def alive(self) -> None:
        """The hub is here; to be said before the engine gives it up."""
        self._is_known = await self._tell(cmd.BeatHub(hub=self._hub)) or self._is_known

    async def closing(self) -> None:
        """The hub goes down in good order, and all its sockets with it."""
        await self._tell(cmd.CloseHub(hub=self._hub))

    async def came(self, socket: Socket) -> None:
        """A browser of the seat is here."""
        if not self._is_known:
            await self.alive()
        if self._is_known and (seat := socket.identity.seat):
            await self._tell(cmd.ConnectSeat(hub=self._hub, seat=seat, connection=socket.connection))

    async def left(self, socket: Socket) -> None:
        """It is gone."""
        if seat := socket.identity.seat:
            await self._tell(cmd.DisconnectSeat(hub=self._hub, seat=seat, connection=socket.connection))

    async def live_on(self, sockets: Sockets) -> None:
        """The engine has given this hub up for lost; it is alive and its sockets with it."""
        self._is_known = False
        for socket in sockets:
            await self.came(socket)

    async def put_right(self, floor: Floor, sockets: Sockets) -> None:
        """Say what the floor has otherwise."""
        for socket in sockets:
            seat = floor.seats.get(socket.identity.seat or SeatId(""))
            if seat and socket.connection not in seat.connections:
                await self.came(socket)
        ours = [
            (seat.id, each) for seat in floor.seats.values() for each, at in seat.connections.items() if at == self._hub
        ]
        for seat_id, connection in ours:
            if connection not in sockets:
                await self._tell(cmd.DisconnectSeat(hub=self._hub, seat=seat_id, connection=connection))

    async def _tell(self, command: cmd.Command) -> bool:
        """Whether it was taken for certain."""
        try:
            await self._inbox.append(command)
        except InboxUnavailable as failure:
            log.warning("the hub cannot reach the inbox", extra={"reason": str(failure)})
            return False
        return True
