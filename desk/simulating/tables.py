"""Comparisons as tables for people: a row for each measure, a column for each policy.

Below each figure stands how it differs from the policy that it is held against, with the 95 % interval of that
difference; `+` is sure to be better, `-` sure to be worse, after Holm's correction, and `=` is neither.
"""

from sessions.simulation.comparison import Comparison, Measure, Side
from sessions.simulation.inference import Interval

SIGNS = {"better": "+", "worse": "-", "same": "="}


def as_text(found: Comparison) -> str:
    """In columns, for a terminal."""
    rows = _rows(found)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([title(found), *lines])


def as_markdown(found: Comparison) -> str:
    """As a Markdown table under a heading."""
    head, *rows = _rows(found)
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join([f"### {title(found)}", "", *lines])


def title(found: Comparison) -> str:
    return f"{found.day} ({found.replications} days, against {found.against})"


def shown(measure: Measure, value: float, *, signed: bool = False) -> str:
    """The figure in its unit: shares in percent, differences of shares in points."""
    sign = "+" if signed else ""
    match measure.unit:
        case "share":
            return f"{value * 100:{sign}.1f}" + ("" if signed else " %")
        case "s":
            return f"{value:{sign}.1f}" + ("" if signed else " s")
        case "number":
            return f"{value:{sign}.3f}"


def _rows(found: Comparison) -> list[list[str]]:
    head = ["", *found.sides]
    body = [
        [measure.title, *(_cell(measure, sides[measure.name]) for sides in found.sides.values())]
        for measure in found.measures
    ]
    return [head, *body]


def _cell(measure: Measure, side: Side) -> str:
    figure = shown(measure, side.figure.mean)
    if side.difference is None:
        return figure
    return f"{figure} ({_difference(measure, side.difference.interval)}) {SIGNS[side.verdict]}"


def _difference(measure: Measure, by: Interval) -> str:
    return f"{shown(measure, by.mean, signed=True)} ± {shown(measure, by.half_width, signed=True).lstrip('+')}"
