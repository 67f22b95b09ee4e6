"""The simulated official accounts: what an admin types into the platform's console, and what hangs on it.

Settings are one frozen struct, replaced as a whole when the control API changes them, so that a push under way
keeps the ones it began with.
"""

from typing import Any, Final, Literal

from msgspec import Struct

from desk.channels.wechat.crypto import Envelope
from desk.channels.wechat.simulator.limits import Limits
from desk.channels.wechat.simulator.users import Users
from desk.channels.wechat.simulator.window import Quota

Mode = Literal["plain", "compatible", "safe"]


class AccountSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account. `ip_list` empty allows every caller; `legacy_profiles` lets user/info tell nicknames,
    as it did before the end of 2021."""

    key: str
    name: str
    app_id: str
    app_secret: str
    token: str
    encoding_aes_key: str
    original_id: str
    callback_url: str = ""
    mode: Mode = "plain"
    ip_list: tuple[str, ...] = ()
    legacy_profiles: bool = False
    quota: Quota = Quota()


class Account:
    """A running account."""

    def __init__(self, settings: AccountSettings) -> None:
        self.users = Users()
        self.limits = Limits()
        self.menu: dict[str, Any] | None = None
        self.configure(settings)

    def configure(self, settings: AccountSettings) -> None:
        """Takes new settings. Raises `WeChatCryptoError` when the EncodingAESKey is none."""
        self.envelope = Envelope(settings.encoding_aes_key, settings.app_id)
        self.settings = settings

    @property
    def key(self) -> str:
        return self.settings.key


DEMO_MENU: Final[dict[str, Any]] = {
    "button": [
        {"type": "click", "name": "人工客服", "key": "HUMAN"},
        {
            "name": "我的账户",
            "sub_button": [
                {"type": "click", "name": "本期账单", "key": "BILL"},
                {"type": "click", "name": "账单分期", "key": "INSTALMENT"},
                {"type": "click", "name": "挂失补卡", "key": "LOST_CARD"},
            ],
        },
        {"type": "view", "name": "优惠活动", "url": "https://bank.example/offers"},
    ]
}
"""The bottom menu of the demo's account, until one is created through the API."""


def demo_account(callback_url: str) -> AccountSettings:
    """The account of the demo, with its published keys."""
    return AccountSettings(
        key="demo",
        name="云杉银行信用卡",
        app_id="wxdemo0000000001",
        app_secret="demo-secret",  # noqa: S106 - printed in the README: it opens the simulator only
        token="demo-token",  # noqa: S106
        encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        original_id="gh_demo00000001",
        callback_url=callback_url,
    )
