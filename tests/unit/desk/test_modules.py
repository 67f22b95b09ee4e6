"""The scripts of the pages hold together: what a module takes from another, that one gives. No browser needed."""

import re
from pathlib import Path

import pytest

from desk.modules import brought_by, needs
from desk.templating import STATIC

IMPORT = re.compile(r'import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)"')
LOADED = re.compile(r'\bload\("([^"]+)"\)')
EXPORT = re.compile(r"export\s+(?:async\s+)?(?:function\*?|const|let|class)\s+(\w+)")


def modules() -> list[Path]:
    return [path for path in STATIC.rglob("*.js") if "vendor" not in path.parts]


def test_what_is_imported_is_exported() -> None:
    missing = []
    for module in modules():
        for names, other in IMPORT.findall(module.read_text()):
            source = (module.parent / other).resolve()
            given = set(EXPORT.findall(source.read_text())) if source.is_file() else set()
            wanted = {name.split(" as ")[0].strip() for name in names.split(",")} - {""}
            missing += [f"{module.name}: {name} of {other}" for name in wanted - given]
    assert missing == []


def test_what_is_loaded_when_it_is_needed_is_there_and_brings_all_that_it_needs() -> None:
    loaded = {name for module in modules() for name in LOADED.findall(module.read_text())}
    known = needs(STATIC / "desk", "main.js")
    at_hand = {path.name for path in brought_by(STATIC / "desk" / "main.js")}
    assert known.keys() == loaded
    for name, files in known.items():
        assert f"{name}.js" in files, f"{name} comes with the page: it needs no loading"
        for file in files:
            for _, other in IMPORT.findall((STATIC / "desk" / file).read_text()):
                assert other.removeprefix("./") in files or Path(other).name in at_hand, f"{name}: {file} wants {other}"


def test_a_script_that_is_loaded_and_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text('const soon = () => load("gone");\n')
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        needs(tmp_path, "main.js")


def test_what_the_page_has_is_not_brought_again(tmp_path: Path) -> None:
    sources = {
        "main.js": 'import { a } from "./a.js";\nload("later");\n',
        "a.js": 'import "./b.js"; // by itself\n',
        "b.js": "",
        "later.js": 'import {\n  a,\n} from "./a.js";\nimport { c } from "./c.js";\n',
        "c.js": 'import { later } from "./later.js";\nimport { out } from "../out.js";\n',
        "../out.js": "",
    }
    for name, source in sources.items():
        (tmp_path / "desk").mkdir(exist_ok=True)
        (tmp_path / "desk" / name).write_text(source)
    assert needs(tmp_path / "desk", "main.js") == {"later": ["../out.js", "c.js", "later.js"]}


def test_only_one_place_imports_later() -> None:
    """An import that failed once fails for good: all go through `load`."""
    assert [path.name for path in modules() if re.search(r"\bimport\(", path.read_text())] == ["later.js"]
