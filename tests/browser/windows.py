"""Browser windows that outlive a test: a page opens in a warm one at half of what it costs in a new one.

Whoever comes next finds nothing of what was: no cookie, no route, nothing stored, the pointer in the corner. Only what
a browser learns by use is still there: its cache of files and of compiled scripts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize

_QUIET = "/healthz"
_FORGET = """async () => {
    localStorage.clear();
    sessionStorage.clear();
    for (const {name} of await indexedDB.databases())
        await new Promise((gone) => (indexedDB.deleteDatabase(name).onsuccess = gone));
}"""
_PERMITTED = ["microphone"]
_free: dict[tuple[Browser, str, str | None], list[Page]] = {}
_spent: set[Page] = set()


@contextmanager
def window(
    browser: Browser, url: str, lang: str, width: int = 1280, height: int = 720, *, base_url: str | None = None
) -> Iterator[Page]:
    """A window for the pages of this server, whose browser speaks this language; closed for good if the test fails.

    With a `base_url` it is kept for that one server.
    """
    free = _free.setdefault((browser, lang, base_url), [])
    page = free.pop() if free else browser.new_context(locale=lang, base_url=base_url).new_page()
    page.context.grant_permissions(_PERMITTED)
    size = ViewportSize(width=width, height=height)
    if page.viewport_size != size:
        page.set_viewport_size(size)
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


@contextmanager
def uncomplaining(page: Page, is_complaint: Callable[[ConsoleMessage], bool]) -> Iterator[None]:
    """Fails for an error on the page, and for what the console says if it counts as a complaint."""
    complaints: list[str] = []

    def hear_error(error: Error) -> None:
        complaints.append(str(error))

    def hear(said: ConsoleMessage) -> None:
        if is_complaint(said):
            complaints.append(said.text)

    page.on("pageerror", hear_error)
    page.on("console", hear)
    yield
    page.remove_listener("pageerror", hear_error)
    page.remove_listener("console", hear)
    assert complaints == []


def is_forbidden(said: ConsoleMessage) -> bool:
    """Something that the page's policy does not let it do."""
    return "Policy" in said.text


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
    if page.url != url + _QUIET:
        leave_for_quiet(page, url)
    page.evaluate(_FORGET)
    page.mouse.move(0, 0)
    page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
    context.clear_cookies()
    context.clear_permissions()
