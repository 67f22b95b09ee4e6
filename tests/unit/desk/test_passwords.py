"""Passwords are checked one at a time, and the line for it has an end."""

import asyncio

import pytest

from desk import passwords as module
from desk.errors import UserError
from desk.passwords import Passwords

pytestmark = pytest.mark.anyio


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(time_cost=1, memory_kib=8)


async def test_a_password_fits_its_own_hash_alone(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert (await passwords.verify(stored, "correct horse")).ok
    assert not (await passwords.verify(stored, "Correct horse")).ok
    assert stored != await passwords.hash("correct horse")


async def test_nobody_has_no_password(passwords: Passwords) -> None:
    assert not (await passwords.verify(None, "nobody's password")).ok
    assert not (await passwords.verify("", "")).ok
    assert not (await passwords.verify("not a hash", "x")).ok


async def test_a_hash_of_other_parameters_is_replaced_when_the_password_is_right(passwords: Passwords) -> None:
    old = Passwords(time_cost=2, memory_kib=16).hash_now("secret")
    assert (await passwords.verify(old, "wrong")).rehashed is None
    verdict = await passwords.verify(old, "secret")
    assert verdict.rehashed
    assert (await passwords.verify(verdict.rehashed, "secret")).rehashed is None


async def test_the_default_cost_is_what_a_stolen_table_withstands() -> None:
    assert "m=19456,t=2,p=1" in await Passwords().hash("secret")


async def test_the_event_loop_goes_on_while_hashes_are_made() -> None:
    slow = Passwords(time_cost=4, memory_kib=32_768)
    hashing = asyncio.gather(*(slow.hash("secret") for _ in range(3)))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1
    await hashing
    assert turns > 10


async def test_a_full_line_turns_people_away(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    answers = await asyncio.gather(*(passwords.verify(None, "x") for _ in range(5)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, UserError)]
    assert [(error.code, error.status) for error in refused] == [("sign_in_busy", 503)] * 2
    assert not (await passwords.verify(None, "x")).ok


async def test_who_gives_up_leaves_the_line(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 1)
    waiting = asyncio.create_task(passwords.verify(None, "x"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not (await passwords.verify(None, "x")).ok
