"""Desks where customers wait: groups with manners, rings and hours."""

from typing import Any

from routing.hours import Calendar
from sessions import events as ev
from sessions.ids import GroupId
from sessions.settings import Manners, Rings
from tests.builders import SILENT, Desk, make_site

DAYS = (((540, 1080),),) * 7
OFFICE = Calendar(id="office", name="Office", week=DAYS)
"""Nine to six, every day; the tests begin at ten."""
NEVER = Calendar(id="never", name="Never", week=((),) * 7)
OFFER_MESSAGE = Rings(level_down_s=None, overflow_s=None, leave_message_s=120)
TO_BILLS = Rings(level_down_s=None, overflow_s=None, overflow_groups=(GroupId("bills"),), leave_message_s=None)
HOUR = 3600


def desk_with(manners: Manners = SILENT, *, seats: Any = ("s1",), **group: Any) -> Desk:
    """A site in which every group has these manners; nobody has come yet."""
    site_wide = {name: group.pop(name) for name in ("queued_max", "soft_cap") if name in group}
    site = make_site(seats, every_group={"manners": manners, **group}, calendars=[OFFICE, NEVER], **site_wide)
    return Desk(site)


def office(manners: Manners = SILENT, **group: Any) -> Desk:
    """The same, at work from nine to six."""
    return desk_with(manners, calendar="office", **group)


def notices(happened: list[ev.Event]) -> list[str]:
    return [each.kind for each in happened if isinstance(each, ev.NoticeSent)]
