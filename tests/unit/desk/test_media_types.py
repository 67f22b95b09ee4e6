"""A file is what its bytes say, and lasts as long as its headers say."""

import pytest

from desk.media_types import MediaType, sniff
from desk.voice_length import COUNTED_MS_MAX, duration_ms
from tests.recordings import CODECS, picture, voice


@pytest.mark.parametrize(
    ("content", "kind", "mime"),
    [
        (picture(), "image", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image", "image/jpeg"),
        (b"GIF89a\x01\0\x01\0", "image", "image/gif"),
        (b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01", "image", "image/bmp"),
        (b"#!AMR\n\x3c", "voice", "audio/amr"),
        (b"#!AMR-WB\n\x3c", "voice", "audio/amr"),
        (b"OggS" + bytes(24) + b"Speex   1.2", "voice", "audio/ogg"),
        (b"ID3\x04\0\0", "voice", "audio/mpeg"),
        (b"\0\0\0\x18ftypmp42", "video", "video/mp4"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(content: bytes, kind: str, mime: str) -> None:
    found = sniff(content)
    assert found
    assert (found.kind, found.mime) == (kind, mime)


@pytest.mark.parametrize("extension", CODECS)
def test_a_recording_is_known_by_its_first_bytes(extension: str) -> None:
    found = sniff(voice(extension))
    assert found is not None
    assert (found.kind, found.extension) == ("voice", extension)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BMW is a car",
        b"MZ\x90\0",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"\xff\xfeh\0i\0",
        b"OggS" + bytes(24) + b"OpusHead",
        b'{"errcode":40007}',
    ],
)
def test_anything_else_is_not_taken(content: bytes) -> None:
    assert sniff(content) is None


@pytest.mark.parametrize("extension", CODECS)
@pytest.mark.parametrize("seconds", [1, 12])
def test_the_length_of_a_recording_is_read_from_it(extension: str, seconds: int) -> None:
    assert duration_ms(voice(extension, seconds), extension) == pytest.approx(seconds * 1000, abs=200)


@pytest.mark.parametrize("extension", CODECS)
def test_a_recording_that_was_cut_off_anywhere_still_has_some_length(extension: str) -> None:
    whole = voice(extension, 1)
    lengths = [duration_ms(whole[:size], extension) for size in range(0, len(whole), 17)]
    assert all(0 <= length <= 1200 for length in lengths)


def test_a_header_that_promises_hours_counts_only_what_is_there() -> None:
    wav = bytearray(voice("wav", 1))
    at = wav.index(b"data")
    wav[at + 4 : at + 8] = b"\xff\xff\xff\x7f"
    assert duration_ms(bytes(wav), "wav") == pytest.approx(1000, abs=10)


@pytest.mark.parametrize(
    ("content", "extension"),
    [(b"#!AMR\n" + b"\xff" * 5_000_000, "amr"), ((b"\xff\xf3\x14\xc4" + bytes(20)) * 200_000, "mp3")],
)
def test_counting_ends_where_it_is_clear_that_it_is_too_long(content: bytes, extension: str) -> None:
    assert COUNTED_MS_MAX <= duration_ms(content, extension) < COUNTED_MS_MAX + 50


def test_a_wav_of_nothing_but_empty_chunks_has_no_length_and_is_not_walked_through() -> None:
    wav = voice("wav", 1)
    assert duration_ms(wav[:12] + (b"junk" + bytes(4)) * 10 + wav[12:], "wav") == pytest.approx(1000, abs=10)
    assert duration_ms(wav[:12] + (b"junk" + bytes(4)) * 500_000 + wav[12:], "wav") == 0


def test_an_image_does_not_last() -> None:
    assert duration_ms(picture(), "png") == 0


def test_every_type_can_be_told_from_its_extension() -> None:
    found = sniff(picture())
    assert found == MediaType("image", "image/png", "png")
