"""`desk simulate`: what is asked of it, and how it shows what it found."""

import argparse
import json
from pathlib import Path

import pytest

from desk.cli import command_parser
from desk.config import load_settings
from desk.simulating.plots import plot, scale_for
from desk.simulating.run import OptionError, check, run
from desk.simulating.tables import as_markdown, as_text
from sessions.simulation.comparison import HEADLINE, Comparison, compare
from sessions.simulation.measures import Figures

FIGURES = {measure.name: 0.5 for measure in HEADLINE}


def asked(*words: str) -> argparse.Namespace:
    return command_parser().parse_args(["simulate", *words])


def days(**changed: float) -> list[Figures]:
    """Five days that differ a little, with these figures changed on all of them."""
    return [{**FIGURES, **changed} | {"day": day} for day in range(5)]


def found(**changed: float) -> Comparison:
    wobbly = [{name: value + day / 100 for name, value in each.items()} for day, each in enumerate(days(**changed))]
    plain = [{name: value + day / 100 for name, value in each.items()} for day, each in enumerate(days())]
    return compare("steady, load 0.85, exp", {"shortest_reply": wobbly, "least_loaded": plain}, "least_loaded")


def test_what_is_better_and_what_is_worse_stands_there_alike() -> None:
    sides = found(first_in_time=0.7, left=0.6, reply_p95_s=0.5).sides["shortest_reply"]
    assert sides["first_in_time"].verdict == "better"
    assert sides["left"].verdict == "worse"
    assert sides["reply_p95_s"].verdict == "same"


def test_tables_show_the_figure_the_difference_and_its_sign() -> None:
    text = as_text(found(first_in_time=0.7))
    assert text.startswith("steady, load 0.85, exp (5 days, against least_loaded)")
    assert "72.0 % (+20.0 ± 0.0) +" in text
    markdown = as_markdown(found(first_in_time=0.7)).splitlines()
    assert markdown[0].startswith("### steady")
    assert {line.count("|") for line in markdown[2:]} == {4}


def test_a_plot_is_well_formed_and_has_a_dot_for_each_side() -> None:
    picture = plot(HEADLINE[0], [found(), found(first_in_time=0.9)])
    assert picture.count("<circle") == 2 + 2 * 2
    assert picture.startswith("<svg")
    assert picture.count("<text") == picture.count("</text>")


@pytest.mark.parametrize(
    ("values", "low", "high"), [((0.1, 0.93), 0.0, 1.0), ((0.981, 0.993), 0.98, 0.995), ((0, 0), 0, 0.2)]
)
def test_a_scale_has_round_ticks_around_its_values(values: tuple[float, ...], low: float, high: float) -> None:
    scale = scale_for(values)
    assert scale.low == pytest.approx(low)
    assert scale.high == pytest.approx(high)
    assert len(scale.ticks()) <= 8


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--policies", "best"), "There is no policy best"),
        (("--against", "worst"), "shortest_reply, least_loaded"),
        (("--scenario", "christmas"), "steady, spike, mass-logout, bridge"),
        (("--shape", "square"), "exp, lognormal"),
        (("--replications", "1"), "--replications 2"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(OptionError, match=says):
        check(asked(*words))


def test_two_policies_on_two_days_make_one_table_and_a_plot_for_each_measure(tmp_path: Path) -> None:
    words = ("--replications", "2", "--hours", "0.75", "--json", "--plots", str(tmp_path))
    (told,) = json.loads(run(load_settings(), asked(*words)))
    assert list(told["sides"]) == ["shortest_reply", "least_loaded"]
    assert told["replications"] == 2
    assert {file.stem for file in tmp_path.iterdir()} == {measure.name for measure in HEADLINE}
