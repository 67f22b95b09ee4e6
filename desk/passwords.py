"""Passwords, hashed slowly on purpose.

argon2id takes some 20 ms and 19 MiB a hash with the parameters here (OWASP's minimum), so hashing runs in one
thread of its own: the event loop never waits, the other core stays free, and the line before it is bounded.
An executor of one thread, and no semaphore: a request that gives up cannot let a second hash begin beside its own.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from desk.errors import UserError

WAITING_MAX = 400
BUSY_RETRY_S = 5


class Verdict(msgspec.Struct, frozen=True):
    """`rehashed` is set when the stored hash is of other parameters: keep it instead."""

    ok: bool
    rehashed: str | None = None


class Passwords:
    """Makes and checks hashes, one at a time. Cheap parameters are for tests."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456, lanes: int = 1) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobodys_hash: str | None = None

    def hash_now(self, password: str) -> str:
        """A hash of it; blocks, for the command line."""
        return self._hasher.hash(password)

    async def hash(self, password: str) -> str:
        """A hash of it, when its turn comes. Raises UserError `sign_in_busy` when the line is full."""
        with self._place():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self.hash_now, password)

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether the password is the stored hash's. None, for nobody's hash, takes as long and is wrong.

        Raises UserError `sign_in_busy` when the line is full.
        """
        with self._place():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._verify_now, stored, password)

    def close(self) -> None:
        """Lets the thread go; whoever still waits is turned away."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _verify_now(self, stored: str | None, password: str) -> Verdict:
        self._nobodys_hash = self._nobodys_hash or self.hash_now("nobody's password")
        try:
            self._hasher.verify(stored or self._nobodys_hash, password)
        except (Argon2Error, InvalidHashError):
            return Verdict(ok=False)
        if stored is None:
            return Verdict(ok=False)
        outdated = self._hasher.check_needs_rehash(stored)
        return Verdict(ok=True, rehashed=self.hash_now(password) if outdated else None)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._waiting >= WAITING_MAX:
            raise UserError("sign_in_busy", "登录的人太多，请稍候再试", status=503, retry_after_s=BUSY_RETRY_S)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
