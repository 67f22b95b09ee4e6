"""What customers wrote and nothing answered, gathered for an admin to turn into answers.

The same question comes in many spellings. They are put together as the matcher would find them: bare words, sound,
slips, and one phrase within another. The most counted spelling speaks for its cluster, and every other is compared
with that one only, so that a chain of small differences does not join what has nothing in common.
"""

from collections.abc import Iterable

from msgspec import Struct

from routing.slips import WORDS_LENGTH_MAX, SlipIndex
from routing.sound import syllables
from routing.words import normalised

COMPARED_MAX = 2000
"""So many different phrases, the most counted ones, are compared with all others. The rest, rare by then, is put to
those that it equals or sounds like, and stands alone otherwise: nothing is lost from the counts."""
PART_LENGTH_MIN = 2
PART_SHARE = 3
"""A phrase within another is the same question if it makes up a third of it: 你好 is not about what follows it."""


class Cluster(Struct, frozen=True):
    """Phrases that ask the same. `representative` is the most counted, as it was typed; `phrases` has all, it first."""

    representative: str
    count: int
    phrases: tuple[str, ...]


class _Group(Struct):
    """A cluster as it grows."""

    words: str
    count: int
    phrases: list[str]


def cluster(counted: Iterable[tuple[str, int]], compared_max: int = COMPARED_MAX) -> list[Cluster]:
    """Puts together what asks the same, the most asked first; phrases without any sign in them are left out.

    Cost: O(n²) substring tests for n phrases up to `compared_max` (0.6 s there), O(n) beyond: no work for the
    engine.
    """
    groups: list[_Group] = []
    same_sound: dict[str, _Group] = {}
    slips = SlipIndex()
    for compared, spelling in enumerate(_by_bare_words(counted)):
        sound = _sound(spelling.words)
        group = same_sound.get(sound)
        if group is None and compared < compared_max:
            near = slips.nearest(spelling.words)
            group = groups[near[1]] if near else _around(spelling.words, groups)
        if group is None:
            if compared < compared_max:
                slips.add(spelling.words, len(groups))
            groups.append(spelling)
            group = spelling
        else:
            group.count += spelling.count
            group.phrases += spelling.phrases
        same_sound.setdefault(sound, group)
    groups.sort(key=lambda each: (-each.count, each.words))
    return [Cluster(each.phrases[0], each.count, tuple(each.phrases)) for each in groups]


def _by_bare_words(counted: Iterable[tuple[str, int]]) -> list[_Group]:
    """One for each phrase that differs by more than its dress, the most counted first."""
    spellings: dict[str, dict[str, int]] = {}
    for phrase, count in counted:
        words = normalised(phrase) or phrase.strip()
        if words:
            typed = spellings.setdefault(words, {})
            typed[phrase] = typed.get(phrase, 0) + count
    found = [
        _Group(words, sum(typed.values()), sorted(typed, key=lambda phrase: (-typed[phrase], phrase)))
        for words, typed in spellings.items()
    ]
    return sorted(found, key=lambda each: (-each.count, each.words))


def _sound(words: str) -> str:
    """How it sounds, where it is short; longer phrases are told apart by their characters."""
    return "".join(syllables(words)) if len(words) <= WORDS_LENGTH_MAX else words


def _around(words: str, groups: list[_Group]) -> _Group | None:
    """The biggest cluster whose phrase is a good part of this one, or the other way round."""
    length = len(words)
    for group in groups:
        other = len(group.words)
        short, long = (length, other) if length < other else (other, length)
        if short >= PART_LENGTH_MIN and long <= PART_SHARE * short and (words in group.words or group.words in words):
            return group
    return None
