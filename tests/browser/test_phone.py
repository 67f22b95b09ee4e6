"""A person chatting as a simulated customer, in a real browser under the page's own policy."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from playwright.sync_api import Browser, Locator, Page, expect
from starlette.applications import Starlette
from starlette.routing import Route

from desk.channels.wechat.simulator import Simulator, create_demo_simulator
from tests.browser.desks import until
from tests.browser.windows import before_every_page, is_forbidden, uncomplaining, window
from tests.recordings import picture, voice
from tests.wechat.simulation import HASTY, Gateway, serving


class Stage:
    """The simulator with its page open on the first customers' phones, and the gateway behind it."""

    def __init__(self, simulator: Simulator, gateway: Gateway, page: Page, portal: BlockingPortal) -> None:
        self.simulator = simulator
        self.gateway = gateway
        self.page = page
        self._portal = portal
        self.openids = [user.openid for user in simulator.platform.account("demo").users]
        self.openid = self.openids[0]
        self.phone = page.locator(".holder").first

    def part(self, name: str) -> Locator:
        return self.phone.locator(f"[data-part={name}]")

    def lines(self, side: str) -> Locator:
        return self.phone.locator(f".line-{side} .bubble")

    def answer(self, msgtype: str, content: dict[str, Any], **more: Any) -> None:
        """The account sends something by custom/send, to somebody who has written."""
        self.pushed()
        message = {"touser": self.openid, "msgtype": msgtype, msgtype: content, **more}
        self._portal.call(self.simulator.platform.send, self.simulator.platform.account("demo"), message)

    def type(self) -> None:
        """The account shows that it types."""
        told = {"touser": self.openid, "command": "Typing"}
        self._portal.call(self.simulator.platform.typing, self.simulator.platform.account("demo"), told)

    def write(self, text: str) -> None:
        self.part("text").fill(text)
        self.part("text").press("Enter")

    def pushed(self, count: int = 1) -> list[dict[str, Any]]:
        """The fields of all pushes, once there are so many."""
        until(lambda: len(self.gateway.deliveries) >= count)
        return [dict(delivery.fields) for delivery in self.gateway.deliveries]


@pytest.fixture
def stage(browser: Browser, portal: BlockingPortal) -> Iterator[Stage]:
    """Fails the test for whatever the browser's console complains about."""
    with (
        portal.wrap_async_context_manager(_simulated()) as (simulator, gateway, url),
        window(browser, url, "zh-CN") as page,
        uncomplaining(page, is_forbidden),
    ):
        page.goto(f"{url}/sim/phone")
        expect(page.locator("#line")).to_have_text("已连接")
        yield Stage(simulator, gateway, page, portal)


@asynccontextmanager
async def _simulated() -> AsyncIterator[tuple[Simulator, Gateway, str]]:
    gateway = Gateway()
    async with serving(Starlette(routes=[Route("/wechat/demo", gateway.take, methods=["GET", "POST"])])) as there:
        simulator = create_demo_simulator(there, options=HASTY)
        async with serving(simulator.app()) as here:
            yield simulator, gateway, here
            await simulator.stop()


def test_a_text_goes_to_the_gateway_and_the_answer_comes_back(stage: Stage) -> None:
    expect(stage.part("window")).to_have_text("窗口已关闭")
    stage.write("我的卡丢了")
    expect(stage.lines("user")).to_have_text("我的卡丢了")
    assert stage.pushed()[0]["Content"] == "我的卡丢了"
    expect(stage.part("window")).to_contain_text("剩 5 条")
    stage.answer("text", {"content": "您好，请问尾号？"}, customservice={"kf_account": "小云@demo"})
    expect(stage.lines("account")).to_have_text("您好，请问尾号？")
    expect(stage.phone.locator(".line-account .line-tags")).to_have_text("小云")
    expect(stage.part("window")).to_contain_text("剩 4 条")


def test_enter_inside_an_input_method_does_not_send(stage: Stage) -> None:
    stage.part("text").fill("ni hao")
    stage.part("text").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert stage.gateway.deliveries == []
    expect(stage.part("text")).to_have_value("ni hao")


def test_markup_is_shown_as_it_was_written(stage: Stage) -> None:
    stage.write("<img src=x onerror=alert(1)>")
    expect(stage.lines("user")).to_have_text("<img src=x onerror=alert(1)>")


def test_a_picture_and_a_voice_file_are_sent_and_shown(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "卡片.png").write_bytes(picture(40, 30))
    (tmp_path / "留言.wav").write_bytes(voice("wav", 3))
    stage.part("more").click()
    stage.phone.locator("input[data-kind=image]").set_input_files(tmp_path / "卡片.png")
    expect(stage.phone.locator(".line-user img")).to_have_js_property("naturalWidth", 40)
    stage.phone.locator("input[data-kind=voice]").set_input_files(tmp_path / "留言.wav")
    expect(stage.phone.locator(".voice-length")).to_have_text("3″")
    image, sound = stage.pushed(2)
    assert (image["MsgType"], sound["MsgType"], sound["Format"]) == ("image", "voice", "wav")


def test_a_file_that_is_no_picture_is_refused_in_words(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "virus.png").write_bytes(b"MZ")
    stage.phone.locator("input[data-kind=image]").set_input_files(tmp_path / "virus.png")
    expect(stage.part("refusal")).to_contain_text("不是这种文件，或格式不支持，请换一个")
    assert stage.gateway.deliveries == []


def test_held_speech_is_sent_as_a_voice(stage: Stage) -> None:
    stage.part("voice").click()
    stage.part("hold").hover()
    stage.page.mouse.down()
    expect(stage.part("recording")).to_be_visible()
    stage.page.wait_for_timeout(900)
    stage.page.mouse.up()
    assert stage.pushed()[0]["Format"] == "wav"
    expect(stage.phone.locator(".line-user .voice-length")).to_have_text("1″")


def test_speech_is_thrown_away_by_sliding_up(stage: Stage) -> None:
    stage.part("voice").click()
    stage.part("hold").hover()
    stage.page.mouse.down()
    expect(stage.part("recording")).to_be_visible()
    stage.page.mouse.move(200, 200)
    expect(stage.part("recording")).to_contain_text("松开 取消")
    stage.page.mouse.up()
    expect(stage.part("recording")).to_be_hidden()
    assert stage.gateway.deliveries == []


def test_the_account_s_voice_is_played(stage: Stage) -> None:
    stage.write("在吗")
    platform = stage.simulator.platform
    media = platform.media.upload("demo", "voice", voice("mp3", 2), "a.mp3", platform.now())
    stage.answer("voice", {"media_id": media.media_id})
    sound = stage.phone.locator(".line-account .voice")
    expect(sound.locator(".voice-length")).to_have_text("2″")
    sound.click()
    expect(sound).to_have_class("voice is-playing")


def test_a_menu_item_s_tap_comes_back_with_its_id(stage: Stage) -> None:
    stage.write("结束")
    items = [{"id": "csat_5", "content": "满意"}, {"id": "csat_1", "content": "不满意"}]
    stage.answer("msgmenu", {"head_content": "请评价", "list": items, "tail_content": "谢谢"})
    stage.phone.get_by_role("button", name="满意", exact=True).click()
    tapped = stage.pushed(2)[1]
    assert (tapped["Content"], tapped["bizmsgmenuid"]) == ("满意", "csat_5")


def test_links_in_texts_can_be_opened_or_tapped(stage: Stage) -> None:
    stage.write("账单")
    tap = '<a href="weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=9">转人工</a>'
    bad = '<a href="javascript:alert(1)">x</a>'
    stage.answer("text", {"content": f'<a href="https://bank.example/">看账单</a>或{tap}{bad}'})
    expect(stage.phone.get_by_role("link", name="看账单")).to_have_attribute("href", "https://bank.example/")
    expect(stage.lines("account")).to_contain_text(bad)
    stage.phone.get_by_role("button", name="转人工", exact=True).click()
    assert stage.pushed(2)[1]["bizmsgmenuid"] == "9"


def test_the_account_s_menu_is_tapped(stage: Stage) -> None:
    stage.phone.get_by_role("button", name="我的账户").click()
    stage.phone.get_by_role("button", name="本期账单").click()
    assert stage.pushed()[0]["EventKey"] == "BILL"
    expect(stage.phone.locator(".notice")).to_have_text("你点击了菜单 · 本期账单")


def test_a_place_a_link_and_a_qr_code_are_asked_for_and_sent(stage: Stage) -> None:
    for name, kind in (("位置", "location"), ("链接", "link"), ("扫一扫", "event")):
        stage.part("more").click()
        stage.part("more-panel").get_by_role("button", name=name).click()
        stage.page.get_by_role("button", name="确定").click()
        until(lambda: kind in [delivery.fields["MsgType"] for delivery in stage.gateway.deliveries])  # noqa: B023
        stage.part("more").click()
    expect(stage.phone.locator(".line-user .card-message")).to_have_count(2)


def test_unfollowing_ends_the_talk_and_following_begins_it_again(stage: Stage) -> None:
    stage.part("more").click()
    stage.part("more-panel").get_by_role("button", name="取消关注").click()
    expect(stage.part("composer")).to_be_hidden()
    stage.part("stranger").get_by_role("button", name="关注公众号").click()
    expect(stage.part("composer")).to_be_visible()
    assert [push["Event"] for push in stage.pushed(2)] == ["unsubscribe", "subscribe"]


def test_typing_and_failing_service_are_seen(stage: Stage) -> None:
    stage.gateway.answers = [b"no such page"]
    stage.write("在吗")
    expect(stage.phone.locator(".notice-bad")).to_have_text("该公众号暂时无法提供服务，请稍后再试")
    stage.type()
    expect(stage.part("title")).to_have_text("对方正在输入…")
    stage.answer("text", {"content": "在的"})
    expect(stage.part("title")).to_have_text("云杉银行信用卡")


def test_another_customer_is_found_and_a_new_one_made(stage: Stage) -> None:
    stage.part("who").click()
    stage.part("search").fill("厦门")
    stage.part("customers").get_by_role("button", name="林若溪").click()
    expect(stage.part("name")).to_have_text("林若溪")
    stage.part("who").click()
    stage.part("new").get_by_role("textbox").fill("莫小贝")
    stage.part("new").get_by_role("button").click()
    expect(stage.part("name")).to_have_text("莫小贝")
    stage.part("stranger").get_by_role("button", name="关注公众号").click()
    assert stage.pushed()[0]["Event"] == "subscribe"
    stage.page.reload()
    # The page remembers whose phones it showed.
    expect(stage.part("name")).to_have_text("莫小贝")


def test_phones_side_by_side_do_not_mix(stage: Stage) -> None:
    phones = stage.page.locator(".holder")
    expect(phones).to_have_count(3)
    for n in range(3):
        phones.nth(n).locator("[data-part=text]").fill(f"我是 {n}")
        phones.nth(n).locator("[data-part=send]").click()
    for n in range(3):
        expect(phones.nth(n).locator(".line-user .bubble")).to_have_text(f"我是 {n}")
    assert {push["FromUserName"] for push in stage.pushed(3)} == set(stage.openids[:3])


def test_the_mode_is_switched_for_the_next_push(stage: Stage) -> None:
    stage.page.get_by_text("安全", exact=True).click()
    until(lambda: stage.simulator.platform.account("demo").settings.mode == "safe")
    stage.write("机密")
    assert set(stage.pushed()[0]) == {"ToUserName", "Encrypt"}
    expect(stage.page.locator("#pushes li").first).to_contain_text("文本")


def test_faults_are_ordered_and_cleared(stage: Stage) -> None:
    stage.page.get_by_role("button", name="推送重复").click()
    expect(stage.page.locator("#set-faults")).to_have_text("推送重复 ×1")
    stage.write("一次")
    stage.pushed(2)
    expect(stage.page.locator("#set-faults")).to_have_text("当前没有故障")
    stage.page.get_by_role("button", name="接口返回 -1").click()
    expect(stage.page.locator("#set-faults")).to_have_text("接口返回 -1 ×3")
    stage.page.get_by_role("button", name="清除").click()
    expect(stage.page.locator("#set-faults")).to_have_text("当前没有故障")
    assert stage.simulator.platform.faults.all() == []


def test_the_clock_closes_the_window(stage: Stage) -> None:
    stage.write("在吗")
    expect(stage.part("window")).to_contain_text("剩 5 条")
    stage.page.get_by_role("button", name="+48 小时").click()
    expect(stage.part("window")).to_have_text("窗口已关闭")
    expect(stage.page.locator("#clock")).to_have_text("快 48 小时")


def test_a_broken_line_misses_nothing(stage: Stage) -> None:
    before_every_page(
        stage.page,
        "window.lines = []; const Real = WebSocket;"
        "window.WebSocket = class extends Real { constructor(url) { super(url); lines.push(this); } }",
    )
    stage.page.reload()
    stage.write("一")
    expect(stage.lines("user")).to_have_count(1)
    stage.page.evaluate("lines.forEach((line) => line.close())")
    expect(stage.page.locator("#line")).to_have_text("正在重新连接…")
    stage.answer("text", {"content": "二"})
    expect(stage.lines("account")).to_have_text("二")
    expect(stage.lines("user")).to_have_count(1)


def test_it_speaks_english_when_asked(stage: Stage) -> None:
    stage.page.get_by_role("link", name="English").click()
    expect(stage.page.get_by_role("heading", name="Customer phones")).to_be_visible()
    stage.page.goto(stage.page.url.partition("?")[0])
    expect(stage.page.get_by_role("heading", name="Customer phones")).to_be_visible()


def test_one_customer_s_phone_has_an_address(stage: Stage) -> None:
    stage.page.goto(f"{stage.page.url}/demo/{stage.openids[7]}")
    expect(stage.page.locator(".holder")).to_have_count(1)
    name = stage.simulator.user("demo", stage.openids[7]).profile.nickname
    expect(stage.part("name")).to_have_text(name)


@pytest.mark.parametrize(("width", "height", "count"), [(1280, 720, 3), (1920, 1080, 4)])
def test_nothing_overflows(stage: Stage, width: int, height: int, count: int) -> None:
    stage.page.set_viewport_size({"width": width, "height": height})
    stage.page.evaluate(f"localStorage.setItem('simulator.phones', '{json.dumps(stage.openids[:0])}')")
    stage.page.reload()
    expect(stage.page.locator(".holder")).to_have_count(count)
    stage.write("长" * 300 + "https://bank.example/" + "x" * 120)
    expect(stage.lines("user")).to_have_count(1)
    overflowing = stage.page.evaluate(
        "[...document.querySelectorAll('body, .strip, .phone, .screen, .talk, .platform, .composer')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
    )
    assert overflowing == []
    assert stage.page.evaluate("document.documentElement.scrollHeight") == height
