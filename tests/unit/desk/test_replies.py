"""Canned replies: who may use them, which are meant, what they must be."""

from typing import Any

import pytest

from desk.replies import Findable, Reply, may_use, search
from desk.store.complaints import Complaint
from desk.store.reply_checking import reply_complaints

Uses = dict[str, int]


def reply(name: str, **more: Any) -> Reply:
    return Reply(**{"id": name, "scope": "site", "title": name, "text": f"{name}的内容", **more})


def found(replies: list[Reply], typed: str, mine: Uses | None = None, everybody: Uses | None = None) -> list[str]:
    return [each.title for each in search(map(Findable, replies), typed, mine or {}, everybody or {})]


def complaints(**more: Any) -> list[tuple[str, str]]:
    given = reply("还款方式", **more)
    return [(".".join(each.path), each.code) for each in reply_complaints(given, {"billing"}, [])]


# Whose they are.


@pytest.mark.parametrize(
    ("scope", "owner", "may"),
    [
        ("personal", "ann", True),
        ("personal", "bob", False),
        ("personal", "billing", False),
        ("group", "billing", True),
        ("group", "security", False),
        ("group", "ann", False),
        ("site", "", True),
    ],
)
def test_ones_own_ones_groups_and_the_sites_may_be_used(scope: Any, owner: str, may: bool) -> None:
    assert may_use(reply("x", scope=scope, owner=owner), "ann", {"billing"}) is may


# Which are meant.

REPLIES = [
    reply("还款方式", shortcut="way", text="手机银行、微信"),
    reply("还款困难"),
    reply("自动还款设置"),
    reply("年费政策", keywords=("免年费",), text="首年免费，还款不受影响"),
    reply("开场白", shortcut="hk"),
]


def test_a_shortcut_comes_first_then_beginnings_then_the_rest() -> None:
    assert found(REPLIES, "hk") == ["开场白", "还款困难", "还款方式", "自动还款设置"]
    assert found(REPLIES, "wa") == ["还款方式"]


def test_full_pinyin_characters_and_keywords_find_too() -> None:
    assert found(REPLIES, "huankuanfang") == ["还款方式"]
    assert found(REPLIES, "自动") == ["自动还款设置"]
    assert found(REPLIES, "mnf") == ["年费政策"]


def test_words_of_the_text_find_what_no_title_has() -> None:
    assert found(REPLIES, "微信") == ["还款方式"]
    assert found(REPLIES, "不受影响") == ["年费政策"]


def test_among_equals_my_use_counts_before_everybodys() -> None:
    assert found(REPLIES, "还款", everybody={"还款困难": 9, "还款方式": 5}) == [
        "还款困难",
        "还款方式",
        "自动还款设置",
        "年费政策",
    ]
    assert found(REPLIES, "还款", {"还款方式": 1}, {"还款困难": 9})[0] == "还款方式"


def test_use_puts_nothing_before_what_was_typed_for() -> None:
    assert found(REPLIES, "hk", {"自动还款设置": 99})[:2] == ["开场白", "还款困难"]


def test_with_nothing_typed_the_most_used_come_first_and_mine_before_others() -> None:
    mine = reply("我的话", scope="personal", owner="ann", position=5)
    assert found([*REPLIES, mine], "", {"年费政策": 2}, {"还款困难": 40})[:3] == ["年费政策", "还款困难", "我的话"]


def test_this_sessions_group_goes_before_the_site_and_other_groups_after_it() -> None:
    replies = [reply(owner or "site", scope="group" if owner else "site", owner=owner) for owner in ("a", "", "b")]
    assert [each.title for each in search(map(Findable, replies), "", {}, {}, group="b")] == ["b", "site", "a"]


@pytest.mark.parametrize("typed", ["zzz", "《》", "👛", "\0", "hk" * 50])
def test_what_means_nothing_finds_nothing(typed: str) -> None:
    assert found(REPLIES, typed) == []


# What they must be.


def test_a_reply_that_can_be_sent_and_found_is_fine() -> None:
    assert (
        complaints(text="{问候}，{customer}", shortcut="还款_1", keywords=("怎么还",), category="账单", position=3)
        == []
    )


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"title": " "}, ("title", "missing")),
        ({"title": "额" * 51}, ("title", "too_long")),
        ({"title": "a\u202eb"}, ("title", "control_character")),
        ({"text": "\n"}, ("text", "missing")),
        ({"text": "额" * 683}, ("text", "too_many_bytes")),
        ({"text": "a\0b"}, ("text", "control_character")),
        ({"text": "您好{顾客}"}, ("text", "unknown_variable")),
        ({"text": "{}"}, ("text", "unknown_variable")),
        ({"text": "{会话号.__class__}"}, ("text", "unknown_variable")),
        ({"shortcut": "two words"}, ("shortcut", "bad_shortcut")),
        ({"shortcut": "a/b"}, ("shortcut", "bad_shortcut")),
        ({"shortcut": "x" * 21}, ("shortcut", "bad_shortcut")),
        ({"keywords": ("词",) * 21}, ("keywords", "too_many")),
        ({"keywords": ("额" * 41,)}, ("keywords", "phrase_too_long")),
        ({"keywords": ("！？",)}, ("keywords", "phrase_empty")),
        ({"category": "类" * 21}, ("category", "too_long")),
        ({"position": -1}, ("position", "out_of_range")),
        ({"position": 1000}, ("position", "out_of_range")),
        ({"scope": "group", "owner": "nowhere"}, ("owner", "no_such_group")),
    ],
)
def test_one_that_cannot_is_told_where_and_why(given: dict[str, Any], complaint: tuple[str, str]) -> None:
    assert complaint in complaints(**given)


def test_682_characters_fit_into_a_message() -> None:
    assert complaints(text="额" * 682) == []


def test_an_unknown_variable_is_told_with_those_that_there_are() -> None:
    (complaint,) = reply_complaints(reply("x", text="{顾客}您好，{你}"), (), [])
    assert complaint.words("zh").startswith("没有 {顾客} {你} 这个变量，可用：{客户} {姓名} {坐席} {技能组} {会话号}")


def test_a_shortcut_belongs_to_one_reply_of_an_owner() -> None:
    taken = reply("还款方式", shortcut="HK")
    assert list(reply_complaints(reply("还款", shortcut="hk"), (), [taken])) == [
        Complaint(("shortcut",), "shortcut_taken", {"value": "hk", "title": "还款方式"})
    ]
    assert list(reply_complaints(taken, (), [taken])) == [], "a reply may keep its own"
