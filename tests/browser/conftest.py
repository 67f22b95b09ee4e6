"""One browser and one whole desk for every browser test of a worker.

Starting them costs more than most tests do. So each test works with customers of its own and leaves the desk as it
found it: nobody signed in, nothing waiting. A module that kills or reconfigures the desk has a `server` of its own.
"""

from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, sync_playwright

from tests.browser.desks import Customer, DeskServer, launched


# Not of the whole session: while playwright is up, no test can have an event loop on this thread.
@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright, chromium_path)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def portal() -> Iterator[BlockingPortal]:
    """An event loop on a thread of its own, for what is asynchronous in a browser test."""
    with start_blocking_portal("asyncio", {"use_uvloop": True}) as portal:
        yield portal


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """The whole demo, to be left empty."""
    server = DeskServer(tmp_path_factory.mktemp("desk")).start()
    yield server
    server.stop()


@pytest.fixture
def customer(server: DeskServer) -> Customer:
    """Somebody whom the desk has never met. Who needs more asks `server.new_customer()`."""
    return server.new_customer()


@pytest.fixture(autouse=True)
def left_empty(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test that leaves something behind, and not the next one, at whose seat it would ring."""
    if "server" not in request.fixturenames:
        yield
        return
    server: DeskServer = request.getfixturevalue("server")
    yield
    left = server.left_behind()
    if left:
        server.begin_anew()
    assert left == [], "the test left this behind"
