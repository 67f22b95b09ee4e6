"""What happened to a session, in one short sentence a line.

The chat and the archived transcript tell the same story in the same words. Names come from the settings in force
now; a seat that is gone is called by its key.
"""

from desk.i18n import Language, gettext_for
from desk.panes import group_name, seat_name
from sessions import content as said
from sessions import events as ev
from sessions.settings import Site


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
        case ev.SessionClosed(disposition=disposition):
            return _closed(disposition, lang)
        case ev.CustomerEventRecorded(event=what):
            return _done(what, lang)
        case _:
            return ""


def note_of(event: ev.Event) -> str:
    """What the sender wrote for the colleague who takes over."""
    return event.note if isinstance(event, ev.SegmentEnded) else ""


def _queued(event: ev.SessionQueued, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    group = group_name(site, event.group, lang)
    match event.reason:
        case "opened":
            return _("会话开始，进入排队：%(group)s", group=group)
        case "transfer":
            return _("转入排队：%(group)s", group=group)
        case "seat_lost":
            return _("坐席离线，回到排队：%(group)s", group=group)
        case "woken":
            return _("客户再次来信，重新排队：%(group)s", group=group)
        case "rejected" | "offer_timeout" | "rescinded":
            return _("回到排队：%(group)s", group=group)


def _rung(
    event: ev.SessionOffered | ev.OfferRejected | ev.OfferTimedOut | ev.SessionAccepted, site: Site, lang: Language
) -> str:
    _ = gettext_for(lang)
    seat = seat_name(site, event.seat)
    match event:
        case ev.SessionOffered(from_seat=source) if source:
            return _("%(source)s 转接给 %(seat)s，等待对方接入", source=seat_name(site, source), seat=seat)
        case ev.SessionOffered():
            return _("振铃：%(seat)s", seat=seat)
        case ev.OfferRejected():
            return _("%(seat)s 拒绝接入", seat=seat)
        case ev.OfferTimedOut():
            return _("%(seat)s 未应答", seat=seat)
        case ev.SessionAccepted():
            return _("%(seat)s 接入会话", seat=seat)


def _closed(disposition: str, lang: Language) -> str:
    _ = gettext_for(lang)
    match disposition:
        case "":
            return _("会话结束")
        case "autowrap":
            return _("会话结束，小结超时未填")
        case _:
            return _("会话结束，小结：%(disposition)s", disposition=_(disposition))


def _segment_ended(event: ev.SegmentEnded, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    seat = seat_name(site, event.seat)
    if event.reason == "transferred" and event.to_seat:
        return _("%(source)s 转接给 %(seat)s", source=seat, seat=seat_name(site, event.to_seat))
    if event.reason == "transferred" and event.to_group:
        return _("%(source)s 转接到 %(group)s", source=seat, group=group_name(site, event.to_group, lang))
    if event.reason == "seat_lost":
        return _("%(seat)s 已离线", seat=seat)
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
