"""`desk seed` of a file of one's own: what fits is added and told by name, what does not is refused with its place."""

import io
import json
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.cli import main
from desk.config import Settings, load_settings
from desk.seed import Seeded, seed_site
from desk.seed_site import SITE, Seeds, read_seeds
from desk.store.complaints import SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.settings import load_site
from sessions.ids import SeatId
from sessions.settings import Site
from tests.databases import KINDS, migrated

pytestmark = pytest.mark.anyio

SHOP: dict[str, Any] = {
    "groups": [{"id": "sales", "name": "销售"}],
    "seats": [
        {"id": "s1", "name": "一号", "skills": {"sales": 3}, "soft_cap": 4},
        {"id": "s2", "name": "二号", "skills": {"sales": 2}, "soft_cap": 4},
    ],
    "users": [
        {"username": "wang", "name": "王", "role": "agent", "seat": "s1"},
        {"username": "boss", "name": "李", "role": "admin"},
    ],
}
"""All that a site of one's own needs."""
ACCOUNT = {"key": "shop", "name": "网店", "app_id": "wx1", "app_secret": "s", "token": "t", "default_group": "sales"}
CHAT = {"key": "site", "name": "官网", "default_group": "sales"}
PAGES = "http://127.0.0.1:8000/admin"

Seed = Callable[[object], tuple[int, str, str]]


def shop(**parts: object) -> dict[str, Any]:
    return deepcopy(SHOP) | parts


def shop_with(kind: str, *more: dict[str, Any]) -> dict[str, Any]:
    """The shop, and more in one of its lists."""
    return shop(**{kind: [*SHOP.get(kind, []), *more]})


@pytest.fixture
def seed(
    logging_as_it_was: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Seed:
    """Runs the command on a file of this content; gives its exit code and what it said, well and ill."""
    for name in ("DATABASE_URL", "DEMO", "PUBLIC_URL", "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DESK_VAR", str(tmp_path / "var"))

    def run(content: object) -> tuple[int, str, str]:
        file = tmp_path / "mine.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        monkeypatch.setattr("sys.stdin", io.StringIO("password\n"))
        code = main(["seed", str(file)])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(var_dir=tmp_path, demo=False)


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


async def add(engine: AsyncEngine, settings: Settings, content: object) -> Seeded:
    return await seed_site(engine, settings, msgspec.convert(content, Seeds), "password")


async def site_of(engine: AsyncEngine) -> Site:
    async with reading(engine) as sql:
        return await load_site(sql)


async def counted(engine: AsyncEngine) -> list[int]:
    """How many rows there are of everything that seeds can add."""
    tables = ("skill_group", "account", "seat", "seat_skill", "desk_user", "setting", "settings_version")
    async with reading(engine) as sql:
        connection = await sql.connection()
        return [(await connection.execute(text(f"SELECT count(*) FROM {each}"))).scalar_one() for each in tables]  # noqa: S608


# What the demo publishes.


def test_the_demo_cannot_be_seeded_into_a_desk_for_real_customers(seed: Seed) -> None:
    code, _, wrong = seed(SITE.read_bytes())
    assert code == 1
    assert "accounts[0]: account demo has the demo's published secrets" in wrong
    assert "accounts[1]: account demo2 has" in wrong
    assert "web_chats[0]: web chat web is that of the demo's bank" in wrong
    assert "desk account (for a demo set DEMO=1)" in wrong


@pytest.mark.parametrize("secret", ["app_secret", "token", "aes_key"])
def test_a_published_secret_is_refused_under_any_name(seed: Seed, secret: str) -> None:
    published = getattr(read_seeds().accounts[0], secret)
    code, _, wrong = seed(shop(accounts=[ACCOUNT | {secret: published}]))
    assert code == 1
    assert "accounts[0]: account shop has the demo's published secrets" in wrong
    assert seed(shop(accounts=[ACCOUNT]))[0] == 0


def test_in_demo_mode_the_demo_is_at_home(seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "1")
    assert seed(SITE.read_bytes()) == (0, "Nothing was missing.\n", "")


def test_a_site_needs_neither_accounts_nor_web_chats(seed: Seed) -> None:
    assert seed(SHOP) == (0, "Added:\n  groups: sales\n  seats: s1, s2\n  users: wang, boss\n", "")


# What does not fit together.

ANOTHER = {"username": "zhao", "name": "赵", "role": "agent"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            shop(accounts=[ACCOUNT | {"default_group": "vip"}]),
            "accounts[0].default_group: group vip does not exist",
        ),
        (shop(web_chats=[CHAT | {"default_group": "vip"}]), "web_chats[0].default_group: group vip does not"),
        (shop(web_chats=[CHAT | {"flow": "help"}]), "web_chats[0].flow: flow help does not exist"),
        (shop(accounts=[ACCOUNT | {"token": ""}]), "accounts[0]: token is missing"),
        (
            shop_with("users", ANOTHER | {"role": "chief"}),
            "users[2].role: there is no role “chief”; give one of agent,",
        ),
        (shop_with("users", ANOTHER | {"seat": "s9"}), "users[2].seat: seat s9 does not exist"),
        (shop_with("users", ANOTHER | {"seat": "s1"}), "users[2].seat: seat s1 is wang's already"),
        (shop_with("users", ANOTHER | {"role": "admin", "seat": "s2"}), "users[2].seat: only an agent has a seat"),
        (shop_with("users", ANOTHER | {"username": "wang"}), "users[2].username: “wang” is there twice"),
        (shop_with("users", ANOTHER | {"name": "a\0b"}), "users[2].name: "),
        (shop_with("seats", SHOP["seats"][0]), "seats[2].id: “s1” is there twice"),
        (shop_with("groups", {"id": "sales", "name": "售后"}), "groups[1].id: “sales” is there twice"),
        (shop(accounts=[ACCOUNT], web_chats=[CHAT | {"key": "shop"}]), "web_chats[0].key: “shop” is there twice"),
        (shop_with("seats", SHOP["seats"][0] | {"id": "s3", "skills": {"vip": 1}}), "seats[2].skills: group vip"),
        (shop_with("seats", SHOP["seats"][0] | {"id": "s3", "soft_cap": 11}), "seats[2].soft_cap: 11 is out of range"),
        (shop_with("groups", {"id": "vip", "name": "贵宾", "calendar": "c"}), "groups[1].calendar: "),
    ],
)
async def test_what_does_not_fit_is_refused_with_its_place(
    engine: AsyncEngine, settings: Settings, content: object, complaint: str
) -> None:
    with pytest.raises(SiteSettingsError) as refused:
        await add(engine, settings, content)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(complaint)
    assert await counted(engine) == [0] * 7


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_added(seed: Seed) -> None:
    broken = shop(
        accounts=[ACCOUNT | {"default_group": "vip"}],
        users=[ANOTHER | {"seat": "s9"}, ANOTHER | {"role": "chief"}],
        texts={"welcom": "您好"},
        rules={"offer_timout_s": 3},
    )
    code, said, wrong = seed(broken)
    assert (code, said) == (1, "")
    assert wrong.startswith("desk: nothing of ")
    assert "mine.json was added" in wrong
    assert [line.partition(":")[0] for line in wrong.splitlines()[1:]] == [
        "users[1].username",
        "rules.offer_timout_s",
        "texts.welcom",
        "accounts[0].default_group",
        "users[0].seat",
        "users[1].role",
    ]
    assert seed(SHOP)[1].startswith("Added:\n  groups: sales\n"), "all was still missing"


async def test_a_seat_of_a_colleague_who_is_there_is_not_given_away(engine: AsyncEngine, settings: Settings) -> None:
    await add(engine, settings, SHOP)
    before = await counted(engine)
    with pytest.raises(SiteSettingsError, match=r"users\[0\].seat: seat s1 is wang's already"):
        await add(engine, settings, {"users": [ANOTHER | {"seat": "s1"}]})
    assert await counted(engine) == before


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{\n "groups": [\n', "line 2: cannot be read (Input data was truncated)"),
        (b'{\n "groups": [],\n "seats" []\n}', "line 3: cannot be read (JSON is malformed: expected ':')"),
        (b'{\n "about": "\xb0\xa1"}', "line 2: cannot be read (invalid start byte: save the file as UTF-8)"),
        (b"[]", "line 1: cannot be read (Expected `object`, got `array`)"),
        (b'{"replies": [', "line 1: cannot be read (Input data was truncated)"),
        (shop(users="all"), "users: cannot be read (Expected `array`, got `str`)"),
        (shop(users=[{"username": "wang"}]), "users[0]: cannot be read (Object missing required field `name`)"),
    ],
)
def test_what_is_no_such_file_is_named_with_the_place(seed: Seed, content: object, complaint: str) -> None:
    code, _, wrong = seed(content)
    assert code == 1
    assert "mine.json" in wrong.splitlines()[0]
    assert wrong.splitlines()[1].startswith(complaint)


def test_a_mark_at_the_beginning_of_the_file_is_passed_over(seed: Seed) -> None:
    assert seed(b"\xef\xbb\xbf" + json.dumps(SHOP).encode())[0] == 0


# Names that nobody knows.


def test_misspelt_names_are_refused_wherever_they_stand(seed: Seed) -> None:
    route = {"do": "route", "group": "sales", "prio": 3}
    broken = shop(
        seat=[],
        seats=[{"id": "s1", "name": "一号", "skills": {}, "softcap": 4}],
        groups=[{"id": "sales", "name": "销售", "ladder": {"park": {"after": 3}}}],
        web_chats=[CHAT | {"colors": "#ffffff"}],
        flows=[{"id": "help", "name": "自助", "clicks": {"GO": route}, "keywords": []}],
    )
    code, _, wrong = seed(broken)
    assert code == 1
    unknown = {line.partition(": there is no such setting")[0] for line in wrong.splitlines() if "no such" in line}
    assert unknown == {
        "seat",
        "seats[0].softcap",
        "groups[0].ladder.park.after",
        "web_chats[0].colors",
        "flows[0].clicks.GO.prio",
    }


def test_misspelt_names_are_refused_in_files_of_words_too(seed: Seed) -> None:
    code, _, wrong = seed({"articles": [{"id": "x", "title": "标题", "body": "答案", "keyword": []}]})
    assert code == 1
    assert "articles[0].keyword: there is no such setting" in wrong


# What was done, and what was not.


def test_what_was_left_alone_is_told_with_the_page_for_it(seed: Seed) -> None:
    seed(SHOP)
    larger = shop_with("groups", {"id": "vip", "name": "贵宾"})
    larger["seats"].append({"id": "s3", "name": "三号", "skills": {"vip": 1}, "soft_cap": 4})
    larger |= {"rules": {"offer_timeout_s": 35, "rona_limit": 2}, "texts": {"queue_left": "好的。"}}
    code, said, wrong = seed(larger)
    assert (code, wrong) == (0, "")
    assert said.splitlines() == [
        "Nothing was added.",
        "Left alone, though not there, for the site is set up already; set them up on its pages:",
        f"  groups ({PAGES}/groups): vip",
        f"  seats ({PAGES}/seats): s3",
        f"  rules ({PAGES}/rules): offer_timeout_s",
        f"  texts ({PAGES}/words): queue_left",
    ]
    assert seed(SHOP) == (0, "Nothing was missing.\n", "")


async def test_a_site_that_is_set_up_gets_new_people_with_their_seats_and_nothing_else(
    engine: AsyncEngine, settings: Settings
) -> None:
    await add(engine, settings, SHOP)
    async with writing(engine) as sql:
        await (await sql.connection()).execute(text("DELETE FROM seat_skill WHERE seat = 's1'"))
    seats = [{"id": each, "name": each, "skills": {"sales": 1}, "soft_cap": 4} for each in ("s3", "s4")]
    larger = shop_with("groups", {"id": "vip", "name": "贵宾"}) | {"accounts": [ACCOUNT], "web_chats": [CHAT]}
    larger["seats"] += seats
    larger["users"].append(ANOTHER | {"seat": "s3"})
    assert await add(engine, settings, larger) == Seeded(
        added={"accounts": ["shop"], "web_chats": ["site"], "seats": ["s3"], "users": ["zhao"]},
        left={"groups": ["vip"], "seats": ["s4"]},
    )
    site = await site_of(engine)
    assert (set(site.groups), set(site.accounts), set(site.seats)) == ({"sales"}, {"shop", "site"}, {"s1", "s2", "s3"})
    assert site.seats[SeatId("s3")].agent == "zhao"
    assert not site.seats[SeatId("s1")].skills, "what was taken out stays out"


async def test_what_is_added_may_not_lean_on_what_is_left_alone(engine: AsyncEngine, settings: Settings) -> None:
    await add(engine, settings, SHOP)
    larger = shop_with("groups", {"id": "vip", "name": "贵宾"}) | {"accounts": [ACCOUNT | {"default_group": "vip"}]}
    with pytest.raises(SiteSettingsError, match=r"accounts\[0\].default_group: group vip does not exist"):
        await add(engine, settings, larger)
