"""Which files a script of the desk needs before it can be imported, read from the scripts' own import lines.

A browser that could not fetch a module, or one that it imports, may never try again for the same page (Chromium does
not). So what the desk loads when it is first needed is brought into the browser's cache before it is imported
(`static/desk/later.js`), and the page says of which files that is.
"""

import os.path
import re
from collections.abc import Set
from functools import lru_cache
from pathlib import Path

_IMPORTED = re.compile(r'^import\b[^"]*?"(\.[^"]+\.js)";', re.MULTILINE)
_LOADED = re.compile(r'\bload\("(\w+)"\)')


def needs(folder: Path, main: str) -> dict[str, list[str]]:
    """By name of each module that a script in `folder` loads later: its own file and those that it imports, directly or
    not; without what `main`, the script that the page begins with, has brought. Files are relative to the folder.

    Raises `FileNotFoundError` for a module that is not there.
    """
    at_hand = brought_by(folder / main)
    names = {name for script in folder.glob("*.js") for name in _LOADED.findall(script.read_text("utf-8"))}
    return {
        name: sorted(os.path.relpath(path, folder.resolve()) for path in brought_by(folder / f"{name}.js", at_hand))
        for name in sorted(names)
    }


@lru_cache(maxsize=1)
def needs_of(_version: str, folder: Path, main: str) -> dict[str, list[str]]:
    """The same, read once for each version of the static files."""
    return needs(folder, main)


def brought_by(module: Path, at_hand: Set[Path] = frozenset()) -> set[Path]:
    """The module and all that its import brings, directly or not, without what is there already."""
    found: set[Path] = set()
    ahead = [module.resolve()]
    while ahead:
        path = ahead.pop()
        if path in found or path in at_hand:
            continue
        found.add(path)
        ahead += [(path.parent / other).resolve() for other in _IMPORTED.findall(path.read_text("utf-8"))]
    return found
