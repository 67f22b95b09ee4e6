"""The settings in force, kept in step with SQL.

Every process that needs accounts or the site's set-up looks here, in memory. A change in SQL is noticed within
seconds; a web process then tells the engine (`announce`), so that new settings become an event like everything else.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.blank_database import NothingSetUpError, is_set_up, would_empty
from desk.channels.webchat.accounts import WebChatAccount
from desk.channels.wechat.accounts import WeChatAccount
from desk.config import SecretKeys
from desk.store.archive import newest_session
from desk.store.complaints import SiteSettingsError
from desk.store.engine import place_of, reading
from desk.store.history import has_begun, has_version, who_set
from desk.store.sealing import SealedError
from desk.store.settings import load_site, load_wechat_accounts, set_up_rows
from desk.store.web_chats import load_web_chats
from sessions import commands as cmd
from sessions.ids import SessionId
from sessions.inbox import Inbox, InboxUnavailable
from sessions.settings import Site
from sessions.waiting import CutShort, set_within

REFRESH_EVERY_S = 3.0

ANNOUNCE_LOOK_S = 0.1
"""Until the settings are in force, and less often then: two sites of a thousand seats are compared."""
ANNOUNCE_AGAIN_S = 10.0

log = logging.getLogger(__name__)


class Directory:
    """Site and accounts as SQL last had them."""

    def __init__(self, database: AsyncEngine, secret_keys: SecretKeys) -> None:
        self._database = database
        self._secret_keys = secret_keys
        self._accounts: dict[str, WeChatAccount] = {}
        self._web_chats: dict[str, WebChatAccount] = {}
        self._reading = asyncio.Lock()
        self._rows: list[list[tuple[Any, ...]]] = []
        self.changed = asyncio.Event()
        """Set when something else was read than was known; whoever waits for it clears it."""
        self.site = Site()
        self.by = ""
        """Who made it what it is."""
        self.is_blank = True
        """Nothing is set up, and nothing ever was: who deletes everything leaves a history."""
        self.last_session: SessionId | None = None
        """The newest session of the archive, as it was when this process began."""

    @property
    def place(self) -> str:
        """The database that it reads, as a log may name it."""
        return place_of(self._database)

    def get(self, account: str) -> WeChatAccount | None:
        """The WeChat account with this key; None where there is none."""
        return self._accounts.get(account)

    def web_chat(self, account: str) -> WebChatAccount | None:
        """The web chat with this key; None where there is none."""
        return self._web_chats.get(account)

    def has_web_chat(self, account: str) -> bool:
        """Whether there is a web chat with this key: its visitors come for what is said to them."""
        return account in self._web_chats

    async def refresh(self) -> None:
        """Read both anew where anything was changed.

        Who comes while another reads waits and reads after them, for what they saw may be old.
        """
        async with self._reading, reading(self._database) as session:
            rows = await set_up_rows(session)
            if rows == self._rows:
                return
            site = await load_site(session, self.site)
            by = self.by if site.version == self.site.version else await who_set(session, site.version)
            is_blank = site == Site(version=site.version) and not await has_begun(session)
            accounts = await load_wechat_accounts(session, self._secret_keys)
            web_chats = await load_web_chats(session)
            if self.last_session is None:
                self.last_session = await newest_session(session)
            self.site, self.by, self.is_blank = site, by, is_blank
            self._accounts = {account.key: account for account in accounts}
            self._web_chats = {chat.key: chat for chat in web_chats}
            self._rows = rows
            self.changed.set()

    async def may_be_from_here(self, site: Site) -> bool:
        """Whether the history knows it; true while it cannot be asked."""
        try:
            async with reading(self._database) as session:
                return await has_version(session, site.version)
        except (SQLAlchemyError, OSError):
            return True

    async def keep(self, stop: asyncio.Event) -> None:
        """Read anew now and then; an outage of SQL, or settings that cannot work, leave what is known in force."""
        while not stop.is_set():
            await self.try_to_refresh()
            await set_within(stop, REFRESH_EVERY_S)

    async def try_to_refresh(self) -> bool:
        """Read anew, if that can be done now."""
        try:
            await self.refresh()
        except (SQLAlchemyError, OSError, SiteSettingsError, SealedError) as failure:
            log.warning("cannot read the settings now", extra={"reason": str(failure)})
            return False
        return True


async def announce(
    directory: Directory, in_force: Callable[[], Site | None], inbox: Inbox, stop: asyncio.Event
) -> None:
    """Tell the engine of settings that are not in force yet, until `stop`; `in_force` is None while nobody knows.

    Told again now and then while the engine is away: the same settings twice change nothing. Before anything is told
    it is read anew: what differs may be this process, which has not heard yet what another one was told to save.

    A blank database never empties a site that is set up. A process that begins with one raises `NothingSetUpError`;
    one whose database became so says it now and then and goes on, for the right one may come back. Of two databases
    that both have a site nobody can tell which is right: it is only said that there are two.
    """
    told, told_at, has_begun_well = Site(), 0.0, False
    ours = Site()  # what was in force last and in SQL, too
    async with CutShort(by=stop) as wait:
        while not stop.is_set():
            directory.changed.clear()
            known, forced, now = directory.site, in_force(), time.monotonic()
            is_in_force = forced == known
            if is_in_force:
                has_begun_well, ours = True, known
            is_known_to_differ = forced is not None and not is_in_force
            is_news = is_known_to_differ and (known != told or now - told_at > ANNOUNCE_AGAIN_S)
            if is_news and await directory.try_to_refresh() and in_force() not in (None, directory.site):
                wanted, by = directory.site, directory.by
                if forced is not None and wanted == ours and not await directory.may_be_from_here(forced):
                    log.error("%s", _OVERTURNED, extra={"database": directory.place, "in_force": forced.version})
                if directory.is_blank and is_set_up(forced):
                    log.error("%s", would_empty(directory.place), extra={"code": NothingSetUpError.code})
                    if not has_begun_well:
                        raise NothingSetUpError(directory.place)
                    told, told_at = wanted, now
                elif await _tell(inbox, cmd.ConfigureSite(site=wanted, by=by, last_session=directory.last_session)):
                    told, told_at, has_begun_well = wanted, now, True
            look_s = REFRESH_EVERY_S if is_in_force else ANNOUNCE_LOOK_S
            await wait.on(set_within(directory.changed, look_s), False)


async def _tell(inbox: Inbox, command: cmd.ConfigureSite) -> bool:
    try:
        await inbox.append(command)
    except InboxUnavailable as failure:
        log.warning("cannot announce the settings now", extra={"reason": str(failure)})
        return False
    return True


_OVERTURNED = (
    "another web process puts settings in force that were never set in this database:"
    " start every process of a site with the same DATABASE_URL, and with the same version of the desk"
)
