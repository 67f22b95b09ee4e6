"""What a script takes from another is there: a browser would refuse the whole module, and only when it is first fetched."""

import re
from pathlib import Path

import pytest

from desk.templating import STATIC

OURS = sorted(path for path in STATIC.rglob("*.js") if path.parent.name != "vendor")
_IMPORT = re.compile(r'import \{([^}]*)\} from "([^"]+)"')
_TAKEN_LATER = re.compile(r'import\("([^"]+)"\)(?:\.then\(\(\{([^}]*)\}\))?')
_EXPORT = re.compile(r"export (?:async )?(?:function|const|let|class) (\w+)")


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(STATIC)))
def test_every_name_that_is_imported_is_exported(file: Path) -> None:
    text = file.read_text()
    taken = [*_IMPORT.findall(text), *((names, path) for path, names in _TAKEN_LATER.findall(text))]
    for names, path in taken:
        source = (file.parent / path).resolve()
        exported = set(_EXPORT.findall(source.read_text()))
        assert {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()} <= exported, path
