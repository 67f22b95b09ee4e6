"""Which sites may have a chat in their pages, and what may be set up."""

import pytest
from msgspec.structs import replace

from desk.channels.webchat.accounts import WebChatAccount, ink_on, may_embed
from desk.store.web_chats import web_chat_complaints, web_chat_of, web_chat_row

BANK = WebChatAccount(
    key="web",
    name="官网",
    origins=("https://www.bank.example", "https://*.branch.example", "http://intranet.example:8080"),
)


@pytest.mark.parametrize(
    "origin",
    [
        "https://www.bank.example",
        "https://www.bank.example:443",
        "https://HZ.branch.example",
        "https://a.b.branch.example",
        "http://intranet.example:8080",
    ],
)
def test_the_sites_that_are_named_may_embed_it(origin: str) -> None:
    assert may_embed(BANK, origin)


@pytest.mark.parametrize(
    "origin",
    [
        "http://www.bank.example",
        "https://www.bank.example:8443",
        "https://bank.example",
        "https://www.bank.example.evil.test",
        "https://evil-branch.example",
        "https://branch.example",
        "http://intranet.example",
        "https://evil.test",
        "null",
        "",
        "https://",
        "https://[",
        "https://www.bank.example:99999",
        "file://",
    ],
)
def test_nobody_else_may(origin: str) -> None:
    assert not may_embed(BANK, origin)


def test_what_is_set_up_comes_out_of_its_row_as_it_went_in() -> None:
    chat = replace(BANK, title="在线客服", title_en="Support", welcome="您好", welcome_en="Hello", colour="#aa3300")
    row = web_chat_row(chat, "cards", "self-service")
    assert (row.channel, row.default_group, row.flow, row.sealed_token) == ("webchat", "cards", "self-service", "")
    assert web_chat_of(row) == chat


@pytest.mark.parametrize(
    ("changed", "place", "code"),
    [
        ({"key": "a/b"}, "", "bad_id"),
        ({"name": " "}, "name", "missing"),
        ({"title": "x" * 41}, "title", "too_long"),
        ({"welcome_en": "x" * 601}, "welcome_en", "too_long"),
        ({"welcome": "\x07"}, "welcome", "control_character"),
        ({"origins": ("www.bank.example",)}, "origins", "bad_origin"),
        ({"origins": ("https://www.bank.example/",)}, "origins", "bad_origin"),
        ({"origins": ("https://*",)}, "origins", "bad_origin"),
        ({"origins": ("*",)}, "origins", "bad_origin"),
        ({"origins": ("https://a.example; script-src *",)}, "origins", "bad_origin"),
        ({"origins": ("https://a.example\n",)}, "origins", "bad_origin"),
        ({"origins": ("https://a.example",) * 51}, "origins", "too_many"),
        ({"colour": "red"}, "colour", "bad_colour"),
        ({"colour": "#0b7a57;"}, "colour", "bad_colour"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(changed: dict[str, object], place: str, code: str) -> None:
    complaints = list(web_chat_complaints(replace(BANK, **changed)))
    assert [(each.path[2:], each.code) for each in complaints] == [((place,) if place else (), code)]
    assert all(complaint.words("en") != complaint.code for complaint in complaints)


def test_what_stands_on_the_colour_can_be_read() -> None:
    shades = [f"#{red:02x}{green:02x}{blue:02x}" for red in _STEPS for green in _STEPS for blue in _STEPS]
    for colour in shades:
        assert _contrast(colour, ink_on(colour)) >= 4.5, colour


_STEPS = range(0, 256, 15)


def _contrast(one: str, other: str) -> float:
    """WCAG's, told anew here."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)
