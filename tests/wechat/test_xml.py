"""The XML dialect: what is rendered reads back the same, and what WeChat never sends is refused."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.channels.wechat.fields import MalformedBodyError, nested, read_fields, several, text
from desk.channels.wechat.xml import BYTES_MAX, DEPTH_MAX, NODES_MAX, XmlError, _parse_any, _parse_flat, parse, render
from tests.wechat.vectors import VECTORS

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


class TestTheFlatForm:
    """The fast pattern and expat are two readers of one language: they may never read two things."""

    scraps = st.sampled_from(
        [
            *("<a>", "</a>", "<b>", "</b>", "<xml>", "</xml>", "<a/>", "<![CDATA[", "]]>", "]]", "]", ">", "<", "&"),
            *("&amp;", "&#20320;", "\n", "\r", "\t", " ", "x", "你", "😀", "\x00", "\x0b", "\ufffe", "\x85", "\u2028"),
            *("<!--c-->", "<?pi?>", "<!DOCTYPE x>", ' n="1"', "<a ", "</a >", "<A>", "</A>", "<a-b>", "<é>", "\ufeff"),
        ]
    )
    texts = st.lists(scraps, max_size=5).map("".join)
    tame = st.lists(st.sampled_from(["x", "你", "]", "]]", ">", "&", "<b>", "\n", "\r", "\x85", " "]), max_size=5).map(
        "".join
    )
    # Mostly what WeChat could write, so that the pattern gets something to take; now and then a scrap in between.
    elements = st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 11), tame, texts).map(
        lambda part: TestTheFlatForm.element(*part)
    )
    between = st.sampled_from([*[""] * 9, "\n", " ", "\r\n", "x"])
    rows = st.lists(st.tuples(elements, between), min_size=1, max_size=5)
    bodies = rows.map(lambda parts: f"<xml>{''.join(map(''.join, parts))}</xml>")

    @staticmethod
    def element(name: str, form: int, tame: str, wild: str) -> str:
        match form:
            case 0:
                return f"<{name}></{name}>"
            case 1:
                return f"<{name}><![CDATA[{wild}]]></{name}>"
            case 2:
                return f"<{name}>{wild}</{name}>"
            case 3 | 4 | 5:
                return f"<{name}>{tame.translate({ord(bad): None for bad in '<>&]'})}</{name}>"
            case _:
                return f"<{name}><![CDATA[{tame}]]></{name}>"

    @given(bodies)
    @settings(max_examples=300)
    def test_what_the_pattern_takes_expat_reads_the_same(self, body: str) -> None:
        flat = _parse_flat(body.encode())
        assert flat is None or flat == _parse_any(body.encode())

    @given(texts)
    def test_scraps_are_read_by_both_alike_or_left_to_expat(self, scraps: str) -> None:
        body = scraps.encode()
        assert _parse_flat(body) is None or _parse_flat(body) == _parse_any(body)

    def test_repeated_and_too_many_flat_elements_are_left_to_expat(self) -> None:
        assert parse(b"<xml><a>1</a><b>2</b><a>3</a></xml>") == {"a": ["1", "3"], "b": "2"}
        with pytest.raises(XmlError, match="more than"):
            parse(b"<xml>" + b"".join(b"<a%d>1</a%d>" % (n, n) for n in range(NODES_MAX)) + b"</xml>")

    @given(st.dictionaries(names, words | st.integers(), min_size=1))
    def test_what_wechat_writes_is_in_the_flat_form(self, value: dict[str, str | int]) -> None:
        plain = {name: item if isinstance(item, int) else item.replace("]]>", "") for name, item in value.items()}
        assert _parse_flat(render(plain).encode()) == {name: str(item) for name, item in plain.items()}

    def test_every_flat_vector_is_in_the_flat_form(self) -> None:
        for vector in VECTORS["inbound"]:
            for body in ("plain_body", "safe_body", "compat_body"):
                assert _parse_flat(vector[body].encode()) == _parse_any(vector[body].encode())

    @pytest.mark.parametrize(
        "hostile",
        [
            "<xml>" + "<a>" * 16_000,
            "<xml>" + "<a><![CDATA[" * 5_000,
            "<xml><a><![CDATA[" + "]" * 60_000,
            "<xml><a><![CDATA[" + "]]" * 30_000 + "></b>",
            "<xml>" + " \n" * 30_000 + "<",
            "<xml>" + "<a>1</a>" * 8_000 + "</xm>",
            "<xml><" + "a" * 60_000 + ">",
            "<xml>" + "<a><![CDATA[]]></b>" * 3_000,
            "<xml>" + ("<a><![CDATA[" + "x]" * 10 + "]]></a>") * 1_500 + "<",
            "<xml>" + ("<a>1</a>" + " " * 100) * 500,
        ],
        ids=range(10),
    )
    def test_hostile_bodies_take_no_longer_than_honest_ones(self, hostile: str) -> None:
        began = time.perf_counter()
        assert _parse_flat(hostile.encode()) is None
        assert time.perf_counter() - began < 1  # a few ms; a pattern that backtracks takes minutes


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
