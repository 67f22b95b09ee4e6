"""Writing at the desk: keys, input methods, drafts, limits, pasted pictures, and words that are no markup."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desks import Agent, Customer, DeskServer, agents, second_browser, slow_network


@pytest.fixture
def agent(browser: Browser, server: DeskServer, customer: Customer) -> Iterator[Agent]:
    """An agent with the customer's chat open."""
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        yield agent


def test_the_key_that_sends_is_a_matter_of_taste_and_goes_with_the_person(
    agent: Agent, browser: Browser, server: DeskServer, customer: Customer
) -> None:
    keyboard = agent.page.keyboard
    keyboard.type("第一行")
    keyboard.press("Shift+Enter")
    keyboard.type("第二行")
    keyboard.press("Enter")
    customer.hears("第一行\n第二行")

    agent.page.locator(".send-button summary").click()
    with agent.page.expect_response("**/preferences"):
        agent.page.get_by_role("radio", name="按 Ctrl+Enter 发送").check()
    expect(agent.composer).to_be_focused()
    expect(agent.page.locator(".composer-hint")).to_contain_text("Ctrl+Enter 发送 · Enter 换行", use_inner_text=True)
    keyboard.type("还是")
    keyboard.press("Enter")
    keyboard.type("一条")
    keyboard.press("Control+Enter")
    customer.hears("第一行\n第二行", "还是\n一条")
    with second_browser(browser, server.url, agent.seat) as elsewhere:
        elsewhere.rows.first.click()
        expect(elsewhere.page.locator(".composer-hint")).to_contain_text("Ctrl+Enter", use_inner_text=True)
        elsewhere.page.locator(".send-button summary").click()
        with elsewhere.page.expect_response("**/preferences"):
            elsewhere.page.get_by_role("radio", name="按 Enter 发送").check()


def test_enter_belongs_to_the_input_method_while_it_composes(agent: Agent, customer: Customer) -> None:
    ime = agent.page.context.new_cdp_session(agent.page)
    for pinyin, words in (("nihao", "你好"), ("zaijian", "再见")):
        ime.send("Input.imeSetComposition", {"text": pinyin, "selectionStart": 5, "selectionEnd": 5})
        press = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}  # as an input method leaves it to us
        ime.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **press})
        ime.send("Input.insertText", {"text": words})
        ime.send("Input.dispatchKeyEvent", {"type": "keyUp", **press})
        # Safari: the composition has ended, and the Enter that ended it comes after.
        agent.composer.evaluate(
            """composer => {
                const press = new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true});
                Object.defineProperty(press, "keyCode", {value: 229});
                composer.dispatchEvent(press);
            }"""
        )
        expect(agent.composer).to_have_value(words)
        agent.page.keyboard.press("Enter")  # and this one is real
        expect(agent.composer).to_have_value("")
    customer.hears("你好", "再见")


def test_a_composition_that_ended_with_its_field_swallows_no_enter(
    agent: Agent, server: DeskServer, customer: Customer
) -> None:
    other = server.new_customer()
    other.write("我是另一位")
    ime = agent.page.context.new_cdp_session(agent.page)
    ime.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    agent.rings.get_by_role("button", name="接入").click()
    expect(agent.page.locator(".chat-head h2")).to_have_text(other.name)
    agent.page.keyboard.type("hello")
    agent.page.keyboard.press("Enter")
    other.hears("hello")
    assert customer.received() == []


def test_words_that_are_put_in_can_be_undone(agent: Agent) -> None:
    agent.page.keyboard.type("您好，再见")
    for _ in "再见":
        agent.page.keyboard.press("ArrowLeft")
    version = agent.page.locator("script[src*='desk/main.js']").get_attribute("src")
    assert version
    agent.page.evaluate(
        "at => import(at).then(composer => composer.insertText('请稍等，'))", version.replace("main", "composer")
    )
    expect(agent.composer).to_have_value("您好，请稍等，再见")
    agent.page.keyboard.press("Control+z")
    expect(agent.composer).to_have_value("您好，再见")


def test_words_are_never_markup(agent: Agent, customer: Customer) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    customer.write(hostile)
    expect(agent.said("customer").last).to_have_text(hostile)
    agent.say(hostile)
    expect(agent.said("seat").last).to_have_text(hostile)
    expect(agent.page.locator(".row-preview")).to_contain_text("<img src=x")


def test_a_text_over_wechats_limit_goes_in_parts_when_one_wants_it(agent: Agent, customer: Customer) -> None:
    page, text = agent.page, "额度说明。" * 190
    agent.composer.fill("额" * 600)
    expect(page.locator(".composer-count")).to_have_text("还可输入 248 字节")
    agent.composer.fill(text)
    expect(page.locator(".composer-count")).to_have_text("超出 802 字节")
    expect(page.locator('[data-notice="split"]')).to_contain_text("可分成 2 条发送")
    agent.composer.press("Enter")
    expect(page.locator('[data-notice="split"]')).to_contain_text("再按一次发送，分成 2 条")
    assert customer.received() == []
    agent.composer.press("Enter")
    customer.hears("额度说明。" * 136, "额度说明。" * 54)
    agent.composer.fill("额" * 3000)
    expect(page.locator('[data-notice="split"]')).to_contain_text("要分成 5 条，只能再发 3 条")
    expect(page.get_by_role("button", name="发送", exact=True)).to_be_disabled()
    page.keyboard.press("Alt+p")
    expect(page.locator(".composer-count")).to_have_text("超出 1000 字，请缩短")
    expect(page.get_by_role("button", name="记下备注")).to_be_disabled()
    agent.composer.fill("")


def test_a_draft_stays_with_its_session_and_is_there_in_another_browser(
    agent: Agent, browser: Browser, server: DeskServer, customer: Customer
) -> None:
    other = server.new_customer()
    agent.composer.fill("写给第一位的话")
    other.write("我是另一位")
    agent.accept()
    expect(agent.composer).to_have_value("")
    agent.page.keyboard.press("Alt+p")
    agent.composer.fill("关于另一位的备注")
    agent.page.reload()
    expect(agent.composer).to_have_value("关于另一位的备注")
    expect(agent.page.get_by_role("radio", name="内部备注")).to_be_checked()
    with second_browser(browser, server.url, agent.seat) as elsewhere:
        first, second = (elsewhere.rows.filter(has_text=each.name) for each in (customer, other))
        expect(first.locator(".row-draft")).to_be_visible()
        first.locator("a").click()
        expect(elsewhere.composer).to_have_value("写给第一位的话")
        second.locator("a").click()
        expect(elsewhere.page.get_by_role("radio", name="内部备注")).to_be_checked()  # it must not go to the customer

        # Both are on the first now. What is written here goes on over there, and what is sent there goes here.
        first.locator("a").click()
        expect(elsewhere.composer).to_have_value("写给第一位的话")
        elsewhere.composer.press_sequentially("，还有")
        agent.rows.filter(has_text=customer.name).locator("a").click()
        expect(agent.composer).to_have_value("写给第一位的话，还有")
        agent.composer.press_sequentially("一句")
        expect(elsewhere.composer).to_have_value("写给第一位的话，还有一句")
        agent.composer.press("Enter")
        customer.hears("写给第一位的话，还有一句")
        expect(elsewhere.composer).to_have_value("")


def test_nobody_loses_words_that_are_written_in_two_places(agent: Agent, customer: Customer) -> None:
    session = agent.rows.first.get_attribute("data-session") or ""
    notice = agent.page.locator('[data-notice="elsewhere"]')
    agent.composer.press_sequentially("从单位写的")
    for text, choice, left in (
        ("从家里写的", "保留这里的", "从单位写的"),
        ("又从家里写的", "改用那边的", "又从家里写的"),
    ):
        agent.ask({"do": "draft", "session": session, "text": text, "rev": text, "base": "another"})
        expect(notice).to_contain_text(text)
        expect(agent.composer).to_have_value("从单位写的")
        agent.act(choice)
        expect(agent.composer).to_have_value(left)
        expect(notice).to_be_hidden()
    agent.composer.press("Control+z")
    expect(agent.composer).to_have_value("从单位写的")
    agent.composer.press("Enter")
    customer.hears("从单位写的")


def test_no_word_goes_to_the_wrong_customer_however_quickly_one_changes(
    agent: Agent, server: DeskServer, customer: Customer
) -> None:
    other = server.new_customer()
    other.write("我是另一位")
    agent.accept()
    heading, keyboard = agent.page.locator(".chat-head h2"), agent.page.keyboard
    expect(heading).to_have_text(other.name)
    expect(agent.composer).to_be_focused()
    with slow_network(agent.page, 1000):
        keyboard.type("给另一位")
        keyboard.press("Enter")
        keyboard.press("Alt+j")
        keyboard.type("太早")  # the first one's chat is not here yet: it goes nowhere
        keyboard.press("Enter")
        expect(heading).to_have_text(customer.name)
        expect(agent.composer).to_be_focused()
        keyboard.type("给第一位")
        keyboard.press("Enter")
        keyboard.press("Alt+k")
        expect(heading).to_have_text(other.name)
        expect(agent.composer).to_be_focused()
        keyboard.type("又给另一位")
        keyboard.press("Enter")
    other.hears("给另一位", "又给另一位")
    customer.hears("给第一位")


def test_words_typed_before_the_page_has_all_it_needs_are_kept(agent: Agent, customer: Customer) -> None:
    page = agent.page
    page.route("**/desk/writing.js*", lambda route: route.abort())
    page.reload()
    agent.composer.fill("稍等，我查一下")
    expect(page.locator("#toasts")).not_to_be_empty()
    agent.complaints.clear()  # the browser remarks what did not come
    page.unroute("**/desk/writing.js*")
    page.reload()
    expect(agent.composer).to_have_value("稍等，我查一下")
    agent.composer.press("Enter")
    customer.hears("稍等，我查一下")


def test_a_script_that_did_not_come_comes_with_the_next_need(agent: Agent, customer: Customer) -> None:
    """A browser that once failed to import a module would not try again for this page."""
    page = agent.page
    page.route("**/desk/writing.js*", lambda route: route.abort())
    page.reload()
    agent.composer.fill("稍等")
    expect(page.locator("#toasts > *")).to_have_text(["加载失败，请重试"])
    page.keyboard.press("Enter")
    expect(page.locator("#toasts > *")).to_have_text(["加载失败，请重试"] * 2)
    agent.complaints.clear()  # the browser remarks what did not come
    page.unroute("**/desk/writing.js*")
    page.keyboard.press("Enter")
    customer.hears("稍等")
    page.keyboard.press("Alt+p")
    page.keyboard.type("先核实")
    page.keyboard.press("Enter")
    expect(page.locator(".line-note")).to_contain_text("先核实")


@pytest.mark.parametrize(
    ("key", "address", "seen"), [("Alt+g", "emoji", ".emoji"), ("Control+k", "commands", "[data-action]")]
)
def test_a_list_that_did_not_come_comes_with_the_next_press(agent: Agent, key: str, address: str, seen: str) -> None:
    page = agent.page
    page.route(f"**/desk/{address}?*", lambda route: route.abort())
    page.keyboard.press(key)
    expect(page.locator("#toasts")).to_contain_text("加载失败")
    agent.complaints.clear()  # the browser remarks what did not come
    page.unroute(f"**/desk/{address}?*")
    page.keyboard.press("Escape")
    page.keyboard.press(key)
    expect(page.locator(seen).first).to_be_visible()
    page.keyboard.press("Escape")


def test_a_late_answer_moves_nobody_to_another_customer(agent: Agent, server: DeskServer, customer: Customer) -> None:
    page, other = agent.page, server.new_customer()
    other.write("在吗")
    agent.accept()
    page.locator(".row-link", has_text=customer.name).click()
    expect(page.locator(".chat-head")).to_contain_text(customer.name)
    agent.say("请稍等")
    expect(page.locator(".chat-head")).to_contain_text("等待客户")
    with server.stopped():
        page.keyboard.press("Alt+m")
        page.keyboard.type("还有一件事")
        page.wait_for_timeout(1500)
    expect(page.locator(".chat-head")).to_contain_text("已挂起")
    expect(page.locator(".chat-head")).to_contain_text(customer.name)
    page.keyboard.press("Enter")
    customer.hears("请稍等", "还有一件事")
    assert other.received() == []


def test_keys_lead_from_session_to_session(agent: Agent, server: DeskServer, customer: Customer) -> None:
    other = server.new_customer()
    other.write("我是另一位")
    agent.accept()
    heading = agent.page.locator(".chat-head h2")
    expect(heading).to_have_text(other.name)
    agent.page.keyboard.press("Alt+j")
    expect(heading).to_have_text(customer.name)
    agent.page.keyboard.press("Alt+k")
    expect(heading).to_have_text(other.name)
    agent.page.locator("#tab-mine").focus()
    agent.page.keyboard.press("?")
    expect(agent.page.get_by_role("dialog")).to_contain_text("快捷键")
    agent.page.keyboard.press("Escape")
    agent.page.keyboard.press("ArrowRight")
    expect(agent.page.locator("#panel-queue")).to_be_visible()
