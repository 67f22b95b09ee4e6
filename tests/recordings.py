"""Sounds, pictures and videos for tests, made from nothing: real files of each format that customers send."""

import io
import math
import struct
import zlib
from array import array
from functools import cache
from pathlib import Path

import av

TONE_HZ = 440
CODECS = {
    "amr": ("amr", "libopencore_amrnb", 8_000, 12_200),
    "mp3": ("mp3", "libmp3lame", 16_000, 32_000),
    "wav": ("wav", "pcm_s16le", 8_000, 128_000),
    "wma": ("asf", "wmav2", 16_000, 32_000),
}


@cache
def voice(extension: str, seconds: float = 1) -> bytes:
    """A tone, recorded in this format."""
    container, codec, rate, bit_rate = CODECS[extension]
    made = io.BytesIO()
    with av.open(made, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        stream.bit_rate = bit_rate
        fifo = av.AudioFifo()
        for frame in av.AudioResampler(stream.format, "mono", rate).resample(_tone(rate, seconds)):
            fifo.write(frame)
        while frame_read := fifo.read(stream.frame_size or 1024, partial=True):
            target.mux(stream.encode(frame_read))
        target.mux(stream.encode(None))
    return made.getvalue()


def large_voice() -> bytes:
    """An MP3 of a second and more than 2 MB, as songs are that carry a picture."""
    return b"ID3\x04\0\0" + b"\x01\0\0\0" + bytes(1 << 21) + voice("mp3", 1)  # its size has seven bits a byte


def long_voice(seconds: int) -> bytes:
    """An AMR of so many seconds. To record them all would take long; its frames can be repeated as they are."""
    head, frames = voice("amr")[:6], voice("amr")[6:]
    return head + frames[: 50 * 32] * seconds


def spoken_in_speex() -> bytes:
    """A tone of a second, recorded by libspeex 1.2.1 (`speexenc -w`): FFmpeg reads this format and cannot write it."""
    return (Path(__file__).parent / "files" / "tone.spx").read_bytes()


def video(width: int = 64, height: int = 48, seconds: float = 1) -> bytes:
    """An MP4 of one colour."""
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as target:
        stream = target.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(round(10 * seconds)):
            frame = av.VideoFrame(width, height, "rgb24")
            frame.planes[0].update(bytes((200, 60, 40)) * (frame.planes[0].line_size // 3 * height))
            target.mux(stream.encode(frame.reformat(format="yuv420p")))
        target.mux(stream.encode(None))
    return made.getvalue()


def picture(width: int = 8, height: int = 8, colour: tuple[int, int, int] = (30, 120, 80)) -> bytes:
    """A PNG of one colour."""
    rows = (b"\0" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def bitmap() -> bytes:
    """A BMP of one white dot."""
    header = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + header + b"\xff\xff\xff\0"


def _tone(rate: int, seconds: float) -> av.AudioFrame:
    wave = array("h", (int(9000 * math.sin(2 * math.pi * TONE_HZ * i / rate)) for i in range(int(rate * seconds))))
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(wave))
    frame.sample_rate = rate
    frame.pts = 0
    frame.planes[0].update(wave.tobytes())
    return frame


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
