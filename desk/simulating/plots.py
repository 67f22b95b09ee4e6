"""Comparisons as pictures: one SVG file a measure, days from left to right, a dot for each policy.

The whisker is the 95 % interval of the figure. Hand-written SVG, because dots on two axes are all that is needed and
a plotting library would be larger than the desk.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from msgspec import Struct

from desk.simulating.tables import shown
from sessions.simulation.comparison import Comparison, Measure

COLOURS = ("#0b7a57", "#b86e00", "#2468c9", "#c4302b", "#7a4fb5", "#55626b")
INK, QUIET, LINE = "#1b2328", "#55626b", "#dde3e6"
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 64, 56
DAY_WIDTH, HEIGHT = 96, 260
DOT_GAP = 13
WIDTH_MIN = 400
LETTER_WIDTH = 6.6
"""About; no font is measured."""
TICKS = 5


class Scale(Struct, frozen=True):
    """From figures to places on the picture; `step` is the distance of its ticks."""

    low: float
    high: float
    step: float

    def y(self, value: float) -> float:
        return TOP + HEIGHT * (self.high - value) / (self.high - self.low)

    def ticks(self) -> list[float]:
        return [self.low + self.step * tick for tick in range(round((self.high - self.low) / self.step) + 1)]


def draw_plots(found: Sequence[Comparison], folder: Path) -> list[Path]:
    """A file for each measure of the comparisons; answers where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for measure in found[0].measures:
        file = folder / f"{measure.name}.svg"
        file.write_text(plot(measure, found), encoding="utf-8")
        files.append(file)
    return files


def plot(measure: Measure, found: Sequence[Comparison]) -> str:
    """The picture of one measure."""
    width = LEFT + ceil(max(DAY_WIDTH * len(found), _legend_width(found[0]), WIDTH_MIN)) + RIGHT
    height = TOP + HEIGHT + BOTTOM
    scale = scale_for([bound for each in found for bound in _bounds(measure, each)])
    parts = [
        *_frame(measure, scale, width),
        *_legend(found[0]),
        *(part for place, each in enumerate(found) for part in _day(measure, each, scale, place)),
    ]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">\n'
        f'<title>{escape(measure.title)}</title>\n<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def scale_for(values: Sequence[float]) -> Scale:
    """Round ticks around these values; from zero unless they all lie far from it."""
    low, high = min(values), max(values)
    if low >= 0 and low < high * 0.6:
        low = 0.0
    span = (high - low) or abs(high) or 1.0
    step = 10 ** floor(log10(span / TICKS))
    step *= next(times for times in (1, 2, 5, 10) if span / (step * times) <= TICKS)
    return Scale(floor(low / step) * step, ceil(high / step + 1e-9) * step, step)


def _bounds(measure: Measure, found: Comparison) -> Iterator[float]:
    for sides in found.sides.values():
        figure = sides[measure.name].figure
        yield figure.low if figure.low > 0 or figure.mean < 0 else min(figure.mean, 0.0)
        yield figure.high


def _frame(measure: Measure, scale: Scale, width: int) -> Iterator[str]:
    better = "higher is better" if measure.more_is_better else "lower is better"
    yield _text(LEFT, 20, measure.title, size=14, weight=600)
    yield _text(width - RIGHT, 20, better, anchor="end", fill=QUIET)
    for tick in scale.ticks():
        y = scale.y(tick)
        yield f'<line x1="{LEFT}" x2="{width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>'
        yield _text(LEFT - 8, y + 4, shown(measure, tick), anchor="end", fill=QUIET)


def _legend(found: Comparison) -> Iterator[str]:
    x = float(LEFT)
    for place, side in enumerate(found.sides):
        yield f'<circle cx="{x + 4:.1f}" cy="40" r="4" fill="{COLOURS[place % len(COLOURS)]}"/>'
        yield _text(x + 13, 44, side)
        x += _entry_width(side)


def _legend_width(found: Comparison) -> float:
    return sum(map(_entry_width, found.sides))


def _entry_width(side: str) -> float:
    return 26 + LETTER_WIDTH * len(side)


def _day(measure: Measure, found: Comparison, scale: Scale, place: int) -> Iterator[str]:
    middle = LEFT + DAY_WIDTH * (place + 0.5)
    for line, words in enumerate(found.day.split(", ")):
        yield _text(middle, TOP + HEIGHT + 18 + 14 * line, words, anchor="middle", fill=QUIET)
    left = middle - DOT_GAP * (len(found.sides) - 1) / 2
    for number, sides in enumerate(found.sides.values()):
        figure, colour, x = sides[measure.name].figure, COLOURS[number % len(COLOURS)], left + DOT_GAP * number
        low, high = max(figure.low, scale.low), figure.high
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{scale.y(low):.1f}" y2="{scale.y(high):.1f}" '
            f'stroke="{colour}" stroke-width="2"/>'
        )
        yield f'<circle cx="{x:.1f}" cy="{scale.y(figure.mean):.1f}" r="4.5" fill="{colour}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "", fill: str = "", size: int = 0, weight: int = 0) -> str:
    given = {
        "text-anchor": anchor,
        "fill": fill,
        "font-size": size,
        "font-weight": weight,
    }
    extra = "".join(f' {name}="{value}"' for name, value in given.items() if value)
    return f'<text x="{x:.1f}" y="{y:.1f}"{extra}>{escape(words)}</text>'
