"""The scripts of the pages hold together: what a module takes from another, that one gives. No browser needed."""

import re
from pathlib import Path

import pytest

from desk.bundles import BundleError, bundle, exported, in_order, is_bundle, loaded_later, sheet
from desk.templating import STATIC

DESK = STATIC / "desk"
FOLDERS = sorted(main.parent for main in STATIC.rglob("main.js"))
ENTRIES = [folder / f"{name}.js" for folder in FOLDERS for name in ("main", *sorted(loaded_later(folder)))]
IMPORT = re.compile(r'import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)"')


def modules() -> list[Path]:
    return [path for path in STATIC.rglob("*.js") if "vendor" not in path.parts]


def written(folder: Path, **sources: str) -> Path:
    """A folder like the desk's, beside one script that every page has."""
    (folder / "desk").mkdir()
    (folder / "toasts.js").write_text('import { far } from "./far.js";\nexport function toast() {}\n')
    for name, source in sources.items():
        (folder / "desk" / f"{name}.js").write_text(source)
    return folder / "desk"


def test_what_is_imported_is_exported() -> None:
    missing = []
    for module in modules():
        for names, other in IMPORT.findall(module.read_text()):
            source = (module.parent / other).resolve()
            given = set(exported(source)) if source.is_file() else set()
            wanted = {name.split(" as ")[0].strip() for name in names.split(",")} - {""}
            missing += [f"{module.name}: {name} of {other}" for name in wanted - given]
    assert missing == []


def test_what_is_loaded_when_it_is_needed_does_not_come_with_the_page() -> None:
    assert not {f"{name}.js" for name in loaded_later(DESK)} & {path.name for path in in_order(DESK / "main.js")}


@pytest.mark.parametrize("script", ENTRIES, ids=lambda path: str(path.relative_to(STATIC)))
def test_what_a_page_asks_for_comes_with_all_that_it_needs(script: Path) -> None:
    assert is_bundle(script)
    assert re.search(rf"^\$m\.{script.stem} (\?\?)?= ", bundle(script), re.MULTILINE)


def test_every_script_of_a_page_is_asked_for_or_comes_with_another() -> None:
    asked_for_alone = {STATIC / "webchat" / "widget.js"}  # by the other site's page
    reached = {path for script in ENTRIES for path in in_order(script)}
    assert {path for folder in FOLDERS for path in folder.glob("*.js")} - reached == asked_for_alone


def test_each_module_runs_once_and_after_what_it_imports(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        main='import { b } from "./b.js";\nimport "./a.js"; // by itself\nb(load("later"));\n',
        a='import { toast } from "../toasts.js";\nexport const a = 1;\n',
        b='import {\n  a as one,\n} from "./a.js";\nexport async function b() {}\n',
        later='import * as all from "./a.js";\nimport { c } from "./c.js";\nexport const later = c + all.a;\n',
        c="export const c = 3;\n",
    )
    assert bundle(folder / "main.js") == (
        "export const $m = {};\n"
        'import * as $0 from "../toasts.js";\n$m.toasts = $0;\n'
        "$m.a = (() => {\nconst { toast } = $m.toasts;\nconst a = 1;\n\nreturn { a };\n})();\n"
        "$m.b = (() => {\nconst {\n  a: one,\n} = $m.a;\nasync function b() {}\n\nreturn { b };\n})();\n"
        '$m.main = (() => {\nconst { b } = $m.b;\n // by itself\nb(load("later"));\n\n})();\n'
    )
    assert bundle(folder / "later.js") == (
        'import { $m } from "./main.js";\n'
        "$m.c ??= (() => {\nconst c = 3;\n\nreturn { c };\n})() ?? {};\n"
        "$m.later ??= (() => {\nconst all = $m.a;\nconst { c } = $m.c;\nconst later = c + all.a;\n\n"
        "return { later };\n})() ?? {};\n"
        "export const { later } = $m.later;\n"
    )
    assert [name for name in ["main", "a", "b", "c", "later"] if is_bundle(folder / f"{name}.js")] == ["main", "later"]
    assert not is_bundle(tmp_path / "toasts.js")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('import { gone } from "./a.js";', "a.js does not export gone"),
        ('import { b } from "./b.js";', "main.js → b.js → main.js: a circle of imports"),
        ("export default 1;", "'export default 1;' cannot be bundled"),
        ("export let changes = 1;", "'export let changes = 1;' cannot be bundled"),
        ('import a from "./a.js";', "cannot be bundled"),
        ('import "./waits.js";', "waits.js: 'await ready;' cannot be bundled"),
    ],
)
def test_what_a_bundle_cannot_say_is_refused(tmp_path: Path, source: str, why: str) -> None:
    others = {"a": "export const a = 1;", "b": 'import "./main.js";\nexport const b = 2;', "waits": "await ready;"}
    folder = written(tmp_path, main=source, **others)
    with pytest.raises(BundleError, match=re.escape(why)):
        bundle(folder / "main.js")


def test_what_a_page_begins_with_may_wait(tmp_path: Path) -> None:
    folder = written(tmp_path, main='import { ready } from "./a.js";\nawait ready;\n', a="export const ready = 1;\n")
    assert "$m.main = await (async () => {\nconst { ready } = $m.a;\nawait ready;\n" in bundle(folder / "main.js")


def test_a_style_is_served_with_those_that_it_imports(tmp_path: Path) -> None:
    (tmp_path / "main.css").write_text('@import "./a.css";\n@import "./b.css";\n.c { color: red; }\n')
    (tmp_path / "a.css").write_text(".a { color: red; }\n")
    (tmp_path / "b.css").write_text(".b { color: red; }\n")
    assert sheet(tmp_path / "main.css").split("\n") == [
        ".a { color: red; }", "", ".b { color: red; }", "", ".c { color: red; }", "",
    ]  # fmt: skip
    assert "@import" not in sheet(DESK / "main.css")


def test_a_script_that_is_loaded_and_not_there_is_told(tmp_path: Path) -> None:
    folder = written(tmp_path, main='load("gone");')
    assert loaded_later(folder) == {"gone"}
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        bundle(folder / "gone.js")


def test_only_one_place_imports_later() -> None:
    """An import that failed once fails for good: all go through `load`."""
    assert [path.name for path in modules() if re.search(r"\bimport\(", path.read_text())] == ["later.js"]
