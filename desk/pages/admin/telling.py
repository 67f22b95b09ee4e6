"""Changes of settings in words: the labels of the forms, the names of groups and seats, old value and new."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from desk.channels.webchat.accounts import CHANNEL
from desk.i18n import Language, gettext_for, gettext_noop
from desk.pages.admin import group_fields, rule_fields
from desk.pages.admin.fields import Field, shown_number
from desk.pages.admin.words import KINDS
from desk.store.changes import Change
from sessions.ids import AccountId, GroupId, SeatId
from sessions.settings import Site, Step

PARTS = {
    "accounts": gettext_noop("公众号"),
    "groups": gettext_noop("技能组"),
    "seats": gettext_noop("坐席"),
    "calendars": gettext_noop("服务时间"),
    "flows": gettext_noop("自助流程"),
    "rules": gettext_noop("规则"),
    "texts": gettext_noop("用语"),
    "customer_fields": gettext_noop("客户资料项"),
    "closing_tokens": gettext_noop("结束语"),
    "give_up_words": gettext_noop("退出排队用词"),
    "leave_message_words": gettext_noop("留言用词"),
    "successors": gettext_noop("继任坐席"),
}
WEBSITE = gettext_noop("网站")
NAMES = {
    "default_group": gettext_noop("默认技能组"),
    "flow": gettext_noop("自助流程"),
    "name": gettext_noop("名称"),
    "agent": gettext_noop("客服"),
    "skills": gettext_noop("技能"),
    "soft_cap": gettext_noop("软上限"),
    "week": gettext_noop("每周"),
    "dates": gettext_noop("特殊日期"),
    "welcome": gettext_noop("关注欢迎语"),
    "clicks": gettext_noop("菜单点击"),
    "scenes": gettext_noop("二维码"),
    "menus": gettext_noop("文字菜单"),
    "keywords": gettext_noop("关键词"),
    "phrases": gettext_noop("说法"),
    "action": gettext_noop("做什么"),
    "text": gettext_noop("文字"),
    "options": gettext_noop("选项"),
    "fuzzy": gettext_noop("容错"),
    "unmatched_max": gettext_noop("听不懂几次后转人工"),
    "unmatched_text": gettext_noop("听不懂时说"),
    "answer_share": gettext_noop("自动回答所需占比"),
}
"""Names in a path that are no field of a form."""
_GROUP_FIELDS = {field.name: field for field in group_fields.FIELDS}
_RULE_FIELDS = {field.name: field for field in rule_fields.FIELDS}


class ToldChange(Struct, frozen=True):
    """`where` is the way to it in words; None where there was, or is, nothing."""

    where: str
    before: str | None
    after: str | None


def told_changes(changes: Iterable[Change], site: Site, lang: Language, most: int = 200) -> list[ToldChange]:
    """The first of these changes, for people; names are those of `site`."""
    return [_told(change, site, lang) for change, _ in zip(changes, range(most), strict=False)]


def _told(change: Change, site: Site, lang: Language) -> ToldChange:
    say = gettext_for(lang)
    part, *rest = change.path
    words = [say(_part(site, change.path)) if part in PARTS else part]
    field: Field | None = None
    if part in {"groups", "seats", "accounts", "calendars", "flows"} and rest:
        words.append(_name(site, part, rest.pop(0), lang))
    if part == "groups":
        field = _GROUP_FIELDS.get(way := ".".join(rest)) or _GROUP_FIELDS.get(f"{way}.after_s")
    elif part == "rules":
        field = _RULE_FIELDS.get(".".join(rest))
    if field is not None:
        words.append(say(field.label))
    elif part == "texts":
        words += [say(KINDS.get(kind, kind)) for kind in rest]
    else:
        words += [say(NAMES[name]) if name in NAMES else _name(site, "groups", name, lang) for name in rest]
    return ToldChange(" · ".join(words), _value(change.before, field, lang), _value(change.after, field, lang))


def _part(site: Site, path: tuple[str, ...]) -> str:
    """What people call this part of the settings; a web chat is no Official Account."""
    account = site.accounts.get(AccountId(path[1])) if path[0] == "accounts" and len(path) > 1 else None
    return WEBSITE if account is not None and account.channel == CHANNEL else PARTS[path[0]]


def _name(site: Site, part: str, name: str, lang: Language) -> str:
    match part:
        case "groups":
            group = site.groups.get(GroupId(name))
            return ((group.name_en if lang == "en" else "") or group.name) if group else name
        case "seats":
            seat = site.seats.get(SeatId(name))
            return seat.name if seat else name
        case _:
            found = getattr(site, part).get(name)
            return found.name if found else name


def _value(value: str | None, field: Field | None, lang: Language) -> str | None:
    if value is None:
        return None
    if value in {"true", "false"}:
        return gettext_for(lang)("是" if value == "true" else "否")
    if field is not None and field.kind == "number" and value.lstrip("-").isdigit():
        return f"{shown_number(int(value), field.scale)} {gettext_for(lang)(field.unit) if field.unit else ''}".strip()
    if field is not None and value.startswith("{"):
        return _step(value, field, lang)
    return value


def _step(value: str, field: Field, lang: Language) -> str | None:
    """A whole step of the silence ladder, that came or went."""
    step = msgspec.json.decode(value, type=Step)
    hours = f" {gettext_for(lang)('只计工作时间')}" if step.working_hours else ""
    return f"{_value(str(step.after_s), field, lang)}{hours}"
