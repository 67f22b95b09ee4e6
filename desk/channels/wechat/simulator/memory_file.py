"""Where the platform's memory lies: one small SQLite file, of which a kill takes at most the last moments.

A file that cannot be read is put aside and said in the log, and all begins anew.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
from pathlib import Path

from desk.channels.wechat.simulator.memory import FILES_BYTES_KEPT, USERS_KEPT, Row, changed, recall
from desk.channels.wechat.simulator.platform import Platform
from sessions.waiting import set_within

SAVE_EVERY_S = 0.5
PRUNE_EVERY = 200
"""Saves from one look at the bounds to the next."""
VERSION = 0x5157_0001
"""Tells our files from others', and this layout from later ones."""

_TABLE = """CREATE TABLE IF NOT EXISTS kept (kind TEXT, account TEXT, name TEXT, at INTEGER, size INTEGER, body BLOB,
    PRIMARY KEY (kind, account, name))"""
# Changed in place: a row keeps its number, and so its place in the order of making.
_SAVE = """INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET at = excluded.at, size = excluded.size, body = excluded.body"""
_PRUNE = """DELETE FROM kept WHERE rowid IN (SELECT rowid FROM (
    SELECT rowid, kind, sum(size) OVER newest AS bytes, count(*) OVER newest AS n FROM kept
    WINDOW newest AS (PARTITION BY kind ORDER BY at DESC, rowid DESC))
    WHERE kind = 'file' AND bytes > ? OR kind = 'user' AND n > ?)"""

log = logging.getLogger(__name__)


class Memory:
    """Keeps what changes on a platform. Read at once; `keep` writes until told to stop, `close` what is left."""

    def __init__(self, platform: Platform, path: Path) -> None:
        self._platform = platform
        self._saves = 0
        try:
            self._sql, rows = _read(path)
        except sqlite3.DatabaseError as failure:
            log.warning("the simulated WeChat begins anew: %s cannot be read", path, extra={"reason": str(failure)})
            _put_aside(path)
            self._sql, rows = _read(path)
        if lost := recall(platform, rows):
            log.warning("the simulated WeChat could not put back %d users or files of %s", lost, path)
        platform.changes.are_kept = True

    async def keep(self, stop: asyncio.Event) -> None:
        """Saves every moment what has changed meanwhile."""
        while not await set_within(stop, SAVE_EVERY_S):
            if rows := changed(self._platform):
                await asyncio.to_thread(self._save, rows)

    def close(self) -> None:
        """Saves the rest."""
        self._save(changed(self._platform))
        self._sql.close()

    def _save(self, rows: list[Row]) -> None:
        try:
            with self._sql:
                plain = [(row.kind, row.account, row.name, row.at, len(row.body), row.body) for row in rows]
                self._sql.executemany(_SAVE, plain)
                if self._saves % PRUNE_EVERY == 0:
                    self._sql.execute(_PRUNE, (FILES_BYTES_KEPT, USERS_KEPT))
        except sqlite3.Error as failure:  # a full disk costs memory over a restart, not the demo
            log.warning("the simulated WeChat cannot save what it remembers", extra={"reason": str(failure)})
        self._saves += 1


def _read(path: Path) -> tuple[sqlite3.Connection, list[Row]]:
    """The file, made where there is none, and all that is in it. Raises `sqlite3.DatabaseError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sql = sqlite3.connect(path, check_same_thread=False)
    try:
        (version,) = sql.execute("PRAGMA user_version").fetchone()
        if version == 0 and not sql.execute("SELECT 1 FROM sqlite_master").fetchone():
            sql.executescript(
                f"PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; {_TABLE}; PRAGMA user_version={VERSION}; COMMIT"
            )
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"it is of another kind, {version}")
        sql.execute("PRAGMA synchronous=NORMAL")
        rows = [Row(*row) for row in sql.execute("SELECT kind, account, name, at, body FROM kept ORDER BY rowid")]
    except BaseException:
        sql.close()
        raise
    return sql, rows


def _put_aside(path: Path) -> None:
    os.replace(path, path.with_name(f"{path.name}.broken"))
    for beside in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + beside).unlink()
