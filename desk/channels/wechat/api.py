"""WeChat's API as the desk uses it: send, show typing, move media, ask who a customer is.

Every call ends in a value, never in an exception of the network, and the type says what a sender must know:
it was taken, it was refused (and why), or there was silence (and whether it may have arrived). WeChat gives
sent messages no identity, so nothing here repeats a call that may have arrived; the one repetition is after a
refused token, which WeChat refuses before doing anything.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.addresses import fetchable
from desk.channels.wechat.calls import CALL_S_MAX, Answer, Oversized, Refused, Unreached, call, call_json, fields_in
from desk.channels.wechat.errcodes import reason_of
from desk.channels.wechat.token import AccessTokens

MediaType = Literal["image", "voice", "video", "thumb"]

MEDIA_BYTES_MAX = 10 << 20
"""WeChat docs: no temporary file is larger than 10 MB."""
MEDIA_S_MAX = 60.0

_FILENAME = re.compile(r'filename="?([^";]*)"?', re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_UNSAFE = re.compile(r"[^\w.() -]|^\.+")


class Sent(Struct, frozen=True):
    """WeChat took it. That it was shown to the customer, WeChat never says."""


class Uploaded(Struct, frozen=True):
    """WeChat keeps the file for three days under `media_id`."""

    media_id: str


class Downloaded(Struct, frozen=True):
    """A customer's file. `content_type` and `filename` are what WeChat says: not to be trusted for either."""

    body: bytes
    content_type: str
    filename: str


class Astray(Struct, frozen=True):
    """WeChat told an address that is none of its own: nothing was asked there, and never will be."""


class UserInfo(Struct, frozen=True):
    """What WeChat tells of a customer; since the end of 2021 mostly no nickname and no picture.

    `subscribe` is 0 for someone who does not follow, of whom nothing else is told.
    """

    openid: str = ""
    subscribe: int = 0
    unionid: str = ""
    nickname: str = ""
    headimgurl: str = ""
    remark: str = ""
    subscribe_time: int = 0
    subscribe_scene: str = ""
    qr_scene: int = 0
    qr_scene_str: str = ""
    language: str = ""
    tagid_list: list[int] = []


class _Video(Struct, frozen=True):
    """Where a video lies, which WeChat tells instead of sending it."""

    address: str


Failed = Refused | Unreached
_R = TypeVar("_R")


class WeChatApi:
    """The API for all accounts of a site.

    `base_url` has no slash at its end. A call without files is given up after `call_s_max` seconds.
    """

    def __init__(
        self, client: aiohttp.ClientSession, tokens: AccessTokens, base_url: str, *, call_s_max: float = CALL_S_MAX
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._base_url = base_url
        self._call_s_max = call_s_max

    async def send_text(self, account: WeChatAccount, openid: str, text: str) -> Sent | Failed:
        """WeChat takes about 2,048 bytes of text; more is refused with 45002."""
        # JSON can only carry control characters escaped, and WeChat refuses whatever is escaped.
        return await self._send(account, openid, "text", {"content": _CONTROL.sub("", text)})

    async def send_menu(
        self, account: WeChatAccount, openid: str, words: str, choices: list[tuple[str, str]]
    ) -> Sent | Failed:
        """Words with choices to tap, each an id and its words: a tap comes back as text with `bizmsgmenuid`."""
        items = [{"id": name, "content": _CONTROL.sub("", text)} for name, text in choices]
        menu = {"head_content": _CONTROL.sub("", words), "list": items, "tail_content": ""}
        return await self._send(account, openid, "msgmenu", menu)

    async def send_image(self, account: WeChatAccount, openid: str, media_id: str) -> Sent | Failed:
        return await self._send(account, openid, "image", {"media_id": media_id})

    async def send_voice(self, account: WeChatAccount, openid: str, media_id: str) -> Sent | Failed:
        return await self._send(account, openid, "voice", {"media_id": media_id})

    async def typing(self, account: WeChatAccount, openid: str, *, on: bool = True) -> Sent | Failed:
        """Shows "typing…" for 15 s, or ends it. Refusals (45080, 45081) are harmless."""
        command = "Typing" if on else "CancelTyping"
        answer = await self._post(account, "/cgi-bin/message/custom/typing", {"touser": openid, "command": command})
        return answer if isinstance(answer, Refused | Unreached) else Sent()

    async def upload_media(
        self, account: WeChatAccount, media_type: MediaType, filename: str, body: bytes, content_type: str = ""
    ) -> Uploaded | Failed:
        """Puts a file where messages can name it. WeChat judges the type by the file name's ending."""
        kind = content_type or "application/octet-stream"

        async def upload(token: str) -> dict[str, Any] | Failed:
            return await call_json(
                self._client,
                "POST",
                f"{self._base_url}/cgi-bin/media/upload",
                params={"access_token": token, "type": media_type},
                data=_form(filename, body, kind),
                seconds_max=MEDIA_S_MAX,
            )

        answer = await self._with_token(account, upload)
        if isinstance(answer, Refused | Unreached):
            return answer
        # WeChat docs: thumbnails answer under a name of their own.
        media_id = answer.get("media_id") or answer.get("thumb_media_id")
        if not isinstance(media_id, str) or not media_id:
            return Unreached(True, "the answer names no media")
        return Uploaded(media_id)

    async def download_media(
        self, account: WeChatAccount, media_id: str, *, bytes_max: int = MEDIA_BYTES_MAX
    ) -> Downloaded | Oversized | Astray | Failed:
        """A file that a customer sent, within three days. Reading stops where it grows beyond `bytes_max`."""

        async def download(token: str) -> Downloaded | _Video | Oversized | Failed:
            address = f"{self._base_url}/cgi-bin/media/get"
            return await self._file(address, bytes_max, params={"access_token": token, "media_id": media_id})

        file: Downloaded | _Video | Oversized | Failed = await self._with_token(account, download)
        if isinstance(file, _Video) and (address := fetchable(file.address, self._base_url)):
            file = await self._file(address, bytes_max)
        return Astray() if isinstance(file, _Video) else file

    async def user_info(self, account: WeChatAccount, openid: str) -> UserInfo | Failed:
        async def ask(token: str) -> dict[str, Any] | Failed:
            return await call_json(
                self._client,
                "GET",
                f"{self._base_url}/cgi-bin/user/info",
                params={"access_token": token, "openid": openid, "lang": "zh_CN"},
                seconds_max=self._call_s_max,
            )

        answer = await self._with_token(account, ask)
        if isinstance(answer, Refused | Unreached):
            return answer
        try:
            return msgspec.convert(answer, UserInfo, strict=False)
        except msgspec.ValidationError:
            return Unreached(True, "the answer describes no user")

    async def _send(self, account: WeChatAccount, openid: str, msgtype: str, body: object) -> Sent | Failed:
        message = {"touser": openid, "msgtype": msgtype, msgtype: body}
        answer = await self._post(account, "/cgi-bin/message/custom/send", message)
        return answer if isinstance(answer, Refused | Unreached) else Sent()

    async def _post(self, account: WeChatAccount, path: str, json: object) -> dict[str, Any] | Failed:
        async def post(token: str) -> dict[str, Any] | Failed:
            return await call_json(
                self._client,
                "POST",
                self._base_url + path,
                json=json,
                params={"access_token": token},
                seconds_max=self._call_s_max,
            )

        return await self._with_token(account, post)

    async def _with_token(
        self, account: WeChatAccount, attempt: Callable[[str], Awaitable[_R | Failed]]
    ) -> _R | Failed:
        """Makes a call with the account's token; once more with another when that one is refused.

        What fails before the call is made certainly did not arrive, whatever became of the token request.
        """
        token = await self._tokens.current(account)
        if not isinstance(token, str):
            return _not_tried(token)
        result = await attempt(token)
        if not isinstance(result, Refused) or reason_of(result.errcode).kind != "refresh_token":
            return result
        token = await self._tokens.renewed(account, token)
        if isinstance(token, str):
            return await attempt(token)
        return _not_tried(token) if isinstance(token, Unreached) else token

    async def _file(self, url: str, bytes_max: int, **request: Any) -> Downloaded | _Video | Oversized | Failed:
        answer = await call(self._client, "GET", url, bytes_max=bytes_max, seconds_max=MEDIA_S_MAX, **request)
        if not isinstance(answer, Answer):
            return answer
        # Errors and the addresses of videos come as JSON where a file is expected; no file begins like that.
        fields = fields_in(answer.body) if answer.body[:1] == b"{" else None
        match fields:
            case Refused():
                return fields
            case {"video_url": str(address)}:
                return _Video(address)
        if not answer.body:
            return Unreached(True, "the file is empty")
        return Downloaded(answer.body, answer.content_type, _filename(answer.disposition))


def _form(filename: str, body: bytes, content_type: str) -> aiohttp.FormData:
    """The one-file form that WeChat takes; made anew for each attempt, for it is used up by sending."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("media", body, filename=filename, content_type=content_type)
    return form


def _not_tried(failure: Failed) -> Failed:
    return Unreached(False, failure.cause) if isinstance(failure, Unreached) else failure


def _filename(disposition: str) -> str:
    """The bare name in a Content-Disposition, fit to be shown; "" where there is none."""
    found = _FILENAME.search(disposition)
    return _UNSAFE.sub("_", re.split(r"[/\\]", found[1])[-1])[:120] if found else ""
