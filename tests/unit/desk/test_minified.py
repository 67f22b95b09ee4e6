"""What browsers load says the same as what we wrote: a minifier that misreads a file does not complain."""

from pathlib import Path

import pytest
from pygments.lexers import CssLexer, JavascriptLexer
from pygments.token import Comment, Whitespace

from desk.minified import is_minified, minified, whole
from desk.templating import STATIC

OURS = sorted(path for path in STATIC.rglob("*") if path.suffix in {".js", ".css"} and is_minified(path))


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(STATIC)))
def test_nothing_but_comments_and_whitespace_is_left_out(file: Path) -> None:
    source, served = whole(file), minified(file).decode()
    assert _words(served, file.suffix) == _words(source, file.suffix)
    assert len(served) < len(source)


def test_what_is_vendored_is_served_as_it_is() -> None:
    assert not is_minified(STATIC / "vendor" / "htmx.min.js")


def test_a_file_that_changes_is_served_changed(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text("const a = 1; // one\n")
    assert minified(file) == b"const a=1;"
    file.write_text("const a = 22; // two\n")
    assert minified(file) == b"const a=22;"


def _words(text: str, suffix: str) -> list[str]:
    """The code without its spaces: tokens, with the semicolons that end nothing left out of styles."""
    lexer = (JavascriptLexer if suffix == ".js" else CssLexer)(ensurenl=False)
    tokens = [
        "".join(value.split()) if suffix == ".css" else value.strip()
        for kind, value in lexer.get_tokens(text)
        if kind not in Comment and kind not in Whitespace and value.strip()
    ]
    joined = "\n".join(tokens)
    return joined.replace(";\n}", "}").split("\n") if suffix == ".css" else tokens
