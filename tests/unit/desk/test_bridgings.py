"""What the bridge did, line by line: quiet sentences that colleagues understand, and words that only they see."""

from desk.i18n import Language
from desk.lines import ShownLine, shown
from desk.standing import Grant, sends_of, standing
from desk.transcripts import Transcripts
from routing.selfservice import Answer, Flow, Keyword
from sessions import events as ev
from sessions.facts import Conversation
from sessions.ids import Millis, Seq, SessionId
from sessions.settings import Ladder, Rules, Step
from tests.builders import MONDAY, Desk, make_site, who

LADDER = Ladder(remind=Step(after_s=300), park=Step(after_s=600))


def lines_of(desk: Desk, session: str, lang: Language = "zh") -> list[ShownLine]:
    transcripts = Transcripts()
    for seq, event in enumerate(desk.ledger):
        transcripts.fold(Seq(seq), event)
    told = (shown(line, desk.floor.site, lang) for line in transcripts.lines(SessionId(session)))
    return [line for line in told if line]


def told(desk: Desk, session: str, lang: Language = "zh") -> list[str]:
    """What the desk itself tells of the session."""
    return [line.words for line in lines_of(desk, session, lang) if line.by == "system"]


def at_work(*seats: str, ladder: bool = False) -> Desk:
    desk = Desk(make_site(seats, every_group={"ladder": LADDER} if ladder else {}))
    for seat in seats:
        desk.sign_in(seat)
    return desk


def test_a_silence_is_told_step_by_step() -> None:
    desk = at_work("s1", ladder=True)
    session = desk.quiet("ann", "s1")
    for _ in range(8):
        desk.wait(300)
    sentences = told(desk, session)
    assert [each for each in sentences if each in {"已提醒客户", "客户没有回音，会话挂起"}] == [
        "已提醒客户",
        "客户没有回音，会话挂起",
    ]
    assert sentences[-1] == "会话结束：客户静默流失"


def test_parking_and_waking_are_told_with_who_did_it() -> None:
    desk = at_work("s1")
    session = desk.parked("ann", "s1")
    desk.write("ann", "还有一个问题")
    desk.send("s1", session)
    desk.park("s1", session)
    desk.resume("s1", session)
    assert told(desk, session)[-4:] == ["s1 挂起会话", "客户来信，会话恢复", "s1 挂起会话", "s1 恢复会话"]
    assert told(desk, session, "en")[-1] == "s1 resumed the session"


def test_a_promise_is_told_with_its_time_and_how_it_ended() -> None:
    desk = at_work("s1")
    session = desk.quiet("ann", "s1")
    desk.promise("s1", session, 600)
    due_at = desk.now + 600_000
    made = [line for line in lines_of(desk, session) if line.about]
    assert [(line.words, line.about) for line in made] == [("s1 承诺回复，会话挂起，最晚", due_at)]
    desk.send("s1", session)
    assert told(desk, session)[-1] == "承诺已兑现"


def test_a_broken_promise_is_owned_up_to() -> None:
    desk = at_work("s1")
    session = desk.quiet("ann", "s1")
    desk.promise("s1", session, 600)
    for _ in range(11):
        desk.wait(60)
    sentences = told(desk, session)
    assert "承诺的时间将到，最晚" in sentences
    assert "承诺的时间将到，会话恢复" in sentences
    assert sentences[-1] == "承诺未兑现，约定时间"


def test_the_side_thread_stands_among_the_words_and_says_who_speaks_to_whom() -> None:
    desk = at_work("s1", "s2")
    session = desk.waiting("ann")
    one = desk.rings_at(session) or ""
    two = "s2" if one == "s1" else "s1"
    desk.accept(one, session)
    desk.consult(one, session, two, "能减免吗")
    desk.consult_say(two, session, "可以")
    desk.end_consult(one, session)
    thread = [line for line in lines_of(desk, session) if line.by == "consult"]
    assert [(line.who, line.to) for line in thread] == [(one, two), (two, one)]
    assert told(desk, session)[-1] == f"与 {two} 的咨询结束"


def test_polite_words_are_shown_as_such() -> None:
    desk = at_work("s1")
    session = desk.quiet("ann", "s1")
    desk.write("ann", "好的，谢谢")
    assert [line.closing for line in lines_of(desk, session) if line.by == "customer"] == [False, True]
    assert standing(desk.floor, desk.session(session), "zh").polite
    desk.write("ann", "那年费呢？")
    assert not standing(desk.floor, desk.session(session), "zh").polite


def test_the_agent_knows_better_and_that_is_told() -> None:
    desk = at_work("s1")
    session = desk.quiet("ann", "s1")
    desk.set_turn("s1", session, "seat")
    desk.set_turn("s1", session, "customer")
    assert told(desk, session)[-2:] == ["s1 标为需要回复", "s1 标为无需回复"]


def test_a_shift_that_ends_passes_its_notes_on() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.sign_in("s1")
    session = desk.parked("ann", "s1")
    desk.sign_in("s2")
    desk.hand_over("s1", notes={session: "等他发账单截图"})
    assert told(desk, session)[-1] == "s1 交班给 s2"
    assert "s1 交班" not in told(desk, session)
    assert [line.note for line in lines_of(desk, session) if line.note] == ["等他发账单截图"]


def test_self_service_says_by_which_rule_it_answered() -> None:
    keyword = Keyword(id="limit", phrases=("额度",), action=Answer(text="您可以在小程序里查看额度"))
    desk = Desk(make_site(flow=Flow(id="main", name="main", keywords=(keyword,))))
    opened = desk.write("ann", "额度").only(ev.SessionOpened)
    assert "自助应答，规则：关键词 “额度”" in told(desk, opened.session)
    desk.configure(make_site(flow=Flow(id="main", name="main")))
    assert "自助应答，规则：关键词 limit" in told(desk, opened.session)
    assert [line.who for line in lines_of(desk, opened.session) if line.by == "notice"] == ["自动消息"]


def test_what_may_be_sent_counts_a_click_on_top_of_a_message() -> None:
    rules = Rules()
    message = ev.Allowance(sends=2, until=Millis(MONDAY + 1000))
    click = ev.Allowance(sends=3, until=Millis(MONDAY + 60))
    talk = Conversation(customer=who("ann"))
    assert sends_of(talk, rules, MONDAY) is None
    talk.allowance = message
    assert may_send(talk, MONDAY) == (2, message.until, Grant(2, 5, message.until), Grant(0, 3, Millis(0)))
    talk.brief = click
    assert may_send(talk, MONDAY) == (5, message.until, Grant(2, 5, message.until), Grant(3, 3, click.until))
    assert may_send(talk, MONDAY + 60)[:2] == (2, message.until)
    assert may_send(talk, MONDAY + 1000)[:2] == (0, 0)
    talk.allowance = None
    assert may_send(talk, MONDAY) == (3, click.until, Grant(0, 5, Millis(0)), Grant(3, 3, click.until))


def may_send(talk: Conversation, now: int) -> tuple[int, int, Grant, Grant]:
    sends = sends_of(talk, Rules(), Millis(now))
    assert sends is not None
    return sends.left, sends.until, sends.words, sends.extra
