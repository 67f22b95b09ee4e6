"""Words that self-service had no answer to, as they are counted: the same words however they were typed.

What cannot become a keyword answer is left out: long texts, and anything with a long number in it, which is as
likely a card as not.
"""

import re

from routing.phrasebook import PHRASE_LENGTH_MAX
from routing.words import normalised

_LONG_NUMBER = re.compile(r"[0-9](?: ?[0-9]){5,}")


def plain_phrase(text: str) -> str:
    """The bare words; empty for what is not to be counted."""
    plain = normalised(text)
    return "" if len(plain) > PHRASE_LENGTH_MAX or _LONG_NUMBER.search(plain) else plain
