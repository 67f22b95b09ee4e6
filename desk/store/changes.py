"""What became different between two sites: leaf by leaf, for the history and whoever reads it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from sessions.settings import Site

CHANGES_MAX = 200
"""A change of more than this is told up to here; the whole of both sites is kept anyway."""
VALUE_LENGTH_MAX = 200


class Change(Struct, frozen=True):
    """A leaf of the site that changed; None where there was, or is, nothing."""

    path: tuple[str, ...]
    before: str | None
    after: str | None


def changes_between(before: Site, after: Site) -> list[Change]:
    """Every leaf that differs, in the order of the site's fields."""
    found = _differences((), _plain(before), _plain(after))
    return [change for change, _ in zip((each for each in found if each.path != ("version",)), range(CHANGES_MAX))]  # noqa: B905 - the shorter one ends it


def decode_changes(text: str) -> list[Change]:
    """What `encode_changes` wrote."""
    return msgspec.json.decode(text, type=list[Change])


def encode_changes(changes: list[Change]) -> str:
    """As it lies in `settings_version`."""
    return msgspec.json.encode(changes).decode()


def _differences(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _differences((*path, name), before.get(name), after.get(name))
        return
    yield Change(path, _shown(before), _shown(after))


def _plain(value: Any) -> Any:
    """Structs and lists of things that have an id as mappings, so that they are compared part by part."""
    if isinstance(value, Struct):
        tag = value.__struct_config__.tag
        fields = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
        return {"do": tag, **fields} if tag else fields
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, tuple) and value and isinstance(value[0], Struct) and hasattr(value[0], "id"):
        return {each.id: _plain(each) for each in value}
    return value


def _shown(value: Any) -> str | None:
    """A leaf, or a whole thing that came or went by what people know it by."""
    match value:
        case None:
            return None
        case str(words) | {"name": str(words)} | {"do": "answer", "text": str(words)}:
            return words[:VALUE_LENGTH_MAX]
        case {"phrases": tuple(phrases)}:
            return _shown(phrases)
        case (str(), *_):
            return "、".join(value)[:VALUE_LENGTH_MAX]
        case _:
            return msgspec.json.encode(value).decode()[:VALUE_LENGTH_MAX]
