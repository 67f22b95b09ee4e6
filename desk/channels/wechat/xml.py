"""WeChat's small dialect of XML: flat fields, CDATA for strings, bare numbers, a little nesting.

A parser of our own on expat, because the body comes from strangers: any DOCTYPE is refused on sight (no
entity can then be defined, so none can explode or read a file) and depth, nodes and size are bounded.
Attributes and the root's name carry nothing in this dialect and are ignored.

In front of it stands a pattern for the one form that nearly every push has: a flat row of elements, CDATA or
bare. It takes a quarter of expat's time, which is felt at thousands of pushes a second; whatever deviates from
that form by a character, harmless or not, is left to expat, and tests hold the two to the same answers.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.parsers import expat

Value: TypeAlias = "str | Fields | list[str | Fields]"
Fields: TypeAlias = dict[str, Value]
"""Element name → its text, its own fields, or a list of either when the element is repeated."""

Renderable: TypeAlias = "str | int | Mapping[str, Renderable] | Sequence[Renderable]"

BYTES_MAX = 64 * 1024
DEPTH_MAX = 8
NODES_MAX = 1024

# What XML 1.0 cannot carry, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# The flat form. No input makes the pattern try many ways: each character can belong to one part of it only. A
# carriage return is left out because XML reads it as a line feed, and so is all that XML forbids. Quantifiers are
# possessive where that saves time, but not those of groups: Debian 12's Python 3.11.2 takes these wrongly.
_BAD = r"\x00-\x08\x0b-\x1f\ufffe\uffff"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*+"
_CDATA = rf"<!\[CDATA\[([^\]{_BAD}]*+(?:\](?!\]>)[^\]{_BAD}]*+)*)\]\]>"
_BARE = rf"([^<>&\]{_BAD}]*+)"
_ELEMENT = rf"<({_NAME})>(?:{_CDATA}|{_BARE})</\1>"
_FLAT_ELEMENT = re.compile(_ELEMENT)
_FLAT = re.compile(rf"<xml>[ \t\n]*+(?:{_ELEMENT}[ \t\n]*+)+</xml>[ \t\n]*+")


class XmlError(ValueError):
    """The body is not XML that WeChat would send; the message names the reason, never the content."""

    code = "malformed_xml"


def parse(body: bytes) -> Fields:
    """The fields inside the root element; an empty element is "". Raises `XmlError`."""
    if len(body) > BYTES_MAX:
        raise XmlError(f"longer than {BYTES_MAX} bytes")
    return _parse_flat(body) or _parse_any(body)


def _parse_flat(body: bytes) -> Fields | None:
    """The fields of a body in the flat form; None for any other, which may be good XML or not."""
    try:
        words = body.decode()
    except UnicodeDecodeError:
        return None
    if not _FLAT.fullmatch(words):
        return None
    elements = _FLAT_ELEMENT.findall(words)
    fields: Fields = {name: cdata or bare for name, cdata, bare in elements}
    # A repeated element is a list, and too many are too many: both for the other parser to say.
    return fields if len(fields) == len(elements) < NODES_MAX else None


def _parse_any(body: bytes) -> Fields:
    # For each open element its fields, or None as long as it has none: most have only text.
    document: Fields = {}
    stack: list[Fields | None] = [document]
    pieces: list[str] = []
    nodes = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal nodes
        nodes += 1
        if nodes > NODES_MAX:
            raise XmlError(f"more than {NODES_MAX} elements")
        if len(stack) > DEPTH_MAX:
            raise XmlError(f"nested deeper than {DEPTH_MAX}")
        if stack[-1] is None:
            stack[-1] = {}
        stack.append(None)
        pieces.clear()

    def end(name: str) -> None:
        value: str | Fields | None = stack.pop()
        if value is None:
            value = "".join(pieces)
        pieces.clear()
        siblings = stack[-1]
        assert siblings is not None, "a parent has had fields since its first child began"
        if name not in siblings:
            siblings[name] = value
            return
        present = siblings[name]
        if isinstance(present, list):
            present.append(value)
        else:
            siblings[name] = [present, value]

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = pieces.append
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise XmlError(expat.ErrorString(error.code)) from None
    (root,) = document.values()
    if not isinstance(root, dict):
        raise XmlError("no fields")
    return root


def render(fields: Mapping[str, Renderable], root: str = "xml") -> str:
    """XML as WeChat writes it: strings in CDATA, numbers bare, a sequence as a repeated element.

    Characters that XML cannot carry become U+FFFD.
    """
    return _element(root, fields)


def _element(name: str, value: Renderable) -> str:
    match value:
        case str():
            # "]]>" would end the section early: split it over two.
            text = _FORBIDDEN.sub("\ufffd", value).replace("]]>", "]]]]><![CDATA[>")
            return f"<{name}><![CDATA[{text}]]></{name}>"
        case int():
            return f"<{name}>{value}</{name}>"
        case Mapping():
            return f"<{name}>{''.join(_element(key, item) for key, item in value.items())}</{name}>"
        case _:
            return "".join(_element(name, item) for item in value)


def _refuse_doctype(_name: str, _system: str | None, _public: str | None, _internal: int) -> None:
    raise XmlError("a DOCTYPE is not accepted")
