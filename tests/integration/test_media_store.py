"""Files are taken by what they are, kept whole, and played by browsers."""

import asyncio
import io
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from desk.errors import UserError
from desk.media import BYTES_MAX, MediaStore
from desk.media_types import Kind
from desk.playable import Playables
from desk.voice_length import duration_ms
from sessions.ids import MediaKey
from tests.recordings import long_voice, picture, spoken_in_speex, video, voice

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


async def test_what_was_put_can_be_read_again(store: MediaStore) -> None:
    stored = await store.put(picture())
    assert (stored.kind, stored.mime, stored.size_bytes) == ("image", "image/png", len(picture()))
    assert await store.read(stored.media) == picture()
    assert store.stat(stored.media) == stored


async def test_the_same_file_lies_there_once(store: MediaStore) -> None:
    first, second = await asyncio.gather(store.put(picture()), store.put(picture()))
    assert first == second
    assert len([path for path in store.folder.rglob("*") if path.is_file()]) == 1


async def test_a_voice_knows_how_long_it_is(store: MediaStore) -> None:
    stored = await store.put(voice("amr", 3))
    assert stored.duration_ms == pytest.approx(3000, abs=100)


async def test_a_stream_is_taken_up_to_the_limit(store: MediaStore) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        yield voice("amr", 1)
        while True:
            given += 1
            yield bytes(1 << 20)

    voices: tuple[Kind, ...] = ("voice",)
    with pytest.raises(UserError) as refused:
        await store.put(endless(), kinds=voices)
    assert refused.value.code == "media_too_large"
    assert given == BYTES_MAX["voice"] >> 20


async def test_a_file_over_the_limit_of_its_kind_is_refused_in_words(store: MediaStore) -> None:
    with pytest.raises(UserError) as refused:
        await store.put(picture() + bytes(BYTES_MAX["image"]))
    assert refused.value.code == "media_too_large"
    assert refused.value.message("zh") == "图片不能超过 2 MB"
    assert refused.value.message("en") == "An image can have at most 2 MB."
    assert (await store.put(picture() + bytes(BYTES_MAX["image"] - len(picture())))).size_bytes == BYTES_MAX["image"]


async def test_a_voice_over_a_minute_is_refused(store: MediaStore) -> None:
    await store.put(long_voice(60))
    with pytest.raises(UserError) as refused:
        await store.put(long_voice(62))
    assert refused.value.code == "media_too_long"


async def test_others_go_on_while_a_voice_is_measured(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    went_on = threading.Event()
    monkeypatch.setattr("desk.media.duration_ms", lambda *_: 1000 if went_on.wait(2) else 0)
    putting = asyncio.create_task(store.put(voice("amr", 1)))
    await asyncio.sleep(0)
    went_on.set()
    assert (await putting).duration_ms == 1000


async def test_other_types_and_other_kinds_are_refused(store: MediaStore) -> None:
    for content, kinds in ((b"<svg/>", ("image",)), (picture(), ("voice",))):
        with pytest.raises(UserError) as refused:
            await store.put(content, kinds=kinds)  # type: ignore[arg-type]
        assert refused.value.code == "media_type_refused"
    with pytest.raises(UserError) as refused:
        await store.put(b"")
    assert refused.value.code == "media_empty"
    assert not store.folder.exists()


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 64, f"{'a' * 64}.svg", f"{'a' * 64}.png", "a/b.png"])
async def test_what_is_no_key_of_ours_is_nowhere(store: MediaStore, key: str) -> None:
    assert store.stat(MediaKey(key)) is None
    with pytest.raises(UserError) as unknown:
        await store.read(MediaKey(key))
    assert unknown.value.code == "media_unknown"


async def test_a_write_that_fails_leaves_nothing_behind(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        await store.put(picture())
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("extension", ["amr", "wma"])
async def test_what_browsers_cannot_play_becomes_mp3(store: MediaStore, extension: str) -> None:
    stored = await store.put(voice(extension, 2))
    path, mime = await Playables(store).path(stored.media)
    assert mime == "audio/mpeg"
    assert duration_ms(path.read_bytes(), "mp3") == pytest.approx(2000, abs=250)
    assert _loudness(path.read_bytes()) > 3000  # a tone, and not silence or noise in the wrong format


async def test_what_wechat_calls_speex_is_played_too(store: MediaStore) -> None:
    stored = await store.put(spoken_in_speex())
    path, mime = await Playables(store).path(stored.media)
    assert (stored.media[-4:], stored.duration_ms, mime) == (".spx", 1000, "audio/mpeg")
    assert duration_ms(path.read_bytes(), "mp3") == pytest.approx(1000, abs=250)
    assert _loudness(path.read_bytes()) > 3000


async def test_a_video_shows_its_first_picture(store: MediaStore) -> None:
    stored = await store.put(video(1280, 720))
    path = await Playables(store).poster(stored.media)
    with av.open(str(path)) as poster:
        frame = next(poster.decode(video=0)).to_rgb()
    assert (frame.width, frame.height) == (440, 248)
    red, green, blue = bytes(frame.planes[0])[:3]
    assert red > 150
    assert max(green, blue) < 100


async def test_what_is_no_video_has_no_picture(store: MediaStore) -> None:
    broken = await store.put(bytes(4) + b"ftypisom" + bytes(100))
    with pytest.raises(UserError) as unplayable:
        await Playables(store).poster(broken.media)
    assert unplayable.value.code == "video_unplayable"
    voice_of_it = await store.put(voice("mp3"))
    with pytest.raises(UserError) as unknown:
        await Playables(store).poster(voice_of_it.media)
    assert unknown.value.code == "media_unknown"


async def test_the_mp3_is_made_once_however_many_ask(store: MediaStore) -> None:
    stored = await store.put(voice("amr", 1))
    playables = Playables(store)
    paths = {path for path, _ in await asyncio.gather(*(playables.path(stored.media) for _ in range(5)))}
    made_at = {path.stat().st_mtime_ns for path in paths}
    await Playables(store).path(stored.media)
    assert {path.stat().st_mtime_ns for path in paths} == made_at
    assert await store.read(stored.media) == voice("amr", 1)


@pytest.mark.parametrize("extension", ["mp3", "wav"])
async def test_what_browsers_can_play_is_played_as_it_is(store: MediaStore, extension: str) -> None:
    stored = await store.put(voice(extension))
    path, mime = await Playables(store).path(stored.media)
    assert path.name == stored.media
    assert mime == stored.mime


async def test_a_broken_recording_is_refused_and_harms_nobody(store: MediaStore) -> None:
    stored = await store.put(b"#!AMR\n" + b"\xff" * 1000)
    with pytest.raises(UserError) as unplayable:
        await Playables(store).path(stored.media)
    assert unplayable.value.code == "voice_unplayable"


def _loudness(mp3: bytes) -> float:
    """The root mean square of the samples in the middle second."""
    with av.open(io.BytesIO(mp3), "r", format="mp3") as source:
        samples: list[int] = []
        resampler = av.AudioResampler("s16", "mono", 16_000)
        for decoded in source.decode(audio=0):
            for frame in resampler.resample(decoded):
                samples.extend(memoryview(frame.planes[0]).cast("h")[: frame.samples])
    middle = samples[8_000:24_000]
    return float((sum(sample * sample for sample in middle) / len(middle)) ** 0.5)
