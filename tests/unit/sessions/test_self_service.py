"""What customers get without a seat: menus, keywords, clicks and scans; and how they get to one that is asked for."""

import pytest
from msgspec.structs import replace

from routing.selfservice import Answer, Flow, Keyword, Menu, OpenMenu, Route
from sessions import events as ev
from sessions.content import Followed, Image, LocationReported, MenuClicked, Scanned, Unfollowed
from sessions.ids import Millis
from sessions.saying import sends_left
from tests.builders import Desk, fields_of, make_site, who

FLOW = Flow(
    id="bank",
    name="Bank",
    welcome=Answer("welcome"),
    clicks={
        "HUMAN": Route(group="cards", priority=2, text="one moment"),
        "BILL": Route(group="bills", priority=1, at_once=False, text="what about your bill?"),
        "MENU": OpenMenu("main"),
        "RATES": Answer("0.05 % a day"),
        "GONE": OpenMenu("gone"),
    },
    scenes={"branch": OpenMenu("main"), "vip": Route(group="cards", priority=5)},
    menus={
        "main": Menu(
            id="main",
            text="1 limit, 2 bills",
            options={"1": Answer("your limit"), "2": Route(group="bills", text="ok")},
        )
    },
    keywords=(
        Keyword(id="limit", phrases=("额度",), action=Answer("ask for your limit")),
        Keyword(id="menu", phrases=("菜单",), action=OpenMenu("main")),
        Keyword(id="lost", phrases=("挂失",), action=Route(group="bills", priority=4, text="we hurry")),
        Keyword(id="broken", phrases=("坏菜单",), action=OpenMenu("gone"), fuzzy=False),
    ),
    unmatched_max=1,
    unmatched_text="say it otherwise",
)


@pytest.fixture
def desk() -> Desk:
    """A bank with self-service; one seat for cards and one for bills, both at work."""
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, flow=FLOW, bot_idle_s=600))
    desk.come("s1", "s2")
    return desk


def said(happened: list[ev.Event]) -> list[str]:
    """What the desk told the customer."""
    return [getattr(each.content, "text", "") for each in happened if isinstance(each, ev.NoticeSent)]


def load(desk: Desk) -> int:
    return desk.seat("s1").load + desk.seat("s2").load


# Words.


def test_a_keyword_is_answered_and_costs_no_seat(desk: Desk) -> None:
    happened = desk.write("ann", "额度")
    assert happened.kinds == ["session_opened", "message_received", "flow_answered", "notice_sent"]
    assert fields_of(happened.only(ev.FlowAnswered), "rule", "how") == ("keyword:limit", "exact")
    notice = happened.only(ev.NoticeSent)
    assert fields_of(notice, "kind", "cause", "seat") == ("answer", "keyword:limit", None)
    assert said(happened) == ["ask for your limit"]
    live = desk.session_of("ann")
    assert live is not None
    assert (live.state, live.turn, load(desk)) == ("bot", None, 0)


def test_a_menu_is_opened_and_the_next_words_choose_from_it(desk: Desk) -> None:
    assert desk.write("ann", "菜单").only(ev.FlowAnswered).menu == "main"
    happened = desk.write("ann", "１.")
    assert happened.kinds == ["message_received", "flow_answered", "notice_sent"]
    assert happened.only(ev.FlowAnswered).rule == "menu:main/1"
    assert said(happened) == ["your limit"]
    assert load(desk) == 0


def test_a_menu_that_was_answered_is_closed(desk: Desk) -> None:
    desk.write("ann", "菜单")
    desk.write("ann", "1")
    assert desk.write("ann", "1").every(ev.PhraseUnmatched)


def test_an_option_leads_to_a_seat_of_its_group(desk: Desk) -> None:
    desk.write("ann", "菜单")
    happened = desk.write("ann", "2")
    assert happened.kinds == ["message_received", "flow_answered", "notice_sent", "session_queued", "session_offered"]
    assert fields_of(happened.only(ev.SessionOffered), "group", "seat") == ("bills", "s2")
    assert happened.only(ev.MessageReceived).turn_began, "now somebody is to move"


def test_a_keyword_leads_to_a_seat_with_its_priority(desk: Desk) -> None:
    happened = desk.write("ann", "我要挂失")
    queued = happened.only(ev.SessionQueued)
    assert fields_of(queued, "group", "priority", "reason") == ("bills", 4, "opened")
    assert said(happened) == ["we hurry"]


def test_what_nothing_answers_is_counted_and_asked_for_once_more_then_a_person_comes(desk: Desk) -> None:
    happened = desk.write("ann", "量子力学")
    assert happened.kinds == ["session_opened", "message_received", "phrase_unmatched", "notice_sent"]
    assert fields_of(happened.only(ev.PhraseUnmatched), "account", "phrase") == ("bank", "量子力学")
    assert said(happened) == ["say it otherwise"]
    happened = desk.write("ann", "弦理论")
    assert happened.kinds == ["message_received", "phrase_unmatched", "session_queued", "session_offered"]
    assert happened.only(ev.SessionQueued).cause == "unmatched_max=1"


def test_an_answer_in_between_begins_the_count_anew(desk: Desk) -> None:
    desk.write("ann", "量子力学")
    desk.write("ann", "额度")
    assert not desk.write("ann", "弦理论").every(ev.SessionQueued)


def test_what_is_not_words_is_for_a_person(desk: Desk) -> None:
    happened = desk.write("ann", Image(source="media-1"))
    assert happened.kinds == ["session_opened", "message_received", "session_queued", "session_offered"]
    desk.write("bob", "额度")
    assert desk.write("bob", Image(source="media-2")).only(ev.SessionOffered).seat == "s1"


def test_polite_words_to_self_service_cost_no_seat(desk: Desk) -> None:
    desk.write("ann", "额度")
    for words in ("谢谢", "好的", "[玫瑰]"):
        happened = desk.write("ann", words)
        assert happened.kinds == ["message_received"]
        assert happened.only(ev.MessageReceived).closing
    desk.wait(600)
    assert desk.write("ann", "谢谢").kinds == ["message_received"], "nor after it"
    assert load(desk) == 0


def test_in_service_nothing_is_answered_by_itself(desk: Desk) -> None:
    desk.write("ann", "挂失")
    live = desk.session_of("ann")
    assert live is not None
    assert desk.write("ann", "额度").kinds == ["message_received"], "nor while waiting"
    desk.accept("s2", live.id)
    assert desk.write("ann", "菜单").kinds == ["message_received"]


def test_every_message_has_an_id_of_its_own(desk: Desk) -> None:
    for words in ("额度", "菜单", "量子力学", "2", "hello"):
        desk.write("ann", words)
    desk.tell("ann", MenuClicked(key="RATES"))
    ids = [each.message for each in desk.ledger if isinstance(each, ev.MessageReceived | ev.NoticeSent)]
    assert len(ids) == len(set(ids)) == 9


# The end of it.


def test_without_another_word_the_talk_is_over(desk: Desk) -> None:
    desk.write("ann", "额度")
    desk.wait(599)
    desk.write("ann", "菜单")
    assert desk.wait(599).kinds == []
    happened = desk.wait(1)
    assert happened.kinds == ["session_closed"]
    assert fields_of(happened.only(ev.SessionClosed), "reason", "seat", "cause") == (
        "self_service",
        None,
        "bot_idle_s=600",
    )
    assert desk.session_of("ann") is None


# Clicks and scans.


def test_a_click_is_answered_without_a_session(desk: Desk) -> None:
    happened = desk.tell("ann", MenuClicked(key="RATES"))
    assert happened.kinds == ["customer_event_recorded", "flow_answered", "notice_sent"]
    assert fields_of(happened.only(ev.NoticeSent), "session", "cause") == (None, "click:RATES")
    assert (said(happened), desk.session_of("ann")) == (["0.05 % a day"], None)


def test_a_click_opens_a_menu_for_the_next_words(desk: Desk) -> None:
    assert said(desk.tell("ann", MenuClicked(key="MENU"))) == ["1 limit, 2 bills"]
    assert desk.write("ann", "1").only(ev.FlowAnswered).rule == "menu:main/1"


def test_a_click_asks_for_a_seat_at_once(desk: Desk) -> None:
    happened = desk.tell("ann", MenuClicked(key="HUMAN"))
    assert happened.kinds == [
        "customer_event_recorded",
        "session_opened",
        "flow_answered",
        "notice_sent",
        "session_queued",
        "session_offered",
    ]
    assert said(happened) == ["one moment"]
    assert fields_of(happened.only(ev.SessionQueued), "group", "priority") == ("cards", 2)


def test_a_click_asks_for_a_seat_in_the_middle_of_a_talk(desk: Desk) -> None:
    desk.write("ann", "额度")
    happened = desk.tell("ann", MenuClicked(key="HUMAN"))
    assert happened.kinds == [
        "customer_event_recorded",
        "flow_answered",
        "notice_sent",
        "session_queued",
        "session_offered",
    ]
    assert happened.only(ev.SessionQueued).priority == 2


def test_a_click_says_where_the_next_words_belong(desk: Desk) -> None:
    happened = desk.tell("ann", MenuClicked(key="BILL"))
    assert happened.kinds == ["customer_event_recorded", "intent_noted", "notice_sent"]
    assert said(happened) == ["what about your bill?"]
    happened = desk.write("ann", "额度", key="k")
    assert fields_of(happened.only(ev.SessionQueued), "group", "priority") == ("bills", 1)
    assert not happened.every(ev.FlowAnswered), "it is for the seat"


def test_in_the_middle_of_a_talk_too(desk: Desk) -> None:
    desk.write("ann", "额度")
    desk.tell("ann", MenuClicked(key="BILL"))
    assert desk.write("ann", "好的").kinds == ["message_received"], "that was no question yet"
    assert fields_of(desk.write("ann", "why so much?").only(ev.SessionQueued), "group", "priority") == ("bills", 1)


def test_that_holds_for_half_an_hour_and_for_one_matter(desk: Desk) -> None:
    desk.tell("ann", MenuClicked(key="BILL"))
    desk.wait(1800)
    assert not desk.write("ann", "额度").every(ev.SessionQueued)
    desk.tell("bob", MenuClicked(key="BILL"))
    session = desk.write("bob", "why so much?").only(ev.SessionOpened).session
    desk.accept("s2", session)
    desk.hang_up("s2", session)
    desk.wrap_up("s2", session)
    assert not desk.write("bob", "额度").every(ev.SessionQueued), "the bill was talked about"


def test_a_scan_brings_its_group_and_priority(desk: Desk) -> None:
    assert fields_of(desk.tell("ann", Scanned(scene="vip")).only(ev.SessionQueued), "group", "priority") == ("cards", 5)
    assert said(desk.tell("bob", Scanned(scene="branch"))) == ["1 limit, 2 bills"]
    assert desk.tell("cem", Scanned(scene="elsewhere")).kinds == ["customer_event_recorded"]


def test_who_follows_is_welcomed_or_led_where_the_code_leads(desk: Desk) -> None:
    assert said(desk.tell("ann", Followed())) == ["welcome"]
    assert said(desk.tell("bob", Followed(scene="branch"))) == ["1 limit, 2 bills"]


def test_in_service_a_click_is_only_noted(desk: Desk) -> None:
    desk.tell("ann", MenuClicked(key="HUMAN"))
    live = desk.session_of("ann")
    assert live is not None
    happened = desk.tell("ann", MenuClicked(key="RATES"))
    assert happened.kinds == ["customer_event_recorded"]
    assert fields_of(happened.only(ev.CustomerEventRecorded), "session", "seat") == (live.id, "s1")


def test_only_what_opens_the_channel_lets_us_say_more(desk: Desk) -> None:
    opened = desk.tell("ann", MenuClicked(key="RATES")).only(ev.CustomerEventRecorded).allowance
    assert opened == ev.Allowance(sends=3, until=Millis(desk.now + 60_000))
    elsewhere = LocationReported(latitude=0.0, longitude=0.0)
    assert desk.tell("bob", elsewhere).only(ev.CustomerEventRecorded).allowance is None


def test_who_unfollows_can_be_sent_nothing_until_they_write_again(desk: Desk) -> None:
    desk.write("ann", "额度")
    desk.tell("ann", MenuClicked(key="RATES"))
    conversation = desk.floor.conversations[who("ann")]
    assert sends_left(conversation, desk.now) == 6
    desk.tell("ann", Unfollowed())
    assert sends_left(conversation, desk.now) == 0
    desk.wait(1)
    assert said(desk.tell("ann", Followed())) == ["welcome"]
    assert sends_left(conversation, desk.now) == 2
    desk.write("ann", "额度")
    assert sends_left(conversation, desk.now) == 6


def test_an_answer_to_a_click_is_taken_from_what_the_click_opened(desk: Desk) -> None:
    desk.write("ann", "额度")
    desk.tell("ann", MenuClicked(key="RATES"))
    conversation = desk.floor.conversations[who("ann")]
    assert conversation.allowance is not None
    assert conversation.brief is not None
    assert (conversation.allowance.sends, conversation.brief.sends) == (4, 2)


# Settings change.


def test_a_change_takes_effect_with_the_next_words_in_one_event(desk: Desk) -> None:
    desk.write("ann", "额度")
    better = replace(FLOW, keywords=(Keyword(id="limit", phrases=("额度",), action=Answer("better words")),))
    site = make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, flow=better, version=2)
    assert desk.configure(site).kinds == ["site_configured"]
    assert said(desk.write("ann", "额度")) == ["better words"]


def test_without_self_service_a_talk_goes_to_a_seat(desk: Desk) -> None:
    desk.write("ann", "额度")
    desk.configure(make_site({"s1": {"cards": 3}}, version=2))
    assert desk.write("ann", "额度").only(ev.SessionOffered).seat == "s1"


def test_a_talk_whose_group_is_gone_asks_in_the_accounts_own(desk: Desk) -> None:
    desk.write("ann", "额度")
    desk.configure(make_site({"s2": {"bills": 3}}, groups=["bills"], default_group="bills", flow=FLOW, version=2))
    assert fields_of(desk.write("ann", Image()).only(ev.SessionOffered), "group", "seat") == ("bills", "s2")


def test_a_menu_that_is_gone_opens_nothing_and_strands_nobody(desk: Desk) -> None:
    assert desk.write("ann", "坏菜单").only(ev.SessionOffered).seat == "s1"
    desk.tell("bob", MenuClicked(key="GONE"))
    assert desk.session_of("bob") is None
    desk.write("cem", "菜单")
    desk.configure(make_site({"s1": {"cards": 3}}, flow=replace(FLOW, menus={}), version=2))
    assert desk.write("cem", "1").only(ev.PhraseUnmatched).phrase == "1"


def test_a_route_to_a_group_that_is_gone_leads_to_the_accounts_own(desk: Desk) -> None:
    desk.configure(make_site({"s1": {"cards": 3}}, groups=["cards"], flow=FLOW, version=2))
    assert desk.write("ann", "挂失").only(ev.SessionQueued).group == "cards"
    desk.tell("bob", MenuClicked(key="BILL"))
    assert not desk.write("bob", "额度").every(ev.SessionQueued), "no such intent: self-service answers"
