"""Templates are strict, escape everything, and speak the language they are asked for."""

import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, FileSystemLoader, UndefinedError

from desk.templating import STATIC, Templates, _Assets, _Compiled, static_url

TEMPLATES = Templates(ZoneInfo("Asia/Shanghai"))
ERROR_PAGE: dict[str, Any] = {
    "identity": None,
    "csrf": "",
    "path": "/",
    "address": "/",
    "places": [],
    "theme": "",
    "code": "x",
}


def test_a_fragment_speaks_its_language() -> None:
    assert "返回首页" in TEMPLATES.render("error.html", "zh", **ERROR_PAGE, message="")
    assert "Back to the start" in TEMPLATES.render("error.html", "en", **ERROR_PAGE, message="")


def test_what_customers_write_is_shown_and_never_run() -> None:
    html = TEMPLATES.render("error.html", "zh", **ERROR_PAGE, message="<script>alert(1)</script>")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_name_that_was_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        TEMPLATES.render("error.html", "zh", **ERROR_PAGE)


def test_what_was_compiled_once_is_there_for_the_next_process_until_its_source_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    source, kept = tmp_path / "a.html", tmp_path / "kept"
    source.write_text("{{ 1 + 1 }} one")

    def render() -> str:
        loader = FileSystemLoader(tmp_path)
        return (
            Environment(loader=loader, autoescape=True, bytecode_cache=_Compiled(kept)).get_template("a.html").render()
        )

    assert render() == "2 one"
    (file,) = kept.iterdir()
    compiled_at = file.stat().st_mtime_ns
    assert render() == "2 one"
    assert file.stat().st_mtime_ns == compiled_at
    file.write_bytes(b"half a file")
    assert render() == "2 one"
    source.write_text("{{ 1 + 1 }} two")
    assert render() == "2 two"
    assert [each.name for each in kept.iterdir()] == [file.name]


def test_where_nothing_may_be_written_templates_are_compiled_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("one")
    no_folder = tmp_path / "a.html" / "kept"
    environment = Environment(loader=FileSystemLoader(tmp_path), autoescape=True, bytecode_cache=_Compiled(no_folder))
    assert environment.get_template("a.html").render() == "one"


def test_an_address_changes_when_any_static_file_does(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("one")
    versions = [_Assets(tmp_path).version()]
    (tmp_path / "b.js").write_text("one")
    versions.append(_Assets(tmp_path).version())
    (tmp_path / "a.js").write_text("two")
    versions.append(_Assets(tmp_path).version())
    (tmp_path / "a.js").rename(tmp_path / "c.js")
    versions.append(_Assets(tmp_path).version())
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "main.js").write_text("one")
    versions.append(_Assets(tmp_path).version())
    assert len(set(versions)) == 5
    (tmp_path / ".#a.js").symlink_to("somebody@somewhere.42")  # the lock of an editor leads nowhere
    assert _Assets(tmp_path).version() == versions[-1]
    assert static_url("base.css").startswith("/static/v-")


def test_every_icon_that_is_asked_for_exists() -> None:
    sprite = (STATIC / "icons.svg").read_text()
    for name in ("chat", "phone", "user", "globe", "sun", "moon", "system", "check", "sign-out", "alert"):
        assert f'id="{name}"' in sprite
