"""Nobody is kept out: no page has a barrier that axe knows, in light or in dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import barriers, barriers_in_light
from tests.browser.desks import PATIENCE_MS, Agent, Customer, DeskServer, at_each_size, let_in, overflow
from tests.browser.test_admin import PAGES as ADMIN_PAGES
from tests.browser.windows import window
from tests.recordings import picture, voice

MORE_PAGES = ("/admin/customers", "/admin/knowledge", "/admin/knowledge/new", "/admin/replies", "/admin/replies/new")
DARK = (
    "/admin/groups/security_desk",
    "/admin/seats",
    "/admin/flows/cards",
    "/admin/rules",
    "/admin/history/1",
    "/admin/replies",
)
"""Of the settings, those that are looked at in dark as well."""
OPEN = "dialog[open]"
COMPOSER = "form.composer"
CUSTOMER = ".context"
OPENED_BY_KEY = {
    "command bar": ("Control+k", "", OPEN, "#command-list [role=option]"),
    "canned replies": ("Alt+l", "/hk", COMPOSER, ".picker [role=option]"),
    "no canned reply": ("Alt+l", "/vvv", COMPOSER, ".picker [role=status]"),
    "emoji": ("Alt+g", "", ":popover-open", ".emoji-list [role=option]"),
    "colleagues": ("Alt+p", "@", ":popover-open", "#mention-list [role=option]"),
}
"""What a key opens, the words written there, where that is, and what is seen of it then."""


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, server: DeskServer) -> Iterator[Page]:
    """A page on which nothing moves without end. In Chinese, if its test does not say otherwise."""
    with window(browser, server.url, getattr(request, "param", "zh-CN"), base_url=server.url) as page:
        page.set_default_timeout(PATIENCE_MS)
        page.emulate_media(reduced_motion="reduce")
        yield page


def visited(page: Page, address: str) -> list[str]:
    """What keeps somebody out of the page at this address, which must be there: an error page has no barriers.

    Of a long table the first rows stand for all: axe takes as long for each of a hundred. And in dark a few pages stand
    for those of their kind.
    """
    answer = page.goto(address)
    assert answer, address
    assert answer.ok, address
    page.evaluate("document.querySelectorAll('tbody tr:nth-child(n + 7)').forEach(row => row.remove())")
    return barriers(page) if address in DARK or not address.startswith("/admin") else barriers_in_light(page)


def test_the_desk_and_each_of_its_dialogs(page: Page, server: DeskServer) -> None:
    found: dict[str, list[str]] = {}
    page.goto("/sign-in")
    found["sign-in"] = barriers(page)
    let_in(page, server.url, "agent9", "/desk")
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
        page.locator(f"{OPEN} img").wait_for()
        found["lightbox"] = barriers(page, OPEN)
        page.keyboard.press("Escape")
        agent.accept()
        found |= _opened(agent)
        for dialog in ("dialog-hang-up", "dialog-image"):
            page.evaluate("name => document.getElementById(name).showModal()", dialog)
            found[dialog] = barriers(page, OPEN)
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
        for address in (f"/sessions/{session}", f"/desk/sessions/{session}/why", "/replies"):
            found[address] = visited(page, address)
        page.goto("/nowhere")
        found["error"] = barriers(page)
    finally:
        agent.leave()
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize("page", ["en-GB"], indirect=True)
def test_the_settings_and_the_phone(page: Page, server: DeskServer) -> None:
    found: dict[str, list[str]] = {}
    let_in(page, server.url, "admin", "/admin")
    for address in (*ADMIN_PAGES, *MORE_PAGES):
        found[address] = visited(page, address)
        for _ in at_each_size(page):
            assert overflow(page, "html") == 0, address
    page.goto("/sim/phone")
    page.wait_for_load_state("networkidle")
    page.locator('[data-part="text"]').first.fill("菜单")  # to which no person answers
    page.keyboard.press("Enter")
    page.locator(".line-user").first.wait_for()
    found["phone"] = barriers(page)
    assert {name: each for name, each in found.items() if each} == {}


def test_the_chat_of_another_site(page: Page) -> None:
    found: dict[str, list[str]] = {}
    page.goto("/webchat/demo/web")
    page.locator("[id^=desk-webchat] button").click()
    page.frame_locator("iframe").locator(".welcome").wait_for()
    found["site"] = barriers(page)
    chat = page.frames[-1]
    found["chat, empty"] = barriers(chat)
    chat.locator("#file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"})
    chat.locator("#text").fill("菜单")  # what answers is no person, so that nobody has to
    chat.locator("#text").press("Enter")
    chat.locator(".is-failed").wait_for()
    chat.locator(".line:not(.welcome):not(.by-visitor) .bubble").first.wait_for()
    found["chat"] = barriers(chat)
    assert {name: each for name, each in found.items() if each} == {}


def _opened(agent: Agent) -> dict[str, list[str]]:
    """What keeps somebody out of what opens at the desk while one works."""
    page, found = agent.page, dict[str, list[str]]()
    agent.composer.fill("海外分行地址：新加坡罗宾逊路 1 号")  # something to keep as a reply
    for name in ("transfer", "consult", "promise", "why", "voice", "keys", "reminders", "keep_reply"):
        page.locator(f'[data-dialog="{name}"]').first.click()
        page.locator(OPEN).wait_for()
        found[f"dialog {name}"] = barriers(page, OPEN)
        page.keyboard.press("Escape")
        expect(page.locator(OPEN)).to_have_count(0)
    agent.composer.fill("")
    for name, (key, words, place, seen) in OPENED_BY_KEY.items():
        page.keyboard.press(key)
        page.keyboard.type(words)
        page.locator(seen).first.wait_for()
        found[name] = barriers(page, place)
        page.keyboard.press("Escape")
        agent.composer.fill("")
    page.keyboard.press("Alt+b")
    page.keyboard.type("逾期征信")
    page.locator('[data-dialog="article"]').first.wait_for()
    found["knowledge"] = barriers(page, CUSTOMER)
    page.locator('[data-dialog="article"]').first.click()
    page.locator(OPEN).wait_for()
    found["dialog article"] = barriers(page, OPEN)
    page.keyboard.press("Escape")
    page.locator('[data-dialog="search"]').click()
    page.locator("#dialog-search input").fill("消费")
    page.locator("#search-found a").first.wait_for()
    found["search"] = barriers(page, OPEN)
    page.keyboard.press("Escape")
    page.locator(".presence-menu summary").click()
    page.locator('[data-do="sign_out_seat"]').click()
    page.locator(f"{OPEN} .hand-over").wait_for()
    found["dialog hand over"] = barriers(page, OPEN)
    page.keyboard.press("Escape")
    phone = page.locator(f'{CUSTOMER} input[name="phone"]')
    phone.fill("call me")
    phone.press("Enter")
    page.locator(".kept [data-state=wrong]").wait_for()
    found["customer, refused"] = barriers(page, CUSTOMER)
    return found


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
