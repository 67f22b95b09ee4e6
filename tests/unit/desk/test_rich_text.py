"""Words as HTML: what customers write is shown, linked and drawn, and never obeyed."""

import pytest

from desk.rich_text import rich

LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>'


def link(address: str) -> str:
    return LINK.format(address)


@pytest.mark.parametrize(
    ("text", "address", "rest"),
    [
        ("见 https://example.com/a?b=1&c=2#d 这里", "https://example.com/a?b=1&amp;c=2#d", ("见 ", " 这里")),
        ("请看https://example.com/账单", "https://example.com/", ("请看", "账单")),
        ("（HTTP://EXAMPLE.COM）", "HTTP://EXAMPLE.COM", ("（", "）")),
        ("(see http://example.com/a_(b)).", "http://example.com/a_(b)", ("(see ", ").")),
        ("http://example.com/x。", "http://example.com/x", ("", "。")),
        ("http://example.com/\u202egpj.exe", "http://example.com/", ("", "\u202egpj.exe")),
    ],
)
def test_an_address_is_a_link_to_itself_and_to_nothing_more(text: str, address: str, rest: tuple[str, str]) -> None:
    assert rich(text) == rest[0] + link(address) + rest[1]


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.cn",
        "https://",
        "example.com",
        "weixin://dl/x",
        "http:/a",
    ],
)
def test_nothing_else_is_a_link(text: str) -> None:
    assert "<a" not in rich(text)


def test_markup_is_words() -> None:
    hostile = '<img src=x onerror=alert(1)> http://a.b/"><script>alert(2)</script>'
    shown = rich(hostile)
    assert "<img" not in shown
    assert "<script" not in shown
    assert shown.startswith("&lt;img")
    assert link("http://a.b/") in shown


def test_a_code_is_drawn_and_says_what_it_stands_for() -> None:
    assert rich("好[微笑]/::D[抱拳]") == (
        '好<span class="emoji" role="img" aria-label="微笑" title="[微笑]">🙂</span>'
        '<span class="emoji" role="img" aria-label="呲牙" title="/::D">😁</span>[抱拳]'
    )


def test_a_code_inside_an_address_belongs_to_it() -> None:
    assert rich("http://a.b/[OK]") == link("http://a.b/[OK]")


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200c\u2060", "\u202e\u202d", "\ufeff"])
def test_what_nobody_can_see_is_empty(text: str) -> None:
    assert rich(text) == ""


def test_six_hundred_characters_of_anything_take_no_time() -> None:
    for hostile in ("http://" * 90, "(" * 600, "[" * 600, "/:" * 300, "😀" * 600, "http://a/" + ")" * 600):
        rich(hostile)
