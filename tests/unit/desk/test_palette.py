"""Whoever reads the desk for eight hours can read it: WCAG AA, by day and by night."""

import re

import pytest

from desk.templating import STATIC

TEXT_ON_SURFACE = [
    *((ink, ground) for ink in ("ink", "ink-quiet", "ink-faint") for ground in ("ground", "surface", "surface-sunk")),
    *((ink, "surface-hover") for ink in ("ink", "ink-quiet")),
    *(("ink", bubble) for bubble in ("bubble-customer", "bubble-seat", "surface-chosen")),
    *(("on-accent", ground) for ground in ("accent", "accent-hover")),
    *(("accent-ink", ground) for ground in ("surface", "surface-chosen", "accent-soft")),
    *((f"{name}-ink", f"{name}-soft") for name in ("danger", "warning", "info", "note")),
    ("danger-ink", "surface"),
    ("surface", "danger"),
]
MARKS_ON_SURFACE = [
    *((mark, ground) for mark in ("line-strong", "focus") for ground in ("ground", "surface")),
    *((mark, "surface") for mark in ("available", "busy", "break", "offline", "accent", "danger", "warning", "info")),
]


def palette(theme: str) -> dict[str, str]:
    by_day = (STATIC / "base.css").read_text()
    by_night = (STATIC / "dark.css").read_text() if theme == "dark" else ""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", by_day + by_night))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT_ON_SURFACE, 4.5), (MARKS_ON_SURFACE, 3.0)], ids=["text", "marks"])
def test_everything_stands_out_from_its_ground(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = palette(theme)
    faint = {(name, on): _contrast(colours[name], colours[on]) for name, on in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in faint.items() if ratio < least} == {}


def test_night_names_no_colour_that_day_does_not_know() -> None:
    assert set(palette("dark")) == set(palette("light"))


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
