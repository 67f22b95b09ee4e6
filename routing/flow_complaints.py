"""What is wrong with a flow: ways that lead nowhere, phrases that mean two things, words that cannot be sent.

Menus may lead in circles: that is how people go back.
"""

from collections.abc import Collection, Iterator, Mapping

from routing.complaints import Complaint, step
from routing.phrasebook import PHRASE_LENGTH_MAX
from routing.selfservice import Action, Answer, Flow, Menu, OpenMenu, Route, typed
from routing.words import normalised

TEXT_LENGTH_MAX = 600
"""So much goes into one message."""


def flow_complaints(flow: Flow, groups: Collection[str]) -> Iterator[Complaint]:
    """Everything that keeps it from being used, in the order in which an admin reads it."""
    if flow.welcome is not None:
        yield from _action_complaints(flow, groups, "welcome", flow.welcome)
    yield from _keyed_complaints(flow, groups, "clicks", flow.clicks)
    yield from _keyed_complaints(flow, groups, "scenes", flow.scenes)
    for name, menu in flow.menus.items():
        yield from _menu_complaints(flow, groups, name, menu)
    yield from _keyword_complaints(flow, groups)
    yield from _length_complaints("unmatched_text", flow.unmatched_text)


def _menu_complaints(flow: Flow, groups: Collection[str], name: str, menu: Menu) -> Iterator[Complaint]:
    field = f"menus/{step(name)}"
    if menu.id != name:
        yield Complaint("menu_misnamed", field, menu.id)
    yield from _text_complaints(field, menu.text)
    seen: set[str] = set()
    for option in menu.options:
        way = typed(option)
        if way and way in seen:
            yield Complaint("option_repeated", f"{field}/{step(option)}", option)
        seen.add(way)
    yield from _keyed_complaints(flow, groups, field, menu.options)


def _keyword_complaints(flow: Flow, groups: Collection[str]) -> Iterator[Complaint]:
    ids: set[str] = set()
    leads_to: dict[str, str] = {}
    for keyword in flow.keywords:
        field = f"keywords/{step(keyword.id)}"
        if keyword.id in ids:
            yield Complaint("keyword_repeated", field, keyword.id)
        ids.add(keyword.id)
        if not keyword.phrases:
            yield Complaint("phrase_empty", field)
        for phrase in keyword.phrases:
            words = normalised(phrase)
            if not words:
                yield Complaint("phrase_empty", field, phrase)
            elif len(words) > PHRASE_LENGTH_MAX:
                yield Complaint("phrase_too_long", field, phrase)
            elif leads_to.setdefault(words, keyword.id) != keyword.id:
                yield Complaint("phrase_repeated", field, phrase)
        yield from _action_complaints(flow, groups, field, keyword.action)


def _keyed_complaints(
    flow: Flow, groups: Collection[str], field: str, actions: Mapping[str, Action]
) -> Iterator[Complaint]:
    for key, action in actions.items():
        if not key.strip():
            yield Complaint("key_empty", field)
        yield from _action_complaints(flow, groups, f"{field}/{step(key)}", action)


def _action_complaints(flow: Flow, groups: Collection[str], field: str, action: Action) -> Iterator[Complaint]:
    match action:
        case Answer(text=text):
            yield from _text_complaints(f"{field}/text", text)
        case Route(group=group, text=text):
            if group not in groups:
                yield Complaint("group_unknown", f"{field}/group", group)
            yield from _length_complaints(f"{field}/text", text)
        case OpenMenu(menu=menu):
            if menu not in flow.menus:
                yield Complaint("menu_unknown", f"{field}/menu", menu)


def _text_complaints(field: str, text: str) -> Iterator[Complaint]:
    if not text.strip():
        yield Complaint("text_empty", field)
    yield from _length_complaints(field, text)


def _length_complaints(field: str, text: str) -> Iterator[Complaint]:
    if len(text) > TEXT_LENGTH_MAX:
        yield Complaint("text_too_long", field, str(len(text)))
