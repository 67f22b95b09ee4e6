"""WeChat's emoji codes are read in all three spellings, and nothing else is taken for one."""

import pytest

from desk.emoji import EMOJI, RETIRED, split, with_signs


@pytest.mark.parametrize("code", ["[微笑]", "[Smile]", "/::)"])
def test_a_face_is_known_by_its_chinese_its_english_and_its_old_code(code: str) -> None:
    assert with_signs(f"谢谢{code}！") == "谢谢🙂！"


@pytest.mark.parametrize("code", ["[抱拳]", "[社会社会]", "[Salute]"])
def test_what_unicode_has_no_sign_for_stays_its_code(code: str) -> None:
    assert with_signs(code) == code


@pytest.mark.parametrize("text", ["[不是表情]", "[微笑", "微笑]", "数组[0]", "a/b::c", "", "［微笑］"])
def test_other_brackets_are_words(text: str) -> None:
    assert list(split(text)) == ([text] if text else [])


def test_codes_follow_each_other_without_a_gap() -> None:
    assert with_signs("[强][强]/::'(/::D[OK]") == "👍👍😭😁👌"


def test_the_longer_of_two_codes_wins() -> None:
    pieces = [piece[1].zh for piece in split("/:,@@/:@@/::'|") if not isinstance(piece, str)]
    assert pieces == ["晕", "拳头", "快哭了"]


def test_nothing_is_lost_in_cutting() -> None:
    text = "好[微笑]的/::D，[没有]再见[Wave]"
    assert "".join(piece if isinstance(piece, str) else piece[0] for piece in split(text)) == text


def test_no_code_stands_for_two_faces() -> None:
    every = (*EMOJI, *RETIRED)
    chinese = [each.zh for each in every]
    old = [each.old for each in every if each.old]
    assert len(set(chinese)) == len(chinese) >= 100
    assert len(set(old)) == len(old)
