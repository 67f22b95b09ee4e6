"""What the desk says, carried out through WeChat's API, and customers' files in.

Translates between the desk's contents and the API's calls, and the API's verdicts into the courier's: refused for
good, not now, or silence. Files are uploaded before they can be sent; WeChat keeps them for three days, so the id is
remembered for less, and one file to many customers goes up once.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Literal
from weakref import WeakValueDictionary

from desk.channels.adapter import (
    Delivered,
    FetchOutcome,
    MediaContent,
    NotNow,
    Outcome,
    Refused,
    TooLarge,
    TypingOutcome,
    Uncertain,
)
from desk.channels.wechat.accounts import AccountDirectory, WeChatAccount
from desk.channels.wechat.api import Astray, Downloaded, Failed, Sent, Uploaded, WeChatApi
from desk.channels.wechat.calls import Oversized, Unreached
from desk.channels.wechat.calls import Refused as RefusedByWeChat
from desk.channels.wechat.errcodes import reason_of
from desk.errors import UserError
from desk.media import MediaStore
from desk.playable import Playables
from sessions.content import Content, Image, Menu, Text, Voice, in_words
from sessions.ids import AccountId, CustomerId, MediaKey, Millis, account_of, openid_of
from sessions.profile import Told

KEPT_S = 60 * 3600
"""WeChat docs: an uploaded file lives for three days. Half a day less, for clocks and for queues."""
REMEMBERED_MAX = 5_000
FREQUENCY_REST_S = 3.0
"""How long an account rests that WeChat finds too busy."""

TYPING_AFTER_MS_MAX = 30_000
"""WeChat docs: "typing…" can be shown within 30 seconds of the last message; later it answers 45080."""

INVALID_MEDIA_ID = 40007
NO_MENUS = frozenset({40008, 48008})
"""Refusals of a msgmenu by accounts that have none."""
TOO_FREQUENT = frozenset({45011, 45033})


class WeChatCourier:
    """The `ChannelAdapter`, and the `Describer`, of all official accounts of a site."""

    def __init__(
        self,
        accounts: AccountDirectory,
        api: WeChatApi,
        media: MediaStore,
        *,
        now_s: Callable[[], float] = time.monotonic,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._accounts = accounts
        self._api = api
        self._media = media
        self._playables = Playables(media)
        self._now_s = now_s
        self._clock_ms = clock_ms
        self._uploaded: dict[tuple[str, MediaKey], tuple[str, float]] = {}
        self._uploading: WeakValueDictionary[tuple[str, MediaKey], asyncio.Lock] = WeakValueDictionary()

    def serves(self, account: AccountId) -> bool:
        """Whether it is one of WeChat's."""
        return self._accounts.get(account) is not None

    async def deliver(self, customer: CustomerId, content: Content) -> Outcome:
        """One attempt by custom/send, after an upload where there is a file to it."""
        account, openid = self._accounts.get(account_of(customer)), openid_of(customer)
        if account is None:
            return NotNow("unknown_account", "the account was removed")
        match content:
            case Text(text=text):
                return _outcome(await self._api.send_text(account, openid, text))
            case Menu():
                return await self._deliver_menu(account, openid, content)
            case Image(media=key) | Voice(media=key) if key:
                return await self._deliver_file(account, openid, content, key)
            case _:
                return Refused("content_unsupported", f"{type(content).__name__} cannot be sent through WeChat")

    async def show_typing(self, customer: CustomerId, last_at: Millis, *, on: bool) -> TypingOutcome:
        """The sign in the head of the chat, for 15 seconds or until a message comes."""
        account = self._accounts.get(account_of(customer))
        if account is None:
            return "unreachable"
        if on and self._clock_ms() - last_at > TYPING_AFTER_MS_MAX:
            return "too_late"
        answer = await self._api.typing(account, openid_of(customer), on=on)
        match answer:
            case Sent():
                return "shown" if on else "ended"
            case RefusedByWeChat():
                return "refused"
            case Unreached():
                return "unreachable"

    async def fetch(self, customer: CustomerId, content: MediaContent, bytes_max: int) -> FetchOutcome:
        """The file behind the media id that WeChat gave with the customer's message."""
        account = self._accounts.get(account_of(customer))
        if account is None:
            return NotNow("unknown_account", "the account was removed")
        file = await self._api.download_media(account, content.source, bytes_max=bytes_max)
        match file:
            case Downloaded(body=body):
                return body
            case Oversized():
                return TooLarge()
            case Astray():
                return Refused("address_refused", "WeChat gave an address that is none of its own")
            case RefusedByWeChat() | Unreached():
                return _verdict_on_file(file)

    async def describe(self, customer: CustomerId) -> Told | None:
        """What user/info says. WeChat tells no names; and of those who do not follow, nothing but that."""
        account = self._accounts.get(account_of(customer))
        if account is None:
            return None
        info = await self._api.user_info(account, openid_of(customer))
        if isinstance(info, RefusedByWeChat | Unreached):
            return None
        return Told(
            follows=info.subscribe == 1,
            since=Millis(info.subscribe_time * 1000),
            scene=info.subscribe_scene,
            code=info.qr_scene_str or (str(info.qr_scene) if info.qr_scene else ""),
            remark=info.remark,
            unionid=info.unionid,
            language=info.language,
        )

    async def _deliver_menu(self, account: WeChatAccount, openid: str, menu: Menu) -> Outcome:
        """As a menu to tap; as plain words where the account may not send menus."""
        answer = await self._api.send_menu(account, openid, menu.text, [(each.id, each.text) for each in menu.choices])
        if isinstance(answer, RefusedByWeChat) and answer.errcode in NO_MENUS:
            answer = await self._api.send_text(account, openid, in_words(menu))
        return _outcome(answer)

    async def _deliver_file(
        self, account: WeChatAccount, openid: str, content: Image | Voice, key: MediaKey
    ) -> Outcome:
        known = self._known_id(account, key)
        media_id = known or await self._upload(account, content, key)
        if not isinstance(media_id, str):
            return media_id
        send = self._api.send_image if isinstance(content, Image) else self._api.send_voice
        answer = await send(account, openid, media_id)
        if isinstance(answer, RefusedByWeChat) and answer.errcode == INVALID_MEDIA_ID:
            self._uploaded.pop((account.key, key), None)
            if known:
                return NotNow(str(answer.errcode), answer.errmsg)  # forgotten before its time: it goes up anew
        return _outcome(answer)

    async def _upload(self, account: WeChatAccount, content: Image | Voice, key: MediaKey) -> str | Refused | NotNow:
        lock = self._uploading.setdefault((account.key, key), asyncio.Lock())
        async with lock:
            if known := self._known_id(account, key):
                return known
            try:
                name, body, mime = await self._file(key)
            except UserError as error:
                return Refused(error.code, "the file is not in the store, or cannot be turned into what WeChat takes")
            kind: Literal["image", "voice"] = "image" if isinstance(content, Image) else "voice"
            answer = await self._api.upload_media(account, kind, name, body, mime)
            if not isinstance(answer, Uploaded):
                return _verdict_on_file(answer)
            self._remember(account, key, answer.media_id)
            return answer.media_id

    async def _file(self, key: MediaKey) -> tuple[str, bytes, str]:
        """Name, bytes and type to upload. WeChat docs: a voice is AMR or MP3 of 2 MB; browsers record neither."""
        stored = self._media.stat(key)
        if stored and stored.kind == "voice":
            path, mime = await self._playables.sendable(key)
            return path.name, await asyncio.to_thread(path.read_bytes), mime
        return key, await self._media.read(key), stored.mime if stored else ""

    def _known_id(self, account: WeChatAccount, key: MediaKey) -> str | None:
        media_id, good_until = self._uploaded.get((account.key, key), ("", 0.0))
        return media_id if media_id and self._now_s() < good_until else None

    def _remember(self, account: WeChatAccount, key: MediaKey, media_id: str) -> None:
        self._uploaded.pop((account.key, key), None)
        self._uploaded[account.key, key] = (media_id, self._now_s() + KEPT_S)
        if len(self._uploaded) > REMEMBERED_MAX:
            del self._uploaded[next(iter(self._uploaded))]


def _outcome(answer: Sent | Failed) -> Outcome:
    match answer:
        case Sent():
            return Delivered()
        case Unreached(may_have_arrived=True, cause=cause):
            return Uncertain(cause)
        case _:
            return _verdict_on_file(answer)


def _verdict_on_file(failed: Failed) -> Refused | NotNow:
    """What to do after a call that may be repeated without harm, or that certainly came to nothing."""
    if isinstance(failed, Unreached):
        return NotNow("unreachable", failed.cause)
    code, rest_s = str(failed.errcode), FREQUENCY_REST_S if failed.errcode in TOO_FREQUENT else 0.0
    if reason_of(failed.errcode).kind == "final":
        return Refused(code, failed.errmsg)
    return NotNow(code, failed.errmsg, rest_s)
