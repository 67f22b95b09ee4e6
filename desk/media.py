"""Images, voices and videos: what both sides send each other, kept under the hash of its content.

A key never means anything else later, so browsers may keep what they have fetched, and the same file sent a thousand
times lies here once. Everything is on disk before its key is given away. The interface is small enough for an object
store to take its place.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, Collection
from pathlib import Path

import msgspec

from desk.errors import UserError
from desk.i18n import gettext_noop
from desk.media_types import ONLY_RECEIVED, TYPES, Kind, MediaType, sniff
from desk.voice_length import duration_ms
from sessions.ids import MediaKey

MEBIBYTE = 1024 * 1024
BYTES_MAX: dict[Kind, int] = {"image": 2 * MEBIBYTE, "voice": 5 * MEBIBYTE, "video": 10 * MEBIBYTE}
VOICE_S_MAX = 60
VOICE_SLACK_MS = 999
"""A recorder that stops at 60 s stops a little later."""
KINDS: tuple[Kind, ...] = ("image", "voice", "video")

_TOO_LARGE: dict[Kind, str] = {
    "image": gettext_noop("图片不能超过 %(megabytes)s MB"),
    "voice": gettext_noop("语音不能超过 %(megabytes)s MB"),
    "video": gettext_noop("视频不能超过 %(megabytes)s MB"),
}
_KEY = re.compile(rf"[0-9a-f]{{64}}\.(?P<extension>{'|'.join(TYPES)})")


class StoredMedia(msgspec.Struct, frozen=True):
    """A file in the store. `duration_ms` is 0 for what does not last, and where it cannot be told."""

    media: MediaKey
    kind: Kind
    mime: str
    size_bytes: int
    duration_ms: int = 0


class MediaStore:
    """The files under one folder, `ab/cd/abcd….amr`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(
        self, content: bytes | AsyncIterable[bytes], kinds: Collection[Kind] = KINDS, *, to_be_sent: bool = False
    ) -> StoredMedia:
        """Keeps the file; returns once it is on disk. One `to_be_sent` must be of a type that WeChat takes.

        Raises UserError `media_type_refused`, `media_too_large`, `media_too_long` or `media_empty`.
        """
        if not isinstance(content, bytes):
            content = await _gather(content, max(BYTES_MAX[kind] for kind in kinds))
        media_type = examine(content, kinds)
        if to_be_sent and media_type.mime in ONLY_RECEIVED:
            raise type_refused()
        return await asyncio.to_thread(self._keep, content, media_type)

    async def read(self, key: MediaKey) -> bytes:
        """The whole file. Raises UserError `media_unknown`."""
        path = self.existing_path(key)
        return await asyncio.to_thread(path.read_bytes)

    def stat(self, key: MediaKey) -> StoredMedia | None:
        """What is kept under this key, if anything; the duration is not looked into."""
        media_type = type_of(key)
        path = self.path(key)
        if media_type is None or path is None or not path.is_file():
            return None
        return StoredMedia(key, media_type.kind, media_type.mime, path.stat().st_size)

    def path(self, key: MediaKey) -> Path | None:
        """Where the file lies or would lie; None for what is no key."""
        return self.folder / key[:2] / key[2:4] / key if _KEY.fullmatch(key) else None

    def existing_path(self, key: MediaKey) -> Path:
        """Where the file lies. Raises UserError `media_unknown`."""
        path = self.path(key)
        if path is None or not path.is_file():
            raise UserError("media_unknown", "文件不存在", status=404)
        return path

    def _keep(self, content: bytes, media_type: MediaType) -> StoredMedia:
        """Measures it and writes it: neither is for the event loop, for both take as long as the file is large."""
        length_ms = duration_ms(content, media_type.extension)
        if length_ms > VOICE_S_MAX * 1000 + VOICE_SLACK_MS:
            raise UserError("media_too_long", "语音不能超过 %(seconds)s 秒", status=413, seconds=VOICE_S_MAX)
        key = self._write(content, media_type)
        return StoredMedia(key, media_type.kind, media_type.mime, len(content), length_ms)

    def _write(self, content: bytes, media_type: MediaType) -> MediaKey:
        key = MediaKey(f"{hashlib.sha256(content).hexdigest()}.{media_type.extension}")
        path = self.path(key)
        assert path is not None
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, content)
        return key


def examine(content: bytes, kinds: Collection[Kind] = KINDS) -> MediaType:
    """The type of a file that we take. Raises UserError as `MediaStore.put` does."""
    if not content:
        raise UserError("media_empty", "文件是空的", status=422)
    media_type = sniff(content)
    if media_type is None or media_type.kind not in kinds:
        raise type_refused()
    if len(content) > BYTES_MAX[media_type.kind]:
        raise too_large(media_type.kind)
    return media_type


def type_refused(field: str = "") -> UserError:
    """The refusal of a file that WeChat would not take from us."""
    return UserError(
        "media_type_refused",
        "只支持图片（png、jpeg、gif）和语音（mp3、wma、wav、amr）",
        status=415,
        field=field,
    )


def too_large(kind: Kind) -> UserError:
    """The refusal of a file that is over the limit of its kind."""
    return UserError("media_too_large", _TOO_LARGE[kind], status=413, megabytes=BYTES_MAX[kind] // MEBIBYTE)


def type_of(key: MediaKey) -> MediaType | None:
    """What a key says about its file; None for what is no key."""
    found = _KEY.fullmatch(key)
    return TYPES[found["extension"]] if found else None


def write_durably(path: Path, content: bytes) -> None:
    """Puts the file in place as a whole, or not at all; on disk when it returns. Blocks."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def _gather(chunks: AsyncIterable[bytes], bytes_max: int) -> bytes:
    """All chunks in one; stops listening once they are too many."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > bytes_max:
            break
    return bytes(content)
