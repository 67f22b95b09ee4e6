"""Every word that the desk says is there in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from desk.i18n import catalog_files, gettext_for, preferred, read_catalog, translations

ROOT = Path(__file__).parents[3]
KEYWORDS = {"_": None, "gettext": None, "gettext_noop": None, "ngettext": (1, 2), "_say": None, "UserError": (2,)}
HAN = re.compile(r"[\u4e00-\u9fff]")
OWN_CATALOG = "desk/channels/wechat/simulator"


def texts_in_use() -> Iterator[tuple[str, str]]:
    """Each text to translate, with the place where it stands."""
    for folder, pattern, method in (("templates", "*.html", "jinja2.ext:babel_extract"), ("desk", "*.py", "python")):
        for file in sorted((ROOT / folder).rglob(pattern)):
            name = file.relative_to(ROOT).as_posix()
            if name.startswith((OWN_CATALOG, "templates/simulator")):
                continue
            options = {"trim_blocks": "true", "lstrip_blocks": "true"}
            for line, texts, _, _ in extract_from_file(method, file, KEYWORDS, options=options):
                for text in (texts,) if isinstance(texts, str) else texts:
                    yield text, f"{name}:{line}"


def test_every_text_has_its_english() -> None:
    english = translations("en")
    missing = {
        f"{place} {text}"
        for text, place in texts_in_use()
        if HAN.search(english.gettext(text)) and HAN.search(english.ngettext(text, text, 1))
    }
    assert not missing, "add these to desk/locale/en/*.po:\n" + "\n".join(sorted(missing))


def test_templates_say_nothing_that_cannot_be_translated() -> None:
    bare = []
    for file in sorted((ROOT / "templates").rglob("*.html")):
        spoken = re.sub(
            r"\{#.*?#\}|\{\{.*?\}\}|\{%\s*trans.*?endtrans\s*%\}|\{%.*?%\}", "", file.read_text(), flags=re.S
        )
        bare += [f"{file.name}: {line.strip()}" for line in spoken.splitlines() if HAN.search(line)]
    assert not bare


@pytest.mark.parametrize("file", catalog_files(), ids=lambda file: file.name)
def test_a_catalog_is_complete_and_keeps_its_placeholders(file: Path) -> None:
    for message in read_catalog(file):
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            assert not message.fuzzy, message.id
            for string in strings:
                assert string, f"{message.id} has no English"
                assert _placeholders(str(string)) <= _placeholders(str(ids[-1])), message.id


def test_no_text_is_said_differently_in_two_catalogs() -> None:
    said: dict[object, tuple[object, str]] = {}
    for file in catalog_files():
        for message in read_catalog(file):
            if message.id:
                string, where = said.setdefault(message.id, (message.string, file.name))
                assert string == message.string, f"{message.id}: {where} and {file.name} differ"


def test_a_text_speaks_with_its_values_filled_in() -> None:
    assert gettext_for("zh")("%(n)s 分钟前", n=3) == "3 分钟前"
    assert gettext_for("en")("%(n)s 分钟前", n=3) == "3 min ago"
    assert gettext_for("en")("没有人翻译过的话") == "没有人翻译过的话"


def test_one_is_said_otherwise_than_many() -> None:
    assert [translations("en").ngettext("%(num)s 次", "%(num)s 次", n) for n in (1, 2)] == ["once", "%(num)s times"]
    assert translations("zh").ngettext("%(num)s 次", "%(num)s 次", 1) == "%(num)s 次"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("*", "zh"),
        ("fr-FR,fr;q=0.9", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh;q=0.1, en;q=0.2", "en"),
        ("en, zh", "en"),
        ("zh, en", "zh"),
        ("en;q=0", "zh"),
        ("en;q=nonsense, ;;;", "zh"),
        ("x" * 10_000 + ",en", "zh"),
    ],
)
def test_english_is_spoken_to_those_who_rank_it_above_chinese(header: str, language: str) -> None:
    assert preferred(header) == language


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))
