"""Articles are found by what is asked, in Chinese without spaces, and by pinyin."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.knowledge import SNIPPET_LENGTH, Article, Library, Piece
from desk.store.reply_checking import article_complaints


def article(title: str, body: str = "", **more: Any) -> Article:
    return Article(**{"id": title, "title": title, "body": body or f"{title}。", **more})


LIBRARY = Library(
    [
        article(
            "还款渠道与到账时间",
            "手机银行还款实时到账；微信还款两小时内到账。\n\n跨行转账次日入账。",
            keywords=("怎么还钱",),
        ),
        article("年费与减免", "首年免年费，当年消费满 6 笔免次年年费。"),
        article("盗刷处理", "先冻结卡片，再提交争议登记。", groups=("security",)),
        article("旧的利率", "利率 0.05%。", active=False),
        article("绑定 Apple Pay", "在钱包里添加卡片。"),
    ]
)


def titles(question: str, groups: tuple[str, ...] = ()) -> list[str]:
    return [each.article.title for each in LIBRARY.search(question, groups)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("还款", "还款渠道与到账时间"),
        ("请问一下我应该怎么还款呢", "还款渠道与到账时间"),
        ("怎么还钱", "还款渠道与到账时间"),
        ("次日入账", "还款渠道与到账时间"),
        ("年费怎么收", "年费与减免"),
        ("hkqd", "还款渠道与到账时间"),
        ("nianfei", "年费与减免"),
        ("apple pay", "绑定 Apple Pay"),
        ("ＡＰＰＬＥ", "绑定 Apple Pay"),
    ],
)
def test_the_article_that_is_meant_comes_first(question: str, first: str) -> None:
    assert titles(question)[0] == first


@pytest.mark.parametrize("question", ["", "  ", "？！", "今天天气不错", "xyz", "利率", "\0"])
def test_what_is_about_nothing_finds_nothing(question: str) -> None:
    """Nor does what is no longer in use."""
    assert titles(question) == []


def test_what_is_for_a_group_is_found_by_it_alone() -> None:
    assert titles("盗刷") == titles("盗刷", ("billing",)) == []
    assert titles("盗刷", ("billing", "security")) == ["盗刷处理"]
    assert LIBRARY.find("盗刷处理", ("billing",)) is None
    assert LIBRARY.find("盗刷处理", ("security",)) is not None
    assert LIBRARY.find("旧的利率", ()) is None


def test_a_title_counts_more_than_a_mention() -> None:
    mention = article("分期说明", "提前还款不收手续费，还款后还款还款。")
    library = Library([mention, article("还款说明", "请看账单。")])
    assert [each.article.title for each in library.search("还款", ())] == ["还款说明", "分期说明"]


def test_what_was_asked_for_is_marked_in_title_and_snippet() -> None:
    (found, *_) = LIBRARY.search("微信还款", ())
    assert Piece("还款", met=True) in found.title
    assert Piece("微信还款", met=True) in found.snippet


def test_a_snippet_shows_the_place_of_a_long_text_where_it_stands() -> None:
    text = "没有关系的话。" * 40 + "这里说的是外币兑换的手续费。" + "还是没有关系。" * 40
    (found,) = Library([article("境外", text)]).search("外币兑换", ())
    said = "".join(piece.text for piece in found.snippet)
    assert "外币兑换" in said
    assert said.startswith("…")
    assert said.endswith("…")
    assert len(said) <= SNIPPET_LENGTH + 2


def test_the_first_paragraph_is_the_answer() -> None:
    text = "\n\n给客户的话\n第二行\n \n给坐席的说明\n\n\n还有"
    assert article("x", text).answer == "给客户的话\n第二行"
    assert article("x", text).paragraphs == ["给客户的话\n第二行", "给坐席的说明", "还有"]
    assert article("x", "\n").answer == ""


def test_a_thousand_articles_are_searched_in_a_blink() -> None:
    many = Library(article(f"第 {n} 篇", "账单日后二十天为最后还款日，逾期会影响征信。" * 40) for n in range(1000))
    began = time.perf_counter()
    assert many.search("我想问一下信用卡逾期了怎么还款，会不会影响征信" * 10, ())
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"title": ""}, ("title", "missing")),
        ({"body": "  "}, ("body", "missing")),
        ({"body": "额" * 700}, ("body", "too_many_bytes")),
        ({"body": "短\n\n" + "额" * 10_000}, ("body", "too_long")),
        ({"keywords": ("?",)}, ("keywords", "phrase_empty")),
        ({"groups": ("nowhere",)}, ("groups", "no_such_group")),
    ],
)
def test_an_article_that_cannot_be_used_is_told_where_and_why(
    given: dict[str, Any], complaint: tuple[str, str]
) -> None:
    wrong = Article(**{"id": "x", "title": "标题", "body": "答案", **given})
    assert complaint in [(".".join(each.path), each.code) for each in article_complaints(wrong, {"billing"})]


def test_a_long_explanation_is_fine_where_the_answer_can_be_sent() -> None:
    assert list(article_complaints(article("x", "答案\n\n" + "额" * 5000), ())) == []


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_and_no_question_break_it(title: str, body: str, question: str) -> None:
    library = Library([article(title or "x", body)])
    for found in library.search(question, ()):
        assert "".join(piece.text for piece in found.title) == (title or "x")
