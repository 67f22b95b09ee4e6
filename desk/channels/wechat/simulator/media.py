"""Temporary media: what the account uploaded and what users sent, for three days.

Files live in memory, within a bound; when it is reached the oldest go first, and asking for one of those gets
the same answer as for an expired one. Uploads by the account meet the API's rules; what a user sends has
already passed the phone, so only its size is bounded.
"""

import secrets
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from desk.channels.wechat.simulator import formats
from desk.channels.wechat.simulator.errors import (
    EMPTY_MEDIA,
    INVALID_FILE_TYPE,
    INVALID_IMAGE_SIZE,
    INVALID_MEDIA_ID,
    INVALID_MEDIA_TYPE,
    INVALID_THUMB_SIZE,
    INVALID_VIDEO_SIZE,
    INVALID_VOICE_SIZE,
    VOICE_TOO_LONG,
    ApiError,
    SimulatorError,
)
from desk.channels.wechat.simulator.formats import Format

LIFETIME_MS: Final = 3 * 86_400_000
VOICE_MS_MAX: Final = 60_000
BYTES_MAX: Final = 256 * 1024 * 1024
FILES_MAX: Final = 20_000
USER_FILE_BYTES_MAX: Final = 20 * 1024 * 1024


class UploadRule(Struct, frozen=True):
    """What `media/upload` takes of one type, and what it says when the file is too big."""

    formats: frozenset[Format]
    bytes_max: int
    too_big: int


UPLOAD_RULES: Final = {
    "image": UploadRule(frozenset({formats.PNG, formats.JPG, formats.GIF}), 10 << 20, INVALID_IMAGE_SIZE),
    "voice": UploadRule(frozenset({formats.AMR, formats.AMR_WB, formats.MP3}), 2 << 20, INVALID_VOICE_SIZE),
    "video": UploadRule(frozenset({formats.MP4}), 10 << 20, INVALID_VIDEO_SIZE),
    "thumb": UploadRule(frozenset({formats.JPG}), 64 << 10, INVALID_THUMB_SIZE),
}


class Media(Struct, frozen=True):
    """One stored file. `kind` is image, voice, video or thumb; `sounds_ms` is 0 for what makes no sound."""

    media_id: str
    account: str
    kind: str
    format: Format
    body: bytes
    filename: str
    created_at: int
    sounds_ms: int


class MediaStore:
    """All files of all accounts. `make` supplies a new media id."""

    def __init__(
        self,
        *,
        bytes_max: int = BYTES_MAX,
        make: Callable[[], str] = lambda: secrets.token_urlsafe(48),
        on_keep: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.bytes_max = bytes_max
        self.bytes_held = 0
        self._make = make
        self._on_keep = on_keep
        self._media: dict[str, Media] = {}

    def upload(self, account: str, kind: str, body: bytes, filename: str, at: int) -> Media:
        """Stores what an account uploads. Raises `ApiError` with the API's errcode for type, size or length."""
        rule = UPLOAD_RULES.get(kind)
        if rule is None:
            raise ApiError(INVALID_MEDIA_TYPE)
        if not body:
            raise ApiError(EMPTY_MEDIA)
        found = formats.sniff(body)
        if found is None or found not in rule.formats:
            raise ApiError(INVALID_FILE_TYPE)
        if len(body) > rule.bytes_max:
            raise ApiError(rule.too_big)
        sounds_ms = formats.duration_ms(body, found)
        if sounds_ms > VOICE_MS_MAX:
            raise ApiError(VOICE_TOO_LONG)
        return self._keep(Media(self._make(), account, kind, found, body, filename, at, sounds_ms))

    def receive(self, account: str, kind: str, body: bytes, filename: str, at: int) -> Media:
        """Stores what a user sends. Raises `SimulatorError` for size or format."""
        if len(body) > USER_FILE_BYTES_MAX:
            megabytes = USER_FILE_BYTES_MAX >> 20
            raise SimulatorError("file_too_big", f"A phone sends at most {megabytes} MB; choose a smaller file.")
        found = formats.sniff(body)
        if found is None or found.kind != kind:
            raise SimulatorError("unknown_format", f"This file cannot be sent as {kind}; choose another one.")
        sounds_ms = formats.duration_ms(body, found)
        return self._keep(Media(self._make(), account, kind, found, body, filename, at, sounds_ms))

    def get(self, account: str, media_id: str, at: int) -> Media:
        """A file that is still there. Raises `ApiError` 40007 for one unknown, expired or another account's."""
        media = self._media.get(media_id)
        if media is None or media.account != account or at >= media.created_at + LIFETIME_MS:
            raise ApiError(INVALID_MEDIA_ID)
        return media

    def find(self, media_id: str) -> Media | None:
        """A file that is still there, whoever's and however old."""
        return self._media.get(media_id)

    def _keep(self, media: Media) -> Media:
        self.put(media)
        self._on_keep(media.media_id)
        return media

    def put(self, media: Media) -> None:
        """Takes a file as it is."""
        self._media[media.media_id] = media
        self.bytes_held += len(media.body)
        while (self.bytes_held > self.bytes_max or len(self._media) > FILES_MAX) and len(self._media) > 1:
            oldest = self._media.pop(next(iter(self._media)))
            self.bytes_held -= len(oldest.body)
