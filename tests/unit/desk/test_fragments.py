"""Pieces of the desk page: after any events a browser shows what the floor holds, and nobody reads a stranger's words.

`Browser` keeps the pieces by the rules that `desk.pieces` states, as `static/desk/pieces.js` does.
"""

from collections.abc import Iterable
from html.parser import HTMLParser

import pytest

from desk.lines import failure_words
from desk.panes import waiter
from desk.pieces import Pieces as PiecesOf
from desk.scope import audience
from desk.transcripts import Line, Transcripts
from sessions import events as ev
from sessions.content import Image, Link, Text, Unknown, Voice
from sessions.ids import SeatId, Seq, SessionId
from sessions.settings import Ladder, Step
from tests.builders import Desk, Happened, make_site
from tests.drawing import TEMPLATES, render

VOID = {"input", "img", "br", "hr", "meta", "link"}
SECRET = "我的卡号是 6222"


class Piece:
    """A top-level element of a fragment."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.text = ""

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")


class Pieces(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Piece] = []
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth == 0:
            self.found.append(Piece({name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self.found:
            self.found[-1].text += data


class Browser:
    """A desk page of one seat, whose containers take rows, rings, the queue and one open chat."""

    def __init__(self, seat: str, *containers: str) -> None:
        self.seat = seat
        self.containers = {"rows", "parked-rows", "consult-rows", "rings", *containers}
        self.shown: dict[str, Piece] = {}
        self.fetched: list[str] = []

    def place(self, html: str) -> None:
        for piece in Pieces(html).found:
            seat = piece.attributes.get("data-seat")
            if seat is not None and seat != self.seat:
                self.shown.pop(piece.id, None)
            elif address := piece.attributes.get("data-fetch"):
                self.fetched.append(address)
                self.shown[piece.id] = piece
            elif self._has_a_place(piece):
                self.shown[piece.id] = piece
            elif piece.attributes.get("data-into"):
                self.shown.pop(piece.id, None)

    def _has_a_place(self, piece: Piece) -> bool:
        into = piece.attributes.get("data-into")
        return into in self.containers if into else piece.id in self.shown

    def listed(self, container: str) -> set[str]:
        """The sessions in this list."""
        return {
            piece.attributes["data-session"]
            for piece in self.shown.values()
            if piece.attributes.get("data-into") == container
        }

    def ids(self, kind: str) -> set[str]:
        return {name.removeprefix(f"{kind}-") for name in self.shown if name.startswith(f"{kind}-")}


class Pages:
    """The desks of several seats, kept up by the events that each may see."""

    def __init__(self, desk: Desk, *browsers: Browser) -> None:
        self.desk = desk
        self.browsers = browsers
        self.transcripts = Transcripts()
        self.rendered: list[tuple[ev.Event, str]] = []
        self.seq = 0
        self.catch_up(desk.ledger)

    def catch_up(self, happened: Iterable[ev.Event]) -> None:
        for event in happened:
            self.seq += 1
            self.transcripts.fold(Seq(self.seq), event)
            html = render(event, self.desk.floor, self.transcripts, "zh")
            self.rendered.append((event, html))
            for browser in self.browsers:
                if self.sees(browser, event):
                    browser.place(html)

    def do(self, happened: Happened) -> Happened:
        self.catch_up(happened)
        return happened

    def again(self, browser: Browser) -> None:
        """A browser that was away is sent everything once more, rendered on the floor of today."""
        for event, _ in self.rendered:
            if self.sees(browser, event):
                browser.place(render(event, self.desk.floor, self.transcripts, "zh"))

    def sees(self, browser: Browser, event: ev.Event) -> bool:
        concerned = audience(event)
        members = {seat.seat for group in concerned.groups for seat in self.desk.floor.roster.members(group)}
        return concerned.everyone or browser.seat in concerned.seats or browser.seat in members


def a_day_of_work() -> tuple[Pages, Browser, Browser]:
    """Two seats and four customers: accepted, missed, rejected, handed over, hung up, woken and closed."""
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"cards": 2, "bills": 2}}, soft_cap=2))
    one, two = Browser("s1", "waiting-of-cards"), Browser("s2", "waiting-of-cards", "waiting-of-bills")
    pages = Pages(desk, one, two)
    for seat in ("s1", "s2"):
        pages.do(desk.connect(seat))
        pages.do(desk.sign_in(seat))
    for name in ("ann", "bob", "cat", "dan", "eve"):
        pages.do(desk.write(name, SECRET))
    for name in ("ann", "bob", "cat"):
        session = desk.session_of(name)
        assert session
        assert session.offer
        pages.do(desk.accept(session.offer.seat, session.id))
    pages.do(desk.wait(25))
    return pages, one, two


def holds(desk: Desk, seat: str) -> set[str]:
    at = desk.seat(seat)
    return {*at.held, *at.wrapping, *at.parked}


def agrees(pages: Pages) -> None:
    """Every browser shows the floor: its own sessions, its own rings, its groups' lines."""
    for browser in pages.browsers:
        seat = pages.desk.seat(browser.seat)
        assert browser.ids("row") == holds(pages.desk, browser.seat)
        assert browser.listed("parked-rows") == set(seat.parked)
        assert browser.listed("consult-rows") == set(seat.consulting)
        assert browser.ids("ring") == set(seat.offers)
        assert browser.ids("waiting") == {each for group in seat.capacity.skills for each in pages.desk.line(group)}


def test_rows_rings_and_queue_follow_whatever_happens() -> None:
    pages, *_ = a_day_of_work()
    agrees(pages)
    desk = pages.desk
    mine = next(iter(desk.seat("s1").held))
    pages.do(desk.transfer("s1", mine, to_seat="s2", note="VIP"))
    agrees(pages)
    pages.do(desk.reject("s2", mine))
    agrees(pages)
    pages.do(desk.transfer("s1", mine, to_group="bills"))
    agrees(pages)
    theirs = next(iter(desk.seat("s2").held))
    pages.do(desk.hang_up("s2", theirs))
    agrees(pages)
    pages.do(desk.wait(40))
    agrees(pages)
    pages.do(desk.wrap_up("s2", theirs))
    agrees(pages)
    pages.do(desk.disconnect("s2"))
    pages.do(desk.wait(61))
    agrees(pages)


def test_what_is_parked_promised_asked_about_and_handed_over_stands_in_its_list() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    one, two = Browser("s1"), Browser("s2")
    pages = Pages(desk, one, two)
    for seat in ("s1", "s2"):
        pages.do(desk.connect(seat))
    pages.do(desk.sign_in("s1"))
    ann = pages.do(desk.write("ann")).only(ev.SessionOpened).session
    for happened in (desk.accept("s1", ann), desk.send("s1", ann), desk.sign_in("s2"), desk.park("s1", ann)):
        pages.do(happened)
    agrees(pages)
    assert one.listed("parked-rows") == {ann}
    pages.do(desk.write("ann", SECRET))
    agrees(pages)
    pages.do(desk.promise("s1", ann, 3600, "一小时内回复您"))
    agrees(pages)
    assert "承诺" in one.shown[f"row-{ann}"].text
    pages.do(desk.consult("s1", ann, "s2", "能减免吗"))
    agrees(pages)
    assert two.listed("consult-rows") == {ann}
    pages.do(desk.consult_say("s2", ann, "可以"))
    pages.do(desk.end_consult("s2", ann))
    agrees(pages)
    pages.do(desk.hand_over("s1", "VIP"))
    agrees(pages)
    assert two.listed("parked-rows") == {ann}
    pages.again(one)
    pages.again(two)
    agrees(pages)


def test_a_side_thread_is_drawn_for_both_and_once_a_line() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    pages = Pages(desk)
    begun = pages.do(desk.consult("s1", session, "s2", "能减免吗"))
    drawn = "".join(html for event, html in pages.rendered if event in begun)
    thread = next(piece for piece in Pieces(drawn).found if piece.id == f"consult-{session}")
    assert "data-seat" not in thread.attributes
    assert "能减免吗" in thread.text
    mode = thread.attributes["data-mode"]
    pages.do(desk.consult_say("s2", session, "可以"))
    said = Pieces(pages.rendered[-2][1]).found
    assert [piece.attributes["data-mode"] for piece in said if piece.id == f"consult-{session}"] == [mode]
    assert [piece.text.count("可以") for piece in said if piece.id.startswith("thread-line-")] == [1]
    pages.do(desk.end_consult("s1", session))
    ended = Pieces(pages.rendered[-2][1]).found
    assert [piece.attributes["data-mode"] for piece in ended if piece.id == f"consult-{session}"] == ["none"]


def test_what_a_seat_may_fetch_is_its_own() -> None:
    desk = Desk(make_site(["s1", "s2", "s3"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2", "s3")
    desk.consult("s1", session, "s2")
    pages = Pages(desk)
    pieces = PiecesOf(TEMPLATES, desk.floor, pages.transcripts, "zh")
    fetched = {seat: Pieces(pieces.for_seat(session, SeatId(seat))).found for seat in ("s1", "s2", "s3")}
    words = {seat: "".join(piece.text for piece in found) for seat, found in fetched.items()}
    assert 'aria-label="咨询中"' in pieces.row(session)
    assert "s1 咨询您" in words["s2"]
    assert words["s3"] == ""


def test_the_head_says_whose_move_it_is_what_comes_next_and_what_can_still_be_sent() -> None:
    desk = Desk(make_site(every_group={"ladder": Ladder(remind=Step(after_s=300), park=None)}))
    desk.come("s1")
    session = desk.served("ann", "s1")
    page = Browser("s1")
    page.shown |= {f"head-{session}": Piece({}), f"meter-{session}": Piece({})}
    pages = Pages(desk, page)
    pages.do(desk.send("s1", session))
    head = page.shown[f"head-{session}"]
    assert "等待客户" in head.text
    assert "提醒客户 5:00" in head.text
    assert "4/5·48:00" in "".join(page.shown[f"meter-{session}"].text.split())
    pages.do(desk.write("ann", "好的"))
    assert "礼貌结束语" in page.shown[f"head-{session}"].text
    assert "需要回复" in page.shown[f"head-{session}"].text
    pages.do(desk.set_turn("s1", session, "seat"))
    assert "客户等待" in page.shown[f"head-{session}"].text
    assert "无需回复" in page.shown[f"head-{session}"].text


def test_who_was_at_a_seat_waits_since_they_came_back_into_line() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.parked("ann", "s1")
    desk.sign_out("s1")
    desk.wait(300)
    desk.write("ann", "again")
    assert waiter(desk.floor, desk.session(session), "zh").since == desk.now


def test_who_is_offered_nothing_for_not_answering_is_asked_back() -> None:
    desk = Desk(make_site())
    pages = Pages(desk, Browser("s1"))
    for happened in (desk.connect("s1"), desk.sign_in("s1"), desk.write("ann")):
        pages.do(happened)
    pages.do(desk.wait(20))
    assert not any("我回来了" in html for _, html in pages.rendered)
    pages.do(desk.wait(20))
    assert "我回来了" in pages.rendered[-1][1]
    pages.do(desk.set_presence("s1", "available"))
    assert not any("我回来了" in html for event, html in pages.rendered[-3:] if isinstance(event, ev.PresenceChanged))


def test_a_browser_that_gets_everything_late_and_twice_shows_the_same() -> None:
    pages, one, two = a_day_of_work()
    desk = pages.desk
    pages.do(desk.transfer("s1", next(iter(desk.seat("s1").held)), to_group="bills"))
    pages.again(one)
    pages.again(one)
    fresh = Browser("s2", "waiting-of-cards", "waiting-of-bills")
    pages.again(fresh)
    assert fresh.ids("row") == two.ids("row")
    agrees(pages)


def test_what_a_group_sees_holds_no_words_of_a_customer() -> None:
    pages, one, _ = a_day_of_work()
    before_the_group = [html for event, html in pages.rendered if audience(event).groups]
    assert before_the_group
    assert not any(SECRET in html for html in before_the_group)
    assert all(address.endswith("/pieces") for address in one.fetched)
    assert one.fetched


def test_a_line_joins_an_open_chat_once_and_is_amended_in_place() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    session = desk.served("ann", "s1")
    browser = Browser("s1", f"messages-{session}")
    pages = Pages(desk, browser)
    sent = pages.do(desk.send("s1", session, "好的")).only(ev.MessageSent)
    line = f"line-{sent.message}"
    assert "发送中" in browser.shown[line].text
    pages.do(desk.delivered(sent.message, session))
    assert "已送达微信" in browser.shown[line].text
    pages.do(desk.failed(sent.message, session, code="45015"))
    assert "发送失败" in browser.shown[line].text
    assert "48 小时" in browser.shown[line].text
    assert [name for name in browser.shown if name.startswith("line-") and sent.message in name] == [line]


def test_a_burst_stands_under_one_head_and_each_day_begins_once() -> None:
    desk, browser, pages, session = one_chat()
    pages.do(desk.write("ann", "first"))
    pages.do(desk.write("ann", "second"))
    pages.do(desk.wait(20 * 3600))
    sent = pages.do(desk.write("ann", "third")).only(ev.MessageReceived)
    lines = [browser.shown[f"line-{session}.{n}"] for n in (2, 3, 4)]
    assert ["is-joined" in line.attributes["class"] for line in lines] == [False, True, False]
    days = [browser.shown[name].text.strip() for name in browser.shown if name.startswith("day-")]
    assert days == ["昨天", "今天"], "what stood above yesterday's lines is put right with the first of today"
    again = render(sent, desk.floor, pages.transcripts, "zh")
    browser.place(again)
    assert [name for name in browser.shown if name.startswith("day-")] == [
        f"day-{session}-2026-11-23",
        f"day-{session}-2026-11-24",
    ]


def test_routine_that_grows_long_folds_as_it_happens() -> None:
    desk, browser, pages, session = one_chat()
    pages.do(desk.write("ann", "so?"))
    (way_here,) = browser.ids("fold")
    assert "s1 接入会话" in browser.shown[f"fold-{way_here}"].text
    for _ in range(2):
        pages.do(desk.set_turn("s1", session, "customer"))
        pages.do(desk.set_turn("s1", session, "seat"))
    pages.do(desk.set_turn("s1", session, "customer"))
    (fold,) = browser.ids("fold") - {way_here}
    text = browser.shown[f"fold-{fold}"].text
    assert "s1 标为无需回复" in text
    assert "另有 4 条流转记录" in text
    assert not {f"line-{each}" for each in (fold,)} & set(browser.shown), "they are in it, not beside it"


def test_what_was_sent_again_says_so_in_its_place() -> None:
    desk, browser, pages, session = one_chat()
    failed = pages.do(desk.send("s1", session, "hello")).only(ev.MessageSent).message
    pages.do(desk.failed(failed, session))
    assert "重发" in browser.shown[f"line-{failed}"].text
    again = pages.do(desk.resend("s1", session, failed, "hello")).only(ev.MessageSent).message
    assert "已重发" in browser.shown[f"line-{failed}"].text
    assert "发送中" in browser.shown[f"line-{again}"].text


def test_what_is_wanted_back_says_how_far_that_got() -> None:
    desk, browser, pages, session = one_chat()
    held = pages.do(desk.send("s1", session, "oops", hold_s=5)).only(ev.MessageSent).message
    line = f"line-{held}"
    assert "撤回" in browser.shown[line].text
    pages.do(desk.recall("s1", session, held))
    assert "撤回中" in browser.shown[line].text
    pages.do(desk.recalled(held, session, "ann"))
    assert "已撤回，客户没有收到" in browser.shown[line].text
    assert "[已撤回]" in browser.shown[f"row-{session}"].text
    late = pages.do(desk.send("s1", session, "oops")).only(ev.MessageSent).message
    pages.do(desk.recall("s1", session, late))
    pages.do(desk.delivered(late, session))
    assert "来不及撤回，已送达微信" in browser.shown[f"line-{late}"].text


def one_chat() -> tuple[Desk, Browser, Pages, SessionId]:
    """A seat with one customer, whose chat is open."""
    desk = Desk(make_site(["s1"]))
    browser = Browser("s1", "messages-20261123-0001")
    pages = Pages(desk, browser)
    pages.do(desk.connect("s1"))
    pages.do(desk.sign_in("s1"))
    asked = pages.do(desk.write("ann"))
    session = asked.only(ev.SessionOpened).session
    browser.place(render(asked.only(ev.MessageReceived), desk.floor, pages.transcripts, "zh"))  # as fetched later
    pages.do(desk.accept("s1", session))
    return desk, browser, pages, session


def test_an_amended_line_of_a_page_not_loaded_is_dropped() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    session = desk.served("ann", "s1")
    sent = desk.send("s1", session).only(ev.MessageSent)
    elsewhere = Browser("s1")
    pages = Pages(desk, elsewhere)
    elsewhere.shown.clear()
    elsewhere.containers.add(f"messages-{session}")
    pages.do(desk.delivered(sent.message, session))
    assert f"line-{sent.message}" not in elsewhere.shown


def test_files_show_when_they_have_come() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    session = desk.served("ann", "s1")
    browser = Browser("s1", f"messages-{session}")
    pages = Pages(desk, browser)
    image = pages.do(desk.write("ann", Image(source="m1"))).only(ev.MessageReceived)
    assert "正在接收文件" in browser.shown[f"line-{image.message}"].text
    pages.do(desk.media_stored(image.message, session))
    assert "/media/aa.jpg" in pages.rendered[-1][1]
    voice = pages.do(desk.write("ann", Voice(source="m2", recognition="账单不对"))).only(ev.MessageReceived)
    assert "账单不对" in browser.shown[f"line-{voice.message}"].text
    pages.do(desk.media_rejected(voice.message, session, "ann", "voice_too_large"))
    assert "语音超过 5 MB" in browser.shown[f"line-{voice.message}"].text


def test_what_customers_write_is_never_markup() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    session = desk.served("ann", "s1")
    pages = Pages(desk, Browser("s1", f"messages-{session}"))
    for content in (
        Text(text='<script>alert(1)</script><img src=x onerror="x">'),
        Link(title="<b>tap</b>", url="javascript:alert(1)"),
        Unknown(name="<i>new</i>"),
    ):
        pages.do(desk.write("ann", content))
    html = "".join(html for _, html in pages.rendered)
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "<b>tap" not in html
    assert 'href="javascript' not in html


def test_both_languages_speak() -> None:
    desk = Desk(make_site())
    desk.come("s1")
    transcripts = Transcripts()
    asked = desk.write("ann", Image(source="m1"))
    transcripts.fold(Seq(1), asked[0])
    assert "[图片]" in render(asked.only(ev.MessageReceived), desk.floor, transcripts, "zh")
    assert "[Image]" in render(asked.only(ev.MessageReceived), desk.floor, transcripts, "en")


@pytest.mark.parametrize(
    ("code", "uncertain", "words"),
    [
        ("45015", False, "48 小时"),
        ("99999", False, "99999"),
        ("unreachable", False, "连不上微信"),
        ("uncertain", True, "可能已送达"),
        ("something_new", False, "something_new"),
    ],
)
def test_failures_speak_human_words(code: str, uncertain: bool, words: str) -> None:
    desk = Desk(make_site())
    line = Line(
        id="m.1",
        seq=Seq(1),
        session=SessionId("m"),
        at=desk.now,
        by="seat",
        delivery="failed",
        failure_code=code,
        uncertain=uncertain,
    )
    assert words in failure_words(line, "zh")
