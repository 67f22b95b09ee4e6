"""How each person likes their desk: kept on the server, so that they find it at any computer.

Every field has the default that a newcomer should meet. What was stored by another version is read as far as it still
makes sense: a lost preference is a nuisance, a desk that does not open is a lost morning.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from desk.errors import UserError
from desk.frames import HOLD_MAX_S

BYTES_MAX = 4096
Hold = Annotated[int, Meta(ge=0, le=HOLD_MAX_S)]
Volume = Annotated[int, Meta(ge=0, le=100)]


class Preferences(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person's choices; `context` is whether the column beside the chat is shown.

    `notify` is what the system's notifications say while nobody looks: nothing, that something is there, or who and
    what. `volume` is of all sounds, of which each kind can be left out.
    `undo_s`: so long a message waits before the channel gets it, in case it is wanted back.
    """

    send_key: Literal["enter", "ctrl_enter"] = "enter"
    sort: Literal["waiting", "recent"] = "waiting"
    compact: bool = False
    context: bool = True
    volume: Volume = 60
    sound_offer: bool = True
    sound_message: bool = True
    sound_due: bool = True
    sound_colleague: bool = True
    notify: Literal["off", "private", "full"] = "off"
    undo_s: Hold = 0


def read(stored: str) -> Preferences:
    """The preferences that were stored; a field that this version does not understand has its default."""
    try:
        fields = msgspec.json.decode(stored, type=dict[str, Any])
    except msgspec.DecodeError:
        return Preferences()
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        try:
            _checked({name: value})
        except msgspec.ValidationError:
            continue
        kept[name] = value
    return _checked(kept)


def written(preferences: Preferences) -> str:
    """What `read` reads: only what was chosen, so that a better default reaches everybody else."""
    return msgspec.json.encode(preferences).decode()


def changed(preferences: Preferences, body: bytes) -> Preferences:
    """The preferences with the fields of a JSON object in place of theirs. Raises UserError `argument_invalid`."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as failure:
        raise UserError("argument_invalid", "请求内容应为 JSON 对象", status=422) from failure
    for name in fields:
        if name not in Preferences.__struct_fields__:
            raise UserError(
                "argument_invalid", "没有这项偏好设置：%(name)s", status=422, field=name[:40], name=name[:40]
            )
    try:
        return _checked(msgspec.to_builtins(preferences) | fields)
    except msgspec.ValidationError as failure:
        field = str(failure).rpartition("$.")[2].rstrip("`")
        raise UserError(
            "argument_invalid", "偏好设置“%(name)s”的值无效", status=422, field=field, name=field
        ) from failure


def _checked(fields: dict[str, Any]) -> Preferences:
    return msgspec.convert(fields, Preferences)
