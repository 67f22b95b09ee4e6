"""Why a session waits and why it rang where it did: told from its events, now and long after."""

from desk.i18n import Language
from desk.names import version_name
from desk.why import Choice, LeftOut, Wait, as_it_stands, why
from routing.match import Candidate
from sessions import events as ev
from sessions.ids import GroupId, Millis, SeatId, SessionId
from sessions.settings import Manners, Rings
from tests.builders import MONDAY, Desk, make_site, who


def story(desk: Desk, session: str, lang: Language = "zh") -> list[Wait | Choice]:
    """The session's story as the panel tells it while it lives."""
    told = why(_events_of(desk, session), desk.floor.site, lang)
    live = desk.floor.sessions.get(SessionId(session))
    return as_it_stands(told, desk.floor, live, lang, desk.now) if live else told


def wait_of(told: list[Wait | Choice]) -> Wait:
    (wait,) = [step for step in told if isinstance(step, Wait)]
    return wait


def choice_of(told: list[Wait | Choice]) -> Choice:
    (choice,) = [step for step in told if isinstance(step, Choice)]
    return choice


def test_a_waiting_session_tells_its_place_and_who_is_kept_from_it() -> None:
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"cards": 3}, "s3": {"bills": 3}}, soft_cap=1))
    desk.come("s1")
    desk.served("ann", "s1")
    desk.waiting("bob")
    wait = wait_of(story(desk, desk.waiting("cid")))
    assert (wait.ahead, wait.group, wait.because, wait.until) == (1, "cards", "客户来信", 0)
    assert wait.left_out == [LeftOut("已满", 1, "s1"), LeftOut("未示闲或不在席", 1, "s2")]
    assert wait.looked_at == desk.now


def test_a_place_in_line_is_told_as_the_time_it_counts_from_and_why() -> None:
    desk = Desk(make_site(returning_points=0))
    desk.come("s1")
    first = desk.quiet("ann", "s1")
    desk.mark("s1", first)
    desk.hang_up("s1", first)
    desk.wrap_up("s1", first)
    desk.set_presence("s1", "busy")
    wait = wait_of(story(desk, desk.waiting("ann")))
    assert (wait.points, wait.reasons) == (5, ["VIP 客户 +5"])
    assert wait.first_at - wait.counts_from == 5 * 60_000


def test_who_was_handed_over_has_waited_once_already() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.set_presence("s1", "busy")
    desk.transfer("s1", session, to_group="cards")
    wait = story(desk, session)[-1]
    assert isinstance(wait, Wait)
    assert (wait.because, wait.points, wait.reasons) == ("转接到组", 3, ["转接而来 +3"])


def test_a_wait_tells_how_the_circle_widened_and_by_which_threshold() -> None:
    rings = Rings(level_down_s=30, overflow_s=None, leave_message_s=None)
    desk = Desk(make_site(groups={"cards": 2}, every_group={"rings": rings}))
    session = desk.waiting("ann")
    before = wait_of(story(desk, session))
    assert (before.circle, before.next_circle) == ("本组、级别达标的坐席", "本组、放宽一级的坐席")
    assert before.next_at == MONDAY + 30_000
    desk.wait(31)
    after = wait_of(story(desk, session))
    assert (after.circle, after.next_circle) == ("本组、放宽一级的坐席", "")
    assert [(each.words, each.cause) for each in after.turnings] == [("本组、放宽一级的坐席", "rings.level_down=30")]


def test_a_wait_that_is_over_keeps_what_was_seen_of_it() -> None:
    desk = Desk(make_site(every_group={"manners": Manners(tell_after_s=5)}))
    session = desk.waiting("ann")
    desk.wait(6)
    desk.come("s1")
    desk.accept("s1", session)
    wait, choice = story(desk, session)
    assert isinstance(wait, Wait)
    assert isinstance(choice, Choice)
    assert (wait.ahead, wait.until) == (0, desk.now)
    assert wait.left_out == [LeftOut("未示闲或不在席", 1, "s1")]


def test_a_seat_that_alone_is_asked_is_named_until_it_is_over() -> None:
    desk = Desk(make_site(soft_cap=10, every_group={"wake_wait_s": 30}, wake_reserve_percent=0))
    desk.sign_in("s1")
    parked = desk.parked("ann", "s1")
    for n in range(10):
        desk.served(f"busy-{n}", "s1")
    desk.write("ann", "again")
    wait = story(desk, parked)[-1]
    assert isinstance(wait, Wait)
    assert wait.front
    assert (wait.because, wait.kept_for, wait.kept_why) == (
        "挂起的会话恢复，原坐席未能接待",
        "s1",
        "挂起的会话先回原坐席",
    )
    assert wait.kept_until == desk.now + 30_000
    assert wait.left_out == [LeftOut("已满", 1, "s1")]
    desk.wait(31)
    after = story(desk, parked)[-1]
    assert isinstance(after, Wait)
    assert (after.kept_for, [each.words for each in after.turnings]) == ("", ["不再只等一位坐席"])


def test_an_offer_tells_its_candidates_and_what_came_of_it() -> None:
    desk = Desk(make_site(["s1", "s2", "s3"]))
    desk.come("s1", "s2")
    session = desk.waiting("ann")
    rang = desk.rings_at(session) or ""
    desk.reject(rang, session)
    first, second = [step for step in story(desk, session) if isinstance(step, Choice)]
    assert (first.seat, first.outcome, second.outcome) == (rang, "拒绝接入", "")
    assert {each.name for each in first.candidates} == {"s1", "s2"}
    assert [each.name for each in first.candidates if each.chosen] == [rang]
    assert first.left_out == [LeftOut("未示闲或不在席", 1, "s3")]
    assert (first.policy, first.circle, first.config) == ("预计最快回复", "本组、级别达标的坐席", version_name(1))
    desk.accept(second.seat, session)
    assert [step.outcome for step in story(desk, session) if isinstance(step, Choice)] == ["拒绝接入", "已接入"]


def test_a_hand_over_to_a_seat_was_no_choice() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    last = story(desk, session)[-1]
    assert isinstance(last, Choice)
    assert (last.seat, last.from_seat, last.candidates) == ("s2", "s1", [])


def test_a_closed_session_tells_the_same_as_when_it_lived() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    session = desk.wrapping("ann", "s1")
    alive = story(desk, session)
    desk.wrap_up("s1", session)
    assert story(desk, session) == alive
    assert choice_of(alive).outcome == "已接入"


def test_many_seats_are_counted_and_some_named() -> None:
    offered = ev.SessionOffered(
        at=Millis(1),
        cause="x",
        session=SessionId("20261123-0001"),
        group=GroupId("cards"),
        customer=who("ann"),
        seat=SeatId("s1"),
        expires_at=Millis(2),
        waited_ms=0,
        candidates=[Candidate("s1", 1.234, 2, 1)],
        passed_over={"full": 40, "a_new_rule": 1},
        filtered={"full": [SeatId(f"f{n}") for n in (10, 11, 0, 1, 2, 3, 4, 5)], "a_new_rule": [SeatId("x")]},
        policy="a_new_policy",
        tie_break="fairness",
    )
    languages: list[tuple[Language, str, str]] = [
        ("zh", "已满", "f0、f1、f10、f11、f2、f3 等"),
        ("en", "Full", "f0, f1, f10, f11, f2, f3 and others"),
    ]
    for lang, full, others in languages:
        (choice,) = why([offered], make_site(), lang)
        assert isinstance(choice, Choice)
        assert choice.left_out == [LeftOut(full, 40, others), LeftOut("a_new_rule", 1, "x")]
        assert choice.candidates[0].score == "1.23"
        assert choice.policy == "a_new_policy"


def _events_of(desk: Desk, session: str) -> list[ev.Event]:
    return [event for event in desk.ledger if getattr(event, "session", None) == session]
