"""Where a session can go, and whom one can ask: groups with their lines, colleagues with their room."""

from collections.abc import Mapping

from msgspec import Struct

from desk.i18n import Language, gettext_for
from desk.names import group_name
from desk.panes import BREAK_REASONS, PRESENCES, group_view, place
from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import HARD_CAP, GroupId, Presence, SeatId

Names = Mapping[str, str]
"""What people are called, by user name."""


class GroupTarget(Struct, frozen=True, kw_only=True):
    """A group that a session can be handed to; `obstacle` says why not."""

    id: GroupId
    name: str
    waiting: int
    open_seats: int
    obstacle: str


class SeatTarget(Struct, frozen=True, kw_only=True):
    """A colleague's seat that a session can be handed to; `obstacle` says why not. `person` sits there."""

    seat: SeatId
    name: str
    person: str
    groups: str
    presence: Presence
    label: str
    load: int
    hard_cap: int
    obstacle: str


def group_targets(floor: Floor, session: Session, lang: Language) -> list[GroupTarget]:
    """Groups a session can go to, with their lines and how many seats would take it now."""
    _ = gettext_for(lang)
    targets = []
    for group in floor.site.groups:
        members = floor.roster.members(group)
        open_seats = sum(each.available and each.load < each.soft_cap and each.seat != session.seat for each in members)
        known = group_view(floor, group, lang)
        targets.append(
            GroupTarget(
                id=group,
                name=known.name,
                waiting=known.waiting,
                open_seats=open_seats,
                obstacle="" if members else _("没有坐席服务此组"),
            )
        )
    return targets


def seat_targets(floor: Floor, session: Session, people: Names, lang: Language) -> list[SeatTarget]:
    """Colleagues a session can go to: who can take it first, those not signed in left out."""
    _ = gettext_for(lang)
    targets = []
    for seat in _colleagues(floor, session):
        obstacle = _("已满") if seat.is_full else "" if seat.capacity.available else _away(seat, lang)
        targets.append(_seat_target(floor, seat, people, lang, obstacle))
    return sorted(targets, key=lambda target: (bool(target.obstacle), target.load, target.name))


def consult_targets(floor: Floor, session: Session, people: Names, lang: Language) -> list[SeatTarget]:
    """Colleagues who can be asked: everybody who is at their seat, the least busy first; it takes no slot of theirs."""
    targets = [_seat_target(floor, seat, people, lang, "") for seat in _colleagues(floor, session)]
    return sorted(targets, key=lambda target: (target.presence != "available", target.load, target.name))


def _colleagues(floor: Floor, session: Session) -> list[Seat]:
    return [seat for seat in floor.seats.values() if seat.id != session.seat and seat.user is not None]


def _seat_target(floor: Floor, seat: Seat, people: Names, lang: Language, obstacle: str) -> SeatTarget:
    shown_place, user = place(floor, seat, lang), seat.user or ""
    return SeatTarget(
        seat=seat.id,
        name=shown_place.name,
        person=people.get(user, user),
        groups=" · ".join(group_name(floor.site, GroupId(group), lang) for group in seat.capacity.skills),
        presence=seat.presence,
        label=shown_place.label,
        load=seat.load,
        hard_cap=HARD_CAP,
        obstacle=obstacle,
    )


def _away(seat: Seat, lang: Language) -> str:
    _ = gettext_for(lang)
    if seat.pending_presence:
        return _("待%(label)s", label=_(PRESENCES[seat.pending_presence]))
    reason = BREAK_REASONS.get(seat.reason)
    return _(PRESENCES[seat.presence]) + (f" · {_(reason)}" if reason else "")
