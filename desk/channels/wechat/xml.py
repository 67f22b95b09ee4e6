"""WeChat's small dialect of XML: flat fields, CDATA for strings, bare numbers, a little nesting.

A parser of our own on expat, because the body comes from strangers: any DOCTYPE is refused on sight (no
entity can then be defined, so none can explode or read a file) and depth, nodes and size are bounded.
Attributes and the root's name carry nothing in this dialect and are ignored.
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


class XmlError(ValueError):
    """The body is not XML that WeChat would send; the message names the reason, never the content."""

    code = "malformed_xml"


def parse(body: bytes) -> Fields:
    """The fields inside the root element; an empty element is "". Raises `XmlError`."""
    if len(body) > BYTES_MAX:
        raise XmlError(f"longer than {BYTES_MAX} bytes")
    # One frame per open element: its fields so far and the pieces of its text.
    frames: list[tuple[Fields, list[str]]] = [({}, [])]
    pieces = frames[0][1]
    nodes = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal nodes, pieces
        nodes += 1
        if nodes > NODES_MAX:
            raise XmlError(f"more than {NODES_MAX} elements")
        if len(frames) > DEPTH_MAX:
            raise XmlError(f"nested deeper than {DEPTH_MAX}")
        pieces = []
        frames.append(({}, pieces))

    def end(name: str) -> None:
        nonlocal pieces
        fields, text = frames.pop()
        siblings, pieces = frames[-1]
        value: str | Fields = fields or "".join(text)
        if name not in siblings:
            siblings[name] = value
            return
        present = siblings[name]
        if isinstance(present, list):
            present.append(value)
        else:
            siblings[name] = [present, value]

    def characters(text: str) -> None:
        pieces.append(text)

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise XmlError(expat.ErrorString(error.code)) from None
    (root,) = frames[0][0].values()
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
