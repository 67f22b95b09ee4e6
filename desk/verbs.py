"""From a client's frame to a command: parsed once, checked once, typed from there on.

A frame that makes no sense is the client's fault and is answered with a clear error; whether the verb may take
effect is the core's to say.
"""

import hashlib
import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from desk.errors import UserError
from desk.media import MediaStore, StoredMedia
from desk.web_session import Identity
from sessions import commands as cmd
from sessions.content import Content, Image, Text, Voice
from sessions.ids import GroupId, MediaKey, Presence, SeatId, SessionId

TEXT_BYTES_MAX = 2048
"""WeChat takes no longer text in one message (UTF-8)."""
ID_LENGTH_MAX = 64
NOTE_LENGTH_MAX = 2000
MEDIA_LENGTH_MAX = 100


_Id = Annotated[str, Meta(max_length=ID_LENGTH_MAX)]


class _Frame(Struct, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    id: _Id


class _SignInSeat(_Frame, tag="sign_in_seat"):
    presence: Presence = "available"


class _SignOutSeat(_Frame, tag="sign_out_seat"):
    pass


class _SetPresence(_Frame, tag="set_presence", kw_only=True):
    presence: Presence
    reason: str = ""


class _Accept(_Frame, tag="accept", kw_only=True):
    session: _Id


class _Reject(_Frame, tag="reject", kw_only=True):
    session: _Id


class _Send(_Frame, tag="send", kw_only=True):
    session: _Id
    text: str = ""
    media: Annotated[str, Meta(max_length=MEDIA_LENGTH_MAX)] = ""


class _Note(_Frame, tag="note", kw_only=True):
    session: _Id
    text: str


class _Transfer(_Frame, tag="transfer", kw_only=True):
    session: _Id
    to_group: _Id | None = None
    to_seat: _Id | None = None
    note: str = ""


class _HangUp(_Frame, tag="hang_up", kw_only=True):
    session: _Id


class _WrapUp(_Frame, tag="wrap_up", kw_only=True):
    session: _Id
    disposition: str = ""
    remark: str = ""


class Ping(_Frame, tag="ping"):
    """Is the line alive, and what time is it there."""


Frame = (
    _SignInSeat | _SignOutSeat | _SetPresence | _Accept | _Reject | _Send | _Note | _Transfer | _HangUp | _WrapUp | Ping
)
VERBS = frozenset(
    {
        "sign_in_seat",
        "sign_out_seat",
        "set_presence",
        "accept",
        "reject",
        "send",
        "note",
        "transfer",
        "hang_up",
        "wrap_up",
        "ping",
    }
)
_NAMED = re.compile(r"field `(\w+)`|`\$\.(\w+)")
"""Where the decoder names the field that it stumbled over."""
_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_loose: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


def parse(text: str) -> Frame:
    """The frame of this text; raises UserErrors `bad_frame`, `verb_unknown` and `argument_invalid`."""
    try:
        frame = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as failure:
        raise _what_is_wrong(text, failure) from failure
    if not frame.id:
        raise UserError("argument_invalid", "每条命令需要 1–64 个字符的 id", field="id")
    return frame


def client_id(text: str) -> str | None:
    """The `id` in a frame that may make no other sense, so that even its refusal can be told apart."""
    try:
        found = _loose.decode(text).get("id")
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, str) and len(found) <= ID_LENGTH_MAX else None


def request_key(identity: Identity, frame: Frame, text: str) -> str:
    """By what a repeated command is known: the sign-in, the client's id, and what was asked."""
    asked = hashlib.blake2s(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"{identity.sign_in_id}:{frame.id}:{asked}"


def to_command(frame: Frame, identity: Identity, request: str, media: MediaStore) -> cmd.AgentCommand:
    """The command of a frame, by this person; raises UserErrors `forbidden`, `text_too_long`, `media_unknown`."""
    if identity.role != "agent":
        raise UserError("forbidden", "您的角色不能执行此操作", status=403)
    actor = cmd.Actor(user=identity.user, role=identity.role, request=request, seat=identity.seat)
    match frame:
        case _SignInSeat():
            return cmd.SignInSeat(actor=actor, presence=frame.presence)
        case _SignOutSeat():
            return cmd.SignOutSeat(actor=actor)
        case _SetPresence():
            return cmd.SetPresence(actor=actor, presence=frame.presence, reason=_short(frame.reason, "reason"))
        case _Accept():
            return cmd.Accept(actor=actor, session=SessionId(frame.session))
        case _Reject():
            return cmd.Reject(actor=actor, session=SessionId(frame.session))
        case _Send():
            return cmd.Send(actor=actor, session=SessionId(frame.session), content=_content(frame, media))
        case _Note():
            return cmd.Note(actor=actor, session=SessionId(frame.session), text=_short(frame.text, "text"))
        case _Transfer():
            return cmd.Transfer(
                actor=actor,
                session=SessionId(frame.session),
                to_group=GroupId(frame.to_group) if frame.to_group else None,
                to_seat=SeatId(frame.to_seat) if frame.to_seat else None,
                note=_short(frame.note, "note"),
            )
        case _HangUp():
            return cmd.HangUp(actor=actor, session=SessionId(frame.session))
        case _WrapUp():
            return cmd.WrapUp(
                actor=actor,
                session=SessionId(frame.session),
                disposition=_short(frame.disposition, "disposition"),
                remark=_short(frame.remark, "remark"),
            )
        case Ping():
            raise AssertionError("a ping is no command")


def _content(frame: _Send, store: MediaStore) -> Content:
    if bool(frame.text) == bool(frame.media):
        raise UserError("argument_invalid", "请发送 text 或 media 其中之一", field="text")
    if frame.text:
        if len(frame.text.encode("utf-8", "replace")) > TEXT_BYTES_MAX:
            raise UserError("text_too_long", "文字超过微信单条 2048 字节的上限，请分成几条", field="text")
        return Text(text=frame.text)
    stored = store.stat(MediaKey(frame.media))
    if stored is None:
        raise UserError("media_unknown", "找不到该文件，请重新上传", field="media")
    return _media_content(stored)


def _media_content(stored: StoredMedia) -> Content:
    if stored.kind == "image":
        return Image(media=stored.media, mime=stored.mime)
    if stored.kind == "voice":
        return Voice(media=stored.media, mime=stored.mime, duration_ms=stored.duration_ms)
    raise UserError("media_type_refused", "只能发送图片或语音", field="media")


def _short(text: str, field: str) -> str:
    if len(text) > NOTE_LENGTH_MAX:
        raise UserError("text_too_long", "文字超过 2000 字的上限，请缩短", field=field)
    return text


def _what_is_wrong(text: str, failure: Exception) -> UserError:
    try:
        loose = _loose.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return UserError("bad_frame", "命令应为一个 JSON 对象，含 id 与 do")
    if not isinstance(verb := loose.get("do"), str) or verb not in VERBS:
        return UserError("verb_unknown", "没有这个命令，请检查 do", field="do")
    named = _NAMED.search(str(failure))
    field = (named[1] or named[2]) if named else ""
    return UserError("argument_invalid", "命令的参数有误：%(reason)s", field=field, reason=str(failure)[:200])
