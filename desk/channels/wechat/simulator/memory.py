"""What the platform remembers over a restart: its users with their windows and conversations, and the files in them.

Pure: `changed` and `recall` go between the platform and plain rows, which `memory_file` keeps. Tokens, counters of
calls, faults and the clock begin anew, as does whatever is still being pushed: the account meets nothing there that a
real platform might not do to it.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from desk.channels.wechat.simulator.media import Media
from desk.channels.wechat.simulator.platform import Platform
from desk.channels.wechat.simulator.users import Remembered, User

LINES_KEPT = 200
"""Of each conversation, the last."""
USERS_KEPT = 2_000
FILES_BYTES_KEPT = 64 << 20


class Row(Struct, frozen=True):
    """A user or a file of an account; `at` says which have been forgotten longest."""

    kind: str
    account: str
    name: str
    at: int
    body: bytes


def changed(platform: Platform) -> list[Row]:
    """What has changed since this was asked last."""
    users, files = platform.changes.take()
    at = platform.now()
    rows = [_file_row(media) for media in map(platform.media.find, files) if media is not None]
    for key, openid in users:
        account = platform.accounts.get(key)
        if user := account and account.users.get(openid):
            rows.append(Row("user", key, openid, at, msgspec.msgpack.encode(user.remembered(LINES_KEPT))))
    return rows


def recall(platform: Platform, rows: Iterable[Row]) -> int:
    """Puts it all back, in the order of its making; returns how many rows make no sense or belong nowhere."""
    lost = 0
    for row in rows:
        try:
            if row.kind == "file":
                platform.media.put(msgspec.msgpack.decode(row.body, type=Media))
            else:
                remembered = msgspec.msgpack.decode(row.body, type=Remembered)
                platform.accounts[row.account].users.put(User.again(remembered))
        except (msgspec.DecodeError, KeyError):
            lost += 1
    return lost


def _file_row(media: Media) -> Row:
    return Row("file", media.account, media.media_id, media.created_at, msgspec.msgpack.encode(media))
