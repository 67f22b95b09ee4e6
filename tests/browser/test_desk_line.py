"""The desk's line to the hub: what happens to words and to the page when it breaks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desks import DeskServer, agents

PATIENT_MS = 30_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    server = DeskServer(tmp_path_factory.mktemp("desk")).start()
    yield server
    server.stop()


def test_what_is_written_while_the_desk_is_dead_is_sent_once_when_it_lives(
    browser: Browser, server: DeskServer
) -> None:
    customer = server.customer(0)
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("在吗")
        agent.accept()
        agent.say("在的")
        expect(agent.page.locator(".delivery-good")).to_have_count(1)
        server.kill()
        agent.say("断线时写的第一条")
        agent.say("断线时写的第二条")
        agent.composer.fill("还没写完")
        expect(agent.page.locator("#reconnect")).to_have_text("连接已断开，正在重连… 有 2 条消息待发送")
        expect(agent.outgoing).to_have_count(2)
        server.start()
        customer.write("还在吗")
        expect(agent.page.locator("#connection")).to_have_text("已连接", timeout=PATIENT_MS)
        expect(agent.said("seat")).to_have_text(["在的", "断线时写的第一条", "断线时写的第二条"])
        expect(agent.said("customer")).to_have_text(["在吗", "还在吗"])
        expect(agent.outgoing).to_have_count(0)
        expect(agent.page.locator("#reconnect")).to_be_hidden()
        expect(agent.composer).to_have_value("还没写完")
        agent.page.reload()
        expect(agent.said("seat")).to_have_text(["在的", "断线时写的第一条", "断线时写的第二条"])
        agent.composer.fill("")


def test_a_browser_that_missed_too_much_begins_anew_without_a_reload(browser: Browser, server: DeskServer) -> None:
    customer = server.customer(1)
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        agent.composer.fill("草稿")
        agent.page.evaluate("window.notReloaded = true")
        # As the page would after a night away: it remembers a place that the ledger has forgotten.
        agent.page.evaluate(
            """() => {
                const Real = WebSocket;
                window.WebSocket = function (url, protocol) {
                    return new Real(url.replace(/after=\\d+/, "after=1"), protocol);
                };
                Object.assign(window.WebSocket, {OPEN: 1, CLOSED: 3});
            }"""
        )
        server.stop()
        server.start()
        expect(agent.page.locator("#connection")).to_have_text("已连接", timeout=PATIENT_MS)
        expect(agent.said("customer")).to_have_text(["你好"])
        customer.write("还在吗")
        expect(agent.said("customer")).to_have_text(["你好", "还在吗"])
        expect(agent.rows).to_have_count(1)
        expect(agent.composer).to_have_value("草稿")
        assert agent.page.evaluate("window.notReloaded")
        agent.composer.fill("")


def test_who_signs_out_in_one_tab_is_shown_the_door_in_the_other(browser: Browser, server: DeskServer) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        agent.leave()
        other = agent.page.context.new_page()
        other.goto(f"{server.url}/desk")
        other.locator(".rail-me summary").click()
        other.get_by_role("button", name="退出登录").click()
        other.wait_for_url("**/sign-in*")
        agent.page.wait_for_url("**/sign-in?next=*", timeout=PATIENT_MS)
        agent.complaints.clear()  # the browser remarks that it was refused
        agent.sign_in(server.url)


def test_two_tabs_of_one_agent_show_the_same(browser: Browser, server: DeskServer) -> None:
    customer = server.customer(2)
    with agents(browser, server.url, "agent9") as (agent,):
        other = agent.page.context.new_page()
        other.goto(f"{server.url}/desk")
        customer.write("你好")
        agent.accept()
        expect(other.locator(".ring")).to_have_count(0)
        other.locator(".row-link").click()
        agent.say("您好")
        expect(other.locator(".line-seat .words")).to_have_text("您好")
