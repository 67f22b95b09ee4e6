"""What customers get by themselves: from menu clicks, QR scenes, text menus and keywords, as data says."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.complaints import COMPLAINTS, Complaint
from routing.flow_complaints import TEXT_LENGTH_MAX, flow_complaints
from routing.selfservice import (
    NOTHING,
    Action,
    Answer,
    Flow,
    Found,
    Keyword,
    Matcher,
    Menu,
    OpenMenu,
    Outcome,
    Route,
    click,
    outcome,
    scene,
)

LIMIT = Answer("您可在“我的-额度管理”查询额度。")
RAISE = Answer("提额请点击……")
PERSON = Route(group="cards", text="正在为您转接人工")
VIP = Route(group="vip", priority=5, at_once=False)
FLOW = Flow(
    id="cards",
    name="信用卡",
    welcome=OpenMenu("main"),
    clicks={"BILL": Answer("本期账单……"), "HUMAN": PERSON},
    scenes={"branch_12": VIP},
    menus={
        "main": Menu(
            id="main",
            text="1 账单 2 分期 # 人工",
            options={"1": Answer("账单"), "2": OpenMenu("instalment"), "#": PERSON, "Ａ": LIMIT},
        ),
        "instalment": Menu(id="instalment", text="0 返回", options={"0": OpenMenu("main")}),
    },
    keywords=(
        Keyword(id="person", phrases=("人工", "转人工", "1"), action=PERSON),
        Keyword(id="raise", phrases=("提升额度", "提额"), action=RAISE),
        Keyword(id="limit", phrases=("额度", "查询额度"), action=LIMIT),
        Keyword(id="strict", phrases=("密码重置",), action=Answer("请本人致电"), fuzzy=False),
    ),
)
MATCHER = Matcher(FLOW)


def said(text: str, menu: str = "") -> Outcome:
    return outcome(FLOW, MATCHER, menu, text)


# Keywords.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("额度", Found("limit", "额度", "exact", LIMIT)),
        ("我想提升额度", Found("raise", "提升额度", "contained", RAISE)),
        ("查训额度", Found("limit", "额度", "contained", LIMIT)),
        ("查询额读", Found("limit", "查询额度", "typo", LIMIT)),
        ("edu", Found("limit", "额度", "sound", LIMIT)),
        ("我要转人工", Found("person", "转人工", "contained", PERSON)),
        ("密码重制", None),
        ("天气", None),
        ("", None),
    ],
)
def test_a_keyword_is_found_by_any_of_its_phrases(text: str, found: Found | None) -> None:
    assert MATCHER.find(text) == found


def test_what_the_words_come_to_names_its_rule_and_how() -> None:
    assert said("额度") == Outcome(LIMIT, "keyword:limit", "exact")
    assert said("帮我查额度吧") == Outcome(LIMIT, "keyword:limit", "contained")
    assert said("天气") == NOTHING
    assert NOTHING.action is None


# Text menus.


@pytest.mark.parametrize("text", ["1", " 1 ", "1.", "１", "①", "1️⃣", "「1」", "1、"])
def test_an_option_is_chosen_however_it_is_typed(text: str) -> None:
    assert said(text, "main") == Outcome(Answer("账单"), "menu:main/1", "exact")


def test_the_open_menu_comes_before_the_keywords_and_only_while_it_is_open() -> None:
    assert said("1", "main").rule == "menu:main/1"
    assert said("1").rule == "keyword:person"
    assert said("1", "instalment").rule == "keyword:person"


def test_what_the_menu_does_not_have_is_asked_of_the_keywords() -> None:
    assert said("额度", "main").rule == "keyword:limit"
    assert said("天气", "main") == NOTHING


def test_signs_and_letters_are_options_too() -> None:
    assert said("＃", "main").rule == "menu:main/#"
    assert said("a", "main").rule == "menu:main/Ａ"
    assert said("*", "main") == NOTHING


@pytest.mark.parametrize("text", ["1.5", "12", "1 2", "-", ""])
def test_what_only_resembles_an_option_is_none(text: str) -> None:
    assert said(text, "main") == NOTHING


def test_a_menu_that_is_no_more_is_not_open() -> None:
    assert said("2", "of yesterday") == NOTHING
    assert said("额度", "of yesterday").rule == "keyword:limit"


def test_menus_lead_to_menus_and_back() -> None:
    assert said("2", "main").action == OpenMenu("instalment")
    assert said("0", "instalment").action == OpenMenu("main")


# Clicks and scenes.


def test_a_click_and_a_scene_come_to_what_is_set_up_for_them() -> None:
    assert click(FLOW, "HUMAN") == Outcome(PERSON, "click:HUMAN")
    assert scene(FLOW, "branch_12") == Outcome(VIP, "scene:branch_12")
    assert click(FLOW, "human") == NOTHING
    assert scene(FLOW, "") == NOTHING


@given(st.text(max_size=700), st.sampled_from(["", "main", "instalment", "gone"]))
@example("额度" * 2000, "main")
@example("\u202e\u200b" * 300, "main")
@example("\ud800", "main")
def test_any_text_at_all_comes_to_something_or_nothing(text: str, menu: str) -> None:
    result = said(text, menu)
    assert (result.action is None) is (result.rule == "") is (result.how == "")


def test_a_flow_travels_as_it_is() -> None:
    assert msgspec.json.decode(msgspec.json.encode(FLOW), type=Flow) == FLOW


# Complaints.


def a_flow(*, menus: dict[str, Menu] | None = None, keywords: tuple[Keyword, ...] = (), **more: Action) -> Flow:
    clicks = {"K": more["click"]} if "click" in more else {}
    scenes = {"S": more["scene"]} if "scene" in more else {}
    return Flow(
        id="f",
        name="f",
        welcome=more.get("welcome"),
        clicks=clicks,
        scenes=scenes,
        menus=menus or {},
        keywords=keywords,
    )


def a_menu(**facts: object) -> dict[str, Menu]:
    return {"m": msgspec.convert({"id": "m", "text": "请选择", **facts}, Menu)}


def a_keyword(*phrases: str, name: str = "k", action: Action = LIMIT) -> Keyword:
    return Keyword(id=name, phrases=phrases, action=action)


OK = {"do": "answer", "text": "好"}


@pytest.mark.parametrize(
    ("flow", "complaint"),
    [
        (a_flow(welcome=OpenMenu("m")), Complaint("menu_unknown", "welcome/menu", "m")),
        (a_flow(click=Route(group="nobody")), Complaint("group_unknown", "clicks/K/group", "nobody")),
        (a_flow(scene=Answer(" ")), Complaint("text_empty", "scenes/S/text")),
        (a_flow(click=Answer("长" * 601)), Complaint("text_too_long", "clicks/K/text", "601")),
        (a_flow(click=Route(group="cards", text="长" * 601)), Complaint("text_too_long", "clicks/K/text", "601")),
        (a_flow(menus=a_menu(id="x")), Complaint("menu_misnamed", "menus/m", "x")),
        (a_flow(menus=a_menu(text="")), Complaint("text_empty", "menus/m")),
        (a_flow(menus=a_menu(options={" ": OK})), Complaint("key_empty", "menus/m")),
        (a_flow(menus=a_menu(options={"1": OK, "１.": OK})), Complaint("option_repeated", "menus/m/１.", "１.")),
        (
            a_flow(menus=a_menu(options={"1": {"do": "menu", "menu": "n"}})),
            Complaint("menu_unknown", "menus/m/1/menu", "n"),
        ),
        (a_flow(keywords=(a_keyword(),)), Complaint("phrase_empty", "keywords/k")),
        (a_flow(keywords=(a_keyword("？"),)), Complaint("phrase_empty", "keywords/k", "？")),
        (a_flow(keywords=(a_keyword("长" * 41),)), Complaint("phrase_too_long", "keywords/k", "长" * 41)),
        (
            a_flow(keywords=(a_keyword("额度"), a_keyword("额 度！", name="l"))),
            Complaint("phrase_repeated", "keywords/l", "额 度！"),
        ),
        (a_flow(keywords=(a_keyword("额度"), a_keyword("账单"))), Complaint("keyword_repeated", "keywords/k", "k")),
        (
            a_flow(keywords=(a_keyword("额度", action=Route(group="nobody")),)),
            Complaint("group_unknown", "keywords/k/group", "nobody"),
        ),
    ],
)
def test_what_leads_nowhere_or_two_ways_is_complained_of(flow: Flow, complaint: Complaint) -> None:
    assert list(flow_complaints(flow, {"cards"})) == [complaint]
    assert complaint.code in COMPLAINTS


def test_the_text_for_what_nobody_understands_fits_a_message() -> None:
    flow = Flow(id="f", name="f", unmatched_text="长" * (TEXT_LENGTH_MAX + 1))
    assert [each.code for each in flow_complaints(flow, ())] == ["text_too_long"]


def test_a_flow_in_order_draws_no_complaint_and_menus_may_lead_in_circles() -> None:
    assert list(flow_complaints(FLOW, {"cards", "vip"})) == []
    assert list(flow_complaints(a_flow(), ())) == []
    assert list(flow_complaints(a_flow(keywords=(a_keyword("额度", "额 度"),)), ())) == []


# What a keyword must not answer.


@pytest.mark.parametrize("text", ["额度", "请问我的额度是多少？", "查一下额度呢", "额度查看", "怎么提额"])
def test_a_question_about_the_keyword_itself_is_answered(text: str) -> None:
    assert isinstance(said(text).action, Answer)


@pytest.mark.parametrize("text", ["装修想把额度临时加到八万", "额度被你们降了我要个说法", "昨天退款的额度没有恢复"])
def test_a_question_about_more_than_the_keyword_is_for_a_person(text: str) -> None:
    assert said(text) == NOTHING
    loose = msgspec.structs.replace(FLOW, answer_share=0)
    assert outcome(loose, Matcher(loose), "", text).action == LIMIT


def test_a_wish_for_a_person_is_heard_in_any_text() -> None:
    assert said("说了三遍了能不能给我转人工客服啊真是的").action == PERSON


@given(st.text(max_size=60))
def test_any_text_can_be_weighed(text: str) -> None:
    assert said(text).how != "contained" or said(text).action is not None
