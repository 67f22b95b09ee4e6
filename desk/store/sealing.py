"""Account secrets at rest: who has the database alone has nothing.

Fernet (AES with a signature), under the keys that `desk.config` makes from SECRET_KEY and SECRET_KEY_OTHER: the first
seals, both open. An empty secret stays empty, so that a missing one can be told from a sealed one without the key.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from desk.config import SecretKeys


class SealedError(ValueError):
    """A stored secret that none of these keys opens."""

    code = "secret_key_changed"


def seal(keys: SecretKeys, secret: str) -> str:
    """The secret as it may lie in the database."""
    return _fernet(keys).encrypt(secret.encode()).decode() if secret else ""


def unseal(keys: SecretKeys, sealed: str, whose: str) -> str:
    """The secret that `seal` took; `whose` names it in the error. Raises `SealedError`."""
    if not sealed:
        return ""
    try:
        return _fernet(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealedError(
            f"{whose} was stored under another SECRET_KEY: start with that key again, give it as SECRET_KEY_OTHER, or"
            " enter the secrets anew"
        ) from None


def _fernet(keys: SecretKeys) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
