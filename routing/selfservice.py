"""What customers get without a seat: menu clicks, QR scenes, text menus and keyword answers.

Pure data and pure reading of it. A flow belongs to accounts; what it says of a text is an action, and the rule
that led there. A text first chooses from the menu that is open, then from the keywords: who has been asked
`1 or 2` and answers `2` means the menu.
"""

from collections.abc import Mapping

from msgspec import Struct

from routing.phrasebook import Entry, How, PhraseBook
from routing.words import normalised, substance, trimmed


class Answer(Struct, frozen=True, tag_field="do", tag="answer"):
    """Say this; nobody is needed."""

    text: str


class Route(Struct, frozen=True, kw_only=True, tag_field="do", tag="route", omit_defaults=True):
    """To a seat of this group: at once, or with the next message when `at_once` is false. `text` is said first."""

    group: str
    priority: int = 0
    text: str = ""
    at_once: bool = True


class OpenMenu(Struct, frozen=True, tag_field="do", tag="menu"):
    """Say this menu's text; the customer's next words choose from it."""

    menu: str


Action = Answer | Route | OpenMenu


class Menu(Struct, frozen=True, kw_only=True):
    """A text menu; `options` by what the customer types: `1`, `2`, `0`."""

    id: str
    text: str
    options: dict[str, Action] = {}


class Keyword(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Any of these phrases leads to the action; `fuzzy` forgives a typing slip and the same sound."""

    id: str
    phrases: tuple[str, ...]
    action: Action
    fuzzy: bool = True


class Flow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that an account's customers can do by themselves.

    `clicks` are keys of the account's menu, `scenes` those of its QR codes. After more than `unmatched_max` texts
    that match nothing, the customer goes to the account's group; with 0 the first one does. Of two keywords that
    match equally well the earlier one is meant. `answer_share` is how much of a text (percent) a keyword inside it
    must be to answer it: who writes more than the keyword may be asking something else.
    """

    id: str
    name: str
    welcome: Action | None = None
    clicks: dict[str, Action] = {}
    scenes: dict[str, Action] = {}
    menus: dict[str, Menu] = {}
    keywords: tuple[Keyword, ...] = ()
    unmatched_max: int = 0
    unmatched_text: str = ""
    answer_share: int = 50


class Found(Struct, frozen=True):
    """The keyword that a text means, by which of its phrases, and how they met."""

    keyword: str
    phrase: str
    how: How
    action: Action


class Outcome(Struct, frozen=True):
    """What the customer gets, and the rule that says so: `menu:main/2`, `keyword:limit`, `click:BILL`, `scene:branch`.

    No action and no rule: nothing here answers that. `how` tells in which way words matched.
    """

    action: Action | None = None
    rule: str = ""
    how: str = ""


NOTHING = Outcome()


class Matcher:
    """A flow's keywords and menus, to be asked; made anew when the flow changes, and by nothing else.

    Phrases are compiled when the first text comes: every process has the settings, and one of them hears customers.
    """

    __slots__ = ("_book", "_options", "_phrases")

    def __init__(self, flow: Flow) -> None:
        self._phrases = [(keyword, phrase) for keyword in flow.keywords for phrase in keyword.phrases]
        self._book: PhraseBook | None = None
        self._options = {name: _by_what_is_typed(menu.options) for name, menu in flow.menus.items()}

    def find(self, text: str) -> Found | None:
        """The keyword that the text means, whole or in part, mistyped or by sound; None when it means none."""
        if self._book is None:
            self._book = PhraseBook(Entry(phrase, keyword.fuzzy) for keyword, phrase in self._phrases)
        hit = self._book.find(text)
        if hit is None:
            return None
        keyword, phrase = self._phrases[hit.place]
        return Found(keyword.id, phrase, hit.how, keyword.action)

    def option(self, menu: str, text: str) -> str | None:
        """The option of this menu that was typed, in its own spelling: `1.`, `１` and `①` are `1`."""
        return self._options.get(menu, {}).get(typed(text))


def outcome(flow: Flow, matcher: Matcher, menu: str, text: str) -> Outcome:
    """What the customer's words come to, while the text menu of this name is open to them (or none, `""`)."""
    chosen = matcher.option(menu, text)
    if chosen is not None:
        return Outcome(flow.menus[menu].options[chosen], f"menu:{menu}/{chosen}", "exact")
    found = matcher.find(text)
    if found is not None and (isinstance(found.action, Route) or _share(found, text) >= flow.answer_share):
        return Outcome(found.action, f"keyword:{found.keyword}", found.how)
    return NOTHING


def _share(found: Found, text: str) -> int:
    """How much of what the text says is the phrase that was found in it, in percent; a way to a seat needs no share."""
    return 100 if found.how != "contained" else round(100 * len(normalised(found.phrase)) / len(substance(text)))


def typed(text: str) -> str:
    """The bare words, or where there are none the signs themselves: a menu may have `#` and `*`."""
    return normalised(text) or trimmed(text)


def click(flow: Flow, key: str) -> Outcome:
    """What a click on the account's menu comes to."""
    return _set_up(flow.clicks, "click", key)


def scene(flow: Flow, name: str) -> Outcome:
    """What a scan of one of the account's QR codes comes to."""
    return _set_up(flow.scenes, "scene", name)


def _set_up(actions: Mapping[str, Action], kind: str, key: str) -> Outcome:
    action = actions.get(key)
    return NOTHING if action is None else Outcome(action, f"{kind}:{key}")


def _by_what_is_typed(options: Mapping[str, Action]) -> dict[str, str]:
    ways: dict[str, str] = {}
    for option in options:
        ways.setdefault(typed(option), option)
    ways.pop("", None)
    return ways
