"""The core's refusals in human words: what is wrong, and what to do about it.

Chinese is the key, English stands in the catalog; a test keeps this table and the core's list the same.
"""

from desk.i18n import Language, gettext_for, gettext_noop

_ = gettext_noop

_WORDS = {
    "no_seat": _("您没有分配坐席，请联系管理员"),
    "seat_unknown": _("坐席 %(detail)s 不存在，请刷新后重选"),
    "seat_taken": _("坐席正由 %(detail)s 使用，请联系班长"),
    "seat_away": _("对方坐席当前不接新会话，请另选坐席或转到技能组"),
    "seat_full": _("对方坐席已满 10 个会话，请另选坐席或转到技能组"),
    "same_seat": _("会话已在该坐席，无需转接"),
    "not_signed_in": _("坐席尚未签入，请先签入"),
    "sessions_open": _("还有 %(detail)s 个会话未结束，请先挂断或转接"),
    "presence_invalid": _("没有这种坐席状态，请从列表中选择"),
    "reason_missing": _("小休需要选择原因"),
    "offer_gone": _("该会话已不在振铃，可能已超时或被他人接入"),
    "session_unknown": _("会话 %(detail)s 不存在或已结束"),
    "session_not_with_bot": _("该客户已不在机器人接待中，可能已转人工或已结束"),
    "not_your_group": _("该会话不属于您的技能组"),
    "own_seat_full": _("您的席位已满 10 个会话，请先挂断或挂起一个"),
    "session_not_active": _("会话不在服务中，无法执行此操作"),
    "session_not_in_wrap_up": _("会话尚未挂断，无法提交小结"),
    "not_your_session": _("该会话不在您的坐席，无法操作"),
    "group_unknown": _("技能组 %(detail)s 不存在，请刷新后重选"),
    "target_missing": _("请选择一个转接目标：技能组或坐席"),
    "transfer_pending": _("会话正在转接给 %(detail)s，请等待对方处理"),
    "too_many_hops": _("该会话已转接 %(detail)s 次，请自行处理或联系班长"),
    "text_empty": _("内容为空，无法发送"),
    "reply_due": _("客户在等回复：请先回复、承诺时间，或标为无需回复"),
    "session_not_parked": _("会话没有挂起，无需恢复"),
    "session_parked": _("会话已挂起，请先恢复再操作"),
    "promise_past": _("承诺的时间已过，请选择之后的时间"),
    "promise_too_late": _("到那时已超出微信的可回复期，请选择更早的时间"),
    "consult_pending": _("已在咨询 %(detail)s，请先结束这次咨询"),
    "no_consult": _("该会话没有进行中的咨询"),
    "recall_too_late": _("这条消息已不能撤回：已经送出，或没有发出"),
    "resend_unneeded": _("这条消息没有失败，或已经重发过"),
    "quota_spent": _("可发条数已用完，客户来信后才能再发"),
    "window_shut": _("已超过可回复期，客户来信后才能再发"),
    "disposition_missing": _("请选择小结分类"),
    "disposition_unknown": _("没有“%(detail)s”这个小结分类，请刷新后重选"),
    "profile_unread": _("客户资料还在读取，请稍候再试"),
    "profile_changed": _("同事刚改过这一项，请核对后再保存"),
    "value_too_long": _("内容过长，最多 %(detail)s 字"),
    "value_invalid": _("内容不符合该项的格式，请检查"),
    "too_many_tags": _("最多 %(detail)s 个标签，请先删去一些"),
    "field_unknown": _("没有“%(detail)s”这一项，请刷新页面"),
}
CODES = frozenset(_WORDS)


def refusal_words(code: str, detail: str, lang: Language) -> str:
    """What to tell the person whose command was refused."""
    return gettext_for(lang)(_WORDS[code], detail=detail)
