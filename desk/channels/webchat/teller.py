"""What visitors' pages are told: the ledger's young lines as they come, older ones by the page.

Watches the hub's ledger. What we say is not carried to a visitor: this process knows it anyway, and keeps it for
those who are not here.
"""

import asyncio
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.channels.webchat.accounts import WebChatDirectory
from desk.channels.webchat.credentials import Credentials
from desk.channels.webchat.history import Page, read_page
from desk.channels.webchat.said import Said, as_shown
from desk.channels.webchat.stage import stage_of
from desk.channels.webchat.talks import Talks
from desk.channels.webchat.visitors import Visitors, VisitorSocket
from desk.hub import Hub
from desk.socket import GOING_AWAY
from desk.store.batches import archived_position
from desk.typing_signs import Sign
from sessions import events as ev
from sessions.ids import CustomerId, Millis, Seq, SessionId, account_of
from sessions.waiting import set_within

LOOK_AFTER_EVERY_S = 5.0


class Teller:
    """The conversations of visitors, as this process can tell them."""

    def __init__(
        self,
        hub: Hub,
        accounts: WebChatDirectory,
        visitors: Visitors,
        credentials: Credentials,
        database: AsyncEngine | None,
    ) -> None:
        self._hub = hub
        self._accounts = accounts
        self._visitors = visitors
        self._credentials = credentials
        self._database = database
        self._talks = Talks()
        hub.watchers.append(self)

    async def run(self, stop: asyncio.Event) -> None:
        """Let go of what is archived and of pages that take nothing, until told to stop; then say goodbye."""
        while not await set_within(stop, LOOK_AFTER_EVERY_S):
            for socket in self._visitors:
                socket.drop_if_stuck(time.monotonic())
            await self._forget()
        self._visitors.drop(GOING_AWAY)

    # The ledger, for the hub.

    def begin(self) -> None:
        """The hub begins anew, and with it what was said; pages connect anew."""
        self._talks = Talks()
        self._visitors.drop(GOING_AWAY)

    def take(self, seq: Seq, event: ev.Event) -> None:
        """Tell the visitor's pages here what this event changes for them."""
        match event:
            case ev.MessageReceived() | ev.MessageRefused() | ev.MessageSent() | ev.NoticeSent():
                if self._is_ours(event.customer):
                    self._show_in_time(event.customer, self._talks.say(seq, event))
            case ev.MessageRecalled() if self._is_ours(event.customer):
                self._take_off(seq, event)
            case ev.MessageDelivered() | ev.MediaRejected():
                if (found := self._talks.amend(event)) and isinstance(event, ev.MediaRejected):
                    self._show(*found)
            case _:
                pass
        if len(self._visitors) and (customer := self._concerned(event)) in self._visitors:
            self._tell_stage(customer)

    def show_typing(self, sign: Sign) -> None:
        """The seat writes to this visitor, or has stopped."""
        for socket in self._visitors.pages_of(sign.customer):
            socket.tell(typing=sign.on)

    # What a page asks for.

    def stage(self, customer: CustomerId) -> dict[str, Any]:
        """How the visitor's conversation stands now."""
        return stage_of(self._hub.floor, customer)

    async def page(self, socket: VisitorSocket, before: Seq | None = None) -> dict[str, Any]:
        """The last lines before this place, or of all; their receipt is awaited from now on."""
        page: Page = await read_page(self._database, self._talks, socket.customer, before)
        now = _now()
        lines = [line for line in page.lines if line.held_until <= now]  # those come when their time has come
        for line in lines:
            socket.await_receipt(line)
        told: dict[str, Any] = {"lines": [self._shown(socket, line) for line in lines], "more": page.more}
        return told | {"partial": True} if page.partial else told

    def _is_ours(self, customer: CustomerId) -> bool:
        return self._accounts.web_chat(account_of(customer)) is not None

    def _concerned(self, event: ev.Event) -> CustomerId:
        """The customer whose conversation may stand otherwise now; empty for none."""
        customer: CustomerId | None = getattr(event, "customer", None)
        if customer is None:
            session_id: SessionId | None = getattr(event, "session", None)
            session = self._hub.floor.sessions.get(session_id) if session_id else None
            customer = session.customer if session else None
        return customer or CustomerId("")

    def _show_in_time(self, customer: CustomerId, line: Said) -> None:
        """Show it now, or when its sender wants it back no more."""
        left_ms = min(line.held_until - _now(), line.held_until - line.at)  # however wrong this machine's clock is
        if left_ms <= 0:
            self._show(customer, line)
        else:
            asyncio.get_running_loop().call_later(left_ms / 1000, self._show_what_was_held, customer, line)

    def _show_what_was_held(self, customer: CustomerId, line: Said) -> None:
        if line in self._talks.lines(customer):
            self._show(customer, line)

    def _take_off(self, seq: Seq, event: ev.MessageRecalled) -> None:
        line = self._talks.take_back(seq, event.message)
        for socket in self._visitors.pages_of(event.customer):
            if line:
                socket.settle([line])
            socket.tell(gone=event.message)

    def _show(self, customer: CustomerId, line: Said) -> None:
        for socket in self._visitors.pages_of(customer):
            socket.await_receipt(line)
            socket.tell(line=self._shown(socket, line))

    def _shown(self, socket: VisitorSocket, line: Said) -> dict[str, Any]:
        return as_shown(line, socket.account, self._hub.floor.site, self._credentials)

    def _tell_stage(self, customer: CustomerId) -> None:
        stage = self.stage(customer)
        for socket in self._visitors.pages_of(customer):
            if socket.stage != stage:
                socket.stage = stage
                socket.tell(stage=stage)

    async def _forget(self) -> None:
        if self._database is None or not len(self._talks):
            return
        try:
            archived = await archived_position(self._database)
        except (SQLAlchemyError, OSError):
            return  # whatever is not known to be archived stays
        self._talks.forget(archived, self._visitors.__contains__, _now())


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
