"""What people choose for their own desk, and how it survives hostile requests and other versions."""

import pytest

from desk.errors import UserError
from desk.preferences import Preferences, changed, read, written


def test_a_change_leaves_the_other_choices_alone() -> None:
    chosen = changed(changed(Preferences(), b'{"compact": true}'), b'{"send_key": "ctrl_enter"}')
    assert chosen == Preferences(compact=True, send_key="ctrl_enter")
    assert read(written(chosen)) == chosen


def test_what_another_version_stored_is_read_as_far_as_it_makes_sense() -> None:
    assert read('{"compact": true, "volume": 900, "gone": 1}') == Preferences(compact=True)
    assert read("[]") == read("") == read("{") == Preferences()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"colour": 1}', "colour"),
        (b'{"send_key": "space"}', "send_key"),
        (b'{"volume": 101}', "volume"),
        (b'{"volume": "60"}', "volume"),
        (b"[1]", ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_names_the_field(body: bytes, field: str) -> None:
    with pytest.raises(UserError) as refused:
        changed(Preferences(), body)
    assert (refused.value.code, refused.value.field) == ("argument_invalid", field)
