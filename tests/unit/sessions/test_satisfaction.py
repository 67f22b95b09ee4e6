"""What customers think: asked once a case when somebody served them, answered without disturbing anybody."""

from typing import Any

import pytest

from routing.selfservice import Flow, Menu, OpenMenu
from sessions import events as ev
from sessions.content import Menu as TapMenu
from sessions.content import MenuClicked, Text
from sessions.facts import Asked
from sessions.ids import Millis, SessionId
from sessions.settings import Ladder, Satisfaction, Step, WhenToAsk
from tests.builders import Desk, fields_of, make_site, who

DAY_S = 24 * 3600
FLOW = Flow(
    id="bank",
    name="Bank",
    clicks={"MENU": OpenMenu("main")},
    menus={"main": Menu(id="main", text="1 or 2", options={})},
    unmatched_max=9,
)


def asking(ask: WhenToAsk = "answered", **more: Any) -> Desk:
    desk = Desk(make_site(["s1", "s2"], every_group={"satisfaction": Satisfaction(ask=ask), **more}))
    desk.come("s1")
    return desk


@pytest.fixture
def desk() -> Desk:
    return asking()


def asked(desk: Desk, name: str = "ann") -> Asked | None:
    return desk.floor.conversations[who(name)].asked


def pass_time(desk: Desk, ms: int) -> None:
    desk.now = Millis(desk.now + ms)


# Asking.


def test_when_the_form_is_filled_in_the_customer_is_asked(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    happened = desk.wrap_up("s1", session)
    assert happened.kinds == ["segment_ended", "session_closed", "satisfaction_asked", "notice_sent"]
    what = happened.only(ev.SatisfactionAsked)
    assert fields_of(what, "session", "case", "seat", "customer") == (session, session, "s1", "bank:ann")
    assert fields_of(what, "until", "cause") == (desk.now + DAY_S * 1000, "satisfaction.ask=answered")
    notice = happened.only(ev.NoticeSent)
    assert fields_of(notice, "session", "seat", "kind") == (session, "s1", "satisfaction_ask")
    assert isinstance(notice.content, TapMenu)
    assert [each.text for each in notice.content.choices] == [
        "5 非常满意",
        "4 满意",
        "3 一般",
        "2 不满意",
        "1 非常不满意",
    ]
    assert notice.content.choices[0].id == f"rate:{session}:5"


def test_the_timer_the_end_of_the_shift_and_the_silence_ask_too(desk: Desk) -> None:
    desk.wrapping("ann", "s1")
    for _ in range(31):
        desk.beat()
        desk.wait(10)
    assert asked(desk)
    desk.wrapping("bob", "s1")
    desk.hand_over("s1")
    assert asked(desk, "bob")
    quiet = asking(ladder=Ladder(remind=None, park=None, soft_end=Step(after_s=60), hard_end_before_s=None))
    session = quiet.quiet("ann", "s1")
    quiet.write("ann", "这样啊")
    quiet.send("s1", session)
    assert quiet.wait(60).only(ev.SessionClosed).reason == "customer_idle"
    assert asked(quiet)


@pytest.mark.parametrize(
    ("ask", "spoke", "is_asked"),
    [("off", True, False), ("answered", True, True), ("answered", False, False), ("always", False, True)],
)
def test_a_group_asks_nobody_or_those_who_were_answered_or_all_who_met_a_seat(
    ask: WhenToAsk, spoke: bool, is_asked: bool
) -> None:
    desk = asking(ask)
    session = desk.served("ann", "s1")
    if spoke:
        desk.send("s1", session)
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert bool(asked(desk)) == is_asked


def test_who_gave_up_met_nobody_or_never_reacted_is_not_asked() -> None:
    desk = asking("always", ladder=Ladder(remind=None, park=None, soft_end=Step(after_s=60), hard_end_before_s=None))
    desk.set_presence("s1", "busy")
    desk.write("ann")
    assert desk.write("ann", "0").only(ev.SessionClosed).reason == "queue_abandon"
    desk.set_presence("s1", "available")
    desk.quiet("bob", "s1")
    assert desk.wait(60).only(ev.SessionClosed).reason == "silent_abandon"
    assert not [each for each in desk.ledger if isinstance(each, ev.SatisfactionAsked)]


def test_once_a_case(desk: Desk) -> None:
    desk = asking(ladder=Ladder(remind=None, park=None, soft_end=Step(after_s=60), hard_end_before_s=None))
    first = desk.served("ann", "s1")
    desk.send("s1", first)
    desk.write("ann", "等等")
    desk.send("s1", first)
    assert desk.wait(60).every(ev.SatisfactionAsked)
    again = desk.served("ann", "s1")
    desk.send("s1", again)
    desk.hang_up("s1", again)
    closed = desk.wrap_up("s1", again)
    assert closed.only(ev.SessionClosed).session != first
    assert not closed.every(ev.SatisfactionAsked), "it is the same case"
    other = desk.rated_soon("ann", "s1")
    found = asked(desk)
    assert found is not None
    assert (found.session, found.case) == (other, other)


@pytest.mark.parametrize(("sends", "is_asked"), [(3, True), (4, False)])
def test_the_last_send_is_kept(sends: int, is_asked: bool) -> None:
    desk = asking()
    session = desk.served("ann", "s1")
    for _ in range(sends):
        desk.send("s1", session)
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert bool(asked(desk)) == is_asked


def test_nobody_is_asked_when_the_window_is_shut_or_the_site_has_no_words_for_it(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    for _ in range(48):
        desk.connect("s1")
        desk.beat()
        pass_time(desk, 3_600_000)
        desk.beat()
        desk.come("s1")
    desk.hang_up("s1", session)
    assert not desk.wrap_up("s1", session).every(ev.SatisfactionAsked)
    mute = Desk(
        make_site(["s1"], texts={"satisfaction_ask": ""}, every_group={"satisfaction": Satisfaction(ask="always")})
    )
    mute.come("s1")
    assert not mute.wrap_up("s1", mute.wrapping("ann", "s1")).every(ev.SatisfactionAsked)


# Answering.


@pytest.mark.parametrize("words", ["5", " 5 ", "５", "5分", "5 分。", "5星", "5颗星", "5 非常满意", "非常满意"])
def test_a_digit_or_what_a_rating_is_called_is_a_rating(desk: Desk, words: str) -> None:
    session = desk.rated_soon("ann", "s1")
    happened = desk.write("ann", words)
    assert happened.kinds == ["message_received", "satisfaction_rated", "notice_sent"]
    rated = happened.only(ev.SatisfactionRated)
    assert fields_of(rated, "session", "seat", "stars", "before") == (session, "s1", 5, 0)
    received = happened.only(ev.MessageReceived)
    assert fields_of(received, "session", "closing", "turn_began", "seat") == (session, True, False, None)
    thanks = happened.only(ev.NoticeSent)
    assert fields_of(thanks, "session", "kind") == (session, "satisfaction_thanks")
    assert desk.session_of("ann") is None


@pytest.mark.parametrize("words", ["0", "6", "55", "5?", "5块钱", "我要5分期", "", "五", "1 没解决", "5.5"])
def test_all_other_words_open_a_session_as_always(desk: Desk, words: str) -> None:
    desk.rated_soon("ann", "s1")
    assert desk.write("ann", words).every(ev.SessionOpened)


def test_the_last_rating_counts_and_is_thanked_for_when_it_is_another(desk: Desk) -> None:
    session = desk.rated_soon("ann", "s1")
    desk.tap("ann", session, 2)
    again = desk.tap("ann", session, 2)
    assert (again.only(ev.SatisfactionRated).before, again.every(ev.NoticeSent)) == (2, [])
    changed = desk.tap("ann", session, 4)
    assert fields_of(changed.only(ev.SatisfactionRated), "stars", "before") == (4, 2)
    assert changed.every(ev.NoticeSent)
    found = asked(desk)
    assert found is not None
    assert found.stars == 4


def test_a_repeated_delivery_is_one_rating(desk: Desk) -> None:
    session = desk.rated_soon("ann", "s1")
    assert desk.tap("ann", session, 5, key="k").kinds
    assert desk.tap("ann", session, 5, key="k").kinds == []
    assert desk.rate("ann", session, 3, key="f").kinds == ["satisfaction_rated"]
    assert desk.rate("ann", session, 3, key="f").kinds == []


def test_after_its_time_a_tap_is_told_so_and_a_digit_is_words_again(desk: Desk) -> None:
    session = desk.rated_soon("ann", "s1")
    pass_time(desk, DAY_S * 1000 - 1)
    assert desk.tap("ann", session, 5).every(ev.SatisfactionRated)
    pass_time(desk, 1)
    desk.beat()
    late = desk.tap("ann", session, 1)
    assert late.kinds[-2:] == ["message_refused", "notice_sent"]
    assert late.only(ev.MessageRefused).code == late.only(ev.NoticeSent).kind == "satisfaction_over"
    assert desk.write("ann", "5").every(ev.SessionOpened)


@pytest.mark.parametrize(
    "menu_id",
    [
        "rate:",
        "rate:20261123-0099:5",
        "rate::5",
        "rate:20261123-0001:6",
        "rate:20261123-0001:",
        "rate:20261123-0001:五",
    ],
)
def test_a_tap_that_makes_no_sense_opens_nothing(desk: Desk, menu_id: str) -> None:
    desk.rated_soon("ann", "s1")
    assert desk.write("ann", Text(text="5", menu_id=menu_id)).kinds == ["message_refused", "notice_sent"]
    assert desk.write("stranger", Text(text="5", menu_id=menu_id)).kinds == ["message_refused", "notice_sent"]
    assert desk.write("ann", Text(text="5", menu_id="101")).every(ev.SatisfactionRated), "another's menu says nothing"


def test_a_tap_counts_beside_a_new_session_and_changes_nothing_of_it(desk: Desk) -> None:
    before = desk.rated_soon("ann", "s1")
    live = desk.parked("ann", "s1")
    silence = desk.session(live).silence
    happened = desk.tap("ann", before, 1)
    assert happened.kinds == ["message_received", "satisfaction_rated", "notice_sent"]
    assert (desk.session(live).state, desk.session(live).silence, desk.session(live).unread) == ("parked", silence, 0)


def test_a_digit_while_somebody_is_served_answers_them(desk: Desk) -> None:
    desk.rated_soon("ann", "s1")
    live = desk.quiet("ann", "s1")
    received = desk.write("ann", "5").only(ev.MessageReceived)
    assert fields_of(received, "session", "turn_began") == (live, True)


def test_a_digit_after_a_menu_was_opened_chooses_from_it() -> None:
    desk = Desk(make_site(["s1"], every_group={"satisfaction": Satisfaction(ask="answered")}))
    desk.come("s1")
    desk.rated_soon("ann", "s1")
    desk.configure(make_site(["s1"], flow=FLOW, version=2))
    desk.tell("ann", MenuClicked(key="MENU"))
    assert not desk.write("ann", "5").every(ev.SatisfactionRated)


def test_a_form_says_more_and_is_for_the_session_that_was_asked_about(desk: Desk) -> None:
    session = desk.rated_soon("ann", "s1")
    assert desk.rate("bob", session, 5).kinds == []
    assert desk.rate("ann", SessionId("20261123-0099"), 5).kinds == []
    happened = desk.rate("ann", session, 1, "  no help " + "x" * 600)
    assert happened.kinds == ["satisfaction_rated"], "a form says thanks itself"
    rated = happened.only(ev.SatisfactionRated)
    assert (rated.stars, len(rated.comment), rated.comment[:8]) == (1, 500, "no help ")
    pass_time(desk, DAY_S * 1000)
    assert desk.rate("ann", session, 5).kinds == []


def test_the_scale_is_the_sites_own() -> None:
    texts = {"satisfaction_scale": "5 great\n1 awful"}
    desk = Desk(make_site(["s1"], texts=texts, every_group={"satisfaction": Satisfaction(ask="answered")}))
    desk.come("s1")
    session = desk.wrapping("ann", "s1")
    notice = desk.wrap_up("s1", session).only(ev.NoticeSent)
    assert isinstance(notice.content, TapMenu)
    assert [each.text for each in notice.content.choices] == ["5 great", "4", "3", "2", "1 awful"]
    assert desk.write("ann", "Awful").only(ev.SatisfactionRated).stars == 1
