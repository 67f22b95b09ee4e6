"""The whole desk as people start it, `desk up --demo`, with agents at browsers and customers at simulated phones.

Everything is the real part: processes, Redis, SQL, the gateway and WeChat's protocol. Each test works with customers
of its own and leaves its seats empty, so that one server serves them all (see conftest.py).
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    FileChooser,
    FilePayload,
    FloatRect,
    Locator,
    Page,
    Playwright,
)
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from desk.auth import SESSION_COOKIE
from desk.bench.chromium import ARGUMENTS
from desk.bench.site import free_port
from tests.browser.windows import is_forbidden, leave_for_quiet, uncomplaining, window
from tests.databases import seed_folder
from tests.http_clients import http_client_of_a_thread

SCREENSHOTS = os.environ.get("DESK_SCREENSHOTS")
"""The folder in which `shot` keeps what the pages looked like; without one it takes no pictures."""
# A microphone that hums, and nobody to ask for it.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# A new frame for each document costs a third of a page. The others are what playwright turns off and our pages could
# feel: Chromium heeds the last such list alone.
NOT = ("RenderDocument", "PaintHolding", "HttpsUpgrades", "ThirdPartyStoragePartitioning", "OptimizationHints")
_PASSES: dict[tuple[str, str], str] = {}
"""The token that lets a person in, by server and name: to sign in costs a page and a slow hash."""
_names = itertools.count(1)
"""No two commands of a person have one name: the second would be taken for the first, said again."""
MAIN = """document.querySelector('script[src$="/desk/main.js"]').src"""
"""The script of the desk page, for what a test asks of its modules."""
HTTP = http_client_of_a_thread()
"""For all that is asked beside the browser."""
READY_WITHIN_S = 30
_CLOSING: tuple[dict[str, str], ...] = ({"do": "hang_up"}, {"do": "wrap_up", "disposition": "其他"})
PATIENCE_MS = 10_000


class DeskServer:
    """`desk up --demo` with data of its own; to be killed and started again on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._supervisor = ""

    def start(self) -> "DeskServer":
        """Starts it; returns when it can serve."""
        if not any(self.folder.iterdir()):
            seed_folder(self.folder)
        environment = {**os.environ, "DESK_VAR": str(self.folder), "PORT": str(self.port), "LOG_FORMAT": "text"}
        for name in ("REDIS_URL", "DATABASE_URL", "WECHAT_API_BASE", "PUBLIC_URL"):
            environment.pop(name, None)
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "desk.cli", "up", "--demo"]
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + READY_WITHIN_S
        while not self._serves():
            assert self._process.poll() is None, self.last_words()
            assert time.monotonic() < until, self.last_words()
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """For a while it answers nobody."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def begin_anew(self) -> None:
        """Starts it again with nothing of what was."""
        self.kill()
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self._supervisor = ""
        self.start()

    def left_behind(self) -> list[str]:
        """Who is still at a seat, and what still waits, rings or lies at one; nothing of a server that is down."""
        if self._process is None:
            return []
        self._supervisor = self._supervisor or self._cookie("supervisor")
        with hub(self.url, self._supervisor) as socket:
            seen = json.loads(socket.recv(timeout=10))["snapshot"]
        seats = [each for each in seen["seats"] if each["presence"] != "offline" or each["load"] or each["parked"]]
        return [
            *(f"{each['seat']}: {each['presence']}, {each['load']} + {each['parked']} parked" for each in seats),
            *(f"waiting: {each['customer']}" for each in seen["queue"]),
        ]

    def last_words(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def new_customer(self) -> "Customer":
        """Somebody new, who follows the account."""
        answer = HTTP.post(f"{self.url}/sim/control/accounts/demo/users", json={})
        return Customer(self, answer.json()["openid"])

    def customer(self, number: int) -> "Customer":
        """One of the demo's customers."""
        users = HTTP.get(f"{self.url}/sim/control/accounts/demo/users?limit=50").json()["users"]
        return Customer(self, users[number]["openid"])

    def _cookie(self, user: str) -> str:
        """What a browser would send, once this person has signed in."""
        answer = HTTP.post(f"{self.url}/sign-in", data={"username": user, "password": "demo"})
        HTTP.cookies.clear()  # what it says goes into no jar
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    def _serves(self) -> bool:
        try:
            return HTTP.get(f"{self.url}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(20)
        self._process = None


class Customer:
    """Somebody with WeChat on their phone."""

    def __init__(self, server: DeskServer, openid: str) -> None:
        self._address = f"{server.url}/sim/control/accounts/demo/users/{openid}"
        self.openid = openid
        self.name = f"客户 {openid[-6:]}"

    def write(self, text: str) -> None:
        self.act(type="text", content=text)

    def act(self, **what: Any) -> None:
        _fine(HTTP.post(f"{self._address}/acts", json=what))

    def is_heard(self) -> None:
        """Waits until the desk has taken all that was written; the phone tells nobody when a message arrives."""
        pushes = f"{self._address.partition('/accounts/')[0]}/pushes"
        until(lambda: HTTP.get(pushes).json()["pending"] == 0, lambda: "some pushes are still under way")

    def send_file(self, kind: str, body: bytes, filename: str) -> None:
        _fine(HTTP.post(f"{self._address}/files?kind={kind}&filename={filename}", content=body))

    def received(self) -> list[dict[str, Any]]:
        """What the account sent, as it came over WeChat's API, oldest first."""
        messages = HTTP.get(f"{self._address}/received").json()["messages"]
        return [message["payload"] for message in messages]

    def sees_typing(self) -> bool:
        """Whether the head of the chat says that somebody is typing."""
        users = HTTP.get(f"{self._address.rsplit('/', 1)[0]}?limit=1000").json()["users"]
        (me,) = (each for each in users if each["openid"] == self.openid)
        return bool(me["typing_until"] > time.time() * 1000)

    def hears(self, *texts: str) -> None:
        """Waits until the phone shows exactly these texts."""
        until(lambda: self._heard() == list(texts), self._heard)

    def _heard(self) -> list[str]:
        return [each["text"]["content"] for each in self.received() if "text" in each]


class Agent:
    """A person at their seat: a page, and the words to find things on it."""

    def __init__(self, page: Page, seat: str) -> None:
        self.page = page
        self.seat = seat
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", self._hear_error)
        page.on("console", self._hear)
        self.rows = page.locator('.row-item[id^="row-"]')
        self.rings = page.locator(".ring")
        self.composer = page.locator(".composer-text")
        self.outgoing = page.locator(".outgoing-item")

    def sign_in(self, url: str) -> "Agent":
        self.open_desk(url)
        self.page.locator('[data-do="sign_in_seat"]').click()
        self.page.locator('.presence[data-presence="available"]').wait_for()
        return self

    def open_desk(self, url: str) -> None:
        """Signs in as a person, and leaves the seat as it is."""
        let_in(self.page, url, self.seat, "/desk")
        self.page.locator('#connection[data-state="open"]').wait_for(state="attached")

    def accept(self) -> None:
        """Answers what rings, and has the chat before them.

        Here and where a desk opens, no `expect` waits: it describes the whole page at each attempt.
        """
        session = self.page.locator('.ring:has([data-do="accept"])').first.get_attribute("data-session")
        self.page.keyboard.press("Alt+a")
        self.page.locator(f'[data-chat="{session}"] .composer-text:focus').wait_for()

    def say(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def said(self, side: str) -> Locator:
        """The words of the customer's or the seat's bubbles."""
        return self.page.locator(f".line-{side} .words")

    def act(self, name: str) -> None:
        """Presses the button of this name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def ask(self, *commands: dict[str, str]) -> list[dict[str, Any]]:
        """Tells the hub directly, as this person; answers the replies."""
        with self._hub() as socket:
            return [_replied(socket, command) for command in commands]

    def leave(self) -> None:
        """Ends everything at the seat, so that nothing of this test rings at another's."""
        with self._hub() as socket:
            sessions = [each["session"] for each in json.loads(socket.recv(timeout=10))["snapshot"]["sessions"]]
            verbs = ({"do": "accept"}, *_CLOSING)
            steps = [{**verb, "session": session} for session in sessions for verb in verbs]
            for command in [*steps, {"do": "sign_out_seat"}]:
                _replied(socket, command)

    def waits_for_archive(self, session: str, words: str) -> None:
        """Waits until these words of the session are in SQL: what reads them there does not ask again by itself."""
        record = urljoin(self.page.url, f"/sessions/{session}")
        until(lambda: words in self.page.request.get(record).text())

    def close(self, session: str) -> None:
        """Hangs up and wraps up, without the page."""
        self.ask(*({**step, "session": session} for step in _CLOSING))

    def hear_no_more(self) -> None:
        """The window is about to be somebody else's."""
        self.page.remove_listener("pageerror", self._hear_error)
        self.page.remove_listener("console", self._hear)

    def _hub(self) -> AbstractContextManager[ClientConnection]:
        cookies = "; ".join(f"{each['name']}={each['value']}" for each in self.page.context.cookies())
        return hub("/".join(self.page.url.split("/")[:3]), cookies)

    def _hear_error(self, error: Error) -> None:
        self.complaints.append(error.stack or str(error))

    def _hear(self, said: ConsoleMessage) -> None:
        # A desk that dies, dies also in the middle of an answer.
        died = "ERR_CONNECTION" in said.text or "ERR_CONTENT_LENGTH_MISMATCH" in said.text
        # What goes into a line that is closing goes again into the next one.
        closing = "WebSocket is already in CLOSING or CLOSED state" in said.text
        if said.type in {"error", "warning"} and not died and not closing:
            self.complaints.append(f"{said.text} {said.location.get('url', '')}")


@contextmanager
def agents(
    browser: Browser, url: str, *seats: str, lang: str = "zh-CN", width: int = 1280, height: int = 720
) -> Iterator[list[Agent]]:
    """These people at their desks; fails for whatever a browser's console complains about."""
    with ExitStack() as stack:
        yield [stack.enter_context(_at_the_desk(browser, url, seat, lang, width, height)) for seat in seats]


@contextmanager
def visiting(browser: Browser, url: str, user: str, to: str, lang: str = "zh-CN") -> Iterator[Page]:
    """This person at any page but the desk; fails for an error there, and for what the policy forbids."""
    with window(browser, url, lang, base_url=url) as page, uncomplaining(page, is_forbidden):
        page.set_default_timeout(PATIENCE_MS)
        let_in(page, url, user, to)
        yield page


def let_in(page: Page, url: str, user: str, to: str) -> None:
    """Has this person signed in, and this page before them. What let them in before does so again, while it lasts."""
    context = page.context
    if known := _PASSES.get((url, user)):
        context.add_cookies([{"name": SESSION_COOKIE, "value": known, "url": url}])
        lang = page.evaluate("navigator.language")[:2]
        page.goto(f"{url}/language?to={lang}&next={to}")
    else:
        page.goto(url + to)
    if "/sign-in" in page.url:
        page.fill("[name=username]", user)
        page.fill("[name=password]", "demo")
        page.press("[name=password]", "Enter")
        page.wait_for_url(url + to)
        cookies = {each["name"]: each["value"] for each in context.cookies()}
        _PASSES[url, user] = cookies[SESSION_COOKIE]


def shot(page: Page, name: str) -> None:
    """Keeps what the page looks like now, in its language and size, for who asked for pictures."""
    if not SCREENSHOTS:
        return
    lang = page.locator("html").get_attribute("lang") or "unknown"
    size = page.viewport_size or {"width": 0, "height": 0}
    path = Path(SCREENSHOTS, f"{name}-{lang[:2]}-{size['width']}x{size['height']}.jpg")
    page.screenshot(path=path, type="jpeg", quality=85, animations="disabled")  # a PNG takes three times as long


def hub(url: str, cookies: str) -> AbstractContextManager[ClientConnection]:
    """A socket at the hub, beside the page's; the snapshot comes first."""
    address = f"{url.replace('http', 'ws', 1)}/ws"
    protocols = [Subprotocol("desk.v1")]
    return connect(address, subprotocols=protocols, additional_headers={"Cookie": cookies}, proxy=None)


def box_of(place: Locator) -> FloatRect:
    """Where it is; waits for one that is being drawn anew."""
    boxes: list[FloatRect] = []

    def found() -> bool:
        boxes.extend(box for box in [place.bounding_box()] if box)
        return bool(boxes)

    until(found, lambda: f"{place} is nowhere")
    return boxes[0]


def at_each_size(page: Page) -> Iterator[tuple[int, int]]:
    """The window becomes as large as on a large screen, then as on a small one, which it stays."""
    for width, height in ((1920, 1080), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        yield width, height


def overflow(page: Page, *places: str) -> int:
    """How many pixels what is in the worst of these places is wider than the place; none where all fits."""
    script = """places => Math.max(...places.map(place => document.querySelector(place))
        .map(each => each.scrollWidth - each.clientWidth))"""
    return int(page.evaluate(script, places))


@contextmanager
def slow_network(page: Page, latency_ms: int) -> Iterator[None]:
    """Each request takes so much longer for a while; what goes over the socket does not."""
    conditions = {"offline": False, "latency": latency_ms, "downloadThroughput": -1, "uploadThroughput": -1}
    tools = page.context.new_cdp_session(page)
    tools.send("Network.emulateNetworkConditions", conditions)
    yield
    tools.detach()


def until(happened: Callable[[], bool], instead: Callable[[], object] = lambda: "it did not happen") -> None:
    """Waits until it has happened; fails when it does not, and says what there is instead."""
    patience = time.monotonic() + PATIENCE_MS / 1000
    while not happened():
        assert time.monotonic() < patience, instead()
        time.sleep(0.05)


def choose(chooser: FileChooser, name: str, mime: str, content: bytes) -> None:
    """Picks this file in the browser's dialog."""
    chooser.set_files(FilePayload(name=name, mimeType=mime, buffer=content))


def launched(playwright: Playwright, path: str) -> Browser:
    """A browser that can hear and be heard."""
    arguments = [*ARGUMENTS, *MICROPHONE, f"--disable-features={','.join(NOT)}"]
    return playwright.chromium.launch(executable_path=path, args=arguments)


@contextmanager
def second_browser(browser: Browser, url: str, seat: str) -> Iterator[Agent]:
    """The same person at another computer, where they are signed in at their seat already."""
    with window(browser, url, "zh-CN") as page:
        agent = Agent(page, seat)
        agent.open_desk(url)
        yield agent
        agent.hear_no_more()
    assert agent.complaints == [], agent.complaints


@contextmanager
def _at_the_desk(browser: Browser, url: str, seat: str, lang: str, width: int, height: int) -> Iterator[Agent]:
    with window(browser, url, lang, width, height) as page:
        agent = Agent(page, seat)
        try:
            yield agent.sign_in(url)
        finally:
            leave_for_quiet(page, url)  # it would be cut short in what it fetches for a session that ends now
            agent.leave()
            agent.hear_no_more()
    assert agent.complaints == [], agent.complaints


def _replied(socket: ClientConnection, command: dict[str, str]) -> dict[str, Any]:
    name = f"asked-{next(_names)}"
    socket.send(json.dumps({"id": name, **command}))
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=10))
        if frame.get("reply") == name:
            return frame


def _fine(answer: httpx2.Response) -> None:
    assert answer.status_code == 200, answer.text
