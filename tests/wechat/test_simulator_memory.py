"""What the simulated WeChat remembers over a restart, and what it makes of a file that is not its own."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from desk.channels.wechat.simulator import Simulator, create_demo_simulator, memory_file
from desk.channels.wechat.simulator.acts import Image, Text, Unsubscribe
from desk.channels.wechat.simulator.errors import WINDOW_CLOSED, ApiError
from desk.channels.wechat.simulator.users import Profile
from tests.patience import until
from tests.wechat.simulation import PNG

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def platform(file: Path) -> AsyncIterator[Simulator]:
    """The demo's, from a start to a clean end; nobody takes its pushes."""
    simulator = create_demo_simulator("http://127.0.0.1:1")
    simulator.remember(file)
    try:
        yield simulator
    finally:
        await simulator.stop()


def send(simulator: Simulator, openid: str, text: str) -> None:
    message = {"touser": openid, "msgtype": "text", "text": {"content": text}}
    simulator.platform.send(simulator.platform.account("demo"), message)


def is_kept(file: Path, openid: str) -> bool:
    """Whether this user has come into the file."""
    if not file.exists():
        return False
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as sql:
        return bool(sql.execute("SELECT 1 FROM kept WHERE name = ?", [openid]).fetchone())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "simulator.sqlite3"


class TestRestart:
    async def test_an_open_window_stays_open_with_what_is_left_of_it(self, file: Path) -> None:
        async with platform(file) as before:
            openid = before.add_user("demo", Profile(nickname="新客户", city="厦门")).openid
            before.act("demo", openid, Text("你好"))
            send(before, openid, "您好")
            shown = before.platform.state(before.user("demo", openid))
        async with platform(file) as after:
            user = after.user("demo", openid)
            assert (user.profile.nickname, user.subscribed) == ("新客户", True)
            assert after.platform.state(user).window_expires_at == shown.window_expires_at
            send(after, openid, "还在吗？")
            assert after.platform.state(user).window_left == shown.window_left - 1
            assert [entry.n for entry in user.timeline] == [1, 2, 3]
            assert [entry.payload["text"]["content"] for entry in user.received()] == ["您好", "还在吗？"]

    async def test_a_picture_can_still_be_seen(self, file: Path) -> None:
        async with platform(file) as before:
            openid = before.add_user("demo").openid
            before.send_file("demo", openid, "image", PNG, Image)
        async with platform(file) as after:
            (line,) = after.user("demo", openid).timeline
            now = after.platform.now()
            assert after.platform.media.get("demo", line.payload["media_id"], now).body == PNG

    async def test_seeded_customers_keep_their_places_and_whether_they_follow(self, file: Path) -> None:
        async with platform(file) as before:
            customers = [user.openid for user in before.platform.account("demo").users]
            before.act("demo", customers[1], Unsubscribe())
        async with platform(file) as after:
            assert [user.openid for user in after.platform.account("demo").users] == customers
            assert not after.user("demo", customers[1]).subscribed
            with pytest.raises(ApiError) as refused:
                send(after, customers[1], "您好")
            assert refused.value.errcode == WINDOW_CLOSED

    async def test_a_kill_takes_the_last_moments_at_most(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(memory_file, "SAVE_EVERY_S", 0.02)
        async with platform(file) as before:
            keeping = asyncio.create_task(before.keep(asyncio.Event()))
            openid = before.add_user("demo").openid
            before.act("demo", openid, Text("你好"))
            await until(lambda: is_kept(file, openid))
            async with platform(file) as after:  # as the file is now, without a clean end
                send(after, openid, "您好")
            keeping.cancel()

    async def test_it_is_bounded(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(memory_file, "USERS_KEPT", 2)
        monkeypatch.setattr(memory_file, "FILES_BYTES_KEPT", 2.5 * len(PNG))
        async with platform(file) as before:
            openids = [before.add_user("demo").openid for _ in range(4)]
            for _ in range(4):
                before.platform.media.receive("demo", "image", PNG, "", before.platform.now())
        with sqlite3.connect(file) as sql:
            kept = sql.execute("SELECT name FROM kept WHERE kind = 'user' ORDER BY rowid").fetchall()
            (files,) = sql.execute("SELECT count(*) FROM kept WHERE kind = 'file'").fetchone()
        sql.close()
        assert [name for (name,) in kept] == openids[2:]
        assert files < 4


def a_later_layout(file: Path) -> None:
    with sqlite3.connect(file) as sql:
        sql.executescript("CREATE TABLE kept (later); PRAGMA user_version=7")
    sql.close()


def half_of_it(file: Path) -> None:
    sql = sqlite3.connect(file)
    sql.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000))")
    sql.close()
    file.write_bytes(file.read_bytes()[:5000])


@pytest.mark.parametrize(
    "spoil",
    [lambda file: file.write_bytes(b"{}" * 1000), a_later_layout, half_of_it, Path.mkdir],
    ids=["no database", "another's", "cut short", "a folder"],
)
async def test_a_file_that_cannot_be_read_is_put_aside(
    file: Path, spoil: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir()
    spoil(file)
    with caplog.at_level(logging.WARNING):
        async with platform(file) as simulator:
            openid = simulator.add_user("demo").openid
    assert "begins anew" in caplog.text
    assert file.with_name("simulator.sqlite3.broken").exists()
    async with platform(file) as again:
        assert again.user("demo", openid).subscribed


async def test_a_row_that_makes_no_sense_costs_itself_only(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with platform(file) as before:
        openids = [before.add_user("demo").openid for _ in range(2)]
    with sqlite3.connect(file) as sql:
        sql.execute("UPDATE kept SET body = x'00' WHERE name = ?", (openids[0],))
    sql.close()
    async with platform(file) as after:
        assert after.platform.account("demo").users.get(openids[0]) is None
        assert after.user("demo", openids[1]).subscribed
    assert "could not put back 1" in caplog.text
