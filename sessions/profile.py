"""What is known of a customer beside their words: what a channel tells, and how what we write down is kept clean."""

from unicodedata import category

from sessions.ids import Millis
from sessions.records import Record

REMARK_LENGTH_MAX = 40
PHONE_LENGTH_MAX = 30
VALUE_LENGTH_MAX = 200
TAG_LENGTH_MAX = 20
TAGS_MAX = 20

_UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of the words around it, and would make a name read as something else."""


class Told(Record):
    """What the channel tells of a customer: since when they follow, how they came to it, and by which QR code."""

    follows: bool
    since: Millis = Millis(0)
    scene: str = ""
    code: str = ""
    remark: str = ""
    unionid: str = ""
    language: str = ""


def plain(text: str) -> str:
    """The text in one line, without what nobody sees."""
    seen = "".join(" " if category(each) in _UNSEEN else each for each in text if each not in _TURNING)
    return " ".join(seen.split())
