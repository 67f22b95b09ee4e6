"""The visitors whose pages are connected to this web process, and how many of them there may be."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.websockets import WebSocket

from desk.channels.webchat.said import Said
from desk.errors import UserError
from desk.i18n import Language
from desk.socket import FrameQueue
from desk.throttle import network_of
from sessions.ids import AccountId, CustomerId, Seq

FRAMES_MAX = 500
AWAITED_MAX = 500
"""So many lines may be on their way to a page that has not acknowledged them; older ones wait for its next visit."""
BURST_MAX = 60
FRAMES_PER_S = 5.0
"""A page may send so many frames on the whole, and so many at once."""


class VisitorSocket(FrameQueue):
    """One page of a visitor."""

    def __init__(self, websocket: WebSocket, account: AccountId, address: str) -> None:
        super().__init__(websocket, FRAMES_MAX)
        self.account = account
        self.address = address
        self.customer = CustomerId("")
        """Empty until the page has said who it is."""
        self.lang: Language = "zh"
        self.stage: dict[str, Any] | None = None
        """How the visitor's conversation stands, as the page was last told."""
        self._awaited: dict[Seq, Said] = {}
        self._held: list[str] | None = []
        self._budget = float(BURST_MAX)
        self._budget_at = time.monotonic()

    def tell(self, **frame: Any) -> None:
        """Send this, after the first frame where that is not sent yet."""
        encoded = msgspec.json.encode(frame).decode()
        if self._held is None:
            self.put(encoded)
        elif len(self._held) < FRAMES_MAX:
            self._held.append(encoded)

    def begin(self, **frame: Any) -> None:
        """Send the first frame, and what came since it was being made."""
        held, self._held = self._held or [], None
        for encoded in (msgspec.json.encode(frame).decode(), *held):
            self.put(encoded)

    def refuse(self, request: str | None, wrong: UserError) -> None:
        """Say why this was not done, and when it may be tried again."""
        error: dict[str, Any] = {"code": wrong.code, "message": wrong.message(self.lang)}
        if wrong.retry_after_s:
            error["retry_after_s"] = wrong.retry_after_s
        self.tell(reply=request, ok=False, error=error)

    def await_receipt(self, line: Said) -> None:
        """The page is to say that it has this line, where it is ours to tell of."""
        if line.by != "visitor" and not line.arrived:
            self._awaited[line.seq] = line
            if len(self._awaited) > AWAITED_MAX:
                del self._awaited[next(iter(self._awaited))]

    def awaited(self, places: list[int]) -> list[Said]:
        """Those of the lines at these places whose receipt is awaited."""
        return [line for place in places if (line := self._awaited.get(Seq(place)))]

    def settle(self, lines: list[Said]) -> None:
        """Their receipt was reported."""
        for line in lines:
            self._awaited.pop(line.seq, None)

    def may_speak(self) -> bool:
        """Whether a frame comes within its measure; asked once for each."""
        now_s = time.monotonic()
        self._budget = min(BURST_MAX, self._budget + (now_s - self._budget_at) * FRAMES_PER_S)
        self._budget_at = now_s
        self._budget -= 1
        return self._budget >= 0


class Bounds(msgspec.Struct, frozen=True):
    """How many sockets may be open at this process: in all, from one address, of one visitor."""

    in_all: int = 5_000
    per_address: int = 200
    per_visitor: int = 10


class Visitors:
    """Sockets by visitor; a socket counts from its handshake, also while it has not said who it is."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._all: dict[VisitorSocket, None] = {}
        self._of: dict[CustomerId, list[VisitorSocket]] = {}
        self._at: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[VisitorSocket]:
        """Those that are here now; they may come and go meanwhile."""
        return iter(list(self._all))

    def __contains__(self, customer: CustomerId) -> bool:
        return customer in self._of

    def pages_of(self, customer: CustomerId) -> list[VisitorSocket]:
        """This visitor's pages here."""
        return list(self._of.get(customer, ()))

    @property
    def is_full(self) -> bool:
        """No more sockets of anybody."""
        return len(self._all) >= self._bounds.in_all

    def is_crowded(self, address: str) -> bool:
        """No more sockets from this address."""
        return self._at[network_of(address)] >= self._bounds.per_address

    def drop(self, code: int) -> None:
        """Close all sockets with this code."""
        for socket in self:
            socket.drop(code)

    def enter(self, socket: VisitorSocket) -> None:
        """A page has connected."""
        self._all[socket] = None
        self._at[network_of(socket.address)] += 1

    def know(self, socket: VisitorSocket, customer: CustomerId) -> bool:
        """The page is this visitor's; False where they have too many already."""
        pages = self._of.setdefault(customer, [])
        if len(pages) >= self._bounds.per_visitor:
            return False
        socket.customer = customer
        pages.append(socket)
        return True

    def leave(self, socket: VisitorSocket) -> None:
        """It has gone."""
        del self._all[socket]
        place = network_of(socket.address)
        self._at[place] -= 1
        if not self._at[place]:
            del self._at[place]
        if pages := self._of.get(socket.customer):
            pages.remove(socket)
            if not pages:
                del self._of[socket.customer]
