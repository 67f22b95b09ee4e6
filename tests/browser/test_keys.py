"""Everything by keyboard: the keys, the cheat sheet, the command bar; and what makes itself heard and seen."""

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.desks import Customer, DeskServer, agents, shot, until
from tests.browser.windows import before_every_page

NOTIFICATIONS = """
    window.seen = [];
    window.Notification = class {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, { body }) { window.seen.push(body); }
        close() {}
    };
    Object.defineProperty(document, "hidden", { get: () => window.away === true });
"""
# Keeps which notes were played and how the device was then; what waits ten seconds waits for a moment.
SOUNDS = """
    window.played = [];
    const { start } = OscillatorNode.prototype, later = window.setTimeout;
    OscillatorNode.prototype.start = function (at) {
        window.device = this.context;
        window.played.push([this.frequency.value, this.context.state]);
        start.call(this, at);
    };
    window.setTimeout = (what, ms, ...rest) => later(what, ms === 10_000 ? 300 : ms, ...rest);
"""
RING = [[784, "running"], [1047, "running"], [784, "running"], [1047, "running"]]


def test_customers_are_served_without_a_mouse(browser: Browser, server: DeskServer, customer: Customer) -> None:
    other = server.new_customer()
    with agents(browser, server.url, "agent9") as (agent,):
        page, keys = agent.page, agent.page.keyboard
        customer.write("我想问年费的事情")
        expect(agent.rings).to_have_count(1)
        badge = page.locator("link[rel=icon]")
        until(lambda: (badge.get_attribute("href") or "").startswith("data:image/png"))
        keys.press("Alt+a")
        expect(agent.composer).to_be_focused()
        keys.type("您好，请稍等")
        keys.press("Enter")
        customer.hears("您好，请稍等")
        other.write("寄给我的卡到哪里了")
        expect(agent.rings).to_have_count(1)
        keys.press("Alt+a")
        expect(page.locator(".chat-head h2")).to_have_text(other.name)

        keys.type("昨天已寄出，明天到")
        keys.press("Enter")
        other.hears("昨天已寄出，明天到")
        keys.press("Control+k")
        field = page.get_by_role("combobox", name="输入操作、客户或页面")
        expect(field).to_be_focused()
        shot(page, "command-bar")
        keys.type("gqhh")
        expect(page.get_by_role("listbox", name="命令").get_by_role("option", selected=True)).to_contain_text(
            "挂起会话"
        )
        keys.press("Enter")
        expect(page.locator("#parked-rows .row-item")).to_have_count(1)
        expect(page.locator(".chat-head h2")).to_have_text(customer.name)  # on to the next

        keys.press("Control+k")
        keys.type(other.name)
        keys.press("Enter")
        expect(page.locator(".chat-head h2")).to_have_text(other.name)
        keys.press("Control+k")
        keys.type("没有这样的操作")
        expect(page.locator(".commands-none")).to_be_visible()
        keys.press("Escape")

        keys.press("Alt+e")
        expect(page.locator('.wrap-up [name="disposition"]')).to_be_focused()
        keys.press("ArrowDown")
        keys.press("Alt+s")
        expect(page.locator(".toast").last).to_contain_text("会话结束")
        expect(page.locator(".chat-head h2")).to_have_text(customer.name)


def test_an_enter_before_the_commands_are_there_holds_good_once(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    other, held, its_list = server.new_customer(), list[Route](), re.compile(r"/desk/commands(\?|$)")
    with agents(browser, server.url, "agent9") as (agent,):
        page, keys = agent.page, agent.page.keyboard
        for each in (customer, other):
            each.write("请帮我看看")
            agent.accept()

        def hold(route: Route) -> None:  # playwright marks its handlers, which no method of a list can bear
            held.append(route)

        page.route(its_list, hold)
        with page.expect_request(its_list):
            for _ in range(3):  # opened, closed and opened again, while its list is on the way
                keys.press("Control+k")
        keys.type(customer.name)
        keys.press("Enter")
        for route in held:
            route.continue_()
        expect(page.locator(".chat-head h2")).to_have_text(customer.name)
        expect(page.get_by_role("dialog")).to_have_count(0)

        keys.press("Control+k")
        keys.type(other.name)
        keys.press("Enter")
        expect(page.locator(".chat-head h2")).to_have_text(other.name)
        assert len(held) == 1


def test_keys_and_words_wait_for_the_chat_that_is_on_its_way(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    other = server.new_customer()
    with agents(browser, server.url, "agent9") as (agent,):
        page, keys = agent.page, agent.page.keyboard
        for each in (customer, other):
            each.write("请帮我看看")
            agent.accept()
        expect(page.locator(".chat-head h2")).to_have_text(other.name)
        with server.stopped():
            keys.press("Alt+w")
            keys.press("Alt+e")  # the chat before is still there, and not meant
            keys.type("on my way")
            keys.press("Alt+p")
            shot(page, "chat-on-its-way")
        expect(page.locator(".chat-head h2")).to_have_text(customer.name)
        expect(agent.composer).to_have_value("on my way")
        expect(agent.composer).to_be_focused()
        expect(agent.rows).to_have_count(2)
        expect(page.locator(".wrap-up, .composer[data-noting]")).to_have_count(0)
        keys.press("Enter")
        customer.hears("on my way")


def test_what_rings_is_answered_from_wherever_one_is(browser: Browser, server: DeskServer, customer: Customer) -> None:
    other = server.new_customer()
    with agents(browser, server.url, "agent9") as (agent,):
        page, keys = agent.page, agent.page.keyboard
        page.locator("#tab-parked").click()
        customer.write("我想问年费的事情")
        agent.accept()
        expect(page.locator("#panel-mine")).to_be_visible()
        keys.press("Alt+t")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        other.write("卡丢了")
        expect(agent.rings).to_have_count(1)
        keys.press("Alt+a")
        expect(agent.rows).to_have_count(2)
        expect(dialog).to_be_visible()
        keys.press("Escape")
        expect(page.locator(".chat-head h2")).to_have_text(customer.name)
        keys.press("Alt+u")
        expect(page.locator(".context")).to_be_hidden()
        keys.press("Alt+b")
        expect(page.locator(".knowledge input")).to_be_focused()
        with page.expect_response("**/knowledge?q=x"):
            keys.type("x")
        expect(agent.composer).to_have_value("")


@pytest.mark.parametrize(("lang", "title"), [("zh-CN", "快捷键"), ("en-US", "Keyboard shortcuts")])
def test_the_cheat_sheet_names_every_key_and_begins_at_the_top(
    browser: Browser, server: DeskServer, lang: str, title: str
) -> None:
    with agents(browser, server.url, "agent9", lang=lang) as (agent,):
        agent.page.keyboard.press("?")
        sheet = agent.page.get_by_role("dialog")
        expect(sheet.get_by_role("heading", level=2)).to_have_text(title)
        for key in "AXLJWMECT":
            expect(sheet.locator("dt").get_by_text(key, exact=True).first).to_be_in_viewport(ratio=1)
        expect(sheet.locator(".keys")).to_be_focused()
        assert sheet.evaluate("sheet => [sheet, ...sheet.querySelectorAll('*')].every(each => !each.scrollTop)")
        heights = sheet.locator("kbd").evaluate_all("keys => [...new Set(keys.map(key => key.offsetHeight))]")
        assert len(heights) == 1, "a key breaks in two"
        bound = agent.page.evaluate("JSON.parse(document.getElementById('desk-facts').textContent).actions")
        assert sheet.locator("dt").count() > len([each for each in bound if each["code"]])
        shot(agent.page, "cheat-sheet")
        agent.page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()


def test_what_is_heard_and_shown_is_the_agents_choice(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        page = agent.page
        before_every_page(page, NOTIFICATIONS)
        page.reload()
        expect(page.locator("#connection")).to_have_attribute("data-state", "open")
        page.get_by_role("button", name="提示音与通知").click()
        page.get_by_label("只提示有新消息，不显示客户和内容").check()
        page.get_by_label("其他会话的新消息", exact=True).uncheck()
        shot(page, "reminders")
        page.keyboard.press("Escape")
        page.evaluate("window.away = true")
        customer.write("请问有人吗")
        until(lambda: page.evaluate("window.seen") == ["有新会话振铃"])

        page.reload()
        page.get_by_role("button", name="提示音与通知").click()
        expect(page.get_by_label("其他会话的新消息", exact=True)).not_to_be_checked()
        page.get_by_label("显示客户和内容", exact=True).check()
        page.keyboard.press("Escape")
        page.keyboard.press("Alt+a")
        expect(agent.composer).to_be_focused()
        page.keyboard.press("Alt+q")
        page.evaluate("window.away = true")
        customer.write("还在吗")
        until(lambda: page.evaluate("window.seen") == [f"{customer.name} 发来新消息"])


def test_a_ring_is_heard_also_when_it_was_quiet_for_long(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        page = agent.page
        before_every_page(page, SOUNDS)
        page.reload()
        expect(page.locator("#connection")).to_have_attribute("data-state", "open")
        for who in (customer, server.new_customer()):
            who.write("请问有人吗")
            until(lambda: page.evaluate("window.played") == RING, lambda: page.evaluate("window.played"))
            agent.accept()
            until(lambda: page.evaluate("window.device.state") == "suspended")
            page.evaluate("window.played.length = 0")
