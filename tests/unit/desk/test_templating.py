"""Templates are strict, escape everything, and speak the language they are asked for."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from desk.templating import STATIC, Templates, _Assets, static_url

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


def test_an_address_changes_when_any_static_file_does(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("one")
    versions = [_Assets(tmp_path).version()]
    (tmp_path / "b.js").write_text("one")
    versions.append(_Assets(tmp_path).version())
    (tmp_path / "a.js").write_text("two")
    versions.append(_Assets(tmp_path).version())
    (tmp_path / "a.js").rename(tmp_path / "c.js")
    versions.append(_Assets(tmp_path).version())
    assert len(set(versions)) == 4
    assert _Assets(tmp_path).version() == versions[-1]
    assert static_url("base.css").startswith("/static/v-")


def test_every_icon_that_is_asked_for_exists() -> None:
    sprite = (STATIC / "icons.svg").read_text()
    for name in ("chat", "phone", "user", "globe", "sun", "moon", "system", "check", "sign-out", "alert"):
        assert f'id="{name}"' in sprite
