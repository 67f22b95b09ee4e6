"""What simulated customers post: WeChat text pushes, signed, each with an identity of its own."""

import time
from itertools import count
from urllib.parse import urlencode

from desk.channels.wechat.crypto import signature

TOKEN = "demo-token"  # noqa: S105 - the demo account's, public by design
ACCOUNT = "demo"
ORIGINAL_ID = "gh_demo00000001"


class Pushes:
    """Makes the requests of one run; message `n` says `m<n>.` so that it can be found again anywhere."""

    def __init__(self, host: str) -> None:
        stamp, nonce = str(int(time.time())), "1320562132"
        query = urlencode({"signature": signature(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce})
        self._head = f"POST /wechat/{ACCOUNT}?{query} HTTP/1.1\r\nhost: {host}\r\ncontent-type: text/xml\r\n"
        self._ids = count(7_250_021_412_600_020_992 + time.time_ns() // 1_000_000)
        self._made_at = int(time.time())

    def text(self, customer: int, words: str) -> bytes:
        """The customer writes these words."""
        body = (
            f"<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName>"
            f"<FromUserName><![CDATA[{openid(customer)}]]></FromUserName>"
            f"<CreateTime>{self._made_at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{words}]]></Content><MsgId>{next(self._ids)}</MsgId></xml>"
        ).encode()
        return f"{self._head}content-length: {len(body)}\r\n\r\n".encode() + body


def openid(customer: int) -> str:
    """The openid of the nth customer of the bench, 28 characters like real ones."""
    return f"oBENCH{customer:022d}"
