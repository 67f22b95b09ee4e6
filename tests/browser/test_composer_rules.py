"""The composer's rules, each in a module without a page: cutting long texts, counting sends, meeting drafts, keys.

They run in the browser that will run them, on an empty page, without any desk.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, Route

STATIC = Path(__file__).parents[2] / "static"
BYTES_MAX = 2048
HOUR_MS = 3_600_000
NOW = 1_795_399_200_000


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that can load our modules."""

    def serve(route: Route) -> None:
        path = urlsplit(route.request.url).path.lstrip("/")
        if path:
            route.fulfill(path=STATIC / path, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page = browser.new_page()
    page.route("http://rules.example/**", serve)
    page.goto("http://rules.example/")
    yield page
    page.close()


def call(page: Page, module: str, function: str, *arguments: Any) -> Any:
    return page.evaluate(
        "async ([module, name, args]) => (await import(`/desk/${module}.js`))[name](...args)",
        [module, function, list(arguments)],
    )


def split(page: Page, text: str, most: int = BYTES_MAX) -> list[str]:
    parts: list[str] = call(page, "splitting", "split", text, most)
    return parts


# Long texts.


def test_a_text_that_fits_is_left_alone(page: Page) -> None:
    assert split(page, "您好") == ["您好"]
    assert split(page, "额" * 682) == ["额" * 682]
    assert split(page, "  \n ") == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("第一段。还是它。\n\n第二段！又一句。", ["第一段。还是它。", "第二段！又一句。"]),
        ("第一句在这里。第二句在那里。", ["第一句在这里。", "第二句在那里。"]),
        ("他说：“好的。”然后就挂断了", ["他说：“好的。”", "然后就挂断了"]),
        ("请您准备身份证，银行卡和手机", ["请您准备身份证，", "银行卡和手机"]),
        ("see the whole bill below it", ["see the whole bill below", "it"]),
        ("amount 12,345.67 is due now", ["amount 12,345.67 is due", "now"]),
        ("一二三四五六七八九十", ["一二三四五六七八", "九十"]),
        ("一二三四五六七[破涕为笑]", ["一二三四五六七", "[破涕为笑]"]),
        ("一二三四五六七👩‍👩‍👧‍👦", ["一二三四五六七", "👩‍👩‍👧‍👦"]),
    ],
    ids=["paragraph", "sentence", "quotation", "clause", "word", "number", "nowhere", "emoji code", "joined emoji"],
)
def test_a_long_text_is_cut_where_it_hurts_least(page: Page, text: str, parts: list[str]) -> None:
    assert split(page, text, 25) == parts


def test_as_few_messages_as_will_do(page: Page) -> None:
    """A border near the beginning is not worth a message."""
    assert len(split(page, "好。" + "额" * 681 + "额" * 600, BYTES_MAX)) == 2


@settings(max_examples=60, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(
            [*"额度a1 \n\t。！？，,.…“”[]", "\n\n", "👨‍👩‍👧", "🇨🇳", "é", "https://example.com/a?b=1,2", "[微笑]"]
        ),
        max_size=120,
    ).map("".join),
    most=st.integers(min_value=32, max_value=200),
)
def test_no_word_is_lost_and_no_part_too_long(page: Page, text: str, most: int) -> None:
    parts = split(page, text, most)
    assert all(0 < len(part.encode()) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_even_one_endless_character_is_cut(page: Page) -> None:
    parts = split(page, "‍".join(["👩"] * 100), 64)
    assert all(len(part.encode()) <= 64 for part in parts)
    assert "".join(parts) == "‍".join(["👩"] * 100)


# What can still be sent.


@pytest.mark.parametrize(
    ("left", "hours", "extra", "seconds", "waiting", "words", "on_top", "level"),
    [
        (5, 41, 0, 0, 0, 5, 0, "ok"),
        (3, 41, 0, 0, 1, 2, 0, "low"),
        (2, 41, 0, 0, 1, 1, 0, "last"),
        (2, 41, 0, 0, 2, 0, 0, "none"),
        (0, 41, 0, 0, 0, 0, 0, "none"),
        (5, -1, 0, 0, 0, 0, 0, "shut"),
        (1, 41, 3, 30, 0, 1, 3, "ok"),
        (1, 41, 3, 30, 3, 1, 0, "last"),
        (1, 41, 3, -1, 0, 1, 0, "last"),
        (0, -1, 3, 30, 2, 0, 1, "last"),
    ],
    ids=[
        "plenty",
        "one on its way",
        "the last but one on its way",
        "all on their way",
        "all spent",
        "too late",
        "a click on top",
        "what the click brought goes first",
        "the minute is over",
        "a click alone",
    ],
)
def test_what_is_left_counts_what_is_on_its_way(
    page: Page, left: int, hours: int, extra: int, seconds: int, waiting: int, words: int, on_top: int, level: str
) -> None:
    granted = {
        "left": left,
        "until": NOW + hours * HOUR_MS,
        "extra": extra,
        "extraUntil": NOW + seconds * 1000,
    }
    found = call(page, "quota_rules", "remaining", granted, waiting, NOW)
    assert (found["words"], found["extra"]) == (words, on_top)
    assert call(page, "quota_rules", "levelOf", found) == level


@pytest.mark.parametrize(
    ("left", "cost", "answer"), [(5, 1, "yes"), (2, 1, "yes"), (1, 1, "ask"), (0, 1, "no"), (3, 3, "ask"), (2, 3, "no")]
)
def test_one_send_is_kept_for_goodbye(page: Page, left: int, cost: int, answer: str) -> None:
    assert call(page, "quota_rules", "verdict", left, cost) == answer


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (48 * HOUR_MS, "48:00"),
        (41 * HOUR_MS + 12 * 60_000 + 59_000, "41:12"),
        (HOUR_MS, "1:00"),
        (HOUR_MS - 1000, "59:59"),
        (52_000, "0:52"),
        (400, "0:01"),
        (0, "0:00"),
        (-5, "0:00"),
    ],
)
def test_the_time_that_is_left_is_short(page: Page, ms: int, words: str) -> None:
    assert call(page, "quota_rules", "remainingTime", ms) == words


# Drafts.

WRITTEN = {"text": "mine", "mode": "reply", "rev": "r1", "sent": [], "typed": True, "dirty": True}
KEPT = WRITTEN | {"dirty": False}
THEIRS = {"text": "theirs", "mode": "reply", "rev": "r9", "base": "r8"}
NONE = {"text": "", "mode": "reply", "rev": "", "base": ""}
CHOSEN = WRITTEN | {"text": "", "mode": "note"}


@pytest.mark.parametrize(
    ("mine", "theirs", "todo"),
    [
        (NONE, THEIRS, "adopt"),
        (WRITTEN | {"typed": False, "dirty": False}, THEIRS, "adopt"),
        (WRITTEN, WRITTEN | {"rev": "r9"}, "same"),
        (WRITTEN, THEIRS | {"rev": "r1"}, "push"),
        (WRITTEN | {"sent": ["r9", "r10"]}, THEIRS, "push"),
        (WRITTEN | {"text": "", "sent": ["r9", "r10"]}, THEIRS, "push"),
        (WRITTEN, NONE, "push"),
        (KEPT, NONE, "keep"),
        (KEPT, THEIRS | {"base": "r1"}, "adopt"),
        (KEPT, NONE | {"base": "r1"}, "adopt"),
        (WRITTEN, THEIRS | {"base": "r1"}, "both"),
        (KEPT, THEIRS, "both"),
        (WRITTEN, THEIRS, "both"),
        (WRITTEN, WRITTEN | {"mode": "note"}, "push"),
        (CHOSEN, NONE, "keep"),
        (CHOSEN | {"dirty": False}, NONE | {"base": "r1"}, "keep"),
        (CHOSEN, THEIRS, "both"),
        (CHOSEN | {"typed": False}, NONE, "adopt"),
    ],
    ids=[
        "nothing here",
        "nothing typed here",
        "the same words",
        "ours of before",
        "ours, its answer lost",
        "ours, and sent since, of which the server has not heard",
        "the server has none yet",
        "the server has lost it",
        "gone on with elsewhere",
        "sent elsewhere",
        "gone on with here and there",
        "another's",
        "another's, while writing",
        "a note made of it",
        "a note, not yet begun",
        "a note, not yet begun, while another is sent elsewhere",
        "a note, not yet begun, and another's words",
        "a note that was begun elsewhere, and is not any more",
    ],
)
def test_two_copies_of_a_draft_meet(page: Page, mine: Any, theirs: Any, todo: str) -> None:
    assert call(page, "draft_rules", "meet", mine, theirs) == todo


# Keys.

ENTER = {"key": "Enter", "keyCode": 13, "isComposing": False}


@pytest.mark.parametrize(
    ("press", "preferred", "sends"),
    [
        (ENTER, "enter", True),
        (ENTER, "ctrl_enter", False),
        (ENTER | {"ctrlKey": True}, "enter", True),
        (ENTER | {"ctrlKey": True}, "ctrl_enter", True),
        (ENTER | {"metaKey": True}, "ctrl_enter", True),
        (ENTER | {"shiftKey": True}, "enter", False),
        (ENTER | {"shiftKey": True, "ctrlKey": True}, "ctrl_enter", False),
        (ENTER | {"altKey": True}, "enter", False),
        (ENTER | {"isComposing": True}, "enter", False),
        (ENTER | {"keyCode": 229, "isComposing": True}, "enter", False),
        (ENTER | {"keyCode": 229}, "enter", False),
        (ENTER | {"keyCode": 229, "ctrlKey": True}, "ctrl_enter", False),
        ({"key": "Process", "keyCode": 229}, "enter", False),
        ({"key": "a", "keyCode": 65}, "enter", False),
    ],
    ids=[
        "enter",
        "enter that breaks the line",
        "ctrl+enter, too",
        "ctrl+enter",
        "cmd+enter",
        "shift+enter",
        "ctrl+shift+enter",
        "alt+enter",
        "composing in Firefox",
        "composing in Chromium",
        "the end of a composition in Safari",
        "the same with ctrl",
        "taken by an input method",
        "a letter",
    ],
)
def test_which_key_sends(page: Page, press: dict[str, Any], preferred: str, sends: bool) -> None:
    assert call(page, "sending_keys", "sends", press, preferred) is sends
