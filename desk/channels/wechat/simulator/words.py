"""The phone page's words in both languages. Keys are used by the template and by the page's scripts.

`refused_…` says a refusal by its code; one that has no words here is told as the simulator words it.
"""

import re
from typing import Final, Literal

from desk.channels.wechat.simulator.media import USER_FILE_BYTES_MAX

Language = Literal["zh", "en"]
LANGUAGES: Final[dict[str, Language]] = {"zh": "zh", "en": "en"}

_RANGE: Final = re.compile(r"\s*(zh|en)(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*", re.IGNORECASE)
_FILE_MB: Final = USER_FILE_BYTES_MAX >> 20
_TOO_LARGE: Final = (
    f"文件最大 {_FILE_MB} MB，请换小一些的",
    f"a file has at most {_FILE_MB} MB; choose a smaller one",
)
"""Whether the file is refused or the whole request: to who sends it, it is one thing."""

_PAIRS: Final[dict[str, tuple[str, str]]] = {
    "title": ("客户手机", "Customer phones"),
    "subtitle": ("在这里以客户的身份与公众号对话", "Talk to the account as any customer"),
    "other_language": ("English", "中文"),
    "desk": ("坐席工作台", "Agent desk"),
    "connected": ("已连接", "Connected"),
    "connecting": ("正在重新连接…", "Reconnecting…"),
    "choose_customer": ("选择客户", "Choose a customer"),
    "search_customers": ("搜索姓名、城市或 openid", "Search name, city or openid"),
    "new_customer": ("新建客户", "New customer"),
    "new_customer_name": ("客户姓名", "Customer's name"),
    "no_customer_found": ("没有找到，可以新建一位", "Nobody found; make a new one"),
    "create": ("创建", "Create"),
    "window_open": ("剩 {left} 条 · {time}", "{left} left · {time}"),
    "window_closed": ("窗口已关闭", "Window closed"),
    "window_hint": (
        "公众号在客户互动后可以主动下发的条数和剩余时间",
        "How many messages the account may still send after the customer's last act, and for how long",
    ),
    "typing": ("对方正在输入…", "typing…"),
    "not_following": ("尚未关注该公众号", "Not following this account"),
    "follow": ("关注公众号", "Follow"),
    "unfollow": ("取消关注", "Unfollow"),
    "you_followed": ("你已关注该公众号", "You followed this account"),
    "you_followed_by": ("你通过扫码关注了该公众号 · {scene}", "You followed by scanning · {scene}"),
    "you_unfollowed": ("你已取消关注", "You unfollowed"),
    "you_scanned": ("你扫描了二维码 · {scene}", "You scanned a QR code · {scene}"),
    "you_tapped": ("你点击了菜单 · {key}", "You tapped the menu · {key}"),
    "you_opened": ("你打开了链接 · {url}", "You opened a link · {url}"),
    "you_reported": ("手机上报了位置", "The phone reported its place"),
    "unavailable": ("该公众号暂时无法提供服务，请稍后再试", "This account is not available now, please try later"),
    "handover": ("消息已转交平台客服", "Handed to the platform's own customer service"),
    "passive": ("被动回复", "passive reply"),
    "write": ("输入消息", "Write a message"),
    "send": ("发送", "Send"),
    "hold_to_talk": ("按住 说话", "Hold to talk"),
    "release_to_send": ("松开 发送 · 上滑取消", "Release to send · slide up to cancel"),
    "release_to_cancel": ("松开 取消", "Release to cancel"),
    "too_short": ("说话时间太短", "Too short"),
    "no_microphone": ("无法使用麦克风，可改为发送语音文件", "No microphone: send a voice file instead"),
    "voice": ("语音", "Voice"),
    "keyboard": ("键盘", "Keyboard"),
    "emoji": ("表情", "Emoji"),
    "more": ("更多", "More"),
    "menu": ("菜单", "Menu"),
    "image": ("图片", "Image"),
    "voice_file": ("语音文件", "Voice file"),
    "video": ("视频", "Video"),
    "location": ("位置", "Location"),
    "scan": ("扫一扫", "Scan"),
    "link": ("链接", "Link"),
    "place_label": ("地点名称", "Name of the place"),
    "latitude": ("纬度", "Latitude"),
    "longitude": ("经度", "Longitude"),
    "scene": ("二维码场景值", "Scene of the QR code"),
    "link_title": ("标题", "Title"),
    "link_url": ("网址", "Address"),
    "place_example": ("人民广场地铁站", "People's Square station"),
    "link_example": ("分期优惠活动", "Instalment offer"),
    "cancel": ("取消", "Cancel"),
    "confirm": ("确定", "OK"),
    "play": ("播放语音", "Play voice"),
    "image_alt": ("图片消息", "Image message"),
    "file_gone": ("文件已过期", "File expired"),
    "unplayable": ("浏览器无法播放 {format}，点击下载", "This browser cannot play {format}: download"),
    "mini_program": ("小程序", "Mini program"),
    "card": ("卡券", "Card"),
    "article": ("图文消息", "Article"),
    "music": ("音乐", "Music"),
    "unknown_message": ("暂不支持的消息", "Unsupported message"),
    "nothing_yet": ("还没有消息，打个招呼吧", "No messages yet: say hello"),
    "failed": ("没有发出去：{reason}", "Not sent: {reason}"),
    "refused_too_large": _TOO_LARGE,
    "refused_file_too_big": _TOO_LARGE,
    "refused_unknown_format": ("不是这种文件，或格式不支持，请换一个", "this is no such file; choose another one"),
    "refused_no_such_user": ("没有这位客户，请重新选择", "there is no such customer; choose again"),
    "refused_too_many_users": ("客户太多，请重启后再新建", "there are too many customers; restart to begin anew"),
    "refused_already_following": ("已经关注了该公众号", "the account is followed already"),
    "refused_not_following": ("尚未关注该公众号，请先关注", "the account is not followed; follow it first"),
    "refused_too_many_pushes": (
        "消息积压过多，请稍候再发",
        "too many messages wait for the desk; try again in a moment",
    ),
    "refused_bad_request": ("内容不合要求，请改短或改正", "what was typed will not do; shorten or correct it"),
    "platform": ("微信平台（模拟）", "WeChat platform (simulated)"),
    "account": ("公众号", "Account"),
    "mode": ("消息加解密方式", "Message encryption"),
    "plain": ("明文", "Plain"),
    "compatible": ("兼容", "Compatible"),
    "safe": ("安全", "Safe"),
    "callback": ("回调地址", "Callback URL"),
    "verify": ("校验", "Verify"),
    "verified": ("校验通过", "Verified"),
    "not_verified": ("校验失败", "Not verified"),
    "pushes": ("消息推送", "Pushes"),
    "pushes_none": ("客户发出的消息会在这里显示推送结果", "What customers send shows up here with its outcome"),
    "push_counts": (
        "已接收 {accepted} · 异常 {abnormal} · 进行中 {pending}",
        "{accepted} accepted · {abnormal} abnormal · {pending} under way",
    ),
    "attempts": ("第 {n} 次", "attempt {n}"),
    "faults": ("故障注入", "Faults"),
    "faults_none": ("当前没有故障", "No fault is set"),
    "clear_faults": ("清除", "Clear"),
    "fault_busy": ("接口返回 -1", "API answers -1"),
    "fault_frequent": ("接口返回 45011", "API answers 45011"),
    "fault_window": ("下发返回 45015", "Send answers 45015"),
    "fault_token": ("令牌失效", "Tokens expire"),
    "fault_slow": ("接口慢 3 秒", "API 3 s slow"),
    "fault_cut": ("断开连接", "Connection cut"),
    "fault_answer": ("应答丢失", "Answer lost"),
    "fault_duplicate": ("推送重复", "Push twice"),
    "fault_reorder": ("推送乱序", "Push out of order"),
    "times": ("×{n}", "×{n}"),
    "clock": ("平台时钟", "Platform clock"),
    "clock_ahead": ("快 {time}", "{time} ahead"),
    "clock_real": ("与实际时间一致", "Real time"),
    "one_hour": ("+1 小时", "+1 h"),
    "two_days": ("+48 小时", "+48 h"),
    "reset": ("复位", "Reset"),
    "hours": ("{n} 小时", "{n} h"),
    "minutes": ("{n} 分", "{n} min"),
    "seconds": ("{n} 秒", "{n} s"),
    "message_text": ("文本", "text"),
    "message_image": ("图片", "image"),
    "message_voice": ("语音", "voice"),
    "message_video": ("视频", "video"),
    "message_shortvideo": ("小视频", "short video"),
    "message_location": ("位置", "location"),
    "message_link": ("链接", "link"),
    "message_subscribe": ("关注", "follow"),
    "message_unsubscribe": ("取消关注", "unfollow"),
    "message_SCAN": ("扫码", "scan"),
    "message_CLICK": ("菜单", "menu"),
    "message_VIEW": ("菜单跳转", "menu link"),
    "message_LOCATION": ("上报位置", "place report"),
}

WORDS: Final[dict[Language, dict[str, str]]] = {
    "zh": {key: zh for key, (zh, _) in _PAIRS.items()},
    "en": {key: en for key, (_, en) in _PAIRS.items()},
}


def preferred(accept_language: str) -> Language:
    """English where the header ranks it above Chinese, else Chinese; of equal ranks the earlier counts."""
    ranks = {"zh": 0.0, "en": 0.0}
    for place, part in enumerate(accept_language[:200].split(",")):
        if found := _RANGE.fullmatch(part):
            name = found[1].lower()
            ranks[name] = max(ranks[name], float(found[2] or 1) - place / 10_000)
    return "en" if ranks["en"] > ranks["zh"] else "zh"
