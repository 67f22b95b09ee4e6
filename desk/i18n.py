"""Chinese first, English by switch.

The Chinese text itself is the key of a message, so templates and code read as the Chinese page does and only
English needs a catalog. Each part of the desk keeps its own file in `locale/en/`; they are read as they are,
once, at the first use. A text in two files must be the same in both: a test says so.
"""

import gettext
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, Protocol, cast

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
LANGUAGE_COOKIE = "lang"
CATALOGS = Path(__file__).parent / "locale" / "en"

_RANGE = re.compile(r"\s*([a-zA-Z*]+)(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")


class Translate(Protocol):
    def __call__(self, text: str, /, **values: object) -> str: ...


def gettext_for(lang: Language) -> Translate:
    """The function that says a Chinese text in this language; `%(name)s` in it stands for a value given by name."""
    words = translations(lang)

    def translate(text: str, /, **values: object) -> str:
        translated = words.gettext(text)
        return translated % values if values else translated

    return translate


def gettext_noop(text: str) -> str:
    """Marks a text that is translated later, where the reader's language is known."""
    return text


@cache
def translations(lang: Language) -> gettext.NullTranslations:
    """The catalog of a language, as jinja and gettext want it."""
    if lang == "zh":
        return gettext.NullTranslations()
    merged = Catalog(locale="en", charset="utf-8")
    for file in catalog_files():
        for message in read_catalog(file):
            merged.add(message.id, message.string)
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def catalog_files() -> list[Path]:
    """The English catalogs, one for each part of the desk."""
    return sorted(CATALOGS.glob("*.po"))


def read_catalog(file: Path) -> Catalog:
    """One English catalog, read strictly."""
    with file.open("rb") as lines:
        return read_po(lines, locale="en", charset="utf-8", abort_invalid=True)


def language_of(connection: HTTPConnection) -> Language:
    """The language to speak to whoever is asking: their own choice, else what their browser clearly prefers."""
    identity = connection.scope.get("identity")
    chosen = identity.lang if identity is not None else connection.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return cast(Language, chosen)
    return preferred(connection.headers.get("accept-language", ""))


def preferred(accept_language: str) -> Language:
    """English where the header ranks it above Chinese, else Chinese."""
    ranks = {"zh": 0.0, "en": 0.0}
    for name, rank in _ranges(accept_language):
        if name in ranks:
            ranks[name] = max(ranks[name], rank)
    return "en" if ranks["en"] > ranks["zh"] else "zh"


def _ranges(accept_language: str) -> Iterator[tuple[str, float]]:
    """Each language of the header with its weight, an earlier one counting a trifle more than a later equal."""
    for place, part in enumerate(accept_language[:200].split(",")):
        if found := _RANGE.fullmatch(part):
            yield found[1].lower(), float(found[2] or 1) - place / 10_000
