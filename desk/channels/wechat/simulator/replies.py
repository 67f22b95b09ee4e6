"""What the platform makes of the answer to a push.

`success` and an empty body are silence. A passive reply is read as strictly as the platform reads it: sealed in
safe mode, signed, addressed back to the sender, of a known type. Everything else is abnormal, and the user sees
that the service is not available. What the platform does with a status other than 200 is written nowhere: here
it is abnormal and worth another attempt.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from desk.channels.wechat.crypto import WeChatCryptoError, verify_signature
from desk.channels.wechat.simulator.accounts import Account
from desk.channels.wechat.xml import Fields, XmlError, parse

ARTICLES_FOR_MESSAGE: Final = 1
ARTICLES_FOR_EVENT: Final = 8


class Silence(Struct, frozen=True):
    """Accepted; the user sees nothing."""


class Passive(Struct, frozen=True):
    """Accepted with a message to the user, in the shape of custom/send."""

    payload: dict[str, Any]


class Handover(Struct, frozen=True):
    """Accepted, and this message goes to the platform's own customer service."""

    kf_account: str


class Abnormal(Struct, frozen=True):
    """Not an answer. `again` tells whether another attempt may help."""

    reason: str
    again: bool = False


Verdict = Silence | Passive | Handover | Abnormal


class _UnfitError(Exception):
    """A passive reply that the platform would not show; says why in one word."""


def judge(
    account: Account,
    openid: str,
    *,
    to_event: bool,
    status: int,
    body: bytes,
    has_media: Callable[[str], bool],
) -> Verdict:
    """Reads the answer to a push from `openid`. `has_media` tells whether a media id can still be shown."""
    if status != 200:
        return Abnormal(f"http_{status}", again=True)
    if body in (b"success", b""):
        return Silence()
    try:
        reply = _opened(account, parse(body))
        if reply.get("ToUserName") != openid or reply.get("FromUserName") != account.settings.original_id:
            return Abnormal("wrong_addressee")
        if not str(reply.get("CreateTime", "")).isdigit():
            return Abnormal("no_create_time")
        return _read(reply, to_event, has_media)
    except XmlError:
        return Abnormal("not_xml")
    except WeChatCryptoError as error:
        return Abnormal(f"envelope_{error.errcode}")
    except _UnfitError as unfit:
        return Abnormal(str(unfit))


def _opened(account: Account, fields: Fields) -> Fields:
    """The reply inside its envelope, where the mode has or allows one."""
    mode = account.settings.mode
    if "Encrypt" not in fields:
        if mode == "safe":
            raise _UnfitError("plain_reply_in_safe_mode")
        return fields
    if mode == "plain":
        raise _UnfitError("sealed_reply_in_plain_mode")
    encrypted = _text(fields, "Encrypt")
    signed = (_text(fields, "TimeStamp"), _text(fields, "Nonce"), encrypted)
    if not verify_signature(_text(fields, "MsgSignature"), account.settings.token, *signed):
        raise _UnfitError("wrong_signature")
    return parse(account.envelope.decrypt(encrypted))


def _read(reply: Fields, to_event: bool, has_media: Callable[[str], bool]) -> Verdict:
    def media(fields: Mapping[str, Any], name: str) -> str:
        media_id = _text(fields, name)
        if not has_media(media_id):
            raise _UnfitError("unknown_media")
        return media_id

    kind = _text(reply, "MsgType")
    match kind:
        case "text":
            return Passive({"msgtype": kind, kind: {"content": _text(reply, "Content")}})
        case "image" | "voice":
            return Passive({"msgtype": kind, kind: {"media_id": media(_inner(reply, kind.title()), "MediaId")}})
        case "video":
            video = _inner(reply, "Video")
            titles = {"title": video.get("Title", ""), "description": video.get("Description", "")}
            return Passive({"msgtype": kind, kind: {"media_id": media(video, "MediaId"), **titles}})
        case "music":
            music = _inner(reply, "Music")
            thumb = media(music, "ThumbMediaId")
            names = ("Title", "Description", "MusicUrl", "HQMusicUrl")
            return Passive(
                {
                    "msgtype": kind,
                    kind: {**{n.lower(): music.get(n, "") for n in names}, "thumb_media_id": thumb},
                }
            )
        case "news":
            return Passive({"msgtype": kind, kind: {"articles": _articles(reply, to_event)}})
        case "transfer_customer_service":
            info = reply.get("TransInfo")
            return Handover(_text(info, "KfAccount") if isinstance(info, dict) else "")
        case _:
            raise _UnfitError("unknown_type")


def _articles(reply: Fields, to_event: bool) -> list[dict[str, Any]]:
    items = _inner(reply, "Articles").get("item")
    found = [item for item in (items if isinstance(items, list) else [items]) if isinstance(item, dict)]
    if not found or str(len(found)) != reply.get("ArticleCount"):
        raise _UnfitError("article_count")
    if len(found) > (ARTICLES_FOR_EVENT if to_event else ARTICLES_FOR_MESSAGE):
        raise _UnfitError("too_many_articles")
    return [{name.lower(): item.get(name, "") for name in ("Title", "Description", "PicUrl", "Url")} for item in found]


def _inner(fields: Fields, name: str) -> Fields:
    inner = fields.get(name)
    if not isinstance(inner, dict):
        raise _UnfitError(f"no_{name}")
    return inner


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A field's text. An empty one is as bad as none: only a whole body may be empty."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise _UnfitError(f"no_{name}")
    return value
