"""The options of `desk simulate`, apart from what it needs to run: every `desk` command reads them."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `desk simulate`."""
    parser.add_argument(
        "--policies", type=_words, default=["shortest_reply"], help="which to try, with commas (shortest_reply)"
    )
    parser.add_argument("--against", default="least_loaded", help="which they are held against (least_loaded)")
    parser.add_argument(
        "--scenario",
        default="steady",
        help="the day: steady, spike, mass-logout or bridge, which tries ladders (steady)",
    )
    parser.add_argument("--loads", type=_numbers, default=[0.85], help="how busy, 1 is all that seats can do (0.85)")
    parser.add_argument(
        "--shape", type=_words, default=["exp"], help="of the work an answer takes: exp, lognormal or both (exp)"
    )
    parser.add_argument("--replications", type=int, default=20, help="how many days for each (20; two at least)")
    parser.add_argument("--hours", type=float, default=5.0, help="length of a day; the first half hour is dropped (5)")
    parser.add_argument("--soft-cap", type=int, default=6, help="of every seat (6)")
    parser.add_argument("--seed", type=int, default=1, help="of the first day; the others follow (1)")
    parser.add_argument("--from-ledger", action="store_true", help="send the customers that the ledger in Redis holds")
    parser.add_argument("--processes", type=int, default=2, help="days that run at once (2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="also draw them, as SVG files in this folder")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(text: str) -> list[float]:
    return [float(word) for word in _words(text)]
