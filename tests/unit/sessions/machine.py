"""A state machine that tries to break the laws: anybody may do anything, in any order, twice, late, or to nobody.

Commands mostly come from whoever may give them, or nothing would ever get far; now and then from a stranger, for a
session that is over, or repeated. The builder's `Desk` checks the laws of a moment after each. What is added here needs
the history: folding, snapshots, restarts, and the same commands making the same events. The clock moves to the
instants at which something is due as well as by chance, since the edges are where it breaks.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.msgpack import encode

from routing.hours import Calendar
from routing.selfservice import Answer, Flow, Keyword, Menu, OpenMenu, Route
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import MenuClicked, Text
from sessions.floor import Floor, freeze, thaw
from sessions.ids import GroupId, MessageId, Millis, Presence, SeatId, SessionId, SessionState, Stars
from sessions.profile import Told
from sessions.settings import CustomerField, Dispositions, Ladder, Manners, Rings, Satisfaction, Site, Step
from tests.builders import Desk, make_site, replayed, user_of
from tests.laws import check_rebuilt, fold

SEATS = ("s1", "s2", "s3")
CUSTOMERS = tuple("abcdefghijklmnop")
GROUPS = ("cards", "bills", "loans")
HUBS = ("h1", "h2")
SKILLS = {"s1": {"cards": 3}, "s2": {"cards": 3, "bills": 1}, "s3": {"bills": 2, "cards": 1}}
KEPT_MS = 72 * 3_600_000

seats = st.sampled_from(SEATS)
hubs = st.sampled_from(HUBS)
presences: st.SearchStrategy[Presence] = st.sampled_from(["available", "break", "busy", "offline", "reconnecting"])
picks = st.integers(0, 30)
"""Which of the live sessions; the largest means one that is over, or never was."""
strangers = st.sampled_from([*[None] * 12, *SEATS])
"""Who gives the command instead of the seat that may."""


FLOW = Flow(
    id="bank",
    name="Bank",
    welcome=Answer("welcome"),
    clicks={
        "HUMAN": Route(group="cards", priority=2),
        "BILL": Route(group="bills", at_once=False),
        "GO": OpenMenu("m"),
    },
    scenes={"branch": Answer("hello, branch")},
    menus={"m": Menu(id="m", text="1 or 2", options={"1": Answer("one"), "2": Route(group="loans")})},
    keywords=(Keyword(id="menu", phrases=("菜单",), action=OpenMenu("m")),),
    unmatched_max=1,
)
OFFICE = Calendar(id="office", name="Office", week=(((540, 1080),),) * 5 + ((), ()), dates={"2026-11-23": ((0, 1440),)})
FULL: dict[str, Any] = {
    "ladder": Ladder(remind=Step(after_s=10), park=Step(after_s=20), soft_end=Step(after_s=60, working_hours=True)),
    "rings": Rings(level_down_s=10, overflow_s=20, overflow_groups=(GroupId("cards"),), leave_message_s=30),
    "manners": Manners(length_max=8, wait_max_s=60, when_full="overflow", tell_after_s=1, tell_every_s=10),
    "sticky_wait_s": 10,
    "wake_wait_s": 10,
    "cooling_s": 5,
    "satisfaction": Satisfaction(ask="answered", valid_s=3600),
    "dispositions": Dispositions(choices=("bill", "card"), required=True),
}
GROUP_SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    FULL,
    {**FULL, "policy": "round_robin", "manners": Manners(length_max=2, when_full="leave_message", wait_max_s=30)},
    {
        **FULL,
        "calendar": "office",
        "policy": "two_choices",
        "manners": Manners(length_max=3, when_full="busy"),
        "satisfaction": Satisfaction(ask="always"),
    },
    {"policy": "least_loaded", "soft_cap": 2, "sticky_wait_s": 30},
    {**FULL, "auto_accept": True},
)


def sites() -> st.SearchStrategy[Site]:
    """Settings as an admin may change them in the middle of the day."""
    return st.builds(
        lambda seats, groups, soft_cap, hops, version, every_group, flow: make_site(
            {seat: SKILLS[seat] for seat in seats},
            groups=groups,
            soft_cap=soft_cap,
            transfer_hops_max=hops,
            version=version,
            every_group=every_group,
            flow=flow,
            calendars=[OFFICE],
            successors={"s3": "s1", "s1": "s2"},
            customer_fields=[CustomerField(id="card", label="Card", kind="select", options=("gold",))],
            bot_idle_s=30,
            leave_message_idle_s=20,
            callback_after_s=600,
        ),
        st.sampled_from([SEATS, SEATS, SEATS, ("s1", "s2"), ("s3",)]),
        st.sampled_from([{"cards": 1, "bills": 1}, {"cards": 2, "bills": 1, "loans": 1}, {"cards": 1}]),
        st.sampled_from([6, 1, 2, 10]),
        st.sampled_from([5, 1]),
        st.integers(1, 9),
        st.sampled_from(GROUP_SETTINGS),
        st.sampled_from([None, FLOW]),
    )


def someone(*states: SessionState) -> Callable[["AnyDay"], bool]:
    """Whether any session is in one of these states: without it the verbs would mostly meet nobody."""
    return lambda day: any(each.state in states for each in day.desk.floor.sessions.values())


class AnyDay(RuleBasedStateMachine):
    """The rules are what can be asked; `desk` remembers everything."""

    @initialize(site=sites(), early=st.sampled_from([SEATS, SEATS, SEATS[:2], ()]), served=st.integers(0, 12))
    def open(self, site: Site, early: tuple[str, ...], served: int) -> None:
        """A morning under way, or hardly begun."""
        self.desk = Desk(site)
        self.followers: list[Floor] = []
        """Floors restored from a snapshot at some moment, following the ledger since."""
        self.followed = len(self.desk.ledger)
        self.requests = 0
        for seat in early:
            self.come(seat, "h1")
        for name in CUSTOMERS[:served]:
            self.desk.write(name)
        if served % 3:
            self.everybody_accepts()

    def session(self, pick: int, *states: SessionState) -> SessionId:
        """A session in one of these states where there are any; or another; or none that is live."""
        live = list(self.desk.floor.sessions.values())
        suitable = [each for each in live if each.state in states] or live
        return suitable[pick % len(suitable)].id if suitable and pick < 30 else SessionId("20261123-0001")

    def actor(self, seat: str | None, *, repeat: bool = False) -> cmd.Actor:
        self.requests += not repeat
        name = seat or "s1"
        return cmd.Actor(user=user_of(name), role="agent", request=f"r{self.requests}", seat=SeatId(name))

    def owner(self, session: SessionId, stranger: str | None) -> cmd.Actor:
        live = self.desk.floor.sessions.get(session)
        return self.actor(stranger or (live.seat if live else None))

    def rung(self, session: SessionId, stranger: str | None) -> cmd.Actor:
        live = self.desk.floor.sessions.get(session)
        return self.actor(stranger or (live.offer.seat if live and live.offer else None))

    def handed_over(self) -> list[SessionId]:
        return [each.id for each in self.desk.floor.sessions.values() if each.offer and each.offer.from_seat]

    # Customers.

    @rule(customer=st.sampled_from(CUSTOMERS), key=st.none() | st.integers(0, 3))
    def write(self, customer: str, key: int | None) -> None:
        self.desk.write(customer, key="" if key is None else f"again-{key}")

    @rule(number=st.integers(2, len(CUSTOMERS)))
    def everybody_writes(self, number: int) -> None:
        for name in CUSTOMERS[:number]:
            self.desk.write(name)

    @rule(customer=st.sampled_from(CUSTOMERS), key=st.integers(0, 3), click=st.booleans())
    def write_too_much_or_click(self, customer: str, key: int, click: bool) -> None:
        if click:
            event = (None, MenuClicked(key="HUMAN"), MenuClicked(key="BILL"), MenuClicked(key="GO"))[key]
            self.desk.tell(customer, event, key=f"click-{key}")
        else:
            self.desk.write(customer, "x" * 601, key=f"long-{key}")

    @rule(
        customer=st.sampled_from(CUSTOMERS),
        words=st.sampled_from(["好的", "谢谢[玫瑰]", "0", "1", "2", "菜单", "人工"]),
    )
    def write_what_means_something(self, customer: str, words: str) -> None:
        self.desk.write(customer, words)

    @precondition(someone("active", "parked"))
    @rule(pick=picks, words=st.sampled_from(["好的", "在吗"]))
    def answer_the_seat(self, pick: int, words: str) -> None:
        live = self.desk.floor.sessions.get(self.session(pick, "parked", "active"))
        if live:
            self.desk.write(live.customer.partition(":")[2], words)

    def asked(self) -> list[ev.SatisfactionAsked]:
        return [each for each in self.desk.ledger if isinstance(each, ev.SatisfactionAsked)]

    @precondition(lambda day: day.asked())
    @rule(
        pick=st.integers(0, 5), stars=st.sampled_from([1, 5]), how=st.sampled_from(["tap", "word", "form"]), key=picks
    )
    def rate(self, pick: int, stars: Stars, how: str, key: int) -> None:
        """Now, late, twice or about another session: whatever it comes to, no session is changed by a rating."""
        asked = self.asked()[-1 - pick % len(self.asked())]
        name = asked.customer.partition(":")[2]
        self.desk.do(cmd.Tick())
        sessions, seats = encode(self.desk.floor.sessions), encode(self.desk.floor.seats)
        match how:
            case "tap":
                happened = self.desk.tap(name, asked.session, stars, key=f"tap-{key}")
            case "word":
                happened = self.desk.write(name, str(stars))
            case _:
                happened = self.desk.rate(name, asked.session, stars, key=f"form-{key}")
        rated = happened.every(ev.SatisfactionRated)
        assert all(each.seat == asked.seat for each in rated), "a rating is of who was asked about"
        if rated or how != "word":
            assert (encode(self.desk.floor.sessions), encode(self.desk.floor.seats)) == (sessions, seats), how

    # Seats.

    @rule(seat=seats, hub=hubs)
    def come(self, seat: str, hub: str) -> None:
        self.desk.beat(hub)
        self.desk.connect(seat, hub=hub, connection=f"{seat}@{hub}")
        self.desk.do(cmd.SignInSeat(actor=self.actor(seat)))

    @rule(seat=seats, presence=presences, reason=st.sampled_from(["meal", ""]))
    def set_presence(self, seat: str, presence: Presence, reason: str) -> None:
        self.desk.do(cmd.SetPresence(actor=self.actor(seat), presence=presence, reason=reason))

    @precondition(someone("offered"))
    @rule(pick=picks, stranger=strangers, again=st.sampled_from([False, False, False, True]))
    def accept(self, pick: int, stranger: str | None, again: bool) -> None:
        session = self.session(pick, "offered")
        actor = self.rung(session, stranger)
        for _ in range(1 + again):
            self.desk.do(cmd.Accept(actor=actor, session=session))

    @precondition(someone("offered"))
    @rule()
    def everybody_accepts(self) -> None:
        for session in list(self.desk.floor.sessions.values()):
            if session.offer:
                self.desk.do(cmd.Accept(actor=self.rung(session.id, None), session=session.id))

    @precondition(someone("offered"))
    @rule(pick=picks, stranger=strangers)
    def reject(self, pick: int, stranger: str | None) -> None:
        session = self.session(pick, "offered")
        self.desk.do(cmd.Reject(actor=self.rung(session, stranger), session=session))

    @precondition(someone("bot"))
    @rule(pick=picks, seat=seats)
    def step_in(self, pick: int, seat: str) -> None:
        self.desk.do(cmd.StepIn(actor=self.actor(seat), session=self.session(pick, "bot")))

    @precondition(lambda day: day.handed_over())
    @rule(pick=picks, verb=st.sampled_from([cmd.Accept, cmd.Reject]))
    def answer_a_hand_over(self, pick: int, verb: type[cmd.Accept] | type[cmd.Reject]) -> None:
        handed = self.handed_over()
        session = handed[pick % len(handed)]
        self.desk.do(verb(actor=self.rung(session, None), session=session))

    @precondition(someone("active"))
    @rule(pick=picks, stranger=strangers, text=st.sampled_from(["yes", "yes", " "]))
    def say(self, pick: int, stranger: str | None, text: str) -> None:
        session = self.session(pick, "active")
        self.desk.do(cmd.Send(actor=self.owner(session, stranger), session=session, content=Text(text=text)))
        self.desk.do(cmd.Note(actor=self.owner(session, stranger), session=session, text=text))

    @precondition(someone("active"))
    @rule(pick=picks, stranger=strangers, group=st.sampled_from(GROUPS))
    def hand_to_group(self, pick: int, stranger: str | None, group: str) -> None:
        session = self.session(pick, "active")
        self.desk.do(cmd.Transfer(actor=self.owner(session, stranger), session=session, to_group=GroupId(group)))

    @precondition(someone("active"))
    @rule(pick=picks, stranger=strangers, seat=st.sampled_from([*SEATS, *SEATS, "s9"]))
    def hand_to_seat(self, pick: int, stranger: str | None, seat: str) -> None:
        session = self.session(pick, "active")
        self.desk.do(cmd.Transfer(actor=self.owner(session, stranger), session=session, to_seat=SeatId(seat)))

    @precondition(someone("active"))
    @rule(pick=picks, stranger=strangers)
    def hang_up(self, pick: int, stranger: str | None) -> None:
        session = self.session(pick, "active")
        self.desk.do(cmd.HangUp(actor=self.owner(session, stranger), session=session))

    @precondition(someone("active"))
    @rule()
    def everybody_hangs_up(self) -> None:
        for session in list(self.desk.floor.sessions.values()):
            if session.state == "active":
                self.desk.do(cmd.HangUp(actor=self.owner(session.id, None), session=session.id))

    @precondition(someone("wrap_up"))
    @rule(pick=picks, stranger=strangers, about=st.sampled_from(["bill", "bill", "", "gossip"]))
    def wrap_up(self, pick: int, stranger: str | None, about: str) -> None:
        session = self.session(pick, "wrap_up")
        self.desk.do(cmd.WrapUp(actor=self.owner(session, stranger), session=session, disposition=about))

    @precondition(someone("wrap_up"))
    @rule(pick=picks)
    def write_after_the_hang_up(self, pick: int) -> None:
        live = self.desk.floor.sessions.get(self.session(pick, "wrap_up"))
        if live:
            self.desk.write(live.customer.partition(":")[2])

    # The bridge.

    @precondition(someone("active", "parked"))
    @rule(
        pick=picks,
        stranger=strangers,
        verb=st.sampled_from(["park", "resume", "to_seat", "to_customer", "vip", "complaint", "plain"]),
    )
    def bridge(self, pick: int, stranger: str | None, verb: str) -> None:
        session = self.session(pick, "parked" if verb == "resume" else "active", "parked")
        actor = self.owner(session, stranger)
        match verb:
            case "park":
                self.desk.do(cmd.Send(actor=self.owner(session, stranger), session=session, content=Text(text="so")))
                self.desk.do(cmd.Park(actor=actor, session=session))
            case "resume":
                self.desk.do(cmd.Resume(actor=actor, session=session))
            case "to_seat":
                self.desk.do(cmd.SetTurn(actor=actor, session=session, turn="seat"))
            case "to_customer":
                self.desk.do(cmd.SetTurn(actor=actor, session=session, turn="customer"))
            case "vip" | "complaint" as mark:
                self.desk.do(cmd.MarkCustomer(actor=actor, session=session, mark=mark))
            case _:
                self.desk.do(cmd.MarkCustomer(actor=actor, session=session, mark="vip", on=False))

    @precondition(someone("active", "parked"))
    @rule(
        pick=picks,
        stranger=strangers,
        back=st.integers(0, 2),
        what=st.sampled_from(
            [{"remark": "Ann"}, {"remark": ""}, {"tags": ("a", "b")}, {"phone": "1"}, {"fields": {"card": "gold"}}]
        ),
        told=st.none() | st.just(Told(follows=True, remark="Annie")),
    )
    def know(self, pick: int, stranger: str | None, back: int, what: dict[str, Any], told: Told | None) -> None:
        """The archive tells, and somebody writes down, from what they saw now or a while ago."""
        session = self.session(pick, "active", "parked")
        live = self.desk.floor.sessions.get(session)
        profile = self.desk.floor.conversations[live.customer].profile if live else None
        if live and (profile is None or told):
            self.desk.do(cmd.RememberCustomer(customer=live.customer, told=told))
        seen = max(0, (profile.revision if profile else 0) - back)
        self.desk.do(cmd.DescribeCustomer(actor=self.owner(session, stranger), session=session, revision=seen, **what))

    @precondition(someone("active", "parked"))
    @rule(pick=picks, stranger=strangers, in_s=st.sampled_from([-1, 0, 1, 30, 90, 600, 50 * 3600]), text=st.booleans())
    def promise(self, pick: int, stranger: str | None, in_s: int, text: bool) -> None:
        session = self.session(pick, "active", "parked")
        due_at = Millis(self.desk.now + in_s * 1000)
        words = "I will" if text else ""
        self.desk.do(cmd.Promise(actor=self.owner(session, stranger), session=session, due_at=due_at, text=words))

    @precondition(someone("active", "parked"))
    @rule(pick=picks, stranger=strangers, seat=seats, step=st.sampled_from(["ask", "say", "end"]))
    def consult(self, pick: int, stranger: str | None, seat: str, step: str) -> None:
        session = self.session(pick, "active", "parked")
        actor = self.owner(session, stranger)
        match step:
            case "ask":
                self.desk.do(cmd.Consult(actor=actor, session=session, to_seat=SeatId(seat), text="?"))
            case "say":
                self.desk.do(cmd.ConsultSay(actor=self.actor(seat), session=session, text="!"))
            case _:
                self.desk.do(cmd.EndConsult(actor=actor, session=session))

    # Processes.

    @rule(pick=picks, kind=st.sampled_from(["delivered", "failed", "stored", "rejected"]))
    def report(self, pick: int, kind: str) -> None:
        number = self.session(pick)
        match kind:
            case "delivered":
                self.desk.delivered(f"{number}.1", number)
            case "failed":
                self.desk.failed(f"{number}.1", number)
            case "stored":
                self.desk.media_stored(f"{number}.1", number)
            case _:
                live = self.desk.floor.sessions.get(number)
                self.desk.media_rejected(f"{number}.1", number, live.customer.partition(":")[2] if live else "z")

    @precondition(someone("active", "parked", "wrap_up"))
    @rule(pick=picks, stranger=strangers, steps=st.lists(st.sampled_from(["recall", "came back", "failed", "resend"])))
    def think_again(self, pick: int, stranger: str | None, steps: list[str]) -> None:
        number = self.session(pick, "active", "parked", "wrap_up")
        live = self.desk.floor.sessions.get(number)
        message = live.sent[-1].message if live and live.sent else MessageId(f"{number}.1")
        for step in steps:
            match step:
                case "recall":
                    self.desk.do(cmd.Recall(actor=self.owner(number, stranger), session=number, message=message))
                case "came back":
                    self.desk.recalled(message, number, live.customer.partition(":")[2] if live else "z")
                case "failed":
                    self.desk.failed(message, number)
                case _:
                    said = cmd.Send(
                        actor=self.owner(number, stranger), session=number, content=Text(text="so"), resends=message
                    )
                    self.desk.do(said)

    @rule(seat=st.sampled_from([*SEATS, *SEATS, "s9"]), hub=hubs, what=st.sampled_from(["on", "off", "beat"]))
    def plug(self, seat: str, hub: str, what: str) -> None:
        match what:
            case "on":
                self.desk.connect(seat, hub=hub, connection=f"{seat}@{hub}")
            case "off":
                self.desk.disconnect(seat, hub=hub, connection=f"{seat}@{hub}")
            case _:
                self.desk.beat(hub)

    # Trouble: one rule for all of it, so that there are quiet stretches in which sessions get somewhere.

    @rule(
        what=st.sampled_from(
            ["sign_out", "hand_over", "sign_in", "take_seat", "hub_closes", "configure", "night", "days"]
        ),
        seat=seats,
        hub=hubs,
        presence=presences,
        site=sites(),
    )
    def trouble(self, what: str, seat: str, hub: str, presence: Presence, site: Site) -> None:
        match what:
            case "sign_out":
                self.desk.do(cmd.SignOutSeat(actor=self.actor(seat)))
            case "hand_over":
                self.desk.do(cmd.SignOutSeat(actor=self.actor(seat), hand_over=True, note="over to you"))
            case "sign_in":
                self.desk.do(cmd.SignInSeat(actor=self.actor(seat), presence=presence))
            case "take_seat":
                self.desk.sign_in(seat, user="mallory")
            case "hub_closes":
                self.desk.close_hub(hub)
            case "configure":
                self.desk.configure(site)
            case "night":
                self.desk.wait(8 * 3600)
            case _:
                self.desk.wait(72 * 3600)

    # Time, snapshots, restarts.

    @rule(
        seconds=st.sampled_from([0.001, 1, 9.999, 10, 19, 20, 30, 31, 60]), alive=st.sampled_from([True, True, False])
    )
    def wait(self, seconds: float, alive: bool) -> None:
        """Time passes, while the hubs go on beating, or do not."""
        for part in [10.0] * int(seconds // 10) + [seconds % 10]:
            self.desk.wait(part)
            for hub in HUBS if alive else ():
                self.desk.beat(hub)

    @rule(late_ms=st.sampled_from([0, -1, 1, 25_000]))
    def wait_for_the_next_timer(self, late_ms: int) -> None:
        due_at = self.desk.floor.next_due_at()
        if due_at is not None and due_at + late_ms > self.desk.now:
            self.desk.now = Millis(due_at + late_ms)
            self.desk.do(cmd.Tick())

    @rule(late_ms=st.sampled_from([1, 10_000, 25_000, 70_000]))
    def be_late(self, late_ms: int) -> None:
        """The engine is away: the next command finds everything still to be done that came due before it."""
        self.desk.now = Millis(self.desk.now + late_ms)

    @rule()
    def restart(self) -> None:
        """The engine dies between two commits; the next one begins from a snapshot."""
        self.desk.floor = check_rebuilt(self.desk.floor)

    @precondition(lambda self: len(self.followers) < 3)
    @rule(back=st.integers(0, 5))
    def snapshot(self, back: int) -> None:
        """A snapshot is of any event, in the middle of a step too."""
        cut = max(0, len(self.desk.ledger) - back)
        self.followers.append(fold(self.desk.ledger[cut:], thaw(freeze(fold(self.desk.ledger[:cut])))))

    @invariant()
    def followers_agree(self) -> None:
        news, self.followed = self.desk.ledger[self.followed :], len(self.desk.ledger)
        for floor in self.followers:
            fold(news, floor)
            assert floor.facts == self.desk.floor.facts, "fold from a snapshot = the floor"

    def teardown(self) -> None:
        ledger, floor = self.desk.ledger, self.desk.floor
        assert freeze(fold(ledger)) == freeze(floor), "fold(ledger) = floor"
        assert replayed(self.desk.commands) == [ev.encode(event) for event in ledger], "same commands, same events"
        _check_history(ledger)


def _check_history(ledger: list[ev.Event]) -> None:
    """What only the whole story can show: nothing is lost, nothing happens twice."""
    assert [event.at for event in ledger] == sorted(event.at for event in ledger), "time never runs backwards"
    opened = [each.session for each in ledger if isinstance(each, ev.SessionOpened)]
    assert len(set(opened)) == len(opened), "a number is given once"
    said = ev.MessageReceived | ev.MessageRefused | ev.MessageSent | ev.NoticeSent
    messages = [each.message for each in ledger if isinstance(each, said)]
    assert len(set(messages)) == len(messages), "an id is given once"
    heard: dict[tuple[str, str], int] = {}
    segments: dict[str, int] = {}
    for each in ledger:
        match each:
            case ev.MessageReceived() | ev.MessageRefused() | ev.CustomerEventRecorded():
                before = heard.get((each.customer, each.key), each.at - KEPT_MS)
                assert each.at - before >= KEPT_MS, "what is said counts once, while its customer is remembered"
                heard[each.customer, each.key] = each.at
            case ev.SessionAccepted() | ev.SessionMoved():
                assert each.segment == segments.get(each.session, 0) + 1, "segments are numbered"
                segments[each.session] = each.segment
            case _:
                pass
    _check_silences(ledger)
    _check_promises(ledger)
    _check_ratings(ledger)
    _check_revisions(ledger)
    _check_groups_that_accept(ledger)


def _check_silences(ledger: list[ev.Event]) -> None:
    reminded: set[str] = set()
    for each in ledger:
        match each:
            case ev.CustomerReminded():
                assert each.session not in reminded, "once in a silence"
                reminded.add(each.session)
            case ev.MessageSent() | ev.TurnSet():
                reminded.discard(each.session)
            case _:
                pass


def _check_promises(ledger: list[ev.Event]) -> None:
    promised: set[str] = set()
    for each in ledger:
        match each:
            case ev.PromiseMade():
                promised.add(each.session)
            case ev.PromiseKept() | ev.PromiseBroken():
                assert each.session in promised, "a promise is kept or broken once"
                promised.discard(each.session)
            case ev.SessionClosed():
                assert each.session not in promised, "what ends with a session is accounted for"
            case _:
                pass


def _check_groups_that_accept(ledger: list[ev.Event]) -> None:
    site = Site()
    for each, following in pairwise(ledger):
        match each:
            case ev.SiteConfigured():
                site = each.site
            case ev.SessionOffered(from_seat=None) if each.group in site.groups and site.groups[each.group].auto_accept:
                assert isinstance(following, ev.SessionAccepted), "nothing rings in a group that accepts by itself"
                assert (following.session, following.seat) == (each.session, each.seat)
            case ev.SessionAccepted(automatic=True):
                assert site.groups[each.group].auto_accept, "nobody else accepts by itself"
            case _:
                pass


def _check_ratings(ledger: list[ev.Event]) -> None:
    asked: dict[str, ev.SatisfactionAsked] = {}
    cases: set[str] = set()
    for each in ledger:
        match each:
            case ev.SatisfactionAsked():
                assert each.case not in cases, "once a case"
                cases.add(each.case)
                asked[each.session] = each
            case ev.SatisfactionRated():
                assert each.at < asked[each.session].until, "in time"
                assert each.seat == asked[each.session].seat, "of the seat that had it last"
            case _:
                pass


def _check_revisions(ledger: list[ev.Event]) -> None:
    revisions: dict[str, int] = {}
    for each in ledger:
        match each:
            case ev.CustomerRemembered():
                revisions[each.customer] = each.revision
            case ev.CustomerDescribed():
                assert each.revision == revisions[each.customer] + 1, "whoever writes has read, and each change counts"
                assert each.changed, "what changes nothing is nothing"
                revisions[each.customer] = each.revision
            case _:
                pass
