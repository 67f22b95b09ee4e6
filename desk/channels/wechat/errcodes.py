"""What WeChat's error codes mean to the people at the desk, and whether trying again can help.

Only the number counts: the wording of `errmsg` changes. Each reason says what the agent can do; where only an
administrator can help, it says so. Not every code of the platform is here, but every one that sending, media or
tokens can meet; the rest get a general reason that shows the number.
"""

from typing import Literal

from msgspec import Struct

Kind = Literal["retry", "refresh_token", "final"]
"""`retry`: the same call may succeed a little later. `refresh_token`: with a new token; the API client has tried
one already. `final`: never, as it is."""


class Reason(Struct, frozen=True):
    """Why a call failed, in words for a seat, in both languages of the desk."""

    kind: Kind
    zh: str
    en: str


def reason_of(errcode: int) -> Reason:
    """The reason behind a code; a general one, showing the number, where the code is unknown."""
    known = REASONS.get(errcode)
    if known is not None:
        return known
    return Reason(
        "final",
        f"微信拒绝了这次操作（错误码 {errcode}），请换一种方式联系客户，或把错误码告诉管理员。",
        f"WeChat refused (error {errcode}). Reach the customer another way, or tell an administrator the code.",
    )


_TOKEN = Reason(
    "refresh_token",
    "公众号的访问凭证失效，系统正在更换，请稍后重发；反复出现请联系管理员。",
    "The account's access token is no longer valid and is being renewed. Send again shortly; if it keeps happening, "
    "tell an administrator.",
)
_SECRET = Reason(
    "final",
    "公众号的 AppID 或 AppSecret 不正确或已冻结，请管理员到公众号设置里核对。",
    "The account's AppID or AppSecret is wrong or frozen. An administrator has to check the account's settings.",
)
_IP = Reason(
    "final",
    "本系统的服务器地址不在公众号的 IP 白名单里，请管理员到微信后台添加。",
    "This server's address is not on the account's IP whitelist. An administrator has to add it in WeChat's console.",
)
_FILE_TYPE = Reason(
    "final",
    "微信不支持这种文件，图片请用 JPG、PNG 或 GIF，语音请用 AMR 或 MP3。",
    "WeChat does not take this kind of file. Use JPG, PNG or GIF for images, AMR or MP3 for voice.",
)
_IMAGE_SIZE = Reason(
    "final", "图片太大，请压缩后重新发送。", "The image is too large. Make it smaller and send it again."
)
_VOICE_SIZE = Reason(
    "final",
    "语音太大或超过 60 秒，请分成几段发送。",
    "The voice message is too large or longer than 60 seconds. Send it in parts.",
)
_VIDEO_SIZE = Reason(
    "final", "视频太大，请压缩到 10 MB 以内再发送。", "The video is too large. Send one of at most 10 MB."
)
_MALFORMED = Reason(
    "final",
    "消息里有微信不接受的字符或格式，请修改后重新发送；仍失败请联系管理员。",
    "The message has characters or a form that WeChat does not take. Change it and send again; if that fails, tell an "
    "administrator.",
)
_EMPTY = Reason("final", "消息是空的，没有发送。", "The message is empty and was not sent.")
_NO_PERMISSION = Reason(
    "final",
    "公众号没有发送客服消息的权限，请管理员到微信后台确认认证状态和接口权限。",
    "The account may not send service messages. An administrator has to check its verification and permissions in "
    "WeChat's console.",
)
_UNFOLLOWED = Reason(
    "final",
    "客户没有关注公众号，收不到消息，请用电话等其他方式联系。",
    "The customer does not follow the account and cannot be written to. Use another way, such as the telephone.",
)
_MEDIA_MISSING = Reason("final", "文件是空的，请重新选择后发送。", "The file is empty. Choose it again and send.")

REASONS: dict[int, Reason] = {
    -1: Reason("retry", "微信系统繁忙，正在自动重试。", "WeChat is busy; the desk is trying again by itself."),
    40001: _TOKEN,
    40002: Reason(
        "final",
        "获取访问凭证的请求不被微信接受，请联系管理员。",
        "WeChat did not take the request for an access token. Tell an administrator.",
    ),
    40003: Reason(
        "final",
        "微信不认识这位客户：可能已取消关注，或属于另一个公众号。",
        "WeChat does not know this customer: they may have unfollowed, or belong to another account.",
    ),
    40004: _FILE_TYPE,
    40005: _FILE_TYPE,
    40006: Reason(
        "final",
        "文件大小不符合微信要求，请压缩后重新发送。",
        "WeChat does not take a file of this size. Send a smaller one.",
    ),
    40007: Reason(
        "final",
        "文件在微信已失效（只保留 3 天），请重新上传后发送。",
        "WeChat no longer has the file (it keeps files for 3 days). Upload it again and send.",
    ),
    40008: Reason(
        "final",
        "微信不支持这种消息，请改用文字或图片。",
        "WeChat does not take this kind of message. Use text or an image.",
    ),
    40009: _IMAGE_SIZE,
    40010: _VOICE_SIZE,
    40011: _VIDEO_SIZE,
    40012: _IMAGE_SIZE,
    40013: _SECRET,
    40014: _TOKEN,
    40033: _MALFORMED,
    40035: _MALFORMED,
    40125: _SECRET,
    40130: _MALFORMED,
    40164: _IP,
    40200: Reason(
        "final",
        "这类公众号不能发送客服消息，请联系管理员。",
        "Accounts of this kind cannot send service messages. Tell an administrator.",
    ),
    40243: _SECRET,
    41001: _TOKEN,
    41002: _SECRET,
    41004: _SECRET,
    41005: _MEDIA_MISSING,
    42001: _TOKEN,
    43002: _MALFORMED,
    43003: _MALFORMED,
    43004: _UNFOLLOWED,
    43019: Reason(
        "final",
        "客户在公众号的黑名单里，收不到消息；如需联系，请管理员在微信后台移出黑名单。",
        "The customer is on the account's blacklist. To write to them, an administrator has to take them off it in "
        "WeChat's console.",
    ),
    44001: _MEDIA_MISSING,
    44002: _EMPTY,
    44004: _EMPTY,
    45001: Reason(
        "final",
        "文件超过微信的大小限制，请压缩后重新发送。",
        "The file is over WeChat's size limit. Send a smaller one.",
    ),
    45002: Reason(
        "final",
        "消息太长（约 680 个汉字以内），请分成几条发送。",
        "The message is too long (about 680 Chinese characters at most). Send it in parts.",
    ),
    45003: _MALFORMED,
    45004: _MALFORMED,
    45005: _MALFORMED,
    45006: _MALFORMED,
    45007: _VOICE_SIZE,
    45008: Reason(
        "final", "一次只能发送一篇图文，请减少后重发。", "Only one article can be sent at a time. Send fewer."
    ),
    45009: Reason(
        "final",
        "公众号今天的接口调用次数已用完，明天恢复；紧急情况请管理员在微信后台清零额度，或用电话联系客户。",
        "The account's calls for today are used up; they come back tomorrow. In a hurry, an administrator can clear "
        "the quota in WeChat's console, or use the telephone.",
    ),
    45011: Reason(
        "retry",
        "发送太频繁，微信暂时限流，正在自动重试。",
        "Too many messages in a minute; the desk is trying again by itself.",
    ),
    45015: Reason(
        "final",
        "不能再主动发送：客户超过 48 小时没有来消息，或已取消关注。请等客户再次来信，或用电话等其他方式联系。",
        "Writing is no longer possible: the customer has not written for 48 hours, or has unfollowed. Wait until they "
        "write, or reach them another way, such as the telephone.",
    ),
    45033: Reason(
        "retry", "微信接口并发过多，正在自动重试。", "Too many calls at once; the desk is trying again by itself."
    ),
    45047: Reason(
        "final",
        "客户来信之后的可发条数已用完，请等客户再发一条消息；下次请把几句话合成一条发送。",
        "The messages allowed after the customer's last one are used up. Wait until they write again, and next time "
        "put several lines into one message.",
    ),
    45072: _MALFORMED,
    45080: Reason(
        "final",
        "最近 30 秒没有对话，无法显示“正在输入”，不影响发送。",
        "No message in the last 30 seconds, so “typing…” cannot be shown. Sending is not affected.",
    ),
    45081: Reason(
        "final",
        "“正在输入”已在显示，不影响发送。",
        "“Typing…” is showing already. Sending is not affected.",
    ),
    47001: _MALFORMED,
    48001: _NO_PERMISSION,
    48002: Reason(
        "final",
        "客户关闭了接收公众号消息，请用电话等其他方式联系。",
        "The customer has turned off messages from this account. Use another way, such as the telephone.",
    ),
    48004: Reason(
        "final",
        "公众号的发送接口被微信封禁，请管理员到微信后台查看原因。",
        "WeChat has banned the account from sending. An administrator has to look up why in WeChat's console.",
    ),
    48008: Reason(
        "final",
        "公众号没有发送这类消息的权限，请改用文字，或联系管理员。",
        "The account may not send this kind of message. Use text, or tell an administrator.",
    ),
    50002: Reason(
        "final",
        "该客户或公众号被微信限制，暂时无法发送，请用其他方式联系客户。",
        "WeChat has restricted this customer or account. Reach the customer another way.",
    ),
    50005: _UNFOLLOWED,
    89501: _IP,
    89503: _IP,
    89506: _IP,
    89507: _IP,
}
