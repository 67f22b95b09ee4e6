"""Voices that a browser can play or WeChat takes, and what a video looks like before it is played.

Phones record AMR, which no browser knows, and browsers WAV, which WeChat does not take, so a voice is turned into MP3
when it is first asked for, and kept beside the original. FFmpeg reads bytes from strangers here: it runs in a
short-lived process of its own with limits on time and memory (`desk.transcode`), so that a hostile file ends that
process and not the desk. One runs at a time.
"""

import asyncio
import logging
import sys
from pathlib import Path

from desk.errors import UserError
from desk.media import MEBIBYTE, MediaStore, type_of, write_durably
from desk.media_types import MediaType
from sessions.ids import MediaKey

PLAYABLE_AS_IT_IS = frozenset({"mp3", "wav"})
SENDABLE_AS_IT_IS = frozenset({"amr", "mp3"})
SENDABLE_BYTES_MAX = 2 * MEBIBYTE
"""WeChat docs: of a voice that is sent to a customer; more is answered with 40010."""
PLAYABLE_MIME = "audio/mpeg"
POSTER_MIME = "image/jpeg"
PATIENCE_S = 30

log = logging.getLogger(__name__)


class Playables:
    """The playable forms of a store's voices."""

    def __init__(self, store: MediaStore) -> None:
        self._store = store
        self._one_at_a_time = asyncio.Semaphore(1)

    async def path(self, key: MediaKey) -> tuple[Path, str]:
        """The file to play and its MIME type; made now if need be.

        Raises UserError `media_unknown`, or `voice_unplayable` where the recording cannot be understood.
        """
        original = self._store.existing_path(key)
        media_type = type_of(key)
        assert media_type is not None
        if media_type.kind != "voice" or media_type.extension in PLAYABLE_AS_IT_IS:
            return original, media_type.mime
        return await self._made(original, media_type, "mp3"), PLAYABLE_MIME

    async def sendable(self, key: MediaKey) -> tuple[Path, str]:
        """The voice as WeChat takes it and its MIME type; made now if need be. Raises as `path` does."""
        original = self._store.existing_path(key)
        media_type = type_of(key)
        assert media_type is not None
        if media_type.extension in SENDABLE_AS_IT_IS and original.stat().st_size <= SENDABLE_BYTES_MAX:
            return original, media_type.mime
        return await self._made(original, media_type, "mp3"), PLAYABLE_MIME

    async def poster(self, key: MediaKey) -> Path:
        """The first picture of a video, as JPEG; made now if need be. Raises as `path` does."""
        original = self._store.existing_path(key)
        media_type = type_of(key)
        assert media_type is not None
        if media_type.kind != "video":
            raise UserError("media_unknown", "找不到该文件，请重新上传", status=404, field="media")
        return await self._made(original, media_type, "jpg")

    async def _made(self, original: Path, media_type: MediaType, extension: str) -> Path:
        made = original.with_name(f"{original.name}.{extension}")
        async with self._one_at_a_time:
            if not made.exists():
                content = await _transcode(original, media_type)
                await asyncio.to_thread(write_durably, made, content)
        return made


async def _transcode(original: Path, media_type: MediaType) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "desk.transcode",
        media_type.extension,
        str(original),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            made, complaint = await child.communicate()
    except TimeoutError:
        made, complaint = b"", b"it took too long"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or not made:
        log.warning(
            "media not playable", extra={"media": original.name, "reason": complaint[-500:].decode(errors="replace")}
        )
        raise UserError(f"{media_type.kind}_unplayable", "这个文件无法播放，可能已损坏", status=422)
    return made
