"""Whether a self-service flow can work: every action leads somewhere, every word can be said and be typed."""

from collections.abc import Iterator

from desk.store.complaints import Complaint
from desk.store.plain_checking import Path, id_complaints, range_complaints, text_complaints
from desk.store.ranges import FLOW_RANGES, NAME_LENGTH_MAX, PHRASE_LENGTH_MAX, PHRASES_MAX, TEXT_LENGTH_MAX
from routing.selfservice import Action, Answer, Flow, Keyword, Menu, OpenMenu, Route
from sessions.ids import GroupId
from sessions.settings import Site

KEY_LENGTH_MAX = 128
"""WeChat's limit for a menu key; scenes of QR codes may have half as much."""
OPTIONS_MAX = 20


def flow_complaints(site: Site, flow: Flow) -> Iterator[Complaint]:
    """Everything in this flow that cannot work."""
    path = ("flows", flow.id)
    yield from id_complaints(path, flow.id)
    yield from text_complaints((*path, "name"), flow.name, NAME_LENGTH_MAX)
    yield from range_complaints((*path, "unmatched_max"), flow.unmatched_max, FLOW_RANGES["unmatched_max"])
    yield from text_complaints((*path, "unmatched_text"), flow.unmatched_text, TEXT_LENGTH_MAX, may_be_empty=True)
    if flow.welcome:
        yield from _action_complaints(site, flow, (*path, "welcome"), flow.welcome)
    for kind, entries in (("clicks", flow.clicks), ("scenes", flow.scenes)):
        for key, action in entries.items():
            yield from text_complaints((*path, kind, key), key, KEY_LENGTH_MAX)
            yield from _action_complaints(site, flow, (*path, kind, key), action)
    for menu in flow.menus.values():
        yield from _menu_complaints(site, flow, menu)
    yield from _keyword_complaints(site, flow)


def _action_complaints(site: Site, flow: Flow, path: Path, action: Action) -> Iterator[Complaint]:
    match action:
        case Answer():
            yield from text_complaints((*path, "text"), action.text, TEXT_LENGTH_MAX)
        case Route():
            if GroupId(action.group) not in site.groups:
                yield Complaint((*path, "group"), "no_such_group", {"value": action.group})
            yield from range_complaints((*path, "priority"), action.priority, FLOW_RANGES["priority"])
            yield from text_complaints((*path, "text"), action.text, TEXT_LENGTH_MAX, may_be_empty=True)
        case OpenMenu():
            if action.menu not in flow.menus:
                yield Complaint((*path, "menu"), "no_such_menu", {"value": action.menu})


def _menu_complaints(site: Site, flow: Flow, menu: Menu) -> Iterator[Complaint]:
    path = ("flows", flow.id, "menus", menu.id)
    yield from id_complaints(path, menu.id)
    yield from text_complaints((*path, "text"), menu.text, TEXT_LENGTH_MAX)
    if not menu.options:
        yield Complaint((*path, "options"), "missing")
    if len(menu.options) > OPTIONS_MAX:
        yield Complaint((*path, "options"), "too_many", {"most": OPTIONS_MAX, "length": len(menu.options)})
    for key, action in menu.options.items():
        yield from text_complaints((*path, "options", key), key, NAME_LENGTH_MAX)
        yield from _action_complaints(site, flow, (*path, "options", key), action)


def _keyword_complaints(site: Site, flow: Flow) -> Iterator[Complaint]:
    seen: set[str] = set()
    for keyword in flow.keywords:
        path = ("flows", flow.id, "keywords", keyword.id)
        yield from id_complaints(path, keyword.id)
        if keyword.id in seen:
            yield Complaint(path, "taken_twice", {"value": keyword.id})
        seen.add(keyword.id)
        yield from _phrase_complaints(path, keyword)
        yield from _action_complaints(site, flow, path, keyword.action)


def _phrase_complaints(path: Path, keyword: Keyword) -> Iterator[Complaint]:
    place = (*path, "phrases")
    if not keyword.phrases:
        yield Complaint(place, "missing")
    if len(keyword.phrases) > PHRASES_MAX:
        yield Complaint(place, "too_many", {"most": PHRASES_MAX, "length": len(keyword.phrases)})
    for phrase in keyword.phrases:
        yield from text_complaints(place, phrase, PHRASE_LENGTH_MAX)
