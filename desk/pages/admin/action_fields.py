"""An action of self-service as a form has it: say something, lead to a seat, open a menu."""

from msgspec import Struct

from desk.i18n import Language, gettext_for
from desk.pages.admin.fields import Field, plain_text, read
from desk.pages.admin.frame import Form
from desk.store.complaints import Complaint
from desk.store.ranges import FLOW_RANGES
from routing.selfservice import Action, Answer, OpenMenu, Route
from sessions.ids import GroupId
from sessions.settings import Site

ACTION_FIELDS = ("do", "text", "group", "priority", "at_once", "menu")


class FormAction(Struct, frozen=True, kw_only=True):
    """What the fields show; `optional` offers to do nothing."""

    do: str = "answer"
    text: str = ""
    group: str = ""
    priority: str = "0"
    at_once: bool = True
    menu: str = ""
    optional: bool = False


def shown_action(action: Action | None, *, optional: bool = False) -> FormAction:
    """The fields of an action that is set up."""
    match action:
        case Answer():
            return FormAction(do="answer", text=action.text, optional=optional)
        case Route():
            return FormAction(
                do="route",
                text=action.text,
                group=action.group,
                priority=str(action.priority),
                at_once=action.at_once,
                optional=optional,
            )
        case OpenMenu():
            return FormAction(do="menu", menu=action.menu, optional=optional)
        case None:
            return FormAction(do="" if optional else "answer", optional=optional)


def typed_action(form: Form, prefix: str, *, optional: bool = False) -> FormAction:
    """The fields as they were sent."""
    return FormAction(
        do=form.text(f"{prefix}do"),
        text=plain_text(form.text(f"{prefix}text")),
        group=form.text(f"{prefix}group"),
        priority=form.text(f"{prefix}priority"),
        at_once=form.text(f"{prefix}at_once") == "on",
        menu=form.text(f"{prefix}menu"),
        optional=optional,
    )


def read_action(typed: FormAction, prefix: str, complaints: list[Complaint]) -> Action | None:
    """The action that was chosen; None for nothing, or where something is wrong with it."""
    match typed.do:
        case "answer":
            return Answer(text=typed.text)
        case "route":
            field = Field(name=f"{prefix}priority", label="", allowed=FLOW_RANGES["priority"])
            filled = read([field], {field.name: [typed.priority]})
            complaints += filled.complaints
            if filled.complaints:
                return None
            return Route(group=typed.group, priority=filled.values[field.name], text=typed.text, at_once=typed.at_once)
        case "menu":
            return OpenMenu(menu=typed.menu)
        case "" if typed.optional:
            return None
        case _:
            complaints.append(Complaint((f"{prefix}do",), "no_such_choice", {"value": typed.do[:40]}))
            return None


def told_action(action: Action | None, site: Site, lang: Language) -> str:
    """An action in a few words, for a list."""
    say = gettext_for(lang)
    match action:
        case Answer(text=text):
            return text
        case Route():
            group = site.groups.get(GroupId(action.group))
            name = ((group.name_en if lang == "en" else "") or group.name) if group else action.group
            return say("转到 %(group)s", group=name) + ("" if action.at_once else say("（下一条消息时）"))
        case OpenMenu(menu=menu):
            return say("打开菜单 %(menu)s", menu=menu)
        case None:
            return "–"


def fields_of(prefix: str = "") -> set[str]:
    """The names of the fields of an action."""
    return {prefix + name for name in ACTION_FIELDS}
