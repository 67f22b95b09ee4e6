"""What might be said to the customer's last words."""

from typing import Any

import pytest

from desk.knowledge import Article, Library
from desk.replies import Reply
from desk.suggestions import Cues, Suggestion, suggestions, unanswered
from desk.transcripts import Line
from routing.selfservice import Answer, Flow, Keyword, Matcher, Route
from sessions.content import Content, Image, Text, Voice
from sessions.ids import Millis, Seq, SessionId

FLOW = Flow(
    id="cards",
    name="Cards",
    keywords=(
        Keyword(id="repay", phrases=("怎么还款", "还款方式"), action=Answer("请用手机银行还款。")),
        Keyword(id="human", phrases=("人工",), action=Route(group="cards")),
    ),
)
REPLIES = [
    Reply(id="r1", scope="site", title="还款方式", text="四种方式", keywords=("还款",)),
    Reply(id="r2", scope="site", title="年费", text="{客户}免年费", keywords=("年费", "收费")),
    Reply(id="r3", scope="group", owner="security", title="挂失", text="马上挂失", keywords=("卡丢了",)),
    Reply(id="r4", scope="personal", owner="bob", title="bob", text="bob 的话", keywords=("还款",)),
]
ARTICLES = [
    Article(id="a1", title="还款到账时间", body="实时到账\n\n说明", keywords=("多久到账",)),
    Article(id="a2", title="征信异议处理", body="二十天内答复"),
    Article(id="a3", title="盗刷", body="冻结", keywords=("盗刷",), groups=("security",)),
]


def suggested(*texts: str, groups: tuple[str, ...] = (), user: str = "ann") -> list[Suggestion]:
    return suggestions(
        texts,
        matcher=Matcher(FLOW),
        replies=[Cues(each for each in REPLIES if each.scope == "personal"), Cues(REPLIES[:3])],
        articles=Cues(ARTICLES),
        library=Library(ARTICLES),
        user=user,
        groups=groups,
    )


def names(*texts: str, **who: Any) -> list[tuple[str, str]]:
    return [(each.source, each.title) for each in suggested(*texts, **who)]


def test_the_best_of_each_source_comes_in_turn() -> None:
    assert names("请问怎么还款，多久到账？") == [
        ("keyword", "怎么还款"),
        ("reply", "还款方式"),
        ("article", "还款到账时间"),
    ]


def test_there_are_never_more_than_three() -> None:
    assert len(suggested("怎么还款", "年费收费吗", "多久到账", "征信异议处理")) == 3


def test_what_routes_to_people_is_no_suggestion() -> None:
    assert names("人工") == []


def test_keywords_forgive_slips_and_sounds() -> None:
    assert names("年废") == [("reply", "年费")]
    assert names("nianfei") == [("reply", "年费")]


def test_the_newest_words_count_first() -> None:
    assert names("年费", "还款")[0] == ("reply", "还款方式")


def test_an_article_without_a_keyword_is_suggested_by_much_of_its_title() -> None:
    assert names("我要提征信异议") == [("article", "征信异议处理")]
    assert names("征信") == []


def test_nothing_of_others_is_suggested() -> None:
    assert names("我的卡丢了，被盗刷") == []
    assert names("我的卡丢了，被盗刷", groups=("security",)) == [("reply", "挂失"), ("article", "盗刷")]
    assert ("reply", "bob") not in names("还款")
    assert ("reply", "bob") in names("还款", user="bob")


def test_the_answer_of_an_article_is_its_first_paragraph() -> None:
    (only,) = suggested("多久到账")
    assert (only.text, only.id) == ("实时到账", "a1")


@pytest.mark.parametrize("texts", [(), ("",), ("你好",), ("？？",), ("😀",), ("\0",), ("a" * 5000,)])
def test_words_that_ask_for_nothing_bring_nothing(texts: tuple[str, ...]) -> None:
    assert suggested(*texts) == []


def line(by: Any, content: Content, **more: Any) -> Line:
    return Line(id="m", seq=Seq(1), session=SessionId("s"), at=Millis(0), by=by, content=content, **more)


def test_unanswered_are_the_customers_words_since_the_seat_last_spoke() -> None:
    lines = [
        line("customer", Text(text="早先的问题")),
        line("seat", Text(text="答复")),
        line("customer", Text(text="第一句")),
        line("notice", Text(text="自动的话")),
        line("note", Text(text="备注")),
        line("customer", Image()),
        line("customer", Voice(recognition="语音的话")),
        line("customer", Text(text="谢谢"), closing=True),
    ]
    assert unanswered(lines) == ["第一句", "语音的话"]
    assert unanswered([*lines, line("seat", Text(text="好"))]) == []
