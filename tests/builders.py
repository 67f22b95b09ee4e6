"""The one place of set-up for tests of the core: a site, its people, and a desk that obeys.

`Desk` steps commands through the real core at a virtual time that only moves when told to. Everything is said in
short names: seat `s1` is worked by `user-s1`, customer `ann` writes to the account `bank`. The laws of
`tests/laws.py` are checked after every step, so each test of behaviour tests them too.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from routing.hours import Calendar
from routing.selfservice import Flow
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Content, CustomerEvent, Followed, Text
from sessions.decide import step
from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import (
    AccountId,
    ConnectionId,
    CustomerId,
    CustomerMark,
    GroupId,
    HubId,
    MediaKey,
    MessageId,
    Millis,
    Presence,
    SeatId,
    SessionId,
    Stars,
    Turn,
    UserId,
    customer_id,
)
from sessions.settings import Account, CustomerField, Group, Ladder, Manners, Rings, Rules, SeatPlan, Site
from tests.laws import check_floor

MONDAY = Millis(1_795_399_200_000)
"""2026-11-23 10:00:00 in Shanghai."""
GROUPS = {"cards": 1, "bills": 1}
"""The groups of a site built without any, with the skill level that each requires."""

NO_LADDER = Ladder(remind=None, park=None, soft_end=None, hard_end_before_s=None)
NO_RINGS = Rings(level_down_s=None, overflow_s=None, leave_message_s=None)
SILENT = Manners(tell_after_s=0)
PLAIN: Mapping[str, Any] = {"ladder": NO_LADDER, "rings": NO_RINGS, "manners": SILENT, "sticky_wait_s": 0}
"""A group without what the bridge adds."""

_E = TypeVar("_E", bound=ev.Event)


def make_site(
    seats: Mapping[str, Mapping[str, int]] | Iterable[str] = ("s1",),
    *,
    groups: Mapping[str, int] | Iterable[str] = GROUPS,
    soft_cap: int = 6,
    default_group: str = "cards",
    texts: Mapping[str, str] | None = None,
    version: int = 1,
    every_group: Mapping[str, Any] = PLAIN,
    flow: Flow | None = None,
    calendars: Iterable[Calendar] = (),
    successors: Mapping[str, str] | None = None,
    customer_fields: Iterable[CustomerField] = (),
    **rules: int,
) -> Site:
    """Settings; seats given by name alone serve `cards` at level 3.

    Groups are plain: nobody is told anything, no ring widens, nobody is known and no silence has consequences.
    `every_group` says what is otherwise.
    """
    skills = seats if isinstance(seats, Mapping) else {seat: {"cards": 3} for seat in seats}
    levels = groups if isinstance(groups, Mapping) else dict.fromkeys(groups, 1)
    bank = Account(
        id=AccountId("bank"), name="Bank", default_group=GroupId(default_group), flow=flow.id if flow else ""
    )
    plain = {**PLAIN, **every_group}
    return Site(
        version=version,
        accounts={bank.id: bank},
        groups={
            GroupId(id_): Group(id=GroupId(id_), name=id_, required_level=level, **plain)
            for id_, level in levels.items()
        },
        seats={SeatId(seat): make_seat(seat, levels, soft_cap) for seat, levels in skills.items()},
        rules=Rules(**rules),
        texts=dict(texts or {}),
        flows={flow.id: flow} if flow else {},
        calendars={calendar.id: calendar for calendar in calendars},
        customer_fields=tuple(customer_fields),
        successors={SeatId(gone): SeatId(heir) for gone, heir in (successors or {}).items()},
    )


def make_seat(seat: str, skills: Mapping[str, int], soft_cap: int = 6) -> SeatPlan:
    """A place of work, with the level of each of its skills."""
    levels = {GroupId(group): level for group, level in skills.items()}
    return SeatPlan(id=SeatId(seat), name=seat, agent=user_of(seat), skills=levels, soft_cap=soft_cap)


def user_of(seat: str) -> UserId:
    """Who works at this seat."""
    return UserId(f"user-{seat}")


def who(name: str) -> CustomerId:
    """The customer of this name, who writes to the bank."""
    return customer_id("bank", name)


class Happened(list[ev.Event]):
    """What came of a step, to be asked about."""

    def every(self, kind: type[_E]) -> list[_E]:
        """All events of this kind, in order."""
        return [event for event in self if isinstance(event, kind)]

    def only(self, kind: type[_E]) -> _E:
        """The event of this kind, of which there is exactly one."""
        found = self.every(kind)
        assert len(found) == 1, f"{len(found)} of {kind.__name__} among {self.kinds}"
        return found[0]

    @property
    def kinds(self) -> list[str]:
        """Their names on the wire, in order, without the answer to a person."""
        return [ev.type_of(event) for event in self if not isinstance(event, ev.CommandAnswered)]

    @property
    def answer(self) -> ev.CommandAnswered:
        """What the person was told."""
        return self.only(ev.CommandAnswered)

    @property
    def refusal(self) -> str:
        """The code with which the person was refused; empty when they were not."""
        return self.answer.code


class Desk:
    """A floor at work. `ledger` is everything that happened on it, `commands` everything that was asked."""

    def __init__(self, site: Site | None = None, *, at: int = MONDAY) -> None:
        self.floor = Floor()
        self.now = Millis(at)
        self.ledger: list[ev.Event] = []
        self.commands: list[tuple[cmd.Command, Millis, str]] = []
        self._counted: dict[str, int] = {}
        if site is not None:
            self.configure(site)

    def do(self, command: cmd.Command) -> Happened:
        """Let this happen now."""
        cause = f"{self.now}-{len(self.commands)}"
        self.commands.append((command, self.now, cause))
        happened = Happened(step(self.floor, command, self.now, cause))
        self.ledger += happened
        check_floor(self.floor, self.now)
        return happened

    def wait(self, seconds: float) -> Happened:
        """Time passes; what is due happens."""
        self.now = Millis(self.now + round(seconds * 1000))
        return self.do(cmd.Tick())

    def configure(self, site: Site) -> Happened:
        return self.do(cmd.ConfigureSite(site=site, by="admin"))

    # Customers.

    def write(
        self, name: str, content: Content | str = "hello", *, key: str = "", sent_at: int | None = None
    ) -> Happened:
        """The customer writes; every message has a key of its own unless one is given."""
        return self.do(
            cmd.ReceiveMessage(
                customer=who(name),
                content=Text(text=content) if isinstance(content, str) else content,
                key=key or self._next("key"),
                sent_at=self.now if sent_at is None else Millis(sent_at),
            )
        )

    def tell(self, name: str, event: CustomerEvent | None = None, *, key: str = "") -> Happened:
        """The customer does something else than writing."""
        event = event or Followed()
        return self.do(
            cmd.RecordCustomerEvent(customer=who(name), event=event, key=key or self._next("key"), sent_at=self.now)
        )

    def rate(
        self, name: str, session: str, stars: Stars, comment: str = "", *, key: str = "", sent_at: int | None = None
    ) -> Happened:
        """The customer fills in a form."""
        return self.do(
            cmd.RateSession(
                customer=who(name),
                session=SessionId(session),
                stars=stars,
                comment=comment,
                key=key or self._next("key"),
                sent_at=self.now if sent_at is None else Millis(sent_at),
            )
        )

    def tap(self, name: str, session: str, stars: int, *, key: str = "") -> Happened:
        """The customer taps a rating of the menu that asks about this session."""
        return self.write(name, Text(text=f"{stars} 分", menu_id=f"rate:{session}:{stars}"), key=key)

    # Seats.

    def actor(self, seat: str, *, request: str = "", user: str = "") -> cmd.Actor:
        """The person at this seat, with a request of its own unless one is given."""
        return cmd.Actor(
            user=UserId(user) if user else user_of(seat),
            role="agent",
            request=request or self._next("request"),
            seat=SeatId(seat),
        )

    def sign_in(self, seat: str, presence: Presence = "available", **who: str) -> Happened:
        return self.do(cmd.SignInSeat(actor=self.actor(seat, **who), presence=presence))

    def come(self, *seats: str, hub: str = "h1") -> None:
        """These people open their desks in the browser and sign in."""
        for seat in seats:
            self.connect(seat, hub=hub)
            self.sign_in(seat)

    def sign_out(self, seat: str, **who: str) -> Happened:
        return self.do(cmd.SignOutSeat(actor=self.actor(seat, **who)))

    def set_presence(self, seat: str, presence: Presence, reason: str = "", **who: str) -> Happened:
        return self.do(cmd.SetPresence(actor=self.actor(seat, **who), presence=presence, reason=reason))

    def accept(self, seat: str, session: str, **who: str) -> Happened:
        return self.do(cmd.Accept(actor=self.actor(seat, **who), session=SessionId(session)))

    def step_in(self, seat: str, session: str, **who: str) -> Happened:
        return self.do(cmd.StepIn(actor=self.actor(seat, **who), session=SessionId(session)))

    def reject(self, seat: str, session: str, **who: str) -> Happened:
        return self.do(cmd.Reject(actor=self.actor(seat, **who), session=SessionId(session)))

    def send(
        self, seat: str, session: str, content: Content | str = "yes?", *, hold_s: int = 0, **who: str
    ) -> Happened:
        content = Text(text=content) if isinstance(content, str) else content
        actor = self.actor(seat, **who)
        return self.do(cmd.Send(actor=actor, session=SessionId(session), content=content, hold_s=hold_s))

    def resend(self, seat: str, session: str, message: str, content: str = "yes?", **who: str) -> Happened:
        """Say once more what failed."""
        said, failed = Text(text=content), MessageId(message)
        return self.do(
            cmd.Send(actor=self.actor(seat, **who), session=SessionId(session), content=said, resends=failed)
        )

    def recall(self, seat: str, session: str, message: str, **who: str) -> Happened:
        actor = self.actor(seat, **who)
        return self.do(cmd.Recall(actor=actor, session=SessionId(session), message=MessageId(message)))

    def note(
        self, seat: str, session: str, text: str = "calls often", mentions: Iterable[str] = (), **who: str
    ) -> Happened:
        actor, named = self.actor(seat, **who), tuple(SeatId(each) for each in mentions)
        return self.do(cmd.Note(actor=actor, session=SessionId(session), text=text, mentions=named))

    def transfer(
        self, seat: str, session: str, *, to_group: str = "", to_seat: str = "", note: str = "", **who: str
    ) -> Happened:
        return self.do(
            cmd.Transfer(
                actor=self.actor(seat, **who),
                session=SessionId(session),
                to_group=GroupId(to_group) if to_group else None,
                to_seat=SeatId(to_seat) if to_seat else None,
                note=note,
            )
        )

    def hang_up(self, seat: str, session: str, **who: str) -> Happened:
        return self.do(cmd.HangUp(actor=self.actor(seat, **who), session=SessionId(session)))

    def wrap_up(self, seat: str, session: str, disposition: str = "bill", remark: str = "", **who: str) -> Happened:
        actor = self.actor(seat, **who)
        return self.do(cmd.WrapUp(actor=actor, session=SessionId(session), disposition=disposition, remark=remark))

    def park(self, seat: str, session: str, **who: str) -> Happened:
        return self.do(cmd.Park(actor=self.actor(seat, **who), session=SessionId(session)))

    def promise(self, seat: str, session: str, in_s: float, text: str = "", **who: str) -> Happened:
        """An answer within so many seconds from now."""
        due_at = Millis(self.now + round(in_s * 1000))
        actor = self.actor(seat, **who)
        return self.do(cmd.Promise(actor=actor, session=SessionId(session), due_at=due_at, text=text))

    def resume(self, seat: str, session: str, **who: str) -> Happened:
        return self.do(cmd.Resume(actor=self.actor(seat, **who), session=SessionId(session)))

    def set_turn(self, seat: str, session: str, turn: Turn, **who: str) -> Happened:
        return self.do(cmd.SetTurn(actor=self.actor(seat, **who), session=SessionId(session), turn=turn))

    def mark(self, seat: str, session: str, mark: CustomerMark = "vip", *, on: bool = True, **who: str) -> Happened:
        return self.do(cmd.MarkCustomer(actor=self.actor(seat, **who), session=SessionId(session), mark=mark, on=on))

    def describe(self, seat: str, session: str, revision: int = 0, *, request: str = "", **changes: Any) -> Happened:
        """Write down who the customer is."""
        actor = self.actor(seat, request=request)
        return self.do(cmd.DescribeCustomer(actor=actor, session=SessionId(session), revision=revision, **changes))

    def consult(self, seat: str, session: str, to_seat: str, text: str = "May we?", **who: str) -> Happened:
        actor = self.actor(seat, **who)
        return self.do(cmd.Consult(actor=actor, session=SessionId(session), to_seat=SeatId(to_seat), text=text))

    def consult_say(self, seat: str, session: str, text: str = "We may.", **who: str) -> Happened:
        return self.do(cmd.ConsultSay(actor=self.actor(seat, **who), session=SessionId(session), text=text))

    def end_consult(self, seat: str, session: str, **who: str) -> Happened:
        return self.do(cmd.EndConsult(actor=self.actor(seat, **who), session=SessionId(session)))

    def hand_over(self, seat: str, note: str = "", notes: Mapping[str, str] | None = None, **who: str) -> Happened:
        """The end of the shift: whatever the seat has goes to others."""
        by_session = {SessionId(session): text for session, text in (notes or {}).items()}
        actor = self.actor(seat, **who)
        return self.do(cmd.SignOutSeat(actor=actor, hand_over=True, note=note, notes=by_session))

    # Processes.

    def connect(self, seat: str, *, hub: str = "h1", connection: str = "") -> Happened:
        """A browser of the seat opens a socket; the seat's first one unless another is named."""
        name = ConnectionId(connection or f"{seat}-a")
        return self.do(cmd.ConnectSeat(hub=HubId(hub), seat=SeatId(seat), connection=name))

    def disconnect(self, seat: str, *, hub: str = "h1", connection: str = "") -> Happened:
        name = ConnectionId(connection or f"{seat}-a")
        return self.do(cmd.DisconnectSeat(hub=HubId(hub), seat=SeatId(seat), connection=name))

    def beat(self, hub: str = "h1") -> Happened:
        return self.do(cmd.BeatHub(hub=HubId(hub)))

    def close_hub(self, hub: str = "h1") -> Happened:
        return self.do(cmd.CloseHub(hub=HubId(hub)))

    def delivered(self, message: str, session: str | None = None) -> Happened:
        return self.do(cmd.ReportDelivered(message=MessageId(message), session=SessionId(session) if session else None))

    def failed(self, message: str, session: str | None = None, code: str = "45015") -> Happened:
        return self.do(
            cmd.ReportFailed(message=MessageId(message), session=SessionId(session) if session else None, code=code)
        )

    def recalled(self, message: str, session: str, name: str) -> Happened:
        """The courier had not begun to send it."""
        number = SessionId(session)
        return self.do(cmd.ReportRecalled(message=MessageId(message), session=number, customer=who(name)))

    def media_stored(self, message: str, session: str, *, duration_ms: int = 0) -> Happened:
        return self.do(
            cmd.ReportMediaStored(
                message=MessageId(message),
                session=SessionId(session),
                media=MediaKey("aa.jpg"),
                mime="image/jpeg",
                size_bytes=2048,
                duration_ms=duration_ms,
            )
        )

    def media_rejected(self, message: str, session: str, name: str, code: str = "image_too_large") -> Happened:
        return self.do(
            cmd.ReportMediaRejected(
                message=MessageId(message), session=SessionId(session), code=code, customer=who(name)
            )
        )

    def remember(self, name: str, **kept: Any) -> Happened:
        """Whoever reads the archive brings back what it keeps."""
        return self.do(cmd.RememberCustomer(customer=who(name), **kept))

    # What tests begin with.

    def waiting(self, name: str) -> SessionId:
        """The customer's first message; answers their session's number, wherever it now is."""
        return self.write(name).only(ev.SessionOpened).session

    def served(self, name: str, seat: str) -> SessionId:
        """The customer writes and this seat, at which it rings, takes it."""
        session = self.waiting(name)
        answer = self.accept(seat, session).answer
        assert answer.ok, answer.code
        return session

    def known(self, name: str, seat: str, **kept: Any) -> SessionId:
        """The customer is served by this seat, and the floor knows what is kept of them."""
        session = self.served(name, seat)
        self.remember(name, **kept)
        return session

    def quiet(self, name: str, seat: str) -> SessionId:
        """The customer was served by this seat, which has spoken last."""
        session = self.served(name, seat)
        self.send(seat, session)
        return session

    def parked(self, name: str, seat: str) -> SessionId:
        """The customer was served by this seat and has gone quiet."""
        session = self.quiet(name, seat)
        assert self.park(seat, session).answer.ok
        return session

    def rated_soon(self, name: str, seat: str) -> SessionId:
        """The customer was served by this seat and asked to rate the session that is over."""
        session = self.wrapping(name, seat)
        assert self.wrap_up(seat, session).every(ev.SatisfactionAsked), "nobody was asked"
        return session

    def wrapping(self, name: str, seat: str) -> SessionId:
        """The customer was served by this seat, which has just hung up."""
        session = self.served(name, seat)
        self.send(seat, session)
        self.hang_up(seat, session)
        return session

    # Asking.

    def session(self, session: str) -> Session:
        return self.floor.sessions[SessionId(session)]

    def seat(self, seat: str) -> Seat:
        return self.floor.seats[SeatId(seat)]

    def session_of(self, name: str) -> Session | None:
        return self.floor.live_session_of(who(name))

    def line(self, group: str = "cards") -> list[str]:
        """Who waits in this group, in order."""
        return [waiting.session for waiting in self.floor.lines.get(GroupId(group), ())]

    def rings_at(self, session: str) -> str | None:
        offer = self.session(session).offer
        return offer.seat if offer else None

    def history(self, session: str) -> list[str]:
        """Everything that befell this session, by name."""
        return [ev.type_of(event) for event in self.ledger if getattr(event, "session", None) == session]

    def _next(self, what: str) -> str:
        self._counted[what] = self._counted.get(what, 0) + 1
        return f"{what}-{self._counted[what]}"


def replayed(commands: Iterable[tuple[cmd.Command, Millis, str]]) -> list[bytes]:
    """The events of these commands on a fresh floor, as they would lie in the ledger."""
    floor = Floor()
    return [ev.encode(event) for command, at, cause in commands for event in step(floor, command, at, cause)]


def fields_of(event: ev.Event, *names: str) -> tuple[Any, ...]:
    """These fields of the event, to be compared in one go."""
    return tuple(getattr(event, name) for name in names)
