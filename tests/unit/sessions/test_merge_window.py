"""A message soon after a soft end goes on with the case; later, or after a goodbye, it is a new one."""

import pytest

from routing.selfservice import Flow, Menu, OpenMenu, Route
from sessions import events as ev
from sessions.content import MenuClicked
from sessions.ids import GroupId, SessionId
from sessions.settings import Ladder, Step
from tests.builders import Desk, fields_of, make_site, who

LADDER = Ladder(remind=None, park=Step(after_s=600), soft_end=Step(after_s=1800), hard_end_before_s=None)
FLOW = Flow(
    id="bank",
    name="Bank",
    clicks={"BILL": Route(group="bills", at_once=False), "MENU": OpenMenu("main")},
    menus={"main": Menu(id="main", text="1 or 2", options={"1": Route(group="cards")})},
    unmatched_max=9,
)
SITE = {"ladder": LADDER, "merge_window_s": 1800, "sticky_wait_s": 30}


@pytest.fixture
def desk() -> Desk:
    """Two seats; the group ends quiet sessions softly after half an hour, and goes on with a case for another."""
    desk = Desk(make_site(["s1", "s2"], every_group=SITE))
    desk.come("s1")
    return desk


def ended_softly(desk: Desk) -> SessionId:
    """Ann was served by the first seat and has gone quiet for good; two others are at work now."""
    session = desk.quiet("ann", "s1")
    assert desk.wait(1800).only(ev.SessionClosed).session == session
    return session


def test_inside_the_window_it_is_the_same_case_in_a_linked_session(desk: Desk) -> None:
    before = ended_softly(desk)
    desk.wait(1799)
    opened = desk.write("ann", "I am back").only(ev.SessionOpened)
    assert opened.session != before
    assert fields_of(opened, "case", "previous", "origin") == (before, before, "customer")


def test_a_case_goes_on_more_than_once(desk: Desk) -> None:
    first = ended_softly(desk)
    second = desk.write("ann", "I am back").only(ev.SessionOpened).session
    desk.accept("s1", second)
    desk.send("s1", second)
    desk.wait(1800)
    third = desk.write("ann", "and again").only(ev.SessionOpened)
    assert fields_of(third, "case", "previous") == (first, second)


def test_the_same_seat_is_asked_first(desk: Desk) -> None:
    ended_softly(desk)
    desk.served("bob", "s1")
    desk.come("s2")
    offered = desk.write("ann").only(ev.SessionOffered)
    assert fields_of(offered, "seat", "exclusive") == ("s1", "sticky"), "though the other has nothing to do"


def test_outside_the_window_it_is_a_new_case(desk: Desk) -> None:
    before = ended_softly(desk)
    desk.wait(1800)
    opened = desk.write("ann", "something else").only(ev.SessionOpened)
    assert fields_of(opened, "case", "previous") == (opened.session, before)


def test_after_a_goodbye_it_is_a_new_case(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wrap_up("s1", session)
    opened = desk.write("ann", "by the way").only(ev.SessionOpened)
    assert (opened.case, opened.previous) == (opened.session, session)


def test_polite_words_after_the_end_open_nothing(desk: Desk) -> None:
    before = ended_softly(desk)
    happened = desk.write("ann", "好的，谢谢！")
    assert happened.kinds == ["message_received"]
    received = happened.only(ev.MessageReceived)
    assert fields_of(received, "session", "closing", "seat", "turn_began") == (before, True, None, False)
    assert desk.session_of("ann") is None


def test_polite_words_after_a_goodbye_open_nothing(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wrap_up("s1", session)
    assert desk.write("ann", "再见").kinds == ["message_received"]


def test_polite_words_have_ids_of_their_own(desk: Desk) -> None:
    ended_softly(desk)
    ids = [desk.write("ann", words).only(ev.MessageReceived).message for words in ("好的", "谢谢", "再见")]
    assert len(set(ids)) == 3


def test_much_later_polite_words_are_words_like_any_other(desk: Desk) -> None:
    ended_softly(desk)
    desk.wait(1801)
    assert desk.write("ann", "好的").every(ev.SessionOpened)


def test_after_polite_words_the_case_still_goes_on(desk: Desk) -> None:
    before = ended_softly(desk)
    desk.write("ann", "谢谢")
    desk.wait(60)
    assert desk.write("ann", "one more thing").only(ev.SessionOpened).case == before


def test_a_case_goes_on_in_its_group_and_in_the_accounts_own_where_that_is_gone() -> None:
    site = {"s1": {"cards": 3, "bills": 3}}
    for gone in (False, True):
        desk = Desk(make_site(site, every_group=SITE))
        desk.come("s1")
        session = desk.served("ann", "s1")
        desk.transfer("s1", session, to_group="bills")
        desk.accept("s1", session)
        desk.send("s1", session)
        desk.wait(1800)
        if gone:
            desk.configure(make_site(site, groups=["cards"], every_group=SITE, version=2))
        opened = desk.write("ann", "I am back").only(ev.SessionOpened)
        assert (opened.group, opened.case) == ("cards" if gone else "bills", session)


def test_a_case_that_goes_on_asks_for_its_seat_and_not_for_self_service() -> None:
    desk = Desk(make_site(["s1"], every_group=SITE, flow=FLOW))
    desk.come("s1")
    desk.tell("ann", MenuClicked(key="BILL"))
    desk.configure(make_site(["s1"], every_group=SITE, version=2))
    session = desk.quiet("bob", "s1")
    desk.configure(make_site(["s1"], every_group=SITE, flow=FLOW, version=3))
    desk.wait(1800)
    happened = desk.write("bob", "I am back")
    assert (happened.only(ev.SessionOpened).case, happened.only(ev.SessionOffered).seat) == (session, "s1")


def test_a_click_since_then_says_that_it_is_another_matter() -> None:
    desk = Desk(make_site({"s1": {"cards": 3, "bills": 3}}, every_group=SITE))
    desk.come("s1")
    ended_softly(desk)
    desk.configure(make_site({"s1": {"cards": 3, "bills": 3}}, every_group=SITE, flow=FLOW, version=2))
    desk.tell("ann", MenuClicked(key="BILL"))
    opened = desk.write("ann", "my last bill").only(ev.SessionOpened)
    assert (opened.group, opened.case) == ("bills", opened.session)


def test_a_menu_opened_since_then_is_answered_by_self_service() -> None:
    desk = Desk(make_site(["s1"], every_group=SITE))
    desk.come("s1")
    ended_softly(desk)
    desk.configure(make_site(["s1"], every_group=SITE, flow=FLOW, version=2))
    desk.tell("ann", MenuClicked(key="MENU"))
    answered = desk.write("ann", "1").only(ev.FlowAnswered)
    assert answered.rule == "menu:main/1"


def test_the_customer_who_never_reacted_continues_the_case_too(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    assert desk.wait(1800).only(ev.SessionClosed).reason == "silent_abandon"
    assert desk.write("ann", "sorry, I was away").only(ev.SessionOpened).case == session
    assert desk.floor.conversations[who("ann")].case == session


def test_a_window_of_nothing_continues_nothing() -> None:
    desk = Desk(make_site(["s1"], every_group={**SITE, "merge_window_s": 0}))
    desk.come("s1")
    ended_softly(desk)
    opened = desk.write("ann").only(ev.SessionOpened)
    assert opened.case == opened.session
    assert opened.group == GroupId("cards")
