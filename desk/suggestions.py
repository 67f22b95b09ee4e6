"""What might be said to the customer's last words, for the agent to choose: nothing here is ever sent by itself.

Pure. Three sources, each asked in its own way: the account's keyword answers by the matcher that self-service uses,
canned replies by their keywords, knowledge by its keywords and then by its words. The best of each comes first, so
that one source cannot crowd out the others.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from desk.knowledge import Article, Library
from desk.replies import Reply, may_use
from desk.transcripts import Line
from routing.phrasebook import Entry, PhraseBook
from routing.selfservice import Answer, Matcher
from routing.words import normalised
from sessions.content import Text, Voice

SUGGESTED_MAX = 3
TEXTS_MAX = 5
"""Of the customer's unanswered texts so many are looked at, the newest first."""
TEXT_LENGTH_MAX = 300
NAMED_LEAST = 2
"""An article without a keyword for it has so much of the words in its title, in pairs, or is no suggestion."""

Source = Literal["keyword", "reply", "article"]
_Cued = TypeVar("_Cued", Reply, Article)


class Suggestion(Struct, frozen=True, kw_only=True):
    """`id` is that of the reply or the article; `text` of a reply still has its variables."""

    source: Source
    title: str
    text: str
    id: str = ""


class Cues(Generic[_Cued]):
    """The keywords of many replies, or of many articles, read at once."""

    def __init__(self, cued: Iterable[_Cued]) -> None:
        by_phrase: dict[str, list[_Cued]] = {}
        for each in cued:
            for keyword in each.keywords:
                if words := normalised(keyword):
                    by_phrase.setdefault(words, []).append(each)
        self._book = PhraseBook(Entry(phrase) for phrase in by_phrase)
        self._cued: list[list[_Cued]] = list(by_phrase.values())

    def heard_in(self, text: str) -> Iterator[_Cued]:
        """What these words ask for, the best first."""
        for hit in self._book.find_all(text):
            yield from self._cued[hit.place]


def suggestions(
    texts: Sequence[str],
    *,
    matcher: Matcher | None,
    replies: Iterable[Cues[Reply]],
    articles: Cues[Article],
    library: Library,
    user: str,
    groups: Collection[str],
) -> list[Suggestion]:
    """What might be said to these texts, which are the customer's, oldest first."""
    newest = [text for text in reversed(texts) if text.strip()][:TEXTS_MAX]
    said = [
        list(_from_keywords(newest, matcher)) if matcher else [],
        list(_from_replies(newest, replies, user, groups)),
        list(_from_knowledge(newest, articles, library, groups)),
    ]
    chosen: dict[str, Suggestion] = {}
    for each in (each for rank in zip_longest(*said) for each in rank if each is not None):
        chosen.setdefault(each.text, each)
    return list(chosen.values())[:SUGGESTED_MAX]


def unanswered(lines: Sequence[Line]) -> list[str]:
    """The customer's words since the seat last spoke, oldest first; without those that ask for nothing."""
    texts: list[str] = []
    for line in reversed(lines):
        if line.by == "seat":
            break
        if line.by == "customer" and not line.closing and isinstance(line.content, Text | Voice):
            content = line.content
            texts.append((content.text if isinstance(content, Text) else content.recognition)[:TEXT_LENGTH_MAX])
    return texts[::-1]


def _from_keywords(texts: Iterable[str], matcher: Matcher) -> Iterator[Suggestion]:
    for text in texts:
        found = matcher.find(text)
        if found is not None and isinstance(found.action, Answer):
            yield Suggestion(source="keyword", title=found.phrase, text=found.action.text)


def _from_replies(
    texts: Iterable[str], cues: Iterable[Cues[Reply]], user: str, groups: Collection[str]
) -> Iterator[Suggestion]:
    books = list(cues)
    for text in texts:
        for reply in (each for book in books for each in book.heard_in(text)):
            if may_use(reply, user, groups):
                yield Suggestion(source="reply", title=reply.title, text=reply.text, id=reply.id)


def _from_knowledge(
    texts: Iterable[str], cues: Cues[Article], library: Library, groups: Collection[str]
) -> Iterator[Suggestion]:
    for text in texts:
        heard = [each for each in cues.heard_in(text) if library.find(each.id, groups)]
        known = [found.article for found in library.search(text, groups) if found.named >= NAMED_LEAST]
        for article in heard or known:
            yield Suggestion(source="article", title=article.title, text=article.answer, id=article.id)
