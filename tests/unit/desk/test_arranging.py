"""How lines stand together: bursts, folded runs, pages; the same live as in a page of the past."""

import pytest
from msgspec.structs import replace

from desk.arranging import BURST_MS, FOLD_FROM, Fold, arranged, page_of
from desk.history import together
from desk.i18n import Language
from desk.lines import ShownLine, shown_in_chat
from desk.session_marks import mark_of
from desk.transcripts import Line, Transcripts
from sessions import events as ev
from sessions.ids import Seq, SessionId
from tests.builders import Desk, make_site

ROUTINE = ("会话开始", "振铃", "接入会话")


class Room:
    """A desk, and what its chats show."""

    def __init__(self) -> None:
        self.desk = Desk(make_site(["s1", "s2"]))
        self.desk.come("s1")

    def known(self, session: str) -> list[Line]:
        transcripts = Transcripts()
        for seq, event in enumerate(self.desk.ledger, 1):
            transcripts.fold(Seq(seq), event)
        return transcripts.lines(self.desk.session(session).id)

    def told(self, session: str, lang: Language = "zh") -> list[ShownLine]:
        lines = (shown_in_chat(line, self.desk.floor.site, lang) for line in self.known(session))
        return [line for line in lines if line]

    def bursts(self, session: str) -> list[tuple[str, bool]]:
        """Who spoke, and whether they went on with what they were saying."""
        items = arranged(self.told(session))
        return [(item.by, item.joined) for item in items if isinstance(item, ShownLine) and item.by != "system"]


@pytest.fixture
def room() -> Room:
    return Room()


class TestBursts:
    def test_what_one_side_says_within_a_minute_of_the_line_before_is_one_burst(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        for pause_s in (5, BURST_MS / 1000, BURST_MS / 1000 + 1):
            room.desk.wait(pause_s)
            room.desk.write("ann", "more")
        room.desk.send("s1", session)
        room.desk.send("s1", session)
        assert room.bursts(session) == [
            ("customer", False),
            ("customer", False),  # being accepted stood between
            ("customer", True),
            ("customer", False),
            ("seat", False),
            ("seat", True),
        ]

    def test_a_note_or_another_seat_breaks_it(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        room.desk.send("s1", session)
        room.desk.note("s1", session)
        room.desk.note("s1", session)
        room.desk.send("s1", session)
        assert room.bursts(session)[1:] == [("seat", False), ("note", False), ("note", True), ("seat", False)]

    def test_what_happened_without_words_does_not(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        first = room.desk.send("s1", session).only(ev.MessageSent)
        room.desk.delivered(first.message, session)
        room.desk.send("s1", session)
        assert room.bursts(session)[1:] == [("seat", False), ("seat", True)]


class TestFolds:
    def test_a_run_of_routine_is_one_line_that_says_where_it_led(self, room: Room) -> None:
        room.desk.come("s2")
        session = room.desk.waiting("ann")
        for _ in range(2):
            room.desk.reject(room.desk.rings_at(session) or "", session)
        room.desk.wait(10)
        room.desk.accept(room.desk.rings_at(session) or "", session)
        _message, fold = arranged(room.told(session))
        assert isinstance(fold, Fold)
        assert len(fold.lines) > 6
        assert fold.lines[-1].words.endswith("接入会话")
        assert fold.id == f"fold-{fold.lines[0].id}"

    def test_a_short_run_stays_open(self, room: Room) -> None:
        room.desk.set_presence("s1", "busy")
        session = room.desk.waiting("ann")
        assert [type(item) for item in arranged(room.told(session))] == [ShownLine, ShownLine]
        assert FOLD_FROM > 1

    def test_what_the_customer_did_and_what_colleagues_wrote_is_never_folded_away(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        for _ in range(FOLD_FROM + 1):
            room.desk.tell("ann")
        room.desk.transfer("s1", session, to_group="bills", note="wants a refund")
        items = arranged(room.told(session))
        said = [item.words for item in items if isinstance(item, ShownLine)]
        assert said.count("客户关注了公众号") == FOLD_FROM + 1
        assert [item.note for item in items if isinstance(item, ShownLine) and item.note] == ["wants a refund"]


class TestPages:
    def test_pages_meet_without_a_gap_and_without_a_doubled_line(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        for n in range(25):
            room.desk.write("ann", f"{n}")
        told = room.told(session)
        pages, before = [], None
        while True:
            page = page_of(told, 10, before)
            pages.append(page.items)
            if not page.more:
                break
            before = page.first_seq
        lines = [
            line
            for page in reversed(pages)
            for item in page
            for line in (item.lines if isinstance(item, Fold) else (item,))
        ]
        assert [line.id for line in lines] == [line.id for line in told]
        assert [len(page) for page in pages] == [10, 10, 7]

    def test_a_page_never_cuts_a_run_in_two(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        for n in range(9):
            room.desk.write("ann", f"{n}")
        page = page_of(room.told(session), 10)
        assert isinstance(page.items[0], Fold)
        assert page.items[0].lines[0].words.startswith(ROUTINE[0])

    def test_what_was_not_seen_is_there_with_some_lines_before_it_within_reason(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        seen = len(room.desk.ledger)
        for n in range(100):
            room.desk.write("ann", f"{n}")
        told = room.told(session)
        assert len(page_of(told, 8).items) == 8
        assert len(page_of(told, 8, seen=len(room.desk.ledger) - 20).items) == 22
        assert len(page_of(told, 8, seen=seen).items) == 40
        assert len(page_of(told, 8, seen=0).items) == 40

    def test_nothing_makes_an_empty_page(self) -> None:
        page = page_of([], 10)
        assert (page.items, page.more, page.first_seq) == ([], False, 0)

    def test_the_archive_and_what_is_remembered_meet_line_by_line(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        for n in range(5):
            room.desk.write("ann", f"{n}")
        known = room.known(session)
        for archived_to in range(len(known)):
            for live_from in range(archived_to + 1):
                assert together(known[:archived_to], known[live_from:]) == known
        assert together(known, []) == known


class TestSessionMarks:
    def test_a_session_says_its_number_how_it_began_and_why_it_ended(self, room: Room) -> None:
        session = room.desk.wrapping("ann", "s1")
        mark = mark_of(room.known(session), "zh")
        assert mark
        assert (mark.session, mark.began, mark.ended_at, mark.ended) == (session, "客户来信", 0, "")
        known = room.known(session)
        closed = room.desk.wrap_up("s1", session, "账单与还款").only(ev.SessionClosed)
        over = [*known, Line(id="x", seq=Seq(999), session=session, at=closed.at, by="system", event=closed)]
        mark = mark_of(over, "zh")
        assert mark
        assert (mark.ended_at, mark.ended) == (closed.at, "坐席挂断 · 账单与还款")

    def test_what_goes_on_names_what_it_goes_on_with(self) -> None:
        desk = Desk(make_site(["s1"]))
        desk.come("s1")
        opened = desk.write("ann").only(ev.SessionOpened)
        continued = replace(opened, case=SessionId("20261120-0007"))
        called = replace(opened, origin="callback")
        for event, words in ((continued, "Continues 20261120-0007"), (called, "We came back to a message left")):
            line = Line(id="x", seq=Seq(1), session=event.session, at=event.at, by="system", event=event)
            mark = mark_of([line], "en")
            assert mark
            assert mark.began == words

    def test_lines_from_the_middle_have_none(self, room: Room) -> None:
        session = room.desk.served("ann", "s1")
        assert mark_of(room.known(session)[1:], "zh") is None
        assert mark_of([], "zh") is None
