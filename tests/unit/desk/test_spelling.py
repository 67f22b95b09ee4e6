"""What is typed meets words as an input method would have it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.spelling import Spelling, as_typed


def met(words: str, typed: str) -> str | None:
    return Spelling(words).met_by(as_typed(typed))


@pytest.mark.parametrize(
    "typed",
    [
        "h",
        "hk",
        "hkfs",
        "HKFS",
        "huan",
        "huankuan",
        "huankuanfangshi",
        "huankfs",
        "hkuanf",
        "还",
        "还款",
        "还kfs",
        "hai",
    ],
)
def test_a_title_is_met_from_its_beginning_by_characters_pinyin_initials_and_any_mixture(typed: str) -> None:
    assert met("还款方式", typed) == "start"


@pytest.mark.parametrize("typed", ["kf", "fs", "fangshi", "款方式", "kuanfs", "方s"])
def test_it_is_met_inside_too(typed: str) -> None:
    assert met("还款方式", typed) == "within"


@pytest.mark.parametrize("typed", ["", "x", "hf", "hkfsx", "huankuanx", "uan", "k", "款还", "还z"])
def test_anything_else_does_not_meet_it(typed: str) -> None:
    """`k` alone is inside of nearly everything, and met only at a beginning."""
    assert met("还款方式", typed) is None


def test_a_character_is_met_by_each_of_its_readings() -> None:
    assert met("重置密码", "zzmm") == met("重置密码", "czmm") == met("重置密码", "chongzhi") == "start"
    assert met("绿卡", "lvka") == met("女士专享", "nvszx") == "start"


def test_latin_words_and_numbers_are_met_by_their_beginning() -> None:
    assert met("手机银行APP 下载", "sjyhapp") == met("手机银行APP 下载", "sjyhaxz") == "start"
    assert met("手机银行APP 下载", "appxz") == "within"
    assert met("24 小时热线", "24xs") == met("24 小时热线", "２４小时") == "start"


@pytest.mark.parametrize("typed", ["hk fs", "hk'fs", "hk’fs", "ＨＫ"])
def test_what_an_input_method_puts_between_does_not_matter(typed: str) -> None:
    assert met("还款方式", typed) == "start"


def test_the_longest_way_through_costs_no_time() -> None:
    words = Spelling("啊aaaa啊aaaaa啊aaaaaa啊aaa啊aaaa啊aaaaaaaaaa")
    began = time.perf_counter()
    assert words.met_by("a" * 39 + "b") is None
    assert time.perf_counter() - began < 1  # a few ms; one that tries every way takes minutes


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_can_be_typed_breaks_it(words: str, typed: str) -> None:
    assert met(words, typed) in {"start", "within", None}


@given(st.text(alphabet="还款方式账单分期额度abc123", min_size=1, max_size=12))
def test_whatever_is_written_is_met_by_itself(words: str) -> None:
    assert met(words, words) == "start"
