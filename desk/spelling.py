"""Whether what was typed means these words: by their characters, their pinyin, their initials, or any mixture.

`hkfs`, `huankuan`, `huankfs`, `还kfs` and `款方式` all mean 还款方式, as an input method would have it. Each character
is met by itself or by the beginning of one of its readings; what is written in Latin letters, by its beginning.
"""

from typing import Literal

from routing.sound import spellings
from routing.words import normalised

TYPED_LENGTH_MAX = 40
"""So much of what was typed is read."""
WORDS_LENGTH_MAX = 100
WITHIN_LENGTH_MIN = 2
"""A single letter is in everything: it is looked for at the beginning only."""

Meeting = Literal["start", "within"]


class Spelling:
    """Words, ready to be met."""

    __slots__ = ("_firsts", "_letters", "_places")

    def __init__(self, words: str) -> None:
        bare = normalised(words[:WORDS_LENGTH_MAX]).replace(" ", "")
        self._places = _places(bare)
        self._firsts = ["".join(way[:1] for way in ways) for ways in self._places]
        self._letters = frozenset("".join(way for ways in self._places for way in ways))

    def met_by(self, typed: str) -> Meeting | None:
        """Where the words are met by what was typed, as `as_typed` has it; None where they are not."""
        if not typed or not self._letters.issuperset(typed):
            return None
        starts = [place for place, firsts in enumerate(self._firsts) if typed[0] in firsts]
        if starts and starts[0] == 0 and self._goes_on(starts.pop(0), typed):
            return "start"
        if len(typed) < WITHIN_LENGTH_MIN and typed.isascii():
            return None
        return "within" if any(self._goes_on(start, typed) for start in starts) else None

    def _goes_on(self, start: int, typed: str) -> bool:
        """Whether all that was typed is met from this place on. Each set holds how much of it may be met so far."""
        reached = {0}
        for ways in self._places[start:]:
            reached = {end for at in reached for way in ways for end in _ends(way, typed, at)}
            if len(typed) in reached:
                return True
            if not reached:
                return False
        return False


def as_typed(text: str) -> str:
    """What was typed, made comparable; the marks that an input method puts between syllables go."""
    return normalised(text[:TYPED_LENGTH_MAX]).replace(" ", "")


def _places(bare: str) -> list[tuple[str, ...]]:
    """The ways to type each character: itself, and its readings."""
    places: list[tuple[str, ...]] = []
    at = 0
    for ways in spellings(bare):
        written = ways[0] if bare.startswith(ways[0], at) else bare[at]
        places.append(tuple(dict.fromkeys((written, *ways))))
        at += len(written)
    return places


def _ends(way: str, typed: str, at: int) -> list[int]:
    ends = []
    for character in way:
        if at >= len(typed) or typed[at] != character:
            break
        at += 1
        ends.append(at)
    return ends
