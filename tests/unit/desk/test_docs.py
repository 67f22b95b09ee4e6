"""The documents name everything that can be asked, can happen, can be set or be typed."""

import argparse
from pathlib import Path
from typing import get_args

import pytest

from desk.cli import command_parser
from desk.config import variable_names
from sessions import commands as cmd
from sessions.events import EVENT_TYPES
from sessions.refusal import REFUSALS
from sessions.wording import snake_case

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("kind", [*get_args(cmd.Command), *EVENT_TYPES], ids=lambda kind: kind.__name__)
def test_the_vocabulary_has_every_command_and_event(kind: type) -> None:
    assert f"`{snake_case(kind.__name__)}`" in (DOCS / "vocabulary.md").read_text()


def test_the_vocabulary_has_every_refusal() -> None:
    vocabulary = (DOCS / "vocabulary.md").read_text()
    assert [code for code in REFUSALS if f"`{code}`" not in vocabulary] == []


def test_operations_has_every_setting() -> None:
    operations = (DOCS / "operations.md").read_text()
    assert [name for name in variable_names() if f"`{name}`" not in operations] == []


def test_operations_has_every_command_of_the_command_line() -> None:
    operations = (DOCS / "operations.md").read_text()
    (subcommands,) = (
        action.choices for action in command_parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    assert [name for name in subcommands if f"`desk {name}" not in operations] == []
