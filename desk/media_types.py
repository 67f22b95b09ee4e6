"""What a file is, by its first bytes.

Neither a name nor a Content-Type from outside is believed: browsers are shown what we found, and nothing else
is taken. These are the formats that WeChat and its customer service know.
"""

import re
from typing import Literal

import msgspec

Kind = Literal["image", "voice", "video"]


class MediaType(msgspec.Struct, frozen=True):
    """`extension` ends the file's name in the store and stands for the type."""

    kind: Kind
    mime: str
    extension: str


# A BMP has but two bytes of magic: its reserved zeros and the size of its header must be there, too. An MP3
# without tags has none: a frame header of layer III with a bit rate and a sample rate that exist must do.
_SIGNATURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), MediaType("image", "image/png", "png")),
    (re.compile(rb"\xff\xd8\xff"), MediaType("image", "image/jpeg", "jpg")),
    (re.compile(rb"GIF8[79]a"), MediaType("image", "image/gif", "gif")),
    (re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", re.S), MediaType("image", "image/bmp", "bmp")),
    (re.compile(rb"#!AMR(-WB)?\n"), MediaType("voice", "audio/amr", "amr")),
    (re.compile(rb"RIFF.{4}WAVE", re.S), MediaType("voice", "audio/wav", "wav")),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xf2\xf3\xfa\xfb\xe2\xe3][\x10-\xeb]"), MediaType("voice", "audio/mpeg", "mp3")),
    (
        re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"),
        MediaType("voice", "audio/x-ms-wma", "wma"),
    ),
    (re.compile(rb"OggS.{24}Speex {3}", re.S), MediaType("voice", "audio/ogg", "spx")),
    (re.compile(rb".{4}ftyp", re.S), MediaType("video", "video/mp4", "mp4")),
)
TYPES = {media_type.extension: media_type for _, media_type in _SIGNATURES}
ONLY_RECEIVED = frozenset({"image/bmp"})
"""Customers may send them; of what we send, WeChat takes no such file (WeChat docs: PNG, JPEG, GIF)."""


def sniff(content: bytes) -> MediaType | None:
    """The type of the file that begins like this; None for one that we do not take."""
    for signature, media_type in _SIGNATURES:
        if signature.match(content):
            return media_type
    return None
