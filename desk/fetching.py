"""Files on their way in: what customers send is fetched from the channel at once, checked and kept.

Channels forget files after days, so we do not wait for somebody to look. The files of one account share its slots and
take none from another's. Fetching twice does no harm, therefore no intent is written: whatever was not settled is
fetched again. What a file is, its first bytes decide.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from prometheus_client import Counter
from redis.exceptions import RedisError

from desk.channels.adapter import ChannelAdapter, FetchOutcome, MediaContent, NotNow, Refused, TooLarge
from desk.errors import UserError
from desk.media import BYTES_MAX, MediaStore
from desk.media_types import Kind
from desk.outbox import Outbox, OutboxLost
from desk.patience import Patience
from sessions import commands as cmd
from sessions.content import Image, Voice
from sessions.ids import AccountId, CustomerId, MessageId, Seq, SessionId, account_of
from sessions.waiting import set_within

SLOTS = 8
"""Files at a time for each account: each may take 10 MB of memory."""
UNAVAILABLE = "media_unavailable"

FILES = Counter("desk_courier_files", "Files of customers, by what became of them.", ["outcome"])

log = logging.getLogger(__name__)


class Incoming(Struct, frozen=True):
    """A customer's message whose file is to be fetched; `give_up_at` is on the event loop's clock."""

    seq: Seq
    customer: CustomerId
    message: MessageId
    session: SessionId
    content: MediaContent
    give_up_at: float


class Fetches:
    """The files of one term of office."""

    def __init__(
        self, adapters: Sequence[ChannelAdapter], media: MediaStore, outbox: Outbox, patience: Patience
    ) -> None:
        self._adapters = adapters
        self._media = media
        self._outbox = outbox
        self._patience = patience
        self._slots: defaultdict[AccountId, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(SLOTS))
        self._closing = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many are under way or wait."""
        return len(self.tasks)

    def take(self, incoming: Incoming) -> None:
        """Fetch it beside the others."""
        task = asyncio.create_task(self._bring(incoming))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def close(self) -> None:
        """Begin no more; what was not begun is fetched by the next courier."""
        self._closing.set()

    async def _bring(self, incoming: Incoming) -> None:
        slots = self._slots[account_of(incoming.customer)]
        attempts = 0
        while True:
            async with slots:
                if self._closing.is_set():
                    return
                attempts += 1
                outcome = await self._attempt(incoming)
            if not isinstance(outcome, NotNow):
                break
            rest_s = max(outcome.rest_s, self._patience.rest_s(attempts))
            if _now() + rest_s >= incoming.give_up_at:
                outcome = _rejected(incoming, UNAVAILABLE, outcome.detail or outcome.code)
                break
            await set_within(self._closing, rest_s)
        try:
            await self._outbox.settle(incoming.seq, outcome)
        except OutboxLost:
            self.close()

    async def _attempt(self, incoming: Incoming) -> cmd.ReportMediaStored | cmd.ReportMediaRejected | NotNow:
        kind = _kind(incoming.content)
        account = account_of(incoming.customer)
        adapter = next((adapter for adapter in self._adapters if adapter.serves(account)), None)
        if adapter is None:
            return NotNow("unknown_account")
        try:
            fetched = await adapter.fetch(incoming.customer, incoming.content, BYTES_MAX[kind])
            return await self._keep(incoming, kind, fetched)
        except (RedisError, OSError) as failure:
            return NotNow("unreachable", type(failure).__name__)
        except Exception as failure:
            log.exception("a file could not be fetched", extra={"message_id": incoming.message})
            return NotNow("unforeseen", type(failure).__name__)

    async def _keep(
        self, incoming: Incoming, kind: Kind, fetched: FetchOutcome
    ) -> cmd.ReportMediaStored | cmd.ReportMediaRejected | NotNow:
        match fetched:
            case NotNow():
                return fetched
            case Refused(code=code):
                return _rejected(incoming, UNAVAILABLE, code)
            case TooLarge():
                return _rejected(incoming, CODES[kind]["media_too_large"], "")
            case bytes():
                pass
        try:
            stored = await self._media.put(fetched, (kind,))
        except UserError as error:
            return _rejected(incoming, CODES[kind].get(error.code, UNAVAILABLE), error.code)
        FILES.labels("stored").inc()
        return cmd.ReportMediaStored(
            message=incoming.message,
            session=incoming.session,
            media=stored.media,
            mime=stored.mime,
            size_bytes=stored.size_bytes,
            duration_ms=stored.duration_ms,
        )


CODES: dict[Kind, dict[str, str]] = {
    "image": {"media_too_large": "image_too_large", "media_type_refused": "image_type_refused"},
    "voice": {
        "media_too_large": "voice_too_large",
        "media_too_long": "voice_too_long",
        "media_type_refused": "voice_type_refused",
    },
    "video": {"media_too_large": "media_too_large", "media_type_refused": "media_type_refused"},
}
"""What the media store says, in the words of the desk's notices to customers (`sessions.notices`)."""


def _rejected(incoming: Incoming, code: str, detail: str) -> cmd.ReportMediaRejected:
    FILES.labels(code).inc()
    log.warning("a file was not kept", extra={"message_id": incoming.message, "code": code, "detail": detail})
    return cmd.ReportMediaRejected(
        message=incoming.message, session=incoming.session, code=code, customer=incoming.customer
    )


def _kind(content: MediaContent) -> Kind:
    return "image" if isinstance(content, Image) else "voice" if isinstance(content, Voice) else "video"


def _now() -> float:
    return asyncio.get_running_loop().time()
