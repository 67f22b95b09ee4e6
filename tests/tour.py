"""One morning on which everything happens that can: each command is asked, each event comes of it.

A test of the vocabulary reads it; whoever adds a command or an event has to bring it about here.
"""

from routing.selfservice import Answer, Flow, Keyword, OpenMenu, Route
from routing.selfservice import Menu as TextMenu
from sessions import events as ev
from sessions.content import (
    Choice,
    CustomerEvent,
    File,
    Followed,
    Image,
    Link,
    Location,
    LocationReported,
    Menu,
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
from sessions.profile import Told
from sessions.settings import CustomerField, Ladder, Manners, Rings, Satisfaction, Site, Step
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
    Menu(text="请打分", choices=(Choice(id="rate:20261123-0001:5", text="5 非常满意"),)),
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
    desk = Desk(_site())
    desk.beat("h1")
    desk.beat("h2")
    desk.come("s1", hub="h1")
    desk.come("s2", hub="h2")
    _say_everything(desk)
    _ring_in_vain(desk)
    _hand_over(desk)
    _hang_up_and_resume(desk)
    _go_quiet(desk)
    _ask_a_colleague(desk)
    _help_themselves(desk)
    _wait_in_vain(desk)
    _go(desk)
    _leave_for_good(desk)
    return desk


def _site(seats: tuple[str, ...] = ("s1", "s2", "s3"), version: int = 1) -> Site:
    skills = {"s1": {"cards": 3}, "s2": {"cards": 2, "bills": 3}, "s3": {"loans": 1}}
    flow = Flow(
        id="bank",
        name="Bank",
        clicks={"HUMAN": Route(group="cards"), "LOAN": Route(group="loans", at_once=False, text="请说明")},
        menus={"main": TextMenu(id="main", text="1 账单 2 人工", options={"1": Answer("请看账单")})},
        keywords=(Keyword(id="menu", phrases=("菜单",), action=OpenMenu("main")),),
        unmatched_max=0,
    )
    return make_site(
        {seat: skills[seat] for seat in seats},
        groups=("cards", "bills", "loans"),
        texts={"welcome": "您好"},
        version=version,
        flow=flow,
        successors={"s3": "s1"},
        customer_fields=[CustomerField(id="card", label="卡种", kind="select", options=("普卡", "金卡"))],
        every_group={
            "ladder": Ladder(remind=Step(after_s=300), park=None, soft_end=Step(after_s=900)),
            "rings": Rings(level_down_s=None, leave_message_s=40),
            "manners": Manners(),
            "satisfaction": Satisfaction(ask="answered"),
        },
    )


def _pass_time(desk: Desk, seconds: int) -> None:
    """Wait, with both web processes alive and both browsers there."""
    for _ in range(1 + seconds // 10):
        for seat, hub in (("s1", "h1"), ("s2", "h2")):
            desk.beat(hub)
            desk.connect(seat, hub=hub)
        desk.wait(10)


def _go_quiet(desk: Desk) -> None:
    _pass_time(desk, 0)
    desk.set_presence("s2", "busy")
    session = desk.quiet("cat", "s1")
    _pass_time(desk, 300)
    desk.park("s1", session)
    desk.write("cat", "好的")
    desk.set_turn("s1", session, "seat")
    desk.promise("s1", session, 600, "10 分钟内回复您")
    _pass_time(desk, 500)
    desk.send("s1", session, "办好了")
    desk.promise("s1", session, 600)
    desk.resume("s1", session)
    desk.mark("s1", session)
    desk.remember("cat", told=Told(follows=True, since=desk.now, scene="ADD_SCENE_SEARCH", unionid="u1"))
    desk.describe("s1", session, remark="猫小姐", phone="13800000000", tags=("理财",), fields={"card": "金卡"})
    _pass_time(desk, 600)
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    desk.write("cat", "5分")
    desk.rate("cat", session, 4, "很快")


def _ask_a_colleague(desk: Desk) -> None:
    session = desk.served("dan", "s1")
    desk.consult("s1", session, "s2")
    desk.consult_say("s2", session)
    desk.end_consult("s1", session)
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)


def _help_themselves(desk: Desk) -> None:
    desk.write("eve", "菜单")
    desk.write("eve", "1")
    desk.tell("eve", MenuClicked(key="LOAN"))
    desk.write("eve", "贷款")
    desk.write("gil", "菜单")
    talk = desk.session_of("gil")
    assert talk is not None
    desk.step_in("s1", talk.id)
    desk.send("s1", talk.id)
    desk.hang_up("s1", talk.id)
    desk.wrap_up("s1", talk.id)


def _wait_in_vain(desk: Desk) -> None:
    desk.set_presence("s1", "busy")
    desk.set_presence("s2", "busy")
    desk.write("fay", "有人吗")
    _pass_time(desk, 50)
    desk.write("fay", "1")
    desk.write("fay", "请回电")
    _pass_time(desk, 130)
    desk.write("fay", "还没有消息吗")
    desk.write("fay", "0")
    desk.set_presence("s1", "available")
    desk.set_presence("s2", "available")


def _leave_for_good(desk: Desk) -> None:
    """s3 parks what it has and leaves; s1 inherits it."""
    desk.come("s3", hub="h1")
    eve = desk.session_of("eve")
    assert eve is not None
    desk.accept("s3", eve.id)
    desk.send("s3", eve.id)
    desk.park("s3", eve.id)
    desk.sign_out("s3")
    desk.configure(_site(("s1", "s2"), version=2))


def _say_everything(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    for content in CONTENTS:
        desk.write("ann", content)
    for event in CUSTOMER_EVENTS:
        desk.tell("ann", event)
    desk.write("ann", "x" * 601)
    desk.note("s1", session, mentions=["s2"])
    desk.delivered(desk.send("s1", session, "好的").only(ev.MessageSent).message, session)
    desk.failed(desk.send("s1", session, Image(media=MediaKey("aa.jpg"))).only(ev.MessageSent).message, session)
    oops = desk.send("s1", session, "oops").only(ev.MessageSent).message
    desk.recall("s1", session, oops)
    desk.recalled(oops, session, "ann")
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
