"""How events change the floor: the one door to the recorders.

A missing recorder stops the program when it is imported, not when its event first happens.
"""

from sessions import events as ev
from sessions.floor import Floor
from sessions.recorders import RECORDERS, customers, parking, queueing, satisfaction, seats, sent, service, site, talk

__all__ = ["apply"]


def apply(floor: Floor, event: ev.Event) -> None:
    """Change the floor by what has happened."""
    floor.facts.at = event.at
    RECORDERS[type(event)](floor, event)
    if floor.fading:
        floor.forget_faded()


_ROOMS = (customers, parking, queueing, satisfaction, seats, sent, service, site, talk)
"""Imported for what they register."""

assert set(RECORDERS) == set(ev.EVENT_TYPES), "an event without a recorder"
