"""A desk that cannot start ends with one line: what cannot be used, which variable says so, what to do."""

import asyncio
import io
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from redis import Redis

from desk.cli import main
from desk.config import load_settings, variable_names
from desk.processes import redis_start
from desk.processes.redis_start import place_of, watch_first_answer
from desk.simulating.ledger import recorded_day
from sessions.connection import open_redis
from tests.databases import seed_folder
from tests.patience import until
from tests.servers import RedisServer

NOWHERE = Path("/proc/desk")
"""Where not even root makes a folder."""
SHOP = ("webchat", "shop", "--name", "Shop", "--group", "card_service")
"""A command that needs SQL and nothing else."""

Start = Callable[..., tuple[int, str]]


@pytest.fixture
def start(
    logging_as_it_was: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Start:
    """Runs a command with these variables alone; the exit code and what it told people, beside the log."""
    for name in variable_names():
        monkeypatch.delenv(name, raising=False)

    def run(*command: str, **variables: object) -> tuple[int, str]:
        for name, value in {"DESK_VAR": tmp_path, "LOG_FORMAT": "json", **variables}.items():
            monkeypatch.setenv(name, str(value))
        code = main(command)
        lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("{")]
        assert len(lines) == 1, lines
        assert "hush" not in lines[0]
        return code, lines[0]

    return run


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("127.0.0.1:1/desk", "database 'desk' at 127.0.0.1:1 cannot be used: Connection refused"),
        ("nohost.invalid/desk", "failed to resolve host 'nohost.invalid'"),
    ],
)
def test_a_postgresql_that_cannot_be_reached_is_named_without_its_password(
    start: Start, place: str, reason: str
) -> None:
    code, told = start(*SHOP, DATABASE_URL=f"postgresql://me:hush@{place}")
    assert code == 1
    assert told.startswith("desk: DATABASE_URL: ")
    assert reason in told
    assert "server runs" in told
    assert "%40" in told


@pytest.mark.parametrize(
    ("user", "reason"), [("desk", 'database "test_'), ("nobody", 'role "nobody" does not exist')], ids=["name", "user"]
)
def test_what_postgresql_refuses_is_told_in_its_words(start: Start, postgres_url: str, user: str, reason: str) -> None:
    code, told = start(*SHOP, DATABASE_URL=postgres_url.replace("desk@", f"{user}:hush@"))
    assert code == 1
    assert told.startswith("desk: DATABASE_URL: ")
    assert reason in told


def test_a_password_that_is_not_percent_encoded_is_found_before_a_part_of_it_is_said(start: Start) -> None:
    for place in ("me:x@hush/y@db/desk", "me:x@hush:5@db:5432/desk"):
        code, told = start(*SHOP, DATABASE_URL=f"postgresql://{place}")
        assert code == 2
        assert told.startswith("DATABASE_URL cannot be used: it has an @ too many.")
        assert "percent-encode: %40" in told


def test_a_sqlite_file_that_cannot_be_used_is_named(start: Start, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Sir or Madam, " * 99)
    for path, reason in (
        (tmp_path, "unable to open database file"),
        (tmp_path / "letter", "file is not a database"),
        (NOWHERE / "desk.sqlite3", "No such file or directory"),
        (tmp_path / "letter" / "desk.sqlite3", "a file is where a folder should be"),
    ):
        code, told = start(*SHOP, DATABASE_URL=f"sqlite:///{path}")
        assert code == 1
        assert told.startswith(f"desk: DATABASE_URL: the SQLite file {path} cannot be used: {reason}. ")
    code, told = start(*SHOP, DATABASE_URL="", DESK_VAR=NOWHERE)
    assert code == 1
    assert told.startswith(f"desk: DESK_VAR: the SQLite file {NOWHERE / 'desk.sqlite3'} cannot be used")


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("?username=nobody&password=hush", "invalid username-password pair"),
        ("?db=99", "DB index is out of range"),
    ],
    ids=["password", "db"],
)
def test_a_redis_that_does_not_let_us_in_ends_the_process(
    start: Start, redis_url: str, ending: str, reason: str
) -> None:
    code, told = start("engine", REDIS_URL=redis_url + ending)
    assert code == 1
    assert told.startswith(f"desk: REDIS_URL: the Redis at {place_of(redis_url)} cannot be used: {reason}")


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_what_is_no_redis_ends_the_process(start: Start, scheme: str) -> None:
    class WebServer(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with ThreadingTCPServer(("127.0.0.1", 0), WebServer) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        address = f"127.0.0.1:{server.server_address[1]}"
        code, told = start("engine", REDIS_URL=f"{scheme}://:hush@{address}/3")
        server.shutdown()
    assert code == 1
    assert told.startswith(f"desk: REDIS_URL: the Redis at {address}/3 cannot be used: ")
    assert "check host and port" in told


@pytest.mark.anyio
async def test_a_redis_that_is_not_there_yet_is_waited_for_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(redis_start, "RETRY_S", 0.01)
    caplog.set_level(logging.INFO, redis_start.log.name)
    server, stop = RedisServer(tmp_path).start(), asyncio.Event()
    server.kill()
    url = f"{server.url}?username=default&password=hush"
    redis = open_redis(url)
    watching = asyncio.create_task(watch_first_answer(redis, url, stop))

    def said() -> list[logging.LogRecord]:
        return [each for each in caplog.records if each.name == redis_start.log.name]

    async def logged(words: str) -> None:
        await until(lambda: words in caplog.text, timeout_s=10)

    await logged("does not answer yet: waiting for it")
    assert vars(said()[-1])["address"] == server.url.removeprefix("unix://")
    server.restart()
    await logged("the Redis of REDIS_URL answers")
    with Redis.from_url(server.url) as operator:
        operator.config_set("requirepass", "another")
    await redis.connection_pool.disconnect()
    await asyncio.sleep(0.1)
    assert not watching.done(), "after the start nothing that Redis says ends a process"
    stop.set()
    await watching
    await redis.aclose()
    server.stop()
    things = [(each.message, vars(each).get("reason")) for each in said()]
    assert len(things) == len(set(things)), "each thing is said once"
    assert "hush" not in caplog.text


@pytest.mark.anyio
async def test_a_trial_from_the_ledger_waits_for_no_redis(tmp_path: Path) -> None:
    settings = load_settings(var_dir=tmp_path, redis_url="redis://:hush@127.0.0.1:1")
    with pytest.raises(redis_start.RedisRefusesError, match=r"REDIS_URL: the Redis at 127\.0\.0\.1:1 .* runs"):
        await recorded_day(settings)


@pytest.mark.parametrize(
    ("host", "told_of"),
    [("10.9.9.9", "HOST: 10.9.9.9 is no address of this machine."), ("nohost.invalid", "HOST: 'nohost.invalid' is no")],
)
def test_a_host_that_is_not_ours_is_not_called_a_taken_port(
    start: Start, tmp_path: Path, redis_url: str, host: str, told_of: str
) -> None:
    seed_folder(tmp_path)
    code, told = start("web", HOST=host, REDIS_URL=redis_url)
    assert code == 1
    assert told.startswith(f"desk: {told_of}")
    assert "0.0.0.0" in told  # noqa: S104 (read, not bound)
    assert "PORT" not in told


def test_a_taken_port_is_named(start: Start, tmp_path: Path, redis_url: str) -> None:
    seed_folder(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = start("web", PORT=port, REDIS_URL=redis_url)
    assert code == 1
    assert told.startswith(f"desk: PORT: cannot serve at 127.0.0.1:{port}: the port is taken.")


def test_a_folder_for_all_data_that_cannot_be_written_is_named(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, reason in (
        (tmp_path / "file", "a file is where a folder should be"),
        (tmp_path / "file" / "var", "a file is where a folder should be"),
        (NOWHERE, "No such file or directory"),
    ):
        code, told = start("engine", DESK_VAR=folder)
        assert code == 1
        assert told.startswith(f"desk: DESK_VAR: {folder} cannot be used: {reason}. Let this user write there, or set")


@pytest.mark.parametrize("role", ["web", "courier"])
def test_who_keeps_files_finds_out_at_the_start_whether_it_can(
    start: Start, tmp_path: Path, redis_url: str, role: str
) -> None:
    seed_folder(tmp_path)
    database = f"sqlite:///{tmp_path / 'desk.sqlite3'}"
    code, told = start(role, DESK_VAR=NOWHERE, REDIS_URL=redis_url, DATABASE_URL=database, SECRET_KEY="s" * 32)
    assert code == 1
    assert told.startswith(f"desk: DESK_VAR: {NOWHERE / 'media'} cannot be used: ")


def test_who_keeps_none_needs_no_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], start: Start
) -> None:
    seed_folder(tmp_path)
    monkeypatch.setenv("DESK_VAR", str(NOWHERE))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    assert main(SHOP) == 0
    assert "shop.js" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("app secret\ntoken\n\n"))
    account = ("account", "bank", "--name", "Bank", "--app-id", "wx1", "--group", "card_service", "--mode", "plain")
    code, told = start(*account, DESK_VAR=NOWHERE)
    assert code == 1
    assert told.startswith(f"desk: DESK_VAR: {NOWHERE / 'secret.key'} cannot be used: ")
    assert "or set SECRET_KEY, which is unset" in told


def test_secrets_under_a_lost_key_are_told_apart_from_a_wrong_key(start: Start, tmp_path: Path, redis_url: str) -> None:
    seed_folder(tmp_path)
    (tmp_path / "secret.key").unlink()
    code, told = start("courier", REDIS_URL=redis_url)
    assert code == 1
    assert "was stored under another SECRET_KEY" in told
    assert f"SECRET_KEY is unset: the key in {tmp_path / 'secret.key'} was tried" in told
    code, told = start("courier", REDIS_URL=redis_url, SECRET_KEY="s" * 32)
    assert code == 1
    assert "was stored under another SECRET_KEY" in told
    assert "unset" not in told
