"""A push, in the desk's own words: the command that the gateway puts into the inbox.

Emoji codes such as `/::)` stay text: pages draw them. What the desk has no word for goes in as `Unknown` or
`OtherEvent` with what came, so that an agent can at least see that the customer did something.
"""

from typing import Any

import msgspec

from desk.channels.wechat import push as it
from sessions import content
from sessions.commands import ReceiveMessage, RecordCustomerEvent
from sessions.ids import Millis, customer_id

_NAMED_ALREADY = {"account_id", "openid", "created_at", "name"}


def command_for(account: str, push: it.Push) -> ReceiveMessage | RecordCustomerEvent:
    """The command for a push that arrived at the account with this key."""
    customer = customer_id(account, push.openid)
    sent_at = Millis(push.created_at)
    key = it.dedupe_key(push)
    if isinstance(push, it.Message):
        return ReceiveMessage(customer=customer, content=_content(push), key=key, sent_at=sent_at)
    return RecordCustomerEvent(customer=customer, event=_event(push), key=key, sent_at=sent_at)


def _content(message: it.Message) -> content.Content:
    match message:
        case it.TextMessage():
            return content.Text(text=message.content, menu_id=message.menu_id)
        case it.ImageMessage():
            return content.Image(source=message.media_id)
        case it.VoiceMessage():
            return content.Voice(source=message.media_id, format=message.format, recognition=message.recognition)
        case it.VideoMessage():
            return content.Video(source=message.media_id, thumb_source=message.thumb_media_id, short=message.short)
        case it.LocationMessage():
            return content.Location(
                latitude=message.latitude,
                longitude=message.longitude,
                label=message.label,
                scale=message.scale,
            )
        case it.LinkMessage():
            return content.Link(title=message.title, url=_web_address(message.url), description=message.description)
        case it.MiniProgramMessage():
            return content.MiniProgram(title=message.title, app_id=message.app_id, page_path=message.page_path)
        case it.FileMessage():
            return content.File(title=message.title, size_bytes=message.size_bytes)
        case it.UnknownMessage():
            return content.Unknown(name=message.msg_type, raw=message.raw)


def _event(event: it.Event) -> content.CustomerEvent:
    match event:
        case it.SubscribeEvent():
            return content.Followed(scene=event.scene)
        case it.UnsubscribeEvent():
            return content.Unfollowed()
        case it.ScanEvent():
            return content.Scanned(scene=event.scene)
        case it.ClickEvent():
            return content.MenuClicked(key=event.key)
        case it.ViewEvent():
            return content.MenuViewed(url=_web_address(event.url))
        case it.LocationEvent():
            return content.LocationReported(latitude=event.latitude, longitude=event.longitude)
        case it.UnknownEvent():
            return content.OtherEvent(name=event.name, raw=event.raw)
        case _:
            return content.OtherEvent(name=event.name, raw=_facts(event))


def _facts(event: it.Event) -> dict[str, Any]:
    """What a typed event says beyond who, when and which."""
    facts: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in facts.items() if value != "" and name not in _NAMED_ALREADY}


def _web_address(url: str) -> str:
    """The address, unless following it would do something else than open a web page."""
    return url if url.startswith(("https://", "http://")) else ""
