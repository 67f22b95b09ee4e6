"""The form of a canned reply, the same wherever it is filled in: one's own page, the desk's dialog, the settings."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from desk.filling import VARIABLES, example, filled, unknown_variables
from desk.i18n import Language
from desk.pages.admin.fields import plain_text, refuse_unknown
from desk.pages.admin.frame import at_fields
from desk.pages.asking import position_in
from desk.replies import Reply, Scope
from desk.services import Services
from desk.store.complaints import Complaint
from desk.store.reply_checking import known_variables, sendable_complaints
from sessions.ids import Millis

FIELDS = ("title", "shortcut", "keywords", "category", "position", "text")
_BETWEEN = re.compile(r"[\n,，、;；]+")
_POSITION = re.compile(r"\d{1,4}")


class ReplyForm(Struct):
    """What was typed, and what is wrong with it: beside its field, or as a whole."""

    typed: dict[str, str]
    complaints: dict[str, str] = {}
    elsewhere: list[str] = []
    outdated: bool = False

    @property
    def wrong(self) -> bool:
        return bool(self.complaints or self.elsewhere)


def blank(text: str = "") -> ReplyForm:
    """For a new reply."""
    return ReplyForm({**dict.fromkeys(FIELDS, ""), "text": text})


def form_of(reply: Reply) -> ReplyForm:
    """For a reply as it is."""
    return ReplyForm(
        {
            "title": reply.title,
            "shortcut": reply.shortcut,
            "keywords": "、".join(reply.keywords),
            "category": reply.category,
            "position": str(reply.position) if reply.position else "",
            "text": reply.text,
        }
    )


def read_typed(fields: Mapping[str, list[str]], more: Iterable[str] = ()) -> ReplyForm:
    """What was sent. Raises UserError for fields that no such form has."""
    refuse_unknown(fields, {*FIELDS, *more})
    return ReplyForm({name: plain_text((fields.get(name) or [""])[-1]) for name in (*FIELDS, *more)})


def reply_from(form: ReplyForm, *, scope: Scope, owner: str, reply: str = "", updated_at: int = 0) -> Reply:
    """The reply that was typed; a position that is no number is out of every range, and told so when it is saved."""
    typed = form.typed
    position = typed["position"] or "0"
    return Reply(
        id=reply,
        scope=scope,
        owner=owner,
        title=" ".join(typed["title"].split()),
        text=typed["text"],
        shortcut=typed["shortcut"].removeprefix("/"),
        keywords=split_words(typed["keywords"]),
        category=" ".join(typed["category"].split()),
        position=int(position) if _POSITION.fullmatch(position) else -1,
        updated_at=updated_at,
    )


def stamp_in(form: ReplyForm) -> int:
    """When what the form was made of was last changed; 0 where it says nothing that makes sense."""
    return position_in(form.typed.get("stamp", "")) or 0


def split_words(text: str) -> tuple[str, ...]:
    """Keywords as people write them, each once: by lines, commas or 、."""
    return tuple(dict.fromkeys(word for part in _BETWEEN.split(text) if (word := part.strip())))


def complained(form: ReplyForm, complaints: Iterable[Complaint], lang: Language) -> ReplyForm:
    """The form with what is wrong told at its place."""
    beside, _ = at_fields(complaints, (), lang)
    elsewhere = [words for name, words in beside.items() if name not in form.typed]
    return ReplyForm(form.typed, {name: words for name, words in beside.items() if name in form.typed}, elsewhere)


def preview(services: Services, text: str, lang: Language, now: Millis) -> dict[str, Any]:
    """What a customer would read, or why they cannot."""
    complaints = [] if not text else list(sendable_complaints(("text",), text))
    if unknown := unknown_variables(text):
        names = " ".join(f"{{{name}}}" for name in unknown)
        complaints.append(
            Complaint(("text",), "unknown_variable", {"value": names, "known": known_variables()}),
        )
    said = filled(text, example(now, services.settings.timezone))
    return {"said": said, "complaints": [each.words(lang) for each in complaints]}


def form_context(form: ReplyForm, categories: Iterable[str]) -> dict[str, Any]:
    """What `replies/_fields.html` needs."""
    return {"form": form, "categories": sorted({each for each in categories if each}), "variables": VARIABLES}
