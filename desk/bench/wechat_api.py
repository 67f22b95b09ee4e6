"""The WeChat API at the other end of the courier: takes messages and notes when.

The faithful simulator serves demo and tests; here it would be most of what is measured.
"""

import asyncio
import re
import time
from collections import Counter

from desk.bench.wire import Server

_MARK = re.compile(rb'"content":\s*"r(\d+)\.')


class WeChatApi:
    """Answers tokens and sends; remembers the arrival of each answer `r<k>.`. `delay_s` is how long it thinks."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.at: dict[int, float] = {}
        self.times: Counter[int] = Counter()
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen; answers the base URL."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Server(self._answer, lambda: self.delay_s), "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        """Hang up."""
        if self._server:
            self._server.close()

    def _answer(self, request_line: bytes, body: bytes) -> bytes:
        if b"/message/custom/send" in request_line:
            if mark := _MARK.search(body):
                number = int(mark[1])
                self.times[number] += 1
                self.at.setdefault(number, time.perf_counter())
            return b'{"errcode":0,"errmsg":"ok"}'
        if b"token" in request_line:
            return b'{"access_token":"BENCH-TOKEN","expires_in":7200}'
        return b'{"errcode":0,"errmsg":"ok"}'
