"""From a name and a password to a person of the staff.

The order is the defence: first the throttle, then the hash, and nobody can tell an unknown name from a wrong
password, neither by the words nor by the time it takes.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import msgspec

from desk.errors import UserError
from desk.passwords import Passwords
from desk.throttle import Throttle
from sessions.ids import Role, SeatId, UserId

NAME_LENGTH_MAX = 64
PASSWORD_LENGTH_MAX = 256


class StaffMember(msgspec.Struct, frozen=True):
    """A person who works here. `seat` is where they sit, if anywhere; `lang` is empty while they have no wish."""

    user: UserId
    name: str
    role: Role
    password_hash: str
    seat: SeatId | None = None
    lang: str = ""


class Post(NamedTuple):
    """What a person works as, and where they sit, if anywhere."""

    role: Role
    seat: SeatId | None


class StaffDirectory(Protocol):
    """Where the staff is looked up."""

    async def find(self, user: UserId) -> StaffMember | None:
        """The person of this sign-in name, if they may sign in."""

    async def posts(self) -> Mapping[UserId, Post]:
        """Everybody who may sign in."""

    async def set_password_hash(self, user: UserId, password_hash: str) -> None:
        """Keeps this hash of their password."""


class SignIn:
    """The door."""

    def __init__(self, directory: StaffDirectory, passwords: Passwords, throttle: Throttle) -> None:
        self._directory = directory
        self._passwords = passwords
        self._throttle = throttle

    async def check(self, name: str, password: str, address: str) -> StaffMember:
        """The person whom name and password belong to.

        Raises UserError `sign_in_failed`, `sign_in_throttled` or `sign_in_busy`.
        """
        name = name.strip()
        if not 0 < len(name) <= NAME_LENGTH_MAX or not 0 < len(password) <= PASSWORD_LENGTH_MAX:
            raise _wrong()
        await self._throttle.admit(name, address)
        staff = await self._directory.find(UserId(name))
        try:
            verdict = await self._passwords.verify(staff.password_hash if staff else None, password)
        except UserError:
            await self._throttle.withdrawn(name, address)
            raise
        if staff is None or not verdict.ok:
            await self._throttle.failed(address)
            raise _wrong()
        await self._throttle.succeeded(name, address)
        if verdict.rehashed:
            await self._directory.set_password_hash(staff.user, verdict.rehashed)
        return staff


def _wrong() -> UserError:
    return UserError("sign_in_failed", "用户名或密码不正确", status=401)
