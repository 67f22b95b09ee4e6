"""Whether a self-service flow can work: what `routing` says of it, and what only people and WeChat mind."""

from collections.abc import Iterator

from desk.store.complaints import Complaint, found_in
from desk.store.plain_checking import Path, byte_complaints, id_complaints, range_complaints, text_complaints
from desk.store.ranges import FLOW_RANGES, NAME_LENGTH_MAX, PHRASES_MAX
from routing import flow_complaints as routing
from routing.selfservice import Action, Answer, Flow, OpenMenu, Route
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
    yield from range_complaints((*path, "answer_share"), flow.answer_share, FLOW_RANGES["answer_share"])
    yield from found_in(path, routing.flow_complaints(flow, site.groups))
    for name in flow.menus:
        yield from id_complaints((*path, "menus", name, "id"), name)
        options = flow.menus[name].options
        if not options:
            yield Complaint((*path, "menus", name, "options"), "missing")
        if len(options) > OPTIONS_MAX:
            most: dict[str, object] = {"most": OPTIONS_MAX, "length": len(options)}
            yield Complaint((*path, "menus", name, "options"), "too_many", most)
    for keyword in flow.keywords:
        place: Path = (*path, "keywords", keyword.id)
        yield from id_complaints((*place, "id"), keyword.id)
        if len(keyword.phrases) > PHRASES_MAX:
            yield Complaint(place, "too_many", {"most": PHRASES_MAX, "length": len(keyword.phrases)})
        for phrase in keyword.phrases:
            yield from text_complaints(place, phrase, _ANY, may_be_empty=True)
    for place, text in _texts(path, flow):
        yield from text_complaints(place, text, _ANY, may_be_empty=True)
        yield from byte_complaints(place, text)
    for place, action in _actions(path, flow):
        yield from text_complaints(place, place[-1], KEY_LENGTH_MAX, may_be_empty=True)
        if isinstance(action, Route):
            yield from range_complaints((*place, "priority"), action.priority, FLOW_RANGES["priority"])


_ANY = 10**6
"""Lengths of what is said are `routing`'s to judge; here only what nobody sees in it."""


def _texts(path: Path, flow: Flow) -> Iterator[tuple[Path, str]]:
    """Every text that customers are sent, with its place."""
    yield (*path, "unmatched_text"), flow.unmatched_text
    for name, menu in flow.menus.items():
        yield (*path, "menus", name), menu.text
    for place, action in _actions(path, flow):
        match action:
            case Answer(text=text) | Route(text=text):
                yield (*place, "text"), text
            case OpenMenu():
                pass


def _actions(path: Path, flow: Flow) -> Iterator[tuple[Path, Action]]:
    if flow.welcome is not None:
        yield (*path, "welcome"), flow.welcome
    for key, action in flow.clicks.items():
        yield (*path, "clicks", key), action
    for key, action in flow.scenes.items():
        yield (*path, "scenes", key), action
    for name, menu in flow.menus.items():
        for key, action in menu.options.items():
            yield (*path, "menus", name, key), action
    for keyword in flow.keywords:
        yield (*path, "keywords", keyword.id), keyword.action
