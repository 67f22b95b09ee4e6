"""What a file is and how long it sounds, from its first bytes.

The platform trusts neither a file's name nor its declared type. WAV and BMP are recognised though the upload
API refuses them, because simulated users may send them.
"""

from typing import Final

from msgspec import Struct


class Format(Struct, frozen=True):
    """`name` as WeChat writes it ("amr", "jpg"), `mime`, and the `kind` of message it can be."""

    name: str
    mime: str
    kind: str


JPG: Final = Format("jpg", "image/jpeg", "image")
PNG: Final = Format("png", "image/png", "image")
GIF: Final = Format("gif", "image/gif", "image")
BMP: Final = Format("bmp", "image/bmp", "image")
AMR: Final = Format("amr", "audio/amr", "voice")
AMR_WB: Final = Format("amr", "audio/amr-wb", "voice")
MP3: Final = Format("mp3", "audio/mpeg", "voice")
WAV: Final = Format("wav", "audio/wav", "voice")
MP4: Final = Format("mp4", "video/mp4", "video")

_MAGIC: Final[tuple[tuple[bytes, Format], ...]] = (
    (b"\xff\xd8\xff", JPG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"#!AMR-WB\n", AMR_WB),
    (b"#!AMR\n", AMR),
    (b"ID3", MP3),
)

# Bytes of a 20 ms frame by frame type, header byte included.
_AMR_FRAME: Final = (13, 14, 16, 18, 20, 21, 27, 32, 6)
_AMR_WB_FRAME: Final = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6)
_AMR_FRAME_MS: Final = 20

_MP3_KBITS_V1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_V2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MP3_HERTZ_V1: Final = (44_100, 48_000, 32_000)


def sniff(body: bytes) -> Format | None:
    """The format of a file, or None when it is none that WeChat knows."""
    for magic, found in _MAGIC:
        if body.startswith(magic):
            return found
    if body[:4] == b"RIFF" and body[8:12] == b"WAVE":
        return WAV
    if body[4:8] == b"ftyp":
        return MP4
    if len(body) > 3 and _mp3_frame(body, 0):
        return MP3
    return None


def duration_ms(body: bytes, of: Format) -> int:
    """How long a voice file sounds; 0 where it cannot be told."""
    if of is AMR:
        return _amr_ms(body, len(b"#!AMR\n"), _AMR_FRAME)
    if of is AMR_WB:
        return _amr_ms(body, len(b"#!AMR-WB\n"), _AMR_WB_FRAME)
    if of is MP3:
        return _mp3_ms(body)
    if of is WAV:
        return _wav_ms(body)
    return 0


def _amr_ms(body: bytes, start: int, sizes: tuple[int, ...]) -> int:
    frames, position = 0, start
    while position < len(body):
        kind = body[position] >> 3 & 0x0F
        position += sizes[kind] if kind < len(sizes) else 1
        frames += 1
    return frames * _AMR_FRAME_MS


def _wav_ms(body: bytes) -> int:
    bytes_a_second = int.from_bytes(body[28:32], "little")
    return (len(body) - 44) * 1000 // bytes_a_second if bytes_a_second else 0


def _mp3_ms(body: bytes) -> int:
    position = 0
    if body.startswith(b"ID3") and len(body) > 10:
        # The tag's size is written in four bytes of seven bits each.
        size = 0
        for byte in body[6:10]:
            size = size << 7 | byte & 0x7F
        position = 10 + size
    sounded_us = 0
    while frame := _mp3_frame(body, position):
        length, frame_us = frame
        sounded_us += frame_us
        position += length
    return sounded_us // 1000


def _mp3_frame(body: bytes, position: int) -> tuple[int, int] | None:
    """Length in bytes and microseconds of the layer III frame at `position`; None where there is none."""
    head = body[position : position + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version = head[1] >> 3 & 3  # 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
    rate_index, hertz_index, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or hertz_index == 3 or rate_index in (0, 15):
        return None
    first = version == 3
    kbits = (_MP3_KBITS_V1 if first else _MP3_KBITS_V2)[rate_index]
    hertz = _MP3_HERTZ_V1[hertz_index] // {3: 1, 2: 2, 0: 4}[version]
    samples = 1152 if first else 576
    return samples // 8 * kbits * 1000 // hertz + padding, samples * 1_000_000 // hertz
