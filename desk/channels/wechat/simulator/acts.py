"""What a simulated user can do, and how the platform words it in a push.

Each act is a struct that the control API decodes by its `type`. Messages carry a MsgId, events do not; only
some acts let the account speak (`trigger`). `Raw` sends fields as they are given, for what the platform may
invent tomorrow.
"""

from typing import Any, Final

from msgspec import Struct

from desk.channels.wechat.simulator.media import Media
from desk.channels.wechat.simulator.window import Trigger
from desk.channels.wechat.xml import Renderable

SCENE_PREFIX: Final = "qrscene_"
MENU_ID: Final = "400000001"
"""What VIEW events name as the menu they came from."""


class Text(Struct, frozen=True, forbid_unknown_fields=True, tag="text"):
    """`menu_id` is set when the text came from tapping an item of a msgmenu."""

    content: str
    menu_id: str = ""


class Image(Struct, frozen=True, forbid_unknown_fields=True, tag="image"):
    media_id: str


class Voice(Struct, frozen=True, forbid_unknown_fields=True, tag="voice"):
    """`recognition` is the platform's speech recognition, where an account still has it."""

    media_id: str
    recognition: str = ""


class Video(Struct, frozen=True, forbid_unknown_fields=True, tag="video"):
    media_id: str
    thumb_media_id: str = ""


class ShortVideo(Struct, frozen=True, forbid_unknown_fields=True, tag="shortvideo"):
    media_id: str
    thumb_media_id: str = ""


class Location(Struct, frozen=True, forbid_unknown_fields=True, tag="location"):
    latitude: float
    longitude: float
    label: str = ""
    scale: int = 16


class Link(Struct, frozen=True, forbid_unknown_fields=True, tag="link"):
    title: str
    url: str
    description: str = ""


class Subscribe(Struct, frozen=True, forbid_unknown_fields=True, tag="subscribe"):
    """`scene` is set when the user followed by scanning a QR code."""

    scene: str = ""


class Unsubscribe(Struct, frozen=True, forbid_unknown_fields=True, tag="unsubscribe"):
    pass


class Scan(Struct, frozen=True, forbid_unknown_fields=True, tag="scan"):
    """A QR code with a scene. For someone who does not follow yet it becomes a `Subscribe`."""

    scene: str


class Click(Struct, frozen=True, forbid_unknown_fields=True, tag="click"):
    key: str


class View(Struct, frozen=True, forbid_unknown_fields=True, tag="view"):
    url: str


class Report(Struct, frozen=True, forbid_unknown_fields=True, tag="report"):
    """The phone reports where it is, without the user's doing (event LOCATION)."""

    latitude: float
    longitude: float
    precision: float = 30.0


class Raw(Struct, frozen=True, forbid_unknown_fields=True, tag="raw"):
    """Any fields beside the common ones; `is_event` ones get no MsgId."""

    fields: dict[str, Any]
    is_event: bool = False


MessageAct = Text | Image | Voice | Video | ShortVideo | Location | Link
EventAct = Subscribe | Unsubscribe | Scan | Click | View | Report
Act = MessageAct | EventAct | Raw


class _Bare(int):
    """A decimal fraction that is written without CDATA, as the platform writes coordinates."""

    text: str

    def __new__(cls, value: float) -> "_Bare":
        bare = super().__new__(cls, int(value))
        bare.text = f"{value:.6f}"
        return bare

    def __format__(self, _spec: str) -> str:
        return self.text


def fields(act: Act, media: Media | None, picture_url: str) -> dict[str, Renderable]:
    """The fields of an act after the common ones. `media` is its file, `picture_url` where an image shows."""
    match act:
        case Raw():
            return dict(act.fields)
        case Image():
            return {"MsgType": "image", "PicUrl": picture_url, "MediaId": act.media_id}
        case Voice():
            heard = {"Recognition": act.recognition} if act.recognition else {}
            format_name = media.format.name if media else "amr"
            return {"MsgType": "voice", "MediaId": act.media_id, "Format": format_name, **heard}
        case Video() | ShortVideo():
            kind = "video" if isinstance(act, Video) else "shortvideo"
            thumb = act.thumb_media_id or act.media_id
            return {"MsgType": kind, "MediaId": act.media_id, "ThumbMediaId": thumb}
        case Text() | Location() | Link():
            return _words(act)
        case _:
            return _happening(act)


def trigger(act: Act) -> Trigger | None:
    """The allowance that an act opens, if any."""
    match act:
        case Text() | Image() | Voice() | Video() | ShortVideo() | Location() | Link():
            return Trigger.MESSAGE
        case Subscribe():
            return Trigger.FOLLOW
        case Scan():
            return Trigger.SCAN
        case Click():
            return Trigger.MENU
        case Unsubscribe() | View() | Report():
            return None
        case Raw():
            return None if act.is_event else Trigger.MESSAGE


def is_event(act: Act) -> bool:
    return isinstance(act, EventAct) or (isinstance(act, Raw) and act.is_event)


def _words(act: Text | Location | Link) -> dict[str, Renderable]:
    match act:
        case Text():
            tapped = {"bizmsgmenuid": act.menu_id} if act.menu_id else {}
            return {"MsgType": "text", "Content": act.content, **tapped}
        case Location():
            place = {"Location_X": _Bare(act.latitude), "Location_Y": _Bare(act.longitude)}
            return {"MsgType": "location", **place, "Scale": act.scale, "Label": act.label}
        case Link():
            return {"MsgType": "link", "Title": act.title, "Description": act.description, "Url": act.url}


def _happening(act: EventAct) -> dict[str, Renderable]:
    match act:
        case Subscribe(scene=""):
            return _event("subscribe", "")
        case Subscribe():
            return {**_event("subscribe", SCENE_PREFIX + act.scene), "Ticket": _ticket(act.scene)}
        case Unsubscribe():
            return _event("unsubscribe", "")
        case Scan():
            return {**_event("SCAN", act.scene), "Ticket": _ticket(act.scene)}
        case Click():
            return _event("CLICK", act.key)
        case View():
            return {**_event("VIEW", act.url), "MenuId": MENU_ID}
        case Report():
            return {
                "MsgType": "event",
                "Event": "LOCATION",
                "Latitude": _Bare(act.latitude),
                "Longitude": _Bare(act.longitude),
                "Precision": _Bare(act.precision),
            }


def _event(name: str, key: str) -> dict[str, Renderable]:
    return {"MsgType": "event", "Event": name, "EventKey": key}


def _ticket(scene: str) -> str:
    """A ticket that looks like the platform's and is the same for the same scene."""
    return "gQ" + scene.encode().hex().upper().ljust(62, "0")[:62] + "AQ=="
