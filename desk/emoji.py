"""WeChat's own emoji: codes in square brackets, and the Unicode sign that says the same where there is one.

A phone sends `[微笑]` or `[Smile]`, by its language, or the older `/::)`; we send `[微笑]`, which every phone draws.
A code without a sign is shown as it is: a wrong face says more than none.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Emoji(NamedTuple):
    """One of WeChat's faces: its Chinese and English name, the Unicode sign, the code that old phones send."""

    zh: str
    en: str
    sign: str = ""
    old: str = ""

    @property
    def code(self) -> str:
        """What stands in a text for it."""
        return f"[{self.zh}]"


EMOJI: tuple[Emoji, ...] = (
    Emoji("微笑", "Smile", "🙂", "/::)"),
    Emoji("撇嘴", "Grimace", "😕", "/::~"),
    Emoji("色", "Drool", "😍", "/::B"),
    Emoji("发呆", "Scowl", "😐", "/::|"),
    Emoji("得意", "CoolGuy", "😎", "/:8-)"),
    Emoji("流泪", "Sob", "😢", "/::<"),
    Emoji("害羞", "Shy", "☺️", "/::$"),
    Emoji("闭嘴", "Silent", "🤐", "/::X"),
    Emoji("睡", "Sleep", "😴", "/::Z"),
    Emoji("大哭", "Cry", "😭", "/::'("),
    Emoji("尴尬", "Awkward", "😬", "/::-|"),
    Emoji("发怒", "Angry", "😡", "/::@"),
    Emoji("调皮", "Tongue", "😜", "/::P"),
    Emoji("呲牙", "Grin", "😁", "/::D"),
    Emoji("惊讶", "Surprise", "😲", "/::O"),
    Emoji("难过", "Frown", "🙁", "/::("),
    Emoji("囧", "Blush", "😰", "/:--b"),
    Emoji("抓狂", "Scream", "😫", "/::Q"),
    Emoji("吐", "Puke", "🤮", "/::T"),
    Emoji("偷笑", "Chuckle", "🤭", "/:,@P"),
    Emoji("愉快", "Joyful", "😊", "/:,@-D"),
    Emoji("白眼", "Slight", "🙄", "/::d"),
    Emoji("傲慢", "Smug", "😤", "/:,@o"),
    Emoji("困", "Drowsy", "😪", "/:|-)"),
    Emoji("惊恐", "Panic", "😱", "/::!"),
    Emoji("憨笑", "Laugh", "😄", "/::>"),
    Emoji("悠闲", "Loafer", "😌", "/::,@"),
    Emoji("咒骂", "Scold", "🤬", "/::-S"),
    Emoji("疑问", "Shocked", "🤨", "/:?"),
    Emoji("嘘", "Shhh", "🤫", "/:,@x"),
    Emoji("晕", "Dizzy", "😵", "/:,@@"),
    Emoji("衰", "Toasted", "😩", "/:,@!"),
    Emoji("骷髅", "Skull", "💀", "/:!!!"),
    Emoji("敲打", "Hammer", "🔨", "/:xx"),
    Emoji("再见", "Wave", "👋", "/:bye"),
    Emoji("擦汗", "Speechless", "😥", "/:wipe"),
    Emoji("抠鼻", "NosePick", "", "/:dig"),
    Emoji("鼓掌", "Clap", "👏", "/:handclap"),
    Emoji("坏笑", "Trick", "😏", "/:B-)"),
    Emoji("右哼哼", "Bah！R", "", "/:@>"),
    Emoji("鄙视", "Pooh-pooh", "😒", "/:>-|"),
    Emoji("委屈", "Shrunken", "😞", "/:P-("),
    Emoji("快哭了", "TearingUp", "🥹", "/::'|"),
    Emoji("阴险", "Sly", "😈", "/:X-)"),
    Emoji("亲亲", "Kiss", "😚", "/::*"),
    Emoji("可怜", "Whimper", "🥺", "/:8*"),
    Emoji("笑脸", "Happy", "😃"),
    Emoji("生病", "Sick", "😷"),
    Emoji("脸红", "Flushed", "😳"),
    Emoji("破涕为笑", "Lol", "😂"),
    Emoji("恐惧", "Terror", "😨"),
    Emoji("失望", "LetDown", "😔"),
    Emoji("无语", "Duh", "😑"),
    Emoji("嘿哈", "Hey"),
    Emoji("捂脸", "Facepalm", "🤦"),
    Emoji("奸笑", "Smirk", "😼"),
    Emoji("机智", "Smart", "🤓"),
    Emoji("皱眉", "Concerned", "😟"),
    Emoji("耶", "Yeah!", "✌️"),
    Emoji("吃瓜", "Onlooker", "🍉"),
    Emoji("加油", "GoForIt", "💪"),
    Emoji("汗", "Sweats", "😓"),
    Emoji("天啊", "OMG", "🤯"),
    Emoji("Emm", "Emm", "🤔"),
    Emoji("社会社会", "Respect"),
    Emoji("旺柴", "Doge", "🐶"),
    Emoji("好的", "NoProb", "👌"),
    Emoji("打脸", "MyBad"),
    Emoji("哇", "Wow", "🤩"),
    Emoji("翻白眼", "Boring", "🙄"),
    Emoji("666", "Awesome", "🤙"),
    Emoji("让我看看", "LetMeSee", "👀"),
    Emoji("叹气", "Sigh", "😮‍💨"),
    Emoji("苦涩", "Hurt", "🥲"),
    Emoji("裂开", "Broken"),
    Emoji("嘴唇", "Lips", "👄", "/:showlove"),
    Emoji("爱心", "Heart", "❤️", "/:heart"),
    Emoji("心碎", "BrokenHeart", "💔", "/:break"),
    Emoji("拥抱", "Hug", "🤗", "/:hug"),
    Emoji("强", "ThumbsUp", "👍", "/:strong"),
    Emoji("弱", "ThumbsDown", "👎", "/:weak"),
    Emoji("握手", "Shake", "🤝", "/:share"),
    Emoji("胜利", "Peace", "✌️", "/:v"),
    Emoji("抱拳", "Salute", "", "/:@)"),
    Emoji("勾引", "Beckon", "", "/:jj"),
    Emoji("拳头", "Fist", "👊", "/:@@"),
    Emoji("OK", "OK", "👌", "/:ok"),
    Emoji("合十", "Worship", "🙏"),
    Emoji("啤酒", "Beer", "🍺", "/:beer"),
    Emoji("咖啡", "Coffee", "☕", "/:coffee"),
    Emoji("蛋糕", "Cake", "🎂", "/:cake"),
    Emoji("玫瑰", "Rose", "🌹", "/:rose"),
    Emoji("凋谢", "Wilt", "🥀", "/:fade"),
    Emoji("菜刀", "Cleaver", "🔪", "/:pd"),
    Emoji("炸弹", "Bomb", "💣", "/:bome"),
    Emoji("便便", "Poop", "💩", "/:shit"),
    Emoji("月亮", "Moon", "🌙", "/:moon"),
    Emoji("太阳", "Sun", "☀️", "/:sun"),
    Emoji("庆祝", "Party", "🎉"),
    Emoji("礼物", "Gift", "🎁", "/:gift"),
    Emoji("红包", "Packet", "🧧"),
    Emoji("發", "Rich", "🀅"),
    Emoji("福", "Blessing"),
    Emoji("烟花", "Fireworks", "🎆"),
    Emoji("爆竹", "Firecracker", "🧨"),
    Emoji("猪头", "Pig", "🐷", "/:pig"),
    Emoji("跳跳", "Waddle", "", "/:jump"),
    Emoji("发抖", "Tremble", "🥶", "/:shake"),
    Emoji("转圈", "Twirl", "", "/:circle"),
)
"""What today's phones offer, in their order."""

RETIRED: tuple[Emoji, ...] = (
    Emoji("酷", "Ruthless", "😎", "/::+"),
    Emoji("流汗", "Sweat", "😓", "/::L"),
    Emoji("冷汗", "ColdSweat", "😰"),
    Emoji("饥饿", "Hungry", "😋", "/::g"),
    Emoji("奋斗", "Determined", "💪", "/:,@f"),
    Emoji("折磨", "Tormented", "😖", "/::8"),
    Emoji("糗大了", "Shame", "😅", "/:&-("),
    Emoji("左哼哼", "Bah！L", "", "/:<@"),
    Emoji("哈欠", "Yawn", "🥱", "/::-O"),
    Emoji("吓", "Wrath", "😨", "/:@x"),
    Emoji("西瓜", "Watermelon", "🍉", "/:<W>"),
    Emoji("篮球", "Basketball", "🏀", "/:basketb"),
    Emoji("乒乓", "PingPong", "🏓", "/:oo"),
    Emoji("饭", "Rice", "🍚", "/:eat"),
    Emoji("闪电", "Lightning", "⚡", "/:li"),
    Emoji("刀", "Dagger", "🗡️", "/:kn"),
    Emoji("足球", "Soccer", "⚽", "/:footb"),
    Emoji("瓢虫", "Ladybug", "🐞", "/:ladybug"),
    Emoji("差劲", "Pinky", "", "/:bad"),
    Emoji("爱你", "RockOn", "🤟", "/:lvu"),
    Emoji("NO", "Nuh-uh", "☝️", "/:no"),
    Emoji("爱情", "InLove", "💑", "/:love"),
    Emoji("飞吻", "Blowkiss", "😘", "/:<L>"),
    Emoji("怄火", "Aaagh!", "", "/:<O>"),
    Emoji("磕头", "Kotow", "🙇", "/:kotow"),
    Emoji("回头", "Dramatic", "", "/:turn"),
    Emoji("跳绳", "JumpRope", "", "/:skip"),
    Emoji("投降", "Surrender", "🏳️", "/:oY"),
    Emoji("激动", "Hooray", "🙌", "/:#-0"),
    Emoji("乱舞", "Meditate", "", "/:hiphot"),
    Emoji("献吻", "Smooch", "💋", "/:kiss"),
    Emoji("左太极", "TaiChi L", "☯️", "/:<&"),
    Emoji("右太极", "TaiChi R", "☯️", "/:&>"),
)
"""What phones no longer offer but may still send."""

_BY_CODE: dict[str, Emoji] = {
    code: each
    for each in (*EMOJI, *RETIRED)
    for code in (each.code, f"[{each.en}]", each.old)
    if code
}  # fmt: skip
# Longest first: `/::'(` is not `/::` with something behind it.
_CODE = re.compile("|".join(map(re.escape, sorted(_BY_CODE, key=len, reverse=True))))


def split(text: str) -> Iterator[str | tuple[str, Emoji]]:
    """The text cut at its codes: words as they are, a code with its emoji; joined again they are the text."""
    end = 0
    for found in _CODE.finditer(text):
        if found.start() > end:
            yield text[end : found.start()]
        yield found[0], _BY_CODE[found[0]]
        end = found.end()
    if end < len(text):
        yield text[end:]


def with_signs(text: str) -> str:
    """The text as plain words with signs for codes: for list rows, notifications, announcements."""
    return "".join(piece if isinstance(piece, str) else piece[1].sign or piece[0] for piece in split(text))
