"""Leaving a message instead of waiting, and when we come back to it."""

from datetime import UTC, datetime

from routing.hours import is_open, next_opening
from sessions import events as ev
from sessions.floor import Floor
from sessions.ids import GroupId, Millis
from sessions.saying import Addressee, notice
from sessions.settings import Site


def begin_leaving_message(
    floor: Floor, to: Addressee, group: GroupId, reason: ev.LeaveReason, at: Millis, cause: str
) -> list[ev.Event]:
    """From here on the customer's words are a message that we come back to."""
    assert to.session is not None, f"{to.customer} leaves a message in no session"
    kind = "after_hours" if reason in {"after_hours", "closing_time"} else "leave_message"
    when = spoken(floor.site, callback_due(floor, group, at))
    return [
        ev.LeaveMessageBegun(
            at=at,
            cause=cause,
            session=to.session,
            customer=to.customer,
            group=group,
            reason=reason,
            idle_at=Millis(at + floor.site.rules.leave_message_idle_s * 1000),
        ),
        *notice(floor, to, 1, kind, at, cause, time=when),
    ]


def callback_due(floor: Floor, group: GroupId, at: Millis) -> Millis:
    """When we come back to a message that is left now: soon, or when the group opens again."""
    site = floor.site
    soon = Millis(at + site.rules.callback_after_s * 1000)
    calendar = site.calendars.get(floor.group(group).calendar)
    if is_open(calendar, soon, site.rules.utc_offset_min):
        return soon
    return Millis(next_opening(calendar, soon, site.rules.utc_offset_min) or soon)


def spoken(site: Site, at: Millis) -> str:
    """An instant as it is said to a customer, on the site's clock."""
    local = datetime.fromtimestamp(at // 1000 + site.rules.utc_offset_min * 60, tz=UTC)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
