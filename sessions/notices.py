"""What the desk itself says to a customer. Sites may word each notice anew in their settings, or leave it out."""

from sessions.settings import Site

DEFAULT_TEXTS = {
    "text_too_long": "您的消息超过 {limit} 字，未能受理，请分成几条发送。",
    "image_too_large": "图片超过 2 MB，未能受理，请压缩后重新发送。",
    "image_type_refused": "暂不支持该图片格式，请发送 jpg、png、gif 或 bmp 图片。",
    "voice_too_large": "语音超过 5 MB，未能受理，请缩短后重新发送。",
    "voice_too_long": "语音超过 60 秒，未能受理，请缩短后重新发送。",
    "voice_type_refused": "暂不支持该语音格式，请重新录制后发送。",
    "media_too_large": "文件超过大小限制，未能受理。",
    "media_type_refused": "暂不支持该类型的文件，请改用文字或图片。",
    "queue_next": "正在为您接通人工客服，您是下一位，请稍候。回复 0 可退出排队。",
    "queue_position": "正在为您接通人工客服，前面还有 {ahead} 位，请稍候。回复 0 可退出排队。",
    "queue_wait": "正在为您接通人工客服，前面还有 {ahead} 位，预计等待 {low}–{high} 分钟。回复 0 可退出排队。",
    "queue_again": "为您服务的客服暂时离开，正在为您转接其他客服，请稍候。",
    "queue_left": "已为您退出排队。如需帮助，请随时再发消息。",
    "queue_timeout": "很抱歉，当前咨询人数较多，未能为您接通人工客服，请稍后再试。",
    "leave_message_offer": "很抱歉让您久等。您可以继续等待，或回复 1 留言，我们会在工作时间联系您。",
    "leave_message": "请直接输入您的留言，我们会在 {time} 后联系您。",
    "after_hours": "现在是非人工服务时间，请直接输入您的留言，我们会在 {time} 后联系您。",
    "message_left": "您的留言已收到，我们会在 {time} 后联系您。",
    "system_busy": "当前咨询人数较多，系统正忙，请稍后再试。给您带来不便，敬请谅解。",
    "silence_reminder": "请问还需要其他帮助吗？如暂时不便回复，稍后直接发消息即可继续。",
    "silence_end": "",
    "satisfaction_ask": "请为本次服务打分，点选或回复 1–5：",
    "satisfaction_scale": "5 非常满意\n4 满意\n3 一般\n2 不满意\n1 非常不满意",
    "satisfaction_thanks": "感谢您的评价。",
    "satisfaction_over": "本次评价已截止，谢谢您的支持。",
    "unmatched": "抱歉，没有理解您的意思。您可以换个说法，或回复“人工”转接客服。",
}
"""By kind; an empty text says nothing."""


def notice_text(site: Site, kind: str, **values: object) -> str | None:
    """The site's words for this occasion, filled in; None where there is nothing to say.

    Places are replaced one by one and anything else stays as it is: whatever an admin types here can be said.
    """
    text = site.texts.get(kind, DEFAULT_TEXTS.get(kind))
    for name, value in values.items():
        text = text and text.replace(f"{{{name}}}", str(value))
    return text or None
