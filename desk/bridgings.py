"""What became of a session while its customer was away or its seat changed, in one short sentence a line.

The bridge between a customer who knows no sessions and a seat that holds only what deserves attention: turns,
the silence ladder, parking and waking, promises, side threads.
"""

from desk.i18n import Language, gettext_for
from desk.names import seat_name
from desk.standing import SHORT_MARKS
from sessions import events as ev
from sessions.settings import Site


def bridging(event: ev.Event, site: Site, lang: Language) -> str:
    """The sentence; empty where another line tells it already, or nobody needs to know."""
    _ = gettext_for(lang)
    match event:
        case ev.SessionParked():
            return _parked(event, site, lang)
        case ev.SessionWoken():
            return _woken(event, site, lang)
        case ev.SessionMoved():
            return _moved(event, site, lang)
        case ev.CustomerReminded(told=told):
            return _("已提醒客户") if told else _("可发条数不足，没有提醒客户")
        case ev.PromiseMade() | ev.PromiseWarned() | ev.PromiseKept() | ev.PromiseBroken():
            return _promised(event, site, lang)
        case ev.TurnSet(seat=seat, turn="seat"):
            return _("%(seat)s 标为需要回复", seat=seat_name(site, seat))
        case ev.TurnSet(seat=seat):
            return _("%(seat)s 标为无需回复", seat=seat_name(site, seat))
        case ev.CustomerMarked(mark=mark, on=True):
            return _("客户标记：%(mark)s", mark=_(SHORT_MARKS[mark]))
        case ev.CustomerMarked(mark=mark):
            return _("取消客户标记：%(mark)s", mark=_(SHORT_MARKS[mark]))
        case ev.ConsultEnded(to_seat=seat):
            return _("与 %(seat)s 的咨询结束", seat=seat_name(site, seat))
        case _:
            return ""


def _parked(event: ev.SessionParked, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    match event.reason:
        case "silence":
            return _("客户没有回音，会话挂起")
        case "manual":
            return _("%(seat)s 挂起会话", seat=seat_name(site, event.seat))
        case "seat_lost":
            return _("坐席离线，会话挂起")
        case "shift_end":
            return _("坐席交班，会话挂起")
        case "promise":
            return ""  # the promise tells it


def _woken(event: ev.SessionWoken, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    match event.reason:
        case "customer":
            return _("客户来信，会话恢复")
        case "seat":
            return _("%(seat)s 恢复会话", seat=seat_name(site, event.seat))
        case "promise":
            return _("承诺的时间将到，会话恢复")


def _moved(event: ev.SessionMoved, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    source, seat = seat_name(site, event.from_seat), seat_name(site, event.to_seat)
    match event.reason:
        case "shift_end":
            return _("%(source)s 交班给 %(seat)s", source=source, seat=seat)
        case "inherited":
            return _("%(source)s 的客户由 %(seat)s 接手", source=source, seat=seat)


def _promised(
    event: ev.PromiseMade | ev.PromiseWarned | ev.PromiseKept | ev.PromiseBroken, site: Site, lang: Language
) -> str:
    _ = gettext_for(lang)
    match event:
        case ev.PromiseMade(seat=seat):
            return _("%(seat)s 承诺回复，会话挂起，最晚", seat=seat_name(site, seat))
        case ev.PromiseWarned():
            return _("承诺的时间将到，最晚")
        case ev.PromiseKept():
            return _("承诺已兑现")
        case ev.PromiseBroken():
            return _("承诺未兑现，约定时间")
