"""Settings, and the web processes that serve them."""

from routing.capacity import SeatCapacity
from sessions import events as ev
from sessions.facts import Seat
from sessions.floor import Floor
from sessions.ids import HARD_CAP, SessionId
from sessions.recorders import records
from sessions.recorders.parts import forget_if_gone


@records(ev.SiteConfigured)
def _(floor: Floor, event: ev.SiteConfigured) -> None:
    floor.facts.site = event.site
    if event.last_session:
        count_from(floor, event.last_session)
    seats = floor.facts.seats
    for plan in event.site.seats.values():
        skills = {str(group): level for group, level in plan.skills.items()}
        soft_cap = min(plan.soft_cap, HARD_CAP)
        seat = seats.get(plan.id)
        if seat is None:
            seats[plan.id] = Seat(id=plan.id, capacity=SeatCapacity(plan.id, skills, soft_cap), presence_since=event.at)
        else:
            seat.capacity.skills = skills
            seat.capacity.soft_cap = soft_cap
    for gone in [each for each in seats.values() if each.id not in event.site.seats]:
        gone.capacity.skills = {}  # it keeps what it has, and gets nothing new
        forget_if_gone(floor, gone)
    floor.refresh_settings()


@records(ev.HubBeat)
def _(floor: Floor, event: ev.HubBeat) -> None:
    floor.facts.hubs[event.hub] = event.expires_at
    floor.arm(event.expires_at, "hub", event.hub)


@records(ev.HubLost)
def _(floor: Floor, event: ev.HubLost) -> None:
    floor.facts.hubs.pop(event.hub, None)


@records(ev.CustomersInherited)
def _(floor: Floor, event: ev.CustomersInherited) -> None:
    for conversation in floor.conversations.values():
        if conversation.last_seat == event.from_seat:
            conversation.last_seat = event.to_seat


def count_from(floor: Floor, session: SessionId) -> None:
    """Numbers go on from this one."""
    day, _, count = session.rpartition("-")
    floor.facts.day, floor.facts.day_count = day, int(count)
