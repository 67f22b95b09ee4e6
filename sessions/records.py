"""What commands and events are made of: frozen, keyword-only, tagged structs.

The decorator tells type checkers what the struct options below them already make true at run time.
"""

from typing import dataclass_transform

import msgspec
from msgspec import Struct


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that travels: compact on the wire, hashable by nothing but its fields."""
