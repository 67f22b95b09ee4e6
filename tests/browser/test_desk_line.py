"""The desk's line to the hub: what happens to words and to the page when it breaks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from playwright.sync_api import Browser, Locator, Page, expect

from desk.bench.hour.run import Plan, hour
from desk.bench.hour.story import Script
from desk.bench.run import in_own_site
from desk.bench.site import Site
from desk.bench.wechat_api import WeChatApi
from tests.browser.desks import MAIN, Agent, Customer, DeskServer, agents, choose, let_in, shot, until
from tests.browser.windows import before_every_page, window
from tests.recordings import picture

PATIENT_MS = 30_000
NO_LINE = """() => {
    const never = {readyState: 0, close() {}};
    window.WebSocket = function () { return Object.assign(new EventTarget(), never); };
    window.line.close();
}"""
"""The line of `_line_at_hand` breaks, and no other comes until the page is loaded anew."""


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """One that may be killed."""
    server = DeskServer(tmp_path_factory.mktemp("desk")).start()
    yield server
    server.stop()


def test_what_is_written_while_the_desk_is_dead_is_sent_once_when_it_lives(
    browser: Browser, own_server: DeskServer
) -> None:
    server = own_server
    customer, other_customer = server.customer(0), server.customer(3)
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("在吗")
        agent.accept()
        agent.say("在的")
        expect(agent.page.locator(".delivery-good")).to_have_count(1)
        _as_if_made_by_another_version(agent.page)
        other_tab = Agent(agent.page.context.new_page(), agent.seat)
        other_tab.page.goto(f"{server.url}/desk")
        other_customer.write("有个问题")
        other_tab.accept()
        address = other_tab.page.url
        _fetch(other_tab.page, "given_files.js")  # as it does by itself after a while
        other_tab.composer.fill("图来了")
        expect(agent.page.locator(".row-draft:visible")).to_have_count(1)  # the server has it

        server.kill()
        agent.say("断线时写的第一条")
        agent.say("断线时写的第二条")
        agent.composer.fill("还没写完")
        expect(agent.page.locator(".reconnect-words")).to_have_text("连接已断开，正在重连… 有 2 条消息待发送")
        expect(agent.page.get_by_role("button", name="立即重试")).to_be_visible()
        expect(agent.outgoing).to_have_count(2)
        other_tab.composer.press("Enter")
        with other_tab.page.expect_file_chooser() as chooser:
            other_tab.act("发送图片")
        choose(chooser.value, "step.png", "image/png", picture(64, 48))
        other_tab.page.get_by_role("dialog").get_by_role("button", name="发送").click()
        other_tab.say("请看这张图")
        other_tab.page.keyboard.press("Alt+p")
        other_tab.say("断线时记的")
        expect(other_tab.outgoing).to_have_count(4)
        other_tab.page.close(run_before_unload=False)

        server.start()
        customer.write("还在吗")
        expect(agent.page.locator("#connection")).to_have_text("已连接", timeout=PATIENT_MS)
        expect(agent.said("seat")).to_have_text(["在的", "断线时写的第一条", "断线时写的第二条"])
        expect(agent.said("customer")).to_have_text(["在吗", "还在吗"])
        expect(agent.outgoing).to_have_count(0)
        expect(agent.page.locator("#reconnect")).to_be_hidden()
        expect(agent.composer).to_have_value("还没写完")
        expect(agent.page.get_by_role("button", name="更新工作台")).to_be_visible()
        agent.page.reload()
        expect(agent.said("seat")).to_have_text(["在的", "断线时写的第一条", "断线时写的第二条"])
        expect(agent.page.get_by_role("button", name="更新工作台")).to_be_hidden()
        agent.composer.fill("")

        again = Agent(agent.page.context.new_page(), agent.seat)
        again.page.goto(address)
        lines = again.page.locator(".line-seat, .line-note")
        expect(lines).to_have_count(4)
        assert [_what(each) for each in lines.all()] == ["图来了", "(image)", "请看这张图", "断线时记的"]
        expect(again.outgoing).to_have_count(0)
        expect(agent.page.locator(".row-draft:visible")).to_have_count(0)
        expect(again.composer).to_have_value("")
        assert again.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('desk-outbox:'))") == []


def test_a_browser_that_missed_too_much_begins_anew_without_a_reload(browser: Browser, own_server: DeskServer) -> None:
    server = own_server
    customer = server.customer(1)
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        agent.composer.fill("草稿")
        agent.composer.press("ArrowLeft")
        agent.page.evaluate("window.notReloaded = document.querySelector('.composer-text')")
        # As the page would after a night away: it remembers a place that the ledger has forgotten.
        agent.page.evaluate(_line_at_hand('url.replace(/after=\\d+/, "after=1")'))
        server.stop()
        server.start()
        customer.write("还在吗")
        expect(agent.page.locator("#connection")).to_have_text("已连接", timeout=PATIENT_MS)
        expect(agent.said("customer")).to_have_text(["你好", "还在吗"])
        expect(agent.rows).to_have_count(1)
        agent.page.keyboard.type("的")
        expect(agent.composer).to_have_value("草的稿")
        assert agent.page.evaluate("window.notReloaded === document.querySelector('.composer-text')")

        # A note that was chosen stays one, so that no customer reads it.
        agent.composer.fill("")
        agent.page.keyboard.press("Alt+p")
        agent.page.evaluate("() => { window.lineBefore = window.line; window.line.close(); }")
        until(lambda: agent.page.evaluate("window.line !== window.lineBefore && window.line.readyState === 1"))
        expect(agent.page.locator("#connection")).to_have_text("已连接", timeout=PATIENT_MS)
        agent.page.keyboard.type("此客户难缠")
        agent.page.keyboard.press("Enter")
        expect(agent.page.locator(".line-note")).to_contain_text("此客户难缠")
        expect(agent.said("seat")).to_have_count(0)


def test_nobody_finds_the_words_of_who_was_at_this_computer_before(browser: Browser, server: DeskServer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        agent.leave()
        left = """() => {
            localStorage["desk-outbox:agent9:now:1"] = JSON.stringify({id: "1", at: 1, command: {}});
            sessionStorage["desk-draft:20261126-0001:text"] = "没写完的";
        }"""
        kept = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter(key => /^desk-(o|dr)/.test(key))"
        other = agent.page.context.new_page()
        other.goto(f"{server.url}/desk")
        for page in (agent.page, other):
            page.evaluate(left)
        other.locator(".rail-me summary").click()
        other.get_by_role("button", name="退出登录").click()
        other.wait_for_url("**/sign-in*")
        agent.page.wait_for_url("**/sign-in?next=*", timeout=PATIENT_MS)
        assert [page.evaluate(kept) for page in (agent.page, other)] == [[], []]
        agent.page.evaluate("""localStorage["desk-outbox:agent1:then:1"] = JSON.stringify({id: "1", command: {}})""")
        agent.complaints.clear()  # the browser remarks that it was refused
        agent.sign_in(server.url)
        assert agent.page.evaluate(kept) == []


def test_a_desk_whose_scripts_did_not_all_come_says_so(browser: Browser, server: DeskServer) -> None:
    with window(browser, server.url, "zh-CN") as page:
        let_in(page, server.url, "agent9", "/desk")
        said = page.locator("#lifeless")
        expect(said).to_have_count(0)
        for lost in ("desk/main.js", "toasts.js", "vendor/htmx.min.js"):
            page.route(f"**/{lost}", lambda route: route.abort())
            page.reload()
            expect(said).to_be_hidden()  # it may be on its way
            page.evaluate("document.getAnimations().forEach(each => each.finish())")
            expect(said).to_be_visible()
            shot(page, f"lifeless-{Path(lost).stem}")
            page.unroute_all()
            said.get_by_role("link", name="重新加载").click()
            expect(page.locator("#connection")).to_have_attribute("data-state", "open")
            expect(said).to_have_count(0)


def test_a_style_that_did_not_come_comes_with_the_next_need(browser: Browser, server: DeskServer) -> None:
    with window(browser, server.url, "zh-CN") as page:
        page.route("**/desk/keys.css", lambda route: route.abort())
        let_in(page, server.url, "agent9", "/desk")
        expect(page.locator("#connection")).to_have_attribute("data-state", "open")
        style, dialog = page.locator('link[href$="/desk/keys.css"]'), page.get_by_role("dialog")
        page.keyboard.press("?")
        expect(dialog).to_contain_text("快捷键")
        expect(style).to_have_count(0)
        page.keyboard.press("Escape")
        page.unroute_all()
        page.keyboard.press("?")
        expect(dialog).to_contain_text("快捷键")
        expect(style).to_have_count(1)
        assert style.evaluate("link => link.sheet.cssRules.length") > 0


def test_two_tabs_of_one_agent_show_the_same(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        other = agent.page.context.new_page()
        other.goto(f"{server.url}/desk")
        customer.write("你好")
        agent.accept()
        expect(other.locator(".ring")).to_have_count(0)
        other.locator(".row-link").click()
        agent.say("您好")
        expect(other.locator(".line-seat .words")).to_have_text("您好")

        # What was sent without a line is no draft any more, though the server was never told.
        before_every_page(agent.page, f"({_line_at_hand()})()")
        agent.page.reload()
        agent.composer.fill("稍等")
        expect(other.locator(".composer-text")).to_have_value("稍等")
        agent.page.evaluate(NO_LINE)
        expect(agent.page.locator("#connection")).not_to_have_attribute("data-state", "open")
        agent.composer.press("Enter")
        expect(agent.outgoing).to_have_count(1)
        agent.page.reload()
        expect(agent.said("seat")).to_have_text(["您好", "稍等"])
        for page in (agent.page, other):
            expect(page.locator(".composer-text")).to_have_value("")


def test_whatever_breaks_the_browser_shows_what_the_archive_has(portal: BlockingPortal) -> None:
    plan = Plan(
        script=Script(rounds=4),
        tabs=2,
        breaks_max=6,
        calm_s=(0.2, 1.0),
        among=("cut_within_a_frame", "offline", "reload", "refuse", "web", "redis"),
    )

    async def breaking(site: Site, _: WeChatApi) -> dict[str, Any]:
        site.start("engine", "web", "courier", "archivist")
        await site.ready()
        return await hour(site, plan)

    figures = portal.call(in_own_site, breaking)
    assert figures["differences"] == []
    assert figures["breaks"] == dict.fromkeys(plan.among, 1)
    assert figures["lines_compared"] > 20


def test_words_that_came_too_late_are_there_when_the_session_comes_back(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9", "agent2") as (agent, colleague):
        colleague.ask({"do": "set_presence", "presence": "busy"})
        before_every_page(agent.page, f"({_line_at_hand()})()")
        agent.page.reload()
        customer.write("你好")
        agent.accept()
        session = agent.page.locator(".chat-head").get_attribute("data-session") or ""
        agent.page.evaluate(NO_LINE)
        agent.say("我查到了")
        expect(agent.outgoing).to_have_count(1)
        colleague.ask({"do": "set_presence", "presence": "available"})
        agent.ask({"do": "transfer", "session": session, "to_seat": "agent2"})
        colleague.ask({"do": "accept", "session": session})

        agent.page.reload()
        expect(agent.page.locator("#toasts")).to_contain_text("我查到了")
        expect(agent.rows).to_have_count(0)
        colleague.ask({"do": "transfer", "session": session, "to_seat": "agent9"})
        agent.accept()
        expect(agent.composer).to_have_value("我查到了")
        agent.composer.press("Enter")
        expect(agent.said("seat")).to_have_text("我查到了")


def _line_at_hand(url: str = "url") -> str:
    """Makes sockets that a test can close, at `window.line`; `url` is what each is opened with."""
    return f"""() => {{
        const Real = WebSocket;
        window.WebSocket = function (url, protocol) {{ return (window.line = new Real({url}, protocol)); }};
        Object.assign(window.WebSocket, {{OPEN: 1, CLOSED: 3}});
    }}"""


def _as_if_made_by_another_version(page: Page) -> None:
    page.evaluate(f"async () => {{ (await import({MAIN})).$m.facts.facts.version = 'another'; }}")


def _fetch(page: Page, name: str) -> None:
    page.evaluate(f"async () => {{ await import(new URL('{name}', {MAIN})); }}")


def _what(line: Locator) -> str:
    words = line.locator(".words")
    return words.inner_text() if words.count() else "(image)"
