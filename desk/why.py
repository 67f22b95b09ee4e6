"""Why a session waits, and why it rang where it did: its events, read as a story that a person can check.

Pure, and the same for now and for any time past: everything is in the events, with the version of the settings that
was in force. Only the place in line of one that still waits is read from the floor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import group_name, seat_name, version_name
from desk.standing import MARKS
from routing.explain import why_waiting
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import Millis, SeatId
from sessions.settings import Rules, Site
from sessions.taking import STEPPED_IN
from sessions.waits import estimate_for

RULES = {
    "not_available": gettext_noop("未示闲或不在席"),
    "level_too_low": gettext_noop("技能级别不够"),
    "full": gettext_noop("已满"),
    "reserved_for_waking": gettext_noop("余位留给将要恢复的挂起会话"),
    "cooling_down": gettext_noop("刚拒绝过，稍后再派"),
    "had_its_chance": gettext_noop("已振铃过一次"),
    "other_group": gettext_noop("属于协助组，尚未扩大到"),
    "scored_lower": gettext_noop("得分靠后，未列出"),
}
POLICIES = {
    "shortest_reply": gettext_noop("预计最快回复"),
    "least_loaded": gettext_noop("负载最低"),
    "longest_idle": gettext_noop("空闲最久"),
    "round_robin": gettext_noop("依次轮流"),
    "random": gettext_noop("随机"),
    "two_choices": gettext_noop("随机两席取优"),
    STEPPED_IN: gettext_noop("坐席主动从机器人接手"),
}
TIE_BREAKS = {
    "fairness": gettext_noop("得分相同，派给近一小时付出较少的坐席"),
    "longest_since_assigned": gettext_noop("得分相同，派给最久没有新会话的坐席"),
    "name": gettext_noop("得分相同，按席号"),
}
CIRCLES = {
    0: gettext_noop("本组、级别达标的坐席"),
    1: gettext_noop("本组、放宽一级的坐席"),
    2: gettext_noop("本组与协助组的坐席"),
    3: gettext_noop("本组与协助组的坐席，并询问客户是否留言"),
}
EXCLUSIVES = {"sticky": gettext_noop("熟客先找熟悉的坐席"), "woken": gettext_noop("挂起的会话先回原坐席")}
BECAUSE = {
    "opened": gettext_noop("客户来信"),
    "rejected": gettext_noop("坐席拒绝"),
    "offer_timeout": gettext_noop("坐席未应答"),
    "seat_lost": gettext_noop("坐席离线"),
    "transfer": gettext_noop("转接到组"),
    "rescinded": gettext_noop("振铃收回"),
    "woken": gettext_noop("挂起的会话恢复，原坐席未能接待"),
    "shift_end": gettext_noop("坐席交班"),
    "overflow": gettext_noop("原技能组无法接待"),
    "callback": gettext_noop("回访留言"),
    "stepped_in": gettext_noop("坐席主动从机器人接手"),
}
NAMES_SHOWN = 6


class LeftOut(Struct, frozen=True):
    """The seats that a rule kept away: how many, and the names of some."""

    words: str
    seats: int
    names: str


class ShownCandidate(Struct, frozen=True):
    """A seat that could have had it; lower scores win."""

    name: str
    score: str
    load: int
    pending: int
    chosen: bool


class Turning(Struct, frozen=True):
    """Something that changed a wait: a wider circle, with the threshold that did it."""

    at: Millis
    words: str
    cause: str


class Wait(Struct, frozen=True, kw_only=True):
    """A stretch in a line. `counts_from` is the place in it, as an instant, unless it stands at the `front` of all;
    `ahead` is None where nobody looked yet."""

    kind: Literal["wait"] = "wait"
    at: Millis
    until: Millis
    group: str
    because: str
    first_at: Millis
    points: int
    reasons: list[str]
    counts_from: Millis
    front: bool
    circle: str
    next_circle: str
    next_at: Millis
    kept_for: str
    kept_why: str
    kept_until: Millis
    turnings: list[Turning]
    ahead: int | None
    looked_at: Millis
    low_s: int
    high_s: int
    left_out: list[LeftOut]


class Choice(Struct, frozen=True, kw_only=True):
    """An offer, and how its seat was found. `from_seat` is a colleague who handed it over: then nothing was chosen."""

    kind: Literal["choice"] = "choice"
    at: Millis
    seat: str
    outcome: str
    from_seat: str
    exclusive: str
    policy: str
    circle: str
    tie_break: str
    config: str
    waited_ms: int
    candidates: list[ShownCandidate]
    left_out: list[LeftOut]


def why(events: Iterable[ev.Event], site: Site, lang: Language) -> list[Wait | Choice]:
    """The stretches in line and the offers of one session, in the order in which they happened."""
    told: list[Wait | Choice] = []
    for event in events:
        match event:
            case ev.SessionQueued():
                _close_wait(told, event.at)
                told.append(_wait(event, site, lang))
            case ev.QueueWidened() | ev.WaitEstimated() if told and isinstance(wait := told[-1], Wait):
                told[-1] = _went_on(wait, event, site, lang)
            case ev.SessionOffered():
                _close_wait(told, event.at)
                told.append(_choice(event, site, lang))
            case ev.SessionAccepted() | ev.OfferRejected() | ev.OfferTimedOut() | ev.OfferRescinded():
                _settle(told, event, lang)
            case ev.LeaveMessageBegun() | ev.SessionClosed():
                _close_wait(told, event.at)
            case _:
                pass
    return told


def as_it_stands(
    told: Sequence[Wait | Choice], floor: Floor, session: Session, lang: Language, now: Millis
) -> list[Wait | Choice]:
    """The story of a live session; its last wait looked at now, with what moves it forward and who is kept from it."""
    if session.state != "queued" or not told or not isinstance(wait := told[-1], Wait):
        return list(told)
    line, group = floor.lines[session.group], session.group
    ahead = line.ahead_of(session.id)
    expected = estimate_for(floor, group, ahead, now)
    passed_over, filtered = why_waiting(floor.roster, group, line[session.id], now)
    looked = replace(
        wait,
        ahead=ahead,
        looked_at=now,
        reasons=_reasons(floor, session, lang),
        low_s=expected.low_s if expected else 0,
        high_s=expected.high_s if expected else 0,
        left_out=left_out(passed_over, filtered, floor.site, lang),
    )
    return [*told[:-1], looked]


def _wait(event: ev.SessionQueued, site: Site, lang: Language) -> Wait:
    _ = gettext_for(lang)
    return Wait(
        at=event.at,
        until=Millis(0),
        group=group_name(site, event.group, lang),
        because=_(BECAUSE[event.reason]),
        first_at=event.first_enqueued_at,
        points=event.priority,
        reasons=[],
        counts_from=Millis(event.sort_key),
        front=event.reason == "woken",
        circle=_(CIRCLES[event.ring]),
        next_circle=_next_circle(event.widening, lang),
        next_at=event.widening.at if event.widening else Millis(0),
        kept_for=seat_name(site, event.exclusive) if event.exclusive else "",
        kept_why=_(EXCLUSIVES[event.exclusive_why]) if event.exclusive_why else "",
        kept_until=event.exclusive_until,
        turnings=[],
        ahead=None,
        looked_at=Millis(0),
        low_s=0,
        high_s=0,
        left_out=[],
    )


def _went_on(wait: Wait, event: ev.QueueWidened | ev.WaitEstimated, site: Site, lang: Language) -> Wait:
    _ = gettext_for(lang)
    if isinstance(event, ev.WaitEstimated):
        return replace(
            wait,
            ahead=event.ahead,
            looked_at=event.at,
            low_s=event.low_s,
            high_s=event.high_s,
            left_out=left_out(event.passed_over, event.filtered, site, lang),
        )
    circle = _(CIRCLES[event.ring])
    turning = Turning(event.at, _("不再只等一位坐席") if event.exclusive_over else circle, _rule_of(event.cause))
    return replace(
        wait,
        circle=circle,
        turnings=[*wait.turnings, turning],
        next_circle=_next_circle(event.widening, lang),
        next_at=event.widening.at if event.widening else Millis(0),
        kept_for="" if event.exclusive_over else wait.kept_for,
        kept_why="" if event.exclusive_over else wait.kept_why,
    )


def _next_circle(widening: ev.Widening | None, lang: Language) -> str:
    return gettext_for(lang)(CIRCLES[widening.ring]) if widening else ""


def _close_wait(told: list[Wait | Choice], at: Millis) -> None:
    if told and isinstance(wait := told[-1], Wait) and not wait.until:
        told[-1] = replace(wait, until=at)


def _choice(event: ev.SessionOffered, site: Site, lang: Language) -> Choice:
    _ = gettext_for(lang)
    return Choice(
        at=event.at,
        seat=seat_name(site, event.seat),
        outcome="",
        from_seat=seat_name(site, event.from_seat) if event.from_seat else "",
        exclusive=_(EXCLUSIVES[event.exclusive]) if event.exclusive else "",
        policy=_(POLICIES[event.policy]) if event.policy in POLICIES else event.policy,
        circle=_(CIRCLES[event.ring]),
        tie_break=_(TIE_BREAKS[event.tie_break]) if event.tie_break in TIE_BREAKS else event.tie_break,
        config=version_name(event.config),
        waited_ms=event.waited_ms,
        candidates=[
            ShownCandidate(
                name=seat_name(site, SeatId(each.seat)),
                score=f"{each.score:.2f}",
                load=each.load,
                pending=each.pending,
                chosen=each.seat == event.seat,
            )
            for each in event.candidates
        ],
        left_out=left_out(event.passed_over, event.filtered, site, lang),
    )


def left_out(
    passed_over: Mapping[str, int], filtered: Mapping[str, Sequence[str]], site: Site, lang: Language
) -> list[LeftOut]:
    """Whom each rule kept away, the rule that kept most away first."""
    _ = gettext_for(lang)
    rules = sorted(passed_over.items(), key=lambda each: (-each[1], each[0]))
    return [
        LeftOut(_(RULES[rule]) if rule in RULES else rule, seats, _some(filtered.get(rule, ()), seats, site, lang))
        for rule, seats in rules
    ]


def _some(named: Sequence[str], seats: int, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    names = _("、").join(sorted(seat_name(site, SeatId(seat)) for seat in named)[:NAMES_SHOWN])
    return _("%(names)s 等", names=names) if names and seats > min(len(named), NAMES_SHOWN) else names


def _settle(
    told: list[Wait | Choice],
    event: ev.SessionAccepted | ev.OfferRejected | ev.OfferTimedOut | ev.OfferRescinded,
    lang: Language,
) -> None:
    """What came of the last offer."""
    _ = gettext_for(lang)
    if not told or not isinstance(choice := told[-1], Choice):
        return
    match event:
        case ev.SessionAccepted(automatic=automatic):
            outcome = _("已自动接入") if automatic else _("已接入")
        case ev.OfferRejected():
            outcome = _("拒绝接入")
        case ev.OfferTimedOut():
            outcome = _("未应答")
        case ev.OfferRescinded():
            outcome = _("振铃收回")
    told[-1] = replace(choice, outcome=outcome)


def _reasons(floor: Floor, session: Session, lang: Language) -> list[str]:
    """What is known to move a waiting session forward, with its points. Marks count when it first enters a line."""
    _ = gettext_for(lang)
    conversation = floor.conversations.get(session.customer)
    rules = floor.site.rules
    marks = conversation.marks if conversation and not session.segment else ()
    reasons = [f"{_(MARKS[mark])} +{_points_of(mark, rules)}" for mark in marks]
    if session.hops:
        reasons.append(_("转接而来 +%(points)s", points=rules.transfer_points))
    return reasons


def _points_of(mark: str, rules: Rules) -> int:
    return rules.vip_points if mark == "vip" else rules.complaint_points


def _rule_of(cause: str) -> str:
    """The rule and its threshold; nothing where a person or a message was the cause."""
    return cause if "=" in cause else ""
