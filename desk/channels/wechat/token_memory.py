"""Access tokens that are not asked of Redis for every message.

A token renewed elsewhere meanwhile is refused by WeChat before it does anything, and then the shared one is asked for;
so a process may go on with what it knows for a few seconds.
"""

import time
from typing import Any

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.calls import Refused, Unreached
from desk.channels.wechat.token import USABLE_MS_MIN, AccessTokens

REMEMBERED_S = USABLE_MS_MIN / 2000
"""Half of what a token that is handed out is good for at least."""


class RememberedTokens(AccessTokens):
    """The shared tokens, with the memory of one process before them."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._remembered: dict[str, tuple[str, float]] = {}

    async def current(self, account: WeChatAccount) -> str | Refused | Unreached:
        """A token that is good for some seconds at least."""
        token, until = self._remembered.get(account.app_id, ("", 0.0))
        if time.monotonic() < until:
            return token
        return self._remember(account, await super().current(account))

    async def renewed(self, account: WeChatAccount, refused: str) -> str | Refused | Unreached:
        """Another token than the one WeChat refused."""
        if self._remembered.get(account.app_id, ("", 0.0))[0] == refused:
            del self._remembered[account.app_id]
        return self._remember(account, await super().renewed(account, refused))

    def _remember(self, account: WeChatAccount, token: str | Refused | Unreached) -> str | Refused | Unreached:
        if isinstance(token, str):
            self._remembered[account.app_id] = (token, time.monotonic() + REMEMBERED_S)
        return token
