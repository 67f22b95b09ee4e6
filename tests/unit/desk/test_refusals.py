"""Every no of the core has its words, in both languages, and says what to do."""

import re

import pytest

from desk.refusals import CODES, refusal_words
from sessions.refusal import REFUSALS

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_the_words_are_for_exactly_the_codes_that_the_core_refuses_with() -> None:
    assert set(REFUSALS) == CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_refusal_speaks_both_languages(code: str) -> None:
    chinese, english = refusal_words(code, "X-42", "zh"), refusal_words(code, "X-42", "en")
    assert HAN.search(chinese)
    assert not HAN.search(english)
    assert "%(" not in chinese + english
    assert ("X-42" in chinese) == ("X-42" in english)


def test_what_was_asked_for_may_hold_a_percent_sign() -> None:
    assert "100%s" in refusal_words("seat_unknown", "100%s", "zh")
