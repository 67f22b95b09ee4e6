"""Signatures and envelopes: agreement with the vectors and with an independent SDK, and refusal of all else."""

import base64
import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from desk.channels.wechat.crypto import (
    ERR_AES_KEY,
    ERR_APP_ID,
    ERR_BASE64,
    ERR_BUFFER,
    ERR_DECRYPT,
    ERR_ENCRYPT,
    Envelope,
    WeChatCryptoError,
    decrypt_with_any,
    signature,
    verify_signature,
)
from desk.channels.wechat.xml import parse
from tests.wechat.vectors import APP_ID, KEYS, TOKEN, VECTORS, named

RANDOM = b"0123456789abcdef"


def refusal_of(envelope: Envelope, encrypted: str) -> int:
    with pytest.raises(WeChatCryptoError) as refused:
        envelope.decrypt(encrypted)
    return refused.value.errcode


def sealed(plain: bytes, key: str = KEYS["A"]) -> str:
    """Any padded plaintext under a key, also one that no honest side would send."""
    encryptor = Envelope(key, "")._cipher.encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


@pytest.mark.parametrize("vector", named("url_signature").values(), ids=named("url_signature").keys())
def test_url_signatures_of_the_vectors(vector: dict[str, Any]) -> None:
    assert signature(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]
    assert verify_signature(vector["signature"], vector["token"], vector["nonce"], vector["timestamp"])


def test_a_signature_one_character_off_is_wrong() -> None:
    right = signature(TOKEN, "1735689600", "1320562132")
    assert not verify_signature(right[:-1] + "x", TOKEN, "1735689600", "1320562132")
    assert not verify_signature(right.upper(), TOKEN, "1735689600", "1320562132")
    assert not verify_signature("", TOKEN, "1735689600", "1320562132")


@given(st.text(st.characters()), st.lists(st.text(st.characters()), max_size=4))
def test_any_text_can_be_compared_with_a_signature(given_signature: str, parts: list[str]) -> None:
    assert not verify_signature(given_signature, TOKEN, *parts)


@pytest.mark.parametrize("vector", named("aes").values(), ids=named("aes").keys())
def test_envelopes_of_the_vectors_bit_for_bit(vector: dict[str, Any]) -> None:
    envelope = Envelope(KEYS[vector["key"]], vector["appid"])
    message = vector["msg"].encode()
    assert envelope.encrypt(message, random=vector["random16"].encode()) == vector["encrypt"]
    assert envelope.decrypt(vector["encrypt"]) == message
    signed = signature(vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert signed == vector["msg_signature"]


def test_the_official_example_of_an_encrypted_reply() -> None:
    envelope = Envelope(KEYS["OFFICIAL"], "wxba5fad812f8e6fb9")
    encrypted = envelope.encrypt(b'{"demo_resp":"good luck"}', random=b"707722b803182950")
    assert encrypted.startswith("ELGduP2Y")
    assert encrypted.endswith("tmxSQ==")
    assert signature("AAAAA", "1713424427", "415670741", encrypted) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


SEALED_REPLIES = [vector for vector in VECTORS["passive_reply"] if "encrypted_envelope" in vector]


@pytest.mark.parametrize("vector", SEALED_REPLIES, ids=lambda vector: vector["name"])
def test_reply_envelopes_of_the_vectors(vector: dict[str, Any]) -> None:
    reply = parse(vector["encrypted_envelope"].encode())
    encrypted, at, nonce = str(reply["Encrypt"]), str(reply["TimeStamp"]), str(reply["Nonce"])
    assert verify_signature(str(reply["MsgSignature"]), TOKEN, at, nonce, encrypted)
    assert parse(Envelope(KEYS["A"], APP_ID).decrypt(encrypted)) == vector["parsed"]


def test_corporate_callbacks_use_the_same_envelope() -> None:
    kf = VECTORS["wecom_kf"]
    envelope = Envelope(KEYS[kf["key"]], kf["corpid"])
    query = kf["url_verify"]["query"]
    assert verify_signature(query["msg_signature"], kf["token"], query["timestamp"], query["nonce"], query["echostr"])
    assert envelope.decrypt(query["echostr"]).decode() == kf["url_verify"]["expected_body"]
    callback = str(parse(kf["callback"]["body"].encode())["Encrypt"])
    assert envelope.decrypt(callback).decode() == kf["callback"]["decrypted"]


@given(st.binary(max_size=5000))
def test_what_is_sealed_opens_as_it_was(message: bytes) -> None:
    envelope = Envelope(KEYS["A"], APP_ID)
    assert envelope.decrypt(envelope.encrypt(message)) == message


@given(st.text(min_size=1, max_size=300), st.sampled_from(sorted(KEYS)))
def test_an_independent_sdk_reads_ours_and_we_read_its(words: str, key: str) -> None:
    sdk, ours = WeChatCrypto(TOKEN, KEYS[key], APP_ID), Envelope(KEYS[key], APP_ID)
    reply = parse(sdk.encrypt_message(words, "123", "456").encode())
    assert ours.decrypt(str(reply["Encrypt"])).decode() == words
    encrypted = ours.encrypt(words.encode())
    signed = signature(TOKEN, "456", "123", encrypted)
    opened = sdk.decrypt_message({"Encrypt": encrypted}, signed, "456", "123")
    assert (opened if isinstance(opened, str) else opened.decode()) == words


def test_a_key_with_spare_bits_is_taken_as_its_32_bytes() -> None:
    canonical = base64.b64encode(base64.b64decode(KEYS["DEMO"] + "=")).decode()[:43]
    assert canonical != KEYS["DEMO"]
    encrypted = Envelope(KEYS["DEMO"], APP_ID).encrypt(b"hello")
    assert Envelope(canonical, APP_ID).decrypt(encrypted) == b"hello"


@pytest.mark.parametrize("key", ["", "short", "a" * 42, "a" * 44, "a" * 42 + "!", "钥" * 43, "a" * 43 + "\n"])
def test_a_key_that_is_none_is_refused_by_its_code(key: str) -> None:
    with pytest.raises(WeChatCryptoError) as refused:
        Envelope(key, APP_ID)
    assert refused.value.errcode == ERR_AES_KEY
    assert "43" in refused.value.message


@pytest.mark.parametrize("size", [0, 15, 17])
def test_the_random_prefix_is_sixteen_bytes(size: int) -> None:
    with pytest.raises(WeChatCryptoError) as refused:
        Envelope(KEYS["A"], APP_ID).encrypt(b"x", random=bytes(size))
    assert refused.value.errcode == ERR_ENCRYPT


def test_an_envelope_for_another_app_is_refused() -> None:
    encrypted = Envelope(KEYS["A"], "wx_someone_else").encrypt(b"<xml/>")
    assert refusal_of(Envelope(KEYS["A"], APP_ID), encrypted) == ERR_APP_ID


def test_an_envelope_under_another_key_is_refused() -> None:
    encrypted = Envelope(KEYS["DEMO"], APP_ID).encrypt(b"<xml/>", random=RANDOM)
    assert refusal_of(Envelope(KEYS["A"], APP_ID), encrypted) in {ERR_DECRYPT, ERR_BUFFER}


@pytest.mark.parametrize("encrypted", ["not base64!", "AAA", "\xff\xfe", "AAAA=AAA", "你好"])
def test_what_is_not_base64_is_refused(encrypted: str) -> None:
    assert refusal_of(Envelope(KEYS["A"], APP_ID), encrypted) == ERR_BASE64


@pytest.mark.parametrize("encrypted", ["", "AAAA", base64.b64encode(bytes(33)).decode()])
def test_what_is_no_whole_number_of_blocks_is_refused(encrypted: str) -> None:
    assert refusal_of(Envelope(KEYS["A"], APP_ID), encrypted) == ERR_DECRYPT


@pytest.mark.parametrize("pad", [0, 33, 64, 255])
def test_padding_out_of_range_is_refused(pad: int) -> None:
    assert refusal_of(Envelope(KEYS["A"], APP_ID), sealed(bytes([pad]) * 64)) == ERR_DECRYPT


def test_padding_that_is_not_all_the_same_is_refused() -> None:
    assert refusal_of(Envelope(KEYS["A"], APP_ID), sealed(bytes(62) + b"\x01\x02")) == ERR_DECRYPT


@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\x00\x00\x00\xff"])
def test_a_length_beyond_the_content_is_refused(length: bytes) -> None:
    plain = RANDOM + length + b"<xml/>"
    pad = 32 - len(plain) % 32
    assert refusal_of(Envelope(KEYS["A"], APP_ID), sealed(plain + bytes([pad]) * pad)) == ERR_BUFFER


def test_an_envelope_too_short_for_a_length_is_refused() -> None:
    assert refusal_of(Envelope(KEYS["A"], APP_ID), sealed(b"\x20" * 32)) == ERR_BUFFER


@given(st.binary(max_size=400))
def test_junk_is_refused_and_never_crashes(junk: bytes) -> None:
    envelope = Envelope(KEYS["A"], APP_ID)
    refusal_of(envelope, base64.b64encode(junk).decode())


@given(st.integers(0, 95), st.integers(1, 255))
def test_a_tampered_envelope_opens_or_is_refused_and_nothing_else(index: int, change: int) -> None:
    """CBC authenticates nothing, msg_signature does; here tampering must only not crash anything."""
    envelope = Envelope(KEYS["A"], APP_ID)
    raw = bytearray(base64.b64decode(envelope.encrypt(b"x" * 40, random=RANDOM)))
    raw[index % len(raw)] ^= change
    with contextlib.suppress(WeChatCryptoError):
        envelope.decrypt(base64.b64encode(raw).decode())


class TestKeyRotation:
    new, old = Envelope(KEYS["A"], APP_ID), Envelope(KEYS["DEMO"], APP_ID)

    def test_the_key_that_worked_is_named(self) -> None:
        assert decrypt_with_any([self.new, self.old], self.new.encrypt(b"1")) == (b"1", self.new)
        assert decrypt_with_any([self.new, self.old], self.old.encrypt(b"2")) == (b"2", self.old)

    def test_where_no_key_fits_the_current_one_says_why(self) -> None:
        stranger = Envelope(KEYS["OFFICIAL"], APP_ID).encrypt(b"3", random=RANDOM)
        with pytest.raises(WeChatCryptoError) as refused:
            decrypt_with_any([self.new, self.old], stranger)
        assert refused.value.errcode == refusal_of(self.new, stranger)

    def test_another_app_under_the_old_key_is_told_as_such(self) -> None:
        stranger = Envelope(KEYS["DEMO"], "wx_someone_else").encrypt(b"4", random=RANDOM)
        with pytest.raises(WeChatCryptoError) as refused:
            decrypt_with_any([self.new, self.old], stranger)
        assert refused.value.errcode == ERR_APP_ID
