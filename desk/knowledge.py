"""Knowledge (知识库): articles for agents to look up, and how they are found.

Pure. Chinese has no spaces between words, so a question is cut into pairs of neighbouring characters (and Latin words),
and an article is the better the more of the rarer ones it has, those in its title and keywords counting most. The
articles are gone through one by one, in memory: a thousand of them cost some thirty milliseconds and need no index that
could be out of date, and the same is found on every database. It is not made for tens of thousands of articles, knows
no synonyms but an article's keywords, and reads pinyin in titles and keywords alone.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from math import log
from unicodedata import normalize

from msgspec import Struct

from desk.spelling import Spelling, as_typed
from routing.words import is_latin, substance

QUESTION_LENGTH_MAX = 200
GRAMS_MAX = 40
FOUND_MAX = 9
"""One for each of the keys that insert."""
SNIPPET_LENGTH = 72
TITLE_WEIGHT, KEYWORD_WEIGHT, BODY_WEIGHT = 4.0, 3.0, 1.0
WHOLE_WEIGHT = 4.0
"""The whole question stands in a title or a keyword, or in the body at a quarter of it."""
SOUND_WEIGHT = 6.0
COVERED_LEAST = 0.3
"""Of what is known at all of the question, an article has so much, or it is about something else."""

_WORD = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


class Article(Struct, frozen=True, kw_only=True):
    """Paragraphs are parted by empty lines; the first one is the answer that is said to customers.

    `groups` are the skill groups that read it, all where it names none. What is not `active` nobody finds.
    """

    id: str
    title: str
    body: str
    keywords: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    active: bool = True
    updated_at: int = 0
    updated_by: str = ""

    @property
    def paragraphs(self) -> list[str]:
        return [part for each in re.split(r"\n[ \t]*\n", self.body) if (part := each.strip("\n"))]

    @property
    def answer(self) -> str:
        return self.paragraphs[0] if self.paragraphs else ""


class Piece(Struct, frozen=True):
    """A part of a text; `met` where it is what was asked for."""

    text: str
    met: bool = False


class Found(Struct, frozen=True):
    """An article, how well it fits, and how much of the question its title and keywords have, in pairs."""

    article: Article
    score: float
    named: int
    title: list[Piece]
    snippet: list[Piece]


class Library:
    """The articles, ready to be searched."""

    __slots__ = ("_shelved",)

    def __init__(self, articles: Iterable[Article]) -> None:
        self._shelved = [_Shelved(article) for article in articles if article.active]

    def find(self, article: str, groups: Collection[str]) -> Article | None:
        """The article of this id, if these groups may read it."""
        return next((each.article for each in self._readable(groups) if each.article.id == article), None)

    def search(self, question: str, groups: Collection[str], most: int = FOUND_MAX) -> list[Found]:
        """What these groups may read about the question, the best first."""
        asked = _folded(substance(question[:QUESTION_LENGTH_MAX]))
        grams = list(dict.fromkeys(_grams(asked)))[:GRAMS_MAX]
        if not grams:
            return []
        readable = list(self._readable(groups))
        counts = [sum(gram in each.everything for each in readable) for gram in grams]
        weights = {gram: log(1 + len(readable) / n) for gram, n in zip(grams, counts, strict=True) if n}
        spelt = as_typed(question) if asked.isascii() else ""
        whole = "".join(_WORD.findall(asked))
        ranked = [(each.score(weights, whole, spelt), each) for each in readable]
        ranked = sorted((pair for pair in ranked if pair[0]), key=lambda pair: (-pair[0], pair[1].article.title))
        return [_shown(each, score, list(weights)) for score, each in ranked[:most]]

    def _readable(self, groups: Collection[str]) -> Iterator["_Shelved"]:
        for each in self._shelved:
            if not each.article.groups or any(group in groups for group in each.article.groups):
                yield each


class _Shelved:
    """An article with its texts made comparable, character by character."""

    __slots__ = ("_spellings", "article", "body", "everything", "keywords", "title")

    def __init__(self, article: Article) -> None:
        self.article = article
        self.title = _folded(article.title)
        self.keywords = _folded("\n".join(article.keywords))
        self.body = _folded(article.body)
        self.everything = f"{self.title}\n{self.keywords}\n{self.body}"
        self._spellings = [Spelling(name) for name in (article.title, *article.keywords)]

    def score(self, weights: dict[str, float], whole: str, spelt: str) -> float:
        total = covered = 0.0
        for gram, weight in weights.items():
            places = self._weight_of_places(gram)
            total += weight * places
            covered += weight if places else 0.0
        if spelt and any(spelling.met_by(spelt) for spelling in self._spellings):
            return total + SOUND_WEIGHT * (2 if self._spellings[0].met_by(spelt) == "start" else 1)
        if not covered or covered < COVERED_LEAST * sum(weights.values()):
            return 0.0
        return total + WHOLE_WEIGHT * self._has(whole)

    def named(self, grams: Iterable[str]) -> int:
        return sum(gram in self.title or gram in self.keywords for gram in grams)

    def _weight_of_places(self, gram: str) -> float:
        return (
            TITLE_WEIGHT * (gram in self.title)
            + KEYWORD_WEIGHT * (gram in self.keywords)
            + BODY_WEIGHT * (gram in self.body)
        )

    def _has(self, whole: str) -> float:
        if len(whole) < 2:
            return 0.0
        return 1.0 if whole in self.title or whole in self.keywords else 0.25 * (whole in self.body)


# What was asked.


def _grams(asked: str) -> Iterator[str]:
    """Pairs of neighbours in each run of characters, and Latin words as they are."""
    for run in _WORD.findall(asked):
        if len(run) == 1 or is_latin(run[0]):
            yield run
        else:
            yield from (run[at : at + 2] for at in range(len(run) - 1))


def _folded(text: str) -> str:
    """Half width and lower case, each character in its own place, so that a place here is a place in the text."""
    return "".join(_folded_one(each) for each in text)


def _folded_one(character: str) -> str:
    if "a" <= character <= "z" or "\u3400" <= character <= "\u9fff":
        return character
    plain = normalize("NFKC", character).lower()
    return plain if len(plain) == 1 else character


# What is shown.


def _shown(each: _Shelved, score: float, grams: Sequence[str]) -> Found:
    article = each.article
    return Found(
        article=article,
        score=score,
        named=each.named(grams),
        title=_pieces(article.title, _marks(each.title, grams)),
        snippet=_snippet(article.body, _marks(each.body, grams)),
    )


def _marks(folded: str, grams: Iterable[str]) -> bytearray:
    """For each character whether it belongs to something that was asked for."""
    marks = bytearray(len(folded))
    for gram in grams:
        at = folded.find(gram)
        while at >= 0:
            marks[at : at + len(gram)] = b"\1" * len(gram)
            at = folded.find(gram, at + 1)
    return marks


def _snippet(text: str, marks: bytearray) -> list[Piece]:
    """The part of the text with most of what was asked for."""
    start = _best_window(marks)
    end = min(len(text), start + SNIPPET_LENGTH)
    pieces = _pieces(" ".join(text[start:end].split("\n")), marks[start:end])
    before = [Piece("…")] if start else []
    return [*before, *pieces, *([Piece("…")] if end < len(text) else [])]


def _best_window(marks: bytearray) -> int:
    """Where to begin, so that what was asked for stands a little after the beginning."""
    most = len(marks) - SNIPPET_LENGTH
    if most <= 0 or not any(marks):
        return 0
    met = best = sum(marks[:SNIPPET_LENGTH])
    start = 0
    for at in range(1, most + 1):
        met += marks[at + SNIPPET_LENGTH - 1] - marks[at - 1]
        if met > best:
            best, start = met, at
    return min(most, max(0, marks.find(1, start) - SNIPPET_LENGTH // 6))


def _pieces(text: str, marks: bytearray) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or marks[at] != marks[start]:
            pieces.append(Piece(text[start:at], bool(marks[start])))
            start = at
    return pieces
