"""Pieces of the desk page: each shows one thing as it is now, from the floor and the transcripts alone.

One rule keeps them sound: **a piece shows how things are now, not what changed**, so it may come twice, late or
after a fetched page, and is right each time. Where it belongs, it says itself:

* `id`: takes the place of the element with this id. Where there is none, `data-into` names the container it joins
  (in the order of `data-key`, where it has one); without that, or without the container, it is dropped. One that stands
  in another container than it names moves there.
* `data-seat`: whose desk it is for. On any other desk, the element of that id goes: a session that has left a seat
  leaves its list by the same piece that puts it into another's, and an empty seat takes it from everybody.
* `data-fetch`: the piece itself is at this address. Events that a whole group sees carry no words of a customer:
  their rows and cards are fetched by the one seat that may.
* `data-mode`: an element of the same mode stays, with what somebody is writing in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, dropwhile, islice, takewhile
from operator import attrgetter
from typing import Any

from markupsafe import escape

from desk.arranging import Fold, folded, joined
from desk.closings import closed_row
from desk.customer_view import follow_words, live_note
from desk.i18n import Language
from desk.lines import ShownLine, shown, shown_in_chat
from desk.names import group_name, initials_of, name_of, remark_of, seat_name, tags_of
from desk.offers import Ringing, over, ring, taken
from desk.panes import consult_row, disposition_form, group_view, place, row, waiter
from desk.standing import marks_of
from desk.talks import Talks, talk_row
from desk.templating import Templates
from desk.transcripts import Line, Transcripts
from sessions import events as ev
from sessions.content import Text
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId, SessionId


class Pieces:
    """The pieces of one moment in one language."""

    def __init__(self, templates: Templates, floor: Floor, transcripts: Transcripts, lang: Language) -> None:
        self._templates = templates
        self._floor = floor
        self._transcripts = transcripts
        self._lang = lang

    def for_seat(self, session_id: SessionId, seat: SeatId) -> str:
        """What this seat may read of a session, whole; where it has nothing to do with it, that it goes."""
        session = self._floor.sessions.get(session_id)
        ringing = session is not None and session.offer is not None and session.offer.seat == seat
        pieces = self.ring(session_id) if ringing else _nowhere("li", f"ring-{session_id}")
        pieces += self.taken(session_id, seat)
        asked = session is not None and session.consult is not None and session.consult.seat == seat
        pieces += self.consulted(session_id) if asked else _not_asked(session_id)
        if session is not None and session.seat == seat:
            return pieces + self.row(session_id) + self.head(session_id) + self.foot(session_id)
        return pieces + _nowhere("li", f"row-{session_id}") + _nowhere("header", f"head-{session_id}")

    def seat(self, seat: SeatId | None) -> str:
        """Presence, load and room of a seat."""
        return self.presence(seat) + self.load(seat)

    def line(self, line: Line | None, *, new: bool) -> str:
        """A line of the chat. Only a new one joins the chat; an amended one takes its own place, or none."""
        told = shown_in_chat(line, self._floor.site, self._lang) if line else None
        if line is None or told is None:
            return ""
        earlier = self._shown_before(line)
        before = next(earlier, None)
        place = {"chat": line.session, "new": new}
        if new and told.routine and before:
            run = [told, *takewhile(attrgetter("routine"), chain([before], earlier))]
            piece = self._run(run[::-1], place)
        else:
            piece = self._render("_line.html", line=joined(told, before), **place)
        return (self._render("_day.html", line=told, before=before, **place) if new else "") + piece

    def _run(self, run: Sequence[ShownLine], place: dict[str, Any]) -> str:
        """The last of these routine lines; once they are many, all of them as one that takes their places."""
        item = folded(run)[-1]
        if not isinstance(item, Fold):
            return self._render("_line.html", line=item, **place)
        gone = "".join(_nowhere("li", f"line-{each.id}") for each in run)
        return gone + self._render("_fold.html", fold=item, **place)

    def _shown_before(self, line: Line) -> Iterator[ShownLine]:
        """What stands before this line in its chat, the nearest first."""
        known = dropwhile(lambda each: each is not line, reversed(self._transcripts.lines(line.session)))
        for each in islice(known, 1, None):
            if told := shown_in_chat(each, self._floor.site, self._lang):
                yield told

    # Pieces of a session. Each looks at the floor, where the session may be elsewhere by now, or gone.

    def row(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return _nowhere("li", f"row-{session_id}")
        return self._render("_row.html", row=row(self._floor, session, self._lang))

    def row_elsewhere(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return _nowhere("li", f"row-{session_id}")
        return _fetched("li", f"row-{session_id}", session.seat, session_id)

    def ring(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.offer is None:
            return _nowhere("li", f"ring-{session_id}")
        return self._render("_ring.html", ring=ring(self._floor, session, session.offer, self._lang))

    def ring_over(self, event: Ringing) -> str:
        """What became of a ring, where it does not ring at that seat again by now."""
        session = self._floor.sessions.get(event.session)
        told = over(self._floor, session, event, self._lang) if session else None
        if told is None or (session and session.offer and session.offer.seat == event.seat):
            return ""
        return self._render("_ring_over.html", over=told)

    def taken(self, session_id: SessionId, seat: SeatId) -> str:
        """The card of a session that this seat accepted by itself a moment ago."""
        session = self._floor.sessions.get(session_id)
        lines = self._transcripts.lines(session_id) if session and session.seat == seat else ()
        card = taken(self._floor, session, lines, self._lang) if session and lines else None
        return self._render("_ring.html", ring=card) if card else ""

    def ring_elsewhere(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.offer is None:
            return _nowhere("li", f"ring-{session_id}")
        return _fetched("li", f"ring-{session_id}", session.offer.seat, session_id)

    def head(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return _nowhere("header", f"head-{session_id}")
        context = head_context(self._floor, session, self._lang)
        return self._render("_head.html", **context) + self._render("_meter.html", **context)

    def foot(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return ""
        context = head_context(self._floor, session, self._lang)
        return self._render("_foot.html", wrapping=disposition_form(self._floor, session, self._lang), **context)

    def gone(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is not None and (session.seat or session.offer):
            return ""  # it has found a seat since; that event's pieces say which
        return "".join(_nowhere(tag, f"{what}-{session_id}") for tag, what in _SESSION_PIECES)

    def consulted(self, session_id: SessionId) -> str:
        """The session in the list of the colleague who is asked about it."""
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None or session.consult is None:
            return _not_asked(session_id)
        consult = consult_row(self._floor, session, session.consult, self._lang)
        return self._render("_consult_row.html", consult=consult)

    def consult(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None:
            return ""
        lines = self._transcripts.lines(session_id)
        return self._render("_consult.html", **consult_context(self._floor, session, lines, self._lang))

    def thread_end(self, session_id: SessionId) -> str:
        """The newest line of the side thread, for a page that has the thread open already."""
        session = self._floor.sessions.get(session_id)
        if session is None or session.consult is None:
            return ""
        lines = self._transcripts.lines(session_id)
        thread = consult_context(self._floor, session, lines, self._lang)["thread"]
        return self._render("_thread_line.html", line=thread[-1]) if thread else ""

    def marks(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return ""
        marks = marks_of(self._floor.conversations.get(session.customer), self._lang)
        return self._render("_marks.html", session=session, marks=marks)

    def who(self, session_id: SessionId) -> str:
        """The customer's name above what is known of them."""
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return ""
        return self._render("_who.html", session=session, **who_context(self._floor, session, self._lang))

    def follow(self, session_id: SessionId, at: Millis, *, follows: bool) -> str:
        """Whether the customer follows the account, as they have just changed it or as the channel tells it."""
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return ""
        words = follow_words(self._lang, follows=follows)
        return self._render("_follow.html", session=session, follow=words, follow_changed_at=at)

    def tags(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.seat is None:
            return ""
        return self._render("_tags.html", session=session, tags=tags_of(self._floor, session.customer))

    def about(self, session_id: SessionId, event: ev.NoteAdded) -> str:
        """A note, where the customer's are read."""
        session = self._floor.sessions.get(session_id)
        line = self._line_of(session_id, event)
        if session is None or line is None:
            return ""
        return self._render("_customer_note.html", session=session, note=live_note(line, self._floor.site))

    def waiting(self, session_id: SessionId) -> str:
        session = self._floor.sessions.get(session_id)
        if session is None or session.state != "queued":
            return _nowhere("li", f"waiting-{session_id}")
        return self._render("_waiting.html", waiter=waiter(self._floor, session, self._lang))

    def closed(self, event: ev.SessionClosed) -> str:
        """A session that is over, in the list of the seat that closed it."""
        told = closed_row(event, remark_of(self._floor, event.customer), self._lang)
        return self._render("_closed_row.html", closed=told) if told else ""

    def happened(self, session: SessionId, event: ev.Event) -> str:
        return self.line(self._line_of(session, event), new=True)

    def mention(self, event: ev.SeatMentioned) -> str:
        """A word at the corner of a colleague's page, with the way to the transcript where they may read it."""
        session = self._floor.sessions.get(event.session)
        plan = self._floor.site.seats.get(event.seat)
        may_read = session is not None and plan is not None and session.group in plan.skills
        by = seat_name(self._floor.site, event.by_seat)
        return self._render("_mention.html", mention=event, by=by, may_read=may_read)

    # Pieces of seats and groups.

    def talks(self, talks: Talks, group: GroupId, changed: Iterable[SessionId]) -> str:
        """How many talk with the group's self-service, and the rows of these talks, for who looks at the list."""
        html = self._render("_talk_count.html", group=group, count=talks.count(group))
        for session_id in changed:
            session = self._floor.sessions.get(session_id)
            if session and session.state == "bot" and session.bot and session.group == group:
                html += self._render("_talk.html", talk=talk_row(self._floor, session, self._lang))
            else:
                html += _nowhere("li", f"talk-{session_id}")
        return html

    def group(self, group: GroupId) -> str:
        return self._render("_group.html", group=group_view(self._floor, group, self._lang))

    def presence(self, seat_id: SeatId | None) -> str:
        seat = self._floor.seats.get(seat_id) if seat_id else None
        return self._render("_presence.html", place=place(self._floor, seat, self._lang)) if seat else ""

    def load(self, seat_id: SeatId | None) -> str:
        seat = self._floor.seats.get(seat_id) if seat_id else None
        return self._render("_load.html", place=place(self._floor, seat, self._lang)) if seat else ""

    def _line_of(self, session: SessionId, event: ev.Event) -> Line | None:
        return next((line for line in reversed(self._transcripts.lines(session)) if _tells(line, event)), None)

    def _render(self, name: str, **context: Any) -> str:
        return self._templates.render(f"desk/{name}", self._lang, now=self._floor.at, **context)


_SESSION_PIECES = (("li", "row"), ("li", "ring"), ("header", "head"))


def who_context(floor: Floor, session: Session, lang: Language) -> dict[str, Any]:
    """Who the customer is, above all that is known of them."""
    account = floor.site.accounts.get(session.account)
    return {
        "called": name_of(floor, session.customer, lang),
        "initials": initials_of(floor, session.customer),
        "account_name": account.name if account else session.account,
        "marks": marks_of(floor.conversations.get(session.customer), lang),
    }


def head_context(floor: Floor, session: Session, lang: Language) -> dict[str, Any]:
    """The head of an open chat: whose move it is, since when, and what can be done."""
    assert session.seat is not None, f"{session.id} is at no seat"
    shown_row = row(floor, session, lang)
    return {
        "session": session,
        "row": shown_row,
        "sends": shown_row.standing.sends,
        "group_name": group_name(floor.site, session.group, lang),
        "offer": session.offer,
    }


def consult_context(floor: Floor, session: Session, lines: Sequence[Line], lang: Language) -> dict[str, Any]:
    """The side thread that is open about a session: between whom, and what was said."""
    consult, site = session.consult, floor.site
    began_at = consult.began_at if consult else None
    said = [line for line in lines if line.by == "consult" and began_at is not None and line.at >= began_at]
    return {
        "session": session,
        "asker": seat_name(site, session.seat) if session.seat else "",
        "asked": seat_name(site, consult.seat) if consult else "",
        "thread": [ready for line in said if (ready := shown(line, site, lang))],
    }


def _tells(line: Line, event: ev.Event) -> bool:
    if isinstance(event, ev.NoteAdded):
        return line.by == "note" and line.at == event.at and line.content == Text(text=event.text)
    if isinstance(event, ev.ConsultBegun | ev.ConsultSaid):
        return line.by == "consult" and line.at == event.at and line.content == Text(text=event.text)
    return line.event == event


def _not_asked(session: SessionId) -> str:
    return _nowhere("li", f"consult-row-{session}") + _nowhere("header", f"consulting-{session}")


def _nowhere(tag: str, name: str) -> str:
    return f'<{tag} id="{escape(name)}" data-seat=""></{tag}>'


def _fetched(tag: str, name: str, seat: SeatId, session: SessionId) -> str:
    address = f"/desk/sessions/{session}/pieces"
    return f'<{tag} id="{escape(name)}" data-seat="{escape(seat)}" data-fetch="{escape(address)}"></{tag}>'
