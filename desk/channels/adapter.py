"""What the courier asks of a channel: carry one message out, fetch one file in.

One call is one attempt. An adapter does not wait and try again: it says what came of it, and above all whether the
message can have reached the customer, for only what certainly did not may be tried again.
"""

from typing import Literal, Protocol

from msgspec import Struct

from sessions.content import Content, Image, Video, Voice
from sessions.ids import AccountId, CustomerId, Millis
from sessions.profile import Told

MediaContent = Image | Voice | Video


class Delivered(Struct, frozen=True):
    """The channel took the message."""


class Refused(Struct, frozen=True):
    """The channel said no, and will say it again. `code` is the channel's or ours, `detail` is for people."""

    code: str
    detail: str = ""


class NotNow(Struct, frozen=True):
    """It certainly did not get through this time, and may the next. The account rests `rest_s` before anything else."""

    code: str
    detail: str = ""
    rest_s: float = 0


class Uncertain(Struct, frozen=True):
    """It was on its way and no answer came: it may have arrived, so it is not sent again."""

    detail: str = ""


class TooLarge(Struct, frozen=True):
    """The file is over the limit, and was not read to its end."""


Outcome = Delivered | Refused | NotNow | Uncertain
TypingOutcome = Literal["shown", "ended", "too_late", "refused", "unreachable"]
"""What became of a sign that a seat writes; `too_late`: nothing was said for so long that the channel takes none."""
FetchOutcome = bytes | TooLarge | Refused | NotNow


class Describer(Protocol):
    """A channel that tells who its customers are."""

    def serves(self, account: AccountId) -> bool:
        """Whether customers of this account are known to this channel."""
        ...

    async def describe(self, customer: CustomerId) -> Told | None:
        """What it tells of the customer; None where it does not, or not now. Raises `RedisError` or `OSError`."""
        ...


class ChannelAdapter(Protocol):
    """One channel. Raises `RedisError` or `OSError` only before anything was sent."""

    def serves(self, account: AccountId) -> bool:
        """Whether customers of this account are reached through this channel."""
        ...

    async def deliver(self, customer: CustomerId, content: Content) -> Outcome:
        """Carry it to the customer, once."""
        ...

    async def show_typing(self, customer: CustomerId, last_at: Millis, *, on: bool) -> TypingOutcome:
        """Let the customer see that a seat writes to them, or does no longer; worth one attempt and no more."""
        ...

    async def fetch(self, customer: CustomerId, content: MediaContent, bytes_max: int) -> FetchOutcome:
        """The file that a customer's message names; harmless to repeat."""
        ...
