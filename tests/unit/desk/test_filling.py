"""Variables in canned replies."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.filling import VARIABLES, Occasion, address_of, filled, language_of_text, unknown_variables
from tests.builders import MONDAY

HERE = Occasion(
    agent="李静",
    seat="01 号席",
    group="信用卡咨询",
    group_en="Card service",
    session="20261123-0042",
    account="云杉银行信用卡",
    at=MONDAY,
    zone=ZoneInfo("Asia/Shanghai"),
)


def test_everything_is_filled_in_chinese() -> None:
    assert filled("{问候}，{客户}！我是{公众号}{技能组}的{姓名}（{坐席}）。", HERE) == (
        "上午好，客户！我是云杉银行信用卡信用卡咨询的李静（01 号席）。"
    )
    assert filled("{会话号} {日期} {星期} {时间}", HERE) == "20261123-0042 11月23日 星期一 10:00"


def test_a_text_in_english_is_filled_in_english() -> None:
    said = filled("{greeting}, dear {customer}, {agent} of {group} here. It is {weekday}, {date}, {time}.", HERE)
    assert said == "Good morning, dear Customer, 李静 of Card service here. It is Monday, Nov 23, 10:00."
    assert filled("Hello {客户}", HERE) == "Hello Customer", "a variable's own name is not what the text is in"


def test_a_customer_who_has_a_name_is_called_by_it() -> None:
    known = replace(HERE, customer=address_of("陈女士"))
    assert filled("{客户}您好", known) == "陈女士您好"
    assert filled("Dear {customer}", known) == "Dear Customer"


@pytest.mark.parametrize(
    "remark", ["", "难缠", "陈雨桐 上海", "欠款的陈女士们", "陈女士，已投诉", "女士", "{姓名}先生"]
)
def test_a_remark_that_is_no_address_is_never_said(remark: str) -> None:
    assert address_of(remark) == ""


@pytest.mark.parametrize("text", ["{ 姓名 }", "{AGENT}", "{Agent}", "{ａｇｅｎｔ}"])
def test_names_are_read_generously(text: str) -> None:
    assert filled(text, HERE) == "李静"
    assert unknown_variables(text) == []


@pytest.mark.parametrize(
    ("hour", "greeting"),
    [(0, "晚上好"), (5, "早上好"), (9, "上午好"), (12, "中午好"), (14, "下午好"), (18, "晚上好"), (23, "晚上好")],
)
def test_the_greeting_goes_by_the_hour(hour: int, greeting: str) -> None:
    assert filled("{问候}", replace(HERE, at=MONDAY + (hour - 10) * 3_600_000)) == greeting


def test_what_was_filled_in_is_never_filled_again() -> None:
    hostile = replace(HERE, customer="{姓名}{会话号}", agent="{客户}{0.__class__}%s")
    assert filled("{客户}-{姓名}", hostile) == "{姓名}{会话号}-{客户}{0.__class__}%s"


@pytest.mark.parametrize(
    "text", ["{", "}", "{{", "{姓名", "姓名}", "{姓\n名}", "a { b", "%(agent)s", "{" + "x" * 21 + "}", "$姓名"]
)
def test_braces_that_name_nothing_stay_as_they_stand(text: str) -> None:
    assert filled(text, HERE) == text
    assert unknown_variables(text) == []


@pytest.mark.parametrize(
    ("text", "unknown"), [("{顾客}", ["顾客"]), ("{}{}", [""]), ("{{姓名}}", []), ("{a}{姓名}{b}{a}", ["a", "b"])]
)
def test_names_that_stand_for_nothing_are_told_once(text: str, unknown: list[str]) -> None:
    assert unknown_variables(text) == unknown


def test_every_variable_has_a_name_in_each_language_that_is_its_alone() -> None:
    names = [name for each in VARIABLES for name in (each.name, each.alias)]
    assert len(set(names)) == len(names)
    assert all(each.alias.isascii() and not each.name.isascii() for each in VARIABLES)


@pytest.mark.parametrize(
    ("text", "lang"),
    [("你好", "zh"), ("Hi", "en"), ("Hi 您好", "zh"), ("123！", "zh"), ("", "zh"), ("{姓名} hi", "en")],
)
def test_the_language_is_the_texts(text: str, lang: str) -> None:
    assert language_of_text(text) == lang


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    filled(text, HERE)
    unknown_variables(text)
