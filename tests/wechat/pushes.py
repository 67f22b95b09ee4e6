"""Builders of pushes: what WeChat would send to an account, plain or sealed, right or wrong."""

from urllib.parse import urlencode

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.crypto import Envelope, signature
from desk.channels.wechat.xml import Renderable, render
from sessions.commands import Command
from tests.wechat.vectors import APP_ID, KEYS, OPENID, ORIGINAL_ID, TOKEN

TIMESTAMP = "1735689600"
NONCE = "1320562132"

ACCOUNT = WeChatAccount(
    key="bank",
    name="Bank",
    app_id=APP_ID,
    app_secret="s3cret",
    token=TOKEN,
    aes_key=KEYS["A"],
    original_id=ORIGINAL_ID,
)


class Accounts:
    """A directory in memory."""

    def __init__(self, *accounts: WeChatAccount) -> None:
        self._accounts = {account.key: account for account in accounts}

    def get(self, account: str) -> WeChatAccount | None:
        return self._accounts.get(account)


class Recorder:
    """An inbox that keeps what it is given."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    async def append(self, command: Command) -> None:
        self.commands.append(command)


def message(msg_type: str, **fields: Renderable) -> dict[str, Renderable]:
    """The fields of a message, with a MsgId; `MsgId=` and the others can be given anew."""
    return {**_common(msg_type), "MsgId": 7250021412600020992, **fields}


def event(name: str, **fields: Renderable) -> dict[str, Renderable]:
    return {**_common("event"), "Event": name, **fields}


def text_message(content: str = "你好", **fields: Renderable) -> dict[str, Renderable]:
    return message("text", Content=content, **fields)


def _common(msg_type: str) -> dict[str, Renderable]:
    return {
        "ToUserName": ORIGINAL_ID,
        "FromUserName": OPENID,
        "CreateTime": int(TIMESTAMP),
        "MsgType": msg_type,
    }


def plain_query(token: str = TOKEN, **more: str) -> str:
    signed = signature(token, TIMESTAMP, NONCE)
    return urlencode({"signature": signed, "timestamp": TIMESTAMP, "nonce": NONCE, "openid": OPENID} | more)


def sealed_query(encrypted: str, token: str = TOKEN) -> str:
    return plain_query(token, encrypt_type="aes", msg_signature=signature(token, TIMESTAMP, NONCE, encrypted))


def sealed_push(
    inner: str | bytes, *, key: str = KEYS["A"], app_id: str = APP_ID, token: str = TOKEN
) -> tuple[str, bytes]:
    """Query and body of a safe-mode push around any content."""
    content = inner.encode() if isinstance(inner, str) else inner
    encrypted = Envelope(key, app_id).encrypt(content)
    body = render({"ToUserName": ORIGINAL_ID, "Encrypt": encrypted})
    return sealed_query(encrypted, token), body.encode()
