"""The options of `desk bench`, apart from what it needs to run: every `desk` command reads them."""

import argparse

PHASES = ("gateway", "engine", "routing", "scale", "spine", "knee", "crash")
IN_A_BROWSER = ("page", "line")
"""Only when asked for: they need Playwright and Chromium."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `desk bench`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--rate", type=int, default=1_000, help="pushes a second in the spine phase (1000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the spine phase pushes (60)")
    parser.add_argument("--answer-every", type=int, default=5, help="a seat answers every n-th message (5; 0: never)")
    parser.add_argument("--kills", type=int, default=20, help="how many processes the crash phase kills (20)")
    parser.add_argument("--seed", type=int, default=1, help="which, and when (1)")
    parser.add_argument(
        "--phases", default=",".join(PHASES), help=f"which to run, of {','.join(PHASES + IN_A_BROWSER)}"
    )
    parser.add_argument("--page-minutes", type=float, default=2.0, help="how long the page phase types (2)")
    parser.add_argument("--page-frames", type=int, default=20, help="frames a second at the page meanwhile (20)")
    parser.add_argument("--line-tabs", type=int, default=5, help="tabs of the agent's in the line phase (5)")
    parser.add_argument("--line-rounds", type=int, default=40, help="what happens in each of them (40)")
