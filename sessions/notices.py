"""What the desk itself says to a customer. Sites may word each notice anew in their settings."""

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
}


def notice_text(site: Site, kind: str, **values: object) -> str | None:
    """The site's words for this occasion, filled in; None where there is nothing to say.

    Places are replaced one by one and anything else stays as it is: whatever an admin types here can be said.
    """
    text = site.texts.get(kind, DEFAULT_TEXTS.get(kind))
    for name, value in values.items():
        text = text and text.replace(f"{{{name}}}", str(value))
    return text or None
