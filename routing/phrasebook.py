"""Which of many phrases a text means.

In this order: the text is the phrase; the phrase is in the text, the longest first; the text is the phrase with a
slip of the thumb; it sounds the same. The last two only for short texts and where it is allowed. Compiled once from
the phrases, so that a text costs by its own length and not by their number.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from routing.slips import WORDS_LENGTH_MAX, SlipIndex
from routing.sound import readings, syllables
from routing.words import is_latin, normalised

How = Literal["exact", "contained", "typo", "sound"]
PHRASE_LENGTH_MAX = 40
"""Longer phrases are found only where they are the whole text."""
SPELT_LENGTH_MAX = 40
"""So many letters of typed pinyin are read: about as much as a short text in characters."""
SYLLABLES_CONTAINED_MIN = 3
"""So many in a row sound like nothing else; with two, 饿肚子 would be about 额度."""


class Entry(Struct, frozen=True):
    """A phrase, as the admin wrote it, and whether it forgives slips and spelling by sound."""

    phrase: str
    fuzzy: bool = True


class Hit(Struct, frozen=True):
    """The entry that was meant, by its place, and how the text met it."""

    place: int
    how: How


class PhraseBook:
    """Phrases to be found in texts. The order of entries decides between equals."""

    __slots__ = ("_exact", "_roots", "_slips", "_sounds")

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._exact: dict[str, int] = {}
        self._roots = _Node()
        self._slips = SlipIndex()
        self._sounds: dict[str, tuple[int, int]] = {}
        for place, entry in enumerate(entries):
            words = normalised(entry.phrase)
            if not words or words in self._exact:
                continue
            self._exact[words] = place
            if len(words) < 2 or _is_number(words):
                continue
            if len(words) <= PHRASE_LENGTH_MAX:
                self._roots.add(words, place)
            if entry.fuzzy:
                self._slips.add(words, place)
                self._add_sound(words, place)

    def find(self, text: str) -> Hit | None:
        """What the text means, or None. Cost: O(length * longest phrase), and 0.1 ms more for a short text."""
        words = normalised(text)
        if not words:
            return None
        if (place := self._exact.get(words)) is not None:
            return Hit(place, "exact")
        if (place := self._contained(words)) is not None:
            return Hit(place, "contained")
        if _is_number(words):
            return None
        if (near := self._slips.nearest(words)) is not None:
            return Hit(near[1], "typo")
        if (place := self._sounding(words)) is not None:
            return Hit(place, "sound")
        return None

    def find_all(self, text: str) -> list[Hit]:
        """Everything that the text may mean, the best first: each phrase in it; without one, what `find` says."""
        best, words = self.find(text), normalised(text)
        if best is None or best.how in {"typo", "sound"}:
            return [best] if best else []
        places = dict.fromkeys([best.place, *(place for _, place in sorted(self._within(words)))])
        return [Hit(place, best.how if place == best.place else "contained") for place in places]

    def _contained(self, words: str) -> int | None:
        best = min(self._within(words), default=None)
        return best and best[1]

    def _within(self, words: str) -> Iterator[tuple[int, int]]:
        """The phrases in these words with a rank, the longest ranking first."""
        for start in range(len(words)):
            node = self._roots
            for end in range(start, len(words)):
                following = node.after.get(words[end])
                if following is None:
                    break
                node = following
                if node.place is not None and not _cuts_a_word(words, start, end + 1):
                    yield start - end, node.place

    def _add_sound(self, words: str, place: int) -> None:
        if len(words) > WORDS_LENGTH_MAX or all(is_latin(each) or each == " " for each in words):
            return
        for spoken in readings(words):
            if len(spoken) > 1:
                self._sounds.setdefault("".join(spoken), (place, len(spoken)))

    def _sounding(self, words: str) -> int | None:
        if not self._sounds or len(words) > (SPELT_LENGTH_MAX if words.isascii() else WORDS_LENGTH_MAX):
            return None
        spoken = syllables(words)
        whole = self._sounds.get("".join(spoken))
        if whole is not None:
            return whole[0]
        for count in range(len(spoken) - 1, SYLLABLES_CONTAINED_MIN - 1, -1):
            parts = ("".join(spoken[start : start + count]) for start in range(len(spoken) - count + 1))
            heard = [found[0] for part in parts if (found := self._sounds.get(part)) and found[1] == count]
            if heard:
                return min(heard)
        return None


class _Node:
    """A place in the tree of phrases: which characters may follow, and the phrase that ends here."""

    __slots__ = ("after", "place")

    def __init__(self) -> None:
        self.after: dict[str, _Node] = {}
        self.place: int | None = None

    def add(self, words: str, place: int) -> None:
        node = self
        for character in words:
            node = node.after.setdefault(character, _Node())
        node.place = place


def _cuts_a_word(words: str, start: int, end: int) -> bool:
    """Whether a Latin word or a number goes on at either end: `app` is not in `happy`, nor `3期` in `13期`."""
    before = start > 0 and is_latin(words[start - 1]) and is_latin(words[start])
    return before or (end < len(words) and is_latin(words[end]) and is_latin(words[end - 1]))


def _is_number(words: str) -> bool:
    return words.replace(" ", "").isdigit()
