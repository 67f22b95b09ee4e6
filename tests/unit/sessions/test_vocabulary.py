"""One vocabulary: whatever can be asked and whatever can happen is brought about, written down and read again."""

from typing import Any, get_args

import msgspec
import pytest

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Content, CustomerEvent, kind_of, preview
from sessions.decide import step
from sessions.floor import STALE_TIMERS_KEPT, Floor, freeze
from sessions.ids import HubId, Millis
from tests.builders import MONDAY, Desk, replayed
from tests.laws import check_rebuilt, fold
from tests.tour import CONTENTS, CUSTOMER_EVENTS, tour


@pytest.fixture(scope="module")
def desk() -> Desk:
    return tour()


def names(kinds: Any) -> set[str]:
    return {kind.__name__ for kind in kinds}


def test_every_command_is_asked_somewhere(desk: Desk) -> None:
    asked = {type(command) for command, _, _ in desk.commands}
    assert names(get_args(cmd.Command)) == names(asked)


def test_every_event_happens_somewhere(desk: Desk) -> None:
    assert names(ev.EVENT_TYPES) == names({type(event) for event in desk.ledger})


def test_every_kind_of_content_is_said_somewhere() -> None:
    assert names(get_args(Content)) == names(type(content) for content in CONTENTS)
    assert names(get_args(CustomerEvent)) == names(type(event) for event in CUSTOMER_EVENTS)


def test_what_is_asked_is_read_as_it_was_written(desk: Desk) -> None:
    for command, _, _ in desk.commands:
        assert cmd.decode(cmd.encode(command)) == command


def test_what_happened_is_read_as_it_was_written(desk: Desk) -> None:
    for event in desk.ledger:
        assert ev.decode(ev.encode(event)) == event


def test_on_the_wire_names_are_snake_case_and_tell_everything_apart(desk: Desk) -> None:
    wire = {ev.type_of(event): msgspec.json.decode(ev.encode(event))["type"] for event in desk.ledger}
    assert all(name == tag for name, tag in wire.items())
    assert {"session_offered", "seat_signed_in", "command_answered"} < set(wire)
    assert len(wire) == len(ev.EVENT_TYPES)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"type":"nonsense"}', b'{"do":"nonsense"}', b"null"])
def test_anything_else_is_not_understood(data: bytes) -> None:
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError)):
        ev.decode(data)
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError)):
        cmd.decode(data)


def test_every_event_says_when_and_why(desk: Desk) -> None:
    instants = [event.at for event in desk.ledger]
    assert instants == sorted(instants), "time never runs backwards"
    assert all(event.cause for event in desk.ledger)


def test_the_ledger_folds_to_the_floor(desk: Desk) -> None:
    assert freeze(fold(desk.ledger)) == freeze(desk.floor)


def test_the_ledger_folds_to_the_floor_from_every_snapshot(desk: Desk) -> None:
    snapshot, whole = Floor(), freeze(desk.floor)
    for place, event in enumerate(desk.ledger):
        assert freeze(fold(desk.ledger[place:], check_rebuilt(snapshot))) == whole
        fold([event], snapshot)


def test_a_floor_that_only_follows_does_not_grow_with_the_ledger() -> None:
    """A web process folds for months and fires no timer."""
    desk = Desk()
    follower = Floor()
    for _ in range(5 * STALE_TIMERS_KEPT):
        fold(desk.beat(), follower)
        desk.now = Millis(desk.now + 5_000)
    assert len(follower.timers) <= STALE_TIMERS_KEPT + 10
    assert freeze(check_rebuilt(follower)) == freeze(desk.floor)


def test_the_same_commands_make_the_same_events_bit_for_bit(desk: Desk) -> None:
    assert replayed(desk.commands) == [ev.encode(event) for event in desk.ledger]


def test_deciding_changes_no_command_and_recording_no_event(desk: Desk) -> None:
    """Values are shared between commands, events and floors: nobody may write on them."""
    commands = [cmd.encode(command) for command, _, _ in desk.commands]
    events = [ev.encode(event) for event in desk.ledger]
    floor = Floor()
    for command, at, cause in desk.commands:
        step(floor, command, at, cause)
    fold(desk.ledger)
    assert [cmd.encode(command) for command, _, _ in desk.commands] == commands
    assert [ev.encode(event) for event in desk.ledger] == events


def test_time_that_runs_backwards_is_held() -> None:
    desk = Desk()
    desk.beat()
    late = step(desk.floor, cmd.BeatHub(hub=HubId("h1")), Millis(MONDAY - 5_000), "1-0")
    assert [event.at for event in late] == [MONDAY]


# Content.


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("text", "我的卡丢了 👛"),
        ("image", ""),
        ("voice", "你好"),
        ("video", ""),
        ("location", "北京"),
        ("link", "t"),
        ("miniprogram", "t"),
        ("file", "bill.pdf"),
        ("menu", "请打分"),
        ("unknown", "hologram"),
    ],
)
def test_a_list_row_shows_the_first_words(kind: str, shown: str) -> None:
    (content,) = (each for each in CONTENTS if kind_of(each) == kind)
    assert preview(content) == shown
    assert msgspec.json.decode(msgspec.json.encode(content))["kind"] == kind
