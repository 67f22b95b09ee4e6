"""A push on the wire: common fields, mode, signature, encryption.

Pure. The body of a push stays the same over its attempts; timestamp, nonce and signature are made anew for
each, so a receiver that remembers nonces does not mistake a retry for a replay.
"""

from collections.abc import Mapping
from urllib.parse import quote

from msgspec import Struct

from desk.channels.wechat.crypto import signature
from desk.channels.wechat.simulator.accounts import Account
from desk.channels.wechat.xml import Renderable, render


class Push(Struct):
    """What one act of one user becomes. `msg_id` is 0 for events; `fields` are those of the plain body."""

    account: Account
    openid: str
    msg_id: int
    fields: dict[str, Renderable]
    happened_at: int
    is_event: bool = False
    attempts: int = 0

    @property
    def name(self) -> str:
        """ "text", "image", or an event's name."""
        return str(self.fields.get("Event") or self.fields.get("MsgType", ""))


class Signed(Struct, frozen=True):
    """One attempt: the query string (without "?") and the body."""

    query: str
    body: bytes


def compose(
    account: Account, openid: str, msg_id: int, particular: Mapping[str, Renderable], *, event: bool, at: int
) -> Push:
    """The push of an act: the common fields around its particular ones."""
    fields: dict[str, Renderable] = {
        "ToUserName": account.settings.original_id,
        "FromUserName": openid,
        "CreateTime": at // 1000,
        **particular,
    }
    if not event:
        fields.setdefault("MsgId", msg_id)
    return Push(account, openid, 0 if event else msg_id, fields, at, event)


def sign(push: Push, timestamp: int, nonce: str) -> Signed:
    """The push as the account's mode wants it at this moment."""
    account = push.account
    settings = account.settings
    second = str(timestamp)
    url_signature = signature(settings.token, second, nonce)
    query = f"signature={url_signature}&timestamp={second}&nonce={nonce}&openid={quote(push.openid)}"
    if settings.mode == "plain":
        return Signed(query, render(push.fields).encode())
    encrypted = account.envelope.encrypt(render(push.fields).encode())
    msg_signature = signature(settings.token, second, nonce, encrypted)
    shown = push.fields if settings.mode == "compatible" else {"ToUserName": settings.original_id}
    body = render({**shown, "Encrypt": encrypted}).encode()
    return Signed(f"{query}&encrypt_type=aes&msg_signature={msg_signature}", body)


def verification(account: Account, timestamp: int, nonce: str, echostr: str) -> str:
    """The query string of the GET by which the platform checks a callback URL."""
    second = str(timestamp)
    url_signature = signature(account.settings.token, second, nonce)
    return f"signature={url_signature}&timestamp={second}&nonce={nonce}&echostr={quote(echostr)}"
