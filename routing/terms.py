"""On which terms a group gives out its sessions, and what keeps a seat from one."""

from msgspec import Struct

from routing.capacity import HARD_CAP, Rule, SeatCapacity, lacks_room
from routing.policies import Policy


class GroupTerms(Struct, frozen=True, kw_only=True):
    """What is set up about a skill group, as far as the choice of a seat depends on it."""

    group: str
    required_level: int = 1
    soft_cap: int = HARD_CAP
    """A seat that is busier than this gets no new offers of the group, whatever its own soft cap is."""
    policy: Policy = "shortest_reply"
    cold_weight: float = 0.2
    """What an open chat weighs when it has cooled."""
    overflow_groups: tuple[str, ...] = ()


class Limits(Struct, frozen=True, kw_only=True):
    """Numbers of the whole site that the router needs."""

    wake_reserve_percent: int = 15
    fairness_sigma_percent: int = 200


def levels_below(seat: SeatCapacity, terms: GroupTerms) -> int | None:
    """By how many levels the seat is below the required one, negative above; None without the skill."""
    level = seat.skills.get(terms.group, 0)
    return terms.required_level - level if level > 0 else None


def obstacle(
    seat: SeatCapacity, terms: GroupTerms, limits: Limits, now: int, *, load: int | None = None, level_down: int = 0
) -> Rule | None:
    """The rule that keeps this seat from a new offer of the group, or None: it may have it.

    `load` is given apart where a round of matching has assigned something already; `level_down` is by how much the
    required level is lowered.
    """
    if not seat.available:
        return "not_available"
    below = levels_below(seat, terms)
    if below is None or below > level_down:
        return "level_too_low"
    rule = lacks_room(seat, seat.load if load is None else load, terms.soft_cap, limits.wake_reserve_percent)
    if rule is not None:
        return rule
    return "cooling_down" if seat.cooldown_until > now else None
