"""Everything that can be done at the desk by keyboard: one list for the keys, the cheat sheet and the command bar.

An action presses what is on the page (`press`, a CSS selector), so that a key can do nothing that a button could not,
and is offered exactly while its button is there. The few without a button are named in `static/desk/main.js`.
"""

from functools import cache
from typing import Literal

from msgspec import Struct

from desk.i18n import Language, gettext_for, gettext_noop
from routing.sound import syllables
from routing.words import normalised

Place = Literal["session", "list", "seat", "page"]
PLACES: dict[Place, str] = {
    "session": gettext_noop("当前会话"),
    "list": gettext_noop("会话列表"),
    "seat": gettext_noop("坐席状态"),
    "page": gettext_noop("页面"),
}


class Action(Struct, frozen=True, kw_only=True):
    """`code` is the key beside Alt by its place on the keyboard (`KeyboardEvent.code`); `shift`: and beside Shift."""

    id: str
    place: Place
    label: str
    code: str = ""
    shift: bool = False
    press: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """What to press, as it stands on the keys."""
        letter = self.code.removeprefix("Key").removeprefix("Digit")
        return ("Alt", *(("Shift",) if self.shift else ()), letter) if letter else ()


def _do(verb: str) -> str:
    return f'.chat-head [data-do="{verb}"]:enabled'


def _dialog(name: str) -> str:
    return f'.chat-head [data-dialog="{name}"]:enabled'


def _presence(presence: str, reason: str = "") -> str:
    return f'.presence-menu [data-presence="{presence}"]' + (f'[data-reason="{reason}"]' if reason else "")


ACTIONS = (
    Action(id="reply", place="session", label=gettext_noop("写回复"), code="KeyL"),
    Action(id="note", place="session", label=gettext_noop("切换回复与内部备注"), code="KeyP"),
    Action(id="park", place="session", label=gettext_noop("挂起会话"), code="KeyM", press=_do("park")),
    Action(id="resume", place="session", label=gettext_noop("恢复挂起的会话"), code="KeyM", press=_do("resume")),
    Action(id="promise", place="session", label=gettext_noop("承诺回复时间"), code="KeyO", press=_dialog("promise")),
    Action(id="consult", place="session", label=gettext_noop("咨询同事"), code="KeyC", press=_dialog("consult")),
    Action(
        id="consult_say",
        place="session",
        label=gettext_noop("到正在进行的咨询"),
        code="KeyC",
        press=".context .thread-form label",
    ),
    Action(
        id="end_consult",
        place="session",
        label=gettext_noop("结束咨询"),
        press='.context .consult [data-do="end_consult"]',
    ),
    Action(id="transfer", place="session", label=gettext_noop("转接"), code="KeyT", press=_dialog("transfer")),
    Action(id="turn", place="session", label=gettext_noop("改为需要或无需回复"), code="KeyR", press=_do("set_turn")),
    Action(id="why", place="session", label=gettext_noop("为什么派给我"), code="KeyY", press=_dialog("why")),
    Action(id="emoji", place="session", label=gettext_noop("表情"), code="KeyG", press=".composer [data-emoji]"),
    Action(
        id="image", place="session", label=gettext_noop("发送图片"), code="KeyI", press='.composer [data-pick="image"]'
    ),
    Action(id="voice", place="session", label=gettext_noop("发送语音"), press='.composer [data-dialog="voice"]'),
    Action(id="replies", place="session", label=gettext_noop("插入快捷回复"), press=".composer [data-slash]"),
    Action(
        id="keep_reply",
        place="session",
        label=gettext_noop("存为快捷回复"),
        press='.composer [data-dialog="keep_reply"]',
    ),
    Action(id="knowledge", place="session", label=gettext_noop("搜索知识库"), code="KeyB", press=".knowledge label"),
    Action(id="recall", place="session", label=gettext_noop("撤回刚发送的消息"), code="KeyZ"),
    Action(id="hang_up", place="session", label=gettext_noop("挂断会话"), code="KeyE", press=_do("hang_up")),
    Action(
        id="wrap_up",
        place="session",
        label=gettext_noop("提交小结"),
        code="KeyS",
        press='[data-form="wrap_up"] button:not([type="button"])',
    ),
    Action(
        id="accept",
        place="list",
        label=gettext_noop("接入振铃的会话"),
        code="KeyA",
        press='#rings .ring:not([data-answered]) [data-do="accept"]',
    ),
    Action(
        id="reject",
        place="list",
        label=gettext_noop("拒绝振铃的会话"),
        code="KeyX",
        press='#rings .ring:not([data-answered]) [data-do="reject"]',
    ),
    Action(id="next", place="list", label=gettext_noop("下一个会话"), code="KeyJ"),
    Action(id="previous", place="list", label=gettext_noop("上一个会话"), code="KeyK"),
    Action(id="longest", place="list", label=gettext_noop("等待最久的客户"), code="KeyW"),
    Action(id="close", place="list", label=gettext_noop("关闭打开的会话"), code="KeyQ"),
    *(
        Action(id=f"list_{name}", place="list", label=label, press=f"#tab-{name}")
        for name, label in {
            "mine": gettext_noop("列表：进行中"),
            "queue": gettext_noop("列表：排队"),
            "talks": gettext_noop("列表：机器人"),
            "parked": gettext_noop("列表：已挂起"),
            "closed": gettext_noop("列表：已结束"),
        }.items()
    ),
    Action(
        id="sort_waiting",
        place="list",
        label=gettext_noop("排序：等待最久"),
        press='[data-value="waiting"][aria-pressed="false"]',
    ),
    Action(
        id="sort_recent",
        place="list",
        label=gettext_noop("排序：最近"),
        press='[data-value="recent"][aria-pressed="false"]',
    ),
    Action(id="compact", place="list", label=gettext_noop("紧凑列表"), press='[data-prefer="compact"]'),
    Action(id="sign_in", place="seat", label=gettext_noop("签入坐席"), press='[data-do="sign_in_seat"]'),
    Action(id="available", place="seat", label=gettext_noop("示闲"), press=_presence("available")),
    Action(id="busy", place="seat", label=gettext_noop("示忙"), press=_presence("busy")),
    *(
        Action(id=f"break_{reason}", place="seat", label=label, press=_presence("break", reason))
        for reason, label in {
            "meal": gettext_noop("小休：用餐"),
            "restroom": gettext_noop("小休：洗手间"),
            "training": gettext_noop("小休：培训"),
            "meeting": gettext_noop("小休：会议"),
            "coaching": gettext_noop("小休：辅导"),
            "other": gettext_noop("小休：其他"),
        }.items()
    ),
    Action(
        id="sign_out", place="seat", label=gettext_noop("签出坐席"), press='.presence-menu [data-do="sign_out_seat"]'
    ),
    Action(
        id="search",
        place="page",
        label=gettext_noop("搜索会话与客户"),
        code="KeyF",
        press='.strip [data-dialog="search"]',
    ),
    Action(
        id="context",
        place="page",
        label=gettext_noop("显示或收起客户信息栏"),
        code="KeyU",
        press='[data-prefer="context"]',
    ),
    Action(id="reminders", place="page", label=gettext_noop("提示音与通知"), press='[data-dialog="reminders"]'),
    Action(id="keys", place="page", label=gettext_noop("快捷键"), press='[data-dialog="keys"]'),
)


KeyLine = tuple[tuple[str, ...], str]
"""Keys, and what they do; or no keys, and what one should know."""


HINTS: dict[Place, tuple[KeyLine, ...]] = {
    "list": (((), gettext_noop("显示“满载”后不再来新客户；挂起一位，就会来下一位。")),),
    "seat": ((("Ctrl", "K"), gettext_noop("签入、签出、示闲、示忙、小休：打开命令栏后输入")),),
}
"""What is done at a place without a key of its own."""


TYPED: tuple[KeyLine, ...] = (
    (("Ctrl", "K"), gettext_noop("命令栏：所有操作、会话和页面")),
    (("Ctrl", "Shift", "T"), gettext_noop("转接")),
    (("/",), gettext_noop("快捷回复：首字母或文字，Enter 插入")),
    (("Alt", "1–3"), gettext_noop("插入第几条建议")),
    (("Alt", "1–9"), gettext_noop("在知识库中：插入第几篇的回答")),
    (("Enter",), gettext_noop("发送（可在输入框旁改为 Ctrl+Enter）")),
    (("Shift", "Enter"), gettext_noop("换行")),
    (("Ctrl", "Enter"), gettext_noop("在弹窗的文字框中：提交")),
    (("@",), gettext_noop("在内部备注中：提醒一位同事")),
    (("↑",), gettext_noop("从空的输入框到聊天记录，Esc 返回")),
    (("↑", "↓"), gettext_noop("在聊天记录中逐条移动，Enter 打开操作")),
    (("Esc",), gettext_noop("关闭弹窗和菜单")),
    (("?",), gettext_noop("查看快捷键；在输入框中用 Ctrl+K，输入“快捷键”")),
)
"""Keys that are no actions of their own."""


class Command(Struct, frozen=True):
    """An action in somebody's language; `words` is what it is found by: both languages, pinyin and its initials."""

    id: str
    label: str
    keys: tuple[str, ...]
    words: str


@cache
def commands(lang: Language) -> list[tuple[str, list[Command]]]:
    """All actions by their place."""
    say = gettext_for(lang)
    return [
        (say(title), [_command(action, lang) for action in ACTIONS if action.place == place])
        for place, title in PLACES.items()
    ]


def key_sheet(lang: Language) -> list[tuple[str, list[KeyLine]]]:
    """Every key and what it does, by its place, and what else to know; a key that does either of two has two lines."""
    say = gettext_for(lang)
    by_place = [
        (
            title,
            [
                *((each.keys, each.label) for each in ACTIONS if each.place == place and each.code),
                *HINTS.get(place, ()),
            ],
        )
        for place, title in PLACES.items()
    ]
    sheet = [*by_place, (gettext_noop("输入与弹窗"), TYPED)]
    return [(say(title), [(keys, say(words)) for keys, words in lines]) for title, lines in sheet]


def bindings() -> list[dict[str, str | bool]]:
    """The same for the scripts: what each is called, its key, and what it presses."""
    return [
        {"id": each.id, "code": each.code, "shift": each.shift, "press": each.press, "place": each.place}
        for each in ACTIONS
    ]


def _command(action: Action, lang: Language) -> Command:
    say, english = gettext_for(lang), gettext_for("en")
    spoken = syllables(normalised(action.label))
    sounds = ("".join(spoken), "".join(syllable[:1] for syllable in spoken))
    return Command(
        action.id, say(action.label), action.keys, " ".join((action.label, english(action.label), *sounds)).lower()
    )
