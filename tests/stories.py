"""Sessions as they really go: commands through the real core on a clock of its own.

A story collects what happened as numbered ledger entries, for whoever folds, archives or shows them.
"""

from msgspec.structs import replace

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Content, Image, Text, Voice
from sessions.decide import step
from sessions.floor import Floor
from sessions.ids import (
    AccountId,
    CustomerId,
    GroupId,
    MediaKey,
    MessageId,
    Millis,
    SeatId,
    Seq,
    SessionId,
    Stars,
    UserId,
)
from sessions.settings import Account, Group, Satisfaction, SeatPlan, Site

MONDAY = Millis(1_795_399_200_000)
"""2026-11-23 10:00:00 in Shanghai."""

SITE = Site(
    version=1,
    accounts={
        AccountId("demo"): Account(id=AccountId("demo"), name="云杉银行信用卡", default_group=GroupId("card_service"))
    },
    groups={
        GroupId("card_service"): Group(id=GroupId("card_service"), name="信用卡咨询", name_en="Card service"),
        GroupId("billing"): Group(id=GroupId("billing"), name="账单分期", name_en="Bills and instalments"),
    },
    seats={
        SeatId(f"agent{n}"): SeatPlan(
            id=SeatId(f"agent{n}"),
            name=f"{n:02d} 号席",
            agent=UserId(f"agent{n}"),
            skills={GroupId("card_service"): 3} if n == 1 else {GroupId("billing"): 3},
        )
        for n in (1, 2)
    },
)


class Story:
    """A site at work. `entries` is its ledger."""

    def __init__(self, *, first: int = 1, satisfaction: Satisfaction = Satisfaction()) -> None:  # noqa: B008 - frozen
        self.floor = Floor()
        self.now = MONDAY
        self.entries: list[tuple[Seq, ev.Event]] = []
        self._next = first
        self._requests = 0
        groups = {name: replace(group, satisfaction=satisfaction) for name, group in SITE.groups.items()}
        self.run(cmd.ConfigureSite(site=replace(SITE, groups=groups)))

    @property
    def events(self) -> list[ev.Event]:
        """What happened, without numbers."""
        return [event for _, event in self.entries]

    def run(self, command: cmd.Command, *, after_s: float = 1) -> list[ev.Event]:
        """This command, so many seconds after the one before; answers what came of it."""
        self.now = Millis(self.now + round(after_s * 1000))
        happened = step(self.floor, command, self.now, f"{self.now}-0")
        for event in happened:
            self.entries.append((Seq(self._next), event))
            self._next += 1
        return happened

    def wait(self, seconds: float) -> None:
        """Time passes; what is due happens."""
        self.run(cmd.Tick(), after_s=seconds)

    # Customers.

    def write(self, customer: str, content: Content | str, *, after_s: float = 1) -> MessageId:
        """The customer writes; answers the message's id."""
        if isinstance(content, str):
            content = Text(text=content)
        name = CustomerId(f"demo:{customer}")
        self._requests += 1
        command = cmd.ReceiveMessage(
            customer=name, content=content, key=f"msgid-{self._requests}", sent_at=Millis(self.now + 500)
        )
        for event in self.run(command, after_s=after_s):
            if isinstance(event, ev.MessageReceived | ev.MessageRefused):
                return event.message
        raise AssertionError(f"{customer} was not heard")

    def rate(self, customer: str, session: SessionId, stars: Stars, comment: str = "") -> None:
        """The customer fills in a form."""
        self._requests += 1
        self.run(
            cmd.RateSession(
                customer=CustomerId(f"demo:{customer}"),
                session=session,
                stars=stars,
                comment=comment,
                key=f"form-{self._requests}",
                sent_at=self.now,
            )
        )

    def session_of(self, customer: str) -> SessionId:
        """The customer's live session."""
        session = self.floor.live_session_of(CustomerId(f"demo:{customer}"))
        assert session is not None, f"{customer} has none"
        return session.id

    # Agents.

    def actor(self, agent: str) -> cmd.Actor:
        """The agent of the seat of the same name, with a request of their own."""
        self._requests += 1
        return cmd.Actor(user=UserId(agent), role="agent", request=str(self._requests), seat=SeatId(agent))

    def sign_in(self, *agents: str) -> None:
        """They take their seats and are available."""
        for agent in agents:
            self.run(cmd.SignInSeat(actor=self.actor(agent)), after_s=0)

    def accept(self, agent: str, session: SessionId) -> None:
        """The agent takes what rings."""
        self._obeyed(self.run(cmd.Accept(actor=self.actor(agent), session=session), after_s=4))

    def say(
        self,
        agent: str,
        session: SessionId,
        content: Content | str,
        *,
        after_s: float = 8,
        canned: tuple[str, ...] = (),
    ) -> MessageId:
        """The agent writes; answers the message's id. Nothing is delivered by itself."""
        if isinstance(content, str):
            content = Text(text=content)
        command = cmd.Send(actor=self.actor(agent), session=session, content=content, canned=canned)
        happened = self.run(command, after_s=after_s)
        self._obeyed(happened)
        return next(event.message for event in happened if isinstance(event, ev.MessageSent))

    def note(self, agent: str, session: SessionId, text: str) -> None:
        """The agent leaves a note."""
        self._obeyed(self.run(cmd.Note(actor=self.actor(agent), session=session, text=text)))

    def transfer(self, agent: str, session: SessionId, *, to: str, note: str = "") -> None:
        """To a group or to a seat, told apart by the name."""
        seat, group = (SeatId(to), None) if SeatId(to) in SITE.seats else (None, GroupId(to))
        command = cmd.Transfer(actor=self.actor(agent), session=session, to_seat=seat, to_group=group, note=note)
        self._obeyed(self.run(command))

    def hang_up(self, agent: str, session: SessionId) -> None:
        """The agent ends the talk."""
        self._obeyed(self.run(cmd.HangUp(actor=self.actor(agent), session=session)))

    def wrap_up(self, agent: str, session: SessionId, disposition: str, remark: str = "") -> None:
        """The agent closes the books."""
        command = cmd.WrapUp(actor=self.actor(agent), session=session, disposition=disposition, remark=remark)
        self._obeyed(self.run(command, after_s=12))

    # The courier.

    def deliver(self, message: MessageId, session: SessionId | None) -> None:
        """The channel took it."""
        self.run(cmd.ReportDelivered(message=message, session=session), after_s=0.2)

    def fail(self, message: MessageId, session: SessionId | None, code: str, detail: str = "") -> None:
        """The channel did not."""
        command = cmd.ReportFailed(message=message, session=session, code=code, detail=detail, attempts=3)
        self.run(command, after_s=0.2)

    def store_media(self, message: MessageId, session: SessionId, media: str, mime: str, duration_ms: int = 0) -> None:
        """The file of a customer's message was fetched."""
        self.run(
            cmd.ReportMediaStored(
                message=message,
                session=session,
                media=MediaKey(media),
                mime=mime,
                size_bytes=1000,
                duration_ms=duration_ms,
            ),
            after_s=0.2,
        )

    @staticmethod
    def _obeyed(happened: list[ev.Event]) -> None:
        refused = [event for event in happened if isinstance(event, ev.CommandAnswered) and not event.ok]
        assert not refused, refused


def served_story(*, first: int = 1, satisfaction: Satisfaction = Satisfaction()) -> Story:  # noqa: B008 - frozen
    """One customer served by two seats, with everything that a transcript can show; a second one left waiting."""
    story = Story(first=first, satisfaction=satisfaction)
    story.sign_in("agent1", "agent2")
    story.write("ming", "你好，我的账单好像多扣了一笔")
    session = story.session_of("ming")
    story.write("ming", "11月3日的那笔 268 元")
    story.accept("agent1", session)
    story.deliver(story.say("agent1", session, "您好，我来帮您查一下", canned=("hello", "wait")), session)
    picture = story.write("ming", Image(source="media-1"), after_s=20)
    story.store_media(picture, session, "aa.png", "image/png")
    speech = story.write("ming", Voice(source="media-2", format="amr", recognition="就是这笔"), after_s=5)
    story.store_media(speech, session, "bb.amr", "audio/amr", 2300)
    story.note("agent1", session, "客户情绪平稳，账单争议")
    story.transfer("agent1", session, to="agent2", note="账单争议，请接手")
    story.accept("agent2", session)
    failed = story.say("agent2", session, "这笔是年费，可以为您减免")
    story.fail(failed, session, "45015", "response out of time limit")
    story.write("ming", "字" * 700, after_s=9)
    story.deliver(story.say("agent2", session, "已为您减免，请查收", canned=("hello",)), session)
    story.hang_up("agent2", session)
    story.wrap_up("agent2", session, "billing_dispute", "年费减免 268 元")
    story.write("hong", "在吗")
    return story
