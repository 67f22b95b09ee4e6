"""What the page phase asks of the page."""

from msgspec import Struct


class Load(Struct, frozen=True):
    """What the page has to bear."""

    sessions: int = 10
    messages: int = 500
    frames_per_s: int = 20
    minutes: float = 2.0
