"""Who a visitor is, and what they may fetch: names that nobody can guess and everybody's web process can check.

A visitor has no account with us. Their token is kept by their browser; it names them, says when it was issued and
carries our seal. Nothing is stored for it, so a stranger who only looks costs nothing, and every web process knows
every visitor. The address of a file is sealed alike: `<img>` cannot send a token.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

from msgspec import Struct

from sessions.ids import AccountId, CustomerId, MediaKey, customer_id

GOOD_FOR_S = 180 * 86400
RENEWED_AFTER_S = 86400
"""A token that is older than a day is replaced at the next visit: who comes back within half a year stays known."""

_TOKEN = re.compile(r"v1\.(?P<visitor>[a-z2-7]{26})\.(?P<issued>[0-9]{1,12})\.(?P<seal>[A-Za-z0-9_-]{43})")


class Visitor(Struct, frozen=True):
    """A visitor of one web chat. `token` is what their browser is to keep from now on."""

    customer: CustomerId
    token: str
    is_new: bool = False


class Credentials:
    """Issues them under a key that is made from the first of the site's secrets, and knows what any of them issued."""

    def __init__(self, site_secrets: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(each, b"webchat", hashlib.sha256) for each in site_secrets]

    def newcomer(self, account: AccountId, now_s: int) -> Visitor:
        """Somebody who was never here."""
        name = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
        return Visitor(customer_id(account, name), self._token(account, name, now_s), is_new=True)

    def recognised(self, account: AccountId, token: str, now_s: int) -> Visitor | None:
        """Whose token this is; None for what is no token of this web chat, or too old."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        name, issued = found["visitor"], int(found["issued"])
        ours = self._known(found["seal"], "token", account, name, found["issued"])
        if ours is None or now_s - issued > GOOD_FOR_S:
            return None
        is_fresh = ours == 0 and now_s - issued < RENEWED_AFTER_S
        return Visitor(customer_id(account, name), token if is_fresh else self._token(account, name, now_s))

    def file_seal(self, account: AccountId, media: MediaKey) -> str:
        """What an address of this file must carry."""
        return self._seal("file", account, media)

    def may_fetch(self, account: AccountId, media: MediaKey, seal: str) -> bool:
        """Whether we made this address."""
        return self._known(seal, "file", account, media) is not None

    def _token(self, account: AccountId, name: str, now_s: int) -> str:
        return f"v1.{name}.{now_s}.{self._seal('token', account, name, str(now_s))}"

    def _known(self, seal: str, *parts: str) -> int | None:
        """Under which of the keys this seal was made; None for what is none of ours."""
        given = seal.encode("utf-8", "replace")
        made = (self._seal(*parts, nth=nth).encode() for nth in range(len(self._keys)))
        return next((nth for nth, ours in enumerate(made) if hmac.compare_digest(ours, given)), None)

    def _seal(self, *parts: str, nth: int = 0) -> str:
        digest = hmac.digest(self._keys[nth], "\0".join(parts).encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
