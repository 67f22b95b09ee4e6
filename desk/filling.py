"""Variables in canned replies: `您好，我是{姓名}` becomes `您好，我是李静`.

Each has a Chinese name and an English one. What they stand for is said in the language of the text that they stand
in, for a customer reads it: Chinese, unless the text is in Latin letters alone. A text is filled once, from left to
right: what was put in is never looked at again, whatever it holds.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from unicodedata import normalize
from zoneinfo import ZoneInfo

from msgspec import Struct

from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import TITLES
from desk.times import Times

_VARIABLE = re.compile(r"\{([^{}\n]{0,20})\}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_ADDRESS = re.compile(rf"[\u3400-\u9fff]{{1,4}}(?:{'|'.join(TITLES)})")
WEEKDAYS = (
    gettext_noop("星期一"),
    gettext_noop("星期二"),
    gettext_noop("星期三"),
    gettext_noop("星期四"),
    gettext_noop("星期五"),
    gettext_noop("星期六"),
    gettext_noop("星期日"),
)
GREETINGS = (
    (5, gettext_noop("晚上好")),
    (9, gettext_noop("早上好")),
    (12, gettext_noop("上午好")),
    (14, gettext_noop("中午好")),
    (18, gettext_noop("下午好")),
    (24, gettext_noop("晚上好")),
)
"""Until which hour each is said."""


class Occasion(Struct, frozen=True, kw_only=True):
    """Who says something to whom, where and when. Names that are said differently in English have a second one."""

    customer: str = ""
    agent: str
    seat: str
    group: str
    group_en: str = ""
    session: str
    account: str
    at: int
    zone: ZoneInfo


class Variable(NamedTuple):
    """`name` is the Chinese name, `about` what it stands for, to be translated where it is shown."""

    name: str
    alias: str
    about: str
    value: Callable[[Occasion, Language], str]


def filled(text: str, occasion: Occasion) -> str:
    """The text as it is said; a variable that nobody knows stays as it stands."""
    lang = language_of_text(text)

    def value(found: re.Match[str]) -> str:
        variable = _BY_NAME.get(_plain(found[1]))
        return variable.value(occasion, lang) if variable else found[0]

    return _VARIABLE.sub(value, text)


def unknown_variables(text: str) -> list[str]:
    """Names in braces that stand for nothing."""
    names = dict.fromkeys(found[1] for found in _VARIABLE.finditer(text))
    return [name for name in names if _plain(name) not in _BY_NAME]


def language_of_text(text: str) -> Language:
    """English for Latin letters alone, its variables aside; else Chinese."""
    spoken = _VARIABLE.sub("", text)
    return "en" if _LATIN.search(spoken) and not _HAN.search(spoken) else "zh"


def example(at: int, zone: ZoneInfo) -> Occasion:
    """Somebody's morning, to show a reply by."""
    return Occasion(
        customer="",
        agent="李静",
        seat="01 号席",
        group="信用卡咨询",
        group_en="Card service",
        session="20261123-0042",
        account="云杉银行信用卡",
        at=at,
        zone=zone,
    )


def address_of(remark: str) -> str:
    """The remark where it is how people are spoken to (林女士), else nothing: other remarks are not for customers."""
    return remark if _ADDRESS.fullmatch(remark) else ""


def _customer(occasion: Occasion, lang: Language) -> str:
    return (occasion.customer if lang == "zh" else "") or gettext_for(lang)("客户")


def _group(occasion: Occasion, lang: Language) -> str:
    return (occasion.group_en if lang == "en" else "") or occasion.group


def _weekday(occasion: Occasion, lang: Language) -> str:
    return gettext_for(lang)(WEEKDAYS[_local(occasion).weekday()])


def _greeting(occasion: Occasion, lang: Language) -> str:
    hour = _local(occasion).hour
    return gettext_for(lang)(next(words for until, words in GREETINGS if hour < until))


def _local(occasion: Occasion) -> datetime:
    return datetime.fromtimestamp(occasion.at / 1000, occasion.zone)


VARIABLES = (
    Variable("客户", "customer", gettext_noop("备注名是称呼时（如林女士）用它，否则说“客户”"), _customer),
    Variable("姓名", "agent", gettext_noop("客服的姓名"), lambda at, _: at.agent),
    Variable("坐席", "seat", gettext_noop("坐席名称"), lambda at, _: at.seat),
    Variable("技能组", "group", gettext_noop("会话所在的技能组"), _group),
    Variable("会话号", "session", gettext_noop("会话编号"), lambda at, _: at.session),
    Variable("公众号", "account", gettext_noop("客户写信的公众号"), lambda at, _: at.account),
    Variable("日期", "date", gettext_noop("今天的日期"), lambda at, lang: Times(lang, at.zone).day(at.at, at.at)),
    Variable("时间", "time", gettext_noop("现在的时刻"), lambda at, lang: Times(lang, at.zone).clock(at.at)),
    Variable("星期", "weekday", gettext_noop("今天星期几"), _weekday),
    Variable("问候", "greeting", gettext_noop("按时刻问候：早上好、下午好…"), _greeting),
)


def _plain(name: str) -> str:
    return normalize("NFKC", name).strip().casefold()


_BY_NAME = {name: each for each in VARIABLES for name in (each.name, each.alias)}
