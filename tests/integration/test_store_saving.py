"""Settings are changed whole or not at all, and the history tells who changed what."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from desk.store import models
from desk.store.complaints import SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.history import Version, site_at, versions, who_set
from desk.store.saving import Saved, change_site, write_site
from desk.store.settings import load_site, read_site, stamp_of
from routing.hours import Calendar
from routing.selfservice import Answer, Flow, Keyword, Menu, OpenMenu, Route
from sessions.ids import AccountId, GroupId, Millis, SeatId, UserId
from sessions.settings import Group, Ladder, Manners, Rings, SeatPlan, Site, Step
from tests.databases import KINDS, migrated, seeded

pytestmark = pytest.mark.anyio
NOW = Millis(1_795_399_200_000)
CARDS, BILLS = GroupId("card_service"), GroupId("billing")
HOURS = Calendar(
    id="days",
    name="工作日",
    week=(((480, 1200),),) * 5 + ((), ()),
    dates={"2026-10-01": (), "2026-10-10": ((540, 720), (780, 1080))},
)
FLOW = Flow(
    id="cards",
    name="信用卡自助",
    welcome=Answer(text="您好"),
    clicks={"BILL": Answer(text="本期账单"), "HUMAN": Route(group=CARDS, priority=2, text="正在转接")},
    scenes={"branch-7": Route(group=BILLS, at_once=False)},
    menus={"main": Menu(id="main", text="1 账单 2 人工", options={"1": Answer(text="账单"), "2": Route(group=CARDS)})},
    keywords=(
        Keyword(id="menu", phrases=("菜单", "help"), action=OpenMenu(menu="main")),
        Keyword(id="limit", phrases=("额度",), action=Answer(text="您的额度"), fuzzy=False),
    ),
    unmatched_max=2,
    unmatched_text="没有听懂",
)


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, anyio_backend: object, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """The demo's site in a database of either kind."""
    async with seeded(request.getfixturevalue(f"{request.param}_url"), tmp_path) as engine:
        yield engine


async def change(engine: AsyncEngine, how: Callable[[Site], Site], by: str = "admin") -> Saved:
    return await change_site(engine, how, by, NOW)


async def site_of(engine: AsyncEngine) -> Site:
    async with reading(engine) as sql:
        return await load_site(sql)


async def history_of(engine: AsyncEngine) -> list[Version]:
    async with reading(engine) as sql:
        return await versions(sql)


async def execute(engine: AsyncEngine, statement: str) -> None:
    async with writing(engine) as sql:
        await (await sql.connection()).execute(text(statement))


def with_group(site: Site, group: GroupId, **values: object) -> Site:
    changed = msgspec.structs.replace(site.groups[group], **values)
    return msgspec.structs.replace(site, groups={**site.groups, group: changed})


def with_seat(site: Site, seat: str, **values: object) -> Site:
    changed = msgspec.structs.replace(site.seats[SeatId(seat)], **values)
    return msgspec.structs.replace(site, seats={**site.seats, SeatId(seat): changed})


def without_seat(site: Site, seat: str, heir: str = "") -> Site:
    left = {name: plan for name, plan in site.seats.items() if name != seat}
    heirs = {**site.successors, **({SeatId(seat): SeatId(heir)} if heir else {})}
    return msgspec.structs.replace(site, seats=left, successors=heirs)


def everything_new(site: Site) -> Site:
    """A site in which nothing is the default any more."""
    cards = Group(
        id=CARDS,
        name="卡务",
        name_en="Cards",
        required_level=2,
        soft_cap=4,
        policy="round_robin",
        calendar="days",
        rings=Rings(level_down_s=None, overflow_s=90, overflow_groups=(BILLS,), leave_message_s=300),
        ladder=Ladder(remind=None, park=Step(after_s=120, working_hours=True), soft_end=None, hard_end_before_s=None),
        manners=Manners(length_max=40, when_full="overflow", tell_max=1),
        merge_window_s=60,
        cold_weight_percent=0,
    )
    return msgspec.structs.replace(
        site,
        groups={**site.groups, CARDS: cards},
        calendars={**site.calendars, "days": HOURS},
        flows={"cards": FLOW},
        accounts={
            **site.accounts,
            AccountId("demo"): msgspec.structs.replace(site.accounts[AccountId("demo")], flow="cards"),
        },
        rules=msgspec.structs.replace(site.rules, vip_points=9),
        texts={"text_too_long": "请分条发送。"},
        closing_tokens=("好的", "👌"),
        give_up_words=("0", "退出"),
    )


async def test_everything_that_can_be_set_up_is_kept(engine: AsyncEngine) -> None:
    saved = await change(engine, everything_new)
    site = await site_of(engine)
    assert site == saved.site
    assert (site.groups[CARDS].rings.overflow_groups, site.groups[CARDS].ladder.park) == (
        (BILLS,),
        Step(after_s=120, working_hours=True),
    )
    assert site.calendars["days"] == HOURS
    assert site.flows == {"cards": FLOW}
    assert list(site.groups) == ["card_service", "billing", "security_desk", "complaints"]


async def test_what_was_set_up_can_be_taken_away_again(engine: AsyncEngine) -> None:
    before = await site_of(engine)
    await change(engine, everything_new)
    saved = await change(engine, lambda _: before)
    assert saved.site == before == await site_of(engine)


async def test_a_change_that_changes_nothing_leaves_no_trace(engine: AsyncEngine) -> None:
    lines = await history_of(engine)
    saved = await change(engine, lambda site: site)
    assert saved.changes == []
    assert await history_of(engine) == lines


async def test_what_cannot_work_is_refused_whole_with_its_place(engine: AsyncEngine) -> None:
    before = await site_of(engine)

    def broken(site: Site) -> Site:
        site = with_group(site, CARDS, soft_cap=11, calendar="nights")
        return with_seat(site, "agent1", agent=UserId("nobody"))

    with pytest.raises(SiteSettingsError) as refused:
        await change(engine, broken)
    assert {(each.path, each.code) for each in refused.value.complaints} == {
        (("groups", "card_service", "soft_cap"), "out_of_range"),
        (("groups", "card_service", "calendar"), "no_such_calendar"),
        (("seats", "agent1", "agent"), "no_such_user"),
    }
    assert await site_of(engine) == before


async def test_two_admins_take_turns_and_neither_is_lost(engine: AsyncEngine) -> None:
    await asyncio.gather(
        change(engine, lambda site: with_group(site, CARDS, soft_cap=5), "zhang"),
        change(engine, lambda site: with_group(site, BILLS, soft_cap=4), "li"),
    )
    site = await site_of(engine)
    assert (site.groups[CARDS].soft_cap, site.groups[BILLS].soft_cap) == (5, 4)


class Counted(str):
    """An id that counts how often it is looked for."""

    looked_for = 0

    def __hash__(self) -> int:
        Counted.looked_for += 1
        return super().__hash__()


async def test_twice_the_seats_are_twice_the_work(tmp_path: Path) -> None:
    async def looked_for(count: int) -> int:
        ids = [SeatId(Counted(f"seat{number}")) for number in range(count)]
        many = {each: SeatPlan(id=each, name="席", agent=UserId(""), skills={}) for each in ids}
        url = f"sqlite+aiosqlite:///{tmp_path / f'{count}.sqlite3'}"
        async with seeded(url, tmp_path) as engine, writing(engine) as sql:
            site = await read_site(sql)
            Counted.looked_for = 0
            await write_site(sql, msgspec.structs.replace(site, seats={**site.seats, **many}))
            return Counted.looked_for

    assert await looked_for(200) < 3 * await looked_for(100)


async def test_a_stamp_tells_whether_a_part_has_changed(engine: AsyncEngine) -> None:
    before = await site_of(engine)
    after = (await change(engine, lambda site: with_group(site, CARDS, soft_cap=5))).site
    assert stamp_of(before.groups[CARDS]) != stamp_of(after.groups[CARDS])
    assert stamp_of(before.groups[BILLS]) == stamp_of(after.groups[BILLS])


# The history.


async def test_the_history_tells_who_changed_what(engine: AsyncEngine) -> None:
    saved = await change(engine, lambda site: with_group(site, CARDS, soft_cap=5, ladder=Ladder(park=None)), "zhang")
    newest, first = await history_of(engine)
    assert (first.by, newest.by, newest.version, newest.at) == ("seed", "zhang", saved.site.version, NOW)
    assert [(each.path[2:], each.before, each.after) for each in newest.changes] == [
        (("soft_cap",), "10", "5"),
        (("ladder", "park"), '{"after_s":120,"working_hours":false}', None),
    ]
    async with reading(engine) as sql:
        assert await who_set(sql, saved.site.version) == "zhang"


async def test_an_older_version_can_be_looked_at_and_come_back(engine: AsyncEngine) -> None:
    before = await site_of(engine)
    await change(engine, everything_new)
    first = (await history_of(engine))[-1]
    async with reading(engine) as sql:
        found = await site_at(sql, first.n)
        assert await site_at(sql, 99) is None
    assert found
    await change(engine, lambda _: found[1], "li")
    assert await site_of(engine) == before
    assert len(await history_of(engine)) == 3


async def test_what_was_changed_by_hand_has_its_line_too(engine: AsyncEngine) -> None:
    await execute(engine, "UPDATE seat SET soft_cap = 2 WHERE id = 'agent1'")
    by_hand = await site_of(engine)
    async with reading(engine) as sql:
        assert await who_set(sql, by_hand.version) == "system"
    await change(engine, lambda site: with_group(site, CARDS, soft_cap=5))
    newest, between, first = await history_of(engine)
    assert (newest.by, between.by, first.by) == ("admin", "system", "seed")
    assert [(each.path, each.before, each.after) for each in between.changes] == [
        (("seats", "agent1", "soft_cap"), "6", "2")
    ]


async def test_a_history_is_read_a_page_at_a_time(engine: AsyncEngine) -> None:
    for cap in (3, 4, 5):
        await change(engine, lambda site, cap=cap: with_group(site, CARDS, soft_cap=cap))  # type: ignore[misc]
    async with reading(engine) as sql:
        page = await versions(sql, limit=2)
        rest = await versions(sql, before=page[-1].n)
    assert [line.n for line in page + rest] == [4, 3, 2, 1]


# Seats and the people at them.


async def test_two_agents_change_places(engine: AsyncEngine) -> None:
    def swap(site: Site) -> Site:
        site = with_seat(site, "agent1", agent=UserId("agent2"))
        return with_seat(site, "agent2", agent=UserId("agent1"))

    await change(engine, swap)
    site = await site_of(engine)
    assert (site.seats[SeatId("agent1")].agent, site.seats[SeatId("agent2")].agent) == ("agent2", "agent1")


async def test_an_agent_sits_at_one_seat_only(engine: AsyncEngine) -> None:
    with pytest.raises(SiteSettingsError, match=r"seats\.agent2\.agent: “agent1” is there twice"):
        await change(engine, lambda site: with_seat(site, "agent2", agent=UserId("agent1")))


async def test_a_retired_seat_names_who_inherits_its_customers(engine: AsyncEngine) -> None:
    await change(engine, lambda site: without_seat(site, "agent1", "agent2"))
    site = await site_of(engine)
    assert SeatId("agent1") not in site.seats
    assert site.successors == {"agent1": "agent2"}
    async with reading(engine) as sql:
        person = (await sql.exec(select(models.User).where(models.User.username == "agent1"))).one()
    assert (person.seat, person.active) == (None, True)


async def test_an_heir_may_have_left_too_but_somebody_must_be_there(engine: AsyncEngine) -> None:
    await change(engine, lambda site: without_seat(site, "agent1", "agent2"))
    with pytest.raises(SiteSettingsError, match="the successor agent2 is no seat in use"):
        await change(engine, lambda site: without_seat(site, "agent2"))
    saved = await change(engine, lambda site: without_seat(site, "agent2", "agent3"))
    assert saved.site.successors == {"agent1": "agent2", "agent2": "agent3"}


async def test_a_seat_that_comes_back_is_as_it_was(engine: AsyncEngine) -> None:
    before = await site_of(engine)
    await change(engine, lambda site: without_seat(site, "agent1", "agent2"))
    await change(engine, lambda _: before)
    assert await site_of(engine) == before


# Groups.


async def test_a_group_goes_only_when_nothing_needs_it(engine: AsyncEngine) -> None:
    def without(site: Site, group: GroupId) -> Site:
        return msgspec.structs.replace(site, groups={name: each for name, each in site.groups.items() if name != group})

    with pytest.raises(SiteSettingsError) as refused:
        await change(engine, lambda site: without(site, BILLS))
    places = {each.path[0] for each in refused.value.complaints}
    assert places == {"accounts", "seats", "flows"}


@pytest.mark.parametrize(
    ("details", "complaint"),
    [
        ("{", "groups.billing: cannot be read"),
        ('{"lader": {}}', "groups.billing.lader: there is no such setting"),
        ('{"ladder": {"park": {"after": 3}}}', "groups.billing.ladder.park.after: there is no such setting"),
        ('{"ladder": {"park": {"after_s": "soon"}}}', "groups.billing: cannot be read"),
        ('{"ladder": {"park": {"after_s": 2000}}}', "groups.billing.ladder.soft_end.after_s: each step of the ladder"),
        ('{"rings": {"overflow_groups": ["billing"]}}', "a group cannot overflow to itself"),
        ('{"manners": {"when_full": "overflow"}}', "there is no overflow group to go to"),
    ],
)
async def test_a_group_that_cannot_work_is_refused_with_words(
    sqlite_url: str, details: str, complaint: str, tmp_path: Path
) -> None:
    async with migrated(sqlite_url) as engine:
        async with writing(engine) as sql:
            sql.add(models.SkillGroup(id="billing", name="账单", details=details))
        with pytest.raises(SiteSettingsError, match=complaint):
            await site_of(engine)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ({"welcome": OpenMenu(menu="lost")}, r"flows\.cards\.welcome\.menu: text menu lost does not exist"),
        ({"clicks": {"X": Route(group="lost")}}, r"flows\.cards\.clicks\.X\.group: group lost does not exist"),
        ({"clicks": {"X": Route(group="billing", priority=-1)}}, r"clicks\.X\.priority: -1 is out of range"),
        ({"clicks": {"X": Answer(text=" ")}}, r"flows\.cards\.clicks\.X\.text: has no text to say"),
        ({"clicks": {"X": Answer(text="字" * 601)}}, "at most 600 characters, not 601"),
        ({"scenes": {"\0": Answer(text="hi")}}, "holds characters that nobody sees"),
        ({"unmatched_max": 99}, r"flows\.cards\.unmatched_max: 99 is out of range"),
        ({"keywords": FLOW.keywords * 2}, "there is a keyword with the id menu already"),
        ({"keywords": (Keyword(id="none", phrases=(), action=Answer(text="hi")),)}, r"keywords\.none: needs phrases"),
        ({"menus": {"main": Menu(id="main", text="hi", options={})}}, r"menus\.main\.options: must not be empty"),
    ],
)
async def test_a_flow_that_leads_nowhere_is_refused(
    sqlite_url: str, tmp_path: Path, broken: dict[str, object], complaint: str
) -> None:
    async with seeded(sqlite_url, tmp_path) as engine:
        flow = msgspec.structs.replace(FLOW, **broken)
        with pytest.raises(SiteSettingsError, match=complaint):
            await change(engine, lambda site: msgspec.structs.replace(site, flows={"cards": flow}))
