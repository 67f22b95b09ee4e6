"""The frame of the desk: lists behind tabs, an order that holds still, choices that last, search, narrow windows."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser.desks import Agent, Customer, DeskServer, agents, at_each_size, box_of, overflow, shot, until

HELD = "#rows * { animation-play-state: paused !important }"


@pytest.fixture
def agent(browser: Browser, server: DeskServer) -> Iterator[Agent]:
    with agents(browser, server.url, "agent9") as (agent,):
        yield agent


def panel(agent: Agent, name: str) -> Locator:
    return agent.page.locator(f"#panel-{name}")


def count(agent: Agent, name: str) -> Locator:
    return agent.page.locator(f'.tab [data-count="{name}"]')


def serve(agent: Agent, *customers: Customer) -> list[str]:
    """These customers are in service, in this order; answers their sessions."""
    sessions = []
    for customer in customers:
        customer.write(f"我是 {customer.name}，有一笔消费不认识")
        agent.accept()
        expect(agent.page.locator(".chat-head")).to_contain_text(customer.name)
        sessions.append(agent.page.locator(".chat-head").get_attribute("data-session") or "")
    return sessions


def button(agent: Agent, name: str) -> Locator:
    return agent.page.get_by_role("button", name=name, exact=True)


def names(agent: Agent) -> list[str]:
    """Whose rows are in service, from the top."""
    return agent.page.locator("#rows strong").all_inner_texts()


def rest(agent: Agent) -> None:
    """The pointer leaves the lists, and so does the focus."""
    agent.page.locator(".strip-seat").hover()
    agent.page.evaluate("document.activeElement.blur()")


def test_lists_are_a_key_away_and_say_what_is_in_them(agent: Agent, server: DeskServer, customer: Customer) -> None:
    page = agent.page
    page.locator("#tab-mine").focus()
    for name, words in (("queue", "没有排队中的会话"), ("talks", ""), ("parked", "没有挂起的会话"), ("closed", "")):
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"#tab-{name}")).to_be_focused()
        expect(page.locator(f"#tab-{name}")).to_have_attribute("aria-selected", "true")
        expect(panel(agent, name)).to_be_visible()
        expect(panel(agent, name)).to_contain_text(words)
    expect(panel(agent, "mine")).to_be_hidden()
    expect(count(agent, "closed")).not_to_have_text("…")
    closed_before = int(count(agent, "closed").inner_text())

    # Self-service: who, not what; and in need of help before the others.
    customer.write("查询密码")
    page.locator("#tab-talks").click()
    talk = panel(agent, "talks").locator("li", has_text=customer.name)
    expect(talk).to_contain_text("自助中")
    assert "查询密码" not in panel(agent, "talks").inner_text()
    shot(page, "frame-talks")
    talk.get_by_role("button", name=f"从机器人接手：{customer.name}").press("Enter")
    expect(agent.composer).to_be_focused()
    expect(agent.said("customer")).to_have_text("查询密码")
    expect(page.locator(".messages")).to_contain_text("坐席从机器人接手：信用卡咨询")
    expect(panel(agent, "mine")).to_be_visible()
    page.locator("#tab-talks").click()
    expect(talk).to_have_count(0)
    expect(count(agent, "mine")).to_have_text("1")
    expect(page.locator(".load")).to_contain_text("1/10")
    expect(page.locator(".slots")).to_have_attribute(
        "aria-label", "在办 1/10：待回复 1，等客户 0，话后 0，振铃 0，空位 9（还可派 5）"
    )

    # Parked, and back; then over, and read in place.
    agent.say("请在手机银行重置")
    expect(page.locator(".slots")).to_have_attribute(
        "aria-label", "在办 1/10：待回复 0，等客户 1，话后 0，振铃 0，空位 9（还可派 5）"
    )
    page.keyboard.press("Alt+m")
    expect(count(agent, "parked")).to_have_text("1")
    page.locator("#tab-parked").click()
    row = panel(agent, "parked").locator(".row-link")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chat-head")).to_contain_text("已挂起")
    shot(page, "frame-parked")
    customer.write("好了，还有别的事")
    expect(count(agent, "parked")).to_have_text("0")
    expect(count(agent, "mine")).to_have_text("1")
    agent.say("不客气")
    expect(page.locator(".chat-head")).to_contain_text("等待客户")
    agent.act("挂断会话")
    page.get_by_label("小结分类").select_option("业务咨询")
    agent.act("提交并结束")
    expect(count(agent, "closed")).to_have_text(str(closed_before + 1))
    page.locator("#tab-closed").click()
    first = panel(agent, "closed").locator("li").first
    expect(first).to_contain_text(customer.name)
    expect(first).to_contain_text("业务咨询")
    expect(count(agent, "closed")).to_have_text(str(closed_before + 1))
    first.locator("a").click()
    record = page.locator(".chat-record")
    expect(record).to_contain_text("会话已结束，只能查看")
    expect(agent.said("seat")).to_have_text(["请在手机银行重置", "不客气"])
    number = page.url.partition("session=")[2]
    expect(record.get_by_role("link", name="完整记录")).to_have_attribute("href", f"/sessions/{number}")
    expect(agent.composer).to_have_count(0)
    shot(page, "frame-record")
    page.reload()
    expect(record).to_contain_text("只能查看")


def test_nothing_moves_under_the_pointer_or_the_keyboard(agent: Agent, server: DeskServer) -> None:
    page = agent.page
    one, two, three, four = (server.new_customer() for _ in range(4))
    sessions = serve(agent, one, two, three)
    rest(agent)
    assert names(agent) == [one.name, two.name, three.name]

    page.locator("#rows li").first.hover()
    agent.ask({"do": "send", "session": sessions[0], "text": "稍等"})
    expect(page.locator("#rows li").first).to_contain_text("对方回合")
    assert names(agent) == [one.name, two.name, three.name], "held"
    four.write("新来的")
    expect(agent.rings).to_have_count(1)
    agent.accept()
    expect(agent.rows).to_have_count(4)
    assert names(agent) == [one.name, two.name, three.name, four.name], "what is new comes at the end"
    shot(page, "frame-busy")
    page.locator(".strip-seat").hover()
    until(lambda: names(agent) == [two.name, three.name, four.name, one.name])

    # The same for who goes through the list by keyboard: one stop for Tab, the arrows from there.
    page.locator("#rows .row-link[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#rows .row-link").nth(1)).to_be_focused()
    assert page.locator("#rows .row-link[tabindex='0']").count() == 1
    agent.ask({"do": "send", "session": sessions[1], "text": "稍等"})
    expect(page.locator("#rows li").first).to_contain_text("对方回合")
    assert names(agent)[0] == two.name, "held"
    expect(page.locator("#rows .row-link").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".chat-head")).to_contain_text(three.name)
    until(lambda: names(agent) == [three.name, four.name, two.name, one.name])

    # By choice, who spoke last.
    agent.act("最近")
    rest(agent)
    one.write("我回来了")
    until(lambda: names(agent)[0] == one.name)
    agent.act("等待最久")
    rest(agent)
    until(lambda: names(agent) == [three.name, four.name, one.name, two.name])


def test_who_was_closed_last_stands_first_and_the_button_for_older_ones_last(
    agent: Agent, server: DeskServer, customer: Customer
) -> None:
    (session,) = serve(agent, customer)
    agent.page.locator("#tab-closed").click()
    rows = panel(agent, "closed").locator("#closed-rows")
    expect(panel(agent, "closed")).to_have_attribute("data-state", "filled")
    rest(agent)
    rows.evaluate(
        "list => list.insertAdjacentHTML('beforeend', '<li class=\"list-more\"><button>更早的</button></li>')"
    )
    agent.close(session)
    expect(rows.locator("li").first).to_contain_text(customer.name)
    expect(rows.locator("li").last).to_have_text("更早的")


def test_a_number_that_comes_after_the_list_does_not_empty_it(agent: Agent, customer: Customer) -> None:
    (session,) = serve(agent, customer)
    agent.close(session)
    agent.waits_for_archive(session, "其他")
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page, rows = agent.page, panel(agent, "closed").locator(".row-item")
    page.route("**/desk/closed?rows=no*", hold)
    page.reload()
    while not late:
        page.wait_for_timeout(50)
    page.locator("#tab-closed").click()
    expect(rows.first).to_contain_text(customer.name)
    with page.expect_response("**/desk/closed?rows=no*") as answer:
        late[0].continue_()
    answer.value.finished()
    rest(agent)
    expect(count(agent, "closed")).not_to_have_text("…")
    expect(rows.first).to_contain_text(customer.name)
    expect(panel(agent, "closed")).to_have_attribute("data-state", "filled")


def test_what_is_new_is_marked_for_a_while_and_not_once_it_was_opened(agent: Agent, server: DeskServer) -> None:
    page, marked = agent.page, agent.page.locator("#rows .is-new")
    one, two, three = (server.new_customer() for _ in range(3))
    serve(agent, one)
    expect(marked).to_have_count(0)
    page.evaluate(f"document.styleSheets[0].insertRule('{HELD}')")  # however long all this takes
    for customer in (two, three):
        customer.write("在吗")
        session = agent.rings.get_attribute("data-session") or ""
        agent.ask({"do": "accept", "session": session})
        customer.write("还在吗")  # the row is drawn anew, and as new as before
        expect(page.locator(f"#row-{session}.is-new")).to_contain_text("还在吗")
    page.locator(".row-link", has_text=two.name).click()
    expect(marked).to_contain_text(three.name)
    page.locator(".row-link", has_text=one.name).click()
    expect(page.locator(".chat-head")).to_contain_text(one.name)
    expect(marked).to_have_count(1)
    page.evaluate("document.getAnimations().forEach(each => each.finish())")
    expect(marked).to_have_count(0)


def test_the_open_row_stays_in_sight(browser: Browser, server: DeskServer) -> None:
    with agents(browser, server.url, "agent9", height=400) as (agent,):
        customers = [server.new_customer() for _ in range(6)]
        sessions = serve(agent, *customers)
        rest(agent)
        agent.page.locator(f'[data-open="{sessions[0]}"]').click()
        expect(agent.page.locator(".chat-head")).to_contain_text(customers[0].name)
        agent.say("马上")
        rest(agent)
        until(lambda: names(agent)[-1] == customers[0].name)
        expect(agent.page.locator(f'[data-open="{sessions[0]}"]')).to_be_in_viewport(ratio=0.95)


def test_what_a_person_prefers_lasts(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent17") as (agent,):
        page = agent.page
        (session,) = serve(agent, customer)
        tall = box_of(page.locator("#rows li"))
        context = page.get_by_role("button", name="显示客户信息栏")
        expect(page.locator(".context")).to_be_visible()
        for choice in (context, button(agent, "紧凑"), button(agent, "最近")):
            with page.expect_response("**/preferences"):
                choice.click()
        expect(page.locator(".context")).to_be_hidden()
        for mark in ("vip", "complaint"):
            agent.ask({"do": "mark_customer", "session": session, "mark": mark})
        expect(page.locator("#rows .chip")).to_have_count(2)
        expect(page.locator("#rows .row-clock")).to_be_in_viewport(ratio=1)
        page.goto(f"{server.url}/theme?to=dark&next=/desk")
        page.locator("#rows a").click()
        expect(page.locator(".context")).to_be_hidden()
        for name in ("紧凑", "最近"):
            expect(button(agent, name)).to_have_attribute("aria-pressed", "true")
        low = box_of(page.locator("#rows li"))
        assert low["height"] < tall["height"] * 0.6
        expect(page.locator(".context")).to_have_count(1)
        shot(page, "frame-compact-dark")
        for _ in at_each_size(page):
            assert overflow(page, "html", ".list", ".chat-scroll", "#rows li") <= 0
        server.new_customer().write("我先响铃")
        expect(agent.rings).to_have_count(1)
        ring, head = box_of(agent.rings), box_of(page.locator(".chat-head"))
        assert ring["x"] >= head["x"] + head["width"], "it does not ring over the words"
        agent.accept()
        for choice in (context, button(agent, "紧凑"), button(agent, "等待最久")):
            with page.expect_response("**/preferences"):
                choice.click()
        expect(page.locator(".context")).to_be_visible()
        page.goto(f"{server.url}/theme?to=system&next=/desk")


def test_a_search_leads_to_the_session_and_no_further_than_ones_groups(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    word = f"暗号{customer.openid[-4:]}"
    with ExitStack() as stack:
        (agent,) = stack.enter_context(agents(browser, server.url, "agent9"))
        (stranger,) = stack.enter_context(agents(browser, server.url, "agent10"))
        (session,) = serve(agent, customer)
        customer.write(f"我的{word}是这个")
        expect(agent.said("customer").last).to_contain_text(word)
        agent.waits_for_archive(session, word)
        agent.page.goto(f"{server.url}/language?to=en&next=/desk")
        expect(agent.page.get_by_role("tab").first).to_contain_text("Active")
        for page, button, found in ((agent.page, "Search", 1), (stranger.page, "搜索会话与客户", 0)):
            page.get_by_role("button", name=button).click()
            field = page.get_by_role("dialog").get_by_role("textbox")
            expect(field).to_be_focused()
            for words in (word, session, customer.openid[-6:]):
                field.fill(words)
                expect(page.locator("#search-found")).to_contain_text(
                    customer.name.partition(" ")[2] if found else "没有找到"
                )
                expect(page.locator("#search-found a")).to_have_count(found)
        agent.page.get_by_role("dialog").get_by_role("textbox").fill(word)
        expect(agent.page.locator("mark")).to_have_text(word)
        shot(agent.page, "frame-search")
        agent.page.keyboard.press("ArrowDown")
        expect(agent.page.locator("#search-found a")).to_be_focused()
        agent.page.keyboard.press("Enter")
        expect(agent.page.get_by_role("dialog")).to_be_hidden()
        expect(agent.page.locator(".chat-head")).to_contain_text(session)
        stranger.page.keyboard.press("Escape")
        expect(stranger.page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(1024, 700), (640, 360)])
def test_a_narrow_window_or_a_large_letter_leaves_everything_in_reach(
    browser: Browser, server: DeskServer, customer: Customer, width: int, height: int
) -> None:
    with agents(browser, server.url, "agent9", width=width, height=height) as (agent,):
        page = agent.page
        customer.write("你好，有一笔消费不认识")
        accept = agent.rings.get_by_role("button", name="接入会话")
        expect(accept).to_be_in_viewport(ratio=1)
        agent.accept()
        shot(page, "frame-narrow")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        expect(page.locator(".context")).to_be_hidden()
        page.get_by_role("button", name="显示客户信息栏").click()
        expect(page.locator(".context")).to_be_visible()
        page.get_by_role("button", name="显示客户信息栏").click()
        agent.say("您好")
        expect(agent.said("seat")).to_have_text("您好")
        back = page.get_by_role("button", name="会话列表")
        if width < 820:
            expect(page.locator(".list")).to_be_hidden()
            back.click()
        expect(agent.rows).to_contain_text(customer.name)
        expect(agent.rows).to_be_visible()
        agent.rows.locator("a").click()
        expect(agent.composer).to_be_visible()
