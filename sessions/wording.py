"""One spelling of a type's name for the wire: `SessionOffered` is `session_offered`."""

import re

_BOUNDARY = re.compile(r"(?<!^)(?=[A-Z])")


def snake_case(name: str) -> str:
    """The snake_case form of a class name."""
    return _BOUNDARY.sub("_", name).lower()
