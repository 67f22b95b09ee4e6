"""What axe finds on a page that keeps somebody out: every rule of WCAG 2.2 A and AA that a program can check."""

from importlib.resources import files

from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
_RUN = """async tags => {
    await Promise.allSettled(document.getAnimations().map(each => each.finished));
    const {violations} = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
    return violations.flatMap(({id, help, nodes}) => nodes.map(({target, html, any}) =>
        `${id}: ${help}: ${target} ${html.slice(0, 120)} ${any[0]?.message ?? ""}`));
}"""


def barriers(page: Page) -> list[str]:
    """What keeps somebody out of the page as it is now; empty where nothing does."""
    page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN, TAGS)
    return found
