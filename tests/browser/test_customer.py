"""The customer beside the chat, from the first message to the stars: in two tabs, by keyboard, and on the phone."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.desks import Agent, Customer, DeskServer, agents, shot, until

# Half of a word, as an input method shows it before it is decided.
COMPOSING = """(field, words) => {
  field.focus();
  field.value = words;
  field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
}"""


def second_tab(agent: Agent) -> Page:
    """The same agent's desk in another tab, with the same session open."""
    page = agent.page.context.new_page()
    page.on("pageerror", lambda error: agent.complaints.append(str(error)))
    page.goto(agent.page.url)
    expect(page.locator("form[data-customer]")).to_be_visible()
    return page


def test_a_customer_is_known_wrapped_up_and_asked(browser: Browser, server: DeskServer) -> None:
    customer = server.customer(0)
    with agents(browser, server.url, "agent1") as (agent,):
        page = agent.page
        customer.write("你好")
        agent.accept()
        expect(page.locator(".row-item")).to_contain_text("陈雨桐")  # as WeChat's own remark has it
        agent.say("我帮您查一下")
        expect(page.locator(".chat-head")).to_contain_text("等待客户")
        transcript = f"{server.url}/sessions/{page.locator('.chat-head').get_attribute('data-session')}"
        _edited_in_two_tabs(agent)
        _noted_and_wrapped_up(agent)
        _rated_on_the_phone(browser, server, customer)
        until(lambda: "客户评价：4 分" in page.request.get(transcript).text())
        customer.write("在吗")
        agent.accept()
        recap = page.locator(".recap")
        expect(recap).to_contain_text("账单与还款 · 01 号席")
        expect(recap).to_contain_text("年费已减免")
        expect(recap).to_contain_text("坐席：我帮您查一下")
        expect(recap.get_by_title("4 分")).to_be_visible()
        expect(page.locator(".about")).to_contain_text("老客户")
        expect(page.get_by_label("备注名")).to_have_value("陈女士")
        shot(page, "customer")
        page.goto(f"{server.url}/sessions/{page.locator('.previous-list a').get_attribute('title')}")
        expect(page.locator("h1 + p")).to_contain_text("陈女士")
        expect(page.locator(".transcript-lines")).to_contain_text("客户评价：4 分")
        expect(page.locator(".transcript-aside")).to_contain_text("满意度 ★★★★☆")


def _edited_in_two_tabs(agent: Agent) -> None:
    page, other = agent.page, second_tab(agent)
    phone, tick = page.get_by_label("电话"), page.locator(".kept", has=page.get_by_label("电话")).locator("output")
    phone.fill("13800138000")  # nothing more: it is kept by itself
    expect(tick).to_have_attribute("data-state", "saved")
    expect(tick).to_have_text("已保存")
    expect(other.get_by_label("电话")).to_have_value("13800138000")
    phone.fill("call me")
    phone.press("Enter")
    expect(page.locator(".kept [data-state=wrong]")).to_contain_text("内容不符合该项的格式")
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(phone).to_have_value("call me")
    phone.fill("13800138000")
    page.get_by_label("卡种").select_option("金卡")
    expect(other.get_by_label("卡种")).to_have_value("金卡")
    _two_write_the_same(page, other)
    for tag in ("理财", "VIP"):
        page.get_by_label("标签", exact=True).last.fill(tag)
        page.keyboard.press("Enter")
        expect(other.locator(".tags")).to_contain_text(tag)
    other.get_by_role("button", name="去掉标签 VIP").click()
    expect(page.locator(".tags li")).to_have_count(1)
    other.close()


def _two_write_the_same(page: Page, other: Page) -> None:
    mine, theirs = page.get_by_label("备注名"), other.get_by_label("备注名")
    theirs.evaluate(COMPOSING, "陈小姐")
    mine.fill("陈雨桐女士")
    mine.press("Enter")
    expect(other.locator(".kept [data-state=wrong]")).to_contain_text("同事改为“陈雨桐女士”")
    expect(theirs).to_have_value("陈小姐")  # nobody's words are lost
    theirs.fill("陈女士")
    theirs.press("Enter")
    expect(mine).to_have_value("陈女士")
    for tab in (page, other):
        for place in (".row-item", ".chat-head h2", ".context-who h2"):
            expect(tab.locator(place).first).to_contain_text("陈女士")


def _noted_and_wrapped_up(agent: Agent) -> None:
    page = agent.page
    page.get_by_label("给客户加备注").fill("老客户，好说话")
    page.keyboard.press("Enter")
    expect(page.locator(".about")).to_contain_text("老客户，好说话")
    page.keyboard.press("Alt+e")
    expect(page.get_by_label("小结分类")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("年费已减免")
    page.keyboard.press("Enter")
    expect(page.get_by_label("小结分类")).to_be_focused()  # it is required, says the browser
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(agent.rows).to_have_count(0)


def _rated_on_the_phone(browser: Browser, server: DeskServer, customer: Customer) -> None:
    context = browser.new_context(locale="zh-CN")
    phone = context.new_page()
    phone.goto(f"{server.url}/sim/phone")
    holder = phone.locator(".holder").first
    expect(holder).to_contain_text("请为本次服务打分")
    holder.get_by_role("button", name="4 满意", exact=True).click()
    expect(holder).to_contain_text("感谢您的评价。")
    context.close()
    until(lambda: customer.received()[-1].get("text") == {"content": "感谢您的评价。"})


def test_the_pane_speaks_english_and_loses_nothing_of_who_goes_on(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent2") as (agent,):
        page = agent.page
        customer.write("hello")
        agent.accept()
        page.goto(f"{server.url}/language?to=en&next=/desk")
        page.locator(".row-link").click()
        expect(page.get_by_label("Name", exact=True)).to_be_visible()
        page.get_by_label("Name", exact=True).fill("Ann Lee")
        page.keyboard.press("Alt+l")  # away from the field at once
        expect(page.locator(".row-item")).to_contain_text("Ann Lee")
        expect(page.locator(".row-item .avatar")).to_have_text("AN")
        summaries = page.locator(".context-part > summary")
        expect(summaries).to_have_text(["Profile", "Previous sessions", "Notes", "This session"])
        summaries.first.press("Enter")
        expect(page.get_by_label("Phone")).to_be_hidden()
        summaries.first.press("Enter")
        shot(page, "customer")
