"""What is at hand while writing: the list that `/` opens, also with an input method; suggestions; knowledge."""

import re

from playwright.sync_api import Browser, Locator, expect

from tests.browser.desks import Agent, Customer, DeskServer, agents, shot, until

WAYS = "您可以通过以下方式还款："


def options(agent: Agent) -> Locator:
    return agent.page.locator(".picker [role=option]")


def closed(agent: Agent) -> None:
    """Nothing is listed, and the composer is a plain field again."""
    expect(agent.page.locator(".picker")).to_be_hidden()
    expect(agent.composer).not_to_have_attribute("role", "combobox")


def speak_english(agent: Agent, url: str) -> None:
    agent.page.goto(f"{url}/language?to=en&next=/desk")
    agent.page.locator(".row-link").first.click()
    expect(agent.composer).to_be_focused()


def test_a_slash_opens_canned_replies_for_the_keyboard(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        page, keyboard = agent.page, agent.page.keyboard
        customer.write("你好")
        agent.accept()

        # Nothing but a slash where a message begins opens it, or one before a letter after a space.
        for words in ("1/2", "https://a.cn/b", "和/或", "好 /", "好 /1"):
            keyboard.type(words)
            page.wait_for_timeout(120)
            closed(agent)
            agent.composer.fill("")
        keyboard.type("/")
        expect(options(agent).first).to_have_attribute("aria-selected", "true")
        expect(agent.composer).to_have_attribute("aria-expanded", "true")
        expect(agent.composer).to_have_attribute("aria-activedescendant", "reply-option-1")
        shot(page, "replies-slash")

        # Initials, arrows, the preview; Enter inserts and sends nothing.
        keyboard.type("hk")
        expect(options(agent).nth(0)).to_contain_text("还款方式")
        keyboard.press("ArrowDown")
        expect(options(agent).nth(1)).to_have_attribute("aria-selected", "true")
        keyboard.press("ArrowUp")
        expect(page.locator(".picker-preview:visible")).to_contain_text("绑定借记卡自动还款")
        keyboard.press("Enter")
        expect(agent.composer).to_have_value(re.compile(f"^{WAYS}\n1. "))
        closed(agent)
        keyboard.press("Control+z")
        expect(agent.composer).to_have_value("/hk")
        agent.composer.fill("")

        # An Enter that is quicker than the server waits for what was typed; Tab chooses, too.
        keyboard.type("好的 /hkfs")
        keyboard.press("Enter")
        expect(agent.composer).to_have_value(re.compile(f"^好的 {WAYS}"))
        agent.composer.fill("")
        keyboard.type("/hi")
        expect(options(agent).first).to_contain_text("开场白")
        keyboard.press("Tab")
        expect(agent.composer).to_have_value(re.compile("我是云杉银行客服周倩"))
        agent.composer.fill("")

        # What fits nothing is not sent by mistake; Esc leaves it as it stands.
        keyboard.type("/vvv")
        expect(page.locator(".picker")).to_contain_text("没有匹配")
        keyboard.press("Enter")
        keyboard.press("Escape")
        closed(agent)
        expect(agent.composer).to_have_value("/vvv")
        keyboard.type("v")
        page.wait_for_timeout(120)
        closed(agent)
        assert customer.received() == []

        # By mouse; and not among colleagues.
        agent.composer.fill("")
        page.get_by_role("button", name="快捷回复", exact=True).click()
        expect(options(agent).first).to_be_visible()
        keyboard.type("年费")
        expect(options(agent).first).to_contain_text("年费政策")
        options(agent).first.click()
        expect(agent.composer).to_have_value(re.compile("^普卡和金卡首年免年费"))
        agent.composer.fill("")
        keyboard.press("Alt+p")
        keyboard.type("/hk")
        page.wait_for_timeout(120)
        closed(agent)
        agent.composer.fill("")
        keyboard.press("Alt+p")

        # What is sent is counted, as it was inserted or with a word changed.
        keyboard.type("/hkfs")
        keyboard.press("Enter")
        expect(agent.composer).to_have_value(re.compile(WAYS))
        keyboard.type("！")
        keyboard.press("Enter")
        until(lambda: len(customer.received()) == 1)
        counted = re.compile(r'还款方式.*?<td class="number">1</td>\s*<td class="number">1</td>', re.S)
        until(lambda: bool(counted.search(page.request.get(f"{server.url}/replies?scope=site&q=hkfs").text())))

        speak_english(agent, server.url)
        keyboard.type("/hien")
        expect(page.locator(".picker")).to_contain_text("Enter inserts")
        shot(page, "replies-slash")
        keyboard.press("Enter")
        expect(agent.composer).to_have_value(re.compile(r"^Good (morning|afternoon|evening), this is 周倩 from"))
        agent.composer.fill("")


def test_keys_are_the_input_methods_while_it_composes(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        keyboard = agent.page.keyboard
        customer.write("你好")
        agent.accept()
        method = agent.page.context.new_cdp_session(agent.page)

        # Pinyin that is being composed filters already, with the marks that the method puts between syllables.
        keyboard.type("/")
        expect(options(agent).first).to_be_visible()
        for composed in ("h", "h k", "h k f", "h k f s"):
            method.send(
                "Input.imeSetComposition",
                {"text": composed, "selectionStart": len(composed), "selectionEnd": len(composed)},
            )
        expect(options(agent)).to_have_count(1)
        expect(options(agent)).to_contain_text("还款方式")
        for key in ("Enter", "ArrowDown", "Escape", "Tab"):
            agent.composer.dispatch_event("keydown", {"key": key, "isComposing": True, "bubbles": True})
        expect(agent.composer).to_have_value("/h k f s")
        expect(options(agent)).to_have_count(1)

        # What it ends in is looked for again, and the next Enter is ours.
        method.send("Input.insertText", {"text": "年费"})
        expect(agent.composer).to_have_value("/年费")
        expect(options(agent).first).to_contain_text("年费政策")
        keyboard.press("Enter")
        expect(agent.composer).to_have_value(re.compile("^普卡和金卡首年免年费"))
        agent.composer.fill("")

        # With Chinese punctuation the key of the slash writes 、.
        method.send("Input.insertText", {"text": "、"})
        keyboard.type("hkfs")
        expect(options(agent)).to_have_count(1)
        keyboard.press("Enter")
        expect(agent.composer).to_have_value(re.compile(f"^{WAYS}"))
        agent.composer.fill("")
        assert customer.received() == []


def test_suggestions_and_knowledge_come_to_the_caret(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        page, keyboard = agent.page, agent.page.keyboard
        chips, search = page.locator(".suggestion"), page.locator(".knowledge input")
        customer.write("你好")
        agent.accept()
        expect(chips).to_have_count(0)
        customer.write("我想问问怎么还款，忘记还款会上征信吗？")
        expect(chips).to_have_count(3)
        expect(page.locator(".line-customer").last).to_be_in_viewport()
        shot(page, "replies-suggestions")
        keyboard.type("您好，")
        keyboard.press("Alt+1")
        expect(agent.composer).to_have_value(
            "您好，可用手机银行、网上银行、微信还款、柜台或自动还款。手机银行还款实时到账。"
        )
        chips.nth(2).click()
        expect(agent.composer).to_have_value(re.compile("实时到账。超过宽限期"))
        assert customer.received() == []
        keyboard.press("Enter")
        until(lambda: len(customer.received()) == 1)
        expect(chips).to_have_count(0)

        # Knowledge: Enter inserts the first, Alt and a number another, a title opens it.
        keyboard.press("Alt+b")
        expect(search).to_be_focused()
        keyboard.type("临时额度")
        keyboard.press("Enter")  # before the answer is there
        expect(agent.composer).to_have_value(re.compile("^可在手机银行“信用卡 — 额度管理”中申请"))
        agent.composer.fill("")
        search.fill("逾期征信")
        expect(page.locator(".knowledge-found mark").first).to_have_text("逾期")
        shot(page, "replies-knowledge")
        search.focus()
        keyboard.press("Alt+2")
        expect(agent.composer).not_to_have_value("")
        agent.composer.fill("")
        search.focus()
        keyboard.press("ArrowDown")
        keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("不可承诺“消除征信记录”")
        expect(dialog.get_by_role("button", name="插入回答")).to_be_focused()
        keyboard.press("Enter")
        expect(agent.composer).to_have_value(re.compile("^超过宽限期未还足最低还款额即为逾期"))

        # What was written is kept as one's own, and at hand at once.
        agent.composer.fill("海外分行地址：新加坡罗宾逊路 1 号")
        page.locator(".composer-tools").get_by_role("button", name="存为快捷回复").click()
        expect(dialog.get_by_label("标题")).to_have_value("海外分行地址")
        expect(dialog.locator(".bubble-preview")).to_have_text("海外分行地址：新加坡罗宾逊路 1 号")
        dialog.get_by_label("内容").fill("{没有}")
        dialog.get_by_role("button", name="保存").click()
        expect(dialog.locator("#reply-text-complaint")).to_contain_text("没有 {没有} 这个变量")
        expect(page.locator(".htmx-settling")).to_have_count(0)  # or it copies what a screenshot does to fields
        shot(page, "replies-keep")
        dialog.get_by_label("内容").fill("新加坡罗宾逊路 1 号")
        dialog.get_by_role("button", name="保存").click()
        expect(dialog).to_be_hidden()
        expect(page.locator(".toast")).to_contain_text("已存为快捷回复")
        agent.composer.fill("")
        agent.composer.focus()
        keyboard.type("/hwfh")
        expect(options(agent).first).to_contain_text("海外分行地址")
        keyboard.press("Escape")
        agent.composer.fill("")

        speak_english(agent, server.url)
        customer.write("年费怎么收？")
        expect(chips).to_have_count(3)
        expect(chips.first).to_have_attribute("title", re.compile("^Self-service · 年费"))
        shot(page, "replies-suggestions")
        keyboard.press("Alt+2")
        expect(agent.composer).to_have_value(re.compile("^普卡和金卡首年免年费"))
        agent.composer.fill("")
