"""Browser windows that outlive a test: a page opens in a warm one at half of what it costs in a new one.

Whoever comes next finds nothing of what was: no cookie, no route, nothing stored, the pointer in the corner. Only what
a browser learns by use is still there: its cache of files and of compiled scripts.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, ViewportSize

_QUIET = "/healthz"
_FORGET = """async () => {
    localStorage.clear();
    sessionStorage.clear();
    for (const {name} of await indexedDB.databases())
        await new Promise((gone) => (indexedDB.deleteDatabase(name).onsuccess = gone));
}"""
_PERMITTED = ["microphone"]
_free: dict[tuple[Browser, str, str], list[Page]] = {}
_spent: set[Page] = set()


@contextmanager
def window(browser: Browser, url: str, lang: str, width: int = 1280, height: int = 720) -> Iterator[Page]:
    """A window for the pages of this server, whose browser speaks this language; closed for good if the test fails."""
    free = _free.setdefault((browser, url, lang), [])
    page = free.pop() if free else browser.new_context(base_url=url, locale=lang).new_page()
    page.context.grant_permissions(_PERMITTED)
    page.set_viewport_size(ViewportSize(width=width, height=height))
    kept = False
    try:
        yield page
        _vacate(page, url)
        kept = page not in _spent
    finally:
        if kept:
            free.append(page)
        else:
            _spent.discard(page)
            page.context.close()


def leave_for_quiet(page: Page, url: str) -> None:
    """Goes from whatever page there is to one that asks for nothing."""
    page.goto(url + _QUIET, wait_until="commit")


def before_every_page(page: Page, script: str) -> None:
    """Runs this before the scripts of each page to come. No browser takes that back: the window serves nobody after."""
    _spent.add(page)
    page.add_init_script(script)


def _vacate(page: Page, url: str) -> None:
    context = page.context
    for other in context.pages[1:]:
        other.close()
    page.unroute_all()
    leave_for_quiet(page, url)
    page.evaluate(_FORGET)
    page.mouse.move(0, 0)
    context.clear_cookies()
    context.clear_permissions()
