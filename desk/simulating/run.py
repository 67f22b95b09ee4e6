"""`desk simulate`: trials by the options, run on several processes, shown as tables, JSON and plots."""

import argparse
import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import get_args

import msgspec

from desk.config import Settings
from desk.simulating.ledger import recorded_day
from desk.simulating.plots import draw_plots
from desk.simulating.tables import as_markdown, as_text
from routing.policies import Policy
from sessions.simulate import simulate
from sessions.simulation.comparison import Comparison, compare
from sessions.simulation.scenarios import KINDS
from sessions.simulation.traffic import SHAPES
from sessions.simulation.trials import Trial, bridge_trial, policy_trial, trial_of


class OptionError(ValueError):
    """An option names something that does not exist; the message says what does."""


def run(settings: Settings, arguments: argparse.Namespace) -> str:
    """Everything asked for; answers what to print."""
    check(arguments)
    trials = _trials(settings, arguments)
    found = compared(trials, range(arguments.seed, arguments.seed + arguments.replications), arguments.processes)
    if arguments.plots:
        draw_plots(found, arguments.plots)
    if arguments.json:
        return msgspec.json.format(msgspec.json.encode(found)).decode()
    return "\n\n".join((as_markdown if arguments.markdown else as_text)(each) for each in found)


def check(arguments: argparse.Namespace) -> None:
    """Every name among the options exists."""
    _one_of("policy", [*arguments.policies, arguments.against], get_args(Policy))
    _one_of("scenario", [arguments.scenario], KINDS)
    _one_of("shape", arguments.shape, tuple(SHAPES))
    if arguments.replications < 2:
        raise OptionError("One day says nothing about chance: give --replications 2 or more.")


def compared(trials: Sequence[Trial], seeds: Sequence[int], processes: int) -> list[Comparison]:
    """Every side of every trial on the days of these seeds; the same days for all sides."""
    days = [(side, seed) for trial in trials for side in trial.sides.values() for seed in seeds]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        figures = pool.map(simulate, *zip(*days, strict=True))
        return [
            compare(
                trial.day, {name: [next(figures) for _ in seeds] for name in trial.sides}, trial.against, trial.measures
            )
            for trial in trials
        ]


def _trials(settings: Settings, arguments: argparse.Namespace) -> list[Trial]:
    if arguments.from_ledger:
        day = asyncio.run(recorded_day(settings))
        return [trial_of(day, "the ledger's customers", arguments.policies, arguments.against)]
    common = {"hours": arguments.hours, "soft_cap": arguments.soft_cap}
    points = [(load, shape) for load in arguments.loads for shape in arguments.shape]
    if arguments.scenario == "bridge":
        return [bridge_trial(load=load, shape=shape, **common) for load, shape in points]
    return [
        policy_trial(arguments.scenario, arguments.policies, arguments.against, load=load, shape=shape, **common)
        for load, shape in points
    ]


def _one_of(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for each in given:
        if each not in known:
            raise OptionError(f"There is no {what} {each}: choose from {', '.join(known)}.")
