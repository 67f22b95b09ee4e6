"""Voices that can be sent to a phone.

WeChat takes AMR and MP3 alone, while browsers record WAV and old recorders WMA: those become MP3 before anybody is
told that they are sent. The reading of foreign bytes happens in a process of its own, see `desk.transcode`.
"""

import asyncio
import logging
import sys

from desk.errors import UserError
from desk.media import MediaStore, StoredMedia, type_of
from desk.media_types import Kind
from sessions.ids import MediaKey

TAKEN_AS_IT_IS = frozenset({"amr", "mp3"})
VOICES: tuple[Kind, ...] = ("voice",)
PATIENCE_S = 30

log = logging.getLogger(__name__)


async def sendable(store: MediaStore, stored: StoredMedia) -> StoredMedia:
    """The voice in a form that phones play: itself, or an MP3 made of it.

    Raises UserError `voice_unplayable` where the recording cannot be understood.
    """
    media_type = type_of(stored.media)
    assert media_type is not None, f"{stored.media} was just stored"
    if media_type.kind != "voice" or media_type.extension in TAKEN_AS_IT_IS:
        return stored
    return await store.put(await _mp3(store, stored.media, media_type.extension), VOICES)


async def _mp3(store: MediaStore, key: MediaKey, extension: str) -> bytes:
    path = store.existing_path(key)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "desk.transcode", extension, str(path), stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            mp3, complaint = await child.communicate()
    except TimeoutError:
        mp3, complaint = b"", b"it took too long"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or not mp3:
        reason = complaint[-500:].decode(errors="replace")
        log.warning("a voice cannot be sent", extra={"media": key, "reason": reason})
        raise UserError("voice_unplayable", "这条语音无法播放，文件可能已损坏", status=422)
    return mp3
