"""A visitor of another site and an agent at the desk, each in a browser of their own."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize, expect

from tests.browser.desks import HTTP, PATIENCE_MS, Agent, DeskServer, agents, box_of, choose, shot, until
from tests.recordings import picture


class Visitor:
    """Somebody with the chat in a page before them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        self.launcher = page.locator("[id^=desk-webchat] button")
        self.frame = page.frame_locator("iframe")
        self.text = self.frame.locator("#text")
        self.stage = self.frame.locator("#stage")
        self.banner = self.frame.locator("#banner")

    def say(self, text: str) -> None:
        self.text.fill(text)
        self.text.press("Enter")

    def said(self, by: str = "") -> Locator:
        """The bubbles of one side, or of both; without the welcome."""
        return self.frame.locator(f".line{f'.by-{by}' if by else ''}:not(.welcome) .bubble")

    def has(self, *texts: str) -> None:
        """Waits until these words, and no others, stand in the chat, and nothing is on its way."""
        expect(self.said()).to_have_text(list(texts))
        expect(self.frame.locator(".is-pending")).to_have_count(0)

    def _hear(self, said: ConsoleMessage) -> None:
        # Of a line that is cut while it opens the browser says no reason; of one that is refused it does.
        cut = "ERR_" in said.text or said.text.endswith("failed: ")
        if said.type in {"error", "warning"} and not cut:
            self.complaints.append(said.text)


@contextmanager
def visiting(
    browser: Browser, address: str, lang: str = "zh-CN", width: int = 1280, height: int = 720
) -> Iterator[Visitor]:
    context = browser.new_context(locale=lang, viewport=ViewportSize(width=width, height=height))
    visitor = _in(context, address)
    yield visitor
    context.close()
    assert visitor.complaints == []


def _in(context: BrowserContext, address: str) -> Visitor:
    visitor = Visitor(context.new_page())
    visitor.page.goto(address)
    return visitor


@pytest.fixture
def shop(server: DeskServer) -> Iterator[str]:
    """The address of a site that is not ours, with the chat in its page and a strict policy of its own."""
    policy = f"default-src 'none'; script-src {server.url}; frame-src {server.url}"
    body = (
        "<!doctype html><html lang='en'><meta name='viewport' content='width=device-width'><title>A shop</title>"
        "<h1>A shop</h1><a href='#' data-webchat-open>Contact us</a>"
        f"<script src='{server.url}/webchat/shop.js' async></script>"
    ).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        address = f"http://localhost:{site.server_port}"
        command = [sys.executable, "-m", "desk.cli", "webchat", "shop", "--name", "Shop", "--group", "card_service"]
        looks = ["--title-en", "Shop support", "--welcome-en", "Hi! How can we help?", "--colour", "#f2c230"]
        environment = {**os.environ, "DESK_VAR": str(server.folder), "PORT": str(server.port)}
        subprocess.run([*command, *looks, "--origin", address], env=environment, check=True)
        until(
            lambda: HTTP.get(f"{server.url}/webchat/shop").headers.get("content-security-policy", "").find(address) > 0
        )
        yield address
        site.shutdown()


def test_a_visitor_of_a_banks_site_talks_with_an_agent(browser: Browser, server: DeskServer) -> None:
    with (
        agents(browser, server.url, "agent7") as (agent,),
        visiting(browser, f"{server.url}/webchat/demo/web") as visitor,
    ):
        _meet(visitor, agent)
        _is_read_later(visitor, agent)
        _send_pictures(visitor, agent)
        _lose_the_line(visitor, agent)
        _in_two_tabs(visitor, agent)
        shot(visitor.page, "webchat-talk")
        shot(agent.page, "webchat-desk")
        _rate(visitor, agent)


def _meet(visitor: Visitor, agent: Agent) -> None:
    """The button, the first words, who serves; and that the agent's page tells the truth about what arrived."""
    expect(visitor.launcher).to_have_attribute("aria-expanded", "false")
    assert visitor.page.locator("iframe").count() == 0, "a page view costs nothing but the script"
    visitor.launcher.press("Enter")
    expect(visitor.text).to_be_focused()
    expect(visitor.frame.locator(".welcome")).to_contain_text("云杉银行")
    visitor.say("我的卡丢了")
    expect(visitor.stage).to_have_text("正在为您接通人工客服…")
    agent.accept()
    expect(visitor.stage).to_have_text("07 号席 为您服务")
    agent.ask({"do": "typing", "session": agent.rows.first.get_attribute("data-session") or ""})
    expect(visitor.frame.locator("#typing")).to_have_text("07 号席 正在输入…")
    agent.say("请稍候 [微笑]")
    visitor.has("我的卡丢了", "请稍候 🙂")
    expect(visitor.frame.locator("#typing")).to_be_hidden()
    expect(agent.page.locator(".line-seat .delivery")).to_contain_text("访客已收到")
    expect(agent.page.locator(".context")).to_contain_text("云杉银行官网")
    assert "微信" not in agent.page.locator("#workspace").inner_text()


def _is_read_later(visitor: Visitor, agent: Agent) -> None:
    """With the chat closed the button counts, also after the page was loaded anew."""
    visitor.text.press("Escape")
    expect(visitor.launcher).to_be_focused()
    agent.say("已为您挂失")
    badge = visitor.page.locator("[id^=desk-webchat] .badge")
    expect(badge).to_have_text("1")
    visitor.page.reload()
    expect(badge).to_have_text("1")
    visitor.page.get_by_role("button", name="咨询在线客服").click()
    visitor.has("我的卡丢了", "请稍候 🙂", "已为您挂失")
    visitor.page.reload()
    expect(visitor.text).to_be_visible()
    expect(badge).to_be_hidden()


def _send_pictures(visitor: Visitor, agent: Agent) -> None:
    """Both ways; one that is too large is made smaller, what is none is refused."""
    pick = visitor.frame.locator("#file")
    pick.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture(40, 30)})
    expect(agent.page.locator(".line-customer img")).to_have_js_property("naturalWidth", 40)
    expect(visitor.frame.locator(".by-visitor:not(.is-pending) img")).to_have_js_property("naturalWidth", 40)
    pick.set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"})
    failed = visitor.frame.locator(".is-failed")
    expect(failed).to_contain_text("只支持 jpg、png、gif、bmp 图片")
    failed.get_by_role("button", name="删除").click()
    with agent.page.expect_file_chooser() as chosen:
        agent.act("发送图片")
    choose(chosen.value, "b.png", "image/png", picture(50, 30))
    agent.page.locator("#dialog-image [data-confirm]").click()
    expect(visitor.frame.locator(".by-agent img")).to_have_js_property("naturalWidth", 50)


def _lose_the_line(visitor: Visitor, agent: Agent) -> None:
    """What both wrote meanwhile arrives once, also when the page was loaded anew before it could be sent."""
    before = visitor.said().all_inner_texts()
    visitor.page.context.set_offline(True)
    expect(visitor.banner).to_contain_text("正在重连")
    visitor.say("断线时写的")
    expect(visitor.frame.locator(".is-pending .fate")).to_have_text("发送中…")
    agent.say("断线时答的")
    expect(agent.page.locator(".line-seat").last).to_contain_text("断线时答的")
    visitor.page.context.set_offline(False)
    expect(visitor.banner).to_be_hidden()
    expect(agent.said("customer").last).to_have_text("断线时写的")
    visitor.has(*before, "断线时答的", "断线时写的")
    visitor.page.reload()
    visitor.has(*before, "断线时答的", "断线时写的")


def _in_two_tabs(visitor: Visitor, agent: Agent) -> None:
    """Another tab shows the same, and each what the other writes."""
    tab = _in(visitor.page.context, visitor.page.url)
    tab.launcher.click()
    expect(tab.said()).to_have_count(visitor.said().count())
    tab.say("从另一个窗口")
    expect(visitor.said().last).to_have_text("从另一个窗口")
    agent.say("看到了")
    for each in (visitor, tab):
        expect(each.said().last).to_have_text("看到了")
    expect(agent.page.locator(".line-seat .delivery").last).to_contain_text("访客已收到")
    agent.say("发错了")
    expect(tab.said().last).to_have_text("发错了")
    expect(agent.said("seat").last).to_have_text("发错了")
    agent.page.keyboard.press("Alt+z")
    for each in (visitor, tab):
        expect(each.said().last).to_have_text("看到了")
    assert tab.complaints == []
    tab.page.close()


def _rate(visitor: Visitor, agent: Agent) -> None:
    """When it is over the visitor is asked, and the agent reads what they say."""
    agent.act("挂断会话")
    agent.page.locator("[data-form=wrap_up] [name=disposition]").select_option("其他")
    agent.act("提交并结束")
    rating = visitor.frame.locator(".rating")
    rating.get_by_role("radio", name="4 满意").check(force=True)
    rating.get_by_label("想说的话（选填）").fill("很耐心")
    shot(visitor.page, "webchat-rating")
    rating.get_by_role("button", name="提交评价").click()
    expect(rating).to_contain_text("感谢您的评价")
    visitor.page.reload()
    expect(rating.get_by_role("radio", name="4 满意")).to_be_checked()
    expect(visitor.stage).to_have_text("通常几分钟内回复")


def test_the_chat_on_a_site_that_is_not_ours(browser: Browser, server: DeskServer, shop: str) -> None:
    """In English, on a phone, where the browser lets a foreign frame keep nothing; and where it may not be embedded."""
    with visiting(browser, shop, "en-GB", 390, 780) as visitor:
        visitor.page.get_by_role("link", name="Contact us").click()
        expect(visitor.frame.locator(".welcome")).to_contain_text("Hi! How can we help?")
        box = box_of(visitor.page.locator("iframe"))
        assert (box["width"], box["height"]) == (390, 780), "it takes the whole of a small screen"
        visitor.say("Is anybody here?")
        expect(visitor.stage).to_have_text("Connecting you to a person…")
        visitor.page.reload()
        expect(visitor.said().first).to_have_text("Is anybody here?")
        shot(visitor.page, "webchat-phone")
        visitor.say("0")
        expect(visitor.stage).to_have_text("We usually answer within minutes")
        visitor.frame.get_by_role("button", name="Close the chat").click()
        expect(visitor.page.locator("iframe")).to_be_hidden()
    stranger = browser.new_page()
    stranger.goto(shop.replace("localhost", "127.0.0.1"))
    stranger.get_by_role("link", name="Contact us").click()
    expect(stranger.locator("iframe")).to_be_visible()
    stranger.wait_for_timeout(300)
    assert stranger.frames[-1].locator("#text").count() == 0, "its frame stays empty"
    stranger.close()
