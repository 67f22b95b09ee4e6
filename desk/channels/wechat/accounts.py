"""The WeChat accounts that customers write to, as the channel sees them.

Where they come from (SQL, decrypted at start and on change) is not this room's business: whoever keeps them
hands in a directory that answers from memory, for the gateway asks it on every push.
"""

from typing import Literal, Protocol

from msgspec import Struct


class WeChatAccount(Struct, frozen=True, kw_only=True):
    """One official account. `key` is its name in the callback address, free of "/" and ":".

    `original_id` (gh_…) is checked against pushes when set. `aes_key` may be empty for an account that pushes
    plainly; `previous_aes_key` is honoured while a key is being rotated. `mode` is what the account's console
    says; every mode is recognised by the push itself, but under "safe" an unencrypted push is refused, because
    its signature does not cover its body.
    """

    key: str
    name: str
    app_id: str
    app_secret: str
    token: str
    aes_key: str = ""
    previous_aes_key: str | None = None
    original_id: str = ""
    mode: Literal["plain", "compatible", "safe"] = "compatible"

    def __repr__(self) -> str:
        # Secrets stay out of logs and tracebacks.
        return f"WeChatAccount(key={self.key!r}, app_id={self.app_id!r})"


class AccountDirectory(Protocol):
    """Looks accounts up in memory."""

    def get(self, account: str) -> WeChatAccount | None:
        """The account with this key; None where there is none."""
        ...
