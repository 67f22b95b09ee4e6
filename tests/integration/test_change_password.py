"""`desk password`: the old password lets nobody in any more, nor does what it let in before."""

import asyncio
import io
from pathlib import Path

import pytest
from redis import Redis

from desk.cli import main
from desk.config import load_settings
from desk.passwords import Passwords
from desk.store.engine import create_engine
from desk.store.users import Staff
from desk.web_session import WebSessions
from sessions.connection import open_redis
from sessions.ids import Millis, UserId
from tests.databases import seed_folder

AGENT, OTHER = UserId("agent1"), UserId("agent2")


@pytest.fixture
def folder(logging_as_it_was: None, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name, value in {"DESK_VAR": str(tmp_path), "REDIS_URL": redis_url, "DEMO": "1"}.items():
        monkeypatch.setenv(name, value)
    seed_folder(tmp_path)
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))


async def signed_in(redis_url: str, *users: UserId) -> list[str]:
    """A browser of each; answers their tokens."""
    redis = open_redis(redis_url)
    sessions = WebSessions(redis, load_settings().key_prefix, 3600)
    begun = [await sessions.begin(user, user, "agent", None, "zh", Millis(1)) for user in users]
    await redis.aclose()
    return [token for token, _ in begun]


async def let_in(redis_url: str, tokens: list[str]) -> list[bool]:
    redis = open_redis(redis_url)
    sessions = WebSessions(redis, load_settings().key_prefix, 3600)
    found = [await sessions.find(token) is not None for token in tokens]
    await redis.aclose()
    return found


async def takes(user: UserId, password: str) -> bool:
    database = create_engine(load_settings().database_url)
    member = await Staff(database).find(user)
    await database.dispose()
    return (await Passwords().verify(member.password_hash if member else None, password)).ok


@pytest.mark.usefixtures("folder")
def test_a_new_password_ends_what_the_old_one_let_in(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = asyncio.run(signed_in(redis_url, AGENT, OTHER, AGENT))
    typed(monkeypatch, "a better one")
    with Redis.from_url(redis_url) as redis, redis.pubsub() as told:
        told.psubscribe("*sign-outs")
        assert main(["password", AGENT]) == 0
        heard = [message for _ in range(4) if (message := told.get_message(timeout=1))]
    assert "sign-ins ended: 2" in capsys.readouterr().out
    assert asyncio.run(let_in(redis_url, tokens)) == [False, True, False]
    assert [each["type"] for each in heard].count("pmessage") == 2, "sockets are closed by it"
    assert asyncio.run(takes(AGENT, "a better one"))
    assert not asyncio.run(takes(AGENT, "demo"))
    assert asyncio.run(takes(OTHER, "demo"))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("user", "password", "words"),
    [
        (AGENT, "short", "8 to 256 characters"),
        (AGENT, "x" * 257, "8 to 256 characters"),
        ("nobody", "a better one", "nobody signs in as nobody"),
        ("'; DROP TABLE desk_user; --", "a better one", "nobody signs in as"),
    ],
)
def test_what_cannot_be_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], user: str, password: str, words: str
) -> None:
    typed(monkeypatch, password)
    assert main(["password", user]) == 1
    assert words in capsys.readouterr().err
    assert asyncio.run(takes(AGENT, "demo"))
