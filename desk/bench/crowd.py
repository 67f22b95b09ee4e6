"""A site on which everybody was served once and is parked: what benches of large floors begin with."""

from itertools import count

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.decide import step
from sessions.floor import Floor
from sessions.ids import AccountId, CustomerId, GroupId, Millis, SeatId, SessionId, UserId
from sessions.settings import Account, Group, SeatPlan, Site

SEATS, GROUPS = 100, 10


class Crowd:
    """The floor of such a site, and what its customers and seats do next; `now` is when it begins."""

    def __init__(self, now: int) -> None:
        self.floor = Floor()
        self._now = now
        self._numbers = count(1)
        groups = [GroupId(f"group-{n}") for n in range(GROUPS)]
        seats = [SeatId(f"seat-{n:03}") for n in range(SEATS)]
        self._do(
            cmd.ConfigureSite(
                site=Site(
                    version=1,
                    accounts={
                        AccountId(f"a{n}"): Account(id=AccountId(f"a{n}"), name="a", default_group=group)
                        for n, group in enumerate(groups)
                    },
                    groups={group: Group(id=group, name=group) for group in groups},
                    seats={
                        seat: SeatPlan(
                            id=seat, name=seat, agent=UserId(seat), skills={groups[n % GROUPS]: 3}, soft_cap=10
                        )
                        for n, seat in enumerate(seats)
                    },
                )
            )
        )
        for seat in seats:
            self._do(cmd.SignInSeat(actor=self._actor(seat)))

    def park(self, number: int) -> CustomerId:
        """Somebody new writes, is answered and parked."""
        customer = CustomerId(f"a{number % GROUPS}:o{number:028}")
        self.write(customer, "请问我的账单日是哪天？")
        session = self._session(customer)
        offer = self.floor.sessions[session].offer
        assert offer is not None, f"{session} waits: all seats are full"
        self._do(cmd.Accept(actor=self._actor(offer.seat), session=session))
        self._answer_and_park(offer.seat, session)
        return customer

    def write(self, customer: CustomerId, text: str) -> None:
        """They write."""
        key = f"{next(self._numbers):019}"
        self._do(cmd.ReceiveMessage(customer=customer, content=Text(text=text), key=key, sent_at=Millis(self._now)))

    def wake_and_park(self, customer: CustomerId) -> None:
        """They come back with a question, are answered and parked again."""
        self.write(customer, "请问还有别的办法吗？")
        session = self._session(customer)
        seat = self.floor.sessions[session].seat
        assert seat is not None, f"{session} has lost its seat"
        self._answer_and_park(seat, session)

    def _answer_and_park(self, seat: SeatId, session: SessionId) -> None:
        self._do(cmd.Send(actor=self._actor(seat), session=session, content=Text(text="每月五日。")))
        self._do(cmd.Park(actor=self._actor(seat), session=session))

    def _session(self, customer: CustomerId) -> SessionId:
        live = self.floor.live_session_of(customer)
        assert live is not None, f"{customer} has no session"
        return live.id

    def _actor(self, seat: SeatId) -> cmd.Actor:
        return cmd.Actor(user=UserId(seat), role="agent", request=str(next(self._numbers)), seat=seat)

    def _do(self, command: cmd.Command) -> None:
        """As edge and engine do it: written, read, decided, and what happened written again."""
        self._now += 1
        for event in step(self.floor, cmd.decode(cmd.encode(command)), Millis(self._now), f"{self._now}-0"):
            ev.encode(event)
