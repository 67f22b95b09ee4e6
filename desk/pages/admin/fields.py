"""What a form asks: each field told once, for showing it, for reading it and for saying what is wrong with it.

A field's name is the dotted way to its value (`ladder.park.after_s`). Numbers are shown in the unit that people think
in and kept in the core's: 72 hours are 259200 seconds. An empty optional number switches a thing off.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from desk.errors import UserError
from desk.i18n import Language, Translate, gettext_for
from desk.store.complaints import Complaint
from desk.store.ranges import Range

Kind = Literal["number", "text", "area", "switch", "choice", "many"]
Values = Mapping[str, Any]

NOT_ASKED = frozenset({"_csrf", "stamp"})
"""Fields that every form carries beside its own."""
_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,4})?")
"""Far more digits than any number may have: what is too large is to be called so, and not no number."""
_SHOWN_WITHIN = Decimal("0.00005")
"""Numbers are shown to four places: 100 seconds as 0.0278 hours, which are to be read as 100 seconds again."""
FIELD_LENGTH_MAX = 20_000


class Choice(NamedTuple):
    """An option; `label` is in the reader's language already."""

    value: str
    label: str


class Field(Struct, frozen=True, kw_only=True):
    """`label`, `hint` and `unit` are Chinese, to be translated where they are shown. `scale` is kept over shown."""

    name: str
    label: str
    kind: Kind = "number"
    hint: str = ""
    unit: str = ""
    scale: int = 1
    optional: bool = False
    allowed: Range | None = None
    joined: str = ""
    """The field that it belongs to, and is shown with."""


class Section(Struct, frozen=True, kw_only=True):
    """Fields that belong together, under a title."""

    title: str
    fields: tuple[Field, ...]
    about: str = ""


class ShownField(Struct, frozen=True, kw_only=True):
    """A field as a template needs it, in the reader's language."""

    name: str
    kind: Kind
    label: str
    hint: str
    unit: str
    value: str
    chosen: frozenset[str] = frozenset()
    choices: Sequence[Choice] = ()
    default: str = ""
    least: str = ""
    most: str = ""
    joined: str = ""
    complaint: str = ""


class ShownSection(Struct, frozen=True, kw_only=True):
    title: str
    about: str
    fields: list[ShownField]


class Filled(Struct):
    """What came back: the values that could be read, what was typed, and what is wrong."""

    values: dict[str, Any] = {}
    typed: dict[str, str | list[str]] = {}
    complaints: list[Complaint] = []


# Reading.


def read(
    fields: Iterable[Field], form: Mapping[str, list[str]], choices: Mapping[str, Sequence[Choice]] | None = None
) -> Filled:
    """The values of the form; what is wrong with a field is said at its name."""
    filled = Filled()
    for field in fields:
        given = [plain_text(each) for each in form.get(field.name, ())]
        text = given[-1] if given else ""
        filled.typed[field.name] = given if field.kind == "many" else text
        try:
            filled.values[field.name] = tuple(given) if field.kind == "many" else _value(field, text)
            _check_choice(field, given, (choices or {}).get(field.name))
        except _Wrong as wrong:
            filled.complaints.append(wrong.complaint)
    return filled


def refuse_unknown(names: Iterable[str], known: Collection[str]) -> None:
    """A form of another version of the desk, or of somebody's making, is refused rather than half read."""
    for name in names:
        if name not in known and name not in NOT_ASKED:
            raise UserError("unknown_field", "表单中有无法识别的内容，请刷新页面后重试", field=name[:80])


def plain_text(text: str) -> str:
    """What was typed, without the spaces around it and with plain line ends. Raises UserError where it has no end."""
    if len(text) > FIELD_LENGTH_MAX:
        raise UserError("field_too_long", "内容过长，请缩短后重试")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def lines_of(text: str) -> tuple[str, ...]:
    """Words with a line for each, once each."""
    return tuple(dict.fromkeys(word for line in text.splitlines() if (word := line.strip())))


def narrow(text: str) -> str:
    """Digits and signs as Chinese input methods type them, `２０：００`, made the plain ones."""
    return unicodedata.normalize("NFKC", text)


class _Wrong(Exception):  # noqa: N818 - it never leaves this file
    def __init__(self, field: Field, code: str, **values: object) -> None:
        super().__init__(code)
        self.complaint = Complaint(tuple(field.name.split(".")), code, values)


def _value(field: Field, text: str) -> Any:
    match field.kind:
        case "number":
            return _number(field, text)
        case "switch":
            return text == "on"
        case _:
            return text


def _check_choice(field: Field, given: list[str], choices: Sequence[Choice] | None) -> None:
    if choices is None:
        return
    offered = {each.value for each in choices}
    for value in given:
        if value not in offered:
            raise _Wrong(field, "no_such_choice", value=value[:40])


def _number(field: Field, text: str) -> int | None:
    if not text:
        if field.optional:
            return None
        raise _Wrong(field, "missing")
    plain = narrow(text)
    if not _NUMBER.fullmatch(plain):
        raise _Wrong(field, "not_a_number", value=text[:40])
    exact = Decimal(plain) * field.scale
    kept = exact.to_integral_value()
    if abs(exact - kept) > field.scale * _SHOWN_WITHIN:
        raise _Wrong(field, "not_a_number", value=text[:40])
    if field.allowed and not field.allowed.least <= kept <= field.allowed.most:
        raise _Wrong(
            field,
            "out_of_range",
            value=text,
            least=shown_number(field.allowed.least, field.scale),
            most=shown_number(field.allowed.most, field.scale),
        )
    return int(kept)


# Showing.


def show(
    sections: Iterable[Section],
    lang: Language,
    values: Values,
    *,
    typed: Mapping[str, str | list[str]] | None = None,
    complaints: Mapping[str, str] | None = None,
    defaults: Values | None = None,
    choices: Mapping[str, Sequence[Choice]] | None = None,
) -> list[ShownSection]:
    """The sections filled with these values, or with what was typed where a form came back."""
    say = gettext_for(lang)
    return [
        ShownSection(
            title=say(section.title),
            about=say(section.about) if section.about else "",
            fields=[
                _shown(field, say, values, typed or {}, complaints or {}, defaults or {}, choices or {})
                for field in section.fields
            ],
        )
        for section in sections
    ]


def shown_number(value: int, scale: int) -> str:
    """In the field's own unit, without idle zeros."""
    number = Decimal(value) / scale
    return f"{number.quantize(Decimal('0.0001')).normalize():f}"


def _shown(
    field: Field,
    say: Translate,
    values: Values,
    typed: Mapping[str, str | list[str]],
    complaints: Mapping[str, str],
    defaults: Values,
    choices: Mapping[str, Sequence[Choice]],
) -> ShownField:
    value = typed[field.name] if field.name in typed else _as_typed(field, values.get(field.name))
    allowed = field.allowed
    return ShownField(
        name=field.name,
        kind=field.kind,
        label=say(field.label),
        hint=say(field.hint) if field.hint else "",
        unit=say(field.unit) if field.unit else "",
        value=value if isinstance(value, str) else "",
        chosen=frozenset(value) if isinstance(value, list) else frozenset(),
        choices=choices.get(field.name, ()),
        default=_default(field, say, defaults, choices),
        least=shown_number(allowed.least, field.scale) if allowed else "",
        most=shown_number(allowed.most, field.scale) if allowed else "",
        joined=field.joined,
        complaint=complaints.get(field.name, ""),
    )


def _as_typed(field: Field, value: Any) -> str | list[str]:
    if field.kind == "many":
        return [str(each) for each in value or ()]
    if value is None:
        return ""
    if field.kind == "switch":
        return "on" if value else ""
    if field.kind == "number":
        return shown_number(value, field.scale)
    return str(value)


def _default(field: Field, say: Translate, defaults: Values, choices: Mapping[str, Sequence[Choice]]) -> str:
    if field.name not in defaults or field.kind in {"text", "area", "many", "switch"}:
        return ""
    value = defaults[field.name]
    if field.kind == "choice":
        return next((each.label for each in choices.get(field.name, ()) if each.value == value), "")
    if value is None:
        return say("不启用")
    return f"{shown_number(value, field.scale)} {say(field.unit) if field.unit else ''}".strip()
