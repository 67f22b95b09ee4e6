"""What a visitor's page may say, frame by frame, and how it is told that it made no sense."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from desk.errors import UserError
from desk.i18n import Language
from sessions.ids import Stars
from sessions.satisfaction import COMMENT_LENGTH_MAX

ID_LENGTH_MAX = 40
TOKEN_LENGTH_MAX = 120
MEDIA_LENGTH_MAX = 100
SESSION_LENGTH_MAX = 40
SEEN_MAX = 200
SEQ_MAX = 10**18

Id = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9_-]{{1,{ID_LENGTH_MAX}}}$")]
Seq = Annotated[int, Meta(ge=0, le=SEQ_MAX)]


class _Frame(Struct, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    pass


class Hello(_Frame, tag="hello"):
    """The first frame: who I am, if I know, and in which language I read."""

    token: Annotated[str, Meta(max_length=TOKEN_LENGTH_MAX)] = ""
    lang: Language = "zh"


class Say(_Frame, tag="say", kw_only=True):
    """A message; its `id` is the visitor's own name for it, by which a repeated one is known."""

    id: Id
    text: str = ""
    media: Annotated[str, Meta(max_length=MEDIA_LENGTH_MAX)] = ""


class Seen(_Frame, tag="seen", kw_only=True):
    """These lines are on my page."""

    lines: Annotated[list[Seq], Meta(max_length=SEEN_MAX)]


class Earlier(_Frame, tag="earlier", kw_only=True):
    """What was said before this place."""

    before: Seq


class Rate(_Frame, tag="rate", kw_only=True):
    """What the visitor thinks of a session that they were asked about; the last rating counts."""

    id: Id
    session: Annotated[str, Meta(max_length=SESSION_LENGTH_MAX)]
    stars: Stars
    comment: Annotated[str, Meta(max_length=COMMENT_LENGTH_MAX)] = ""


class Ping(_Frame, tag="ping"):
    """Is the line alive."""


Frame = Hello | Say | Seen | Earlier | Rate | Ping

_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


def parse(text: str | None) -> Frame:
    """The frame of this text. Raises UserError `bad_frame`."""
    try:
        if text is not None:
            return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        pass
    raise UserError("bad_frame", "请求无法识别，请刷新页面后重试")


def id_in(text: str | None) -> str | None:
    """The `id` in a frame that may make no other sense, so that even its refusal can be told apart."""
    try:
        found = msgspec.json.decode(text or "", type=dict[str, object]).get("id")
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, str) and len(found) <= ID_LENGTH_MAX else None
