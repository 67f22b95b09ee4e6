"""What WeChat can push to an account: every message type and event as a typed value.

Parsed once at the edge (`reading.py`); behind it nobody looks at a field by its WeChat name. A type we do not
know stays raw as `UnknownMessage` or `UnknownEvent`: never an error, for a customer said something.
"""

import hashlib

import msgspec

from desk.channels.wechat.xml import Fields
from sessions.records import Record


class _Push(Record):
    """`account_id` is the account's original id (gh_…), `openid` the customer's; `created_at` is UTC ms."""

    account_id: str
    openid: str
    created_at: int


class _Message(_Push):
    """`msg_id` is decimal and beyond 2^53; `msg_data_id` and `index` are set for messages from an article page."""

    msg_id: str
    msg_data_id: str
    index: str


class TextMessage(_Message):
    """`menu_id` is set when the customer tapped an item of an earlier msgmenu."""

    content: str
    menu_id: str = ""


class ImageMessage(_Message):
    media_id: str
    pic_url: str = ""


class VoiceMessage(_Message):
    """`recognition` is WeChat's own transcript, a service it is retiring: mostly empty."""

    media_id: str
    format: str = ""
    recognition: str = ""
    media_id_16k: str = ""


class VideoMessage(_Message):
    """`short`: a clip recorded in the chat itself (shortvideo)."""

    media_id: str
    thumb_media_id: str = ""
    short: bool = False


class LocationMessage(_Message):
    latitude: float
    longitude: float
    scale: int = 0
    label: str = ""


class LinkMessage(_Message):
    title: str
    url: str
    description: str = ""


class MiniProgramMessage(_Message):
    title: str
    app_id: str = ""
    page_path: str = ""
    thumb_url: str = ""
    thumb_media_id: str = ""


class FileMessage(_Message):
    """Not in the WeChat docs for service accounts, and the file cannot be fetched; seen in the wild."""

    title: str
    description: str = ""
    key: str = ""
    md5: str = ""
    size_bytes: int = 0


class UnknownMessage(_Message):
    msg_type: str
    raw: Fields


class _Event(_Push):
    """`name` is the event as WeChat writes it; `key` its EventKey."""

    name: str
    key: str


class SubscribeEvent(_Event):
    """`scene` is that of the QR code that led here, without its qrscene_ prefix."""

    scene: str = ""
    ticket: str = ""


class UnsubscribeEvent(_Event):
    pass


class ScanEvent(_Event):
    scene: str
    ticket: str = ""


class LocationEvent(_Event):
    latitude: float
    longitude: float
    precision: float = 0.0


class ClickEvent(_Event):
    pass


class ViewEvent(_Event):
    url: str
    menu_id: str = ""


class ViewMiniProgramEvent(_Event):
    page_path: str
    menu_id: str = ""


class ScanCodeEvent(_Event):
    """A menu's scanner was used: scancode_push or scancode_waitmsg."""

    scan_type: str = ""
    scan_result: str = ""


class PicturesEvent(_Event):
    """A menu's camera or album was used; the pictures follow as messages of their own."""

    count: int = 0
    md5_sums: list[str] = []


class LocationSelectEvent(_Event):
    latitude: float
    longitude: float
    scale: int = 0
    label: str = ""
    poi_name: str = ""


class TemplateSentEvent(_Event):
    """The outcome of a template message: success, or `failed:` and why."""

    msg_id: str
    status: str


class MassSentEvent(_Event):
    """The outcome of a mass message; `filtered` is sent plus failed."""

    msg_id: str
    status: str
    total: int = 0
    filtered: int = 0
    sent: int = 0
    failed: int = 0


class NativeSessionEvent(_Event):
    """WeChat's own customer service took (kf_create_session), closed or switched a session."""

    kf_account: str = ""
    from_kf_account: str = ""


class SubscriptionEvent(_Event):
    """One-off subscription messages: asked for, changed, sent; one entry for each template."""

    entries: list[Fields] = []


class PrivacyEvent(_Event):
    """The customer changed or withdrew personal data: user_info_modified, user_authorization_revoke."""

    subject_openid: str = ""
    app_id: str = ""
    revoke_info: str = ""


class UnknownEvent(_Event):
    raw: Fields


Message = (
    TextMessage
    | ImageMessage
    | VoiceMessage
    | VideoMessage
    | LocationMessage
    | LinkMessage
    | MiniProgramMessage
    | FileMessage
    | UnknownMessage
)
Event = (
    SubscribeEvent
    | UnsubscribeEvent
    | ScanEvent
    | LocationEvent
    | ClickEvent
    | ViewEvent
    | ViewMiniProgramEvent
    | ScanCodeEvent
    | PicturesEvent
    | LocationSelectEvent
    | TemplateSentEvent
    | MassSentEvent
    | NativeSessionEvent
    | SubscriptionEvent
    | PrivacyEvent
    | UnknownEvent
)
Push = Message | Event


def dedupe_key(push: Push) -> str:
    """What every delivery of the same push has in common, and no other push of that customer has.

    WeChat docs: messages by MsgId, events by sender and time. Time has a resolution of one second, so an event's
    name, key and job number are added. A message without MsgId (none is documented) goes by what it says.
    """
    match push:
        case TemplateSentEvent() | MassSentEvent():
            return f"{_event_key(push)}:{push.msg_id}"
        case _Event():
            return _event_key(push)
        case _ if push.msg_id:
            return f"msg:{push.msg_id}"
        case _:
            return f"body:{hashlib.sha256(msgspec.json.encode(push)).hexdigest()}"


def _event_key(event: _Event) -> str:
    return f"event:{event.openid}:{event.created_at // 1000}:{event.name}:{event.key}"
