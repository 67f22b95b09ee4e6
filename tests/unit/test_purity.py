"""The core is pure and imports point inward: read from the source, so that nobody can forget it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHELL = {"streams", "inbox", "ledger", "lease", "replica", "engine", "snapshots", "waiting"}
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


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_no_io_no_clock_no_chance_no_framework(path: Path) -> None:
    own = {"routing"} if path.parent.name == "routing" else {"routing", "sessions"}
    foreign = {name for name in imports_of(path) if name.split(".")[0] not in PURE | own}
    assert not foreign
    shell = {name for name in imports_of(path) if name.split(".")[:1] == ["sessions"] and set(name.split(".")) & SHELL}
    assert not shell, "the core does not know its shell"
    assert not {name for name in imports_of(path) if name.startswith("sessions.simulat")}, "nor who tries it out"


@pytest.mark.parametrize("path", SIMULATION, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_simulation_imports_no_io_and_no_clock(path: Path) -> None:
    allowed = PURE | CHANCE | {"routing", "sessions"}
    assert not {name for name in imports_of(path) if name.split(".")[0] not in allowed}
    assert not {
        name for name in imports_of(path) if name.split(".")[:1] == ["sessions"] and set(name.split(".")) & SHELL
    }


@pytest.mark.parametrize("path", SIMULATION, ids=lambda path: str(path.relative_to(ROOT)))
def test_chance_comes_from_a_seed(path: Path) -> None:
    for node in nodes_of(path):
        match node:
            case ast.Import(names=found):
                assert "random" not in {each.name for each in found}, f"{path.name}: the module's own generator"
            case ast.ImportFrom(module="random", names=found):
                assert {each.name for each in found} == {"Random"}, path.name
            case ast.Call(func=ast.Name(id="Random"), args=given):
                assert given, f"{path.name}:{node.lineno} makes a generator without a seed"
            case _:
                pass


@pytest.mark.parametrize("path", [*CORE, *SIMULATION], ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_and_its_simulation_read_no_clock_and_open_nothing(path: Path) -> None:
    for node in nodes_of(path):
        match node:
            case ast.Attribute(attr=name) if name in CLOCKS:
                raise AssertionError(f"{path.name}:{node.lineno} reads the clock")
            case ast.Call(func=ast.Name(id=name)) if name in {"open", "print", "input", "exec", "eval", "hash", "id"}:
                raise AssertionError(f"{path.name}:{node.lineno} calls {name}")
            case ast.Global() | ast.AsyncFunctionDef() | ast.Await():
                raise AssertionError(f"{path.name}:{node.lineno} is not pure")
            case _:
                pass


def test_imports_point_inward_only() -> None:
    outward = [
        f"{path.relative_to(ROOT)} imports {name}"
        for place, package in enumerate(ORDER)
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in set(imports_of(path))
        if name.split(".")[0] in ORDER[place + 1 :]
    ]
    assert not outward


def test_the_product_does_not_import_its_tests() -> None:
    for package in ORDER:
        for path in (ROOT / package).rglob("*.py"):
            assert not [name for name in imports_of(path) if name.split(".")[0] == "tests"], path
