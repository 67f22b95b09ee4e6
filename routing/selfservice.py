"""What customers get without a seat: menu clicks, QR scenes, text menus and keyword answers.

Pure data and pure reading of it. A flow belongs to accounts; what it says of a text is an action, and the rule
that led there.
"""

from msgspec import Struct


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
    that match nothing, the customer goes to the account's group; with 0 the first one does.
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
