"""What the transcript page shows, decided before its template sees it.

The lines are those of the live chat, made from the archive's rows: both tell the same story in the same words. The
strip above them is the session's time from the first wait to the last wrap-up, drawn in thousandths.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from desk.i18n import Language, gettext_for
from desk.lines import ShownLine, shown
from desk.names import (
    CLOSE_REASONS,
    STATES,
    customer_name,
    disposition_words,
    group_name,
    initials,
    seat_name,
)
from desk.store.archive import Transcript, content_of
from desk.store.models import ArchivedMessage, ArchivedSegment, ArchivedSession
from desk.transcripts import Delivery, Line, line_of
from sessions.ids import (
    AccountId,
    CustomerId,
    GroupId,
    Millis,
    SeatId,
    Seq,
    SessionId,
    UserId,
    account_of,
)
from sessions.settings import Site

TONES = 6
"""Colours for segments; a seventh begins again."""
STRIP = 1000.0


class Part(Struct, frozen=True):
    """A stretch of the strip: nobody had it, seat number `tone` had it, or it was being wrapped up."""

    kind: Literal["wait", "seat", "wrap"]
    tone: int
    start: float
    width: float
    words: str
    lasted_ms: int


class ShownSegment(Struct, frozen=True, kw_only=True):
    n: int
    tone: int
    seat: str
    agent: str
    group: str
    started_at: Millis
    ended_at: Millis | None
    lasted_ms: int
    end: str
    note: str


class Day(Struct, frozen=True):
    """The lines of one day on the desk's calendar."""

    at: Millis
    lines: list[ShownLine]


class TranscriptView(Struct, frozen=True, kw_only=True):
    """The page. Durations are None where there is nothing to measure yet, or never was."""

    session: ArchivedSession
    customer: str
    initials: str
    account: str
    group: str
    state: str
    reason: str
    disposition: str
    is_live: bool
    waited_ms: int | None
    replied_ms: int | None
    served_ms: int | None
    wrapped_ms: int | None
    begins_at: Millis
    ends_at: Millis
    parts: list[Part]
    segments: list[ShownSegment]
    days: list[Day]
    earlier: Seq | None
    now: Millis


def transcript_view(
    transcript: Transcript,
    site: Site,
    people: Mapping[str, str],
    lang: Language,
    zone: ZoneInfo,
    now: Millis,
    remark: str = "",
) -> TranscriptView:
    """The page of this session; `people` are names by sign-in name, `remark` is what the customer is called."""
    session = transcript.session
    _ = gettext_for(lang)
    customer = CustomerId(session.customer)
    account = site.accounts.get(AccountId(session.account))
    start, end = session.first_enqueued_at or session.opened_at, session.closed_at or now
    return TranscriptView(
        session=session,
        customer=customer_name(customer, lang, remark),
        initials=initials(customer, remark),
        account=account.name if account else session.account,
        group=group_name(site, GroupId(session.skill_group), lang),
        state=_(STATES[session.state]) if session.state in STATES else session.state,
        reason=_(CLOSE_REASONS[session.close_reason]) if session.close_reason in CLOSE_REASONS else "",
        disposition=disposition_words(session.disposition, lang),
        is_live=session.closed_at is None,
        waited_ms=_between(session.first_enqueued_at, session.accepted_at or end),
        replied_ms=_between(session.accepted_at, session.first_reply_at),
        served_ms=_between(session.accepted_at, session.hung_up_at or end),
        wrapped_ms=_between(session.hung_up_at, end),
        begins_at=Millis(start),
        ends_at=Millis(end),
        parts=_parts(transcript, site, lang, start, end),
        segments=[_segment(each, site, people, lang, end) for each in transcript.segments],
        days=_days(transcript, site, lang, zone),
        earlier=transcript.earlier,
        now=now,
    )


def _between(start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else max(0, end - start)


def _segment(segment: ArchivedSegment, site: Site, people: Mapping[str, str], lang: Language, end: int) -> ShownSegment:
    return ShownSegment(
        n=segment.n,
        tone=_tone(segment),
        seat=seat_name(site, SeatId(segment.seat)),
        agent=people.get(segment.username, segment.username),
        group=group_name(site, GroupId(segment.skill_group), lang),
        started_at=Millis(segment.started_at),
        ended_at=Millis(segment.ended_at) if segment.ended_at else None,
        lasted_ms=(segment.ended_at or end) - segment.started_at,
        end=_segment_end(segment, site, lang),
        note=segment.note,
    )


def _segment_end(segment: ArchivedSegment, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    match segment.end_reason:
        case "transferred" if segment.to_seat:
            return _("转接给 %(seat)s", seat=seat_name(site, SeatId(segment.to_seat)))
        case "transferred" if segment.to_group:
            return _("转接到 %(group)s", group=group_name(site, GroupId(segment.to_group), lang))
        case "hung_up":
            return _("挂断")
        case "seat_lost":
            return _("坐席离线")
        case _:
            return ""


def _tone(segment: ArchivedSegment) -> int:
    return (segment.n - 1) % TONES


# The strip.


def _parts(transcript: Transcript, site: Site, lang: Language, start: int, end: int) -> list[Part]:
    session = transcript.session
    _ = gettext_for(lang)
    if end <= start:
        return []

    def part(kind: Literal["wait", "seat", "wrap"], tone: int, begin: int, until: int, words: str) -> Part:
        share = STRIP / (end - start)
        return Part(kind, tone, (begin - start) * share, (until - begin) * share, words, until - begin)

    parts, at = [], start
    for segment in transcript.segments:
        until = min(segment.ended_at or end, end)
        if segment.started_at > at:
            parts.append(part("wait", 0, at, segment.started_at, _("等待")))
        is_last = segment is transcript.segments[-1]
        hung_up_at = session.hung_up_at if is_last and session.hung_up_at else until
        parts.append(
            part("seat", _tone(segment), segment.started_at, hung_up_at, seat_name(site, SeatId(segment.seat)))
        )
        if until > hung_up_at:
            parts.append(part("wrap", _tone(segment), hung_up_at, until, _("话后")))
        at = until
    if end > at:
        parts.append(part("wait", 0, at, end, _("等待")))
    return parts


# The lines.


def _days(transcript: Transcript, site: Site, lang: Language, zone: ZoneInfo) -> list[Day]:
    lines = [_said(message) for message in transcript.messages]
    lines += [line for seq, event in transcript.events if (line := line_of(seq, event))]
    lines.sort(key=lambda line: line.seq)
    ready = [ready for line in lines if (ready := shown(line, site, lang))]
    return [
        Day(of_day[0].at, of_day)
        for of_day in (list(group) for _date_of, group in groupby(ready, lambda line: _date(line.at, zone)))
    ]


def _said(message: ArchivedMessage) -> Line:
    return Line(
        id=message.id,
        seq=Seq(message.seq),
        session=SessionId(message.session or ""),
        at=Millis(message.at),
        by=message.direction,
        seat=SeatId(message.seat) if message.seat else None,
        user=UserId(message.username) if message.username else None,
        account=account_of(CustomerId(message.customer)),
        content=content_of(message),
        delivery=_delivery(message),
        failure_code=message.failure,
        failure_detail=message.failure_detail,
        uncertain=message.uncertain,
    )


def _delivery(message: ArchivedMessage) -> Delivery:
    if message.delivery == "received":
        return "refused" if message.failure else ""
    return message.delivery


def _date(at: Millis, zone: ZoneInfo) -> object:
    return datetime.fromtimestamp(at / 1000, zone).date()
