"""Nobody is kept out: no page has a barrier that axe knows. In Chinese it is looked at in light, in English in dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import barriers
from tests.browser.desks import PATIENCE_MS, Agent, Customer, DeskServer
from tests.browser.test_admin import PAGES as ADMIN_PAGES
from tests.recordings import picture, voice


@pytest.fixture(params=[("zh-CN", "light"), ("en", "dark")], ids="-".join)
def page(request: pytest.FixtureRequest, browser: Browser, server: DeskServer) -> Iterator[Page]:
    lang, scheme = request.param
    context = browser.new_context(
        base_url=server.url,
        locale=lang,
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": 1280, "height": 720},
        permissions=["microphone"],
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def sign_in(page: Page, user: str, to: str) -> None:
    page.goto(f"/sign-in?next={to}")
    page.fill("[name=username]", user)
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{to}")


def test_the_desk_and_each_of_its_dialogs(page: Page, server: DeskServer) -> None:
    found: dict[str, list[str]] = {}
    page.goto("/sign-in")
    found["sign-in"] = barriers(page)
    sign_in(page, "agent9", "/desk")
    expect(page.locator("#connection")).to_have_attribute("data-state", "open")
    found["desk, not at work"] = barriers(page)
    page.locator('[data-do="sign_in_seat"]').click()
    page.locator(".presence-menu").wait_for()
    found["desk, empty"] = barriers(page)
    agent = Agent(page, "agent9")
    try:
        _make_busy(agent, server)
        found["desk, busy and ringing"] = barriers(page)
        page.locator('[data-view="image"]').first.click()
        page.locator("dialog[open] img").wait_for()
        found["lightbox"] = barriers(page)
        page.keyboard.press("Escape")
        agent.accept()
        for name in ("transfer", "consult", "promise", "why", "voice", "keys"):
            page.locator(f'[data-dialog="{name}"]').first.click()
            page.locator("dialog[open]").wait_for()
            found[f"dialog {name}"] = barriers(page)
            page.keyboard.press("Escape")
        for dialog in ("dialog-hang-up", "dialog-image"):
            page.evaluate("name => document.getElementById(name).showModal()", dialog)
            found[dialog] = barriers(page)
            page.keyboard.press("Escape")
        page.evaluate(
            "document.getElementById('reconnect').hidden = document.getElementById('new-version').hidden = false"
        )
        found["desk, cut off"] = barriers(page)
        session = page.locator(".row-item").first.get_attribute("data-session")
        page.locator('.chat-head [data-do="hang_up"]').click()
        page.locator("#dialog-hang-up[open] [data-confirm]").click()
        page.locator(".wrap-up").wait_for()
        found["wrap-up"] = barriers(page)
        page.goto(f"/sessions/{session}")
        found["transcript"] = barriers(page)
        page.goto(f"/sessions/{session}/why")
        found["why"] = barriers(page)
        page.goto("/nowhere")
        found["error"] = barriers(page)
    finally:
        agent.leave()
    assert {name: each for name, each in found.items() if each} == {}


def test_the_settings_and_the_phone(page: Page) -> None:
    found: dict[str, list[str]] = {}
    sign_in(page, "admin", "/admin")
    for address in ADMIN_PAGES:
        page.goto(address)
        found[address] = barriers(page)
    page.goto("/sim/phone")
    page.wait_for_load_state("networkidle")
    found["phone"] = barriers(page)
    assert {name: each for name, each in found.items() if each} == {}


def _make_busy(agent: Agent, server: DeskServer) -> None:
    """A chat with everything in it, a note, and another customer who rings."""
    customer: Customer = server.new_customer()
    customer.write("有一笔消费我不认识，见 https://example.com/a")
    agent.accept()
    agent.say("您好，请稍等")
    customer.send_file("image", picture(64, 48), "bill.png")
    customer.send_file("voice", voice("amr", 2), "voice.amr")
    agent.page.keyboard.press("Alt+p")
    agent.say("客户着急")
    expect(agent.page.locator(".line-note")).to_have_count(1)
    expect(agent.page.locator("[data-voice]")).to_have_count(1)
    customer.write("在吗")
    expect(agent.said("customer")).to_have_count(2)
    server.new_customer().write("还在吗")
    expect(agent.rings).to_have_count(1, timeout=PATIENCE_MS)
