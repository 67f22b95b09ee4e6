"""Fields of a push → what it is.

Event names are matched in the case the WeChat docs give them, and apart from message types: the event
LOCATION and the message location are two things. A known type that lacks what makes it useful, or holds a
number that is none, stays raw rather than become an error or a value that nobody can store.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from desk.channels.wechat import push as it
from desk.channels.wechat.fields import nested, several, text
from desk.channels.wechat.xml import Fields

_OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS_MAX = 12
_CREATED_MAX_S = 253_402_300_799  # the end of the year 9999
_MSG_ID_LENGTH_MAX = 64
_NAMED_ALREADY = frozenset(
    {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgDataId", "Idx", "Event", "Encrypt"}
)

_Common = dict[str, Any]


class PushError(ValueError):
    """A push that names no sender, time or type, so that nobody can be served by it."""

    code = "malformed_push"


class _UnreadableError(Exception):
    """A field that its type cannot do without is missing or senseless."""


def read_push(fields: Fields) -> it.Push:
    """The typed push. Raises `PushError` where even an unknown type would have no one to belong to."""
    openid = text(fields, "FromUserName")
    msg_type = text(fields, "MsgType")
    if not _OPENID.fullmatch(openid):
        raise PushError("FromUserName is missing or no openid")
    created_s = _whole(fields, "CreateTime")
    if not 0 < created_s <= _CREATED_MAX_S:
        raise PushError("CreateTime is missing or no number of seconds")
    if not msg_type:
        raise PushError("MsgType is missing")
    common: _Common = {
        "account_id": text(fields, "ToUserName"),
        "openid": openid,
        "created_at": created_s * 1000,
    }
    if msg_type == "event":
        return _read_event(fields, common)
    return _read_message(msg_type, fields, common)


def _read_message(msg_type: str, fields: Fields, common: _Common) -> it.Message:
    common["msg_id"] = text(fields, "MsgId")[:_MSG_ID_LENGTH_MAX]
    common["msg_data_id"] = text(fields, "MsgDataId")
    common["index"] = text(fields, "Idx")
    if read := _MESSAGES.get(msg_type):
        try:
            return read(fields, common)
        except _UnreadableError:
            pass
    return it.UnknownMessage(**common, msg_type=msg_type, raw=_rest(fields))


def _read_event(fields: Fields, common: _Common) -> it.Event:
    common["name"] = name = text(fields, "Event")
    common["key"] = text(fields, "EventKey")
    if read := _EVENTS.get(name):
        try:
            return read(fields, common)
        except _UnreadableError:
            pass
    return it.UnknownEvent(**common, raw=_rest(fields))


def _text_message(fields: Fields, common: _Common) -> it.Message:
    if "Content" not in fields:
        raise _UnreadableError
    return it.TextMessage(**common, content=text(fields, "Content"), menu_id=text(fields, "bizmsgmenuid"))


def _image(fields: Fields, common: _Common) -> it.Message:
    return it.ImageMessage(**common, media_id=_needed(fields, "MediaId"), pic_url=text(fields, "PicUrl"))


def _voice(fields: Fields, common: _Common) -> it.Message:
    return it.VoiceMessage(
        **common,
        media_id=_needed(fields, "MediaId"),
        format=text(fields, "Format"),
        recognition=text(fields, "Recognition"),
        media_id_16k=text(fields, "MediaId16K"),
    )


def _video(fields: Fields, common: _Common) -> it.Message:
    return it.VideoMessage(
        **common,
        media_id=_needed(fields, "MediaId"),
        thumb_media_id=text(fields, "ThumbMediaId"),
        short=text(fields, "MsgType") == "shortvideo",
    )


def _location(fields: Fields, common: _Common) -> it.Message:
    return it.LocationMessage(
        **common,
        latitude=_float(fields, "Location_X"),
        longitude=_float(fields, "Location_Y"),
        scale=_whole(fields, "Scale"),
        label=text(fields, "Label"),
    )


def _link(fields: Fields, common: _Common) -> it.Message:
    return it.LinkMessage(
        **common,
        title=text(fields, "Title"),
        url=_needed(fields, "Url"),
        description=text(fields, "Description"),
    )


def _mini_program(fields: Fields, common: _Common) -> it.Message:
    return it.MiniProgramMessage(
        **common,
        title=text(fields, "Title"),
        app_id=text(fields, "AppId"),
        page_path=text(fields, "PagePath"),
        thumb_url=text(fields, "ThumbUrl"),
        thumb_media_id=text(fields, "ThumbMediaId"),
    )


def _file(fields: Fields, common: _Common) -> it.Message:
    return it.FileMessage(
        **common,
        title=_needed(fields, "Title"),
        description=text(fields, "Description"),
        key=text(fields, "FileKey"),
        md5=text(fields, "FileMd5"),
        size_bytes=_whole(fields, "FileTotalLen"),
    )


_MESSAGES: dict[str, Callable[[Fields, _Common], it.Message]] = {
    "text": _text_message,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
    "miniprogrampage": _mini_program,
    "file": _file,
}


def _subscribe(fields: Fields, common: _Common) -> it.Event:
    scene = common["key"].removeprefix("qrscene_")
    return it.SubscribeEvent(**common, scene=scene, ticket=text(fields, "Ticket"))


def _unsubscribe(_fields: Fields, common: _Common) -> it.Event:
    return it.UnsubscribeEvent(**common)


def _scan(fields: Fields, common: _Common) -> it.Event:
    return it.ScanEvent(**common, scene=common["key"], ticket=text(fields, "Ticket"))


def _location_report(fields: Fields, common: _Common) -> it.Event:
    return it.LocationEvent(
        **common,
        latitude=_float(fields, "Latitude"),
        longitude=_float(fields, "Longitude"),
        precision=_float(fields, "Precision") if text(fields, "Precision") else 0.0,
    )


def _click(_fields: Fields, common: _Common) -> it.Event:
    return it.ClickEvent(**common)


def _view(fields: Fields, common: _Common) -> it.Event:
    return it.ViewEvent(**common, url=common["key"], menu_id=text(fields, "MenuId"))


def _view_mini_program(fields: Fields, common: _Common) -> it.Event:
    return it.ViewMiniProgramEvent(**common, page_path=common["key"], menu_id=text(fields, "MenuId"))


def _scan_code(fields: Fields, common: _Common) -> it.Event:
    scanned = nested(fields, "ScanCodeInfo")
    return it.ScanCodeEvent(**common, scan_type=text(scanned, "ScanType"), scan_result=text(scanned, "ScanResult"))


def _pictures(fields: Fields, common: _Common) -> it.Event:
    sent = nested(fields, "SendPicsInfo")
    items = several(nested(sent, "PicList"), "item") or several(sent, "PicList")
    sums = [md5 for item in items if (md5 := text(item, "PicMd5Sum"))]
    return it.PicturesEvent(**common, count=_whole(sent, "Count"), md5_sums=sums)


def _location_select(fields: Fields, common: _Common) -> it.Event:
    place = nested(fields, "SendLocationInfo")
    return it.LocationSelectEvent(
        **common,
        latitude=_float(place, "Location_X"),
        longitude=_float(place, "Location_Y"),
        scale=_whole(place, "Scale"),
        label=text(place, "Label"),
        poi_name=text(place, "Poiname"),
    )


def _template_sent(fields: Fields, common: _Common) -> it.Event:
    # WeChat docs: MsgID with a capital D in job events, unlike the MsgId of messages.
    return it.TemplateSentEvent(**common, msg_id=text(fields, "MsgID"), status=text(fields, "Status"))


def _mass_sent(fields: Fields, common: _Common) -> it.Event:
    return it.MassSentEvent(
        **common,
        msg_id=text(fields, "MsgID"),
        status=text(fields, "Status"),
        total=_whole(fields, "TotalCount"),
        filtered=_whole(fields, "FilterCount"),
        sent=_whole(fields, "SentCount"),
        failed=_whole(fields, "ErrorCount"),
    )


def _native_session(fields: Fields, common: _Common) -> it.Event:
    return it.NativeSessionEvent(
        **common,
        kf_account=text(fields, "KfAccount") or text(fields, "ToKfAccount"),
        from_kf_account=text(fields, "FromKfAccount"),
    )


def _subscription(fields: Fields, common: _Common) -> it.Event:
    wrapped = [nested(fields, name) for name in fields if name.startswith("SubscribeMsg")]
    entries = [entry for holder in [fields, *wrapped] for entry in several(holder, "List")]
    return it.SubscriptionEvent(**common, entries=entries)


def _privacy(fields: Fields, common: _Common) -> it.Event:
    return it.PrivacyEvent(
        **common,
        subject_openid=text(fields, "OpenID"),
        app_id=text(fields, "AppID"),
        revoke_info=text(fields, "RevokeInfo"),
    )


_EVENTS: dict[str, Callable[[Fields, _Common], it.Event]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "SCAN": _scan,
    "LOCATION": _location_report,
    "CLICK": _click,
    "VIEW": _view,
    "view_miniprogram": _view_mini_program,
    "scancode_push": _scan_code,
    "scancode_waitmsg": _scan_code,
    "pic_sysphoto": _pictures,
    "pic_photo_or_album": _pictures,
    "pic_weixin": _pictures,
    "location_select": _location_select,
    "TEMPLATESENDJOBFINISH": _template_sent,
    "MASSSENDJOBFINISH": _mass_sent,
    "kf_create_session": _native_session,
    "kf_close_session": _native_session,
    "kf_switch_session": _native_session,
    "subscribe_msg_popup_event": _subscription,
    "subscribe_msg_change_event": _subscription,
    "subscribe_msg_sent_event": _subscription,
    "user_info_modified": _privacy,
    "user_authorization_revoke": _privacy,
}


def _needed(fields: Fields, name: str) -> str:
    value = text(fields, name)
    if not value:
        raise _UnreadableError
    return value


def _float(fields: Fields, name: str) -> float:
    try:
        value = float(text(fields, name))
    except ValueError:
        raise _UnreadableError from None
    # Neither JSON nor SQL has a place for these.
    if not math.isfinite(value):
        raise _UnreadableError
    return value


def _whole(fields: Fields, name: str) -> int:
    value = text(fields, name)
    return int(value) if len(value) <= _DIGITS_MAX and value.isdigit() and value.isascii() else 0


def _rest(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name not in _NAMED_ALREADY}
