"""The silence ladder: what happens, and when, once the seat has spoken last and the customer says nothing.

Every step counts from where the silence began, on the clock or in working hours only, and fires once in a silence.
The next one is a due time on the session, carried by the event that began the silence or took the step before. A
silence begins with the seat's words; and once more, without the reminder, when a seat takes a quiet session back or
over from a colleague, or a promise is broken. While a promise is open only the slot is given back: whoever was
promised an answer may be quiet.
"""

from collections.abc import Iterator

from routing.hours import add_open_ms
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import CustomerId, Millis, SilenceStep
from sessions.saying import is_limited
from sessions.settings import Group, Step

Steps = tuple[SilenceStep, ...]
STEPS: Steps = ("remind", "park", "soft_end", "hard_end")
ONCE_MORE: Steps = ("park", "soft_end", "hard_end")
FOR_PARKED: Steps = ("soft_end", "hard_end")
FOR_PROMISED: Steps = ("park",)


def first_step(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """The first step of a silence that begins now, with the seat's words; they keep what was promised."""
    return _earliest(floor, session, at, at, FOR_PARKED if session.state == "parked" else STEPS)


def step_without_words(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """The first step of a silence that begins now though the seat says nothing: it calls it the customer's move."""
    return _earliest(floor, session, at, at, FOR_PROMISED if session.promise else STEPS)


def step_once_more(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """The first step of a silence that begins anew: the seat took the session back."""
    return _earliest(floor, session, at, at, FOR_PROMISED if session.promise else ONCE_MORE)


def step_when_handed_over(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """The same for a colleague who takes it over; who was reminded in this silence is not reminded again."""
    if session.silence is None or session.silence.step != "remind" or session.promise:
        return step_once_more(floor, session, at)
    return _earliest(floor, session, at, at, STEPS)


def step_after_promise(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """The promise is over and broken; where it is the customer's move all the same, the silence begins anew."""
    if session.turn != "customer":
        return None
    return _earliest(floor, session, at, at, FOR_PARKED if session.state == "parked" else ONCE_MORE)


def step_after(floor: Floor, session: Session, taken: SilenceStep, at: Millis) -> ev.Due | None:
    """The step after this one, in the silence that is."""
    return _earliest(floor, session, _began_at(session), at, STEPS[STEPS.index(taken) + 1 :])


def step_when_parked(floor: Floor, session: Session, at: Millis) -> ev.Due | None:
    """What a session that is parked now has still before it; a promise is its only alarm clock."""
    return None if session.promise else _earliest(floor, session, _began_at(session), at, FOR_PARKED)


def hard_end_moved(floor: Floor, session: Session, allowance: ev.Allowance | None) -> ev.Due | None:
    """The hard end as the window now is, which polite words have opened anew; None where it is not the next step."""
    due = session.silence
    if due is None or due.step != "hard_end" or allowance is None:
        return None
    before_s = floor.group(session.group).ladder.hard_end_before_s
    return None if before_s is None else _hard_end(allowance.until, before_s, due.since)


def window_until(floor: Floor, customer: CustomerId) -> Millis | None:
    """When the channel's window shuts; None where it has none."""
    conversation = floor.conversations.get(customer)
    return conversation.allowance.until if conversation and conversation.allowance else None


def _began_at(session: Session) -> Millis:
    return session.silence.since if session.silence else session.turn_last_at


def _earliest(floor: Floor, session: Session, since: Millis, at: Millis, steps: Steps) -> ev.Due | None:
    """The next of these steps; one that should have come by now comes next."""
    due = list(_due_times(floor, session, since, steps))
    if not due:
        return None
    first = min(due, key=lambda each: (each.at, steps.index(each.step)))
    return ev.Due(step=first.step, at=max(first.at, Millis(at + 1)), since=since)


def _due_times(floor: Floor, session: Session, since: Millis, steps: Steps) -> Iterator[ev.Due]:
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
            yield ev.Due(step=name, at=_after(floor, group, since, step), since=since)
        elif name == "hard_end" and ladder.hard_end_before_s is not None:
            until = window_until(floor, session.customer) or _as_if_it_had_a_window(floor, session, since)
            if until:
                yield _hard_end(until, ladder.hard_end_before_s, since)


def _as_if_it_had_a_window(floor: Floor, session: Session, since: Millis) -> Millis | None:
    """Where the channel has no window, quiet sessions end as late as elsewhere: nothing is kept for ever."""
    return None if is_limited(floor, session.customer) else Millis(since + floor.site.rules.send_window_s * 1000)


def _hard_end(until: Millis, before_s: int, since: Millis) -> ev.Due:
    """So long before the window shuts; for words said later than that, when it does; or as long after them."""
    at = until - before_s * 1000
    if at <= since:
        at = until if until > since else since + before_s * 1000
    return ev.Due(step="hard_end", at=Millis(at), since=since)


def _after(floor: Floor, group: Group, since: Millis, step: Step) -> Millis:
    if not step.working_hours:
        return Millis(since + step.after_s * 1000)
    calendar = floor.site.calendars.get(group.calendar)
    return Millis(add_open_ms(calendar, since, step.after_s * 1000, floor.site.rules.utc_offset_min))
