"""Which of many phrases a text means: itself, within it, by a slip, by its sound; and what it does not mean."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.phrasebook import Entry, PhraseBook
from routing.slips import WORDS_LENGTH_MAX, SlipIndex, slips_between, slips_forgiven
from routing.sound import READINGS_MAX, readings, syllables
from routing.words import normalised


def found(text: str, *phrases: str, fuzzy: bool = True) -> tuple[str, str] | None:
    """The phrase that the text means, and how it was met."""
    hit = PhraseBook(Entry(phrase, fuzzy) for phrase in phrases).find(text)
    return (phrases[hit.place], hit.how) if hit else None


# The text is the phrase, or the phrase is in it.


@pytest.mark.parametrize("text", ["额度", " 额度？", "额 度", "额度👍", "\u202e额\u200b度"])
def test_the_phrase_itself_however_it_is_dressed(text: str) -> None:
    assert found(text, "额度") == ("额度", "exact")


def test_the_longest_phrase_in_the_text_wins_wherever_it_stands() -> None:
    assert found("额度不够，怎么提升额度", "额度", "提升额度", "不够") == ("提升额度", "contained")


def test_of_phrases_of_one_length_the_first_in_order_wins() -> None:
    assert found("我的额度和账单", "账单", "额度") == ("账单", "contained")
    assert found("我的额度和账单", "额度", "账单") == ("额度", "contained")


def test_the_first_of_two_equal_phrases_is_meant() -> None:
    hit = PhraseBook([Entry("额度"), Entry(" 额度！")]).find("额度")
    assert hit is not None
    assert hit.place == 0


def all_of(text: str, *phrases: str) -> list[tuple[str, str]]:
    return [(phrases[hit.place], hit.how) for hit in PhraseBook(map(Entry, phrases)).find_all(text)]


def test_everything_in_a_text_is_found_the_longest_first() -> None:
    phrases = ("年费", "还款", "还款方式", "挂失", "app")
    assert all_of("还款方式和年费，happy", *phrases) == [
        ("还款方式", "contained"),
        ("年费", "contained"),
        ("还款", "contained"),
    ]
    assert all_of("还款方式", *phrases) == [("还款方式", "exact"), ("还款", "contained")]


def test_slips_and_sounds_are_looked_for_where_nothing_is_in_the_text() -> None:
    assert all_of("还款放式", "还款方式") == [("还款方式", "typo")]
    assert all_of("nianfei", "年费", "还款") == [("年费", "sound")]
    assert all_of("你好", "年费") == all_of("", "年费") == []


def test_asking_for_a_person_is_never_taken_for_a_slip_or_a_sound() -> None:
    assert found("人工", "人工费", "认公", "人工") == ("人工", "exact")
    assert found("我要人工服务", "人工福务", "人工") == ("人工", "contained")


def test_latin_words_and_numbers_are_found_whole_only() -> None:
    assert found("怎么下载app", "app") == ("app", "contained")
    assert found("App下载", "app") == ("app", "contained")
    assert found("please help with the app now", "app") == ("app", "contained")
    assert found("happy new year my dear friends", "app") is None
    assert found("13期怎么样呢", "3期") is None
    assert found("分3期怎么样呢", "3期") == ("3期", "contained")


def test_one_character_and_mere_numbers_mean_something_only_alone() -> None:
    assert found("人", "人") == ("人", "exact")
    assert found("找个人", "人") is None
    assert found("95588", "95588") == ("95588", "exact")
    assert found("95589", "95588") is None
    assert found("我的卡号是6222 95588 1", "95588") is None
    assert found("1.5", "15") is None


# Slips.


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("账单风期", "账单分期"),
        ("账分期", "账单分期"),
        ("账单单分期", "账单分期"),
        ("单账分期", "账单分期"),
        ("信用卡激话怎么办", "信用卡激活怎么办"),
        ("信卡激话怎么办", "信用卡激活怎么办"),
        ("instalmnet", "instalment"),
    ],
)
def test_a_slip_of_the_thumb_is_forgiven(text: str, phrase: str) -> None:
    assert found(text, "人工", phrase) == (phrase, "typo")
    assert found(text, "人工", phrase, fuzzy=False) is None


@pytest.mark.parametrize(
    ("text", "phrase", "why"),
    [
        ("年飞", "年费啊", "two slips in three characters"),
        ("开通", "开卡", "two characters forgive none"),
        ("关闭自动还款", "开通自动还款", "another word"),
        ("3期免息分期", "6期免息分期", "another number"),
        ("我不要分期", "我就要分期", "no is no slip"),
        ("apple", "apply", "five letters are as good as two characters and a half"),
    ],
)
def test_another_word_is_no_slip(text: str, phrase: str, why: str) -> None:
    assert found(text, phrase) is None, why


def test_the_fewest_slips_win() -> None:
    assert found("信用卡激活流呈", "信用卡激话流程", "信用卡激活流程") == ("信用卡激活流程", "typo")


def test_slips_are_forgiven_in_short_texts_only() -> None:
    assert found("我想问你们一下账单风期的事情", "账单分期") is None


CHINESE = st.text(alphabet="账单分期额度还款信用卡查询办理", min_size=3, max_size=WORDS_LENGTH_MAX)


@given(CHINESE, st.data())
def test_one_character_less_or_wrong_is_found_among_others(phrase: str, data: st.DataObject) -> None:
    index = SlipIndex()
    for number, words in enumerate(["人工客服", phrase, "挂失补办"]):
        index.add(words, number)
    place = data.draw(st.integers(0, len(phrase) - 1))
    for typed in (phrase[:place] + phrase[place + 1 :], phrase[:place] + "错" + phrase[place + 1 :]):
        assert index.nearest(typed) == (phrase, 1)


@given(CHINESE, CHINESE)
def test_the_index_finds_exactly_what_comparing_each_would(typed: str, phrase: str) -> None:
    index = SlipIndex()
    index.add(phrase, 0)
    assert (index.nearest(typed) is not None) is (slips_between(typed, phrase) is not None)


def test_the_longer_the_words_the_more_is_forgiven() -> None:
    assert [slips_forgiven(each) for each in ("额度", "信用卡", "账单分期", "开通自动还款", "apple", "abroad")] == [
        *(0, 1, 1, 2),
        *(0, 1),
    ]


# Sounds.


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("额渡", "额度"),
        ("額度", "额度"),
        ("edu", "额度"),
        ("E du", "额度"),
        ("ｅｄｕ", "额度"),
        ("huankuan", "还款"),
        ("还宽", "还款"),
        ("yinhang", "银行"),
        ("zhanlue", "战略"),
        ("zhanlve", "战略"),
        ("lvse", "绿色"),
        ("lüse", "绿色"),
        ("zhuanrengong", "转人工"),
        ("转rengong", "转人工"),
        ("zhuan ren gong ke fu", "转人工客服"),
        ("我要办薪永咖", "信用卡"),
    ],
)
def test_what_sounds_the_same_is_meant(text: str, phrase: str) -> None:
    assert found(text, "账单分期", phrase) == (phrase, "sound")
    assert found(text, "账单分期", phrase, fuzzy=False) is None


@pytest.mark.parametrize(
    ("text", "phrase", "why"),
    [
        ("我饿肚子了", "额度", "two syllables within a text are chance"),
        ("ed", "额度", "initials"),
        ("e", "额", "one character"),
        ("education", "额度", "a word that begins so"),
        ("薪永咖的账要怎么才能还上呢", "信用卡", "too long to be read aloud"),
    ],
)
def test_what_sounds_alike_by_chance_is_not(text: str, phrase: str, why: str) -> None:
    assert found(text, phrase) is None, why


def test_every_reading_is_kept_up_to_a_bound_with_the_usual_one_first() -> None:
    assert readings("还行") == [["hai", "xing"], ["hai", "hang"], ["huan", "xing"], ["huan", "hang"]]
    assert len(readings("长行重" * 4)) == READINGS_MAX
    assert syllables("转app吧1") == ["zhuan", "app", "ba", "1"]


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=8))
def test_what_was_typed_is_read_as_one_of_the_readings(words: str) -> None:
    assert readings(words)[0] == syllables(words)


# Whatever people send.


PHRASES = ("额度", "提升额度", "账单分期", "人工", "app", "95588", "信用卡激活怎么办", "人", "👍", "", "？")
BOOK = PhraseBook(Entry(each) for each in PHRASES)


@given(st.text(max_size=3000))
@example("")
@example("\u202e\u202d\u2066")
@example("\u200b" * 600)
@example("👍" * 600)
@example("\ud83d")
@example("账单分" * 1000)
@example("مرحبا額度")
@example("ﷺ" * 600)
def test_any_text_at_all_finds_a_phrase_or_none(text: str) -> None:
    hit = BOOK.find(text)
    assert hit is None or hit.place < len(PHRASES)
    if hit and hit.how == "exact":
        assert normalised(text) == normalised(PHRASES[hit.place])
    if hit and hit.how == "contained":
        assert normalised(PHRASES[hit.place]) in normalised(text)


def test_an_empty_book_and_a_phrase_without_words_find_nothing() -> None:
    assert PhraseBook([]).find("额度") is None
    assert BOOK.find("👍") is None
    assert BOOK.find("？") is None


def test_an_overlong_phrase_is_found_only_where_it_is_the_whole_text() -> None:
    essay = "额度账单" * 15
    assert found(essay, essay) == (essay, "exact")
    assert found(f"{essay}啊", essay) is None
