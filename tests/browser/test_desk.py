"""The main job at the desk, end to end: two agents in two browsers, customers on WeChat."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.desks import (
    Agent,
    Customer,
    DeskServer,
    agents,
    at_each_size,
    box_of,
    choose,
    overflow,
    until,
    visiting,
)
from tests.recordings import picture, voice


def colour(agent: Agent, side: str) -> str:
    """What the bubbles of this side lie on."""
    bubble = agent.page.locator(f".line-{side} .bubble").first
    return str(bubble.evaluate("each => getComputedStyle(each).backgroundColor"))


def test_a_customer_is_served_from_the_first_ring_to_the_transcript(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9", "agent2") as (first, second):
        second.ask({"do": "set_presence", "presence": "busy"})
        customer.write("有一笔消费我不认识")
        expect(first.rings).to_contain_text(customer.name)
        expect(first.rings).to_contain_text("信用卡咨询")
        expect(first.rings).to_contain_text("有一笔消费我不认识")
        expect(first.page).to_have_title("（1）新会话振铃 · 工作台 · 坐席工作台")
        first.accept()
        expect(first.rings).to_have_count(0)
        expect(first.rows).to_have_count(1)
        expect(first.said("customer")).to_have_text(["有一笔消费我不认识"])

        first.say("您好，请问是哪一笔？")
        customer.hears("您好，请问是哪一笔？")
        expect(first.page.locator(".line-seat .delivery")).to_have_text("已送达微信")
        expect(first.composer).to_have_value("")
        assert colour(first, "seat") != colour(first, "customer")

        customer.send_file("image", picture(320, 200), "bill.png")
        shot = first.page.locator(".line-customer .shot img")
        expect(shot).to_be_visible()
        expect(shot).to_have_js_property("naturalWidth", 320)
        shot.click()
        expect(first.page.locator("#dialog-lightbox img")).to_be_visible()
        first.page.keyboard.press("Escape")

        customer.send_file("voice", voice("amr", 2), "voice.amr")
        first.page.get_by_role("button", name="播放语音").click()
        expect(first.page.locator("[data-voice]")).to_have_attribute("data-playing", "")
        until(lambda: first.page.locator("[data-voice] audio").evaluate("audio => audio.currentTime > 0.2"))

        second.ask({"do": "set_presence", "presence": "available"})
        first.page.keyboard.press("Alt+t")
        dialog = first.page.get_by_role("dialog")
        dialog.get_by_role("radio", name="02 号席 王磊").check()
        dialog.get_by_label("交接备注").fill("已核对身份")
        dialog.get_by_role("button", name="转接").click()
        expect(first.page.locator(".chat-head")).to_contain_text("正在转接给 02 号席")
        expect(second.rings).to_contain_text("09 号席 转接给您")
        expect(second.rings).to_contain_text("已核对身份")
        second.accept()
        expect(first.rows).to_have_count(0)
        expect(first.page.locator(".chat-gone")).to_be_visible()
        expect(first.composer).not_to_be_visible()
        expect(second.said("customer").first).to_have_text("有一笔消费我不认识")
        expect(second.page.locator(".messages")).to_contain_text("09 号席 转接给 02 号席")

        customer.write("在吗")
        expect(second.said("customer").last).to_have_text("在吗")
        second.page.keyboard.press("Alt+e")
        expect(second.page.get_by_role("dialog")).to_contain_text("客户在等回复，或有草稿、承诺没完成")
        second.page.get_by_role("dialog").get_by_role("button", name="继续服务").click()
        second.say("好的，再见")
        expect(second.page.locator(".chat-head")).to_contain_text("等待客户")
        second.page.keyboard.press("Alt+e")
        second.page.get_by_label("小结分类").select_option("账单与还款")
        second.page.get_by_label("备注 选填").fill("已转交核查")
        second.act("提交并结束")
        expect(second.rows).to_have_count(0)
        expect(second.page.locator("#toasts")).to_contain_text("小结已提交")


def test_an_agent_sends_a_picture_a_voice_file_and_a_recording(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("怎么操作？")
        agent.accept()
        with agent.page.expect_file_chooser() as chooser:
            agent.act("发送图片")
        choose(chooser.value, "step.png", "image/png", picture(64, 48))
        agent.page.get_by_role("dialog").get_by_role("button", name="发送").click()
        expect(agent.page.locator(".line-seat .shot img")).to_be_visible()

        agent.act("发送语音")
        with agent.page.expect_file_chooser() as chooser:
            agent.act("选择文件")
        choose(chooser.value, "step.wav", "audio/wav", voice("wav", 1))
        expect(agent.page.locator(".line-seat [data-voice]")).to_have_count(1)

        agent.act("发送语音")
        agent.act("开始录音")
        expect(agent.page.locator(".recorder-time")).to_have_text(re.compile("0:0[1-9]"))
        agent.act("停止录音")
        agent.page.get_by_role("dialog").get_by_role("button", name="发送").click()
        expect(agent.page.locator(".line-seat [data-voice]")).to_have_count(2)
        expect(agent.page.locator(".line-seat .delivery")).to_have_text(["已送达微信"] * 3)
        assert [each["msgtype"] for each in customer.received()] == ["image", "voice", "voice"]


def test_what_is_rejected_or_handed_to_a_group_rings_elsewhere(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9", "agent5") as (first, second):
        second.ask({"do": "set_presence", "presence": "busy"})
        customer.write("账单日能改吗")
        expect(first.rings).to_have_count(1)
        second.ask({"do": "set_presence", "presence": "available"})
        first.act("拒绝")
        expect(first.rings).to_have_count(0)
        second.accept()
        second.page.keyboard.press("Alt+t")
        second.page.get_by_role("radio", name="账单分期").check()
        second.page.get_by_label("交接备注").fill("只问账单日")
        second.page.get_by_role("dialog").get_by_role("button", name="转接").click()
        expect(second.page.locator(".messages, .chat-empty").first).to_be_visible()
        expect(second.rings).to_contain_text(customer.name)  # the only one of that group who is there
        expect(second.rings).to_contain_text("转接而来")
        expect(second.rings).to_contain_text("只问账单日")
        second.accept()
        expect(second.page.locator(".messages")).to_contain_text("转入排队：账单分期")


def test_who_hands_over_hears_what_their_colleague_did_about_it(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent17", "agent2") as (first, second):
        second.ask({"do": "set_presence", "presence": "busy"})
        customer.write("昨天那笔钱是怎么回事")
        first.accept()
        second.ask({"do": "set_presence", "presence": "available"})
        for answer, word in (("拒绝", f"同事拒绝接入：{customer.name}"), ("接入会话 Alt+A", "同事已接入")):
            first.page.keyboard.press("Alt+t")
            note = first.page.get_by_role("dialog").get_by_label("交接备注")
            expect(note).to_have_value("" if answer == "拒绝" else "问的是昨天的消费")
            note.fill("问的是昨天的消费")
            first.page.get_by_role("dialog").get_by_role("radio", name="02 号席").check()
            first.page.get_by_role("dialog").get_by_role("button", name="转接", exact=True).click()
            expect(second.rings).to_have_count(1)
            second.act(answer)
            expect(first.page.locator("#toasts")).to_contain_text(word)
        expect(first.rows).to_have_count(0)


def test_a_note_stays_among_colleagues_and_who_unfollows_is_sent_nothing(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent17") as (agent,):
        customer.write("你们太慢了")
        agent.accept()
        agent.page.keyboard.press("Alt+p")
        agent.say("客户着急，先安抚")
        expect(agent.page.locator(".line-note")).to_contain_text("客户着急，先安抚")
        customer.act(type="unsubscribe")
        expect(agent.page.locator(".messages")).to_contain_text("客户取消关注公众号")
        expect(agent.page.locator(".context .facts").first).to_contain_text("未关注")
        expect(agent.page.locator('[data-notice="shut"]')).to_be_visible()
        expect(agent.page.locator('[data-notice="shut"]')).to_contain_text("现在不能发送")
        agent.say("非常抱歉")
        expect(agent.composer).to_have_value("非常抱歉")
        agent.page.keyboard.press("Alt+p")
        agent.say("已取消关注")
        expect(agent.page.locator(".line-note")).to_have_count(2)
        expect(agent.page.locator(".line-seat")).to_have_count(0)
        assert customer.received() == []


def test_a_customer_who_writes_during_the_wrap_up_is_served_on(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("谢谢")
        agent.accept()
        agent.say("不客气")
        expect(agent.page.locator(".chat-head")).to_contain_text("等待客户")
        agent.act("挂断会话")
        expect(agent.page.get_by_label("小结分类")).to_be_focused()
        expect(agent.page.locator(".chat-head")).to_contain_text("席位占用剩余")
        customer.write("等等，还有一个问题")
        expect(agent.composer).to_be_visible()
        expect(agent.page.locator(".messages")).to_contain_text("客户再次来信，会话继续")


def test_a_break_waits_for_the_last_session(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        agent.page.locator(".presence-menu summary").click()
        agent.act("用餐")
        expect(agent.page.locator(".presence")).to_contain_text("待小休")
        agent.say("您好")
        expect(agent.page.locator(".chat-head")).to_contain_text("等待客户")
        agent.page.keyboard.press("Alt+e")
        agent.page.get_by_label("小结分类").select_option("其他")
        agent.act("提交并结束")
        expect(agent.page.locator(".presence")).to_contain_text("小休 · 用餐")
        expect(agent.page.locator(".room")).to_have_text("没有进行中的会话 · 当前不接新会话")


def test_earlier_sessions_of_a_customer_are_a_click_away(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        for text in ("第一次来", "第二次来"):
            customer.write(text)
            agent.accept()
            agent.say(f"收到：{text}")
            expect(agent.page.locator(".chat-head")).to_contain_text("等待客户")
            if text == "第一次来":
                first = agent.page.locator(".chat-head").get_attribute("data-session") or ""
                agent.act("挂断会话")
                agent.page.get_by_label("小结分类").select_option("业务咨询")
                agent.act("提交并结束")
                expect(agent.rows).to_have_count(0)
                agent.waits_for_archive(first, "业务咨询")
        expect(agent.page.locator(".recap")).to_contain_text("业务咨询")
        expect(agent.page.locator(".recap")).to_contain_text("坐席：收到：第一次来")
        expect(agent.page.locator(".previous-list")).to_contain_text("业务咨询")
        agent.act("加载更早的消息")
        expect(agent.said("customer")).to_have_text(["第一次来", "第二次来"])
        expect(agent.page.locator(".session-mark")).to_have_count(2)


def test_the_desk_speaks_english(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("hello")
        agent.accept()
        agent.page.goto(f"{server.url}/language?to=en&next=/desk")
        expect(agent.page.locator(".presence-menu")).to_contain_text("Available")
        agent.page.locator(".row-link").click()
        expect(agent.page.get_by_role("button", name="Hang up")).to_be_visible()
        text = agent.page.locator("main").inner_text()
        assert "没有" not in text
        customer.write("bye")
        expect(agent.said("customer").last).to_have_text("bye")


def test_every_control_of_the_desk_has_a_name(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        nameless = agent.page.evaluate(
            """[...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, a')]
            .filter(each => !each.closest('[aria-hidden=true]') && each.ariaHidden !== 'true')
            .filter(each => !(each.ariaLabel || each.textContent.trim() || each.title || each.labels?.length))
            .map(each => each.outerHTML)"""
        )
        assert nameless == []
        assert agent.page.locator("body [style]").count() == 0


def test_nothing_is_cut_off_or_scrolls_sideways(browser: Browser, server: DeskServer, customer: Customer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("超长的一段话" * 40)
        customer.write("https://example.com/" + "x" * 300)
        agent.accept()
        expect(agent.said("customer")).to_have_count(2)
        for _, height in at_each_size(agent.page):
            assert overflow(agent.page, "html", ".desk", ".list", ".chat-scroll", ".context", ".strip") <= 0
            box = box_of(agent.composer)
            assert box["y"] + box["height"] <= height


def test_who_has_no_seat_is_told_so(browser: Browser, server: DeskServer) -> None:
    with visiting(browser, server.url, "supervisor", "/desk") as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("工作台供有坐席的客服使用")
