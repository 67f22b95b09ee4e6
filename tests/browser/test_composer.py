"""What the composer knows: how much WeChat still takes, who wrote meanwhile, emoji, pictures, colleagues, typing."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desks import Customer, DeskServer, agents, shot, slow_network, until
from tests.recordings import picture

WORDS: dict[str, dict[str, str]] = {
    "zh-CN": {
        "last": "只剩最后 1 条，建议留给结束语",
        "ask": "这是最后一条",
        "anyway": "仍要发送",
        "none": "可发条数已用完：客户发消息后恢复 5 条 / 48 小时",
        "send": "发送",
        "meanwhile": "客户刚刚又发来 2 条：急！",
        "row": "不能再发",
        "more": "点菜单、扫码或关注另可发 3 条",
    },
    "en-GB": {
        "last": "One message left, best kept for goodbye",
        "ask": "This is the last one",
        "anyway": "Send anyway",
        "none": "Nothing left to send: 5 messages in 48 hours again",
        "send": "Send",
        "meanwhile": "The customer wrote 2 more meanwhile: 急！",
        "row": "Cannot send",
        "more": "A menu click, scan or follow allows 3 more",
    },
}
PASTE = """(composer, files) => {
    const data = new DataTransfer();
    for (const [name, type, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name, {type}));
    const drag = {dataTransfer: data, bubbles: true, cancelable: true};
    for (const kind of ["dragover", "drop"]) composer.dispatchEvent(new DragEvent(kind, drag));
}"""


@pytest.mark.parametrize("lang", WORDS)
def test_the_last_that_wechat_takes_is_asked_for_and_then_nothing_goes(
    browser: Browser, server: DeskServer, customer: Customer, lang: str
) -> None:
    words = WORDS[lang]
    with agents(browser, server.url, "agent9", lang=lang) as (agent,):
        page = agent.page
        customer.write("你好")
        agent.accept()
        meter, send = page.locator(".quota"), page.locator("[data-send]")
        notice = {name: page.locator(f'[data-notice="{name}"]') for name in ("meanwhile", "last", "ask", "none")}
        expect(meter.locator("summary")).to_contain_text(re.compile(r"5/5 · 4[78]:"))

        agent.composer.press_sequentially("您好，")
        until(customer.sees_typing)
        customer.write("在吗")
        customer.write("急！")
        expect(notice["meanwhile"]).to_contain_text(words["meanwhile"])
        shot(page, "composer-meanwhile")
        agent.composer.press("Enter")  # a warning, no obstacle
        customer.hears("您好，")
        expect(notice["meanwhile"]).to_be_hidden()
        for text in ("二", "三", "四"):
            agent.say(text)
            expect(agent.outgoing).to_have_count(0)  # who counts what is under way counts it twice for a moment
        expect(meter).to_have_attribute("data-level", "last")
        expect(notice["last"]).to_contain_text(words["last"])
        agent.say("五")
        expect(notice["ask"]).to_contain_text(words["ask"])
        customer.hears("您好，", "二", "三", "四")
        agent.composer.press_sequentially("，再见")  # other words are to be asked for again
        expect(notice["ask"]).to_be_hidden()
        agent.composer.press("Enter")
        page.get_by_role("button", name=words["anyway"]).click()
        customer.hears("您好，", "二", "三", "四", "五，再见")
        expect(notice["none"]).to_contain_text(words["none"])
        expect(agent.rows.first).to_contain_text(words["row"])
        agent.composer.fill("还想说一句")
        expect(send).to_be_disabled()
        agent.composer.press("Enter")
        expect(agent.composer).to_have_value("还想说一句")
        shot(page, "composer-nothing-left")

        page.keyboard.press("Alt+p")  # notes cost nothing
        expect(send).to_be_enabled()
        page.keyboard.press("Alt+p")
        customer.act(type="click", key="BILL")  # which WeChat answers with three for a minute
        expect(meter.locator(".quota-extra")).to_contain_text("+3 · 0:")
        meter.locator("summary").click()
        expect(meter).to_contain_text(words["more"])
        page.keyboard.press("Escape")
        agent.composer.press("Enter")
        expect(agent.said("seat").last).to_have_text("还想说一句")
        customer.write("好的")
        expect(meter.locator(".quota-words")).to_contain_text("5/5")
        expect(notice["none"]).to_be_hidden()


def test_emoji_are_found_by_their_sound_and_put_in_by_keys(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        page = agent.page
        agent.composer.press_sequentially("好的")
        page.keyboard.press("Alt+g")
        search = page.get_by_role("combobox", name="搜索表情")
        expect(search).to_be_focused()
        shot(page, "composer-emoji")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        expect(search).to_have_attribute("aria-activedescendant", "emoji-12")
        name = page.locator(".emoji-name")
        expect(name).to_have_text(page.locator("#emoji-12").get_attribute("title") or "?")
        page.keyboard.type("wx")
        expect(page.locator('.emoji[aria-selected="true"]')).to_have_attribute("data-code", "[微笑]")
        expect(name).to_have_text("微笑")
        page.keyboard.press("Shift+Enter")
        expect(search).to_be_focused()
        search.fill("玫瑰")
        page.keyboard.press("Enter")
        expect(agent.composer).to_be_focused()
        expect(agent.composer).to_have_value("好的[微笑][玫瑰]")
        page.keyboard.press("Alt+g")
        expect(search).to_be_focused()
        expect(page.locator(".emoji").first).to_have_attribute("data-code", "[玫瑰]")
        page.keyboard.press("Escape")
        expect(agent.composer).to_be_focused()
        page.keyboard.press("Enter")
        customer.hears("好的[微笑][玫瑰]")


def test_the_customer_sees_that_a_reply_is_being_written(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        agent.page.keyboard.press("Alt+p")
        agent.composer.press_sequentially("只给同事")
        agent.composer.fill("")
        time.sleep(0.5)
        assert not customer.sees_typing(), "a note is none of the customer's business"
        agent.page.keyboard.press("Alt+p")
        agent.composer.press_sequentially("您好")
        until(customer.sees_typing)
        agent.composer.fill("")  # and thinks better of it
        until(lambda: not customer.sees_typing())
        expect(agent.page.locator(".quota summary")).to_contain_text("5/5")


def test_several_pictures_go_in_their_order_and_the_rest_is_refused_by_name(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        page, dialog = agent.page, agent.page.get_by_role("dialog")
        files: list[list[Any]] = [[f"{n}.png", "image/png", list(picture(30 + n, 20))] for n in range(4)]
        others: list[list[Any]] = [
            ["合同.pdf", "application/pdf", [1]],
            ["扫描.bmp", "image/bmp", [1]],
            ["大图.png", "image/png", 2 * 1024 * 1024 + 1],
        ]
        agent.composer.evaluate(PASTE, files + others)
        expect(page.locator("#toasts")).to_contain_text("“合同.pdf”不能发送")
        expect(page.locator("#toasts")).to_contain_text("“扫描.bmp”不能发送：只支持图片（png、jpeg、gif）和语音")
        expect(page.locator("#toasts")).to_contain_text("“大图.png”超过 2 MB")
        expect(dialog).to_contain_text("共 4 张，按顺序发送，占用 4 条")
        shot(page, "composer-pictures")
        dialog.get_by_role("button", name="移除 1.png").click()
        expect(dialog).to_contain_text("共 3 张")
        assert customer.received() == []

        with slow_network(page, 800):
            dialog.get_by_role("button", name="发送").click()
            expect(agent.outgoing.first).to_contain_text("上传中")
            agent.outgoing.last.get_by_role("button", name="取消").click()
        agent.say("两张图")
        expect(page.locator(".line-seat .delivery")).to_have_text(["已送达微信"] * 3)
        assert [each["msgtype"] for each in customer.received()] == ["image", "image", "text"]
        for nth, width in enumerate([30, 32]):
            expect(page.locator(".line-seat .shot img").nth(nth)).to_have_js_property("naturalWidth", width)
        expect(agent.outgoing).to_have_count(0)

        agent.composer.evaluate(PASTE, files[:3])
        expect(dialog).to_contain_text("共 3 张，只能再发 2 条")
        expect(dialog.get_by_role("button", name="发送")).to_be_disabled()
        dialog.get_by_role("button", name="移除 0.png").click()
        expect(dialog).to_contain_text("建议留 1 条给结束语")
        dialog.get_by_role("button", name="取消").click()
        expect(agent.composer).to_be_focused()


def test_a_colleague_named_in_a_note_is_told_and_reads_no_more_than_they_may(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9", "agent2") as (agent, colleague):
        colleague.ask({"do": "set_presence", "presence": "busy"})
        customer.write("你好，我的暗号是杜鹃花")
        agent.accept()
        page = agent.page
        page.keyboard.press("Alt+p")
        page.keyboard.type("请 @wl")
        option = page.locator("#mention-list").get_by_role("option")
        expect(option).to_contain_text("王磊")
        expect(agent.composer).to_have_attribute("aria-activedescendant", "mention-option-1")
        shot(page, "composer-mention")
        page.keyboard.press("Escape")
        expect(option).to_have_count(0)
        page.keyboard.press("Backspace")
        expect(option.first).to_contain_text("王磊")
        page.keyboard.press("Enter")
        expect(agent.composer).to_have_value("请 @王磊 ")
        page.keyboard.type("核对额度")
        page.keyboard.press("Enter")
        expect(page.locator(".line-note")).to_contain_text("请 @王磊 核对额度")
        expect(page.get_by_role("radio", name="回复客户")).to_be_checked()
        told = colleague.page.locator(".toast-mention")
        expect(told).to_contain_text("09 号席 在备注中提到您")
        assert "杜鹃花" not in colleague.page.content()
        with colleague.page.context.expect_page() as opened:
            told.get_by_role("link").click()
        expect(opened.value.locator("body")).to_contain_text("杜鹃花", timeout=15_000)  # of their own group
        opened.value.close()
        told.get_by_role("button", name="知道了").click()
        expect(told).to_have_count(0)
        assert customer.received() == []
