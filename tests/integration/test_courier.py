"""The courier at its daily work: what is said gets there once, in order, and the desk is told."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

import desk.courier
from desk.channels.adapter import Delivered, NotNow, Outcome, Refused, Uncertain
from desk.patience import Patience
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.ids import CustomerId, MessageId, Millis, SeatId, SessionId, UserId
from tests.couriers import HASTY, Channel, Office
from tests.patience import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def office(redis: Redis) -> Office:
    return Office(redis)


def slow(seconds: float, outcome: Outcome = Delivered()) -> Callable[[], Awaitable[Outcome]]:  # noqa: B008 - frozen
    async def reply() -> Outcome:
        await asyncio.sleep(seconds)
        return outcome

    return reply


def held(gate: asyncio.Event) -> Callable[[], Awaitable[Outcome]]:
    async def reply() -> Outcome:
        await gate.wait()
        return Delivered()

    return reply


class TestDelivering:
    async def test_what_a_seat_says_arrives_and_is_reported_with_its_session(self, office: Office) -> None:
        channel = Channel()
        said = ev.MessageSent(
            at=Millis(int(time.time() * 1000)),
            cause="test",
            session=SessionId("20261123-0042"),
            customer=CustomerId("demo:ann"),
            message=MessageId("20261123-0042.7"),
            content=Text(text="您好"),
            seat=SeatId("s1"),
            user=UserId("agent1"),
        )
        await office.scribe.write([said])
        async with office.courier(channel):
            reports = await office.reported(1)
        assert channel.arrived == [("demo:ann", "您好")]
        assert reports == [
            cmd.ReportDelivered(message=said.message, session=said.session),
        ]

    async def test_each_customer_hears_it_in_the_order_it_was_said(self, office: Office) -> None:
        channel = Channel()
        names = [f"c{n}" for n in range(20)]
        channel.replies = {f"{name} {n}": [slow(0.001 * ((n * 7) % 5))] for name in names for n in range(10)}
        for n in range(10):
            await office.scribe.write([office.saying(name, f"{name} {n}") for name in names])
        async with office.courier(channel):
            await office.reported(200)
        for name in names:
            assert [text for who, text in channel.arrived if who == f"demo:{name}"] == [
                f"{name} {n}" for n in range(10)
            ]
        assert channel.busy_max > 10
        assert set((await office.outcomes()).values()) == {"delivered"}

    async def test_a_slow_customer_holds_up_nobody_else(self, office: Office) -> None:
        channel = Channel()
        gate = asyncio.Event()
        channel.replies["slow 1"] = [held(gate)]
        await office.say("ann", "slow 1", "slow 2")
        await office.say("bob", *[f"quick {n}" for n in range(30)])
        async with office.courier(channel):
            await office.reported(30)
            assert [who for who, _ in channel.arrived] == ["demo:bob"] * 30
            gate.set()
            await office.reported(32)
        assert channel.arrived[-2:] == [("demo:ann", "slow 1"), ("demo:ann", "slow 2")]

    async def test_no_more_than_64_attempts_of_an_account_are_under_way(self, office: Office) -> None:
        channel = Channel()
        channel.replies = {f"c{n}": [slow(0.02)] for n in range(150)}
        await office.scribe.write([office.saying(f"c{n}", f"c{n}") for n in range(150)])
        async with office.courier(channel):
            await office.reported(150)
        assert channel.busy_max == 64

    async def test_a_hanging_account_takes_nothing_from_another(self, office: Office) -> None:
        hanging, well = Channel("hanging"), Channel("well")
        gate = asyncio.Event()
        hanging.replies = {f"c{n}": [held(gate)] for n in range(100)}
        await office.scribe.write([office.saying(f"hanging:c{n}", f"c{n}") for n in range(100)])
        await office.say("well:ann", "hello")
        async with office.courier(hanging, well):
            await until(lambda: well.arrived == [("well:ann", "hello")])
            assert hanging.arrived == []
            gate.set()
            await office.reported(101)

    async def test_with_too_much_in_hand_no_more_is_read(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(desk.courier, "PENDING_MAX", 20)
        monkeypatch.setattr(desk.courier, "READ_MAX", 10)
        channel = Channel()
        channel.replies = {f"c{n}": [slow(0.05)] for n in range(80)}
        await office.scribe.write([office.saying(f"c{n}", f"c{n}") for n in range(80)])
        async with office.courier(channel):
            await office.reported(80)
        assert channel.busy_max <= 30

    async def test_with_too_many_finished_beyond_the_oldest_it_waits_for_that_one(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(desk.courier, "FINISHED_AHEAD_MAX", 20)
        monkeypatch.setattr(desk.courier, "PENDING_MAX", 10)
        monkeypatch.setattr(desk.courier, "READ_MAX", 10)
        channel = Channel()
        gate = asyncio.Event()
        channel.replies["stuck"] = [held(gate)]
        await office.say("ann", "stuck")
        await office.scribe.write([office.saying(f"c{n}", f"c{n}") for n in range(80)])
        async with office.courier(channel):
            await asyncio.sleep(0.3)
            assert len(channel.arrived) <= 40
            gate.set()
            await office.reported(81)


class TestTryingAgain:
    async def test_what_certainly_did_not_get_through_is_tried_again_while_later_ones_wait(
        self, office: Office
    ) -> None:
        channel = Channel()
        channel.replies["first"] = [NotNow("-1"), NotNow("unreachable"), Delivered()]
        first, second = await office.say("ann", "first", "second")
        async with office.courier(channel):
            await office.reported(2)
        assert channel.attempts == ["first", "first", "first", "second"]
        assert (await office.report_of(first)).attempts == 3
        assert (await office.report_of(second)).attempts == 1

    async def test_patience_ends_with_the_last_reason(self, office: Office) -> None:
        channel = Channel()
        channel.replies["hopeless"] = [NotNow("-1", "system error")] * 1000
        (message,) = await office.say("ann", "hopeless")
        async with office.courier(channel):
            await office.reported(1)
        report = await office.report_of(message)
        assert (report.code, report.detail, report.uncertain) == ("-1", "system error", False)
        assert report.attempts > 5
        assert channel.arrived == []

    async def test_a_long_line_behind_a_hopeless_message_does_not_wait_for_each_anew(self, office: Office) -> None:
        channel = Channel()
        channel.replies = {f"m{n}": [NotNow("-1")] * 1000 for n in range(5)}
        said = await office.say("ann", *[f"m{n}" for n in range(5)])
        async with office.courier(channel):
            await office.reported(5)
        _, *others = [(await office.report_of(each)).attempts for each in said]
        assert sum(others) < 16  # what is left of the first one's patience holds no more; anew it would be some 50

    async def test_what_is_refused_for_good_fails_at_once(self, office: Office) -> None:
        channel = Channel()
        channel.replies["late"] = [Refused("45015", "response out of time limit")]
        late, next_one = await office.say("ann", "late", "next")
        async with office.courier(channel):
            await office.reported(2)
        assert await office.report_of(late) == cmd.ReportFailed(
            message=MessageId(late),
            session=SessionId("20261123-0001"),
            code="45015",
            detail="response out of time limit",
        )
        assert await office.outcomes() == {late: "45015", next_one: "delivered"}

    async def test_what_may_have_arrived_is_never_tried_again(self, office: Office) -> None:
        channel = Channel()
        channel.replies["lost"] = [Uncertain("ReadTimeout")]
        channel.replies["bug"] = [ValueError("something unforeseen")]
        lost, bug = await office.say("ann", "lost", "bug")
        async with office.courier(channel):
            await office.reported(2)
        for message in (lost, bug):
            report = await office.report_of(message)
            assert (report.code, report.uncertain, report.attempts) == ("uncertain", True, 1)
        assert channel.attempts == ["lost", "bug"]

    async def test_an_account_that_no_channel_knows_fails_by_name(self, office: Office) -> None:
        (message,) = await office.say("nowhere:ann", "hello")
        async with office.courier(Channel()):
            await office.reported(1)
        assert (await office.report_of(message)).code == "unknown_account"

    async def test_an_account_that_is_too_busy_rests_as_a_whole(self, office: Office) -> None:
        busy, other = Channel("busy"), Channel("other")
        busy.replies["first"] = [NotNow("45011", rest_s=1.5), Delivered()]
        await office.say("busy:ann", "first")
        async with office.courier(busy, other, patience=Patience(give_up_s=5, rest_min_s=0.01)):
            began = time.monotonic()
            await until(lambda: busy.attempts == ["first"])
            await office.say("busy:bob", "meanwhile")
            await office.say("other:bob", "meanwhile")
            await until(lambda: len(other.arrived) == 1)
            assert busy.attempts == ["first"]
            await office.reported(3)
            assert time.monotonic() - began >= 1.5
        assert sorted(busy.attempts) == ["first", "first", "meanwhile"]


class TestRemembering:
    async def test_when_all_is_done_nothing_is_kept_but_the_position(self, office: Office) -> None:
        await office.scribe.write([office.saying(f"c{n % 7}", f"m{n}") for n in range(100)])
        async with office.courier(Channel()):
            await office.reported(100)
            await office.settled()
            assert await office.unfinished() == (0, 0)

    async def test_the_next_courier_sends_nothing_again(self, office: Office) -> None:
        channel = Channel()
        await office.say("ann", "one", "two")
        async with office.courier(channel):
            await office.reported(2)
        await office.say("ann", "three")
        async with office.courier(channel):
            await office.reported(3)
        assert [text for _, text in channel.arrived] == ["one", "two", "three"]

    async def test_what_was_finished_beyond_an_unfinished_one_is_known_to_the_next(self, office: Office) -> None:
        channel = Channel()
        channel.replies["stuck"] = [NotNow("-1")] * 1000
        await office.say("ann", "stuck", "behind")
        await office.say("bob", "one", "two", "three")
        patient = Patience(give_up_s=60, rest_min_s=30)
        async with office.courier(channel, patience=patient):
            await office.reported(3)
        assert await office.unfinished() == (0, 3)
        channel.replies.clear()
        async with office.courier(channel):
            await office.reported(5)
            await office.settled()
        assert sorted(text for _, text in channel.arrived) == ["behind", "one", "stuck", "three", "two"]
        assert await office.unfinished() == (0, 0)

    async def test_events_that_concern_it_not_move_its_position(self, office: Office) -> None:
        lost = ev.HubLost(at=Millis(1), cause="test", hub="h1")  # type: ignore[arg-type]
        await office.scribe.write([lost] * 1200)
        async with office.courier(Channel()):
            await office.settled()
        assert await office.reports() == []

    async def test_a_ledger_trimmed_too_far_is_said_and_survived(
        self, office: Office, redis: Redis, caplog: pytest.LogCaptureFixture
    ) -> None:
        channel = Channel()
        await office.say("ann", "one")
        async with office.courier(channel):
            await office.settled()
        await office.say("ann", *[f"gone {n}" for n in range(3)])
        await redis.delete(office.keys.ledger)
        await office.say("ann", "two")
        async with office.courier(channel):
            await office.reported(2)
        assert [text for _, text in channel.arrived] == ["one", "two"]
        assert "trimmed before the courier saw them" in caplog.text


class TestTakingTurns:
    async def test_a_second_courier_stands_by_until_the_first_has_gone(self, office: Office) -> None:
        first, second = Channel(), Channel()
        async with office.courier(first) as stop_first:
            await office.say("ann", "one")
            await until(lambda: len(first.arrived) == 1)
            async with office.courier(second):
                await office.say("ann", "two")
                await until(lambda: len(first.arrived) == 2)
                stop_first.set()
                await office.say("ann", "three")
                await office.reported(3)
        assert [text for _, text in first.arrived + second.arrived] == ["one", "two", "three"]
        assert len(await office.outcomes()) == 3

    async def test_at_its_end_it_waits_for_answers_and_leaves_the_rest_to_the_next(self, office: Office) -> None:
        channel = Channel()
        channel.replies["under way"] = [slow(0.6)]
        await office.say("ann", "under way", "behind it")
        async with office.courier(channel) as stop:
            await until(lambda: channel.attempts == ["under way"])
            stop.set()
        assert [text for _, text in channel.arrived] == ["under way"]
        assert list((await office.outcomes()).values()) == ["delivered"]
        assert await office.unfinished() == (0, 0)
        async with office.courier(channel):
            await office.reported(2)
        assert channel.attempts == ["under way", "behind it"]

    async def test_what_is_not_answered_by_then_is_called_uncertain(self, office: Office) -> None:
        channel = Channel()
        channel.replies["hanging"] = [slow(60)]
        (message,) = await office.say("ann", "hanging")
        began = time.monotonic()
        async with office.courier(channel, farewell_s=0.3) as stop:
            await until(lambda: channel.attempts == ["hanging"])
            stop.set()
        assert time.monotonic() - began < 2
        report = await office.report_of(message)
        assert (report.code, report.uncertain) == ("uncertain", True)

    async def test_a_farewell_longer_than_the_lease_is_still_written_down(self, office: Office) -> None:
        channel = Channel()
        channel.replies["long"] = [slow(3.4)]
        await office.say("ann", "long")
        async with office.courier(channel, farewell_s=6) as stop:
            await until(lambda: channel.attempts == ["long"])
            stop.set()
        assert list((await office.outcomes()).values()) == ["delivered"]

    async def test_logs_never_hold_what_was_said(self, office: Office, caplog: pytest.LogCaptureFixture) -> None:
        channel = Channel()
        channel.replies["SECRET"] = [NotNow("-1"), ValueError("x")]
        await office.say("ann", "SECRET")
        with caplog.at_level("DEBUG", logger="desk"):
            async with office.courier(channel):
                await office.reported(1)
        assert caplog.records
        assert "SECRET" not in "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


class TestWhatCustomersCollect:
    async def test_it_is_passed_over_without_a_word_and_the_ledger_is_let_go(self, office: Office) -> None:
        channel = Channel("demo", "web")
        await office.say("web:ann", "one", "two")
        await office.say("demo:bob", "carried")
        async with office.courier(channel, collected="web".__eq__):
            await office.reported(1)
            await office.settled()
        assert [text for _, text in channel.arrived] == ["carried"]
        assert len(await office.reports()) == 1
        assert await office.unfinished() == (0, 0)

    async def test_it_is_known_late_and_still_not_called_failed(self, office: Office) -> None:
        """A web chat that was set up a moment ago: the engine knows it, the courier does not yet."""
        known: set[str] = set()
        await office.say("web:ann", "early")
        patient = replace(HASTY, give_up_s=60)  # it is not to run out because the machine is busy
        async with office.courier(Channel(), collected=known.__contains__, patience=patient):
            await asyncio.sleep(patient.rest_min_s * 2)
            known.add("web")
            await office.settled()
        assert await office.reports() == []


def sent(message: str, text: str, hold_s: float = 0) -> ev.MessageSent:
    """A seat's words to ann, which the channel gets so much later."""
    at = int(time.time() * 1000)
    return ev.MessageSent(
        at=Millis(at),
        cause="test",
        session=SessionId("20261123-0001"),
        customer=CustomerId("demo:ann"),
        message=MessageId(message),
        content=Text(text=text),
        seat=SeatId("s1"),
        user=UserId("agent1"),
        held_until=Millis(at + round(hold_s * 1000)) if hold_s else Millis(0),
    )


def asked_back(message: str) -> ev.RecallAsked:
    return ev.RecallAsked(
        at=Millis(int(time.time() * 1000)),
        cause="test",
        session=SessionId("20261123-0001"),
        customer=CustomerId("demo:ann"),
        message=MessageId(message),
        seat=SeatId("s1"),
        user=UserId("agent1"),
    )


def came_back(message: str) -> cmd.ReportRecalled:
    return cmd.ReportRecalled(
        message=MessageId(message), customer=CustomerId("demo:ann"), session=SessionId("20261123-0001")
    )


class TestTakingBack:
    async def test_what_is_held_can_be_taken_back_and_holds_up_what_comes_after_it(self, office: Office) -> None:
        channel = Channel()
        async with office.courier(channel):
            await office.scribe.write([sent("m.1", "oops", hold_s=30), sent("m.2", "next")])
            await asyncio.sleep(0.1)
            assert channel.attempts == []
            await office.scribe.write([asked_back("m.1")])
            reports = await office.reported(2)
            await office.settled()
        assert reports == [
            came_back("m.1"),
            cmd.ReportDelivered(message=MessageId("m.2"), session=SessionId("20261123-0001")),
        ]
        assert channel.attempts == ["next"]
        assert await office.unfinished() == (0, 0)

    async def test_what_is_held_goes_when_its_time_has_come(self, office: Office) -> None:
        channel = Channel()
        async with office.courier(channel):
            began = int(time.time() * 1000)  # the ledger's clock: whole milliseconds
            await office.scribe.write([sent("m.1", "in a moment", hold_s=0.3)])
            await office.reported(1)
            assert int(time.time() * 1000) - began >= 300
        assert channel.attempts == ["in a moment"]

    async def test_a_clock_that_is_wrong_holds_nothing_longer_than_was_meant(self, office: Office) -> None:
        ahead = sent("m.1", "from a machine an hour ahead", hold_s=0.1)
        hour = 3_600_000
        channel = Channel()
        async with office.courier(channel):
            later = replace(ahead, at=Millis(ahead.at + hour), held_until=Millis(ahead.held_until + hour))
            await office.scribe.write([later])
            await office.reported(1, timeout_s=2)

    async def test_what_waits_for_another_attempt_can_be_taken_back(self, office: Office) -> None:
        channel = Channel()
        channel.replies["oops"] = [NotNow("-1")] * 1000
        async with office.courier(channel, patience=Patience(give_up_s=60, rest_min_s=30, rest_max_s=30)):
            await office.scribe.write([sent("m.1", "oops")])
            await until(lambda: channel.attempts == ["oops"])
            await office.scribe.write([asked_back("m.1")])
            assert await office.reported(1) == [came_back("m.1")]
        assert channel.attempts == ["oops"]

    async def test_what_is_on_the_wire_is_decided_there(self, office: Office) -> None:
        channel, gate = Channel(), asyncio.Event()

        async def refusal() -> Outcome:
            await gate.wait()
            return NotNow("-1")

        channel.replies = {"gone": [held(gate)], "not yet": [refusal]}
        async with office.courier(channel):
            for message, text in (("m.1", "gone"), ("m.2", "not yet")):
                gate.clear()
                await office.scribe.write([sent(message, text)])
                await until(partial(channel.attempts.__contains__, text))
                await office.scribe.write([asked_back(message)])
                await asyncio.sleep(0.05)
                gate.set()
            reports = await office.reported(2)
        assert reports[0] == cmd.ReportDelivered(message=MessageId("m.1"), session=SessionId("20261123-0001"))
        assert reports[1] == came_back("m.2")
        assert channel.attempts == ["gone", "not yet"]

    async def test_a_courier_that_comes_late_reads_what_is_wanted_back_before_it_sends_anything(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(desk.courier, "READ_MAX", 2)
        channel = Channel()
        await office.say("ann", "hello")
        async with office.courier(channel):
            await office.reported(1)
        others = [sent(f"m.{n}", f"words {n}") for n in range(2, 8)]
        await office.scribe.write([sent("m.1", "oops"), *others, asked_back("m.1"), asked_back("m.0")])
        async with office.courier(channel):
            await office.reported(8)
        assert await office.report_of("m.1") == came_back("m.1")
        assert channel.attempts == ["hello", *(f"words {n}" for n in range(2, 8))]
