"""Whether a site can work: every complaint about it, found without asking anyone.

Whatever writes settings (forms, seeds, SQL by hand) passes here before they come into force.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from desk.store.complaints import Complaint, SiteSettingsError, found_in
from desk.store.flow_checking import flow_complaints
from desk.store.plain_checking import Path, byte_complaints, id_complaints, range_complaints, text_complaints
from desk.store.ranges import (
    CHOICES_MAX,
    CUSTOMER_FIELDS_MAX,
    GROUP_RANGES,
    LEVEL_MAX,
    NAME_LENGTH_MAX,
    RULE_RANGES,
    TEXT_LENGTH_MAX,
    WORDS_MAX,
    Range,
)
from routing.hours import calendar_complaints
from routing.policies import Policy
from sessions.ids import HARD_CAP, SeatId
from sessions.settings import FieldKind, Group, Ladder, Rings, SeatPlan, Site, WhenFull, WhenToAsk

BEARABLE = {"name_taken", "too_many_bytes"}
"""Not saved any more, and no reason for a desk not to start where it was saved before."""


def check_site(site: Site) -> None:
    """Raises `SiteSettingsError` where anything in it cannot work."""
    if complaints := [each for each in complaints_about(site) if each.code not in BEARABLE]:
        raise SiteSettingsError(complaints)


def complaints_about(site: Site) -> Iterator[Complaint]:
    """Everything in the site that cannot work, or should not be saved."""
    for account in site.accounts.values():
        path: Path = ("accounts", account.id)
        yield from id_complaints(path, account.id)
        if account.default_group not in site.groups:
            yield Complaint((*path, "default_group"), "no_such_group", {"value": account.default_group})
        if account.flow and account.flow not in site.flows:
            yield Complaint((*path, "flow"), "no_such_flow", {"value": account.flow})
    for group in site.groups.values():
        yield from _group_complaints(site, group)
    yield from _namesake_complaints(site)
    for seat in site.seats.values():
        yield from _seat_complaints(site, seat)
    yield from _successor_complaints(site)
    for calendar in site.calendars.values():
        path = ("calendars", calendar.id)
        yield from id_complaints(path, calendar.id)
        yield from text_complaints((*path, "name"), calendar.name, NAME_LENGTH_MAX)
        yield from found_in(path, calendar_complaints(calendar))
    for flow in site.flows.values():
        yield from flow_complaints(site, flow)
    yield from _customer_field_complaints(site)
    yield from _rule_complaints(site)
    for kind, text in site.texts.items():
        yield from text_complaints(("texts", kind), text, TEXT_LENGTH_MAX, may_be_empty=True)
        yield from byte_complaints(("texts", kind), text)
    for name in ("closing_tokens", "give_up_words", "leave_message_words"):
        yield from _word_complaints((name,), getattr(site, name))


def value_at(struct: object, dotted: str) -> Any:
    """What stands at `ladder.park.after_s`; None where a step of the way is None."""
    for name in dotted.split("."):
        struct = None if struct is None else getattr(struct, name)
    return struct


def _group_complaints(site: Site, group: Group) -> Iterator[Complaint]:
    path = ("groups", group.id)
    yield from id_complaints(path, group.id)
    yield from text_complaints((*path, "name"), group.name, NAME_LENGTH_MAX)
    yield from text_complaints((*path, "name_en"), group.name_en, NAME_LENGTH_MAX, may_be_empty=True)
    for dotted, allowed in GROUP_RANGES.items():
        value = value_at(group, dotted)
        if value is not None:
            yield from range_complaints((*path, *dotted.split(".")), value, allowed)
    if group.policy not in get_args(Policy):
        yield Complaint((*path, "policy"), "no_such_choice", {"value": group.policy})
    if group.manners.when_full not in get_args(WhenFull):
        yield Complaint((*path, "manners", "when_full"), "no_such_choice", {"value": group.manners.when_full})
    if group.satisfaction.ask not in get_args(WhenToAsk):
        yield Complaint((*path, "satisfaction", "ask"), "no_such_choice", {"value": group.satisfaction.ask})
    if group.satisfaction.valid_s > site.rules.conversation_kept_s:
        most = site.rules.conversation_kept_s // 3600
        yield Complaint((*path, "satisfaction", "valid_s"), "forgotten_before", {"most": most})
    yield from _choice_complaints((*path, "dispositions", "choices"), group.dispositions.choices)
    if group.calendar and group.calendar not in site.calendars:
        yield Complaint((*path, "calendar"), "no_such_calendar", {"value": group.calendar})
    yield from _overflow_complaints(site, group, path)
    yield from _ladder_complaints(group.ladder, (*path, "ladder"))
    yield from _ring_complaints(group.rings, (*path, "rings"))


def _namesake_complaints(site: Site) -> Iterator[Complaint]:
    """Groups are chosen by their names: of two with the same, at the desk nobody can tell which is which."""
    for field in ("name", "name_en"):
        names = {group.id: getattr(group, field).strip().casefold() for group in site.groups.values()}
        counted = Counter(names.values())
        for group, name in names.items():
            if name and counted[name] > 1:
                yield Complaint(("groups", group, field), "name_taken", {"value": getattr(site.groups[group], field)})


def _overflow_complaints(site: Site, group: Group, path: Path) -> Iterator[Complaint]:
    place = (*path, "rings", "overflow_groups")
    for other in group.rings.overflow_groups:
        if other == group.id:
            yield Complaint(place, "overflow_to_itself")
        elif other not in site.groups:
            yield Complaint(place, "no_such_group", {"value": other})
    if group.manners.when_full == "overflow" and not group.rings.overflow_groups:
        yield Complaint((*path, "manners", "when_full"), "overflow_nowhere")


def _ladder_complaints(ladder: Ladder, path: Path) -> Iterator[Complaint]:
    """Each step later than the one before, where both run on the same clock."""
    latest: dict[bool, int] = {}
    for name in ("remind", "park", "soft_end"):
        step = getattr(ladder, name)
        if step is None:
            continue
        before = latest.get(step.working_hours)
        if before is not None and step.after_s <= before:
            yield Complaint((*path, name, "after_s"), "ladder_order", {"least": before})
        latest[step.working_hours] = step.after_s


def _ring_complaints(rings: Rings, path: Path) -> Iterator[Complaint]:
    latest = 0
    for name in ("level_down_s", "overflow_s", "leave_message_s"):
        value = getattr(rings, name)
        if value is None:
            continue
        if value < latest:
            yield Complaint((*path, name), "rings_order", {"least": latest})
        latest = value


def _seat_complaints(site: Site, seat: SeatPlan) -> Iterator[Complaint]:
    path = ("seats", seat.id)
    yield from id_complaints(path, seat.id)
    yield from text_complaints((*path, "name"), seat.name, NAME_LENGTH_MAX)
    yield from range_complaints((*path, "soft_cap"), seat.soft_cap, Range(1, HARD_CAP))
    for skill, level in seat.skills.items():
        yield from range_complaints((*path, "skills", skill), level, Range(1, LEVEL_MAX))
        if skill not in site.groups:
            yield Complaint((*path, "skills"), "no_such_group", {"value": skill})


def _successor_complaints(site: Site) -> Iterator[Complaint]:
    for gone, successor in site.successors.items():
        if gone in site.seats:
            yield Complaint(("successors", gone), "successor_at_work")
        elif heir_of(site, gone) is None:
            yield Complaint(("successors", gone), "successor_gone", {"value": successor})


def heir_of(site: Site, gone: SeatId) -> SeatId | None:
    """Who in the end inherits this seat's customers: successors may have left themselves."""
    seen = set()
    heir = site.successors.get(gone)
    while heir is not None and heir not in site.seats and heir not in seen:
        seen.add(heir)
        heir = site.successors.get(heir)
    return heir if heir in site.seats else None


def _customer_field_complaints(site: Site) -> Iterator[Complaint]:
    whole: Path = ("customer_fields",)
    if len(site.customer_fields) > CUSTOMER_FIELDS_MAX:
        yield Complaint(whole, "too_many", {"most": CUSTOMER_FIELDS_MAX, "length": len(site.customer_fields)})
    seen: set[str] = set()
    for field in site.customer_fields:
        path = (*whole, field.id)
        yield from id_complaints((*path, "id"), field.id)
        if field.id in seen:
            yield Complaint((*path, "id"), "taken_twice", {"value": field.id})
        seen.add(field.id)
        yield from text_complaints((*path, "label"), field.label, NAME_LENGTH_MAX)
        if field.kind not in get_args(FieldKind):
            yield Complaint((*path, "kind"), "no_such_choice", {"value": field.kind})
        if field.kind == "select" and not field.options:
            yield Complaint((*path, "options"), "options_missing")
        yield from _choice_complaints((*path, "options"), field.options)


def _choice_complaints(path: Path, choices: tuple[str, ...]) -> Iterator[Complaint]:
    """Words to choose from: each there, short, and once."""
    if len(choices) > CHOICES_MAX:
        yield Complaint(path, "too_many", {"most": CHOICES_MAX, "length": len(choices)})
    for choice in choices[:CHOICES_MAX]:
        yield from text_complaints(path, choice, NAME_LENGTH_MAX)
    if len(set(choices)) < len(choices):
        yield Complaint(path, "taken_twice", {"value": next(each for each in choices if choices.count(each) > 1)})


def _rule_complaints(site: Site) -> Iterator[Complaint]:
    for name, value in msgspec.structs.asdict(site.rules).items():
        yield from range_complaints(("rules", name), value, RULE_RANGES[name])
    if site.rules.wrap_block_s > site.rules.wrap_max_s:
        yield Complaint(("rules", "wrap_block_s"), "wrap_block_too_long", {"most": site.rules.wrap_max_s})


def _word_complaints(path: Path, words: tuple[str, ...]) -> Iterator[Complaint]:
    if len(words) > WORDS_MAX:
        yield Complaint(path, "too_many", {"most": WORDS_MAX, "length": len(words)})
    for word in words[:WORDS_MAX]:
        yield from text_complaints(path, word, NAME_LENGTH_MAX)
