"""The card of a session that rings: who and why, what led them here, and what became of it."""

import pytest

from desk.offers import SHOWN_AFTERWARDS_MS, Over, Ring, over, ring
from desk.pieces import Pieces
from desk.transcripts import Transcripts
from routing.selfservice import Flow, Menu, OpenMenu, Route
from sessions import events as ev
from sessions.content import MenuClicked
from sessions.ids import GroupId, SeatId, Seq
from sessions.settings import Rings
from tests.builders import Desk, Happened, make_site
from tests.drawing import TEMPLATES

FLOW = Flow(
    id="bank",
    name="Bank",
    clicks={"LOAN": Route(group="cards", at_once=False), "HUMAN": Route(group="cards")},
    menus={"main": Menu(id="main", text="1 seat", options={"1": Route(group="cards")})},
    keywords=(),
    welcome=OpenMenu("main"),
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1"], flow=FLOW))
    desk.come("s1")
    return desk


def card(desk: Desk, name: str = "ann") -> Ring:
    session = desk.session_of(name)
    assert session
    assert session.offer
    return ring(desk.floor, session, session.offer, "zh")


def fate(desk: Desk, happened: Happened) -> Over | None:
    """What a ring that ended among these events is told as, just then."""
    event = next(each for each in happened if isinstance(each, ev.OfferTimedOut | ev.OfferRescinded))
    session = desk.floor.sessions.get(event.session)
    return over(desk.floor, session, event, "zh") if session else None


# Why here.


def test_who_is_known_is_told_so(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wrap_up("s1", session)
    desk.wait(1)
    desk.write("ann")
    assert card(desk).why == "熟客：上次由您接待"
    assert card(desk).returning


def test_who_was_parked_here_comes_back() -> None:
    desk = Desk(make_site(["s1"], soft_cap=10, every_group={"wake_wait_s": 30}, wake_reserve_percent=0))
    desk.come("s1")
    session = desk.parked("ann", "s1")
    held = [desk.quiet(f"c{number}", "s1") for number in range(10)]
    desk.write("ann", "I am back")
    assert desk.session(session).state == "queued"
    desk.park("s1", held[0])
    assert card(desk).why == "您挂起的会话，客户回来了"


def test_who_helps_out_is_told_so() -> None:
    rings = Rings(level_down_s=None, overflow_s=20, overflow_groups=(GroupId("bills"),), leave_message_s=None)
    desk = Desk(make_site({"s1": {"bills": 3}}, every_group={"rings": rings}))
    desk.come("s1")
    desk.write("ann")
    desk.wait(20)
    assert card(desk).why == "等待较久，请您协助cards"


def test_else_the_policy_speaks() -> None:
    for policy, words in (("shortest_reply", "您预计最快回复"), ("longest_idle", "您空闲最久")):
        desk = Desk(make_site(["s1"], every_group={"policy": policy}))
        desk.come("s1")
        desk.write("ann")
        assert card(desk).why == words


def test_a_colleague_says_it_themselves(desk: Desk) -> None:
    desk.configure(make_site(["s1", "s2"], version=2))
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2", note="VIP")
    assert (card(desk).why, card(desk).from_seat, card(desk).note) == ("", "s1", "VIP")


# What led them here.


def test_a_click_is_told_by_its_name(desk: Desk) -> None:
    desk.tell("ann", MenuClicked(key="LOAN"))
    desk.write("ann", "a loan please")
    assert card(desk).led_by == "菜单 LOAN"
    desk.tell("bob", MenuClicked(key="HUMAN"))
    assert card(desk, "bob").led_by == "菜单 HUMAN"
    desk.write("cat")
    assert card(desk, "cat").led_by == ""


# What became of it.


def test_a_ring_that_nobody_answered_says_where_it_went(desk: Desk) -> None:
    desk.write("ann")
    told = fate(desk, desk.wait(20))
    assert told
    assert (told.kind, told.words, told.gone_at) == (
        "missed",
        "未应答，已回到排队",
        desk.now + SHOWN_AFTERWARDS_MS,
    )


def test_a_hand_over_that_nobody_answered_goes_back(desk: Desk) -> None:
    desk.configure(make_site(["s1", "s2"], version=2))
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    told = fate(desk, desk.wait(20))
    assert told
    assert told.words == "未应答，已退回 s1"


def test_who_hangs_up_takes_the_ring_back(desk: Desk) -> None:
    desk.configure(make_site(["s1", "s2"], version=2))
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    told = fate(desk, desk.hang_up("s1", session))
    assert told
    assert (told.kind, told.words) == ("taken_back", "同事已挂断，转接收回")


def test_a_seat_that_left_needs_no_word(desk: Desk) -> None:
    desk.write("ann")
    desk.disconnect("s1")
    for _ in range(7):
        happened = desk.wait(10)
        desk.beat()
        if happened.every(ev.OfferRescinded):
            assert fate(desk, happened) is None


# Groups that accept by themselves.


def test_what_was_accepted_by_itself_is_shown_for_a_moment_without_buttons() -> None:
    desk = Desk(make_site(["s1", "s2"], every_group={"auto_accept": True}))
    desk.come("s1")
    taken = desk.write("ann", "hello?").only(ev.SessionAccepted)
    transcripts = Transcripts()
    for seq, event in enumerate(desk.ledger, 1):
        transcripts.fold(Seq(seq), event)
    mine = _pieces(desk, transcripts).for_seat(taken.session, SeatId("s1"))
    assert "已自动接入" in mine
    assert "您预计最快回复" in mine
    assert 'data-do="accept"' not in mine
    assert "已自动接入" not in _pieces(desk, transcripts).for_seat(taken.session, SeatId("s2"))
    desk.wait(8)
    desk.beat()
    assert "已自动接入" not in _pieces(desk, transcripts).for_seat(taken.session, SeatId("s1"))


def _pieces(desk: Desk, transcripts: Transcripts) -> Pieces:
    return Pieces(TEMPLATES, desk.floor, transcripts, "zh")
