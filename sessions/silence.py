"""The silence ladder: what happens, and when, once the seat has spoken last and the customer says nothing.

Every step counts from the seat's last words, on the clock or in working hours only, and fires once in a silence. The
next one is a due time on the session, carried by the event that began the silence or took the step before.
"""

from collections.abc import Iterator

from routing.hours import add_open_ms
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import CustomerId, Millis, SilenceStep
from sessions.settings import Group, Step

STEPS: tuple[SilenceStep, ...] = ("remind", "park", "soft_end", "hard_end")
FOR_PARKED: tuple[SilenceStep, ...] = ("soft_end", "hard_end")


def first_step(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """The first step of a silence that begins now, with the seat's words."""
    steps = FOR_PARKED if session.state == "parked" else STEPS
    return _earliest(floor, session, at, at, steps)


def step_after(floor: Floor, session: Session, taken: SilenceStep, at: Millis) -> ev.Due | None:
    """The step after this one, in the silence that is."""
    return _earliest(floor, session, session.turn_last_at, at, STEPS[STEPS.index(taken) + 1 :])


def step_when_parked(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """What a session that is parked now has still before it."""
    return _earliest(floor, session, session.turn_last_at, at, FOR_PARKED)


def _earliest(
    floor: Floor, session: Session, since: Millis, at: Millis, steps: tuple[SilenceStep, ...]
) -> ev.Due | None:
    """The next of these steps; one that should have come by now comes next."""
    due = list(_due_times(floor, session, since, steps))
    if not due:
        return None
    first = min(due, key=lambda each: (each.at, steps.index(each.step)))
    return ev.Due(step=first.step, at=max(first.at, Millis(at + 1)))


def _due_times(floor: Floor, session: Session, since: Millis, steps: tuple[SilenceStep, ...]) -> Iterator[ev.Due]:
    group = floor.group(session.group)
    ladder = group.ladder
    by_name: dict[SilenceStep, Step | None] = {
        "remind": ladder.remind,
        "park": ladder.park,
        "soft_end": ladder.soft_end,
    }
    for name in steps:
        step = by_name.get(name)
        if step is not None:
            yield ev.Due(step=name, at=_after(floor, group, since, step))
        elif name == "hard_end" and ladder.hard_end_before_s is not None:
            until = window_until(floor, session.customer)
            if until:
                yield ev.Due(step="hard_end", at=Millis(until - ladder.hard_end_before_s * 1000))


def window_until(floor: Floor, customer: CustomerId) -> Millis | None:
    """When the channel's window shuts; None where it has none."""
    conversation = floor.conversations.get(customer)
    return conversation.allowance.until if conversation and conversation.allowance else None


def _after(floor: Floor, group: Group, since: Millis, step: Step) -> Millis:
    if not step.working_hours:
        return Millis(since + step.after_s * 1000)
    calendar = floor.site.calendars.get(group.calendar)
    return Millis(add_open_ms(calendar, since, step.after_s * 1000, floor.site.rules.utc_offset_min))
