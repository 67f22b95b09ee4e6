"""What the archive says afterwards, read as an auditor would.

The whole ledger is folded once more from its first event, and owners and loads are counted beside it from the events
alone: `apply` asserts its laws with its own counters, and a counter should not be its own witness.
"""

import re
from collections import Counter, defaultdict
from typing import Any

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from sessions import events as ev
from sessions.apply import apply
from sessions.floor import Floor, freeze
from sessions.ids import HARD_CAP, SeatId, Seq, SessionId
from sessions.ledger import Ledger
from sessions.replica import restore

PAGE = 5_000
_MARK = re.compile(r'"text":\s*"([mr])(\d+)\.')


class Said(Struct):
    """What was said, by the number in it: how often the archive has it, and what became of it."""

    customers: Counter[int]
    answers: Counter[int]
    deliveries: dict[int, str]
    """Of each answer: `delivered`, `failed`, `uncertain` or `sending`."""


async def said(database: AsyncEngine) -> Said:
    """Every numbered message and answer in the archive's transcripts."""
    found = Said(Counter(), Counter(), {})
    async with database.connect() as connection:
        rows = await connection.execute(
            text("SELECT content, delivery, uncertain FROM message WHERE session IS NOT NULL")
        )
    for content, delivery, uncertain in rows:
        if mark := _MARK.search(content):
            number = int(mark[2])
            if mark[1] == "m":
                found.customers[number] += 1
            else:
                found.answers[number] += 1
                found.deliveries[number] = "uncertain" if uncertain else delivery
    return found


class Books:
    """Owners and loads at every moment, from events alone. Every method raises AssertionError for a broken law."""

    def __init__(self) -> None:
        self.load_max = 0
        self._owner: dict[SessionId, SeatId] = {}
        self._ringing: dict[SessionId, SeatId] = {}
        self._slots: defaultdict[SeatId, set[tuple[str, SessionId]]] = defaultdict(set)

    def take(self, event: ev.Event) -> None:
        """Enter the next event."""
        match event:
            case ev.SessionOffered(session=session, seat=seat):
                assert session not in self._ringing, f"{session} rings at {self._ringing[session]} and {seat}"
                self._ringing[session] = seat
                self._fill(seat, "ringing", session)
            case ev.OfferRejected() | ev.OfferTimedOut() | ev.OfferRescinded():
                self._end_ring(event.session, event.seat)
            case ev.SessionAccepted(session=session, seat=seat):
                self._end_ring(session, seat)
                assert session not in self._owner, f"{session} belongs to {self._owner[session]} and {seat}"
                self._owner[session] = seat
                self._fill(seat, "held", session)
            case ev.SegmentEnded(session=session, seat=seat):
                assert self._owner.pop(session, None) == seat, f"{session} was not {seat}'s to let go"
                self._slots[seat].discard(("held", session))
            case ev.SlotReleased(session=session, seat=seat):
                self._slots[seat].remove(("held", session))
            case ev.SessionResumed(session=session, seat=seat):
                assert self._owner.get(session) == seat, f"{session} resumes at {seat}, which does not own it"
                self._fill(seat, "held", session)
            case ev.SessionClosed(session=session):
                assert session not in self._owner, f"{session} closes and {self._owner[session]} has it"
                assert session not in self._ringing, f"{session} closes and rings"
            case _:
                pass

    def _end_ring(self, session: SessionId, seat: SeatId) -> None:
        assert self._ringing.pop(session, None) == seat, f"{session} did not ring at {seat}"
        self._slots[seat].remove(("ringing", session))

    def _fill(self, seat: SeatId, how: str, session: SessionId) -> None:
        self._slots[seat].add((how, session))
        load = len(self._slots[seat])
        self.load_max = max(self.load_max, load)
        assert load <= HARD_CAP, f"{seat} has {load}"


async def audited(database: AsyncEngine, ledger: Ledger) -> dict[str, Any]:
    """Fold all events of the archive; `broken` says which law was broken where, and is empty when none was."""
    floor, books, last, events = Floor(), Books(), Seq(0), 0
    broken: list[str] = []
    while not broken and (page := await _events(database, last)):
        for seq, body in page:
            try:
                assert not last or seq == last + 1, f"after event {last}"
                event = ev.decode(body)
                apply(floor, event)
                books.take(event)
            except (AssertionError, KeyError) as failure:
                broken.append(f"event {seq}: {failure!r}")
                break
            last, events = Seq(seq), events + 1
    if not broken and freeze((await restore(ledger, upto=last)).floor) != freeze(floor):
        broken.append("the floor from the snapshot is not the floor from the first event")
    return {"events": events, "load_max": books.load_max, "broken": broken}


async def _events(database: AsyncEngine, after: Seq) -> list[tuple[int, str]]:
    async with database.connect() as connection:
        rows = await connection.execute(
            text("SELECT seq, body FROM archived_event WHERE seq > :after ORDER BY seq LIMIT :page"),
            {"after": after, "page": PAGE},
        )
        return [(seq, body) for seq, body in rows]
