"""Account secrets at rest: who has the database alone has nothing.

Fernet (AES with a signature), under the key that `desk.config` makes from SECRET_KEY. An empty secret stays
empty, so that a missing one can be told from a sealed one without the key.
"""

from cryptography.fernet import Fernet, InvalidToken


class SealedError(ValueError):
    """A stored secret that this key does not open."""

    code = "secret_key_changed"


def seal(key: bytes, secret: str) -> str:
    """The secret as it may lie in the database."""
    return Fernet(key).encrypt(secret.encode()).decode() if secret else ""


def unseal(key: bytes, sealed: str, whose: str) -> str:
    """The secret that `seal` took; `whose` names it in the error. Raises `SealedError`."""
    if not sealed:
        return ""
    try:
        return Fernet(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealedError(
            f"{whose} was stored under another SECRET_KEY: start with that key again or enter the secrets anew"
        ) from None
