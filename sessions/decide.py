"""What a command comes to, and one step of the floor.

`decide` is pure: it reads the floor and answers with events. `step` is what every shell calls (engine, simulator,
tests): timers that came due before the command, then the command, then the offers that follow from either, each
event applied as it is decided.
"""

from collections.abc import Callable
from typing import Any, get_args

from sessions import commands as cmd
from sessions import (
    consult,
    customers,
    describing,
    parking,
    presence,
    recalls,
    reports,
    satisfaction,
    service,
    taking,
)
from sessions import events as ev
from sessions.apply import apply
from sessions.distribution import FREES_A_SLOT, distribute, groups_of, groups_touched
from sessions.due import fire
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId
from sessions.in_line import given_up_on
from sessions.refusal import Refused
from sessions.timers import Timer


class TimerFailed(Exception):  # noqa: N818 - it names what happened
    """The rule of this timer fails: a bug, and none of the command's that it came due before."""

    def __init__(self, timer: Timer) -> None:
        super().__init__(timer)
        self.timer = timer


Rule = Callable[[Floor, Any, Millis, str], list[ev.Event]]

_RULES: dict[type, Rule] = {
    cmd.ReceiveMessage: customers.receive_message,
    cmd.RecordCustomerEvent: customers.record_customer_event,
    cmd.RateSession: satisfaction.rate_session,
    cmd.SignInSeat: presence.sign_in_seat,
    cmd.SignOutSeat: presence.sign_out_seat,
    cmd.SetPresence: presence.set_presence,
    cmd.Accept: service.accept,
    cmd.StepIn: taking.step_in,
    cmd.Reject: service.reject,
    cmd.Send: service.send,
    cmd.Recall: recalls.recall,
    cmd.Note: service.note,
    cmd.Transfer: service.transfer,
    cmd.HangUp: service.hang_up,
    cmd.WrapUp: service.wrap_up,
    cmd.Park: parking.park,
    cmd.Promise: parking.promise,
    cmd.Resume: parking.resume,
    cmd.SetTurn: parking.set_turn,
    cmd.MarkCustomer: service.mark_customer,
    cmd.DescribeCustomer: describing.describe_customer,
    cmd.Consult: consult.consult,
    cmd.ConsultSay: consult.consult_say,
    cmd.EndConsult: consult.end,
    cmd.ConnectSeat: presence.connect_seat,
    cmd.DisconnectSeat: presence.disconnect_seat,
    cmd.BeatHub: presence.beat_hub,
    cmd.CloseHub: presence.close_hub,
    cmd.ReportDelivered: reports.report_delivered,
    cmd.ReportFailed: reports.report_failed,
    cmd.ReportRecalled: recalls.report_recalled,
    cmd.ReportMediaStored: reports.report_media_stored,
    cmd.ReportMediaRejected: reports.report_media_rejected,
    cmd.RememberCustomer: describing.remember_customer,
    cmd.ConfigureSite: reports.configure_site,
    cmd.Tick: lambda _floor, _command, _at, _cause: [],
}
_BY_PEOPLE = frozenset(get_args(cmd.AgentCommand))
_MAY_LEAVE = (ev.PresenceChanged, ev.SeatSignedOut)


def decide(floor: Floor, command: cmd.Command, at: Millis, cause: str) -> list[ev.Event]:
    """The events of this command on this floor; a person's command always has an answer among them."""
    rule = _RULES[type(command)]
    if type(command) not in _BY_PEOPLE:
        return rule(floor, command, at, cause)
    return _answered(floor, command, rule, at, cause)


def step(floor: Floor, command: cmd.Command, at: Millis, cause: str) -> list[ev.Event]:
    """Everything that happens up to and by this command, applied; `at` never runs backwards.

    Timers fire at their own due times first, so that the outcome does not depend on how late the engine is.
    Raises `TimerFailed` for one that cannot; whatever else is raised is the command's. The floor is spoilt by either.
    """
    at = floor.clock = max(at, floor.at, floor.clock)
    happened: list[ev.Event] = []
    for timer in floor.due(at):
        try:
            due_at = max(timer[0], floor.at)
            rung = groups_of(floor, SeatId(timer[2])) if timer[1] == "cooldown" else set[GroupId]()
            _advance(floor, fire(floor, timer, due_at), due_at, happened, rung)
        except Exception as failure:
            raise TimerFailed(timer) from failure
    _advance(floor, decide(floor, command, at, cause), at, happened)
    return happened


def _answered(floor: Floor, command: Any, rule: Rule, at: Millis, cause: str) -> list[ev.Event]:
    actor: cmd.Actor = command.actor
    known = floor.facts.answers.get(actor.user, {}).get(actor.request)
    if known is not None:
        return [
            ev.CommandAnswered(
                at=at,
                cause=cause,
                user=actor.user,
                request=actor.request,
                ok=known.ok,
                code=known.code,
                field=known.field,
                detail=known.detail,
                repeated=True,
            )
        ]
    try:
        events = rule(floor, command, at, cause)
    except Refused as no:
        return [
            ev.CommandAnswered(
                at=at,
                cause=cause,
                user=actor.user,
                request=actor.request,
                ok=False,
                code=no.code,
                field=no.field,
                detail=no.detail,
            )
        ]
    return [*events, ev.CommandAnswered(at=at, cause=cause, user=actor.user, request=actor.request, ok=True)]


def _advance(
    floor: Floor, events: list[ev.Event], at: Millis, happened: list[ev.Event], groups: set[GroupId] | None = None
) -> None:
    """Record these events and what follows from them at once.

    Presences that were pending begin, nobody waits for a seat alone that is away, freed slots are offered, and accepted
    where the group does so by itself.
    """
    touched = groups or set()
    while events:
        for event in events:
            apply(floor, event)
        happened += events
        touched |= groups_touched(floor, events)
        events = [*_begun_presences(floor, events, at), *_given_up(floor, events, at)]
    if touched:
        for offer in distribute(floor, touched, at, "routing"):
            apply(floor, offer)
            happened.append(offer)
            if taken := taking.taken_at_once(floor, offer):
                apply(floor, taken)
                happened.append(taken)


def _begun_presences(floor: Floor, events: list[ev.Event], at: Millis) -> list[ev.Event]:
    begun: dict[SeatId, ev.Event] = {}
    for event in events:
        if isinstance(event, FREES_A_SLOT):
            seat = floor.seats.get(event.seat)
            if seat and seat.pending_presence and seat.load == 0 and seat.presence != "reconnecting":
                begun[event.seat] = presence.begin_pending(seat, at, "load=0")
    return list(begun.values())


def _given_up(floor: Floor, events: list[ev.Event], at: Millis) -> list[ev.Event]:
    seats = dict.fromkeys(each.seat for each in events if isinstance(each, _MAY_LEAVE))
    return [event for seat in seats for event in given_up_on(floor, seat, at)]


assert set(_RULES) == set(get_args(cmd.Command)), "a command without a rule"
