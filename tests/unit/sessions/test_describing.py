"""Who the customer is, as people write it down: kept clean, never overwritten unseen, brought back when they return."""

from typing import Any

import pytest

from sessions import events as ev
from sessions.facts import Profile
from sessions.ids import Millis
from sessions.profile import Told, plain
from sessions.settings import CustomerField
from tests.builders import Desk, fields_of, make_site, who
from tests.laws import check_rebuilt

FIELDS = (
    CustomerField(id="card", label="卡种", kind="select", options=("普卡", "金卡")),
    CustomerField(id="birthday", label="生日", kind="date"),
    CustomerField(id="manager", label="客户经理"),
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1"], customer_fields=FIELDS))
    desk.come("s1")
    return desk


def profile(desk: Desk, name: str = "ann") -> Profile | None:
    return desk.floor.conversations[who(name)].profile


def test_what_is_written_down_is_an_event_with_what_changed_by_whom_and_for_which_session(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    happened = desk.describe("s1", session, remark=" 王  女士 ", tags=("理财", "VIP", "理财", " "))
    assert happened.kinds == ["customer_described"]
    described = happened.only(ev.CustomerDescribed)
    assert fields_of(described, "customer", "session", "seat", "user") == ("bank:ann", session, "s1", "user-s1")
    assert fields_of(described, "revision", "remark", "tags", "phone", "fields") == (
        1,
        "王 女士",
        ("理财", "VIP"),
        None,
        {},
    )
    assert described.changed == ["remark", "tags"]
    assert profile(desk) == Profile(
        remark="王 女士", tags=("理财", "VIP"), revision=1, touched=(("remark", 1), ("tags", 1))
    )
    check_rebuilt(desk.floor)


def test_what_rows_do_not_show_passes_through_the_floor(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    described = desk.describe(
        "s1", session, phone="+86 138-0000-0000", fields={"card": "金卡", "birthday": "1990-02-28"}
    )
    assert fields_of(described.only(ev.CustomerDescribed), "phone", "fields") == (
        "+86 138-0000-0000",
        {"card": "金卡", "birthday": "1990-02-28"},
    )
    touched = (("phone", 1), ("field.card", 1), ("field.birthday", 1))
    assert profile(desk) == Profile(revision=1, touched=touched)


def test_what_is_the_same_is_nothing(desk: Desk) -> None:
    session = desk.known("ann", "s1", remark="Ann", tags=("a",))
    assert desk.describe("s1", session, remark="Ann ", tags=("a",)).kinds == []
    assert desk.describe("s1", session).kinds == []


def test_two_writers_of_one_thing_do_not_overwrite_each_other_unseen(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    desk.describe("s1", session, 0, remark="Ann")
    second = desk.describe("s1", session, 0, remark="Anne")
    assert fields_of(second.answer, "ok", "code", "field") == (False, "profile_changed", "remark")
    assert desk.describe("s1", session, 1, remark="Anne").answer.ok, "who has seen it may change it"


def test_two_writers_of_different_things_do_not_meet(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    desk.describe("s1", session, 0, remark="Ann")
    assert desk.describe("s1", session, 0, phone="1", fields={"card": "金卡"}).answer.ok
    assert desk.describe("s1", session, 0, fields={"card": "普卡"}).answer.field == "field.card"
    assert desk.describe("s1", session, 0, fields={"manager": "李"}).answer.ok


def test_a_repeated_request_is_one_change(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    assert desk.describe("s1", session, remark="Ann", request="r").kinds == ["customer_described"]
    again = desk.describe("s1", session, remark="Ann", request="r")
    assert (again.kinds, again.answer.ok) == ([], True)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"phone": "0" * 31}, "value_too_long", "phone"),
        ({"phone": "138<script>"}, "value_invalid", "phone"),
        ({"tags": ("x" * 21,)}, "value_too_long", "tags"),
        ({"tags": tuple(map(str, range(100)))}, "too_many_tags", "tags"),
        ({"fields": {"card": "黑卡"}}, "value_invalid", "field.card"),
        ({"fields": {"birthday": "1990-02-30"}}, "value_invalid", "field.birthday"),
        ({"fields": {"birthday": "19900228"}}, "value_invalid", "field.birthday"),
        ({"fields": {"manager": "x" * 201}}, "value_too_long", "field.manager"),
        ({"fields": {"remark": "x"}}, "field_unknown", "field.remark"),
    ],
)
def test_what_does_not_fit_is_refused_whole(desk: Desk, changes: dict[str, Any], code: str, field: str) -> None:
    session = desk.known("ann", "s1")
    refused = desk.describe("s1", session, remark="Ann", **changes)
    assert fields_of(refused.answer, "code", "field") == (code, field)
    assert refused.kinds == []


def test_anything_can_be_taken_back(desk: Desk) -> None:
    session = desk.known("ann", "s1", remark="Ann", tags=("a",))
    cleared = desk.describe("s1", session, remark="", phone="", tags=(), fields={"card": "", "birthday": ""})
    assert fields_of(cleared.only(ev.CustomerDescribed), "remark", "phone", "tags") == ("", "", ())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("王\n\t女士\0", "王 女士"),
        ("\u202e2202 drac\u202c", "2202 drac"),
        ("👩‍👧 Ann", "👩‍👧 Ann"),
        ("\ud800x", "x"),
        (" \u2028 ", ""),
    ],
)
def test_a_name_is_what_it_looks_like(typed: str, kept: str) -> None:
    assert plain(typed) == kept


# Coming back.


def test_who_is_new_here_is_unknown_until_somebody_tells(desk: Desk) -> None:
    opened = desk.write("ann").only(ev.SessionOpened)
    assert opened.unknown
    remembered = desk.remember("ann", remark="Ann", tags=("a",), revision=4, touched=(("remark", 4),))
    event = remembered.only(ev.CustomerRemembered)
    assert fields_of(event, "session", "seat", "told") == (opened.session, "s1", None)
    assert profile(desk) == Profile(remark="Ann", tags=("a",), revision=4, touched=(("remark", 4),))
    assert desk.remember("ann", remark="Older").kinds == [], "what is known is not told again"
    desk.accept("s1", opened.session)
    assert desk.describe("s1", opened.session, 3, remark="Anne").answer.code == "profile_changed"
    assert desk.describe("s1", opened.session, 4, remark="Anne").answer.ok


def test_who_comes_back_soon_is_known_still(desk: Desk) -> None:
    session = desk.known("ann", "s1", remark="Ann")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert not desk.write("ann").only(ev.SessionOpened).unknown


def test_who_comes_back_after_days_is_not(desk: Desk) -> None:
    session = desk.known("ann", "s1", remark="Ann")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    desk.now = Millis(desk.now + 73 * 3_600_000)
    desk.beat()
    assert desk.write("ann").only(ev.SessionOpened).unknown


def test_a_name_that_the_channel_has_is_theirs_until_somebody_writes_another_or_none(desk: Desk) -> None:
    told = Told(follows=True, remark="陈雨桐\n")
    assert desk.known("ann", "s1", told=told)
    assert desk.floor.conversations[who("ann")].profile == Profile(remark="陈雨桐")
    desk.served("bob", "s1")
    desk.remember("bob", remark="Bob", told=told)
    assert profile(desk, "bob") == Profile(remark="Bob")
    desk.served("cat", "s1")
    desk.remember("cat", revision=2, touched=(("remark", 2),), told=told)
    assert profile(desk, "cat") == Profile(revision=2, touched=(("remark", 2),)), "somebody took it away"


def test_what_the_channel_tells_later_changes_no_name(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    desk.describe("s1", session, remark="Ann")
    event = desk.remember("ann", told=Told(follows=False, remark="other")).only(ev.CustomerRemembered)
    assert fields_of(event, "remark", "revision") == ("Ann", 1)


def test_nobody_is_remembered_who_is_gone(desk: Desk) -> None:
    assert desk.remember("ann", remark="Ann").kinds == []
