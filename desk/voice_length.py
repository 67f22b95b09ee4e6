"""How long a recording is, read from its own headers, without decoding it.

Enough to refuse what is too long and to show `0:12` beside the bubble. What cannot be understood is 0: unknown.
Nothing here trusts a length field further than the file reaches, or counts on once it is clear that it is too long.
"""

import struct
from collections.abc import Callable

COUNTED_MS_MAX = 120_000
"""No further: twice of what anybody may send, and a file of small frames has hundreds of thousands of them."""
CHUNKS_MAX = 1_000
"""Of a WAV, of which others than its format and its data may come first."""

AMR_NB_FRAME_BYTES = (13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1)
AMR_WB_FRAME_BYTES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1)
AMR_FRAME_MS = 20

SPX_MS_A_BYTE = 4
"""Of the thinnest mode, 2 kbit/s."""

MP3_KBITS = {  # layer III, by MPEG version
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
MP3_RATES = {0b11: (44_100, 48_000, 32_000), 0b10: (22_050, 24_000, 16_000), 0b00: (11_025, 12_000, 8_000)}

ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


def duration_ms(content: bytes, extension: str) -> int:
    """The length of a voice of this type, or 0 where it cannot be told; not exact beyond `COUNTED_MS_MAX`."""
    measure = _MEASURES.get(extension)
    try:
        return measure(content) if measure else 0
    except (struct.error, IndexError, ZeroDivisionError):
        return 0


def _amr(content: bytes) -> int:
    """Every frame begins with its mode, which tells its size, and lasts 20 ms."""
    wide = content.startswith(b"#!AMR-WB\n")
    sizes = AMR_WB_FRAME_BYTES if wide else AMR_NB_FRAME_BYTES
    at, frames = (9 if wide else 6), 0
    while at < len(content) and frames * AMR_FRAME_MS < COUNTED_MS_MAX:
        at += sizes[(content[at] >> 3) & 0x0F]
        frames += 1
    return frames * AMR_FRAME_MS


def _wav(content: bytes) -> int:
    """The size of the data by the bytes a second that the format gives."""
    at, bytes_a_second = 12, 0
    for _ in range(CHUNKS_MAX):
        name, size = struct.unpack_from("<4sI", content, at)
        if name == b"fmt ":
            (bytes_a_second,) = struct.unpack_from("<I", content, at + 16)
        elif name == b"data":
            return int(min(size, len(content) - at - 8) * 1000 // bytes_a_second)
        at += 8 + size + (size & 1)
    return 0


def _spx(content: bytes) -> int:
    """The samples that the last Ogg page counts, by the rate in the first; no more than its bytes can hold."""
    (rate,) = struct.unpack_from("<I", content, 28 + 36)
    (samples,) = struct.unpack_from("<Q", content, content.rfind(b"OggS") + 6)
    return min(int(samples * 1000 // rate), len(content) * SPX_MS_A_BYTE)


def _mp3(content: bytes) -> int:
    """All frames, one after the other: right for constant and variable bit rates, with and without an index."""
    at, samples_ms = _after_id3(content), 0.0
    while at + 4 <= len(content) and samples_ms < COUNTED_MS_MAX:
        header = int.from_bytes(content[at : at + 4], "big")
        version, layer = (header >> 19) & 3, (header >> 17) & 3
        kbits_index, rate_index = (header >> 12) & 15, (header >> 10) & 3
        if header >> 21 != 0x7FF or layer != 1 or version == 1 or kbits_index in {0, 15} or rate_index == 3:
            break  # a tag at the end, or noise
        rate = MP3_RATES[version][rate_index]
        samples = 1152 if version == 3 else 576
        kbits = MP3_KBITS[1 if version == 3 else 2][kbits_index]
        at += samples * kbits * 125 // rate + ((header >> 9) & 1)
        samples_ms += samples * 1000 / rate
    return round(samples_ms)


def _after_id3(content: bytes) -> int:
    if not content.startswith(b"ID3"):
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | (byte & 0x7F)
    return 10 + size


def _wma(content: bytes) -> int:
    """The play duration of the file properties, in units of 100 ns, less the time it buffers first."""
    at = content.index(ASF_FILE_PROPERTIES) if ASF_FILE_PROPERTIES in content[:64_000] else len(content)
    (play_duration,) = struct.unpack_from("<Q", content, at + 64)
    (preroll_ms,) = struct.unpack_from("<Q", content, at + 80)
    return max(0, int(play_duration // 10_000 - preroll_ms))


_MEASURES: dict[str, Callable[[bytes], int]] = {"amr": _amr, "wav": _wav, "mp3": _mp3, "wma": _wma, "spx": _spx}
