"""What happened to a session, in one short sentence a line.

The chat and the archived transcript tell the same story in the same words. Names come from the settings in force
now; a seat that is gone is called by its key.
"""

from desk.bridgings import bridging
from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import CLOSE_REASONS, group_name, seat_name
from sessions import content as said
from sessions import events as ev
from sessions.ids import Millis
from sessions.settings import Site
from sessions.taking import STEPPED_IN

_ROUTINE = (
    ev.SessionOpened,
    ev.FlowAnswered,
    ev.SessionQueued,
    ev.QueueWidened,
    ev.SessionOffered,
    ev.OfferRejected,
    ev.OfferTimedOut,
    ev.OfferRescinded,
    ev.SessionAccepted,
    ev.TurnSet,
    ev.CustomerReminded,
    ev.SessionParked,
    ev.SessionWoken,
    ev.SessionMoved,
    ev.SegmentEnded,
    ev.SessionHungUp,
    ev.SessionResumed,
    ev.ConsultEnded,
)
WIDENED = {
    1: gettext_noop("等待较久，放宽一级技能要求"),
    2: gettext_noop("等待较久，请其他技能组协助"),
    3: gettext_noop("等待较久，询问客户是否留言"),
}
LEFT_BECAUSE = {
    "after_hours": gettext_noop("非服务时间，请客户留言"),
    "chosen": gettext_noop("客户选择留言"),
    "queue_full": gettext_noop("排队已满，请客户留言"),
    "waited_too_long": gettext_noop("等待过久，请客户留言"),
    "closing_time": gettext_noop("服务时间已过，请客户留言"),
}
PROFILE = {"remark": gettext_noop("备注名"), "phone": gettext_noop("电话"), "tags": gettext_noop("标签")}
RULE_KINDS = {
    "keyword": gettext_noop("关键词 %(name)s"),
    "click": gettext_noop("菜单 %(name)s"),
    "scene": gettext_noop("二维码 %(name)s"),
    "menu": gettext_noop("文字菜单 %(name)s"),
    "welcome": gettext_noop("新关注欢迎语"),
}


def happening(event: ev.Event, site: Site, lang: Language) -> str:
    """The sentence; empty where another line tells it already."""
    _ = gettext_for(lang)
    match event:
        case ev.SessionQueued():
            return _queued(event, site, lang)
        case ev.SessionOffered() | ev.OfferRejected() | ev.OfferTimedOut() | ev.SessionAccepted():
            return _rung(event, site, lang)
        case ev.SegmentEnded():
            return _segment_ended(event, site, lang)
        case ev.SessionHungUp(seat=seat):
            return _("%(seat)s 挂断，进入话后", seat=seat_name(site, seat))
        case ev.SessionResumed():
            return _("客户再次来信，会话继续")
        case ev.SessionClosed():
            return _closed(event, lang)
        case ev.QueueWidened() | ev.LeaveMessageBegun() | ev.CallbackScheduled():
            return _waited(event, lang)
        case ev.SessionOpened():
            return _opened(event, lang)
        case ev.FlowAnswered():
            return _answered(event, site, lang)
        case ev.CustomerDescribed():
            return _described(event, site, lang)
        case ev.SatisfactionRated():
            return _rated(event, lang)
        case ev.CustomerEventRecorded(event=what):
            return _done(what, lang)
        case _:
            return bridging(event, site, lang)


def note_of(event: ev.Event) -> str:
    """What the sender wrote for the colleague who takes over, or the customer beside their rating."""
    match event:
        case ev.SegmentEnded(note=note) | ev.SessionMoved(note=note) | ev.SatisfactionRated(comment=note):
            return note
        case _:
            return ""


def is_routine(event: ev.Event) -> bool:
    """Whether it only tells how the desk went its way: who reads for what was said may pass over it."""
    return isinstance(event, _ROUTINE) and not note_of(event)


def instant_of(event: ev.Event) -> Millis:
    """The instant that the sentence ends with; 0 where it names none. Templates know the desk's own clock."""
    match event:
        case ev.PromiseMade() | ev.PromiseWarned() | ev.PromiseBroken() | ev.CallbackScheduled():
            return event.due_at
        case _:
            return Millis(0)


def _opened(event: ev.SessionOpened, lang: Language) -> str:
    _ = gettext_for(lang)
    if event.origin == "callback":
        return _("回访：处理客户的留言")
    return _("接续会话 %(case)s", case=event.case) if event.case != event.session else ""


def _queued(event: ev.SessionQueued, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    words = _queued_because(event, group_name(site, event.group, lang), lang)
    return words + _("，先请 %(seat)s", seat=seat_name(site, event.exclusive)) if event.exclusive else words


def _queued_because(event: ev.SessionQueued, group: str, lang: Language) -> str:
    _ = gettext_for(lang)
    match event.reason:
        case "opened":
            return _("会话开始，进入排队：%(group)s", group=group)
        case "transfer":
            return _("转入排队：%(group)s", group=group)
        case "seat_lost":
            return _("坐席离线，回到排队：%(group)s", group=group)
        case "woken":
            return _("会话恢复，重新排队：%(group)s", group=group)
        case "rejected" | "offer_timeout" | "rescinded":
            return _("回到排队：%(group)s", group=group)
        case "shift_end":
            return _("坐席交班，进入排队：%(group)s", group=group)
        case "overflow":
            return _("原技能组无法接待，转入排队：%(group)s", group=group)
        case "callback":
            return _("回访排队：%(group)s", group=group)
        case "stepped_in":
            return _("坐席从机器人接手：%(group)s", group=group)


def _waited(event: ev.QueueWidened | ev.LeaveMessageBegun | ev.CallbackScheduled, lang: Language) -> str:
    _ = gettext_for(lang)
    match event:
        case ev.QueueWidened(exclusive_over=True):
            return _("专属坐席未能接待，改由全组接待")
        case ev.QueueWidened(ring=ring):
            return _(WIDENED.get(ring, ""))
        case ev.LeaveMessageBegun(reason=reason):
            return _(LEFT_BECAUSE[reason])
        case ev.CallbackScheduled():
            return _("客户已留言，回访时间")


def rule_words(rule: str, site: Site, lang: Language) -> str:
    """What self-service answered with, or what led a customer here: a keyword, a menu, a QR code."""
    kind, _colon, name = rule.partition(":")
    if kind == "keyword":
        name = _phrase_of(name, site) or name
    return gettext_for(lang)(RULE_KINDS[kind], name=name) if kind in RULE_KINDS else rule


def _answered(event: ev.FlowAnswered, site: Site, lang: Language) -> str:
    return gettext_for(lang)("自助应答，规则：%(rule)s", rule=rule_words(event.rule, site, lang))


def _phrase_of(keyword: str, site: Site) -> str:
    """What people know an answer by: its first phrase; empty for one that is no more."""
    found = (each for flow in site.flows.values() for each in flow.keywords if each.id == keyword)
    return next((f"“{each.phrases[0]}”" for each in found), "")


def _rung(
    event: ev.SessionOffered | ev.OfferRejected | ev.OfferTimedOut | ev.SessionAccepted, site: Site, lang: Language
) -> str:
    _ = gettext_for(lang)
    seat = seat_name(site, event.seat)
    match event:
        case ev.SessionOffered(from_seat=source) if source:
            return _("%(source)s 转接给 %(seat)s，等待对方接入", source=seat_name(site, source), seat=seat)
        case ev.SessionOffered(policy=policy):
            return "" if policy == STEPPED_IN else _("振铃：%(seat)s", seat=seat)
        case ev.OfferRejected():
            return _("%(seat)s 拒绝接入", seat=seat)
        case ev.OfferTimedOut():
            return _("%(seat)s 未应答", seat=seat)
        case ev.SessionAccepted(automatic=True):
            return _("%(seat)s 自动接入会话", seat=seat)
        case ev.SessionAccepted():
            return _("%(seat)s 接入会话", seat=seat)


def _closed(event: ev.SessionClosed, lang: Language) -> str:
    _ = gettext_for(lang)
    match event.disposition:
        case "autowrap":
            return _("会话结束，小结超时未填")
        case "" if event.reason in {"seat_end", "system"}:
            return _("会话结束")
        case "":
            return _("会话结束：%(reason)s", reason=_(CLOSE_REASONS[event.reason]))
        case disposition:
            return _("会话结束，小结：%(disposition)s", disposition=_(disposition))


def _described(event: ev.CustomerDescribed, site: Site, lang: Language) -> str:
    """Who changed what; the values stand in the customer's profile."""
    _ = gettext_for(lang)
    labels = {f"field.{field.id}": field.label for field in site.customer_fields}
    changed = (_(PROFILE[name]) if name in PROFILE else labels.get(name, name) for name in event.changed)
    words = _("、").join(changed)
    return _("%(seat)s 修改了客户资料：%(what)s", seat=seat_name(site, event.seat), what=words)


def _rated(event: ev.SatisfactionRated, lang: Language) -> str:
    _ = gettext_for(lang)
    if event.before:
        return _("客户改评 %(stars)s 分（原为 %(before)s 分）", stars=event.stars, before=event.before)
    return _("客户评价：%(stars)s 分", stars=event.stars)


def _segment_ended(event: ev.SegmentEnded, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    seat = seat_name(site, event.seat)
    if event.reason == "transferred" and event.to_seat:
        return _("%(source)s 转接给 %(seat)s", source=seat, seat=seat_name(site, event.to_seat))
    if event.reason == "transferred" and event.to_group:
        return _("%(source)s 转接到 %(group)s", source=seat, group=group_name(site, event.to_group, lang))
    match event.reason:
        case "seat_lost":
            return _("%(seat)s 已离线", seat=seat)
        case "woken_elsewhere":
            return _("%(seat)s 不在或已满，改由同事接待", seat=seat)
        case "shift_end" if event.to_seat is None:
            return _("%(seat)s 交班", seat=seat)  # to whom, the move tells
        case _:
            return ""


def _done(what: said.CustomerEvent, lang: Language) -> str:
    _ = gettext_for(lang)
    match what:
        case said.Followed(scene=scene):
            return _("客户关注了公众号（来源：%(scene)s）", scene=scene) if scene else _("客户关注了公众号")
        case said.Unfollowed():
            return _("客户取消关注公众号，此后收不到消息")
        case said.Scanned(scene=scene):
            return _("客户扫描了二维码：%(scene)s", scene=scene)
        case said.MenuClicked(key=key):
            return _("客户点击了菜单：%(key)s", key=key)
        case said.MenuViewed(url=url):
            return _("客户打开了菜单链接：%(url)s", url=url)
        case said.LocationReported(latitude=latitude, longitude=longitude):
            return _("客户上报了位置：%(latitude)s, %(longitude)s", latitude=latitude, longitude=longitude)
        case said.OtherEvent(name=name):
            return _("客户事件：%(name)s", name=name)
