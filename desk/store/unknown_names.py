"""Names in JSON that the type behind it does not know.

They are complaints, not silence: somebody meant something by them.
"""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct
from msgspec.inspect import DictType, ListType, StructType, Type, UnionType, VarTupleType, type_info

from desk.store.complaints import Complaint
from desk.store.plain_checking import Path


def unknown_names(kind: type[Struct], value: object, path: Path) -> Iterator[Complaint]:
    """Names that the type does not know, at any depth. Where the value is something else, converting it says so."""
    yield from _unknown(_known(kind), value, path)


@cache
def _known(kind: type[Struct]) -> Type:
    return type_info(kind)


def _unknown(known: Type, value: object, path: Path) -> Iterator[Complaint]:
    if isinstance(known, UnionType):
        known = next((each for each in known.types if _is_meant(each, value)), known)
    if isinstance(known, StructType) and isinstance(value, dict):
        fields = {each.encode_name: each.type for each in known.fields}
        for name, inner in value.items():
            if name in fields:
                yield from _unknown(fields[name], inner, (*path, name))
            elif name != known.tag_field:
                yield Complaint((*path, str(name)), "no_such_setting")
    elif isinstance(known, DictType) and isinstance(value, dict):
        for name, inner in value.items():
            yield from _unknown(known.value_type, inner, (*path, str(name)))
    elif isinstance(known, ListType | VarTupleType) and isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _unknown(known.item_type, inner, (*path[:-1], f"{path[-1]}[{place}]"))


def _is_meant(known: Type, value: object) -> bool:
    if not isinstance(known, StructType) or not isinstance(value, dict):
        return False
    return known.tag_field is None or value.get(known.tag_field) == known.tag
