"""What does not fit together in a file of seeds, told before anything is written, with the place in the file."""

from collections.abc import Iterator, Mapping
from typing import get_args

from msgspec.structs import replace

from desk.seed_site import KEYS, Seeds, names_in, read_seeds, site_with
from desk.store.checking import complaints_about
from desk.store.complaints import Complaint
from desk.store.plain_checking import text_complaints
from desk.store.ranges import NAME_LENGTH_MAX
from desk.store.settings import account_complaints
from desk.store.web_chats import web_chat_complaints
from sessions.ids import Role, SeatId
from sessions.notices import DEFAULT_TEXTS
from sessions.settings import Rules, Site

SECRETS = ("app_secret", "token", "aes_key", "previous_aes_key")


def file_complaints(seeds: Seeds, *, demo: bool) -> Iterator[Complaint]:
    """What is wrong with the file wherever it is read; `demo` where the demo's secrets do no harm."""
    seen: set[tuple[str, str]] = set()
    for kind, key in KEYS.items():
        for place, each in enumerate(getattr(seeds, kind)):
            name = (_shared(kind), getattr(each, key))
            if name in seen:
                yield Complaint((f"{kind}[{place}]", key), "taken_twice", {"value": name[1]})
            seen.add(name)
    for kind, known in (("rules", Rules.__struct_fields__), ("texts", DEFAULT_TEXTS)):
        for each in getattr(seeds, kind):
            if each not in known:
                yield Complaint((kind, each), "no_such_setting")
    if not demo:
        yield from _demo_complaints(seeds)


def adding_complaints(site: Site, seated: Mapping[str, str], adding: Seeds, file: Seeds) -> Iterator[Complaint]:
    """What keeps `adding`, a part of the file, from being added to this site; `seated` says who sits at its seats."""
    places = _places(file)
    after = site_with(site, adding)
    before = [*complaints_about(site)]
    for each in [
        *(each for account in adding.accounts for each in account_complaints(account)),
        *(each for chat in adding.web_chats for each in web_chat_complaints(chat)),
        *(each for each in complaints_about(after) if each not in before),
    ]:
        known = places.get(each.path[:2])
        yield replace(each, path=(known, *each.path[2:])) if known else each
    yield from _people_complaints(after, seated, adding, file)


def _people_complaints(site: Site, seated: Mapping[str, str], adding: Seeds, file: Seeds) -> Iterator[Complaint]:
    taken = dict(seated)
    for place, user in enumerate(file.users):
        if user not in adding.users:
            continue
        path = (f"users[{place}]",)
        yield from text_complaints((*path, "username"), user.username, NAME_LENGTH_MAX)
        yield from text_complaints((*path, "name"), user.name, NAME_LENGTH_MAX)
        if user.role not in get_args(Role):
            yield Complaint((*path, "role"), "no_such_role", {"value": user.role, "roles": ", ".join(get_args(Role))})
        if user.seat is None:
            continue
        if SeatId(user.seat) not in site.seats:
            yield Complaint((*path, "seat"), "no_such_seat", {"value": user.seat})
        elif user.role in get_args(Role) and user.role != "agent":
            yield Complaint((*path, "seat"), "seat_is_for_agents")
        elif taken.setdefault(user.seat, user.username) != user.username:
            yield Complaint((*path, "seat"), "seat_taken", {"value": user.seat, "user": taken[user.seat]})


def _demo_complaints(seeds: Seeds) -> Iterator[Complaint]:
    """Whoever has read our seeds can sign as WeChat for an account that has their secrets."""
    demo = read_seeds()
    published = {getattr(account, name) for account in demo.accounts for name in SECRETS} - {"", None}
    for place, account in enumerate(seeds.accounts):
        if any(getattr(account, name) in published for name in SECRETS):
            yield Complaint((f"accounts[{place}]",), "account_of_demo", {"value": account.key})
    chats = {(chat.key, chat.name) for chat in demo.web_chats}
    for place, chat in enumerate(seeds.web_chats):
        if (chat.key, chat.name) in chats:
            yield Complaint((f"web_chats[{place}]",), "web_chat_of_demo", {"value": chat.key})


def _places(file: Seeds) -> dict[tuple[str, ...], str]:
    """Where in the file stands what complaints name by its id."""
    return {
        (_shared(kind), name): f"{kind}[{place}]"
        for kind, names in names_in(file).items()
        if kind in KEYS
        for place, name in enumerate(names)
    }


def _shared(kind: str) -> str:
    """Official Accounts and web chats are accounts alike, with keys of one kind."""
    return "accounts" if kind == "web_chats" else kind
