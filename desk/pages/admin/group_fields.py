"""Every setting of a skill group as a form asks it, in the order in which a manager thinks of them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from desk.i18n import gettext_noop
from desk.pages.admin.fields import Field, Section, lines_of
from desk.store.checking import value_at
from desk.store.ranges import GROUP_RANGES
from desk.store.site_parts import converted
from sessions.settings import Group

SECONDS, MINUTES, HOURS = gettext_noop("秒"), gettext_noop("分钟"), gettext_noop("小时")
PEOPLE, TIMES, PERCENT = gettext_noop("人"), gettext_noop("次"), "%"


def _number(
    name: str, label: str, hint: str = "", unit: str = SECONDS, scale: int = 1, optional: bool = False
) -> Field:
    return Field(
        name=name, label=label, hint=hint, unit=unit, scale=scale, optional=optional, allowed=GROUP_RANGES[name]
    )


def _step(name: str, label: str, hint: str) -> tuple[Field, Field]:
    return (
        _number(f"ladder.{name}.after_s", label, hint, optional=True),
        Field(
            name=f"ladder.{name}.working_hours",
            label=gettext_noop("只计工作时间"),
            kind="switch",
            joined=f"ladder.{name}.after_s",
        ),
    )


SECTIONS = (
    Section(
        title=gettext_noop("基本"),
        fields=(
            Field(name="name", label=gettext_noop("名称"), kind="text"),
            Field(name="name_en", label=gettext_noop("英文名称"), kind="text", optional=True),
            _number(
                "required_level", gettext_noop("最低技能等级"), gettext_noop("等级不够的坐席不接此组，直到扩圈。"), ""
            ),
            _number(
                "soft_cap",
                gettext_noop("软上限"),
                gettext_noop("坐席手上达到此数就不再分配此组的新会话；坐席自己的软上限更低时以更低为准。"),
                gettext_noop("个会话"),
            ),
            Field(
                name="policy",
                label=gettext_noop("分配策略"),
                kind="choice",
                hint=gettext_noop("最短预期回复看谁最快能回，其余供对比或沿用习惯。"),
            ),
            Field(
                name="auto_accept",
                label=gettext_noop("自动接入"),
                kind="switch",
                hint=gettext_noop("派到坐席的新会话直接接入，不振铃，也不会漏接；同事转接仍需对方接入。"),
            ),
            Field(
                name="calendar",
                label=gettext_noop("服务时间"),
                kind="choice",
                hint=gettext_noop("不在服务时间内的客户可以留言。"),
                optional=True,
            ),
        ),
    ),
    Section(
        title=gettext_noop("熟客与唤醒"),
        about=gettext_noop("客户先找认识的坐席，等不到再找别人。"),
        fields=(
            _number(
                "sticky_window_s", gettext_noop("熟客有效期"), gettext_noop("多久以内算熟客；0 为不用。"), HOURS, 3600
            ),
            _number("sticky_wait_s", gettext_noop("熟客专属等待"), gettext_noop("只振上次的坐席多久。")),
            _number(
                "wake_wait_s",
                gettext_noop("唤醒专属等待"),
                gettext_noop("挂起的会话醒来而原坐席已满时，只等原坐席多久。"),
            ),
            _number(
                "cooling_s",
                gettext_noop("冷却时间"),
                gettext_noop("回复客户后，会话在这段时间内仍按一个完整会话计负载。"),
            ),
            _number(
                "cold_weight_percent",
                gettext_noop("冷却后的负载"),
                gettext_noop("冷下来的会话按此比例计负载。"),
                PERCENT,
            ),
        ),
    ),
    Section(
        title=gettext_noop("扩圈"),
        about=gettext_noop("无人接时逐步扩大范围，时间从进入排队算起。留空即不启用该圈。"),
        fields=(
            _number(
                "rings.level_down_s", gettext_noop("降一级"), gettext_noop("也振等级低一级的坐席。"), optional=True
            ),
            _number(
                "rings.overflow_s", gettext_noop("溢出到其他组"), gettext_noop("也振下列组的坐席。"), optional=True
            ),
            Field(name="rings.overflow_groups", label=gettext_noop("溢出组"), kind="many", optional=True),
            _number(
                "rings.leave_message_s",
                gettext_noop("请客户留言"),
                gettext_noop("问客户继续等还是留言。"),
                optional=True,
            ),
        ),
    ),
    Section(
        title=gettext_noop("静默阶梯"),
        about=gettext_noop("客户不再说话时做什么，时间从坐席最后一句算起。留空即不启用该步。"),
        fields=(
            *_step("remind", gettext_noop("提醒"), gettext_noop("问一句还需要什么；要省着用发送次数时不问。")),
            *_step("park", gettext_noop("挂起会话"), gettext_noop("让出席位，归属不变，客户再说话即醒。")),
            *_step("soft_end", gettext_noop("软结束"), gettext_noop("结束会话；在合并窗口内再来仍算同一件事。")),
            _number(
                "ladder.hard_end_before_s",
                gettext_noop("硬结束"),
                gettext_noop("在微信 48 小时发送窗口关闭之前多久结束。"),
                MINUTES,
                60,
                optional=True,
            ),
            _number(
                "merge_window_s",
                gettext_noop("合并窗口"),
                gettext_noop("软结束后多久内再来算同一件事，优先原坐席。"),
                MINUTES,
                60,
            ),
        ),
    ),
    Section(
        title=gettext_noop("排队"),
        about=gettext_noop("0 表示不限或不做。"),
        fields=(
            _number("manners.length_max", gettext_noop("排队人数上限"), unit=PEOPLE),
            _number("manners.wait_max_s", gettext_noop("排队时长上限")),
            Field(name="manners.when_full", label=gettext_noop("超过上限时"), kind="choice"),
            _number(
                "manners.tell_after_s", gettext_noop("首次告知位置"), gettext_noop("排队多久后告诉客户位置和预计等待。")
            ),
            _number("manners.tell_every_s", gettext_noop("再次告知间隔")),
            _number("manners.tell_max", gettext_noop("最多告知"), unit=TIMES),
            _number(
                "manners.drain_min",
                gettext_noop("下班后收尾"),
                gettext_noop("下班时已在排队的客户再服务多久，之后请其留言。"),
                MINUTES,
            ),
        ),
    ),
    Section(
        title=gettext_noop("满意度"),
        about=gettext_noop("会话结束后请客户打分，同一案件只问一次；放弃排队、未接通人工或已不能发送时不问。"),
        fields=(
            Field(name="satisfaction.ask", label=gettext_noop("请客户评价"), kind="choice"),
            _number(
                "satisfaction.valid_s",
                gettext_noop("评价有效期"),
                gettext_noop("此后的评价不再计入。"),
                HOURS,
                3600,
            ),
        ),
    ),
    Section(
        title=gettext_noop("小结"),
        about=gettext_noop("挂断后问会话是关于什么的。客户随时可以再来信，超时自动结束，都不受必填影响。"),
        fields=(
            Field(
                name="dispositions.choices",
                label=gettext_noop("小结分类"),
                kind="area",
                hint=gettext_noop("每行一个；留空则由客服自己写。"),
                optional=True,
            ),
            Field(name="dispositions.required", label=gettext_noop("小结必填"), kind="switch"),
        ),
    ),
)
FIELDS = tuple(field for section in SECTIONS for field in section.fields)

POLICIES = {
    "shortest_reply": gettext_noop("最短预期回复（推荐）"),
    "least_loaded": gettext_noop("最少会话"),
    "longest_idle": gettext_noop("最长空闲"),
    "round_robin": gettext_noop("轮流"),
    "random": gettext_noop("随机"),
    "two_choices": gettext_noop("随机两席取其闲"),
}
WHEN_TO_ASK = {
    "off": gettext_noop("不请"),
    "answered": gettext_noop("客服回复过的会话"),
    "always": gettext_noop("所有接通人工的会话"),
}
WHEN_FULL = {
    "leave_message": gettext_noop("请客户留言"),
    "overflow": gettext_noop("转到溢出组"),
    "busy": gettext_noop("告知系统正忙"),
}


LISTS = frozenset({"dispositions.choices"})
"""Fields with a line for each word."""


def values_of(group: Group) -> dict[str, Any]:
    """The group's settings by the names of their fields."""
    values = {field.name: value_at(group, field.name) for field in FIELDS}
    return values | {name: "\n".join(values[name]) for name in LISTS}


def group_with(group: Group, values: Mapping[str, Any]) -> Group:
    """The group with these settings, as the form has them; a step without a time is no step.

    Raises `SiteSettingsError`.
    """
    plain: dict[str, Any] = msgspec.to_builtins(group)
    for name, value in values.items():
        *way, last = name.split(".")
        place = plain
        for step in way:
            if place.get(step) is None:
                place[step] = {}
            place = place[step]
        place[last] = lines_of(value) if name in LISTS else value
    ladder = plain.get("ladder", {})
    for name in ("remind", "park", "soft_end"):
        if name in ladder and ladder[name].get("after_s") is None:
            ladder[name] = None
    return converted(("groups", group.id), plain, Group)
