"""Scripts and styles of a page in few files: what it begins with, or loads later, is served with all that it needs.

A browser asks for each module by itself, and for one that failed to come once it may never ask again for the same page
(Chromium does not). The sources stay modules that editors and checkers understand, in a folder with a `main.js`, and
nothing is built. Each becomes a function that runs once, in the order in which a browser would run them, and finds what
it imports in one table of the page, `$m`. What is served later leaves out what `main.js` has brought; what two of those
share lies in both and runs for the first.

What lies outside of the folder stays an import: other scripts of the page import it too, and it is to run once.

Of styles, one that imports others of its folder is served with these in the places of their imports.
"""

import os.path
import re
from collections.abc import Collection
from pathlib import Path

MAIN = "main.js"
_IMPORT = re.compile(
    r'^import\s+(?:(?P<names>\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+)?"(?P<address>\.[^"]+\.js)";', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_NOT_UNDERSTOOD = re.compile(r"^(?:import\b(?!\()|export\b).*", re.MULTILINE)
_WAITS = re.compile(r"^await\b.*", re.MULTILINE)
_SHEET = re.compile(r'^@import "\./([\w.]+)";$', re.MULTILINE)
_LOADED = re.compile(r'\bload\("(\w+)"\)')
_TABLE = "export const $m = {};\n"
_TABLE_OF_MAIN = f'import {{ $m }} from "./{MAIN}";\n'


class BundleError(ValueError):
    """A script says something that cannot be said in a bundle."""

    code = "not_bundled"


def is_bundle(file: Path) -> bool:
    """Whether the file is served with what it imports."""
    folder = file.parent
    return (
        file.suffix == ".js" and (folder / MAIN).exists() and (file.name == MAIN or file.stem in loaded_later(folder))
    )


def loaded_later(folder: Path) -> set[str]:
    """The names of the modules that a script in this folder loads when they are first needed."""
    return {name for script in folder.glob("*.js") for name in _LOADED.findall(script.read_text("utf-8"))}


def bundle(file: Path) -> str:
    """The script that is served for this one.

    Raises `FileNotFoundError` for a module that is not there, and `BundleError` for modules that import each other in a
    circle, for a name that nobody exports, for what imports or exports in a way that is not known here, and for any
    module but `main.js` that waits.
    """
    folder, main = file.parent, file.parent / MAIN
    at_hand = [] if file == main else in_order(main)
    modules = in_order(file, at_hand)
    outside = [each for each in modules if each.parent != folder]
    imports = [
        f'import * as ${number} from "{os.path.relpath(each, folder)}";\n$m.{each.stem} = ${number};\n'
        for number, each in enumerate(outside)
    ]
    table = _TABLE if file == main else _TABLE_OF_MAIN
    inside = [each for each in modules if each.parent == folder]
    if file == main:
        defined = [f"$m.{each.stem} = {_run(each)};\n" for each in inside]
    else:
        defined = [f"$m.{each.stem} ??= {_run(each)} ?? {{}};\n" for each in inside]
    return "".join([table, *imports, *defined, _given(file)])


def sheet(file: Path) -> str:
    """The style that is served for this one; `FileNotFoundError` where it imports one that is not there."""
    return _SHEET.sub(lambda found: (file.parent / found[1]).read_text("utf-8"), file.read_text("utf-8"))


def in_order(module: Path, at_hand: Collection[Path] = ()) -> list[Path]:
    """The module and all that its import brings, each after what it imports itself; without what is there already.

    Of a module outside of the folder only itself: the browser sees to the rest.
    """
    found: list[Path] = []

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        if path in way:
            raise BundleError(f"{' → '.join(each.name for each in (*way, path))}: a circle of imports")
        if path in found or path in at_hand:
            return
        source = path.read_text("utf-8")
        for each in _IMPORT.finditer(source) if path.parent == module.parent else ():
            visit(Path(os.path.normpath(path.parent / each["address"])), (*way, path))
        found.append(path)

    visit(module, ())
    return found


def exported(module: Path) -> list[str]:
    """The names that it gives."""
    return _EXPORT.findall(module.read_text("utf-8"))


def _given(module: Path) -> str:
    names = exported(module)
    return f"export const {{ {', '.join(names)} }} = $m.{module.stem};\n" if names else ""


def _run(module: Path) -> str:
    """The module as an expression: it runs, and becomes what it exports, if anything."""

    def taken(found: re.Match[str]) -> str:
        other = Path(os.path.normpath(module.parent / found["address"]))
        place = f"$m.{other.stem}"
        names = found["names"]
        if not names:
            return ""
        if names.startswith("*"):
            return f"const {names.split()[-1]} = {place};"
        wanted = [name.split(" as ")[0].strip() for name in names.strip("{}").split(",")]
        if missing := set(wanted) - {""} - set(exported(other)):
            raise BundleError(f"{module.name}: {other.name} does not export {', '.join(sorted(missing))}")
        return f"const {names.replace(' as ', ': ')} = {place};"

    source = module.read_text("utf-8")
    body = _EXPORT.sub("", _IMPORT.sub(taken, source))
    waits = _WAITS.search(body)
    if unknown := _NOT_UNDERSTOOD.search(body) or (module.name != MAIN and waits):
        raise BundleError(f"{module.name}: {unknown[0]!r} cannot be bundled")
    names = _EXPORT.findall(source)
    given = f"return {{ {', '.join(names)} }};\n" if names else ""
    begin = "await (async () => {" if waits else "(() => {"
    return f"{begin}\n{body}\n{given}}})()"
