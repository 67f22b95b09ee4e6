"""Turns a recording into MP3, a video into its first picture: `python -m desk.transcode amr voice.amr > voice.mp3`.

A program and not a function, because what it reads comes from strangers: see `desk.playable`. The demuxer is named by
the caller and never guessed, so that no playlist in disguise can make FFmpeg open other files or addresses.
"""

import contextlib
import io
import resource
import sys
from fractions import Fraction

CPU_S_MAX = 20
MEMORY_BYTES_MAX = 2 << 30
"""Of address space, most of which the libraries take without using it."""
SECONDS_MAX = 90
RATE_HZ = 16_000
BITS_A_SECOND = 32_000
DEMUXERS = {"amr": "amr", "wma": "asf", "spx": "ogg", "mp3": "mp3", "wav": "wav", "mp4": "mov"}
POSTER_PX = 440
"""The longer side of a video's picture."""


def to_mp3(voice: bytes, extension: str) -> bytes:
    """The recording as speech-quality MP3, in mono; raises what PyAV raises where it is none."""
    import av  # noqa: PLC0415 (its libraries are mapped under the limits)

    made = io.BytesIO()
    with (
        av.open(io.BytesIO(voice), "r", format=DEMUXERS[extension]) as source,
        av.open(made, "w", format="mp3") as target,
    ):
        encoder = target.add_stream("libmp3lame", rate=RATE_HZ)
        encoder.bit_rate = BITS_A_SECOND
        encoder.layout = "mono"
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=RATE_HZ)
        for frame in source.decode(audio=0):
            if frame.time is not None and frame.time > SECONDS_MAX:
                break
            for resampled in resampler.resample(frame):
                target.mux(encoder.encode(resampled))
        for resampled in resampler.resample(None):
            target.mux(encoder.encode(resampled))
        target.mux(encoder.encode(None))
    return made.getvalue()


def to_poster(video: bytes) -> bytes:
    """The video's first picture as a small JPEG; raises what PyAV raises where it is none."""
    import av  # noqa: PLC0415

    with av.open(io.BytesIO(video), "r", format=DEMUXERS["mp4"]) as source:
        frame = next(source.decode(video=0))
    scale = min(1, POSTER_PX / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale) // 2 * 2) for side in (frame.width, frame.height))
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    packets = encoder.encode(frame.reformat(width, height, "yuvj420p"))
    return b"".join(bytes(packet) for packet in [*packets, *encoder.encode(None)])


def main() -> None:
    """The command; answers 1 and says why where the recording is none."""
    extension, path = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S_MAX, CPU_S_MAX))
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    with open(path, "rb") as file:
        voice = file.read()
    try:
        made = to_poster(voice) if extension == "mp4" else to_mp3(voice, extension)
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
