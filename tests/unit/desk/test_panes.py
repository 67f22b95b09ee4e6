"""What a list shows of a session and the strip of a seat: where a row stands, in which list, and with which marks."""

import pytest
from msgspec.structs import replace

from desk.panes import Row, Slots, place, preview, row
from sessions.content import Image, Voice
from sessions.ids import AccountId, GroupId, SeatId
from sessions.settings import Account, Site
from tests.builders import Desk, make_site


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1"], soft_cap=6))
    desk.come("s1")
    return desk


def rows(desk: Desk, into: str = "rows") -> list[str]:
    """The customers in this list, in its order."""
    shown = [row(desk.floor, each, "zh") for each in desk.floor.sessions.values() if each.seat]
    return [each.name[len("客户 ") :] for each in sorted(shown, key=lambda each: each.key) if each.into == into]


def shown(desk: Desk, name: str) -> Row:
    session = desk.session_of(name)
    assert session
    return row(desk.floor, session, "zh")


def slots(desk: Desk, seat: str = "s1") -> Slots:
    return place(desk.floor, desk.floor.seats[SeatId(seat)], "zh").slots


# Where a row stands.


def test_who_waits_for_us_longest_comes_first_then_who_spoke_last(desk: Desk) -> None:
    for name in ("ann", "bob", "cat", "dan"):
        desk.served(name, "s1")
        desk.wait(1)
    for name in ("bob", "cat"):
        session = desk.session_of(name)
        assert session
        desk.send("s1", session.id)
        desk.wait(1)
    assert rows(desk) == ["ann", "dan", "cat", "bob"]
    desk.write("bob", "and now?")
    assert rows(desk) == ["ann", "dan", "bob", "cat"]


def test_by_choice_who_spoke_last_comes_first(desk: Desk) -> None:
    for name in ("ann", "bob", "cat"):
        desk.served(name, "s1")
        desk.wait(1)
    desk.write("ann", "hello?")
    names = sorted(("ann", "bob", "cat"), key=lambda name: shown(desk, name).recent_key)
    assert names == ["ann", "cat", "bob"]


def test_a_burst_does_not_push_its_customer_back(desk: Desk) -> None:
    for name in ("ann", "bob"):
        desk.served(name, "s1")
        desk.wait(1)
    before = shown(desk, "ann").key
    desk.write("ann", "are you there?")
    assert shown(desk, "ann").key == before


# In which list.


def test_what_is_parked_is_out_of_the_way_until_its_promise_is_due(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.promise("s1", session, 3600)
    assert (rows(desk), rows(desk, "parked-rows")) == ([], ["ann"])
    other = desk.parked("bob", "s1")
    assert rows(desk, "parked-rows") == ["ann", "bob"], "what was promised stands before what is only quiet"
    for _ in range(660):
        desk.wait(5)
        desk.beat()
        if shown(desk, "ann").standing.promise_due:
            break
    assert desk.session(session).state == "parked"
    assert (rows(desk), rows(desk, "parked-rows")) == (["ann"], ["bob"])
    assert desk.session(other).state == "parked"


# With which marks.


def test_media_speak_for_themselves(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.write("ann", Image(source="m"))
    assert preview(desk.session(session), "zh") == "[图片]"
    desk.write("ann", Voice(source="m", recognition="你好"))
    assert preview(desk.session(session), "zh") == "[语音] 你好"
    desk.media_stored(f"{session}.3", session, duration_ms=12_400)
    assert preview(desk.session(session), "zh") == "[语音 0:12] 你好"
    assert preview(desk.session(session), "en") == "[Voice 0:12] 你好"


def test_rows_tell_the_account_where_there_are_several() -> None:
    site = make_site(["s1"])
    shop = Account(id=AccountId("shop"), name="Shop", default_group=GroupId("cards"), channel="webchat")
    elsewhere = Account(id=AccountId("else"), name="Elsewhere", default_group=GroupId("bills"))
    assert not _sees_many(site)
    assert not _sees_many(replace(site, accounts={**site.accounts, elsewhere.id: elsewhere}))
    assert _sees_many(replace(site, accounts={**site.accounts, shop.id: shop}))


def _sees_many(site: Site) -> bool:
    desk = Desk(site)
    return place(desk.floor, desk.floor.seats[SeatId("s1")], "zh").many_accounts


# The strip.


def test_each_slot_says_what_takes_it(desk: Desk) -> None:
    assert slots(desk) == Slots(ours=0, theirs=0, wrapping=0, ringing=0, free=10, open=6)
    desk.served("ann", "s1")
    desk.quiet("bob", "s1")
    desk.wrapping("cat", "s1")
    desk.waiting("dan")
    desk.parked("eve", "s1")
    assert slots(desk) == Slots(ours=1, theirs=1, wrapping=1, ringing=1, free=6, open=2)
    desk.write("bob", "?")
    assert slots(desk) == Slots(ours=2, theirs=0, wrapping=1, ringing=1, free=6, open=2)


def test_beyond_the_soft_cap_nothing_is_open_though_slots_are_free(desk: Desk) -> None:
    for number in range(6):
        desk.served(f"c{number}", "s1")
    assert (slots(desk).free, slots(desk).open) == (4, 0)
