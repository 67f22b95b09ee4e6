"""What the archive's rows say after a story, however the ledger was cut into batches."""

import itertools
from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlmodel import SQLModel

from desk.store.folding import Entry, Rows, fold_batch, touched_by
from desk.store.models import ArchivedMessage
from routing.hours import Calendar
from routing.selfservice import Answer, Flow, Keyword
from sessions import commands as cmd
from sessions import events as ev
from sessions.ids import AccountId, GroupId, MessageId, Millis, Seq, SessionId
from tests.builders import Desk, make_site
from tests.stories import SITE, Story, served_story

STORY = served_story()
SESSION = "20261123-0001"


def fold(entries: list[Entry]) -> Rows:
    return fold_batch(Rows(), entries)


def said(rows: Rows, session: str = SESSION) -> list[ArchivedMessage]:
    return sorted((each for each in rows.messages.values() if each.session == session), key=lambda each: each.seq)


def dump(rows: Rows) -> list[dict[str, object]]:
    everything: list[SQLModel] = [
        *rows.sessions.values(),
        *rows.segments.values(),
        *rows.messages.values(),
        *rows.phrases.values(),
        *rows.uses.values(),
    ]
    return [row.model_dump() for row in everything]


def test_a_session_tells_its_whole_course() -> None:
    session = fold(STORY.entries).sessions[SESSION]
    opened = session.opened_at
    assert session.model_dump() == {
        "id": SESSION,
        "customer": "demo:ming",
        "account": "demo",
        "skill_group": "card_service",
        "state": "closed",
        "previous": None,
        "opened_at": opened,
        "first_enqueued_at": opened,
        "accepted_at": opened + 5_000,
        "first_reply_at": opened + 13_000,
        "hung_up_at": opened + 71_000,
        "closed_at": opened + 83_000,
        "seat": "agent2",
        "username": "agent2",
        "close_reason": "seat_end",
        "disposition": "billing_dispute",
        "remark": "年费减免 268 元",
        "offers": 2,
        "segments": 2,
        "customer_messages": 5,
        "seat_messages": 3,
        "notices": 1,
        "notes": 1,
        "case_id": SESSION,
        "origin": "customer",
        "flow_answers": 0,
        "reminders": 0,
        "parks": 0,
        "wakes": 0,
        "parked_ms": 0,
        "parked_at": None,
        "promises_made": 0,
        "promises_kept": 0,
        "promises_broken": 0,
        "merge_until": None,
        "left_because": "",
        "callback_at": None,
        "satisfaction_asked_at": None,
        "stars": None,
        "rated_at": None,
        "comment": "",
    }


def test_each_seat_that_held_it_has_a_segment() -> None:
    segments = fold(STORY.entries).segments
    first, second = segments[SESSION, 1], segments[SESSION, 2]
    assert (first.seat, first.end_reason, first.to_seat, first.note) == (
        "agent1",
        "transferred",
        "agent2",
        "账单争议，请接手",
    )
    assert first.ended_at == second.started_at
    assert (second.seat, second.end_reason, second.to_seat) == ("agent2", "hung_up", None)


def test_what_was_said_stands_in_order_with_its_fate() -> None:
    assert [(each.direction, each.kind, each.delivery, each.failure) for each in said(fold(STORY.entries))] == [
        ("customer", "text", "received", ""),
        ("customer", "text", "received", ""),
        ("seat", "text", "delivered", ""),
        ("customer", "image", "received", ""),
        ("customer", "voice", "received", ""),
        ("note", "text", "received", ""),
        ("seat", "text", "failed", "45015"),
        ("customer", "text", "refused", "text_too_long"),
        ("notice", "text", "sending", ""),
        ("seat", "text", "delivered", ""),
    ]


def test_a_fetched_file_is_found_from_its_message() -> None:
    picture, speech = said(fold(STORY.entries))[3:5]
    assert '"media":"aa.png","mime":"image/png"' in picture.content
    assert '"media":"bb.amr"' in speech.content
    assert '"recognition":"就是这笔","duration_ms":2300' in speech.content


def test_canned_replies_are_counted_when_they_are_sent_for_who_sent_them_and_for_everybody() -> None:
    uses = fold(STORY.entries).uses
    assert {key: use.count for key, use in uses.items()} == {
        ("agent1", "hello"): 1,
        ("agent1", "wait"): 1,
        ("agent2", "hello"): 1,
        ("", "hello"): 2,
        ("", "wait"): 1,
    }
    assert uses["", "hello"].last_at == uses["agent2", "hello"].last_at > uses["agent1", "hello"].last_at


def test_a_session_that_waits_has_no_seat_yet() -> None:
    waiting = fold(STORY.entries).sessions["20261123-0002"]
    assert (waiting.state, waiting.seat, waiting.accepted_at) == ("offered", None, None)


def test_a_customer_who_writes_during_wrap_up_reopens_it() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    story.hang_up("agent1", session)
    assert fold(story.entries).sessions[session].state == "wrap_up"
    story.write("ming", "还有一件事")
    row = fold(story.entries).sessions[session]
    assert (row.state, row.hung_up_at, row.close_reason, row.segments) == ("active", None, "", 1)


def test_a_missed_ring_goes_back_to_the_line_and_is_counted() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.wait(21)
    row = fold(story.entries).sessions[session]
    assert (row.state, row.offers) == ("offered", 2)  # nobody else can: it rings there again
    assert row.first_enqueued_at == row.opened_at


def test_a_cold_transfer_changes_the_group() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    story.transfer("agent1", session, to="billing", note="分期问题")
    rows = fold(story.entries)
    assert (rows.sessions[session].state, rows.sessions[session].skill_group) == ("queued", "billing")
    assert rows.segments[session, 1].to_group == "billing"


def test_what_is_said_outside_any_session_is_kept_all_the_same() -> None:
    story = Story()
    story.write("ming", "字" * 601)
    refused, notice = fold(story.entries).messages.values()
    assert (refused.session, refused.delivery, refused.customer) == (None, "refused", "demo:ming")
    assert (notice.direction, notice.occasion) == ("notice", "text_too_long")


def test_a_late_success_settles_an_uncertain_failure() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    message = story.say("agent1", session, "您好")
    story.fail(message, session, "timeout")
    story.deliver(message, session)
    row = fold(story.entries).messages[message]
    assert (row.delivery, row.failure, row.uncertain) == ("delivered", "", False)


def test_events_about_rows_that_never_came_change_nothing() -> None:
    at, session = STORY.now, SessionId("20261122-0009")
    strays: list[ev.Event] = [
        ev.MessageDelivered(at=at, cause="x", message=MessageId("20261122-0009.3"), session=session),
        ev.SessionHungUp(
            at=at,
            cause="x",
            session=session,
            customer=STORY.floor.sessions[SessionId("20261123-0002")].customer,
            seat=next(iter(STORY.floor.seats)),
            reason="seat_end",
            slot_until=at,
            wrap_until=at,
        ),
    ]
    assert dump(fold([(seq, event) for (seq, _), event in zip(STORY.entries, strays, strict=False)])) == []


# Quiet customers.


def accepted(story: Story) -> SessionId:
    """Ming has written, and agent1 has answered."""
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    story.say("agent1", session, "您好，请问有什么可以帮您？")
    return session


def park(story: Story, session: SessionId) -> None:
    story.run(cmd.Park(actor=story.actor("agent1"), session=session), after_s=0)


def test_a_parked_session_counts_its_parks_and_how_long_they_were() -> None:
    story = Story()
    session = accepted(story)
    park(story, session)
    parked = fold(story.entries).sessions[session]
    assert (parked.state, parked.parks, parked.parked_at, parked.parked_ms) == ("parked", 1, story.now, 0)
    story.write("ming", "我找到卡号了", after_s=120)
    woken = fold(story.entries).sessions[session]
    assert (woken.state, woken.seat, woken.wakes, woken.parked_at, woken.parked_ms) == (
        "active",
        "agent1",
        1,
        None,
        120_000,
    )


def test_a_session_that_wakes_in_the_line_has_been_parked_until_then() -> None:
    story = Story()
    session = accepted(story)
    park(story, session)
    away = cmd.SetPresence(actor=story.actor("agent1"), presence="break", reason="meal")
    story.run(away, after_s=0)
    story.write("ming", "在吗", after_s=60)
    row = fold(story.entries).sessions[session]
    assert (row.state, row.wakes, row.parked_at, row.parked_ms) == ("queued", 1, None, 60_000)


def test_the_silence_ladder_leaves_its_marks_and_a_case_goes_on() -> None:
    story = Story()
    first = accepted(story)
    story.write("ming", "怎么改账单日")
    story.say("agent1", first, "在手机银行里就可以改")
    for seconds in (300, 300, 1200):
        story.wait(seconds)
    row = fold(story.entries).sessions[first]
    assert (row.state, row.reminders, row.parks, row.close_reason) == ("closed", 0, 1, "customer_idle")
    assert row.merge_until == story.now + 1800 * 1000
    assert row.parked_ms == (1800 - 120) * 1000
    story.write("ming", "还是刚才的事", after_s=60)
    second = fold(story.entries).sessions[story.session_of("ming")]
    assert (second.case_id, second.previous, second.origin) == (first, first, "customer")


def test_promises_are_counted_as_made_kept_and_broken() -> None:
    story = Story()
    session = accepted(story)

    def promise() -> None:
        due_at = Millis(story.now + 600 * 1000)
        story.run(cmd.Promise(actor=story.actor("agent1"), session=session, due_at=due_at))

    promise()
    story.wait(500)  # woken before it is due
    story.say("agent1", session, "已经为您办好了")
    promise()
    story.wait(500)
    story.wait(200)
    row = fold(story.entries).sessions[session]
    assert (row.promises_made, row.promises_kept, row.promises_broken) == (2, 1, 1)


# Without a seat.

FLOW = Flow(
    id="cards",
    name="自助",
    keywords=(Keyword(id="limit", phrases=("额度",), action=Answer(text="五万")),),
    unmatched_max=2,
)
NIGHT = Calendar(id="night", name="夜间", week=(((0, 60),),) * 7)


def furnished(**values: object) -> Story:
    """A story on a site with these settings of the account and of its group."""
    story = Story()
    demo, cards = AccountId("demo"), GroupId("card_service")
    site = replace(
        SITE,
        version=2,
        accounts={demo: replace(SITE.accounts[demo], flow=values.get("flow", ""))},
        groups={**SITE.groups, cards: replace(SITE.groups[cards], calendar=values.get("calendar", ""))},
        flows={"cards": FLOW},
        calendars={"night": NIGHT},
    )
    story.run(cmd.ConfigureSite(site=site))
    return story


def test_self_service_is_no_queueing() -> None:
    story = furnished(flow="cards")
    story.write("ming", "额度")
    story.write("ming", "什么鬼")
    row = fold(story.entries).sessions[story.session_of("ming")]
    assert (row.state, row.flow_answers, row.first_enqueued_at) == ("bot", 1, None)


def test_words_without_an_answer_are_counted_but_for_card_numbers() -> None:
    story = furnished(flow="cards")
    for customer, words in (("ming", "发票？"), ("hong", "发 票"), ("lan", "6222 0212 3456 7890"), ("lan", "额度")):
        story.write(customer, words)
    phrases = fold(story.entries).phrases
    assert {key: row.count for key, row in phrases.items()} == {("demo", "发票"): 2}
    row = phrases["demo", "发票"]
    assert row.last_at - row.first_at == 1000


def test_a_message_left_after_hours_comes_back_as_a_callback() -> None:
    story = furnished(calendar="night")
    story.write("ming", "有人吗")
    left = story.session_of("ming")
    story.write("ming", "我想问年费")
    story.wait(130)
    row = fold(story.entries).sessions[left]
    assert (row.state, row.left_because, row.close_reason) == ("closed", "after_hours", "leave_message")
    assert row.callback_at
    story.wait((row.callback_at - story.now) / 1000 + 1)
    callback = fold(story.entries).sessions[story.session_of("ming")]
    assert (callback.origin, callback.case_id) == ("callback", left)


# Batches.


def longer_story() -> Story:
    """Everything at once: what a transcript has, a talk that goes quiet and wakes, and words without an answer."""
    story = served_story()
    story.sign_in("agent1")
    quiet = story.session_of("hong")
    story.accept("agent1", quiet)
    park(story, quiet)
    story.write("hong", "我回来了", after_s=30)
    site = replace(story.floor.site, version=2, flows={"cards": FLOW})
    demo = AccountId("demo")
    story.run(cmd.ConfigureSite(site=replace(site, accounts={demo: replace(site.accounts[demo], flow="cards")})))
    for words in ("发票", "发票", "额度"):
        story.write("lan", words)
    return story


LONG = longer_story()


@given(cuts=st.sets(st.integers(1, len(LONG.entries) - 1)))
def test_batches_may_be_cut_anywhere(cuts: set[int]) -> None:
    borders = [0, *sorted(cuts), len(LONG.entries)]
    stored = Rows()
    for start, end in itertools.pairwise(borders):
        batch = LONG.entries[start:end]
        touched = touched_by(batch)
        loaded = deepcopy(
            Rows(
                sessions={key: row for key, row in stored.sessions.items() if key in touched.sessions},
                segments={key: row for key, row in stored.segments.items() if key[0] in touched.segments_of},
                messages={key: row for key, row in stored.messages.items() if key in touched.messages},
                phrases={key: row for key, row in stored.phrases.items() if key[1] in touched.phrases},
                uses={key: row for key, row in stored.uses.items() if key in touched.uses},
            )
        )
        fold_batch(loaded, batch)
        stored.sessions |= loaded.sessions
        stored.segments |= loaded.segments
        stored.messages |= loaded.messages
        stored.phrases |= loaded.phrases
        stored.uses |= loaded.uses
    assert dump(stored) == dump(fold(LONG.entries))


def test_words_that_were_taken_back_were_no_reply() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.wait(5)
    oops = desk.send("s1", session, "oops").only(ev.MessageSent).message
    desk.recall("s1", session, oops)
    desk.recalled(oops, session, "ann")
    rows = fold([(Seq(seq), event) for seq, event in enumerate(desk.ledger, 1)])
    row = rows.sessions[session]
    assert (rows.messages[oops].delivery, row.seat_messages, row.first_reply_at) == ("recalled", 0, None)
    desk.wait(5)
    reply = desk.send("s1", session).only(ev.MessageSent)
    rows = fold([(Seq(seq), event) for seq, event in enumerate(desk.ledger, 1)])
    assert (rows.sessions[session].seat_messages, rows.sessions[session].first_reply_at) == (1, reply.at)
