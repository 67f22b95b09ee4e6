"""Whom an agent means when they type `@` and a little more."""

import pytest

from desk.pages.composer import COLLEAGUES_SHOWN, Colleague, best
from sessions.ids import SeatId


def colleague(number: int, name: str, presence: str = "available") -> Colleague:
    return Colleague(SeatId(f"s{number}"), name, f"{number:02} 号席", presence, "")


TEAM = [
    colleague(1, "王芳"),
    colleague(2, "王磊", "offline"),
    colleague(3, "刘洋"),
    colleague(4, "重庆"),
    colleague(5, "Ann Li"),
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("王", ["王芳", "王磊"]),
        ("wl", ["王磊"]),
        ("WangF", ["王芳"]),
        ("王l", ["王磊"]),
        ("磊", ["王磊"]),
        ("ly", ["刘洋"]),
        ("cq", ["重庆"]),
        ("ann", ["Ann Li"]),
        ("03", ["刘洋"]),
        ("nobody", []),
        ("", ["王芳", "刘洋", "重庆", "Ann Li", "王磊"]),
    ],
)
def test_colleagues_are_found_by_name_pinyin_initials_and_seat(typed: str, meant: list[str]) -> None:
    assert [each.name for each in best(TEAM, typed)] == meant


def test_who_begins_with_it_comes_first_and_who_is_at_work_before_who_is_not() -> None:
    team = [colleague(1, "陈磊"), colleague(2, "磊子", "offline"), colleague(3, "磊哥")]
    assert [each.name for each in best(team, "磊")] == ["磊哥", "磊子", "陈磊"]


def test_only_the_best_are_shown() -> None:
    crowd = [colleague(number, f"王{number}") for number in range(50)]
    assert [each.seat for each in best(crowd, "王")] == [f"s{number}" for number in range(COLLEAGUES_SHOWN)]
    assert best(crowd, "x" * 5_000) == []
