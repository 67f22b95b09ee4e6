"""From a client's frame to a command: parsed once, checked once, typed from there on.

A frame that makes no sense is the client's fault and is answered with a clear error; whether the verb may take
effect is the core's to say.
"""

import hashlib
import re
from typing import Any

import msgspec

from desk import frames
from desk.errors import UserError
from desk.media import MediaStore, StoredMedia, type_refused
from desk.media_types import ONLY_RECEIVED
from desk.web_session import Identity
from sessions import commands as cmd
from sessions.content import Content, Image, Text, Voice
from sessions.ids import GroupId, MediaKey, MessageId, Millis, SeatId, SessionId

TEXT_BYTES_MAX = 2048
"""WeChat takes no longer text in one message (UTF-8)."""
NOTE_LENGTH_MAX = 2000

_NAMED = re.compile(r"field `(\w+)`|`\$\.(\w+)")
"""Where the decoder names the field that it stumbled over."""
_decoder: msgspec.json.Decoder[frames.Frame] = msgspec.json.Decoder(frames.Frame)
_loose: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


def parse(text: str) -> frames.Frame:
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
    return found if isinstance(found, str) and len(found) <= frames.ID_LENGTH_MAX else None


def request_key(identity: Identity, frame: frames.Frame) -> str:
    """By what a repeated command is known: the sign-in, the client's id, and what was asked, however it was spelled."""
    asked = hashlib.blake2s(msgspec.json.encode(frame, order="deterministic"), digest_size=8).hexdigest()
    return f"{identity.sign_in_id}:{frame.id}:{asked}"


def to_command(frame: frames.Frame, identity: Identity, request: str, media: MediaStore) -> cmd.AgentCommand:
    """The command of a frame, by this person; raises UserErrors `forbidden`, `text_too_long`, `media_unknown`."""
    if identity.role != "agent":
        raise UserError("forbidden", "您的角色不能执行此操作", status=403)
    actor = cmd.Actor(user=identity.user, role=identity.role, request=request, seat=identity.seat)
    match frame:
        case frames.SignInSeat():
            return cmd.SignInSeat(actor=actor, presence=frame.presence)
        case frames.SignOutSeat():
            return cmd.SignOutSeat(
                actor=actor,
                hand_over=frame.hand_over,
                note=_short(frame.note, "note"),
                notes={SessionId(session): _short(note, "notes") for session, note in frame.notes.items() if note},
            )
        case frames.SetPresence():
            return cmd.SetPresence(actor=actor, presence=frame.presence, reason=_short(frame.reason, "reason"))
        case frames.Accept():
            return cmd.Accept(actor=actor, session=SessionId(frame.session))
        case frames.StepIn():
            return cmd.StepIn(actor=actor, session=SessionId(frame.session))
        case frames.Reject():
            return cmd.Reject(actor=actor, session=SessionId(frame.session))
        case frames.Send():
            return cmd.Send(
                actor=actor,
                session=SessionId(frame.session),
                content=_content(frame, media),
                canned=tuple(dict.fromkeys(frame.canned)),
                resends=MessageId(frame.resends) if frame.resends else None,
                hold_s=frame.hold_s,
            )
        case frames.Recall():
            return cmd.Recall(actor=actor, session=SessionId(frame.session), message=MessageId(frame.message))
        case frames.Note():
            return cmd.Note(
                actor=actor,
                session=SessionId(frame.session),
                text=_short(frame.text, "text"),
                mentions=tuple(SeatId(seat) for seat in frame.mentions),
            )
        case frames.Transfer():
            return cmd.Transfer(
                actor=actor,
                session=SessionId(frame.session),
                to_group=GroupId(frame.to_group) if frame.to_group else None,
                to_seat=SeatId(frame.to_seat) if frame.to_seat else None,
                note=_short(frame.note, "note"),
            )
        case frames.HangUp():
            return cmd.HangUp(actor=actor, session=SessionId(frame.session))
        case frames.WrapUp():
            return cmd.WrapUp(
                actor=actor,
                session=SessionId(frame.session),
                disposition=_short(frame.disposition, "disposition"),
                remark=_short(frame.remark, "remark"),
            )
        case frames.Park() | frames.Promise() | frames.Resume() | frames.SetTurn() | frames.MarkCustomer():
            return _bridging(frame, actor)
        case frames.DescribeCustomer():
            return cmd.DescribeCustomer(
                actor=actor,
                session=SessionId(frame.session),
                revision=frame.revision,
                remark=frame.remark,
                phone=frame.phone,
                tags=frame.tags,
                fields=dict(frame.fields),
            )
        case frames.Consult() | frames.ConsultSay() | frames.EndConsult():
            return _consulting(frame, actor)
        case frames.Ping() | frames.Draft() | frames.Typing() | frames.Look():
            raise AssertionError("what is no fact is no command")


def _bridging(
    frame: frames.Park | frames.Promise | frames.Resume | frames.SetTurn | frames.MarkCustomer, actor: cmd.Actor
) -> cmd.AgentCommand:
    """What keeps a session honest while the customer is away."""
    session = SessionId(frame.session)
    match frame:
        case frames.Park():
            return cmd.Park(actor=actor, session=session)
        case frames.Promise():
            return cmd.Promise(actor=actor, session=session, due_at=Millis(frame.due_at), text=_sendable(frame.text))
        case frames.Resume():
            return cmd.Resume(actor=actor, session=session)
        case frames.SetTurn():
            return cmd.SetTurn(actor=actor, session=session, turn=frame.turn)
        case frames.MarkCustomer():
            return cmd.MarkCustomer(actor=actor, session=session, mark=frame.mark, on=frame.on)


def _consulting(frame: frames.Consult | frames.ConsultSay | frames.EndConsult, actor: cmd.Actor) -> cmd.AgentCommand:
    """The side thread between two colleagues."""
    session = SessionId(frame.session)
    match frame:
        case frames.Consult():
            text = _short(frame.text, "text")
            return cmd.Consult(actor=actor, session=session, to_seat=SeatId(frame.to_seat), text=text)
        case frames.ConsultSay():
            return cmd.ConsultSay(actor=actor, session=session, text=_short(frame.text, "text"))
        case frames.EndConsult():
            return cmd.EndConsult(actor=actor, session=session)


def _content(frame: frames.Send, store: MediaStore) -> Content:
    if bool(frame.text) == bool(frame.media):
        raise UserError("argument_invalid", "请发送 text 或 media 其中之一", field="text")
    if frame.text:
        return Text(text=_sendable(frame.text))
    stored = store.stat(MediaKey(frame.media))
    if stored is None:
        raise UserError("media_unknown", "找不到该文件，请重新上传", field="media")
    return _media_content(stored)


def _media_content(stored: StoredMedia) -> Content:
    if stored.mime in ONLY_RECEIVED:
        raise type_refused("media")
    if stored.kind == "image":
        return Image(media=stored.media, mime=stored.mime)
    if stored.kind == "voice":
        return Voice(media=stored.media, mime=stored.mime, duration_ms=stored.duration_ms)
    raise type_refused("media")


def _sendable(text: str) -> str:
    if len(text.encode("utf-8", "replace")) > TEXT_BYTES_MAX:
        raise UserError("text_too_long", "文字超过单条 2048 字节的上限，请分成几条", field="text")
    return text


def _short(text: str, field: str) -> str:
    if len(text) > NOTE_LENGTH_MAX:
        raise UserError("text_too_long", "文字超过 2000 字的上限，请缩短", field=field)
    return text


def _what_is_wrong(text: str, failure: Exception) -> UserError:
    try:
        loose = _loose.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return UserError("bad_frame", "命令应为一个 JSON 对象，含 id 与 do")
    if not isinstance(verb := loose.get("do"), str) or verb not in frames.VERBS:
        return UserError("verb_unknown", "没有这个命令，请检查 do", field="do")
    named = _NAMED.search(str(failure))
    field = (named[1] or named[2]) if named else ""
    return UserError("argument_invalid", "命令的参数有误：%(reason)s", field=field, reason=str(failure)[:200])
