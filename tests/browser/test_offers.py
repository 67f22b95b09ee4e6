"""What rings at a seat: answered by keyboard, taken back in sight, accepted by itself where a group does so."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desks import DeskServer, agents, box_of, shot, visiting


@pytest.fixture
def automatic(browser: Browser, server: DeskServer) -> Iterator[None]:
    """For a while the group for instalments accepts by itself."""
    set_auto_accept(browser, server, "billing", on=True)
    yield
    set_auto_accept(browser, server, "billing", on=False)


def set_auto_accept(browser: Browser, server: DeskServer, group: str, *, on: bool) -> None:
    """As an admin does it."""
    with visiting(browser, server.url, "admin", f"/admin/groups/{group}") as page:
        page.get_by_label("自动接入").set_checked(on)
        page.get_by_role("button", name="保存").first.click()
        expect(page.get_by_label("自动接入")).to_be_checked(checked=on)


def test_cards_say_who_and_why_and_are_answered_by_keyboard(browser: Browser, server: DeskServer) -> None:
    first, second = server.new_customer(), server.new_customer()
    with agents(browser, server.url, "agent9", "agent2", height=720) as (agent, colleague):
        colleague.ask({"do": "set_presence", "presence": "busy"})
        first.act(type="click", key="HUMAN")
        first.write("有一笔消费我不认识")
        expect(agent.page.locator("#announce")).to_have_text(f"新会话振铃：{first.name}，信用卡咨询")
        second.write("我的卡丢了怎么办呀")
        expect(agent.rings).to_have_count(2)
        card = agent.rings.first
        for words in (first.name, "信用卡咨询", "已等待", "菜单 HUMAN", "您预计最快回复", "有一笔消费我不认识"):
            expect(card).to_contain_text(words)
        expect(agent.rings.last.get_by_text("您预计最快回复")).to_be_hidden()
        expect(agent.rings.last.get_by_role("button", name="接入会话")).to_be_visible()
        shot(agent.page, "offers")
        agent.page.keyboard.press("Alt+x")
        expect(agent.rings).to_have_count(1)
        expect(agent.rings).to_contain_text(second.name)
        agent.rings.get_by_role("button", name="接入会话").focus()
        agent.page.keyboard.press("Enter")
        expect(agent.composer).to_be_focused()

        # Between colleagues: what is taken back says so for a moment.
        colleague.ask({"do": "set_presence", "presence": "available"})
        agent.say("稍等，我请同事看看")
        session = agent.page.locator(".chat-head").get_attribute("data-session") or ""
        agent.ask({"do": "transfer", "session": session, "to_seat": "agent2", "note": "丢卡"})
        ring = colleague.page.locator(".ring", has_text=second.name)
        expect(ring).to_contain_text("09 号席 转接给您")
        expect(ring).to_contain_text("丢卡")
        agent.ask({"do": "hang_up", "session": session})
        over = colleague.page.locator(".ring-over", has_text=second.name)
        expect(over).to_contain_text("同事已挂断，转接收回")
        expect(over.get_by_role("button")).to_have_count(0)


@pytest.mark.usefixtures("automatic")
def test_a_group_that_accepts_by_itself_rings_nobody(browser: Browser, server: DeskServer) -> None:
    customer, other = server.new_customer(), server.new_customer()
    with agents(browser, server.url, "agent10") as (agent,):
        customer.act(type="click", key="INSTALMENT")
        customer.write("想分 12 期")
        card = agent.page.locator(".ring", has_text=customer.name)
        expect(card).to_contain_text("已自动接入")
        expect(card).to_contain_text("想分 12 期")
        expect(card).to_contain_text("菜单 INSTALMENT")
        expect(card.get_by_role("button")).to_have_count(0)
        expect(agent.page.locator("#announce")).to_have_text(f"已自动接入：{customer.name}，账单分期")
        expect(agent.said("customer")).to_have_text("想分 12 期")  # nothing else was open
        expect(agent.page.locator(".messages")).to_contain_text("10 号席 自动接入会话")
        shot(agent.page, "offers-automatic")
        agent.composer.fill("还没写完")
        other.act(type="click", key="INSTALMENT")
        other.write("我也想分期")
        expect(agent.rows).to_have_count(2)
        expect(agent.composer).to_have_value("还没写完")
        agent.page.locator(".ring", has_text=other.name).get_by_role("link", name="打开会话").click()
        expect(agent.said("customer")).to_have_text("我也想分期")
        expect(agent.rings).to_have_count(0, timeout=12_000)
        agent.page.keyboard.press("Alt+y")
        expect(agent.page.get_by_role("dialog")).to_contain_text("已自动接入")


def test_what_rings_covers_no_field_that_is_written_in(browser: Browser, server: DeskServer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        server.new_customer().write("你好")
        agent.accept()
        for _ in range(3):
            server.new_customer().write("有人吗")
        expect(agent.rings).to_have_count(3)
        agent.page.keyboard.press("Alt+b")
        field = agent.page.locator(".context input:focus")
        expect(field).to_be_visible()
        assert box_of(field)["y"] >= max(box["y"] + box["height"] for box in map(box_of, agent.rings.all()))
