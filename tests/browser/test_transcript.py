"""The transcript as people see it: in a real browser, on a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal
from playwright.sync_api import Browser, Page
from redis.asyncio import Redis

from desk.app import create_app
from desk.config import Settings
from desk.media import MediaStore
from desk.seed import seed_demo
from desk.store.batches import archive_batch
from desk.store.engine import create_engine
from desk.store.migrate import migrate
from desk.store.users import Staff
from sessions.content import Image, Voice
from tests.browser.desks import box_of, let_in
from tests.browser.windows import uncomplaining, window
from tests.recordings import picture, voice
from tests.stories import Story
from tests.web import services_for_tests
from tests.wechat.simulation import serving

SESSION = "/sessions/20261123-0001"


async def _furnish(settings: Settings) -> None:
    """The demo's site, and one session in it with a picture and a voice."""
    engine = create_engine(settings.database_url)
    await seed_demo(engine, settings)
    media = MediaStore(settings.media_dir)
    shown, heard = await media.put(picture(640, 400)), await media.put(voice("amr", 2))
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好，帮我看看这张账单")
    session = story.session_of("ming")
    story.accept("agent1", session)
    story.store_media(story.write("ming", Image(source="m1")), session, shown.media, shown.mime)
    story.store_media(story.write("ming", Voice(source="m2")), session, heard.media, heard.mime, heard.duration_ms)
    story.deliver(story.say("agent1", session, "好的，请稍等"), session)
    story.hang_up("agent1", session)
    story.wrap_up("agent1", session, "账单与还款")
    await archive_batch(engine, story.entries)
    await engine.dispose()


@pytest.fixture
def address(tmp_path: Path, sqlite_url: str, redis_url: str, portal: BlockingPortal) -> Iterator[str]:
    """Where the desk is served."""
    migrate(sqlite_url)
    engine = create_engine(sqlite_url)
    redis = Redis.from_url(redis_url)
    services = services_for_tests(redis, tmp_path, staff=Staff(engine), database=engine, database_url=sqlite_url)
    portal.call(_furnish, services.settings)
    with portal.wrap_async_context_manager(serving(create_app(services))) as address:
        yield address
    portal.call(engine.dispose)


@pytest.fixture
def page(address: str, browser: Browser) -> Iterator[Page]:
    """The supervisor's browser, signed in; whatever it complains about fails the test."""
    with window(browser, address, "zh-CN") as page, uncomplaining(page, lambda said: said.type in {"error", "warning"}):
        let_in(page, address, "supervisor", SESSION)
        yield page


def test_customers_speak_on_the_left_and_seats_on_the_right(page: Page) -> None:
    lines = box_of(page.locator(".transcript-lines"))
    asked = box_of(page.get_by_text("你好，帮我看看这张账单"))
    answered = box_of(page.get_by_text("好的，请稍等"))
    middle = lines["x"] + lines["width"] / 2
    assert asked["x"] < middle < answered["x"]
    assert asked["y"] < answered["y"]


def test_pictures_show_and_voices_play(page: Page) -> None:
    page.locator(".said-image").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.said-image').naturalWidth === 640")
    heard = page.locator("audio").evaluate(
        "async audio => { audio.muted = true; await audio.play(); audio.pause(); return audio.duration; }"
    )
    assert heard == pytest.approx(2, abs=0.3)


def test_nothing_is_wider_than_the_window(page: Page) -> None:
    for width in (1920, 1280, 800):
        page.set_viewport_size({"width": width, "height": 720})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_only_the_transcript_is_left(page: Page) -> None:
    assert page.get_by_role("button", name="打印").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".rail").is_visible()
    assert not page.get_by_role("button", name="打印").is_visible()
    assert page.get_by_text("好的，请稍等").is_visible()
