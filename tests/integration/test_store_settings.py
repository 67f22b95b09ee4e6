"""What is set up comes out of SQL as typed values, or is refused with words."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from desk.administration import connect_account, reseal
from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.crypto import Envelope
from desk.channels.wechat.simulator.accounts import DEMO_MENU
from desk.config import SecretKeys, Settings, load_settings
from desk.passwords import Passwords
from desk.seed import DEMO_PASSWORD, seed_demo
from desk.seed_site import read_seeds
from desk.store import models
from desk.store.checking import complaints_about
from desk.store.complaints import SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.sealing import SealedError, seal, unseal
from desk.store.settings import (
    account_row,
    load_site,
    load_wechat_accounts,
    save_account,
    version_of,
)
from desk.store.users import Staff
from routing.hours import is_open
from routing.selfservice import Matcher
from sessions.ids import HARD_CAP, AccountId, GroupId, SeatId, UserId
from sessions.settings import Rules, Site
from tests.databases import KINDS, migrated, seeded

pytestmark = pytest.mark.anyio


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


@pytest.fixture(params=KINDS)
async def demo(request: pytest.FixtureRequest, anyio_backend: object, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with the demo's site."""
    async with seeded(request.getfixturevalue(f"{request.param}_url"), tmp_path) as engine:
        yield engine


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(var_dir=tmp_path, demo=True)


def a_key() -> SecretKeys:
    """One that nobody has."""
    return (Fernet.generate_key(),)


async def site_of(engine: AsyncEngine) -> Site:
    async with reading(engine) as session:
        return await load_site(session)


async def execute(engine: AsyncEngine, statement: str) -> None:
    async with writing(engine) as session:
        await (await session.connection()).execute(text(statement))


async def test_an_empty_database_is_an_empty_site(engine: AsyncEngine) -> None:
    site = await site_of(engine)
    assert (site.accounts, site.groups, site.seats) == ({}, {}, {})


async def test_the_demo_has_thirty_seats_at_work_in_four_groups(engine: AsyncEngine, settings: Settings) -> None:
    await seed_demo(engine, settings)
    site = await site_of(engine)
    assert set(site.seats) == {f"agent{n}" for n in range(1, 31)}
    assert all(str(plan.agent) == seat and plan.skills and plan.soft_cap <= 6 for seat, plan in site.seats.items())
    assert {group.name for group in site.groups.values()} == {"信用卡咨询", "账单分期", "挂失与安全", "投诉建议"}
    assert site.accounts[AccountId("demo")].default_group == "card_service"
    for group in site.groups.values():
        able = [plan for plan in site.seats.values() if plan.skills.get(group.id, 0) >= group.required_level]
        assert len(able) >= 4, f"too few seats for {group.id}"
    first_four = [set(site.seats[SeatId(f"agent{n}")].skills) for n in range(1, 5)]
    assert GroupId("card_service") in set.intersection(*first_four)


async def test_the_demo_serves_itself_where_a_bank_would(demo: AsyncEngine) -> None:
    site = await site_of(demo)
    flow = site.flows[site.accounts[AccountId("demo")].flow]
    keys = {each.get("key") for button in DEMO_MENU["button"] for each in (button, *button.get("sub_button", ()))}
    assert keys - {None} <= flow.clicks.keys()
    assert len(flow.keywords) >= 25
    matcher = Matcher(flow)
    assert {text: found.how for text in ("额度", "edu", "我想查额度") if (found := matcher.find(text))} == {
        "额度": "exact",
        "edu": "sound",
        "我想查额度": "contained",
    }
    for plain in ("你好", "hello", "在吗", "我的卡丢了", "账单日能改吗", "有一笔消费我不认识", "m-17"):
        assert matcher.find(plain) is None, f"{plain} is for a person"
    assert flow.unmatched_max == 0


async def test_the_demo_is_open_day_and_night_but_for_complaints(demo: AsyncEngine) -> None:
    site = await site_of(demo)
    sunday_night, national_day = 1_795_363_200_000, 1_790_820_000_000  # 2026-11-23 00:00, 2026-10-01 10:00
    for at in (sunday_night, national_day):
        open_now = {
            group.id: is_open(site.calendars.get(group.calendar), at, site.rules.utc_offset_min)
            for group in site.groups.values()
        }
        assert open_now == {"card_service": True, "billing": True, "security_desk": True, "complaints": False}
    assert is_open(site.calendars["workdays"], 1_791_597_600_000, 480)  # Saturday 2026-10-10 10:00, a make-up day


async def test_the_demo_accounts_open_with_their_published_keys(demo: AsyncEngine, settings: Settings) -> None:
    async with reading(demo) as session:
        accounts = {account.key: account for account in await load_wechat_accounts(session, settings.secret_keys)}
    first = accounts["demo"]
    assert (first.token, first.app_id, first.app_secret) == ("demo-token", "wxdemo0000000001", "demo-secret")
    assert (first.aes_key, first.original_id) == ("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "gh_demo00000001")
    assert accounts["demo2"].mode == "safe"
    Envelope(accounts["demo2"].aes_key, accounts["demo2"].app_id)  # raises where the key is none


async def test_demo_people_can_sign_in(demo: AsyncEngine) -> None:
    staff = Staff(demo)
    found = {name: await staff.find(UserId(name)) for name in ("agent1", "agent30", "supervisor", "inspector", "admin")}
    assert {name: member and (member.role, member.seat) for name, member in found.items()} == {
        "agent1": ("agent", "agent1"),
        "agent30": ("agent", "agent30"),
        "supervisor": ("supervisor", None),
        "inspector": ("inspector", None),
        "admin": ("admin", None),
    }
    agent = found["agent1"]
    assert agent is not None
    assert (await Passwords().verify(agent.password_hash, DEMO_PASSWORD)).ok


async def test_seeding_again_is_quick_and_undoes_nothing(engine: AsyncEngine, settings: Settings) -> None:
    assert await seed_demo(engine, settings)
    await execute(engine, "UPDATE seat SET name = 'window', soft_cap = 2 WHERE id = 'agent1'")
    started = time.perf_counter()
    assert not await seed_demo(engine, settings)
    assert time.perf_counter() - started < 1  # to hash the passwords again takes several
    seat = (await site_of(engine)).seats[SeatId("agent1")]
    assert (seat.name, seat.soft_cap) == ("window", 2)


async def test_what_is_missing_of_the_demo_is_added(engine: AsyncEngine, settings: Settings) -> None:
    await seed_demo(engine, settings)
    await execute(engine, "DELETE FROM desk_user WHERE username = 'agent7'")
    assert (await site_of(engine)).seats[SeatId("agent7")].agent == ""
    assert await seed_demo(engine, settings)
    assert (await site_of(engine)).seats[SeatId("agent7")].agent == "agent7"


async def test_a_new_site_counts_by_the_clock_of_its_desk(engine: AsyncEngine, settings: Settings) -> None:
    in_tokyo = settings.model_copy(update={"timezone": ZoneInfo("Asia/Tokyo")})
    await seed_demo(engine, in_tokyo)
    assert (await site_of(engine)).rules == Rules(utc_offset_min=540)


async def test_a_site_that_has_worked_keeps_its_clock(engine: AsyncEngine, settings: Settings) -> None:
    await seed_demo(engine, settings)
    await execute(engine, "DELETE FROM desk_user WHERE username = 'agent7'")
    assert await seed_demo(engine, settings.model_copy(update={"timezone": ZoneInfo("Asia/Tokyo")}))
    assert (await site_of(engine)).rules == Rules()


async def test_processes_that_seed_together_do_not_collide(engine: AsyncEngine, settings: Settings) -> None:
    await asyncio.gather(*(seed_demo(engine, settings) for _ in range(3)))
    async with reading(engine) as session:
        assert len((await session.exec(select(models.User))).all()) == 33


async def test_the_version_follows_the_content(demo: AsyncEngine) -> None:
    first = await site_of(demo)
    assert (await site_of(demo)) == first
    await execute(demo, "UPDATE seat_skill SET level = 1 WHERE seat = 'agent1' AND skill_group = 'card_service'")
    second = await site_of(demo)
    assert second.version != first.version
    await execute(demo, "UPDATE seat_skill SET level = 5 WHERE seat = 'agent1' AND skill_group = 'card_service'")
    assert (await site_of(demo)).version == first.version == version_of(first)


async def test_rules_and_texts_are_settings(engine: AsyncEngine) -> None:
    async with writing(engine) as session:
        session.add(models.Setting(key="rules.offer_timeout_s", value="35"))
        session.add(models.Setting(key="texts.text_too_long", value='"请分条发送。"'))
        session.add(models.Setting(key="words.give_up_words", value='["0","退出"]'))
    site = await site_of(engine)
    assert (site.rules.offer_timeout_s, site.rules.rona_limit) == (35, 2)
    assert site.texts == {"text_too_long": "请分条发送。"}
    assert site.give_up_words == ("0", "退出")
    assert site.closing_tokens == Site().closing_tokens


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("rules.offer_timout_s", "20", "rules.offer_timout_s: there is no such setting"),
        ("offer_timeout_s", "20", "offer_timeout_s: there is no such setting"),
        ("rules.offer_timeout_s", '"soon"', "give a whole number"),
        ("rules.offer_timeout_s", "0", "rules.offer_timeout_s: 0 is out of range, give 1 to 3600"),
        ("rules.wrap_block_s", "301", "longer than wrap_max_s"),
        ("texts.text_too_long", "unquoted", "give a text in double quotes"),
        ("texts.text_too_long", f'"{"字" * 601}"', "at most 600 characters, not 601"),
        ("words.give_up_words", '"0"', "words.give_up_words: cannot be read"),
        ("words.lucky_words", "[]", "words.lucky_words: there is no such setting"),
    ],
)
async def test_a_setting_that_cannot_work_is_refused_with_words(
    sqlite_url: str, key: str, value: str, complaint: str
) -> None:
    async with migrated(sqlite_url) as engine:
        async with writing(engine) as session:
            session.add(models.Setting(key=key, value=value))
        with pytest.raises(SiteSettingsError, match=complaint):
            await site_of(engine)


async def test_what_is_only_saved_no_more_keeps_no_desk_from_starting(demo: AsyncEngine) -> None:
    await execute(demo, "UPDATE skill_group SET name = (SELECT name FROM skill_group WHERE id = 'card_service')")
    site = await site_of(demo)
    assert {each.code for each in complaints_about(site)} == {"name_taken"}


async def test_ten_is_ten_in_the_database_too(engine: AsyncEngine) -> None:
    async with writing(engine) as session:
        session.add(models.Seat(id="s", name="s", soft_cap=HARD_CAP))
    with pytest.raises(IntegrityError):
        await execute(engine, "UPDATE seat SET soft_cap = 11")


async def test_one_agent_a_seat(demo: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        await execute(demo, "UPDATE desk_user SET seat = 'agent1' WHERE username = 'agent2'")


async def test_nobody_finds_who_left_or_never_was(demo: AsyncEngine) -> None:
    await execute(demo, "UPDATE desk_user SET active = (1 = 0) WHERE username = 'agent1'")
    staff = Staff(demo)
    for name in ("agent1", "nobody", "agent1\0", ""):
        assert await staff.find(UserId(name)) is None


async def test_a_new_hash_is_kept(demo: AsyncEngine) -> None:
    staff = Staff(demo)
    await staff.set_password_hash(UserId("agent1"), "new")
    found, other = await staff.find(UserId("agent1")), await staff.find(UserId("agent2"))
    assert found is not None
    assert other is not None
    assert found.password_hash == "new" != other.password_hash


async def test_account_secrets_are_not_readable_in_the_database(demo: AsyncEngine) -> None:
    async with reading(demo) as session:
        row = (await session.exec(select(models.Account).where(models.Account.id == "demo"))).one()
    stored = repr(row)
    for secret in ("demo-secret", "demo-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"):
        assert secret not in stored


async def test_another_key_is_told_apart_from_a_broken_account(demo: AsyncEngine) -> None:
    async with reading(demo) as session:
        with pytest.raises(SealedError, match=r"of account demo.* was stored under another SECRET_KEY"):
            await load_wechat_accounts(session, a_key())


def test_sealing_is_undone_by_its_key_alone() -> None:
    keys, others = a_key(), a_key()
    sealed = seal(keys, "一个 secret")
    assert unseal(keys, sealed, "it") == unseal((*others, *keys), sealed, "it") == "一个 secret"
    with pytest.raises(SealedError, match="give it as SECRET_KEY_OTHER"):
        unseal(others, sealed, "it")
    assert seal(keys, "same") != seal(keys, "same")
    assert seal(keys, "") == unseal(keys, "", "it") == ""


async def test_accounts_are_encrypted_anew_when_the_secret_key_is_replaced(tmp_path: Path) -> None:
    before = load_settings(var_dir=tmp_path, demo=True, secret_key="b" * 32)
    async with migrated(before.database_url) as database:
        await seed_demo(database, before)
        async with reading(database) as session:
            accounts = await load_wechat_accounts(session, before.secret_keys)
        after = load_settings(var_dir=tmp_path, secret_key="a" * 32)
        with pytest.raises(SealedError, match="was stored under another SECRET_KEY"):
            await reseal(after)
        both = load_settings(var_dir=tmp_path, secret_key="a" * 32, secret_key_other="b" * 32)
        async with reading(database) as session:
            assert await load_wechat_accounts(session, both.secret_keys) == accounts
        assert await reseal(both) == await reseal(after) == "Encrypted anew under the present SECRET_KEY: demo, demo2."
        async with reading(database) as session:
            assert await load_wechat_accounts(session, after.secret_keys) == accounts
            with pytest.raises(SealedError):
                await load_wechat_accounts(session, before.secret_keys)


async def test_an_account_is_added_and_replaced_whole(demo: AsyncEngine, settings: Settings) -> None:
    account = WeChatAccount(key="bank", name="云杉银行", app_id="wx1", app_secret="s1", token="t1")
    for change in (account, msgspec.structs.replace(account, token="t2", previous_aes_key="A" * 43)):
        async with writing(demo) as session:
            await save_account(session, change, "billing", settings.secret_keys)
        async with reading(demo) as session:
            assert change in await load_wechat_accounts(session, settings.secret_keys)
    assert (await site_of(demo)).accounts[AccountId("bank")].default_group == "billing"


async def test_the_key_before_this_one_is_kept_when_keys_are_changed(demo: AsyncEngine, settings: Settings) -> None:
    one, two, three = ("1" * 43, "2" * 43, "3" * 43)
    for key, previous in ((one, None), (two, one), (two, one), ("", two), (three, two), (two, three)):
        account = WeChatAccount(key="bank", name="云杉银行", app_id="wx1", app_secret="s1", token="t1", aes_key=key)
        async with writing(demo) as session:
            await save_account(session, account, "billing", settings.secret_keys)
        async with reading(demo) as session:
            (stored,) = (
                each for each in await load_wechat_accounts(session, settings.secret_keys) if each.key == "bank"
            )
        assert (stored.aes_key, stored.previous_aes_key) == (key, previous)


async def test_an_account_can_be_saved_anew_when_the_secret_key_was_lost(demo: AsyncEngine, settings: Settings) -> None:
    account = WeChatAccount(key="bank", name="云杉银行", app_id="wx1", app_secret="s1", token="t1", aes_key="1" * 43)
    for secret_keys in (a_key(), settings.secret_keys):
        async with writing(demo) as session:
            await save_account(session, account, "billing", secret_keys)
    async with reading(demo) as session:
        assert account in await load_wechat_accounts(session, settings.secret_keys)


async def test_who_connects_an_account_is_told_the_address_that_wechat_reaches(tmp_path: Path) -> None:
    settings = load_settings(var_dir=tmp_path, demo=True, public_url="https://desk.example.com")
    account = WeChatAccount(key="bank", name="云杉银行", app_id="wx1", app_secret="s1", token="t1")
    said = await connect_account(settings, account, "billing")
    assert said.endswith(" https://desk.example.com/wechat/bank")


async def test_an_account_needs_a_group_that_exists(engine: AsyncEngine, settings: Settings) -> None:
    account = WeChatAccount(key="bank", name="云杉银行", app_id="wx1", app_secret="s1", token="t1")
    with pytest.raises(SiteSettingsError, match="group nowhere does not exist"):
        async with writing(engine) as session:
            await save_account(session, account, "nowhere", settings.secret_keys)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"key": "a/b"}, "an id has 1 to 32"),
        ({"app_secret": ""}, "app_secret is missing"),
        ({"aes_key": "short"}, "aes_key has 43"),
        ({"mode": "safe", "aes_key": ""}, "safe mode needs the aes_key"),
    ],
)
def test_an_account_that_cannot_work_is_not_stored(changed: dict[str, str], complaint: str) -> None:
    account = read_seeds().accounts[0]
    fields = {name: getattr(account, name) for name in account.__struct_fields__} | changed
    with pytest.raises(SiteSettingsError, match=complaint):
        account_row(type(account)(**fields), "card_service", a_key())
