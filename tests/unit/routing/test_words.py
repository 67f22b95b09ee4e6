"""Texts made comparable, and the words that end a talk."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.words import LENGTH_READ, ClosingWords, normalised
from sessions.settings import CLOSING_TOKENS

CLOSING = ClosingWords(CLOSING_TOKENS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("额度", "额度"),
        (" 额 度 ！", "额度"),
        ("ＡＢＣ１２３", "abc123"),
        ("Ｅｄｕ", "edu"),
        ("“人工”…", "人工"),
        ("额度👍🏻", "额度"),
        ("额\u200b度\u200d\ufe0f", "额度"),
        ("\u202e额度\u202c", "额度"),
        ("1️⃣", "1"),
        ("①", "1"),
        ("1.", "1"),
        ("1、", "1"),
        ("1.5万", "1 5万"),
        ("Thank  YOU!!", "thank you"),
        ("下载 app", "下载app"),
        ("app 下载", "app下载"),
        ("_额_度_", "额度"),
        ("Straße", "strasse"),
        ("가\u1160나\u3164", "가나"),
        ("", ""),
        ("？！…", ""),
        ("😂😂", ""),
    ],
)
def test_what_a_reader_would_call_the_same_is_the_same(text: str, words: str) -> None:
    assert normalised(text) == words


@given(st.text())
@example("\u1100\u200d\u1161")
@example("ﷺ" * 700)
@example("a" + "\u0301" * 700)
@example("İ")
@example("a\u3164b")
def test_normalising_twice_is_normalising_once_and_bounded(text: str) -> None:
    words = normalised(text)
    assert normalised(words) == words
    assert len(words) <= LENGTH_READ


@pytest.mark.parametrize(
    "text",
    [
        "好的",
        "好的。",
        "好的！！",
        "好的~",
        "好的好的",
        "好的，谢谢",
        "好的谢谢[玫瑰]",
        "嗯嗯嗯嗯",
        "谢谢谢谢谢",
        "OK",
        "ok ok",
        "okkkk",
        "ＯＫ",
        "[微笑]",
        "[强][强][强]",
        "[OK]",
        "[Rose] thanks",
        "谢谢/:rose",
        "/::)",
        "👍",
        "👌🏻",
        "🙏🙏🙏",
        "❤️",
        "👨‍👩‍👧",
        "好的👍",
        "Thank you!",
        "thank you , bye bye",
        "没事了，谢谢您，再见",
        "好\u200b的",
    ],
)
def test_a_polite_end_asks_for_nothing(text: str) -> None:
    assert CLOSING.is_closing(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "。",
        "……",
        "?",
        "好的，那怎么还款",
        "好了吗?",
        "好的？",
        "好的?",
        "OK？",
        "👍？",
        "好的，额度",
        "谢谢，还有一个问题",
        "不好",
        "不谢谢",
        "好的[账单]",
        "[疑问]",
        "[发怒]",
        "[抓狂]谢谢",
        "😡",
        "谢谢😡",
        "🆘",
        "❓",
        "⁉",
        "1",
        "1️⃣",
        "0",
        "6222020200112233",
        "book",
        "好" * 200,
        "[玫瑰]" * 100,
        "好的" * 49 + "呃",
    ],
)
def test_what_may_ask_for_something_is_looked_at(text: str) -> None:
    assert not CLOSING.is_closing(text)


def test_the_words_are_the_sites_own() -> None:
    own = ClosingWords(("Vielen Dank", "。", ""))
    assert own.is_closing("vielen dank!")
    assert not own.is_closing("好的")
    assert not own.is_closing("。")
    assert not ClosingWords(()).is_closing("好的")
    assert ClosingWords(()).is_closing("[玫瑰]")


@given(st.lists(st.sampled_from((*CLOSING_TOKENS, "[玫瑰]", "👍", "，", "！", " ")), min_size=1, max_size=12))
def test_closing_words_in_any_order_and_number_are_an_end(parts: list[str]) -> None:
    text = " ".join(parts)
    assert CLOSING.is_closing(text) is (any(part.strip("，！ ") for part in parts) and len(text) <= 100)
    assert not CLOSING.is_closing(f"{text}怎么还款")
    assert not CLOSING.is_closing(f"{text}？")


@given(st.text(max_size=2000))
@example("好" * 99 + "x")
@example("[" * 100)
@example("/:" * 50)
def test_any_text_at_all_is_either(text: str) -> None:
    assert CLOSING.is_closing(text) in {True, False}
