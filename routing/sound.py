"""How words sound: their pinyin without tones, by which `额渡` and `edu` are `额度`.

Characters are read one by one. Many have two common readings (还 is huan in 还款 and hai elsewhere), and no dictionary
of words has all the words of a bank: so what we look for is kept under either reading, and what was typed is read the
usual way.

The library takes 0.15 s and 57 MB to load: whoever first asks for a sound loads it, and who needs none does not pay.
"""

import re
from itertools import islice, product

READINGS_MAX = 32
"""So many ways of reading a phrase are kept."""

_PIECE = re.compile(r"[a-z0-9 ]+|.")
_READINGS_OF_ONE = 2


def syllables(words: str) -> list[str]:
    """One for each Chinese character; what is written in Latin letters stays together, as it was typed."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return [_as_typed(each) for each in lazy_pinyin(_PIECE.findall(words))]


def readings(words: str) -> list[list[str]]:
    """The ways in which it can be read, as syllables; that of `syllables` is the first."""
    return [list(each) for each in islice(product(*spellings(words)), READINGS_MAX)]


def spellings(words: str) -> list[tuple[str, ...]]:
    """The common readings of each character, the usual one first; what is written in Latin letters has its own."""
    from pypinyin import Style, pinyin  # noqa: PLC0415

    read = pinyin(_PIECE.findall(words), style=Style.NORMAL, heteronym=True)
    return [tuple(_as_typed(each) for each in ways[:_READINGS_OF_ONE]) for ways in read]


def _as_typed(syllable: str) -> str:
    """As keyboards take it: no spaces, v for ü, and lue for lve."""
    return syllable.replace(" ", "").replace("ü", "v").replace("lve", "lue").replace("nve", "nue")
