"""The body of a push, XML or JSON, as one shape: nested fields whose leaves are strings.

WeChat lets an account choose either data format. The body tells which it is (XML never begins with a
brace), the Content-Type header is not asked. JSON is held to the same bounds as XML, and to what XML can
carry: no NUL gets further in than this, which SQL would choke on.
"""

from typing import Any

import msgspec

from desk.channels.wechat import xml
from desk.channels.wechat.xml import Fields, Value

_decoder = msgspec.json.Decoder(dict[str, Any])


class MalformedBodyError(ValueError):
    """The body is neither XML nor JSON as WeChat writes them; the message gives the reason, never the content."""

    code = "malformed_body"


def read_fields(body: bytes) -> Fields:
    """The fields of a push body. Raises `MalformedBodyError`."""
    if body.lstrip()[:1] != b"{":
        try:
            return xml.parse(body)
        except xml.XmlError as error:
            raise MalformedBodyError(str(error)) from None
    if len(body) > xml.BYTES_MAX:
        raise MalformedBodyError(f"longer than {xml.BYTES_MAX} bytes")
    try:
        values = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBodyError("not well-formed JSON") from None
    return _fields(values, 1)


def text(fields: Fields, name: str) -> str:
    """The text of a field; "" where it is missing, empty or nested."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def nested(fields: Fields, name: str) -> Fields:
    """The fields inside a field; none where it is missing or plain."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def several(fields: Fields, name: str) -> list[Fields]:
    """The items of a repeated field: converters make one of it where there was a single item."""
    value = fields.get(name)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _fields(values: dict[str, Any], depth: int) -> Fields:
    if depth > xml.DEPTH_MAX:
        raise MalformedBodyError(f"nested deeper than {xml.DEPTH_MAX}")
    return {_clean(name): _value(value, depth) for name, value in values.items()}


def _value(value: Any, depth: int) -> Value:
    if isinstance(value, list):
        return [_leaf(item, depth) for item in value]
    return _leaf(value, depth)


def _leaf(value: Any, depth: int) -> "str | Fields":
    match value:
        case str():
            return _clean(value)
        case dict():
            return _fields(value, depth + 1)
        case list():
            raise MalformedBodyError("a list inside a list")
        case None:
            return ""
        case _:
            return str(value)


def _clean(words: str) -> str:
    return words.replace("\0", "\ufffd")
