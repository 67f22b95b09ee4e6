"""A person at the sign-in page, in a real browser under the real policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.windows import is_forbidden, uncomplaining, window
from tests.web import PASSWORD, served


@pytest.fixture
def desk(redis_url: str, tmp_path: Path) -> Iterator[str]:
    with served(redis_url, tmp_path) as address:
        yield address


@pytest.fixture
def page(browser: Browser, desk: str) -> Iterator[Page]:
    """A Chinese browser that fails the test for whatever its console complains about."""
    with window(browser, desk, "zh-CN") as page, uncomplaining(page, is_forbidden):
        page.goto(f"{desk}/sign-in?next=/desk%3Fsession%3D7")
        yield page


def test_a_person_signs_in_with_the_keyboard_alone(page: Page) -> None:
    expect(page.get_by_label("用户名")).to_be_focused()
    page.keyboard.type("agent")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk?session=7")


def test_a_wrong_password_is_said_aloud_and_the_name_kept(page: Page) -> None:
    page.get_by_label("用户名").fill("agent")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_have_text("用户名或密码不正确")
    expect(page.get_by_label("用户名")).to_have_value("agent")
    expect(page.get_by_label("密码")).to_be_focused()
    expect(page.get_by_label("密码")).to_have_value("")


def test_a_demo_user_fills_the_form_at_one_click(page: Page) -> None:
    page.get_by_role("button", name="supervisor").click()
    expect(page.get_by_label("用户名")).to_have_value("supervisor")
    expect(page.get_by_label("密码")).to_have_value("demo")
    expect(page.locator("#enter")).to_be_focused()


def test_language_and_theme_are_switched_where_one_stands(page: Page) -> None:
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="Dark").click()
    expect(page.locator("html")).to_have_css("color-scheme", "dark")
    assert page.url.endswith("/sign-in?next=/desk%3Fsession%3D7")
    page.get_by_role("link", name="Light").click()
    expect(page.locator("html")).to_have_css("color-scheme", "light")
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_who_has_chosen_nothing_gets_what_the_system_has(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.locator("html")).to_have_css("color-scheme", "dark")
    expect(page.get_by_role("link", name="浅色")).to_be_visible()
    expect(page.get_by_role("link", name="深色")).to_be_hidden()


@pytest.mark.parametrize("width", [400, 1280, 1920])
def test_nothing_sticks_out_of_the_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    expect(page.get_by_role("button", name="登录")).to_be_in_viewport()
