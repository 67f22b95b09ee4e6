"""Figures as tables for people: a heading for each phase, a line for each figure."""

from typing import Any

from desk.bench.site import Cost


def table(figures: dict[str, Any]) -> str:
    """All figures, one below the other."""
    return "\n".join(line for name, value in figures.items() for line in _lines(name, value, 0))


def _lines(name: str, value: Any, depth: int) -> list[str]:
    indent = "  " * depth
    match value:
        case Cost():
            return [f"{indent}{name:<{34 - 2 * depth}} {value.cpu_s:>9.2f} CPU s {value.memory_mib:>9.1f} MiB"]
        case dict() if value and all(isinstance(each, int | float) for each in value.values()) and depth:
            return [f"{indent}{name:<{34 - 2 * depth}} " + "  ".join(f"{key} {each:g}" for key, each in value.items())]
        case dict():
            head = [f"{indent}{name}"] if depth else ["", name]
            return head + [line for key, each in value.items() for line in _lines(str(key), each, depth + 1)]
        case list():
            return [f"{indent}{name}"] + [line for each in value for line in _lines("", each, depth + 1)]
        case _:
            return [f"{indent}{name:<{34 - 2 * depth}} {value}"]
