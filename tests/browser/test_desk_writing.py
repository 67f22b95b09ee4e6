"""Writing at the desk: keys, input methods, drafts, limits, pasted pictures, and words that are no markup."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desks import Agent, Customer, DeskServer, agents
from tests.recordings import picture


@pytest.fixture
def agent(browser: Browser, server: DeskServer, customer: Customer) -> Iterator[Agent]:
    """An agent with the customer's chat open."""
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        yield agent


def test_enter_sends_and_shift_enter_breaks_the_line(agent: Agent, customer: Customer) -> None:
    agent.page.keyboard.type("第一行")
    agent.page.keyboard.press("Shift+Enter")
    agent.page.keyboard.type("第二行")
    agent.page.keyboard.press("Enter")
    customer.hears("第一行\n第二行")


def test_enter_belongs_to_the_input_method_while_it_composes(agent: Agent, customer: Customer) -> None:
    agent.composer.fill("ni hao")
    agent.composer.dispatch_event("compositionstart")
    agent.composer.dispatch_event("keydown", {"key": "Enter", "bubbles": True})
    agent.composer.dispatch_event("compositionend")
    # Safari: the composition has ended, and the Enter that ended it comes after.
    agent.page.evaluate(
        """() => {
            const press = new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true});
            Object.defineProperty(press, "keyCode", {value: 229});
            document.querySelector(".composer-text").dispatchEvent(press);
        }"""
    )
    agent.composer.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(agent.composer).to_have_value("ni hao")
    agent.composer.press("Enter")  # and this one is real
    customer.hears("ni hao")


def test_a_real_composition_sends_once_it_is_done(agent: Agent, customer: Customer) -> None:
    keyboard = agent.page.context.new_cdp_session(agent.page)
    keyboard.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    expect(agent.composer).to_have_value("nihao")
    keyboard.send("Input.insertText", {"text": "你好"})
    expect(agent.composer).to_have_value("你好")
    agent.page.keyboard.press("Enter")
    customer.hears("你好")


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


def test_a_text_over_wechats_limit_is_held_back_before_it_is_sent(agent: Agent) -> None:
    agent.composer.fill("额" * 600)
    expect(agent.page.locator(".composer-count")).to_have_text("还可输入 248 字节")
    agent.composer.fill("额" * 700)
    expect(agent.page.locator(".composer-count")).to_have_text("超出微信上限 52 字节，请分成几条")
    agent.composer.press("Enter")
    expect(agent.composer).to_have_value("额" * 700)
    expect(agent.page.get_by_role("button", name="发送", exact=True)).to_be_disabled()


def test_a_draft_stays_with_its_session_and_outlives_the_page(
    agent: Agent, server: DeskServer, customer: Customer
) -> None:
    other = server.new_customer()
    agent.composer.fill("写给第一位的话")
    other.write("我是另一位")
    agent.accept()
    expect(agent.composer).to_have_value("")
    agent.composer.fill("写给另一位的话")
    agent.page.reload()
    expect(agent.composer).to_have_value("写给另一位的话")
    first = agent.rows.filter(has_text=customer.name)
    expect(first.locator(".row-draft")).to_be_visible()
    first.locator("a").click()
    expect(agent.composer).to_have_value("写给第一位的话")


def test_a_pasted_picture_is_shown_before_it_goes(agent: Agent, customer: Customer) -> None:
    bytes_of_it = list(picture(30, 20))
    agent.composer.evaluate(
        """(composer, bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "shot.png", {type: "image/png"}));
            composer.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        bytes_of_it,
    )
    dialog = agent.page.get_by_role("dialog")
    expect(dialog).to_contain_text("shot.png")
    dialog.get_by_role("button", name="取消").click()
    assert customer.received() == []
    expect(agent.page.locator(".line-seat")).to_have_count(0)


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
