"""A person chatting as a simulated customer, in a real browser under the page's own policy."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.routing import Route

from desk.channels.wechat.simulator import Simulator, create_demo_simulator
from tests.recordings import picture, voice
from tests.wechat.simulation import HASTY, Gateway, serving, until

pytestmark = pytest.mark.anyio

# The last two: a microphone that hums, and nobody to ask for it.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


class Stage:
    """The simulator with its page open on the first customers' phones, and the gateway behind it."""

    def __init__(self, simulator: Simulator, gateway: Gateway, page: Page, url: str) -> None:
        self.simulator = simulator
        self.gateway = gateway
        self.page = page
        self.url = url
        self.openids = [user.openid for user in simulator.platform.account("demo").users]
        self.openid = self.openids[0]
        self.phone = page.locator(".holder").first

    def part(self, name: str) -> Locator:
        return self.phone.locator(f"[data-part={name}]")

    def lines(self, side: str) -> Locator:
        return self.phone.locator(f".line-{side} .bubble")

    def answer(self, msgtype: str, content: dict[str, Any], **more: Any) -> None:
        """The account sends something by custom/send."""
        message = {"touser": self.openid, "msgtype": msgtype, msgtype: content, **more}
        self.simulator.platform.send(self.simulator.platform.account("demo"), message)

    async def write(self, text: str) -> None:
        await self.part("text").fill(text)
        await self.part("text").press("Enter")

    async def pushed(self, count: int = 1) -> list[dict[str, Any]]:
        """The fields of all pushes, once there are so many."""
        await until(lambda: len(self.gateway.deliveries) >= count)
        return [dict(delivery.fields) for delivery in self.gateway.deliveries]


@pytest.fixture(scope="module")
async def browser(chromium_path: str, anyio_backend: object) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    """Fails the test for whatever the browser's console complains about."""
    gateway = Gateway()
    async with serving(Starlette(routes=[Route("/wechat/demo", gateway.take, methods=["GET", "POST"])])) as there:
        simulator = create_demo_simulator(there, options=HASTY)
        async with serving(simulator.app()) as here:
            context = await browser.new_context(base_url=here, locale="zh-CN", viewport={"width": 1280, "height": 720})
            page = await context.new_page()
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
            await page.goto("/sim/phone")
            stage = Stage(simulator, gateway, page, here)
            await expect(page.locator("#line")).to_have_text("已连接")
            yield stage
            await context.close()
            await simulator.stop()
            assert complaints == []


async def test_a_text_goes_to_the_gateway_and_the_answer_comes_back(stage: Stage) -> None:
    await expect(stage.part("window")).to_have_text("窗口已关闭")
    await stage.write("我的卡丢了")
    await expect(stage.lines("user")).to_have_text("我的卡丢了")
    assert (await stage.pushed())[0]["Content"] == "我的卡丢了"
    await expect(stage.part("window")).to_contain_text("剩 5 条")
    stage.answer("text", {"content": "您好，请问尾号？"}, customservice={"kf_account": "小云@demo"})
    await expect(stage.lines("account")).to_have_text("您好，请问尾号？")
    await expect(stage.phone.locator(".line-account .line-tags")).to_have_text("小云")
    await expect(stage.part("window")).to_contain_text("剩 4 条")


async def test_enter_inside_an_input_method_does_not_send(stage: Stage) -> None:
    await stage.part("text").fill("ni hao")
    await stage.part("text").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert stage.gateway.deliveries == []
    await expect(stage.part("text")).to_have_value("ni hao")


async def test_markup_is_shown_as_it_was_written(stage: Stage) -> None:
    await stage.write("<img src=x onerror=alert(1)>")
    await expect(stage.lines("user")).to_have_text("<img src=x onerror=alert(1)>")


async def test_a_picture_and_a_voice_file_are_sent_and_shown(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "卡片.png").write_bytes(picture(40, 30))
    (tmp_path / "留言.wav").write_bytes(voice("wav", 3))
    await stage.part("more").click()
    await stage.phone.locator("input[data-kind=image]").set_input_files(tmp_path / "卡片.png")
    await expect(stage.phone.locator(".line-user img")).to_have_js_property("naturalWidth", 40)
    await stage.phone.locator("input[data-kind=voice]").set_input_files(tmp_path / "留言.wav")
    await expect(stage.phone.locator(".voice-length")).to_have_text("3″")
    image, sound = await stage.pushed(2)
    assert (image["MsgType"], sound["MsgType"], sound["Format"]) == ("image", "voice", "wav")


async def test_a_file_that_is_no_picture_is_refused_in_words(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "virus.png").write_bytes(b"MZ")
    await stage.phone.locator("input[data-kind=image]").set_input_files(tmp_path / "virus.png")
    await expect(stage.part("refusal")).to_contain_text("cannot be sent as image")
    assert stage.gateway.deliveries == []


async def test_held_speech_is_sent_as_a_voice(stage: Stage) -> None:
    await stage.part("voice").click()
    await stage.part("hold").hover()
    await stage.page.mouse.down()
    await expect(stage.part("recording")).to_be_visible()
    await stage.page.wait_for_timeout(900)
    await stage.page.mouse.up()
    assert (await stage.pushed())[0]["Format"] == "wav"
    await expect(stage.phone.locator(".line-user .voice-length")).to_have_text("1″")


async def test_speech_is_thrown_away_by_sliding_up(stage: Stage) -> None:
    await stage.part("voice").click()
    await stage.part("hold").hover()
    await stage.page.mouse.down()
    await expect(stage.part("recording")).to_be_visible()
    await stage.page.mouse.move(200, 200)
    await expect(stage.part("recording")).to_contain_text("松开 取消")
    await stage.page.mouse.up()
    await expect(stage.part("recording")).to_be_hidden()
    assert stage.gateway.deliveries == []


async def test_the_account_s_voice_is_played(stage: Stage) -> None:
    await stage.write("在吗")
    platform = stage.simulator.platform
    media = platform.media.upload("demo", "voice", voice("mp3", 2), "a.mp3", platform.now())
    stage.answer("voice", {"media_id": media.media_id})
    sound = stage.phone.locator(".line-account .voice")
    await expect(sound.locator(".voice-length")).to_have_text("2″")
    await sound.click()
    await expect(sound).to_have_class("voice is-playing")


async def test_a_menu_item_s_tap_comes_back_with_its_id(stage: Stage) -> None:
    await stage.write("结束")
    items = [{"id": "csat_5", "content": "满意"}, {"id": "csat_1", "content": "不满意"}]
    stage.answer("msgmenu", {"head_content": "请评价", "list": items, "tail_content": "谢谢"})
    await stage.phone.get_by_role("button", name="满意", exact=True).click()
    tapped = (await stage.pushed(2))[1]
    assert (tapped["Content"], tapped["bizmsgmenuid"]) == ("满意", "csat_5")


async def test_links_in_texts_can_be_opened_or_tapped(stage: Stage) -> None:
    await stage.write("账单")
    tap = '<a href="weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=9">转人工</a>'
    bad = '<a href="javascript:alert(1)">x</a>'
    stage.answer("text", {"content": f'<a href="https://bank.example/">看账单</a>或{tap}{bad}'})
    await expect(stage.phone.get_by_role("link", name="看账单")).to_have_attribute("href", "https://bank.example/")
    await expect(stage.lines("account")).to_contain_text(bad)
    await stage.phone.get_by_role("button", name="转人工", exact=True).click()
    assert (await stage.pushed(2))[1]["bizmsgmenuid"] == "9"


async def test_the_account_s_menu_is_tapped(stage: Stage) -> None:
    await stage.phone.get_by_role("button", name="我的账户").click()
    await stage.phone.get_by_role("button", name="本期账单").click()
    assert (await stage.pushed())[0]["EventKey"] == "BILL"
    await expect(stage.phone.locator(".notice")).to_have_text("你点击了菜单 · 本期账单")


async def test_a_place_a_link_and_a_qr_code_are_asked_for_and_sent(stage: Stage) -> None:
    for name, kind in (("位置", "location"), ("链接", "link"), ("扫一扫", "event")):
        await stage.part("more").click()
        await stage.part("more-panel").get_by_role("button", name=name).click()
        await stage.page.get_by_role("button", name="确定").click()
        await until(lambda: kind in [delivery.fields["MsgType"] for delivery in stage.gateway.deliveries])  # noqa: B023
        await stage.part("more").click()
    await expect(stage.phone.locator(".line-user .card-message")).to_have_count(2)


async def test_unfollowing_ends_the_talk_and_following_begins_it_again(stage: Stage) -> None:
    await stage.part("more").click()
    await stage.part("more-panel").get_by_role("button", name="取消关注").click()
    await expect(stage.part("composer")).to_be_hidden()
    await stage.part("stranger").get_by_role("button", name="关注公众号").click()
    await expect(stage.part("composer")).to_be_visible()
    assert [push["Event"] for push in await stage.pushed(2)] == ["unsubscribe", "subscribe"]


async def test_typing_and_failing_service_are_seen(stage: Stage) -> None:
    stage.gateway.answers = [b"no such page"]
    await stage.write("在吗")
    await expect(stage.phone.locator(".notice-bad")).to_have_text("该公众号暂时无法提供服务，请稍后再试")
    account = stage.simulator.platform.account("demo")
    stage.simulator.platform.typing(account, {"touser": stage.openid, "command": "Typing"})
    await expect(stage.part("title")).to_have_text("对方正在输入…")
    stage.answer("text", {"content": "在的"})
    await expect(stage.part("title")).to_have_text("云杉银行信用卡")


async def test_another_customer_is_found_and_a_new_one_made(stage: Stage) -> None:
    await stage.part("who").click()
    await stage.part("search").fill("厦门")
    await stage.part("customers").get_by_role("button", name="林若溪").click()
    await expect(stage.part("name")).to_have_text("林若溪")
    await stage.part("who").click()
    await stage.part("new").get_by_role("textbox").fill("莫小贝")
    await stage.part("new").get_by_role("button").click()
    await expect(stage.part("name")).to_have_text("莫小贝")
    await stage.part("stranger").get_by_role("button", name="关注公众号").click()
    assert (await stage.pushed())[0]["Event"] == "subscribe"
    await stage.page.reload()
    # The page remembers whose phones it showed.
    await expect(stage.part("name")).to_have_text("莫小贝")


async def test_phones_side_by_side_do_not_mix(stage: Stage) -> None:
    phones = stage.page.locator(".holder")
    await expect(phones).to_have_count(3)
    for n in range(3):
        await phones.nth(n).locator("[data-part=text]").fill(f"我是 {n}")
        await phones.nth(n).locator("[data-part=send]").click()
    for n in range(3):
        await expect(phones.nth(n).locator(".line-user .bubble")).to_have_text(f"我是 {n}")
    assert {push["FromUserName"] for push in await stage.pushed(3)} == set(stage.openids[:3])


async def test_the_mode_is_switched_for_the_next_push(stage: Stage) -> None:
    await stage.page.get_by_text("安全", exact=True).click()
    await until(lambda: stage.simulator.platform.account("demo").settings.mode == "safe")
    await stage.write("机密")
    assert set((await stage.pushed())[0]) == {"ToUserName", "Encrypt"}
    await expect(stage.page.locator("#pushes li").first).to_contain_text("文本")


async def test_faults_are_ordered_and_cleared(stage: Stage) -> None:
    await stage.page.get_by_role("button", name="推送重复").click()
    await expect(stage.page.locator("#set-faults")).to_have_text("推送重复 ×1")
    await stage.write("一次")
    await stage.pushed(2)
    await expect(stage.page.locator("#set-faults")).to_have_text("当前没有故障")
    await stage.page.get_by_role("button", name="接口返回 -1").click()
    await expect(stage.page.locator("#set-faults")).to_have_text("接口返回 -1 ×3")
    await stage.page.get_by_role("button", name="清除").click()
    await expect(stage.page.locator("#set-faults")).to_have_text("当前没有故障")
    assert stage.simulator.platform.faults.all() == []


async def test_the_clock_closes_the_window(stage: Stage) -> None:
    await stage.write("在吗")
    await expect(stage.part("window")).to_contain_text("剩 5 条")
    await stage.page.get_by_role("button", name="+48 小时").click()
    await expect(stage.part("window")).to_have_text("窗口已关闭")
    await expect(stage.page.locator("#clock")).to_have_text("快 48 小时")


async def test_a_broken_line_misses_nothing(stage: Stage) -> None:
    await stage.page.add_init_script(
        "window.lines = []; const Real = WebSocket;"
        "window.WebSocket = class extends Real { constructor(url) { super(url); lines.push(this); } }"
    )
    await stage.page.reload()
    await stage.write("一")
    await expect(stage.lines("user")).to_have_count(1)
    await stage.page.evaluate("lines.forEach((line) => line.close())")
    await expect(stage.page.locator("#line")).to_have_text("正在重新连接…")
    stage.answer("text", {"content": "二"})
    await expect(stage.lines("account")).to_have_text("二")
    await expect(stage.lines("user")).to_have_count(1)


async def test_it_speaks_english_when_asked(stage: Stage) -> None:
    await stage.page.get_by_role("link", name="English").click()
    await expect(stage.page.get_by_role("heading", name="Customer phones")).to_be_visible()
    await stage.page.goto("/sim/phone")
    await expect(stage.page.get_by_role("heading", name="Customer phones")).to_be_visible()


async def test_one_customer_s_phone_has_an_address(stage: Stage) -> None:
    await stage.page.goto(f"/sim/phone/demo/{stage.openids[7]}")
    await expect(stage.page.locator(".holder")).to_have_count(1)
    name = stage.simulator.user("demo", stage.openids[7]).profile.nickname
    await expect(stage.part("name")).to_have_text(name)


@pytest.mark.parametrize(("width", "height", "count"), [(1280, 720, 3), (1920, 1080, 4)])
async def test_nothing_overflows(stage: Stage, width: int, height: int, count: int) -> None:
    await stage.page.set_viewport_size({"width": width, "height": height})
    await stage.page.evaluate(f"localStorage.setItem('simulator.phones', '{json.dumps(stage.openids[:0])}')")
    await stage.page.reload()
    await expect(stage.page.locator(".holder")).to_have_count(count)
    await stage.write("长" * 300 + "https://bank.example/" + "x" * 120)
    await expect(stage.lines("user")).to_have_count(1)
    overflowing = await stage.page.evaluate(
        "[...document.querySelectorAll('body, .strip, .phone, .screen, .talk, .platform, .composer')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
    )
    assert overflowing == []
    assert await stage.page.evaluate("document.documentElement.scrollHeight") == height
