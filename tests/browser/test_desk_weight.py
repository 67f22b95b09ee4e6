"""What the desk page makes a browser load, byte by byte, and whether styles survive being served without spaces."""

from pathlib import Path

from playwright.sync_api import Browser, Page, Response, expect

from desk.bundles import is_bundle
from desk.minified import is_minified, minified, whole
from desk.templating import STATIC
from tests.browser.desks import Customer, DeskServer, agents

AT_LOAD_MAX = 150_000
"""JS and CSS, uncompressed, htmx and all."""


def test_the_desk_loads_no_more_than_150_kb_of_scripts_and_styles(
    browser: Browser, server: DeskServer, customer: Customer
) -> None:
    with agents(browser, server.url, "agent9") as (agent,):
        customer.write("你好")
        agent.accept()
        desk = agent.page.url
        agent.page.goto("about:blank")  # so that nothing is on its way any more
        answers: list[Response] = []

        def keep(answer: Response) -> None:  # playwright marks its handlers, which no method of a list can bear
            answers.append(answer)

        agent.page.on("response", keep)
        agent.page.goto(desk, wait_until="commit")
        expect(agent.page.locator("#connection")).to_have_attribute("data-state", "open")
        code = [
            each for each in answers if each.url.endswith((".js", ".css"))
        ]  # what follows, follows a use or a while
        agent.page.remove_listener("response", keep)
        at_load = {each.url.split("/", 5)[-1]: len(each.body()) for each in code}
    main_style = whole(STATIC / "desk" / "main.css")
    later = {
        str(file.relative_to(STATIC)): len(minified(file))
        for file in (STATIC / "desk").rglob("*.*")
        if (file.suffix == ".css" and file.read_text() not in main_style) or is_bundle(file)
        if str(file.relative_to(STATIC)) not in at_load
    }
    print(f"at load {sum(at_load.values())}, on first use {sum(later.values())}: {sorted(later)}")
    assert at_load.keys() >= {"vendor/htmx.min.js", "desk/main.js", "base.css", "desk/main.css"}
    assert sum(at_load.values()) <= AT_LOAD_MAX, dict(sorted(at_load.items(), key=lambda each: -each[1]))


def test_styles_say_the_same_without_their_spaces(browser: Browser) -> None:
    page = browser.new_page()
    for file in sorted(path for path in STATIC.rglob("*.css") if is_minified(path)):
        assert _rules(page, minified(file).decode()) == _rules(page, whole(file)), Path(file).name
    page.close()


def _rules(page: Page, css: str) -> list[str]:
    """The rules as the browser understands them; spaces in the values of custom properties are the writer's own."""
    rules: list[str] = page.evaluate(
        """css => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(css);
            return [...sheet.cssRules].map(rule => rule.cssText.replace(/\\s+/g, " ").replace(/ ?([,:]) ?/g, "$1"));
        }""",
        css,
    )
    return rules
