"""How each event changes the floor, a file for each region of it. They only record: every rule lives in `decide`.

One small function an event, registered here by the event's type. Impossible events are assertions: they would mean a
broken ledger.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sessions.floor import Floor

_E = TypeVar("_E")
RECORDERS: dict[type, Callable[[Floor, Any], None]] = {}


def records(kind: type[_E]) -> Callable[[Callable[[Floor, _E], None]], Callable[[Floor, _E], None]]:
    """The decorated function records events of this kind."""

    def register(recorder: Callable[[Floor, _E], None]) -> Callable[[Floor, _E], None]:
        assert kind not in RECORDERS, f"{kind.__name__} is recorded twice"
        RECORDERS[kind] = recorder
        return recorder

    return register


def transcript_only(kind: type) -> None:
    """Matters to readers of the transcript, not to the floor."""
    RECORDERS[kind] = lambda _floor, _event: None
