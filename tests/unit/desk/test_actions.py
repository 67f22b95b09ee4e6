"""The keys of the desk: each leads to one thing at a time, and everything has its words."""

from collections import defaultdict

from desk.actions import ACTIONS, HINTS, bindings, commands, key_sheet


def test_a_key_leads_to_one_thing_at_a_time() -> None:
    """Two actions share a key only where the page never has the buttons of both."""
    by_key = defaultdict(set)
    for action in ACTIONS:
        if action.code:
            by_key[action.code, action.shift].add(action.id)
    assert [names for names in by_key.values() if len(names) > 1] == [{"park", "resume"}, {"consult", "consult_say"}]


def test_names_are_given_once_and_every_action_is_in_the_command_bar() -> None:
    names = [action.id for action in ACTIONS]
    assert len(set(names)) == len(names) == len(bindings())
    assert sum(len(found) for _, found in commands("zh")) == len(names)
    assert {keys for _, lines in key_sheet("en") for keys, _ in lines} >= {each.keys for each in ACTIONS if each.code}


def test_what_has_no_key_of_its_own_is_told_at_its_place() -> None:
    told = dict(key_sheet("zh"))
    assert told["会话列表"][-1] == HINTS["list"][0]
    assert told["坐席状态"] == list(HINTS["seat"])
