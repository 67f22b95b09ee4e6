"""Slips of the thumb: which words are almost the same.

A slip is a character too many, too few, wrong, or two that changed places. To find the words within one or two slips
among thousands without looking at each, all are kept under every spelling that has one or two characters less
(symmetric deletion): what is near shares one of them. A look-up costs at most 79 of these, however many words.
"""

import re
from collections.abc import Iterator
from itertools import combinations

from routing.words import is_latin

WORDS_LENGTH_MAX = 12
"""Slips are forgiven in short texts only; what is longer is found by the words in it."""

_ALTERS = re.compile(r"[0-9不没未别无非勿莫]")
"""Characters that make it another question: numbers, and every no."""


def slips_forgiven(words: str) -> int:
    """How many, by length: none below three characters, two from six on. A Latin letter is half a character."""
    weight = sum(1 if is_latin(each) else 2 for each in words)
    return 0 if weight < 6 else 1 if weight < 12 else 2


def slips_between(typed: str, meant: str) -> int | None:
    """How many slips make `typed` of `meant`; None when they are more than `meant` forgives, or ask something else.

    Numbers and negations must agree, and two wrong characters in a row are no slip but another word: 开通 is not 关闭.
    """
    allowed = slips_forgiven(meant)
    if abs(len(typed) - len(meant)) > allowed or _ALTERS.findall(typed) != _ALTERS.findall(meant):
        return None
    distance = _distance(typed, meant)
    if distance > allowed:
        return None
    if distance == 2 and len(typed) == len(meant):
        wrong = [place for place, (one, other) in enumerate(zip(typed, meant, strict=True)) if one != other]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1 and not is_latin(meant[wrong[0]]):
            return None
    return distance


class SlipIndex:
    """Words by what they may be mistyped as, each with a number: the smaller one goes first among equals."""

    __slots__ = ("_near",)

    def __init__(self) -> None:
        self._near: dict[str, list[tuple[str, int]]] = {}

    def add(self, words: str, number: int) -> None:
        """Have it found from now on; unless it forgives nothing, or no short text can be near it."""
        allowed = slips_forgiven(words)
        if allowed and len(words) <= WORDS_LENGTH_MAX + allowed:
            for spelling in _shortened(words, allowed):
                self._near.setdefault(spelling, []).append((words, number))

    def nearest(self, typed: str) -> tuple[str, int] | None:
        """The words with the fewest slips, and their number; None when there are none."""
        if not self._near or len(typed) > WORDS_LENGTH_MAX:
            return None
        candidates = {each for spelling in _shortened(typed, 2) for each in self._near.get(spelling, ())}
        ranked = [
            (slips, number, words) for words, number in candidates if (slips := slips_between(typed, words)) is not None
        ]
        if not ranked:
            return None
        _, number, words = min(ranked)
        return words, number


def _shortened(words: str, by_max: int) -> Iterator[str]:
    """The words themselves, and with up to so many characters left out; each spelling once."""
    spellings = {words}
    for fewer in range(1, min(by_max, len(words) - 1) + 1):
        spellings.update("".join(kept) for kept in combinations(words, len(words) - fewer))
    return iter(spellings)


def _distance(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that lie between the two."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        current = [row]
        for column, right in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]
