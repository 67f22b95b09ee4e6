"""The numbers of the session rules as a form asks them."""

from desk.i18n import gettext_noop
from desk.pages.admin.fields import Field, Section
from desk.pages.admin.group_fields import HOURS, MINUTES, PERCENT, SECONDS, TIMES
from desk.store.ranges import RULE_RANGES

POINTS = gettext_noop("分")


def _rule(name: str, label: str, hint: str = "", unit: str = SECONDS, scale: int = 1) -> Field:
    return Field(name=name, label=label, hint=hint, unit=unit, scale=scale, allowed=RULE_RANGES[name])


SECTIONS = (
    Section(
        title=gettext_noop("振铃与坐席"),
        fields=(
            _rule("offer_timeout_s", gettext_noop("振铃时长"), gettext_noop("无人应答多久后回到队伍原位。")),
            _rule("rona_limit", gettext_noop("连续未接"), gettext_noop("连续未接几次后坐席转为示忙。"), TIMES),
            _rule("reject_cooldown_s", gettext_noop("拒接冷却"), gettext_noop("拒接后多久内不再振此坐席。")),
            _rule("seat_grace_s", gettext_noop("断线宽限"), gettext_noop("坐席断线后会话保留多久再分给别人。")),
            _rule("hub_silent_s", gettext_noop("网关失联"), gettext_noop("网页进程多久无心跳算失联。")),
            _rule("transfer_hops_max", gettext_noop("转接上限"), gettext_noop("一个会话最多转接几次。"), TIMES),
            _rule(
                "wake_reserve_percent",
                gettext_noop("唤醒预留"),
                gettext_noop("按挂起会话的此比例给坐席留位。"),
                PERCENT,
            ),
            _rule(
                "fairness_sigma_percent",
                gettext_noop("公平界限"),
                gettext_noop("坐席比本组平均忙出多少个标准差后，平手时让位给别人；100% 为一个标准差。"),
                PERCENT,
            ),
        ),
    ),
    Section(
        title=gettext_noop("优先级"),
        about=gettext_noop("每一分相当于提前排队 60 秒。"),
        fields=(
            _rule("vip_points", gettext_noop("贵宾"), unit=POINTS),
            _rule("complaint_points", gettext_noop("投诉客户"), unit=POINTS),
            _rule("returning_points", gettext_noop("回头客户"), unit=POINTS),
            _rule("returning_window_s", gettext_noop("回头期限"), gettext_noop("多久内再来算回头。"), HOURS, 3600),
            _rule("transfer_points", gettext_noop("转接而来"), unit=POINTS),
            _rule("missed_points", gettext_noop("每次无人应答"), unit=POINTS),
        ),
    ),
    Section(
        title=gettext_noop("话后"),
        fields=(
            _rule("wrap_block_s", gettext_noop("占位时长"), gettext_noop("挂断后小结表单占用席位多久。")),
            _rule("wrap_max_s", gettext_noop("表单时长"), gettext_noop("小结表单最多开多久，到时自动结束。")),
        ),
    ),
    Section(
        title=gettext_noop("承诺"),
        fields=(
            _rule("promise_warn_s", gettext_noop("到期提醒"), gettext_noop("承诺到期前多久提醒坐席。")),
            _rule("promise_wake_s", gettext_noop("到期唤醒"), gettext_noop("承诺到期前多久把会话唤醒。")),
        ),
    ),
    Section(
        title=gettext_noop("发送次数与窗口"),
        about=gettext_noop("微信对主动发送的限制。只有平台改规则时才需要改这里。"),
        fields=(
            _rule("send_quota", gettext_noop("客户来信后可发"), unit=TIMES),
            _rule("send_window_s", gettext_noop("来信后窗口"), unit=HOURS, scale=3600),
            _rule("event_quota", gettext_noop("点击菜单后可发"), unit=TIMES),
            _rule("event_window_s", gettext_noop("点击后窗口")),
            _rule("quota_reserve", gettext_noop("留给坐席"), gettext_noop("自动消息至少留下几次给坐席。"), TIMES),
            _rule(
                "typing_every_s",
                gettext_noop("“正在输入”间隔"),
                gettext_noop("坐席写回复时，最多隔多久让客户看到一次“对方正在输入…”；0 为不显示。"),
            ),
            _rule("text_length_max", gettext_noop("来信长度上限"), unit=gettext_noop("字")),
        ),
    ),
    Section(
        title=gettext_noop("排队、自助与留言"),
        fields=(
            _rule(
                "queued_max",
                gettext_noop("全站排队上限"),
                gettext_noop("超过后如实告诉新客户系统正忙。"),
                gettext_noop("人"),
            ),
            _rule("bot_idle_s", gettext_noop("自助无操作"), gettext_noop("自助会话多久无操作后结束。"), MINUTES, 60),
            _rule("leave_message_idle_s", gettext_noop("留言收尾"), gettext_noop("客户多久不再输入算留言写完。")),
            _rule(
                "callback_after_s", gettext_noop("留言回访"), gettext_noop("工作时间内的留言多久后回访。"), MINUTES, 60
            ),
            _rule(
                "intent_kept_s",
                gettext_noop("意图保留"),
                gettext_noop("点击菜单或扫码后多久内的来信按其分组。"),
                MINUTES,
                60,
            ),
        ),
    ),
    Section(
        title=gettext_noop("其他"),
        fields=(
            _rule(
                "conversation_kept_s",
                gettext_noop("对话记忆"),
                gettext_noop("客户离开后，实时状态里保留多久。"),
                HOURS,
                3600,
            ),
            _rule(
                "utc_offset_min",
                gettext_noop("时区"),
                gettext_noop("与协调世界时相差的分钟数，北京时间为 480。"),
                MINUTES,
            ),
        ),
    ),
)
FIELDS = tuple(field for section in SECTIONS for field in section.fields)
