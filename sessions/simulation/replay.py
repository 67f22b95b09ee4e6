"""Yesterday's customers, from the ledger, to be sent to another policy.

A transcript tells when a customer wrote, when they were answered and how long they thought. How long an answer took
its seat nobody wrote down: it is taken to have begun with the message, or with the seat's answer before where that was
later, as with people who answer one after the other. Who paused for long is taken to have walked away.
"""

from collections.abc import Iterable
from itertools import pairwise

import msgspec
from msgspec import Struct, field

from sessions import events as ev
from sessions.ids import AccountId, CustomerId, GroupId, Millis, SeatId
from sessions.settings import Account, Site
from sessions.simulation.scenarios import Scenario
from sessions.simulation.traffic import Customer, Line

AWAY_S = 300.0
"""A customer who does not write for so long after an answer has walked away."""
WORK_S_MAX = 300.0
"""A longer answer was not all work: somebody was called away."""


class _Turn(Struct):
    began_at: Millis
    last_at: Millis
    answered_at: Millis | None = None
    work_s: float = 0.0
    closing: bool = False


class _Talk(Struct):
    group: str
    turns: list[_Turn] = field(default_factory=list)


class Traffic(Struct, frozen=True):
    """What a ledger holds of customers, and how many seats were there to serve them."""

    customers: tuple[Customer, ...]
    seats: tuple[SeatId, ...]
    hours: float


def read_traffic(events: Iterable[ev.Event]) -> Traffic:
    """The customers of these events, in order of coming; the day begins with the first message."""
    talks: dict[CustomerId, _Talk] = {}
    groups: dict[str, str] = {}
    answered_by: dict[SeatId, Millis] = {}
    for event in events:
        match event:
            case ev.SessionQueued(session=session, group=group):
                groups[session] = group
            case ev.MessageReceived():
                _write(talks.setdefault(event.customer, _Talk(groups.get(event.session, ""))), event)
            case ev.MessageSent():
                if (talk := talks.get(event.customer)) and talk.turns and talk.turns[-1].answered_at is None:
                    talk.group = groups.get(event.session, talk.group)
                    _answer(talk.turns[-1], event.at, answered_by.get(event.seat, Millis(0)))
                answered_by[event.seat] = event.at
            case _:
                pass
    known = {customer: talk for customer, talk in talks.items() if talk.group}
    if not known:
        return Traffic((), tuple(sorted(answered_by)), 0.0)
    began_at = min(talk.turns[0].began_at for talk in known.values())
    customers = [_customer(str(number), talk, began_at) for number, talk in enumerate(known.values())]
    last_s = max(customer.at_s for customer in customers)
    return Traffic(
        tuple(sorted(customers, key=lambda customer: customer.at_s)),
        tuple(sorted(answered_by)),
        max(last_s + 1.0, 60.0) / 3600,
    )


def replay(traffic: Traffic, site: Site, name: str = "ledger") -> Scenario:
    """The same customers at the same site; every seat that answered anybody is at work from the start.

    Where a customer belongs was found out at the time: here each group has an account of its own.
    """
    groups = sorted({customer.group for customer in traffic.customers})
    accounts = {
        AccountId(group): Account(id=AccountId(group), name=group, default_group=GroupId(group)) for group in groups
    }
    return Scenario(
        name=name,
        site=msgspec.structs.replace(site, accounts=accounts, flows={}, calendars={}),
        speeds=dict.fromkeys(traffic.seats, 1.0),
        traffic=traffic.customers,
        hours=traffic.hours,
        warm_up_s=0.0,
    )


def _write(talk: _Talk, message: ev.MessageReceived) -> None:
    """A new turn, or one more message of a burst that nobody has answered yet."""
    last = talk.turns[-1] if talk.turns else None
    if last is not None and last.answered_at is None and not last.closing:
        last.last_at = message.at
    else:
        talk.turns.append(_Turn(message.at, message.at, closing=message.closing))


def _answer(turn: _Turn, at: Millis, seat_answered_at: Millis) -> None:
    turn.answered_at = at
    turn.work_s = min((at - max(turn.last_at, seat_answered_at)) / 1000, WORK_S_MAX)


def _customer(name: str, talk: _Talk, began_at: Millis) -> Customer:
    lines = [Line(work_s=talk.turns[0].work_s, closing=talk.turns[0].closing)]
    for before, turn in pairwise(talk.turns):
        pause_s = (turn.began_at - (before.answered_at or before.last_at)) / 1000
        away = pause_s > AWAY_S or (before.answered_at is None and not before.closing)
        since_s = (turn.began_at - before.last_at) / 1000
        lines.append(Line(work_s=turn.work_s, pause_s=since_s if away else pause_s, away=away, closing=turn.closing))
    return Customer(
        name=name,
        at_s=(talk.turns[0].began_at - began_at) / 1000,
        group=talk.group,
        lines=tuple(lines),
        vanishes=talk.turns[-1].answered_at is None and not talk.turns[-1].closing,
    )
