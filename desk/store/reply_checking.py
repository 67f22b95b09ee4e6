"""What a canned reply and an article must be: sendable, findable, and without a variable that nobody fills.

Pure. A complaint's path is the name of the field.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from desk.filling import VARIABLES, unknown_variables
from desk.knowledge import Article
from desk.replies import Reply
from desk.store.complaints import Complaint
from desk.store.plain_checking import byte_complaints, text_complaints
from routing.phrasebook import PHRASE_LENGTH_MAX
from routing.words import normalised

TITLE_LENGTH_MAX = 50
CATEGORY_LENGTH_MAX = 20
KEYWORDS_MAX = 20
POSITION_MAX = 999
BODY_LENGTH_MAX = 10_000
REPLIES_MAX = {"personal": 200, "group": 300, "site": 1000}
"""Of one person, of one group, of the site."""
ARTICLES_MAX = 1000

_SHORTCUT = re.compile(r"[\w-]{1,20}")


def reply_complaints(reply: Reply, groups: Collection[str], others: Iterable[Reply]) -> Iterator[Complaint]:
    """What is wrong with it; `others` are those of the same owner."""
    yield from text_complaints(("title",), reply.title, TITLE_LENGTH_MAX)
    yield from sendable_complaints(("text",), reply.text)
    if unknown := unknown_variables(reply.text):
        yield Complaint(("text",), "unknown_variable", {"value": _in_braces(unknown), "known": known_variables()})
    if reply.shortcut:
        yield from _shortcut_complaints(reply, others)
    yield from _keyword_complaints(reply.keywords)
    yield from text_complaints(("category",), reply.category, CATEGORY_LENGTH_MAX, may_be_empty=True)
    if not 0 <= reply.position <= POSITION_MAX:
        yield Complaint(("position",), "out_of_range", {"value": reply.position, "least": 0, "most": POSITION_MAX})
    if reply.scope == "group" and reply.owner not in groups:
        yield Complaint(("owner",), "no_such_group", {"value": reply.owner[:40]})


def article_complaints(article: Article, groups: Collection[str]) -> Iterator[Complaint]:
    """What is wrong with it. Only its first paragraph is sent."""
    yield from text_complaints(("title",), article.title, TITLE_LENGTH_MAX)
    yield from text_complaints(("body",), article.body, BODY_LENGTH_MAX)
    yield from byte_complaints(("body",), article.answer)
    yield from _keyword_complaints(article.keywords)
    for group in article.groups:
        if group not in groups:
            yield Complaint(("groups",), "no_such_group", {"value": group[:40]})


def sendable_complaints(path: tuple[str, ...], text: str) -> Iterator[Complaint]:
    """A text that WeChat takes, before its variables are filled."""
    yield from text_complaints(path, text, len(text))
    yield from byte_complaints(path, text)


def known_variables() -> str:
    """Every variable by its Chinese name, as it is typed."""
    return _in_braces([each.name for each in VARIABLES])


def _shortcut_complaints(reply: Reply, others: Iterable[Reply]) -> Iterator[Complaint]:
    if not _SHORTCUT.fullmatch(reply.shortcut):
        yield Complaint(("shortcut",), "bad_shortcut")
    wanted = reply.shortcut.casefold()
    taken = next((each for each in others if each.id != reply.id and each.shortcut.casefold() == wanted), None)
    if taken:
        yield Complaint(("shortcut",), "shortcut_taken", {"value": reply.shortcut, "title": taken.title})


def _keyword_complaints(keywords: Sequence[str]) -> Iterator[Complaint]:
    if len(keywords) > KEYWORDS_MAX:
        yield Complaint(("keywords",), "too_many", {"most": KEYWORDS_MAX, "length": len(keywords)})
    for keyword in keywords:
        if len(keyword) > PHRASE_LENGTH_MAX:
            yield Complaint(("keywords",), "phrase_too_long", {"value": keyword[:PHRASE_LENGTH_MAX]})
        elif not normalised(keyword):
            yield Complaint(("keywords",), "phrase_empty")
        else:
            yield from text_complaints(("keywords",), keyword, PHRASE_LENGTH_MAX)


def _in_braces(names: Iterable[str]) -> str:
    return " ".join(f"{{{name}}}" for name in names)
