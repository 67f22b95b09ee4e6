"""Everything that an embedded chat says by itself, in the visitor's language."""

from desk.channels.webchat.accounts import WebChatAccount
from desk.i18n import Language, gettext_for


def title_of(chat: WebChatAccount, lang: Language) -> str:
    """What stands above the chat."""
    return (chat.title_en if lang == "en" else "") or chat.title or chat.name


def welcome_of(chat: WebChatAccount, lang: Language) -> str:
    """What a visitor reads before they write; may be empty."""
    return (chat.welcome_en if lang == "en" else "") or chat.welcome


def launcher_words(chat: WebChatAccount, lang: Language) -> dict[str, str]:
    """For the button on the embedding page."""
    _ = gettext_for(lang)
    return {
        "title": title_of(chat, lang),
        "open": _("打开在线客服"),
        "close": _("收起在线客服"),
        "unread": _("{n} 条新消息"),
    }


def frame_words(lang: Language) -> dict[str, str]:
    """For the chat in the frame."""
    _ = gettext_for(lang)
    return {
        "idle": _("通常几分钟内回复"),
        "bot": _("自助服务"),
        "waiting": _("正在为您接通人工客服…"),
        "served": _("{who} 为您服务"),
        "connecting": _("正在连接…"),
        "offline": _("连接已断开，正在重连。您写的消息会在恢复后送出。"),
        "crowded": _("当前访问的人太多，稍后会自动重试。"),
        "stopped": _("在线客服暂时不可用。"),
        "partial": _("暂时读不到更早的消息"),
        "offline_now": _("连接已断开，请稍后再试"),
        "rate": _("为本次服务打分"),
        "comment": _("想说的话（选填）"),
        "submit": _("提交评价"),
        "rated": _("感谢您的评价，可以点选星星修改。"),
        "rating_over": _("评价已截止"),
        "typing": _("{who} 正在输入…"),
        "today": _("今天"),
        "yesterday": _("昨天"),
        "you": _("您"),
        "desk": _("自动消息"),
        "sending": _("发送中…"),
        "uploading": _("上传中…"),
        "failed": _("未发送"),
        "refused": _("未受理"),
        "again": _("重新发送"),
        "remove": _("删除"),
        "image": _("[图片]"),
        "picture": _("图片，点击查看大图"),
        "voice": _("语音"),
        "other": _("此消息无法在这里显示"),
        "over": _("超出 {n} 字"),
        "left": _("还可输入 {n} 字"),
        "too_large": _("图片不能超过 2 MB"),
        "not_image": _("只支持 jpg、png、gif、bmp 图片"),
        "upload_failed": _("图片没有传上去，请重新发送"),
    }
