"""One morning on which everything happens that can: each command is asked, each event comes of it.

A test of the vocabulary reads it; whoever adds a command or an event has to bring it about here.
"""

from sessions import events as ev
from sessions.content import (
    CustomerEvent,
    File,
    Followed,
    Image,
    Link,
    Location,
    LocationReported,
    MenuClicked,
    MenuViewed,
    MiniProgram,
    OtherEvent,
    Scanned,
    Text,
    Unfollowed,
    Unknown,
    Video,
    Voice,
)
from sessions.ids import MediaKey
from tests.builders import Desk, make_site

CONTENTS = (
    Text(text="我的卡丢了 👛", menu_id="2"),
    Image(source="m1", mime="image/jpeg"),
    Voice(source="m2", format="amr", recognition="你好", duration_ms=1200),
    Video(source="m3", thumb_source="m4", short=True),
    Location(latitude=39.9, longitude=116.4, label="北京", scale=15),
    Link(title="t", url="https://example.com", description="d"),
    MiniProgram(title="t", app_id="wx1", page_path="p"),
    File(title="bill.pdf", size_bytes=9),
    Unknown(name="hologram", raw={"a": ["b", {"c": 1}]}),
)
CUSTOMER_EVENTS: tuple[CustomerEvent, ...] = (
    Followed(scene="branch-7"),
    Unfollowed(),
    Scanned(scene="branch-7"),
    MenuClicked(key="bill"),
    MenuViewed(url="https://example.com"),
    LocationReported(latitude=39.9, longitude=116.4),
    OtherEvent(name="card_pass_check", raw={"x": "y"}),
)


def tour() -> Desk:
    """The desk at noon."""
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"cards": 2, "bills": 3}}, texts={"welcome": "您好"}))
    desk.beat("h1")
    desk.beat("h2")
    desk.come("s1", hub="h1")
    desk.come("s2", hub="h2")
    _say_everything(desk)
    _ring_in_vain(desk)
    _hand_over(desk)
    _hang_up_and_resume(desk)
    _go(desk)
    return desk


def _say_everything(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    for content in CONTENTS:
        desk.write("ann", content)
    for event in CUSTOMER_EVENTS:
        desk.tell("ann", event)
    desk.write("ann", "x" * 601)
    desk.note("s1", session)
    desk.delivered(desk.send("s1", session, "好的").only(ev.MessageSent).message, session)
    desk.failed(desk.send("s1", session, Image(media=MediaKey("aa.jpg"))).only(ev.MessageSent).message, session)
    desk.media_stored(f"{session}.3", session)
    desk.media_rejected(f"{session}.4", session, "ann", "voice_too_long")
    desk.beat("h1")
    desk.beat("h2")


def _ring_in_vain(desk: Desk) -> None:
    session = desk.waiting("bob")
    first = desk.rings_at(session) or ""
    desk.reject(first, session)
    desk.wait(14)
    desk.beat("h1")
    desk.beat("h2")
    desk.wait(6)
    desk.accept(desk.rings_at(session) or "", session)


def _hand_over(desk: Desk) -> None:
    session = desk.session_of("ann")
    assert session is not None
    desk.transfer("s1", session.id, to_seat="s2")
    desk.hang_up("s1", session.id)
    desk.write("ann")
    desk.transfer("s1", session.id, to_group="bills", note="about a bill")
    desk.accept("s2", session.id)


def _hang_up_and_resume(desk: Desk) -> None:
    session = desk.session_of("ann")
    assert session is not None
    desk.hang_up("s2", session.id)
    for _ in range(4):
        desk.wait(10)
        desk.beat("h1")
        desk.beat("h2")
    desk.write("ann", "还有一件事")
    desk.hang_up("s2", session.id)
    desk.wrap_up("s2", session.id)


def _go(desk: Desk) -> None:
    desk.set_presence("s1", "break", "meal")
    desk.accept("s1", "20261123-9999", request="gone")
    desk.accept("s1", "20261123-9999", request="gone")
    desk.disconnect("s1")
    desk.connect("s1")
    desk.close_hub("h2")
    desk.wait(60)
    bob = desk.session_of("bob")
    if bob and bob.seat == "s1":
        desk.hang_up("s1", bob.id)
    desk.sign_out("s1")
