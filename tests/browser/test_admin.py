"""An admin at the settings, in a real browser on the whole desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desks import Customer, DeskServer, at_each_size, overflow, visiting

PAGES = (
    "/admin",
    "/admin/groups",
    "/admin/groups/security_desk",
    "/admin/seats",
    "/admin/seats/agent1/retire",
    "/admin/hours",
    "/admin/hours/workdays",
    "/admin/flows",
    "/admin/flows/cards",
    "/admin/flows/cards/keywords/lost",
    "/admin/flows/cards/clicks/entry?key=HUMAN",
    "/admin/flows/cards/menus/main",
    "/admin/words",
    "/admin/rules",
    "/admin/history",
    "/admin/history/1",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    server = DeskServer(tmp_path_factory.mktemp("admin")).start()
    yield server
    server.stop()


@pytest.fixture
def admin(browser: Browser, server: DeskServer) -> Iterator[Page]:
    with visiting(browser, server.url, "admin", "/admin") as page:
        yield page


def test_the_admin_begins_at_the_settings(browser: Browser, server: DeskServer) -> None:
    context = browser.new_context(base_url=server.url, locale="zh-CN")
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/admin")
    expect(page.get_by_role("heading", name="设置概览")).to_be_visible()
    expect(page.locator("#force")).to_contain_text("已生效")
    context.close()


def test_an_answer_reaches_customers_as_soon_as_it_is_saved(admin: Page, customer: Customer) -> None:
    admin.goto("/admin/flows/cards/keywords/new")
    admin.get_by_label("客户的说法").fill("发票\n开发票")
    admin.get_by_label("说什么").fill("请在手机银行中申请电子发票。")
    admin.get_by_role("button", name="保存并生效").click()
    expect(admin.get_by_text("已保存并生效。")).to_be_visible()
    customer.write("怎么开发票？")
    customer.hears("请在手机银行中申请电子发票。")


def test_a_group_is_changed_with_the_keyboard_alone(admin: Page) -> None:
    admin.goto("/admin/groups/billing")
    admin.get_by_label("软上限").focus()
    admin.keyboard.press("Control+a")
    admin.keyboard.type("4")
    admin.keyboard.press("Enter")
    expect(admin.get_by_text("已保存并生效。")).to_be_visible()
    expect(admin.get_by_label("软上限")).to_have_value("4")
    admin.goto("/admin/history")
    expect(admin.locator("tbody tr").first).to_contain_text("admin")
    expect(admin.locator("tbody tr").first).to_contain_text("10 个会话 → 4 个会话")


def test_what_is_wrong_is_said_at_the_field(admin: Page) -> None:
    admin.goto("/admin/groups/billing")
    admin.get_by_label("软上限").fill("11")
    admin.get_by_role("button", name="保存并生效").click()
    field = admin.get_by_label("软上限")
    expect(field).to_have_value("11")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("11 超出范围，请填 1 至 10")
    expect(admin.get_by_role("alert")).to_contain_text("没有保存")


def test_what_is_wrong_far_down_a_form_comes_into_sight(admin: Page) -> None:
    admin.goto("/admin/groups/billing")
    admin.get_by_label("软结束", exact=True).fill("20")
    admin.get_by_role("button", name="保存并生效").click()
    expect(admin.get_by_label("软结束", exact=True)).to_be_focused()
    expect(admin.get_by_text("静默阶梯须一步晚于一步")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("groups/complaints", "ladder.soft_end.after_s"),
        ("words", "texts.image_type_refused"),
        ("flows/cards/menus/main", "option.3.text"),
    ],
)
def test_what_is_wrong_does_not_hide_behind_the_buttons(admin: Page, path: str, field: str) -> None:
    admin.goto(f"/admin/{path}")
    admin.locator(f"[name='{field}']").fill("🙂" * 520)
    admin.get_by_role("button", name="保存并生效").click()
    focused = admin.locator("[aria-invalid]")
    expect(focused).to_be_focused()
    bottom = focused.evaluate("field => { scrollTo(0, 0); field.blur(); return field.getBoundingClientRect().bottom; }")
    bar = admin.locator(".form-end").evaluate("bar => bar.offsetHeight")
    admin.set_viewport_size({"width": 1280, "height": int(bottom + bar) + 2})
    focused.focus()
    wrong, buttons = admin.locator(".complaint").bounding_box(), admin.locator(".form-end").bounding_box()
    assert wrong
    assert buttons
    assert wrong["y"] + wrong["height"] <= buttons["y"]


def test_the_second_of_two_admins_is_told(browser: Browser, server: DeskServer, admin: Page) -> None:
    admin.goto("/admin/rules")
    with visiting(browser, server.url, "admin", "/admin") as other:
        other.goto("/admin/rules")
        other.get_by_label("贵宾").fill("7")
        other.get_by_role("button", name="保存并生效").click()
        expect(other.get_by_text("已保存并生效。")).to_be_visible()
    admin.get_by_label("贵宾").fill("9")
    admin.get_by_role("button", name="保存并生效").click()
    expect(admin.get_by_role("alert")).to_contain_text("其他人已修改了这部分设置")
    admin.get_by_role("link", name="打开最新内容").click()
    expect(admin.get_by_label("贵宾")).to_have_value("7")


def test_words_are_tried_out_on_the_spot(admin: Page) -> None:
    admin.goto("/admin/flows/cards")
    admin.get_by_placeholder("客户会怎么说").fill("我想查额渡")
    admin.keyboard.press("Enter")
    expect(admin.locator("#tried")).to_contain_text("keyword:limit")
    admin.get_by_placeholder("客户会怎么说").fill("今天天气不错")
    admin.get_by_role("button", name="试一试").click()
    expect(admin.locator("#tried")).to_contain_text("没有答案")


def test_an_action_shows_the_fields_of_what_it_does(admin: Page) -> None:
    admin.goto("/admin/flows/cards/keywords/new")
    what, text, group, menu = (admin.get_by_label(name, exact=True) for name in ("做什么", "说什么", "转到", "菜单"))
    for choice, shown in (("answer", (text,)), ("route", (text, group)), ("menu", (menu,))):
        what.last.select_option(choice)
        for field in (text, group, menu):
            if field in shown:
                expect(field).to_be_visible()
            else:
                expect(field).to_be_hidden()


def test_a_supervisor_can_look_and_not_touch(browser: Browser, server: DeskServer) -> None:
    with visiting(browser, server.url, "supervisor", "/admin") as page:
        page.get_by_role("link", name="规则", exact=True).click()
        expect(page.get_by_text("您可以查看设置，修改请找管理员。")).to_be_visible()
        expect(page.get_by_label("贵宾")).to_be_disabled()
        expect(page.get_by_role("button", name="保存并生效")).to_have_count(0)


def test_nothing_sticks_out_of_the_window(admin: Page) -> None:
    """In English: test_access.py."""
    for path in PAGES:
        admin.goto(path)
        for _ in at_each_size(admin):
            assert overflow(admin, "html") == 0, path
