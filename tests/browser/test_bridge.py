"""The bridge at the desk: customers who come and go, and seats that hold only what deserves attention."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.desks import MAIN, Agent, Customer, DeskServer, agents, at_each_size, box_of, overflow, visiting

SUGGESTED = re.compile(r"好的，我核实一下，.*\d\d:\d\d 前回复您。")


@pytest.fixture
def agent(browser: Browser, server: DeskServer) -> Iterator[Agent]:
    with agents(browser, server.url, "agent9") as (agent,):
        yield agent


def serve(agent: Agent, customer: Customer) -> None:
    """The customer has asked and the agent answered: it is the customer's move."""
    customer.write("有一笔消费我不认识")
    agent.accept()
    agent.say("您好，请问是哪一笔？")
    expect(head(agent)).to_contain_text("等待客户")


def head(agent: Agent) -> Locator:
    return agent.page.locator(".chat-head")


def parked(agent: Agent) -> Locator:
    return agent.page.locator("#parked-rows .row-item")


def open_parked(agent: Agent) -> None:
    """Turns to the list of what is parked, and opens the one there."""
    agent.page.locator("#tab-parked").click()
    parked(agent).locator("a").click()


def in_service(agent: Agent) -> Locator:
    return agent.page.locator("#rows .row-item")


def test_a_quiet_session_is_parked_by_a_key_and_woken_by_its_customer(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    expect(head(agent)).to_contain_text("自动挂起")
    expect(agent.page.locator(".quota-words")).to_contain_text("4/5")
    agent.page.keyboard.press("Alt+m")
    expect(parked(agent)).to_contain_text(customer.name)
    expect(in_service(agent)).to_have_count(0)
    expect(agent.page.locator('[data-count="parked"]')).to_have_text("1")
    expect(agent.page.locator(".load")).to_contain_text("0/10")
    customer.write("在吗？上周三那笔")
    expect(in_service(agent)).to_contain_text("上周三那笔")
    expect(parked(agent)).to_have_count(0)
    expect(agent.page.locator(".messages")).to_contain_text("客户来信，会话恢复")
    expect(agent.said("customer").first).to_have_text("有一笔消费我不认识")


def test_a_parked_session_is_open_to_read_and_comes_back_with_the_next_word(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    agent.act("挂起会话")
    expect(parked(agent)).to_have_count(1)
    agent.page.reload()
    open_parked(agent)
    expect(head(agent)).to_contain_text("已挂起")
    expect(agent.said("customer")).to_have_text(["有一笔消费我不认识"])
    agent.say("查到了，是上周三的年费")
    customer.hears("您好，请问是哪一笔？", "查到了，是上周三的年费")
    expect(in_service(agent)).to_have_count(1)
    agent.page.keyboard.press("Alt+m")
    expect(head(agent)).to_contain_text("已挂起")
    agent.page.keyboard.press("Alt+m")
    expect(in_service(agent)).to_have_count(1)


def test_a_session_that_is_parked_by_silence_is_told_in_a_word(agent: Agent, customer: Customer) -> None:
    """The ladder waits minutes: here its event comes at once."""
    serve(agent, customer)
    session = head(agent).get_attribute("data-session")
    tell = f"async event => (await import(new URL('telling.js', {MAIN}))).tell(event, false)"
    for reason in ("manual", "silence"):
        event = {"type": "session_parked", "session": session, "seat": agent.seat, "reason": reason}
        agent.page.evaluate(tell, event)
    expect(agent.page.locator(".toast")).to_have_text([f"{customer.name} 没有回音，会话挂起"])


def test_who_waits_for_a_reply_is_not_parked(agent: Agent, customer: Customer) -> None:
    customer.write("麻烦看一下上周的事")
    agent.accept()
    agent.page.keyboard.press("Alt+m")
    expect(agent.page.locator("#toasts")).to_contain_text("客户在等回复")
    expect(in_service(agent)).to_have_count(1)


def test_an_answer_is_promised_and_kept(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    agent.page.keyboard.press("Alt+o")
    dialog = agent.page.get_by_role("dialog")
    expect(dialog.get_by_role("radio").first).to_be_focused()
    dialog.get_by_role("radio", name="1 小时后").check()
    dialog.get_by_role("button", name="填入建议").click()
    expect(dialog.get_by_label("先告诉客户")).to_have_value(SUGGESTED)
    dialog.get_by_role("button", name="承诺并挂起").click()
    expect(parked(agent)).to_contain_text("承诺")
    expect(agent.page.locator(".messages")).to_contain_text("承诺回复，会话挂起，最晚")
    open_parked(agent)
    agent.say("核实好了，可以为您减免")
    expect(agent.page.locator(".messages")).to_contain_text("承诺已兑现")
    expect(in_service(agent).locator(".chip-promise")).to_have_count(0)


def test_nobody_hangs_up_on_what_was_begun_without_a_question(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    agent.composer.fill("还有一件事")
    agent.page.keyboard.press("Alt+e")
    question = agent.page.get_by_role("dialog", name="客户在等回复，或有草稿、承诺没完成")
    expect(question).to_be_visible()
    agent.page.keyboard.press("Escape")
    expect(agent.composer).to_have_value("还有一件事")
    agent.composer.fill("")
    agent.page.keyboard.press("Alt+e")
    expect(agent.page.locator(".wrap-up")).to_be_visible()


def test_a_time_of_its_own_can_be_promised_but_not_one_that_has_passed(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    agent.page.keyboard.press("Alt+o")
    dialog = agent.page.get_by_role("dialog")
    field = dialog.get_by_label("回复时间")
    proposed = field.input_value()
    field.evaluate("field => field.removeAttribute('min')")
    field.fill("2020-01-01T09:00")
    expect(dialog.get_by_role("radio", name="其他时间")).to_be_checked()
    dialog.get_by_role("button", name="承诺并挂起").click()
    expect(dialog.get_by_role("alert")).to_contain_text("承诺的时间已过")
    field.fill(proposed)
    dialog.get_by_role("button", name="承诺并挂起").click()
    expect(parked(agent)).to_contain_text(proposed[-5:])


def test_polite_words_start_no_clock_unless_the_agent_says_so(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    customer.write("好的，谢谢")
    expect(agent.page.locator(".line-customer .polite")).to_have_count(1)
    expect(head(agent)).to_contain_text("等待客户")
    expect(in_service(agent).locator(".row-clock")).to_have_text("对方回合")
    agent.page.keyboard.press("Alt+r")
    expect(head(agent)).to_contain_text("客户等待")
    agent.act("无需回复")
    expect(head(agent)).to_contain_text("等待客户")
    agent.act("挂起会话")
    expect(parked(agent)).to_have_count(1)
    customer.write("嗯嗯")
    expect(agent.page.locator(".line-customer .polite")).to_have_count(2)
    expect(parked(agent)).to_have_count(1)


def test_a_customer_is_marked_where_they_are_known(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    mark = agent.page.get_by_role("button", name="VIP 客户")
    mark.click()
    expect(mark).to_have_attribute("aria-pressed", "true")
    expect(in_service(agent).locator(".chip-vip")).to_be_visible()
    mark.click()
    expect(mark).to_have_attribute("aria-pressed", "false")
    expect(in_service(agent).locator(".chip-vip")).to_have_count(0)


def test_a_colleague_is_asked_beside_the_chat(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9", "agent2") as (asker, asked):
        asked.ask({"do": "set_presence", "presence": "busy"})
        serve(asker, customer)
        asker.page.keyboard.press("Alt+c")
        dialog = asker.page.get_by_role("dialog")
        dialog.get_by_role("radio", name="02 号席").check()
        dialog.get_by_label("想问什么").fill("年费能减免吗？")
        dialog.get_by_role("button", name="开始咨询").click()
        expect(asker.page.locator(".thread-form textarea")).to_be_focused()
        expect(asked.page.locator("#toasts")).to_contain_text("09 号席 咨询您")
        asked.page.locator("#consult-rows a").click()
        expect(asked.said("customer")).to_have_text(["有一笔消费我不认识"])
        expect(asked.composer).to_have_count(0)
        expect(asked.page.locator(".load")).to_contain_text("0/10")
        asked.page.locator(".thread-form textarea").fill("满 6 笔就可以")
        asked.page.keyboard.press("Enter")
        expect(asker.page.locator(".thread-line")).to_have_count(2)
        expect(asker.page.locator(".line-consult")).to_have_count(2)
        customer.write("我上个月刷了 8 笔")
        expect(asked.said("customer").last).to_have_text("我上个月刷了 8 笔")  # it looks again by itself
        asker.page.locator(".thread-form textarea").fill("还没写完")
        asked.page.locator(".thread-form textarea").fill("那就减免")
        asked.page.get_by_role("button", name="发送", exact=True).click()
        expect(asker.page.locator(".thread-line")).to_have_count(3)
        expect(asker.page.locator(".thread-form textarea")).to_have_value("还没写完")
        with asked.page.expect_response(lambda answer: answer.status == 286):  # and looks no more
            asker.act("结束咨询")
        expect(asked.page.locator("#consult-rows li")).to_have_count(0)
        expect(asked.page.locator(".chat-gone")).to_be_visible()
        expect(asker.page.locator(".thread-form")).to_have_count(0)
        assert customer.received() == [
            {"touser": customer.openid, "msgtype": "text", "text": {"content": "您好，请问是哪一笔？"}}
        ]


# A form that was asked for twice comes just when the first closes: the browser tells of the closing afterwards.
CLOSED_AND_ASKED_FOR_AGAIN = """() => {
  const dialog = document.getElementById("dialog-form");
  const { innerHTML } = dialog.firstElementChild;
  dialog.close();
  dialog.firstElementChild.innerHTML = innerHTML;
  dialog.showModal();
  return new Promise((told) => dialog.addEventListener("close", told, { once: true }));
}"""


def test_whom_to_ask_or_hand_over_to_is_chosen_by_keys(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9", "agent2") as (asker, asked):
        asked.ask({"do": "set_presence", "presence": "busy"})
        serve(asker, customer)
        page, keys = asker.page, asker.page.keyboard
        dialog = page.get_by_role("dialog")
        keys.press("Alt+c")
        expect(dialog.get_by_label("筛选坐席")).to_be_focused()
        page.evaluate(CLOSED_AND_ASKED_FOR_AGAIN)
        dialog.get_by_label("筛选坐席").focus()
        keys.press("Enter")  # there is only one
        expect(dialog.get_by_role("radio", checked=True)).to_have_count(1)
        expect(dialog.get_by_label("想问什么")).to_be_focused()
        dialog.get_by_label("筛选坐席").focus()
        keys.type("没有这位")
        expect(dialog.get_by_role("radio", checked=True)).to_have_count(0)
        expect(dialog.get_by_role("alert")).to_contain_text("没有可选的")
        keys.press("Enter")
        expect(dialog.get_by_label("筛选坐席")).to_be_focused()
        keys.press("Control+a")
        keys.type("02")
        expect(dialog.get_by_role("radio", name="02 号席")).to_be_checked()  # the only one left
        keys.press("Enter")
        expect(dialog.get_by_label("想问什么")).to_be_focused()
        keys.type("年费能减免吗？")
        keys.press("Control+Enter")
        expect(page.locator(".thread-form textarea")).to_be_focused()
        keys.press("Alt+l")
        keys.press("Alt+c")
        expect(page.locator(".thread-form textarea")).to_be_focused()  # one goes on already
        keys.press("Control+k")
        keys.type("jszx")
        expect(page.locator("#command-end_consult")).to_have_attribute("aria-selected", "true")
        keys.press("Enter")
        expect(page.locator(".thread-form")).to_have_count(0)

        keys.press("Alt+t")
        expect(dialog.get_by_label("筛选技能组或坐席")).to_be_focused()
        keys.press("Enter")
        expect(dialog.get_by_role("alert")).to_contain_text("请先选择")
        expect(dialog.get_by_role("radio").first).to_be_focused()
        keys.press("Shift+Tab")
        keys.press("ArrowDown")
        expect(dialog.get_by_role("radio").first).to_be_focused()
        expect(dialog.get_by_role("radio").first).to_be_checked()
        keys.press("Escape")


def test_a_shift_ends_with_everything_handed_over(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9", "agent2") as (leaving, staying):
        staying.ask({"do": "set_presence", "presence": "busy"})
        serve(leaving, customer)
        leaving.act("挂起会话")
        expect(parked(leaving)).to_have_count(1)
        leaving.page.locator(".presence-menu summary").click()
        leaving.act("签出坐席")
        dialog = leaving.page.get_by_role("dialog")
        expect(dialog).to_contain_text(customer.name)
        dialog.get_by_label(f"给接手同事的话：{customer.name}").fill("等他发账单截图")
        dialog.get_by_role("button", name="交班并签出").click()
        expect(leaving.page.get_by_role("button", name="签入", exact=True)).to_be_visible()
        expect(leaving.rows).to_have_count(0)
        expect(parked(staying)).to_contain_text(customer.name)
        expect(staying.page.locator("#toasts")).to_contain_text("由您接手")
        open_parked(staying)
        expect(staying.page.locator(".messages")).to_contain_text("09 号席 交班给 02 号席")
        expect(staying.page.locator(".messages")).to_contain_text("等他发账单截图")


def test_everybody_can_see_why(browser: Browser, server: DeskServer, agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    agent.page.keyboard.press("Alt+y")
    panel = agent.page.get_by_role("dialog")
    expect(panel).to_contain_text("振铃：09 号席")
    expect(panel.locator(".why-chosen")).to_contain_text("09 号席")
    expect(panel).to_contain_text("未示闲或不在席")
    agent.page.keyboard.press("Escape")
    agent.ask({"do": "set_presence", "presence": "busy"})
    other = server.new_customer()
    other.write("有人能看一下吗")
    agent.page.locator("#tab-queue").click()
    agent.page.get_by_role("button", name=f"为什么还在等待：{other.name}").click()
    expect(panel).to_contain_text("前面还有 0 位")
    expect(panel.locator(".why-table")).to_contain_text("未示闲或不在席")
    agent.page.keyboard.press("Escape")
    agent.ask({"do": "set_presence", "presence": "available"})
    agent.accept()

    session = agent.page.locator(".chat-head").get_attribute("data-session")
    with visiting(browser, server.url, "supervisor", f"/desk/sessions/{session}/why") as page:
        expect(page.locator(".why")).to_contain_text("等了")
        page.get_by_role("link", name="查看记录").click()
        page.get_by_role("link", name="为什么派给它").click()
        expect(page.locator(".why")).to_contain_text(session or "?")


def test_no_dialog_is_cut_off_and_no_column_scrolls_sideways(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9", "agent2") as (agent, colleague):
        colleague.ask({"do": "set_presence", "presence": "busy"})
        serve(agent, customer)
        for mark in ("VIP 客户", "客户投诉"):
            agent.act(mark)
        for width, height in at_each_size(agent.page):
            for key in ("Alt+o", "Alt+c", "Alt+t", "Alt+y", "?"):
                agent.page.locator(".list .tab").first.focus()
                agent.page.keyboard.press(key)
                fits(agent.page.get_by_role("dialog"), width, height)
                agent.page.keyboard.press("Escape")
            columns = ("html", ".list", ".chat-head", ".chat-actions", ".context", ".row-line")
            assert overflow(agent.page, *columns) <= 0


def fits(dialog: Locator, width: int, height: int) -> None:
    expect(dialog).to_be_visible()
    box = box_of(dialog)
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
