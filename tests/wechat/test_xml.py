"""The XML dialect: what is rendered reads back the same, and what WeChat never sends is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.channels.wechat.fields import MalformedBodyError, nested, read_fields, several, text
from desk.channels.wechat.xml import BYTES_MAX, DEPTH_MAX, NODES_MAX, XmlError, parse, render

# What XML can carry. A bare carriage return is left out: every XML parser reads it as a line feed.
words = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n")
)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,11}", fullmatch=True)
fields = st.recursive(
    st.dictionaries(names, words, min_size=1, max_size=5),
    lambda inner: st.dictionaries(names, words | inner, min_size=1, max_size=4),
    max_leaves=6,
)


@given(fields)
def test_what_is_rendered_reads_back_the_same(value: dict[str, object]) -> None:
    assert parse(render(value).encode()) == value  # type: ignore[arg-type]


def test_strings_are_cdata_and_numbers_bare() -> None:
    assert render({"Content": "a<b>&c", "CreateTime": 17}) == (
        "<xml><Content><![CDATA[a<b>&c]]></Content><CreateTime>17</CreateTime></xml>"
    )


def test_the_end_of_cdata_inside_a_text_is_split() -> None:
    assert parse(render({"Content": "a]]>b]]>"}).encode()) == {"Content": "a]]>b]]>"}


def test_what_xml_cannot_carry_becomes_a_replacement_character() -> None:
    assert parse(render({"Content": "a\0b\x1bc\ud800"}).encode()) == {"Content": "a�b�c�"}


def test_repeated_elements_become_a_list_and_back() -> None:
    value = {"PicList": {"item": [{"PicMd5Sum": "1"}, {"PicMd5Sum": "2"}, {"PicMd5Sum": "3"}]}}
    assert parse(render(value).encode()) == value


def test_plain_text_entities_and_an_unknown_root_are_read() -> None:
    assert parse(b'<?xml version="1.0"?>\n<root a="1"><A>1 &lt; 2 &#20320;</A><B/></root>\n') == {
        "A": "1 < 2 你",
        "B": "",
    }


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse("\ufeff<xml><a>1</a></xml>".encode()) == {"a": "1"}


BOMB = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>"""
THIEF = b"""<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>"""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BOMB, "DOCTYPE"),
        (THIEF, "DOCTYPE"),
        (b"<!DOCTYPE xml><xml><a>1</a></xml>", "DOCTYPE"),
        (b"<xml><a>&b;</a></xml>", "undefined entity"),
        (b"", "no element"),
        (b"   ", "no element"),
        (b"<xml><a>1</a>", "no element"),
        (b"<xml><a>1</b></xml>", "mismatched"),
        (b"<xml><a>1</a></xml><xml/>", "junk"),
        (b"<xml/>", "no fields"),
        (b"<xml>hello</xml>", "no fields"),
        (b"<xml><a>\xff\xfe</a></xml>", "invalid token"),
        (b"<xml><a>&#0;</a></xml>", "invalid character number"),
        (b"\x00\x01\x02\x03", "invalid token"),
        (b"<a>" * (DEPTH_MAX + 1), "nested deeper"),
        (b"<xml>" + b"<a/>" * NODES_MAX + b"</xml>", "more than"),
        (b"<xml><a>" + b"x" * BYTES_MAX + b"</a></xml>", "longer than"),
    ],
)
def test_what_wechat_never_sends_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(XmlError, match=reason):
        parse(body)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda junk: b"<xml><a>" + junk + b"</a></xml>"))
def test_junk_is_fields_or_a_refusal_and_nothing_else(junk: bytes) -> None:
    with contextlib.suppress(MalformedBodyError):
        assert isinstance(read_fields(junk), dict)


class TestJson:
    def test_json_comes_to_the_same_fields_as_xml(self) -> None:
        body = '{"MsgId": 7250021412600020992, "Content": "你好", "Note": null, "Latitude": 23.5, "Flag": true}'
        assert read_fields(body.encode()) == {
            "MsgId": "7250021412600020992",
            "Content": "你好",
            "Note": "",
            "Latitude": "23.5",
            "Flag": "True",
        }

    def test_one_item_or_several_read_alike(self) -> None:
        one = read_fields(b'{"List": {"T": "1"}}')
        two = read_fields(b'{"List": [{"T": "1"}, {"T": "2"}]}')
        assert several(one, "List") == [{"T": "1"}]
        assert several(two, "List") == [{"T": "1"}, {"T": "2"}]
        assert nested(one, "List") == {"T": "1"}
        assert (nested(two, "List"), text(two, "List"), several(two, "None")) == ({}, "", [])

    def test_a_nul_that_sql_would_choke_on_is_replaced(self) -> None:
        assert read_fields(rb'{"Content": "a\u0000b", "\u0000": "1"}') == {"Content": "a�b", "�": "1"}

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"{}x",
            b'{"a": NaN}',
            b'{"a": 1e999}',
            rb'{"a": "\ud800"}',
            b'{"a": "\xff"}',
            b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
            b'{"a": [[1]]}',
            b'{"a":' * 20 + b"1" + b"}" * 20,
            b'{"a":' * 5000,
            b'{"a":"' + b"x" * BYTES_MAX + b'"}',
        ],
    )
    def test_broken_or_excessive_json_is_refused(self, body: bytes) -> None:
        with pytest.raises(MalformedBodyError):
            read_fields(body)
