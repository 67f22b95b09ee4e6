"""The core is pure and imports point inward: read from the source, so that nobody can forget it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL = {
    *("connection", "streams", "inbox", "ledger", "lease", "redis_time", "replica", "engine", "snapshots", "waiting"),
}
"""The files of `sessions` that may know Redis and clocks. A new file is core unless it is named here."""
CHANCE = {"functools", "math", "random", "statistics"}
"""What a simulation may import beside that: chance, but only from a generator that was given a seed."""
PURE = {
    *("bisect", "collections", "datetime", "heapq", "itertools", "re", "typing", "unicodedata", "zlib"),
    *("msgspec", "pypinyin"),
}
"""All that a core file may import from outside: values in, values out."""
ORDER = ("routing", "sessions", "qa", "desk")
"""From the inside out: each may import those before it and itself."""
OUTER = re.compile(r"^\s*(from|import) (desk|qa)\b", re.MULTILINE)
CLOCKS = {"now", "utcnow", "today"}
"""Names of `datetime` that read the clock."""


SIMULATION = [ROOT / "sessions" / "simulate.py", *sorted((ROOT / "sessions" / "simulation").glob("*.py"))]
"""People made of chance around the core: nothing is opened and no clock is read here either."""
CORE = [
    *sorted((ROOT / "routing").rglob("*.py")),
    *(path for path in sorted((ROOT / "sessions").rglob("*.py")) if path.stem not in SHELL and path not in SIMULATION),
]


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """The file as a syntax tree, node by node; read once for all that is asked of it."""
    return list(ast.walk(ast.parse(path.read_text())))


def imports_of(path: Path) -> Iterator[str]:
    """The modules that the file imports, by full name; those of its own package, written relatively, too."""
    for node in nodes_of(path):
        match node:
            case ast.Import(names=found):
                yield from (each.name for each in found)
            case ast.ImportFrom(module=module, names=found, level=0) if module:
                yield module
                yield from (f"{module}.{each.name}" for each in found)
            case ast.ImportFrom(level=level) if level:
                raise AssertionError(f"{path}: a relative import hides where it points")
            case _:
                pass


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def foreign_to(path: Path, allowed: set[str]) -> list[str]:
    """What it imports from outside of `allowed`, said with its name."""
    return [f"{named(path)} imports {name}" for name in imports_of(path) if name.split(".")[0] not in allowed]


def parts_of_sessions(path: Path, parts: set[str]) -> list[str]:
    """Which of these parts of `sessions` it imports."""
    return [
        f"{named(path)} imports {name}"
        for name in imports_of(path)
        if name.startswith("sessions.") and set(name.split(".")) & parts
    ]


def test_the_core_imports_no_io_no_clock_no_chance_no_framework() -> None:
    routing = [path for path in CORE if path.is_relative_to(ROOT / "routing")]
    assert [wrong for path in CORE for wrong in foreign_to(path, PURE | {"routing", "sessions"})] == []
    assert [wrong for path in routing for wrong in foreign_to(path, PURE | {"routing"})] == []


def test_the_core_does_not_know_its_shell_nor_who_tries_it_out() -> None:
    assert [wrong for path in CORE for wrong in parts_of_sessions(path, SHELL | {"simulate", "simulation"})] == []


def test_a_simulation_imports_no_io_and_no_clock() -> None:
    allowed = PURE | CHANCE | {"routing", "sessions"}
    assert [wrong for path in SIMULATION for wrong in foreign_to(path, allowed)] == []
    assert [wrong for path in SIMULATION for wrong in parts_of_sessions(path, SHELL)] == []


def test_chance_comes_from_a_seed() -> None:
    assert [wrong for path in SIMULATION for wrong in unseeded(path)] == []


def unseeded(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        match node:
            case ast.Import(names=found) if "random" in {each.name for each in found}:
                yield f"{named(path)} uses the module's own generator"
            case ast.ImportFrom(module="random", names=found) if {each.name for each in found} != {"Random"}:
                yield f"{named(path)} imports more than Random"
            case ast.Call(func=ast.Name(id="Random"), args=[]):
                yield f"{named(path)}:{node.lineno} makes a generator without a seed"
            case _:
                pass


def test_the_core_and_its_simulation_read_no_clock_and_open_nothing() -> None:
    assert [wrong for path in [*CORE, *SIMULATION] for wrong in impure(path)] == []


def impure(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        match node:
            case ast.Attribute(attr=name) if name in CLOCKS:
                yield f"{named(path)}:{node.lineno} reads the clock"
            case ast.Call(func=ast.Name(id=name)) if name in {"open", "print", "input", "exec", "eval", "hash", "id"}:
                yield f"{named(path)}:{node.lineno} calls {name}"
            case ast.Global() | ast.AsyncFunctionDef() | ast.Await():
                yield f"{named(path)}:{node.lineno} is not pure"
            case _:
                pass


def test_imports_point_inward_only() -> None:
    """Whatever `desk` imports of these is inward."""
    outward = [
        f"{named(path)} imports {name}"
        for place, package in enumerate(ORDER[:-1])
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in set(imports_of(path))
        if name.split(".")[0] in ORDER[place + 1 :]
    ]
    assert not outward


def test_the_product_does_not_import_its_tests() -> None:
    sources = (path for package in ORDER for path in (ROOT / package).rglob("*.py"))
    mention = [path for path in sources if "tests" in path.read_text()]
    assert [f"{path} imports {name}" for path in mention for name in imports_of(path) if name.startswith("tests")] == []


def test_the_cores_own_tests_are_tests_of_the_core() -> None:
    """So they run in seconds, with nothing installed but what the core needs."""
    folders = (ROOT / "tests" / "unit" / package for package in ("routing", "sessions"))
    assert [str(path) for folder in folders for path in folder.glob("*.py") if OUTER.search(path.read_text())] == []
