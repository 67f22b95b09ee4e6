"""Whose a person's session is, and who counts as a person, while a demo lives."""

import pytest

from desk.demo.people import free_person, rings_at_a_person
from desk.demo.stage import Stage
from desk.demo.stories import Story, TurnOfStory
from sessions import events as ev
from sessions.ids import CustomerId, SeatId
from tests.builders import Desk, make_site, user_of, who

ROBOTS = {user_of("robot")}
STORY = Story(id="s", weight=1, turns=[TurnOfStory(["?"], ["!"])], goodbye="", stars=0, disposition="")


@pytest.fixture
def desk() -> Desk:
    """A robot has ann's session, and two people are about."""
    desk = Desk(make_site({"robot": {"cards": 3}, "clerk": {"cards": 3}, "teller": {"bills": 3}}, soft_cap=1))
    desk.come("robot")
    desk.write("ann")
    return desk


class TestFreePerson:
    def test_nobody_but_robots_is_there(self, desk: Desk) -> None:
        session = desk.floor.live_session_of(who("ann"))
        assert session
        assert free_person(desk.floor, session, ROBOTS, ()) is None
        assert not rings_at_a_person(desk.floor, session, ROBOTS, ())

    def test_rather_of_the_group_then_anybody(self, desk: Desk) -> None:
        desk.come("clerk", "teller")
        session = desk.floor.live_session_of(who("ann"))
        assert session
        assert free_person(desk.floor, session, ROBOTS, ()) == "clerk"
        assert free_person(desk.floor, session, ROBOTS, {SeatId("clerk")}) == "teller"
        assert rings_at_a_person(desk.floor, session, ROBOTS, ())
        assert not rings_at_a_person(desk.floor, session, ROBOTS, {SeatId("clerk")})

    def test_not_at_the_cap_and_not_on_a_break(self, desk: Desk) -> None:
        desk.come("clerk", "teller")
        desk.write("bob")
        desk.set_presence("teller", "break", "meal")
        session = desk.floor.live_session_of(who("ann"))
        assert session
        assert free_person(desk.floor, session, ROBOTS, ()) is None
        assert not rings_at_a_person(desk.floor, session, ROBOTS, ())


def written(desk: Desk, name: str) -> ev.MessageReceived:
    return desk.write(name).only(ev.MessageReceived)


class TestIsPerson:
    def test_whoever_was_never_cast(self) -> None:
        assert Stage([who("ann")]).is_person(CustomerId("web:guest"))

    def test_of_the_cast_who_writes_without_a_story(self, desk: Desk) -> None:
        stage = Stage([who("bob")])
        assert not stage.is_person(who("bob"))  # stayed over from an earlier start
        stage.take_in(written(desk, "bob"))
        assert stage.is_person(who("bob"))

    def test_of_the_cast_once_the_story_is_told_and_its_session_closed(self, desk: Desk) -> None:
        stage = Stage([who("ann")])
        performance = stage.begin(who("ann"), STORY)
        session = desk.floor.live_session_of(who("ann"))
        assert session
        performance.is_over = True
        stage.take_in(written(desk, "ann"))
        assert not stage.is_person(who("ann"))
        desk.accept("robot", session.id)
        desk.hang_up("robot", session.id)
        for event in desk.wrap_up("robot", session.id):
            stage.take_in(event)
        stage.take_in(written(desk, "ann"))
        assert stage.is_person(who("ann"))
