"""What is wrong with settings: where, in words, with a stable code.

The words are Chinese first like everything that people read; the command line and the log say them in English.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from desk.i18n import Language, gettext_for, gettext_noop
from routing.complaints import Complaint as RoutingComplaint
from routing.complaints import steps

SHOWN_LENGTH_MAX = 40
TEXTS = {
    "out_of_range": gettext_noop("%(value)s 超出范围，请填 %(least)s 至 %(most)s"),
    "not_a_number": gettext_noop("“%(value)s”不是整数，请填整数"),
    "not_a_text": gettext_noop("“%(value)s”不是文字，请填文字"),
    "unreadable": gettext_noop("无法读取（%(reason)s），请改正或清空"),
    "no_such_setting": gettext_noop("没有这项设置，请删除或改正名称"),
    "bad_id": gettext_noop("“%(value)s”不能作编号，请用 1 至 32 个字母、数字、_ 或 -，以字母或数字开头"),
    "missing": gettext_noop("不能为空，请填写"),
    "too_long": gettext_noop("最多 %(most)s 字，现有 %(length)s 字，请缩短"),
    "too_many": gettext_noop("最多 %(most)s 项，现有 %(length)s 项，请删减"),
    "control_character": gettext_noop("含有不可见的控制字符，请删除"),
    "no_such_choice": gettext_noop("没有“%(value)s”这个选项，请重新选择"),
    "no_such_group": gettext_noop("技能组 %(value)s 不存在，请改选或先建立"),
    "no_such_calendar": gettext_noop("服务时间 %(value)s 不存在，请改选或先建立"),
    "no_such_flow": gettext_noop("自助流程 %(value)s 不存在，请改选或先建立"),
    "no_such_seat": gettext_noop("坐席 %(value)s 不存在，请改选"),
    "seat_taken": gettext_noop("坐席 %(value)s 已有 %(user)s，请改选"),
    "seat_is_for_agents": gettext_noop("只有 agent 有坐席，请去掉坐席或把角色改为 agent"),
    "no_such_role": gettext_noop("没有“%(value)s”这个角色，请填 %(roles)s 之一"),
    "account_of_demo": gettext_noop(
        "%(value)s 的密钥是演示公开的，谁都能冒充微信；请从文件中删去，用 desk account 连接自己的（演示请设 DEMO=1）"
    ),
    "web_chat_of_demo": gettext_noop(
        "%(value)s 是演示银行的网页聊天；请从文件中删去，用 desk webchat 建立自己的（演示请设 DEMO=1）"
    ),
    "no_such_account": gettext_noop("公众号 %(value)s 不存在，请用命令行先建立"),
    "no_such_user": gettext_noop("客服 %(value)s 不存在或已停用，请改选"),
    "taken_twice": gettext_noop("“%(value)s”出现了两次，请只保留一处"),
    "name_taken": gettext_noop("另一个技能组也叫“%(value)s”，请换一个名称"),
    "wrap_block_too_long": gettext_noop("比关闭小结表单的 wrap_max_s 还长，请填 %(most)s 或更小"),
    "ladder_order": gettext_noop("静默阶梯须一步晚于一步，请填大于 %(least)s 的秒数或停用此步"),
    "rings_order": gettext_noop("扩圈须一圈不早于一圈，请填 %(least)s 或更大，或停用此圈"),
    "options_missing": gettext_noop("单选需要选项，请填写"),
    "forgotten_before": gettext_noop("客户到那时已不在记忆中，请填 %(most)s 小时或更短"),
    "overflow_to_itself": gettext_noop("不能溢出到自己，请去掉本组"),
    "overflow_nowhere": gettext_noop("没有溢出组可去，请选择溢出组或改用别的处理"),
    "successor_gone": gettext_noop("继任坐席 %(value)s 不在岗，请改选在岗坐席"),
    "successor_at_work": gettext_noop("坐席仍在使用，不能有继任者，请先停用"),
    "group_in_use": gettext_noop("仍被 %(value)s 使用，请先改掉"),
    "week_incomplete": gettext_noop("一周须有七天，从星期一起，现有 %(value)s 天"),
    "date_invalid": gettext_noop("“%(value)s”不是日期，请写成 2026-10-01"),
    "span_invalid": gettext_noop("%(value)s 不能用：开始须早于结束，且都在 00:00 至 24:00 之内"),
    "spans_overlap": gettext_noop("%(value)s 与前一段重叠，请按先后填写、互不重叠"),
    "menu_unknown": gettext_noop("文字菜单 %(value)s 不存在，请改选或先建立"),
    "menu_misnamed": gettext_noop("文字菜单的编号 %(value)s 与所在位置不符，请改成一致"),
    "group_unknown": gettext_noop("技能组 %(value)s 不存在，请改选或先建立"),
    "keyword_repeated": gettext_noop("已有编号为 %(value)s 的关键词，请换一个编号"),
    "key_empty": gettext_noop("缺少键值，请填写"),
    "option_repeated": gettext_noop("选项 %(value)s 与另一选项的输入相同，请换一个"),
    "phrase_empty": gettext_noop("需要说法，每条至少有一个字、字母或数字"),
    "phrase_too_long": gettext_noop("说法“%(value)s”过长，最多 40 字，请缩短"),
    "phrase_repeated": gettext_noop("说法“%(value)s”已用于另一个答案，请去掉其一"),
    "text_empty": gettext_noop("缺少要说的文字，请填写"),
    "text_too_long": gettext_noop("一条消息最多 600 字，现有 %(value)s 字，请缩短"),
    "not_days": gettext_noop("“%(value)s”起的日期不能用，请填先后两天，相隔不超过一年"),
    "no_such_place": gettext_noop("这个场合没有 %(value)s 可替换，请去掉"),
    "stray_brace": gettext_noop("“%(value)s”不会被替换，花括号须成对且中间没有空格，请写成 %(example)s 或去掉"),
    "not_hours": gettext_noop("“%(value)s”不是时间段，请写成 08:00-20:00，多段用逗号隔开"),
    "secret_missing": gettext_noop("缺少 %(name)s，请从公众号后台复制"),
    "aes_key": gettext_noop("%(name)s 为 43 个字母和数字，请从公众号后台完整复制"),
    "safe_without_key": gettext_noop("安全模式需要 aes_key，请从公众号后台复制 EncodingAESKey"),
    "bad_origin": gettext_noop("“%(value)s”不是网站地址，请写成 https://www.example.com 或 https://*.example.com"),
    "bad_colour": gettext_noop("“%(value)s”不是颜色，请写成 #0b7a57"),
    "other_channel": gettext_noop("同名账号属于另一渠道（%(value)s），请换一个编号"),
    "too_many_bytes": gettext_noop("一条消息最多 %(most)s 字节（汉字每个 3 字节），现有 %(length)s 字节，请缩短"),
    "unknown_variable": gettext_noop("没有 %(value)s 这个变量，可用：%(known)s"),
    "bad_shortcut": gettext_noop("快捷码最多 20 个汉字、字母、数字、_ 或 -，中间没有空格"),
    "shortcut_taken": gettext_noop("快捷码 %(value)s 已用于“%(title)s”，请换一个"),
    "full": gettext_noop("最多存 %(most)s 条，请先删除不用的"),
    "bad_mode": gettext_noop("模式“%(value)s”不存在，请填 plain、compatible 或 safe"),
}
"""By code; `%(name)s` stands for a value."""


class Complaint(Struct, frozen=True):
    """`path` leads to the setting from the site down: `("groups", "billing", "soft_cap")`.

    Of a code that has no words yet the code itself is said.
    """

    path: tuple[str, ...]
    code: str
    values: dict[str, object] = {}

    def words(self, lang: Language) -> str:
        """What is wrong and what to do, without the place."""
        return gettext_for(lang)(TEXTS.get(self.code, self.code), **self.values)

    def line(self, lang: Language = "en") -> str:
        """The same with the place before it, for a log or a terminal."""
        return f"{'.'.join(_cut(each) for each in self.path)}: {self.words(lang)}"


def _cut(text: str) -> str:
    """As much of what was typed as tells which it is."""
    return text if len(text) <= SHOWN_LENGTH_MAX else f"{text[:SHOWN_LENGTH_MAX]}…"


def found_in(path: tuple[str, ...], complaints: Iterable[RoutingComplaint]) -> Iterator[Complaint]:
    """What `routing` says of a part of the settings, told from the site down."""
    for each in complaints:
        yield Complaint((*path, *steps(each.field)), each.code, {"value": _cut(each.detail)})


class OutdatedError(Exception):
    """The change was made to something that is another by now, or is gone."""

    code = "outdated"


class SiteSettingsError(ValueError):
    """Settings that the desk cannot work with; the message has a line for each complaint."""

    code = "settings_invalid"

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(each.line() for each in self.complaints))
