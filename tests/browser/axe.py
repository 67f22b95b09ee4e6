"""What axe finds on a page that keeps somebody out: every rule of WCAG 2.2 A and AA that a program can check."""

from importlib.resources import files

from playwright.sync_api import Frame, Page

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}
MORE = {"label-content-name-mismatch": {"enabled": True}}
"""Who says what they see is understood (2.5.3): axe still calls the rule an experiment, and asks it only if told to."""
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
_RUN = """async ([within, runOnly, rules]) => {
    for (const each of document.getAnimations()) each.finish(); // what still moves has no colour yet
    const {violations} = await axe.run(within, {runOnly, rules, resultTypes: ["violations"], iframes: false});
    return violations.flatMap(({id, help, nodes}) => nodes.map(({target, html, any}) =>
        `${id}: ${help}: ${target} ${html.slice(0, 120)} ${any[0]?.message ?? ""}`));
}"""


def barriers(page: Page | Frame, within: str = "html") -> list[str]:
    """What keeps somebody out of the page as it is now, or of this part of it; empty where nothing does.

    In light by every rule; in dark, where nothing but the colours is different, by the one of colours. Without its
    frames, which are pages of their own.
    """
    found = barriers_in_light(page, within)
    window = page if isinstance(page, Page) else page.page
    window.emulate_media(color_scheme="dark")
    found += [f"in dark: {each}" for each in page.evaluate(_RUN, [within, COLOURS, {}])]
    window.emulate_media(color_scheme="light")
    return found


def barriers_in_light(page: Page | Frame, within: str = "html") -> list[str]:
    """The same of a page whose colours others have as well."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN, [within, WCAG, MORE])
    return found
