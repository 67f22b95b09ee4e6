"""What people type, made comparable; and the words that end a talk politely.

A thumb on a small keyboard: full width and half width, capitals, spaces, faces, the same character five times. Two
texts that a reader would call the same are the same here. Nothing reads more of a text than `LENGTH_READ`.
"""

import re
from collections.abc import Iterable
from unicodedata import category, normalize

LENGTH_READ = 1000
"""Characters; what stands behind them is not looked at."""
CLOSING_LENGTH_MAX = 100
"""Nobody says goodbye at greater length."""

_GAP = re.compile(r"[\W_\u115f\u1160]+")
"""What is no letter, no character and no digit, and two letters that nobody can see."""


def normalised(text: str) -> str:
    """The bare words of it: half width, lower case, without spaces, punctuation and faces.

    Between two Latin words or numbers one space stays, so that `1.5` is not `15`, nor `the app` `theapp`.
    """
    folded = _folded(text)
    if folded.isalnum() and folded.isascii():
        return folded
    words = ""
    for part in _GAP.split(folded):
        between = " " if words and part and is_latin(words[-1]) and is_latin(part[0]) else ""
        words += between + part
    return normalize("NFKC", words)[:LENGTH_READ].rstrip()


def substance(text: str) -> str:
    """Its bare words without those that only ask, greet or point, if there are others: of 请问年费多少钱 it is 年费."""
    words = normalised(text)
    return _FILLER.sub("", words) or words


def trimmed(text: str) -> str:
    """The text as it stands, half width and lower case, without the spaces around it."""
    return _folded(text).strip()


def is_latin(character: str) -> bool:
    """Whether it is one of those letters and digits that make up words only together."""
    return character.isascii() and character.isalnum()


def _folded(text: str) -> str:
    once = normalize("NFKC", text[:LENGTH_READ])[:LENGTH_READ]
    return normalize("NFKC", once.casefold())[:LENGTH_READ]


_QUESTION = re.compile("[?؟⸮❓❔🤔🧐🙋🆘😡😠🤬😤👿💢👎😭😢😰😱]")
"""Marks and faces that ask, complain or weep: somebody should look."""
_FRIENDLY = """
    微笑 愉快 呲牙 憨笑 偷笑 调皮 得意 害羞 可爱 笑脸 破涕为笑 嘿哈 奸笑 机智 耶 旺柴 好的 哇 加油 666 社会社会
    爱心 嘴唇 拥抱 强 握手 胜利 抱拳 勾引 ok 合十 玫瑰 鼓掌 再见 亲亲 咖啡 啤酒 蛋糕 太阳 月亮 庆祝 礼物 红包 發 发 福
    烟花 爆竹 跳跳 转圈 飞吻 爱你 捂脸 吃瓜 emm 擦汗 色 悠闲 坏笑
    smile joyful grin chuckle tongue smug shy blush happy laugh lol hey smirk yeah! doge okay
    wow onlooker heart lips hug thumbsup shake peace fight beckon worship rose clap bye kiss coffee beer
    cake sun moon party gift packet rich blessing fireworks firecracker waddle twirl facepalm salute
    drool trick sweat
"""
"""Names of WeChat's own faces that say no more than a smile."""
_FACE_CODES = """
    /::) /::d /::p /::$ /::> /::b /:8-) /:,@-d /:,@p /:b-) /:rose /:strong /:share /:ok /:v /:@) /:jj
    /:handclap /:bye /:heart /:hug /:showlove /:love /:gift /:sun /:moon /:cake /:coffee /:beer /:kiss
    /:,@o /:jump /:circle /:<l> /:<o> /:skip
"""
"""The same faces in the spelling of old clients."""


_FILLERS = """
    您好 你好 请问 麻烦 请 帮我 给我 帮忙 我想 我要 我的 想要 想问 想 问下 问一下 咨询 了解
    查一下 查下 查询 查看 看一下 看看 看下 一下 是多少 多少钱 多少 几号 哪天 哪里 什么时候 什么
    怎么样 怎么办理 怎么办 怎么 如何 可以 能不能 能 是不是 是 有没有 有 需要
    吗 呢 吧 啊 呀 哦 的 了 我 你们 你 您 这个月 本月 现在 目前
"""
"""Words around a matter that are not the matter."""


def _alternatives(names: str) -> str:
    return "|".join(re.escape(each) for each in sorted(names.split(), key=len, reverse=True))


_FILLER = re.compile(_alternatives(_FILLERS))
_FACE = re.compile(rf"\[(?:{_alternatives(_FRIENDLY)})\]|{_alternatives(_FACE_CODES)}")


class ClosingWords:
    """A site's closing words, read once; asks of a text whether it says nothing but them, in any order and number."""

    __slots__ = ("_longest", "_words")

    def __init__(self, tokens: Iterable[str]) -> None:
        self._words = frozenset(word for token in tokens if (word := _run_together(token)))
        self._longest = max(map(len, self._words), default=0)

    def is_closing(self, text: str) -> bool:
        """Whether it ends a talk and asks for nothing: closing words and faces only, and at least one.

        Drawn out (`谢谢谢谢`, `okkk`) and strung together (`好的谢谢[玫瑰]`) they still do. In doubt it does not:
        a thank-you that is looked at costs a glance, a question that is not costs a customer.
        """
        if not text or len(text) > CLOSING_LENGTH_MAX:
            return False
        folded = _folded(text)
        if len(folded) > CLOSING_LENGTH_MAX or _QUESTION.search(folded):
            return False
        spoken, faces = _FACE.subn(" ", folded)
        words = _run_together(spoken)
        if not words:
            return faces > 0 or any(category(each) == "So" for each in spoken)
        return words in self._words or self._is_strung_together(words)

    def _is_strung_together(self, words: str) -> bool:
        """Whether it can be cut into closing words, each drawn out or not. Cost: O(length * longest word)."""
        ends = [True] + [False] * len(words)
        for start in range(len(words)):
            if not ends[start]:
                continue
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                ends[end] = ends[end] or words[start:end] in self._words
            if start and words[start] == words[start - 1]:
                ends[start + 1] = True
        return ends[-1]


def _run_together(text: str) -> str:
    return normalised(text).replace(" ", "")
