"""Everything that can be set from outside, read once from the environment into one typed object.

The names are the environment's own (`PORT`, not `DESK_PORT`), as twelve-factor hosts provide them. No .env
file is read and nothing is looked up later: whoever needs a setting is given `Settings`. An empty variable
counts as unset. Defaults that depend on other settings are filled in here, so that no reader repeats them.
(REDIS_SERVER and PATH are no settings of the desk: `redis_binary` looks there for a program to start.)
"""

import base64
import contextlib
import hashlib
import ipaddress
import os
import re
import secrets
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from desk.folders import unusable
from desk.urls import UnusableUrlError, checked_database_url, checked_http_url, checked_redis_url

SECRET_CHARACTERS_MIN = 32
SQLITE_FILE = "desk.sqlite3"
WECHAT_API = "https://api.weixin.qq.com"
SecretKeys: TypeAlias = tuple[bytes, ...]
"""What stored secrets are opened with; the first of them encrypts."""


class SettingsError(ValueError):
    """Settings that cannot be used; the message has a line for each, with what would do instead."""

    code = "bad_setting"


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _secret(secret: str) -> str:
    if len(secret) < SECRET_CHARACTERS_MIN:
        raise ValueError("too short")
    return secret


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class Settings(BaseSettings):
    """The desk's settings; the environment variable is the field's name in capitals unless an alias says."""

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, extra="ignore", validate_by_name=True, hide_input_in_errors=True
    )

    var_dir: Annotated[Path, AfterValidator(_absolute)] = Field(
        Path("var"), validation_alias="DESK_VAR", description="a folder for all data; unset means var/"
    )
    host: str = Field("127.0.0.1", description="the address to listen on; unset means 127.0.0.1, 0.0.0.0 is all")
    port: int = Field(8000, ge=1, le=65535, description="a TCP port, 1 to 65535; unset means 8000")
    public_url: Annotated[str, AfterValidator(checked_http_url)] | None = Field(
        None,
        description="the address at which browsers and WeChat reach the desk, like https://desk.example.com;"
        " unset means HOST:PORT",
    )
    site: str = Field(
        "main",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        description="the site's name, up to 32 of a-z 0-9 - _; sites may share a Redis; unset means main",
    )
    demo: bool = Field(False, description="1 for demo users, customers and the WeChat simulator; unset or 0 for none")
    demo_pace: float = Field(
        4.0, gt=0, le=60, description="how many customers a minute `desk demo` sends, up to 60; unset means 4"
    )
    redis_url: Annotated[str, AfterValidator(checked_redis_url)] | None = Field(
        None,
        repr=False,
        description="redis://, rediss:// or unix:// of Redis 7.0 or newer; unset means a private one in DESK_VAR",
    )
    database_url: Annotated[str, AfterValidator(checked_database_url)] = Field(
        default_factory=lambda known: f"sqlite+aiosqlite:///{known.get('var_dir', Path())}/{SQLITE_FILE}",
        repr=False,
        description="postgresql://user:password@host/name or sqlite:////file; unset means a SQLite file in DESK_VAR",
    )
    wechat_api_base: Annotated[str, AfterValidator(checked_http_url)] = Field(
        default_factory=lambda known: f"{_own_url(known)}/sim/wechat" if known.get("demo") else WECHAT_API,
        description=f"the address of WeChat's API; unset means {WECHAT_API}, or with DEMO the built-in simulator",
    )
    secret_key: Annotated[str, AfterValidator(_secret)] | None = Field(
        None,
        repr=False,
        description=f"{SECRET_CHARACTERS_MIN} or more random characters that encrypt stored account secrets, like the"
        " output of: openssl rand -hex 32; unset means one made at first use in DESK_VAR/secret.key",
    )
    secret_key_other: Annotated[str, AfterValidator(_secret)] | None = Field(
        None,
        repr=False,
        description=f"the SECRET_KEY to come or the one before, while it is replaced, {SECRET_CHARACTERS_MIN} or more"
        " characters: it opens what is stored under it, and encrypts nothing; unset means none",
    )
    session_hours: float = Field(
        12, gt=0, le=24 * 30, description="the hours that a sign-in lasts, up to 720; unset means 12"
    )
    timezone: ZoneInfo = Field(
        ZoneInfo("Asia/Shanghai"), description="an IANA time zone name; unset means Asia/Shanghai"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", description="debug, info, warning or error; unset means info"
    )
    log_format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] | None = Field(
        None, description="json or text; unset means text on a terminal, json elsewhere"
    )

    @property
    def key_prefix(self) -> str:
        """What every Redis key of this site starts with; the braces keep a site on one node of a cluster."""
        return f"desk:{{{self.site}}}:"

    @property
    def own_url(self) -> str:
        """How a process on this machine reaches the desk."""
        return _own_url({"host": self.host, "port": self.port})

    @property
    def redis_dir(self) -> Path:
        """Where the private Redis keeps its data."""
        return self.var_dir / "redis"

    @property
    def media_dir(self) -> Path:
        """Where images and voices are kept."""
        return self.var_dir / "media"

    @property
    def secret_file(self) -> Path:
        """What stands in for SECRET_KEY where that is unset."""
        return self.var_dir / "secret.key"

    @property
    def simulator_file(self) -> Path:
        """What the demo's simulated WeChat remembers."""
        return self.var_dir / "simulator.sqlite3"

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None where the database is another."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path).absolute() if scheme == "sqlite+aiosqlite" else None

    @property
    def utc_offset_minutes(self) -> int:
        """How far the desk's wall clock is ahead of UTC today."""
        offset = datetime.now(self.timezone).utcoffset()
        assert offset is not None
        return round(offset.total_seconds() / 60)

    @cached_property
    def secret_keys(self) -> SecretKeys:
        """What encrypts account secrets, made from SECRET_KEY or from the file that stands in for it; and the other."""
        given = [self.secret_key or _kept_secret(self.secret_file), self.secret_key_other]
        return tuple(base64.urlsafe_b64encode(hashlib.sha256(each.encode()).digest()) for each in given if each)


def load_settings(**given: Any) -> Settings:
    """The settings of this process: the environment's, under those given by name (as from the command line).

    Raises SettingsError naming every variable that cannot be used.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        # A default that waited for another setting's value is no complaint of its own.
        wrong = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        raise SettingsError(
            "\n".join(_complaint(str(one["loc"][0]), one["input"], _reason(one)) for one in wrong)
        ) from None


def variable_names() -> dict[str, str]:
    """Every environment variable that is read here, with what it wants."""
    return {_variable(name): field.description or "" for name, field in Settings.model_fields.items()}


def _variable(field: str) -> str:
    return str(Settings.model_fields[field].validation_alias or field.upper())


def _reason(detail: ErrorDetails) -> str:
    error = detail.get("ctx", {}).get("error")
    return str(error) if isinstance(error, UnusableUrlError) else ""


def _complaint(location: str, value: Any, reason: str) -> str:
    wanted = variable_names()
    variable = location.upper() if location.upper() in wanted else _variable(location)
    is_secret = variable.startswith("SECRET_KEY") or variable in {"REDIS_URL", "DATABASE_URL"}  # with passwords
    shown = "" if is_secret else f" is {value!r}, which"
    return f"{variable}{shown} cannot be used: {f'{reason} Give' if reason else 'give'} {wanted[variable]}."


def _own_url(known: dict[str, Any]) -> str:
    host, port = known.get("host", "127.0.0.1"), known.get("port", 8000)
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            host = "127.0.0.1"
        elif address.version == 6:
            host = f"[{host}]"
    return f"http://{host}:{port}"


def _kept_secret(file: Path) -> str:
    """The secret in the file; made at first use, by whichever process is first. Raises `FolderError`."""
    try:
        secret = _read_or_make(file)
    except OSError as failure:
        raise unusable(file, failure, instead=", or set SECRET_KEY, which is unset") from None
    if not re.fullmatch(rf".{{{SECRET_CHARACTERS_MIN},}}", secret):
        raise SettingsError(f"{file} holds no key. Restore it from a backup: stored account secrets need it.")
    return secret


def _read_or_make(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)  # unlike a rename, never replaces what another process has begun to use
        draft.unlink()
    return file.read_text().strip()
