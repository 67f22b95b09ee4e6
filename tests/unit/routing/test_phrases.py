"""What nothing answered, put together for an admin: the same question in its many spellings."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.phrases import Cluster, cluster


def gathered(*counted: tuple[str, int]) -> list[tuple[str, int]]:
    return [(each.representative, each.count) for each in cluster(counted)]


def test_the_same_question_in_many_spellings_is_one_with_the_most_counted_speaking_for_it() -> None:
    assert cluster([("额度?", 3), ("额度", 50), ("edu", 4), ("额渡", 2), ("怎么查额度", 9)]) == [
        Cluster("额度", 68, ("额度", "额度?", "怎么查额度", "edu", "额渡"))
    ]


@pytest.mark.parametrize(
    "spelling",
    [
        "账单分期！",
        "账 单 分 期",
        "zhangdanfenqi",
        "账丹分期",
        "账单风期",
        "账分期",
        "分期",
        "我要账单分期",
        "账单分期怎么弄呢",
    ],
)
def test_dress_sound_slip_and_part_are_the_same_question(spelling: str) -> None:
    assert gathered(("账单分期", 20), (spelling, 3)) == [("账单分期", 23)]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("挂失补卡", "something else"),
        ("账单不分期", "the opposite, though part of it is the same"),
        ("你好请问我的账单分期可以提前还清吗", "a small part only"),
        ("账", "one character is no part"),
    ],
)
def test_what_is_not_the_same_stays_apart(other: str, why: str) -> None:
    assert len(gathered(("账单分期", 20), (other, 3))) == 2, why


def test_a_greeting_does_not_swallow_what_follows_it() -> None:
    assert gathered(("你好", 90), ("你好我想问怎么还款", 4)) == [("你好", 90), ("你好我想问怎么还款", 4)]


def test_small_differences_make_no_chain() -> None:
    assert gathered(("信用卡甲乙", 9), ("信用卡甲丙", 5), ("信用丁甲丙", 1)) == [("信用卡甲乙", 14), ("信用丁甲丙", 1)]


def test_the_most_asked_comes_first_and_equals_are_in_order() -> None:
    assert gathered(("挂失", 1), ("年费", 5), ("密码", 5)) == [("密码", 5), ("年费", 5), ("挂失", 1)]


def test_a_phrase_counted_twice_is_added_up() -> None:
    assert cluster([("年费", 2), ("年费", 3)]) == [Cluster("年费", 5, ("年费",))]


def test_faces_are_phrases_and_nothing_is_not() -> None:
    assert gathered(("😂", 2), ("", 9), ("  ", 9)) == [("😂", 2)]


def test_beyond_the_bound_only_equals_and_sounds_are_put_together() -> None:
    counted = [("账单分期", 9), ("年费", 8), ("账丹芬期", 3), ("账单风期", 2), ("nianfei", 1)]
    clusters = cluster(counted, compared_max=2)
    assert [(each.representative, each.count) for each in clusters] == [("账单分期", 12), ("年费", 9), ("账单风期", 2)]


COUNTED = st.lists(
    st.tuples(st.text(alphabet="账单分期额度还款edu ？😂", max_size=14) | st.text(max_size=40), st.integers(1, 99))
)


@given(COUNTED)
@example([("\u202e\u200b", 1), ("a" * 5000, 2), ("账单" * 600, 3), ("\ud800", 1)])
def test_nothing_is_lost_and_nothing_counts_twice(counted: list[tuple[str, int]]) -> None:
    clusters = cluster(counted)
    kept = {phrase for phrase, _ in counted if phrase.strip()}
    assert sum(each.count for each in clusters) == sum(count for phrase, count in counted if phrase in kept)
    assert sorted(phrase for each in clusters for phrase in each.phrases) == sorted(kept)
    assert [each.count for each in clusters] == sorted((each.count for each in clusters), reverse=True)
    assert all(each.representative == each.phrases[0] for each in clusters)


@given(COUNTED, st.randoms(use_true_random=False))
def test_the_order_in_which_phrases_come_makes_no_difference(
    counted: list[tuple[str, int]], chance: random.Random
) -> None:
    shuffled = list(counted)
    chance.shuffle(shuffled)
    assert cluster(shuffled) == cluster(counted)
