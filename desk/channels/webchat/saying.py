"""What a visitor wants to say, as the content that the desk knows; whatever is over a limit is refused in words."""

import re

from desk.channels.webchat.frames import Say
from desk.errors import UserError
from desk.media import MediaStore
from sessions.content import Content, Image, Text
from sessions.ids import MediaKey

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of characters: nobody sees them, and not every store takes them."""


def content_of(said: Say, store: MediaStore, text_max: int) -> Content:
    """Raises UserErrors `nothing_said`, `text_too_long`, `media_unknown`."""
    text = visible(said.text)
    if bool(text) == bool(said.media):
        raise UserError("nothing_said", "请输入文字或选择图片", field="text")
    if said.media:
        stored = store.stat(MediaKey(said.media))
        if stored is None or stored.kind != "image":
            raise UserError("media_unknown", "找不到该文件，请重新上传", field="media")
        return Image(media=stored.media, mime=stored.mime)
    if len(text) > text_max:
        raise UserError("text_too_long", "最多 %(most)s 字，请分成几条", field="text", most=text_max)
    return Text(text=text)


def visible(text: str) -> str:
    """The words without what nobody sees."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
