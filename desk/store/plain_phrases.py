"""Words that self-service had no answer to, as they are counted: the same words however they were typed.

What cannot become a keyword answer is left out: long texts, and anything with a long number in it, which is as
likely a card as not.
"""

import re
import unicodedata

from desk.store.ranges import PHRASE_LENGTH_MAX

_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){5,}")


def plain_phrase(text: str) -> str:
    """Full width and half width, capitals and spaces made alike; empty for what is not to be counted."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    plain = "".join(character for character in plain if character.isprintable())
    return "" if len(plain) > PHRASE_LENGTH_MAX or _LONG_NUMBER.search(plain) else plain
