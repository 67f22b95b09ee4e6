"""The scripts of the pages hold together: what a module takes from another, that one gives. No browser needed."""

import re
from pathlib import Path

from desk.templating import STATIC

IMPORT = re.compile(r'import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)"')
FETCHED = re.compile(r'import\("(\.[^"]+)"\)')
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


def test_what_is_fetched_when_it_is_needed_is_there() -> None:
    missing = [
        f"{module.name}: {other}"
        for module in modules()
        for other in FETCHED.findall(module.read_text())
        if not (module.parent / other).is_file()
    ]
    assert missing == []
