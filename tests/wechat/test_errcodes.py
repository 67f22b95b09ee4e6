"""What an agent reads when WeChat says no."""

import re

import pytest

from desk.channels.wechat.errcodes import REASONS, reason_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("errcode", [-1, 45011, 45033])
def test_a_busy_platform_is_worth_another_try(errcode: int) -> None:
    assert reason_of(errcode).kind == "retry"


@pytest.mark.parametrize("errcode", [40001, 40014, 42001, 41001])
def test_a_stale_token_is_worth_a_new_one(errcode: int) -> None:
    assert reason_of(errcode).kind == "refresh_token"


@pytest.mark.parametrize(
    ("errcode", "hint"),
    [
        (40003, "取消关注"),
        (40007, "重新上传"),
        (40164, "白名单"),
        (43019, "黑名单"),
        (45002, "分成几条"),
        (45007, "60 秒"),
        (45009, "明天"),
        (45015, "48 小时"),
        (45047, "再发一条"),
        (48001, "管理员"),
        (48002, "电话"),
    ],
)
def test_a_final_refusal_says_what_the_agent_can_do(errcode: int, hint: str) -> None:
    reason = reason_of(errcode)
    assert reason.kind == "final"
    assert hint in reason.zh


def test_an_unknown_code_is_final_and_shows_itself() -> None:
    reason = reason_of(987654)
    assert reason.kind == "final"
    assert "987654" in reason.zh
    assert "987654" in reason.en


@pytest.mark.parametrize("errcode", REASONS)
def test_every_reason_is_said_in_both_languages(errcode: int) -> None:
    reason = REASONS[errcode]
    assert CHINESE.search(reason.zh)
    assert not CHINESE.search(reason.en)
    assert reason.zh.endswith("。")
    assert reason.en.endswith(".")
