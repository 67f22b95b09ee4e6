"""What an operator does by hand once in a while: fill a site from a file, connect an account.

Secrets are asked for, never taken from the command line, where a process list would show them.
"""

import getpass
import sys
from pathlib import Path

from desk.channels.webchat.accounts import WebChatAccount
from desk.channels.wechat.accounts import WeChatAccount
from desk.config import Settings
from desk.passwords import Passwords
from desk.processes.database import open_database
from desk.processes.redis_start import need_answer
from desk.processes.running import open_resources
from desk.seed import Seeded, seed_site
from desk.seed_site import read_seeds
from desk.seed_words import read_words, seed_words
from desk.sign_in import PASSWORD_LENGTH_MAX
from desk.store.complaints import SiteSettingsError
from desk.store.engine import writing
from desk.store.settings import reseal_accounts, save_account
from desk.store.users import Staff
from desk.store.web_chats import save_web_chat
from desk.web_session import WebSessions
from sessions.ids import UserId

PASSWORD_LENGTH_MIN = 8
PAGES = {
    "calendars": "/admin/hours",
    "flows": "/admin/flows",
    "groups": "/admin/groups",
    "seats": "/admin/seats",
    "customer_fields": "/admin/customers",
    "rules": "/admin/rules",
    "texts": "/admin/words",
}
"""Where a running desk has what a file of seeds has."""


class RefusedError(RuntimeError):
    """What the operator gave cannot be used; the message says why."""


async def seed(settings: Settings, file: Path) -> str:
    """Add what is missing of what is in this file: a site, or replies and articles.

    People who are new begin with the password that is asked for.
    """
    try:
        return await _seed(settings, file)
    except SiteSettingsError as wrong:
        raise RefusedError(f"nothing of {file} was added, for it cannot be used:\n{wrong}") from None


async def _seed(settings: Settings, file: Path) -> str:
    if (words := read_words(file)) is not None:
        async with open_database(settings) as database:
            added = await seed_words(database, words)
        return f"{added} replies and articles were added." if added else "Nothing was missing."
    seeds = read_seeds(file)
    password = _new_password("First password of new people")
    async with open_database(settings) as database:
        seeded = await seed_site(database, settings, seeds, password)
    return _told(seeded, settings.public_url or settings.own_url)


def _told(seeded: Seeded, url: str) -> str:
    """What became of the file, by name."""
    lines = ["Added:" if seeded.added else "Nothing was added." if seeded.left else "Nothing was missing."]
    lines += [f"  {kind}: {', '.join(names)}" for kind, names in seeded.added.items()]
    if seeded.left:
        lines.append("Left alone, though not there, for the site is set up already; set them up on its pages:")
        lines += [f"  {kind} ({url}{PAGES[kind]}): {', '.join(names)}" for kind, names in seeded.left.items()]
    return "\n".join(lines)


async def change_password(settings: Settings, user: UserId) -> str:
    """Give this person the password that is asked for; whoever is signed in under their name signs in anew."""
    password = _new_password(f"New password of {user}")
    async with open_resources(settings) as resources, open_database(settings) as database:
        if settings.redis_url:
            await need_answer(resources.redis, settings.redis_url)
        staff = Staff(database)
        if await staff.find(user) is None:
            raise RefusedError(f"Nothing was changed: nobody signs in as {user}.")
        await staff.set_password_hash(user, Passwords().hash_now(password))
        ended = await WebSessions(resources.redis, settings.key_prefix, 0).end_all(user)
    return f"The password of {user} is changed; sign-ins ended: {ended}."


async def connect_account(settings: Settings, account: WeChatAccount, default_group: str) -> str:
    """Add the account, or replace the one of the same key; running processes notice within seconds."""
    async with open_database(settings) as database, writing(database) as session:
        await save_account(session, account, default_group, settings.secret_keys)
    address = f"{settings.public_url or settings.own_url}/wechat/{account.key}"
    return f"Account {account.key} is set up. Its address for WeChat: {address}"


async def reseal(settings: Settings) -> str:
    """Encrypt the secrets of all accounts anew under SECRET_KEY; those under SECRET_KEY_OTHER are opened with that."""
    async with open_database(settings) as database, writing(database) as session:
        accounts = await reseal_accounts(session, settings.secret_keys)
    return f"Encrypted anew under the present SECRET_KEY: {', '.join(accounts) or 'nothing, there are no accounts'}."


async def set_up_web_chat(settings: Settings, chat: WebChatAccount, default_group: str) -> str:
    """Add the web chat, or replace the one of the same key; running processes notice within seconds."""
    async with open_database(settings) as database, writing(database) as session:
        await save_web_chat(session, chat, default_group)
    tag = f'<script src="{settings.public_url or settings.own_url}/webchat/{chat.key}.js" async></script>'
    return f"Web chat {chat.key} is set up. Put this into the pages that shall have it:\n{tag}"


def _new_password(what: str) -> str:
    """One that is long enough, and that the sign-in takes."""
    lengths = f"{PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters"
    password = ask(f"{what} ({lengths})")
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise RefusedError(f"Nothing was changed: a password has {lengths}.")
    return password


def ask(what: str) -> str:
    """A secret: typed unseen at a terminal, else the next line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}: ")
    return sys.stdin.readline().rstrip("\n")
