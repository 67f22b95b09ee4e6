"""Settings: what the environment means, and what is said when it means nothing."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from desk.config import SettingsError, load_settings, variable_names


@pytest.fixture(autouse=True)
def an_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variable_names():
        monkeypatch.delenv(name, raising=False)


def test_nothing_need_be_set() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.site, settings.demo) == ("127.0.0.1", 8000, "main", False)
    assert settings.var_dir == Path("var").absolute()
    assert settings.redis_url is None
    assert settings.database_url == f"sqlite+aiosqlite:///{settings.var_dir}/desk.sqlite3"
    assert settings.sqlite_path == settings.var_dir / "desk.sqlite3"
    assert settings.wechat_api_base == "https://api.weixin.qq.com"
    assert settings.utc_offset_minutes == 8 * 60


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("TIMEZONE", "Asia/Tokyo")
    settings = load_settings()
    assert (settings.port, settings.demo, settings.log_level) == (9001, True, "DEBUG")
    assert settings.wechat_api_base == "http://127.0.0.1:9001/sim/wechat"
    assert settings.utc_offset_minutes == 9 * 60
    for path in (settings.redis_dir, settings.media_dir, settings.sqlite_path):
        assert path
        assert path.parent == tmp_path


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("REDIS_URL", "")
    settings = load_settings()
    assert settings.port == 8000
    assert settings.redis_url is None


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9001")
    assert load_settings(port=9002).port == 9002


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("postgres://me:pw@db/desk", "postgresql+psycopg://me:pw@db/desk"),
        ("postgresql://me:pw@db/desk", "postgresql+psycopg://me:pw@db/desk"),
        ("postgresql+psycopg://me:pw@db/desk", "postgresql+psycopg://me:pw@db/desk"),
        ("postgres://me:p%40/w:?d@[::1]:5432/desk?application_name=a@b", None),
        ("postgres:///desk?host=/run/p@stgres", None),
        ("sqlite:////data/desk.db", "sqlite+aiosqlite:////data/desk.db"),
    ],
)
def test_database_urls_of_every_dialect_name_our_driver(
    monkeypatch: pytest.MonkeyPatch, given: str, meant: str | None
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert load_settings().database_url == meant or given.replace("postgres:", "postgresql+psycopg:")


def test_a_site_keeps_its_keys_on_one_cluster_node() -> None:
    assert load_settings(site="north").key_prefix == "desk:{north}:"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 (read, not bound)
        ("::1", "http://[::1]:8000"),
        ("db", "http://db:8000"),
    ],
)
def test_the_desk_reaches_itself_wherever_it_listens(host: str, url: str) -> None:
    assert load_settings(host=host).own_url == url


def test_wechat_is_the_simulator_where_there_is_one() -> None:
    assert load_settings(demo=True, host="db").wechat_api_base == "http://db:8000/sim/wechat"
    assert load_settings(demo=False, host="db").wechat_api_base == "https://api.weixin.qq.com"
    assert load_settings(demo=True, wechat_api_base="http://other").wechat_api_base == "http://other"


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("PORT", "abc", "1 to 65535"),
        ("PORT", "70000", "1 to 65535"),
        ("SITE", "Haupt Sitz", "a-z 0-9"),
        ("DEMO", "perhaps", "1 for demo"),
        ("REDIS_URL", "http://redis", "redis://"),
        ("REDIS_URL", "redis://redis:abc", "port is no number"),
        ("REDIS_URL", "redis://:pa/ss@redis", "%2F"),
        ("REDIS_URL", "redis://redis/main", "number of a database"),
        ("REDIS_URL", "unix:///run/redis.sock?db=main", "db is no number"),
        ("DATABASE_URL", "mysql://db/desk", "postgresql://"),
        ("DATABASE_URL", "postgresql://db:abc/desk", "port is no number"),
        ("DATABASE_URL", "postgresql://db:0/desk", "1 to 65535"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:////file"),
        ("DATABASE_URL", "sqlite://", "sqlite:////file"),
        ("WECHAT_API_BASE", "api.weixin.qq.com", "https://"),
        ("PUBLIC_URL", "desk.example.com", "https://"),
        ("SECRET_KEY", "short", "openssl rand"),
        ("SECRET_KEY_OTHER", "short", "the one before"),
        ("SESSION_HOURS", "0", "hours"),
        ("TIMEZONE", "Mars/Olympus", "IANA"),
        ("LOG_LEVEL", "loud", "debug"),
        ("LOG_FORMAT", "xml", "json"),
    ],
)
def test_an_unusable_value_is_answered_with_the_variable_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, advice: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(name)
    assert advice in line


def test_every_unusable_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setenv("TIMEZONE", "Mars/Olympus")
    with pytest.raises(SettingsError, match=r"(?s)PORT.*TIMEZONE"):
        load_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hush@db/desk")
    monkeypatch.setenv("REDIS_URL", "redis://:hush@redis")
    monkeypatch.setenv("SECRET_KEY", "hush" * 8)
    monkeypatch.setenv("SECRET_KEY_OTHER", "hushed" * 6)
    assert "hush" not in repr(load_settings())
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hush@db/desk")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hush" not in str(caught.value)


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = load_settings(var_dir=tmp_path / "new")
    token = Fernet(*first.secret_keys).encrypt(b"AppSecret")
    file = tmp_path / "new" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = load_settings(var_dir=tmp_path / "new")
    assert Fernet(*again.secret_keys).decrypt(token) == b"AppSecret"
    assert list(file.parent.iterdir()) == [file]


def test_a_given_secret_needs_no_file(tmp_path: Path) -> None:
    settings = load_settings(var_dir=tmp_path / "new", secret_key="x" * 32)
    Fernet(*settings.secret_keys)
    assert not (tmp_path / "new").exists()


def test_another_key_opens_and_the_first_one_encrypts(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("x" * 32)
    before = load_settings(var_dir=tmp_path).secret_keys
    coming = load_settings(var_dir=tmp_path, secret_key_other="y" * 32).secret_keys
    after = load_settings(var_dir=tmp_path, secret_key="y" * 32, secret_key_other="x" * 32).secret_keys
    assert (len(before), coming[0], after) == (1, before[0], (coming[1], coming[0]))


def test_a_spoilt_secret_file_is_an_error_not_a_new_secret(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(SettingsError, match="Restore it from a backup"):
        _ = load_settings(var_dir=tmp_path).secret_keys
