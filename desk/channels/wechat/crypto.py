"""Signatures and the AES envelope of WeChat pushes.

Pure: strings and bytes in, strings and bytes out. The platform pads to blocks of 32 bytes although AES
has 16, so padding is handled here and not by the cipher library, and the 43rd character of an
EncodingAESKey may carry spare bits that a strict base64 decoder refuses, so the key is decoded leniently.
The numeric codes of `WeChatCryptoError` are those of WeChat's own sample code.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

ERR_AES_KEY = -40004
ERR_APP_ID = -40005
ERR_ENCRYPT = -40006
ERR_DECRYPT = -40007
ERR_BUFFER = -40008
ERR_BASE64 = -40010

_PAD_BLOCK = 32
_CIPHER_BLOCK = 16
_HEAD = 20  # 16 random bytes, then the message length as a big-endian uint32
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class WeChatCryptoError(Exception):
    """A push or key that cannot be trusted; `errcode` is WeChat's -400xx number for the cause."""

    code = "wechat_crypto"

    def __init__(self, errcode: int, message: str) -> None:
        super().__init__(message)
        self.errcode = errcode
        self.message = message


def signature(token: str, *parts: str) -> str:
    """The lower-case sha1 of token and parts, sorted as bytes and joined.

    Three items (token, timestamp, nonce) sign a URL; the ciphertext as a fourth makes a msg_signature.
    """
    # Code point order is UTF-8 byte order, so the strings can be sorted before they are encoded.
    joined = "".join(sorted((token, *parts)))
    return hashlib.sha1(joined.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def verify_signature(given: str, token: str, *parts: str) -> bool:
    """Whether `given` is the signature of token and parts; takes the same time for any wrong answer."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), signature(token, *parts).encode())


class Envelope:
    """Seals and opens messages of one app under one EncodingAESKey.

    Raises `WeChatCryptoError` (ERR_AES_KEY) when the key is not 43 base64 characters.
    """

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        if not _AES_KEY.fullmatch(encoding_aes_key):
            raise WeChatCryptoError(ERR_AES_KEY, "The EncodingAESKey must be 43 characters of A-Z a-z 0-9 + /.")
        key = base64.b64decode(encoding_aes_key + "=")
        self.app_id = app_id
        self._app_id = app_id.encode()
        # WeChat fixes the IV to the first half of the key; the 16 random bytes in front do an IV's work.
        self._cipher = Cipher(AES(key), CBC(key[:_CIPHER_BLOCK]))

    def encrypt(self, message: bytes, *, random: bytes | None = None) -> str:
        """The base64 ciphertext of a message; `random` pins the 16 leading bytes, for tests and vectors."""
        head = os.urandom(16) if random is None else random
        if len(head) != 16:
            raise WeChatCryptoError(ERR_ENCRYPT, "The random prefix must be 16 bytes.")
        plain = head + len(message).to_bytes(4, "big") + message + self._app_id
        pad = _PAD_BLOCK - len(plain) % _PAD_BLOCK
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, encrypted: str) -> bytes:
        """The message inside base64 ciphertext. Raises `WeChatCryptoError` unless every byte is in order.

        ERR_BASE64 not base64; ERR_DECRYPT not whole blocks or bad padding (wrong key); ERR_BUFFER the
        length does not fit; ERR_APP_ID sealed for another app.
        """
        plain = self._unpadded(encrypted)
        end = _HEAD + int.from_bytes(plain[16:_HEAD], "big")
        if len(plain) < _HEAD or end > len(plain):
            raise WeChatCryptoError(ERR_BUFFER, "The length inside the envelope does not fit its content.")
        if plain[end:] != self._app_id:
            raise WeChatCryptoError(ERR_APP_ID, "The envelope was sealed for another AppID.")
        return plain[_HEAD:end]

    def _unpadded(self, encrypted: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise WeChatCryptoError(ERR_BASE64, "The ciphertext is not base64.") from error
        if not sealed or len(sealed) % _CIPHER_BLOCK:
            raise WeChatCryptoError(ERR_DECRYPT, "The ciphertext is not a whole number of AES blocks.")
        decryptor = self._cipher.decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        pad = padded[-1]
        if not 1 <= pad <= _PAD_BLOCK or not padded.endswith(bytes([pad]) * pad):
            raise WeChatCryptoError(ERR_DECRYPT, "The padding is wrong: another EncodingAESKey was used.")
        return padded[:-pad]


def decrypt_with_any(envelopes: Sequence[Envelope], encrypted: str) -> tuple[bytes, Envelope]:
    """Opens with the first key that fits (current first, then previous) and says which one it was.

    While a key is being rotated, pushes arrive under either; a reply goes out under the key that worked.
    Raises the current key's error when none fits, and ERR_APP_ID at once, since then the key did fit.
    """
    assert envelopes, "an account in safe mode has at least one key"
    first_error: WeChatCryptoError | None = None
    for envelope in envelopes:
        try:
            return envelope.decrypt(encrypted), envelope
        except WeChatCryptoError as error:
            if error.errcode == ERR_APP_ID:
                raise
            first_error = first_error or error
    assert first_error is not None
    raise first_error
