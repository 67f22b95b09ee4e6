"""Reading and answering in the chat: long histories, what is new, what failed, what is wanted back, large and loud."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, Locator, Route, expect

from tests.browser.desks import HTTP, MAIN, Agent, Customer, DeskServer, agents, box_of, shot, until
from tests.recordings import picture, video, voice

HOSTILE = {
    "right to left": "\u202eevil \u200fעברית",
    "invisible": "\u200b\u200c\u2060",
    "unbroken": "x" * 600,
    "emoji": "😀" * 600,
    "piled up": "Z\u0338\u0322\u034e\u035a\u0330\u0316\u0348\u0357\u033c\u032e" * 20,
    "markup": "<img src=x onerror=alert(1)>&lt;b&gt; {{7*7}}",
}


def serve(agent: Agent, customer: Customer, *texts: str) -> None:
    """The customer writes, and the agent has their chat open."""
    for text in texts or ("你好",):
        customer.write(text)
    customer.is_heard()
    agent.accept()
    expect(agent.page.locator(".chat-head")).to_contain_text(customer.name)


def close(agent: Agent) -> None:
    agent.act("挂断会话")
    agent.page.get_by_label("小结分类").select_option("业务咨询")
    agent.act("提交并结束")
    expect(agent.rows).to_have_count(0)


def lines(agent: Agent) -> list[str]:
    """Every line's id, as they stand."""
    ids: list[str] = agent.page.locator(".messages > [id]").evaluate_all("all => all.map(each => each.id)")
    return ids


def read_on(agent: Agent, step: Callable[[], object]) -> None:
    """Asks for what was said before, page by page, until there is nothing more."""
    ways = agent.page.locator("[data-earlier]")
    # In one look: near the top the page reads on by itself, and what was counted would be gone.
    while asked := ways.evaluate_all("all => all.map(way => way.dataset.earlier)"):
        step()
        expect(agent.page.locator(f'[data-earlier="{asked[0]}"]')).to_have_count(0)


def top_of(line: Locator) -> float:
    """How far it is from the top of the window."""
    top: float = line.evaluate("line => line.getBoundingClientRect().top")
    return top


def scroll(agent: Agent, by: int) -> None:
    """With the wheel, as people do."""
    agent.page.get_by_role("log").hover(position={"x": 5, "y": 5})
    agent.page.mouse.wheel(0, by)


def from_the_end(agent: Agent) -> float:
    far: float = agent.page.locator(".chat-scroll").evaluate(
        "box => box.scrollHeight - box.scrollTop - box.clientHeight"
    )
    return far


def hide(agent: Agent, *, hidden: bool) -> None:
    """Somebody turns to another tab, or comes back."""
    agent.page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def ask(agent: Agent, module: str, what: str) -> None:
    """Calls what a script of the page exports."""
    version = agent.page.locator("script[src*='desk/main.js']").get_attribute("src")
    assert version
    agent.page.evaluate(f"at => import(at).then(module => module.{what})", version.replace("main", module))


def fault(server: DeskServer, **what: Any) -> None:
    answer = HTTP.post(f"{server.url}/sim/control/faults", json={"kind": "api", **what})
    assert answer.status_code == 200, answer.text


@pytest.fixture
def agent(browser: Browser, server: DeskServer) -> Iterator[Agent]:
    with agents(browser, server.url, "agent9") as (agent,):
        yield agent


def test_a_list_that_comes_late_takes_nothing_from_an_open_chat(agent: Agent, customer: Customer) -> None:
    """It is brought up to date with what came since it was made; a chat opened meanwhile is newer than that."""
    page = agent.page
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/desk/closed?*", lambda route: late.append((route, route.fetch())))
    page.reload()
    while not late:
        page.wait_for_timeout(50)
    customer.write("你好")
    agent.accept()
    agent.composer.fill("您好")
    closed = page.locator('[data-count="closed"]')
    expect(closed).to_have_text("…")
    for route, answer in late:
        route.fulfill(response=answer)
    expect(closed).not_to_have_text("…")
    expect(page.locator(".chat-head")).to_be_visible()
    expect(agent.composer).to_be_focused()
    agent.composer.press("Enter")
    customer.hears("您好")


def test_a_long_history_is_paged_upwards_without_moving_what_is_read(agent: Agent, customer: Customer) -> None:
    serve(agent, customer, *(f"第一次 {n}" for n in range(50)))
    expect(agent.said("customer").last).to_have_text("第一次 49")
    agent.say("收到")
    expect(agent.page.locator(".chat-head")).to_contain_text("等待客户")
    close(agent)
    serve(agent, customer, *(f"第二次 {n}" for n in range(70)))
    expect(agent.said("customer").last).to_have_text("第二次 69")
    assert from_the_end(agent) < 2

    page = agent.page
    before = set(lines(agent))
    reading = page.locator(".line-customer", has_text="第二次 36")
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/lines?*", hold)
    while not asked:
        scroll(agent, -300)
        page.wait_for_timeout(50)
    was = top_of(reading)
    asked[0].continue_()
    page.unroute("**/lines?*")
    expect(agent.said("customer").filter(has_text=re.compile("^第二次 0$"))).to_be_attached()
    assert abs(top_of(reading) - was) < 1
    assert len(lines(agent)) > len(before)

    page.locator(".earlier button").focus()
    read_on(agent, lambda: page.keyboard.press("Enter"))  # by the keyboard alone: the way on keeps the focus
    expect(page.get_by_role("log")).to_be_focused()
    expect(page.locator(".earlier")).to_have_text("没有更早的消息了")
    said = [text for text in agent.said("customer").all_text_contents() if "次" in text]
    assert said == [*(f"第一次 {n}" for n in range(50)), *(f"第二次 {n}" for n in range(70))]
    assert len(lines(agent)) == len(set(lines(agent)))
    expect(page.locator(".session-mark")).to_have_count(2)
    expect(page.locator(".session-mark").first).to_contain_text("坐席挂断 · 业务咨询")
    expect(page.locator(".day")).to_have_text(["今天"])

    whole = lines(agent)
    page.locator(".chat-down").click()
    ask(agent, "earlier", "keepShort(document.querySelector('.chat-scroll'), 20)")
    assert len(lines(agent)) < 30
    assert from_the_end(agent) < 2
    read_on(agent, lambda: page.locator(".earlier button").evaluate_all("all => all.forEach(way => way.click())"))
    expect(page.locator(".earlier")).to_have_text("没有更早的消息了")
    assert lines(agent) == whole, "what was dropped comes back as it was"


def test_where_one_left_off_is_marked_and_what_comes_meanwhile_is_counted(
    agent: Agent, server: DeskServer, customer: Customer
) -> None:
    serve(agent, customer, *(f"说明 {n}" for n in range(12)))
    page, mark, pill = agent.page, agent.page.locator(".unread"), agent.page.locator(".chat-down")
    expect(agent.said("customer").last).to_have_text("说明 11")
    expect(mark).to_have_count(0)

    serve(agent, server.new_customer())  # another session is open
    for n in range(15):
        customer.write(f"补充 {n}")
    first = agent.rows.filter(has_text=customer.name)
    expect(first).to_contain_text("补充 14")
    first.locator("a").click()
    expect(mark).to_have_text("以下为新消息")
    assert mark.evaluate("mark => mark.nextElementSibling.querySelector('.words').textContent") == "补充 0"
    box = box_of(page.locator(".chat-scroll"))
    assert box["y"] <= top_of(mark) < box["y"] + 100, "one goes on where one left off"
    shot(page, "chat-unread")

    was = top_of(mark)
    customer.write("还有")
    expect(pill).to_have_text("1 条新消息 ↓")
    customer.send_file("image", picture(800, 1200), "receipt.png")
    expect(pill).to_have_text("2 条新消息 ↓")
    expect(page.locator(".shot img")).to_have_js_property("complete", value=True)
    assert top_of(mark) == was, "nothing moves what is being read"
    pill.click()
    expect(pill).to_be_hidden()
    assert from_the_end(agent) < 2

    hide(agent, hidden=True)
    expect(mark).to_have_count(0)
    for n in range(20):
        customer.write(f"在吗 {n}")
    customer.is_heard()
    expect(agent.said("customer").last).to_have_text("在吗 19")
    hide(agent, hidden=False)
    assert mark.evaluate("mark => mark.nextElementSibling.querySelector('.words').textContent") == "在吗 0"
    assert box["y"] <= top_of(mark) < box["y"] + 100
    agent.say("我在")
    expect(agent.said("seat")).to_have_text("我在")
    expect(mark).to_have_count(0)
    assert from_the_end(agent) < 2


def test_a_chat_that_is_fetched_anew_has_each_line_once(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    customer.write("在吗")
    expect(agent.said("customer")).to_have_count(2)
    fold = agent.page.locator(".fold")
    expect(fold).to_contain_text("09 号席 接入会话")
    before = lines(agent)
    agent.page.evaluate(
        """() => {
            const fold = document.querySelector(".line:has(> .fold)");
            fold.replaceWith(...fold.querySelectorAll("ol > li"));
        }"""
    )  # as if the lines had come one by one, and the last of them while nobody was connected
    session = agent.page.locator(".chat").get_attribute("data-chat")
    ask(agent, "renewed", f"renewChat('{session}')")
    expect(fold).to_have_count(1)
    assert lines(agent) == before
    ids = agent.page.locator(".messages [id]").evaluate_all("all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))


def test_what_failed_is_sent_again_in_its_place(agent: Agent, server: DeskServer, customer: Customer) -> None:
    serve(agent, customer)
    page, sent, dialog = agent.page, agent.page.locator(".line-seat"), agent.page.get_by_role("dialog")
    fault(server, path="/cgi-bin/message/custom/send", errcode=45002)
    agent.say("您好[微笑]")
    expect(sent.locator(".delivery")).to_have_text("发送失败")
    expect(sent.locator(".failure")).to_contain_text("太长")
    expect(agent.rows.locator(".badge-danger")).to_have_text("发送失败")
    sent.get_by_role("button", name="重发").click()
    expect(sent).to_have_count(2)
    expect(sent.first).to_contain_text("已重发")
    expect(sent.last.locator(".delivery")).to_have_text("已送达微信")
    expect(agent.rows.locator(".badge-danger")).to_have_count(0)
    customer.hears("您好[微笑]")

    fault(server, path="/cgi-bin/message/custom/send", drop="after")
    agent.say("请稍等")
    expect(sent.last).to_contain_text("可能未送达")
    shot(page, "chat-failed")
    sent.last.focus()  # the same by keyboard: into the toolbar, and along it
    page.keyboard.press("Enter")
    expect(page.locator(".line-tools :focus")).to_have_attribute("data-act", "copy")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".line-tools :focus")).to_have_attribute("data-act", "resend")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("客户可能会收到两次")
    dialog.get_by_role("button", name="取消").click()
    expect(sent).to_have_count(3)
    sent.last.get_by_role("button", name="重发").click()
    dialog.get_by_role("button", name="仍要重发").click()
    expect(sent).to_have_count(4)
    customer.hears("您好[微笑]", "请稍等", "请稍等")


def test_what_came_of_an_answer_is_seen_beside_it_however_long_it_is(
    agent: Agent, server: DeskServer, customer: Customer
) -> None:
    serve(agent, customer)
    agent.say("您好，您的年费已经为您减免，将在三个工作日内退回原卡，请您届时留意短信通知。" * 3)
    fate, line = agent.page.locator(".line-seat .delivery"), box_of(agent.page.locator(".line-seat"))
    expect(fate).to_have_text("已送达微信")
    place, words = box_of(fate), box_of(agent.page.locator(".line-seat .bubble"))
    assert place["width"] >= 12
    assert line["x"] <= place["x"]
    assert place["x"] + place["width"] <= words["x"]
    assert words["width"] >= 300
    fault(server, path="/cgi-bin/message/custom/send", errcode=45002)
    agent.say("非常抱歉，您的年费已经为您减免，将在三个工作日内退回原卡，请您届时留意短信通知。")
    expect(agent.page.locator(".failure")).to_be_visible()
    assert box_of(agent.page.locator(".line-seat .bubble").last)["width"] >= 300


@pytest.fixture
def hasty(agent: Agent) -> Iterator[Agent]:
    """Somebody whose messages wait no longer, once the test is over."""
    yield agent
    ask(agent, "preferences", "keepPreference('undo_s', 0)")


def test_words_are_taken_back_while_they_are_ours(hasty: Agent, customer: Customer) -> None:
    agent = hasty
    serve(agent, customer)
    page, sent, dialog = agent.page, agent.page.locator(".line-seat"), agent.page.get_by_role("dialog")
    agent.say("您的卡已注销")
    expect(sent.locator(".delivery")).to_have_text("已送达微信")
    sent.locator(".bubble").hover()
    page.locator(".line-tools").get_by_role("button", name="撤回").click()
    expect(dialog).to_contain_text("来不及撤回了")
    dialog.get_by_label("10 秒").check()
    dialog.get_by_role("button", name="完成").click()

    agent.say("写错了")
    expect(sent.last.locator(".delivery")).to_contain_text("发送中 0:0")
    expect(page.locator(".chat-head")).to_contain_text("等待客户")
    shot(page, "chat-recall")
    agent.composer.focus()
    page.keyboard.press("Alt+z")
    expect(sent.last.locator(".delivery")).to_have_text("已撤回，客户没有收到")
    expect(agent.rows).to_contain_text("[已撤回]")
    customer.hears("您的卡已注销")

    sent.last.locator(".bubble").hover()
    page.locator(".line-tools").get_by_role("button", name="重新编辑").click()
    expect(agent.composer).to_have_value("写错了")
    agent.composer.fill("改好了")
    agent.composer.press("Enter")
    sent.last.get_by_role("button", name="撤回").click()
    expect(sent.last.locator(".delivery")).to_have_text("已撤回，客户没有收到")
    page.reload()
    expect(sent).to_have_count(3)
    expect(sent.last.locator(".delivery")).to_have_text("已撤回，客户没有收到")
    customer.hears("您的卡已注销")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_customers_send_is_right_whatever_it_is(
    agent: Agent, server: DeskServer, customer: Customer, lang: str
) -> None:
    serve(agent, customer, "见 https://example.com/a?b=1。[强]")
    page = agent.page
    page.goto(f"{server.url}/language?to={lang}&next=/desk")
    page.locator(".row-link").click()
    customer.act(type="location", latitude=39.908692, longitude=116.397477, label="天安门")
    customer.act(type="link", title="年费说明", description="一分钟看懂", url="https://example.com/fee")
    customer.act(
        type="raw", fields={"MsgType": "miniprogrampage", "Title": "查账单", "AppId": "wx1", "PagePath": "p/q"}
    )
    for act in (
        {"type": "click", "key": "BILL"},
        {"type": "scan", "scene": "branch-7"},
        {"type": "view", "url": "https://example.com/m"},
    ):
        customer.act(**act)
    for text in HOSTILE.values():
        customer.write(text)
    customer.is_heard()
    words = agent.said("customer")
    expect(words.last).to_have_text(HOSTILE["markup"])
    link = words.first.get_by_role("link")
    assert link.evaluate("a => [a.href, a.rel, a.target]") == [
        "https://example.com/a?b=1",
        "noopener noreferrer nofollow",
        "_blank",
    ]
    expect(words.first.get_by_role("img")).to_have_text("👍")
    place = page.locator(".bubble-location a")
    expect(place).to_have_attribute("href", re.compile(r"openstreetmap\.org/\?mlat=39\.9072.*mlon=116\.3912"))
    log = page.get_by_role("log")
    for said in ("查账单", "年费说明", "BILL", "branch-7"):
        expect(log).to_contain_text(said)
    if lang == "en":
        happened = page.locator(".happening").all_text_contents()
        assert not [
            each
            for each in happened
            if re.search("[\u4e00-\u9fff]", each.replace("号席", "").replace("信用卡咨询", ""))
        ]
    wide: int = log.evaluate("box => box.scrollWidth - box.clientWidth")
    assert wide <= 0
    rights = page.locator(".bubble").evaluate_all("all => all.map(each => each.getBoundingClientRect().right)")
    edge: float = log.evaluate("box => box.getBoundingClientRect().right")
    assert max(rights) <= edge
    shot(page, "chat-hostile")
    scroll(agent, -5000)
    page.wait_for_timeout(200)
    shot(page, "chat-holds")


def test_pictures_voices_and_videos_by_keyboard(agent: Agent, customer: Customer) -> None:
    serve(agent, customer)
    page, large = agent.page, agent.page.locator("#dialog-lightbox")
    customer.send_file("image", picture(400, 300), "a.png")
    customer.send_file("image", picture(2400, 1800, (160, 60, 60)), "b.png")
    customer.send_file("voice", voice("amr", 9), "v.amr")
    customer.send_file("video", video(640, 360), "v.mp4")
    shots = page.locator("[data-view]")
    expect(shots).to_have_count(3)
    expect(shots.last.locator("img")).to_have_js_property("naturalWidth", 440)

    shots.first.focus()
    page.keyboard.press("Enter")
    expect(large.locator("img")).to_have_js_property("naturalWidth", 400)
    page.keyboard.press("ArrowRight")
    expect(large.locator("img")).to_have_js_property("naturalWidth", 2400)
    small = box_of(large.locator("img"))
    page.keyboard.press("z")
    full = box_of(large.locator("img"))
    assert small["width"] < 1300 < full["width"] == 2400
    assert large.get_by_role("link", name="下载").get_attribute("href") == large.locator("img").get_attribute("src")
    page.keyboard.press("ArrowRight")
    expect(large.locator("video")).to_be_visible()
    expect(large).to_contain_text("3 / 3")
    shot(page, "chat-lightbox")
    page.keyboard.press("Escape")
    expect(shots.last).to_be_focused()

    audio, unheard = page.locator("[data-voice] audio"), page.locator(".voice-unheard")
    expect(unheard).to_be_visible()
    page.get_by_role("button", name="播放速度").click()
    page.get_by_role("button", name="播放语音").focus()
    page.keyboard.press("Enter")
    expect(unheard).to_be_hidden()
    expect(audio).to_have_js_property("playbackRate", 1.5)
    until(lambda: audio.evaluate("audio => audio.currentTime > 0.1"))
    page.keyboard.press("Tab")
    expect(page.get_by_label("播放位置")).to_be_focused()
    page.keyboard.press("End")
    until(lambda: audio.evaluate("audio => audio.currentTime > 8 || audio.ended || audio.paused"))
    page.reload()
    expect(page.get_by_role("button", name="播放速度 1.5×")).to_be_visible()
    expect(unheard).to_be_hidden()


def test_a_voice_plays_also_when_it_is_pressed_before_the_page_can(agent: Agent, customer: Customer) -> None:
    page = agent.page
    page.route("**/desk/voice.js*", lambda route: None)  # held up, until the route is taken away
    customer.send_file("voice", voice("amr", 3), "voice.amr")
    with page.expect_request("**/desk/voice.js*"):
        agent.accept()
        page.get_by_role("button", name="播放语音").click()
    page.unroute("**/desk/voice.js*")
    expect(page.locator("[data-voice]")).to_have_attribute("data-playing", "")


def test_a_line_that_comes_late_stands_where_the_ledger_has_it(agent: Agent, customer: Customer) -> None:
    customer.write("先说的")
    agent.accept()
    agent.page.evaluate(
        """async (main) => {
            const { place } = (await import(main)).$m.pieces;
            const late = document.querySelector(".line-customer").cloneNode(true);
            const messages = late.parentElement ?? document.querySelector(".messages");
            Object.assign(late.dataset, { into: messages.id, seq: Number(late.dataset.seq) - 1 });
            late.id = "line-late";
            late.querySelector(".words").textContent = "更早说的";
            place(late.outerHTML);
        }""",
        agent.page.evaluate(MAIN),
    )
    expect(agent.said("customer")).to_have_text(["更早说的", "先说的"])


def test_tools_that_come_late_leave_a_chat_that_has_gone_alone(agent: Agent, customer: Customer) -> None:
    page = agent.page
    late: list[Route] = []
    page.route("**/desk/line_tools.css*", lambda route: late.append(route))  # noqa: PLW0108 - playwright marks its handlers
    serve(agent, customer)
    agent.said("customer").hover()
    while not late:
        page.wait_for_timeout(50)
    page.evaluate(
        """() => {
            document.querySelector(".chat").remove();
            document.querySelector("link[href*=line_tools]").dispatchEvent(new Event("load"));
        }"""
    )
    late[0].continue_()
    page.wait_for_timeout(50)  # what goes wrong is a complaint


def test_a_line_is_copied_and_quoted_by_keyboard(agent: Agent, customer: Customer) -> None:
    serve(agent, customer, "第一句[微笑]", "第二句")
    page, tools = agent.page, agent.page.locator(".line-tools")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    agent.said("customer").last.hover()
    expect(tools).to_be_visible()
    page.mouse.move(0, 0)  # where the pointer is, the tools go when the chat moves under it
    expect(tools).to_be_hidden()
    agent.composer.focus()
    page.keyboard.press("ArrowUp")  # from where nothing is written
    expect(page.locator(".line:focus")).to_contain_text("第二句")
    page.keyboard.press("Escape")
    expect(agent.composer).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".line:focus")).to_contain_text("第一句")
    expect(tools).to_be_visible()
    page.keyboard.press("Enter")
    expect(tools.locator(":focus")).to_have_attribute("data-act", "copy")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == "第一句[微笑]"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(agent.composer).to_have_value("「第一句[微笑]」\n")
    expect(agent.composer).to_be_focused()
    expect(tools).to_be_hidden()
    customer.write("第三句")
    expect(page.locator('[data-part="heard"]')).to_contain_text("客户")
    expect(page.locator('[data-part="heard"]')).to_contain_text("第三句")
