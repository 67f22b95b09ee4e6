"""What things are called on the pages: customers, groups, seats, states, and the ways a session ends.

A customer is called what somebody here wrote down. WeChat tells only an openid; its tail is easier to say aloud than
its whole.
"""

from desk.channels.webchat.accounts import CHANNEL
from desk.i18n import Language, gettext_for, gettext_noop
from sessions.floor import Floor
from sessions.ids import AccountId, CloseReason, CustomerId, GroupId, SeatId, SessionState, openid_of
from sessions.settings import Site

NAME_TAIL = 6
TITLES = ("女士", "先生", "小姐", "老师")

CLOSE_REASONS: dict[CloseReason | str, str] = {
    "seat_end": gettext_noop("坐席挂断"),
    "customer_end": gettext_noop("客户结束"),
    "customer_idle": gettext_noop("客户长时间未回复"),
    "silent_abandon": gettext_noop("客户静默流失"),
    "queue_abandon": gettext_noop("客户放弃排队"),
    "queue_timeout": gettext_noop("排队超时"),
    "overflow": gettext_noop("排队已满"),
    "after_hours": gettext_noop("非服务时间"),
    "leave_message": gettext_noop("转为留言"),
    "supervisor_force": gettext_noop("班长强制结束"),
    "kf_window": gettext_noop("超过 48 小时可回复期"),
    "kf_ended": gettext_noop("微信侧已结束"),
    "transferred_out": gettext_noop("转出到其他系统"),
    "self_service": gettext_noop("自助完成"),
    "seat_lost": gettext_noop("坐席离线"),
    "system": gettext_noop("系统结束"),
}
STATES: dict[SessionState, str] = {
    "bot": gettext_noop("机器人接待"),
    "queued": gettext_noop("排队中"),
    "offered": gettext_noop("振铃中"),
    "active": gettext_noop("会话中"),
    "parked": gettext_noop("挂起"),
    "wrap_up": gettext_noop("话后"),
    "closed": gettext_noop("已结束"),
}


def customer_name(customer: CustomerId, lang: Language, remark: str = "") -> str:
    """What to call a customer: the remark, or what is left of their openid."""
    _ = gettext_for(lang)
    return remark or _("客户 %(tail)s", tail=openid_of(customer)[-NAME_TAIL:])


def initials(customer: CustomerId, remark: str = "") -> str:
    """Two characters for the customer's mark; of a Chinese name its last, as people are called."""
    if not remark:
        return openid_of(customer)[-2:].upper()
    letters = "".join(each for each in remark.split(maxsplit=1)[0] if each.isalnum()) or remark
    for title in TITLES:
        letters = letters.removesuffix(title) or letters
    return letters[:2].upper() if letters.isascii() else letters[:4][-2:]


def remark_of(floor: Floor, customer: CustomerId) -> str:
    """The name that was written down, as far as the floor knows it."""
    conversation = floor.conversations.get(customer)
    return conversation.profile.remark if conversation and conversation.profile else ""


def tags_of(floor: Floor, customer: CustomerId) -> tuple[str, ...]:
    """The customer's tags, as far as the floor knows them."""
    conversation = floor.conversations.get(customer)
    return conversation.profile.tags if conversation and conversation.profile else ()


def name_of(floor: Floor, customer: CustomerId, lang: Language) -> str:
    """What to call a customer of the floor."""
    return customer_name(customer, lang, remark_of(floor, customer))


def initials_of(floor: Floor, customer: CustomerId) -> str:
    """Their mark."""
    return initials(customer, remark_of(floor, customer))


def is_web_chat(site: Site, account: AccountId) -> bool:
    """Whether this account's customers are visitors of a site, and not in WeChat."""
    known = site.accounts.get(account)
    return known is not None and known.channel == CHANNEL


def group_name(site: Site, group: GroupId, lang: Language) -> str:
    """The skill group's name in this language, its key where it is not set up."""
    known = site.groups.get(group)
    if known is None:
        return group
    return (known.name_en if lang == "en" else "") or known.name


def seat_name(site: Site, seat: SeatId) -> str:
    """The seat's name, its key where it is not set up."""
    plan = site.seats.get(seat)
    return plan.name if plan else seat


def version_name(version: int) -> str:
    """Settings' version as people read it: six characters, enough to tell two apart at a glance."""
    return f"{version:012x}"[:6]


def disposition_words(disposition: str, lang: Language) -> str:
    """What the session was about, as it was chosen; in words where nobody chose."""
    _ = gettext_for(lang)
    return _("超时未填") if disposition == "autowrap" else _(disposition) if disposition else ""


def ending_words(disposition: str, reason: str, lang: Language) -> str:
    """What it was about, or why it ended where nobody said; empty for one that is not over."""
    if disposition:
        return disposition_words(disposition, lang)
    return gettext_for(lang)(CLOSE_REASONS[reason]) if reason in CLOSE_REASONS else ""
