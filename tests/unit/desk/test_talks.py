"""Who talks with self-service: followed event by event, told in small portions, and never what was said."""

import pytest

from desk.talks import SHOWN_MAX, Talks, talk_row, talk_rows
from routing.selfservice import Answer, Flow, Keyword, Route
from sessions.ids import GroupId
from tests.builders import Desk, Happened, make_site
from tests.drawing import render_talks

CARDS, BILLS = GroupId("cards"), GroupId("bills")
FLOW = Flow(
    id="bank",
    name="Bank",
    keywords=(
        Keyword(id="limit", phrases=("额度",), action=Answer("your limit")),
        Keyword(id="bill", phrases=("账单",), action=Route(group="bills")),
    ),
    unmatched_max=3,
)
SECRET = "我的密码是 8848"


class Following:
    """An index beside a desk, kept up by what happens."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.talks = Talks(desk.floor)

    def do(self, happened: Happened) -> None:
        """Events are folded once all are applied here; each looks at the floor as it is."""
        for event in happened:
            self.talks.fold(event, self.desk.floor)
        assert self.listed() == self.afresh()

    def listed(self) -> dict[str, list[str]]:
        return {group: list(self.talks.of(group)) for group in (CARDS, BILLS)}

    def afresh(self) -> dict[str, list[str]]:
        again = Talks(self.desk.floor)
        return {group: list(again.of(group)) for group in (CARDS, BILLS)}


@pytest.fixture
def following() -> Following:
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, flow=FLOW, bot_idle_s=60))
    desk.come("s1", "s2")
    return Following(desk)


def test_a_talk_begins_changes_and_ends(following: Following) -> None:
    desk, talks = following.desk, following.talks
    following.do(desk.write("ann", "额度"))
    assert talks.count(CARDS) == 1
    following.do(desk.write("bob", "账单"))
    assert (talks.count(CARDS), talks.count(BILLS)) == (1, 0), "who asked for a seat waits for one"
    following.do(desk.wait(60))
    assert talks.count(CARDS) == 0


def test_what_has_changed_is_told_once(following: Following) -> None:
    desk, talks = following.desk, following.talks
    following.do(desk.write("ann", "额度"))
    following.do(desk.write("ann", "额度"))
    session = desk.session_of("ann")
    assert session
    assert talks.changes() == {CARDS: [session.id]}
    assert talks.changes() == {}
    following.do(desk.write("ann", "账单"))
    assert talks.changes() == {CARDS: [session.id]}, "its group is told that it has gone"


def test_however_much_changes_it_is_told_in_portions(following: Following) -> None:
    for number in range(SHOWN_MAX + 10):
        following.do(following.desk.write(f"c{number}", "额度"))
    assert [len(portion[CARDS]) for portion in iter(following.talks.changes, {})] == [SHOWN_MAX, 10]
    assert len(talk_rows(following.desk.floor, following.talks, [CARDS], "zh")) == SHOWN_MAX


def test_who_is_not_understood_comes_first(following: Following) -> None:
    desk = following.desk
    for name in ("ann", "bob", "cat"):
        following.do(desk.write(name, "额度"))
        desk.wait(1)
    following.do(desk.write("cat", SECRET))
    rows = talk_rows(desk.floor, following.talks, [CARDS, BILLS], "zh")
    assert [(each.name, each.unmatched) for each in rows] == [("客户 cat", 1), ("客户 ann", 0), ("客户 bob", 0)]
    following.do(desk.write("cat", "额度"))
    session = desk.session_of("cat")
    assert session
    assert talk_row(desk.floor, session, "zh").unmatched == 0


def test_nobody_is_shown_what_was_said(following: Following) -> None:
    desk = following.desk
    following.do(desk.write("ann", SECRET))
    session = desk.session_of("ann")
    assert session
    html = render_talks(desk.floor, following.talks, CARDS, [session.id], "zh")
    assert 'data-talks="1"' in html
    assert "待干预：1 句没听懂" in html
    assert SECRET not in html
    following.do(desk.step_in("s1", session.id))
    gone = render_talks(desk.floor, following.talks, CARDS, [session.id], "zh")
    assert f'<li id="talk-{session.id}" data-seat=""></li>' in gone
    assert 'data-talks="0"' in gone
