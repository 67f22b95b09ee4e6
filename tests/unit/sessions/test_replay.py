"""Yesterday's customers, read from what happened, and sent again."""

from sessions.simulate import simulate
from sessions.simulation.replay import AWAY_S, read_traffic, replay
from sessions.simulation.traffic import Customer
from tests.builders import Desk, make_site


def customers_of(desk: Desk) -> list[Customer]:
    return list(read_traffic(desk.ledger).customers)


def test_a_customer_is_read_with_their_pauses_and_what_answers_took() -> None:
    desk = Desk(make_site())
    desk.sign_in("s1")
    session = desk.served("ann", "s1")
    desk.wait(20)
    desk.send("s1", session)
    desk.wait(45)
    desk.write("ann")
    desk.wait(10)
    desk.send("s1", session)
    (ann,) = customers_of(desk)
    assert (ann.group, ann.at_s, ann.vanishes) == ("cards", 0.0, False)
    assert [(line.work_s, line.pause_s, line.away) for line in ann.lines] == [(20, 0, False), (10, 45, False)]


def test_a_burst_is_one_line_whose_answer_began_with_its_last_message() -> None:
    desk = Desk(make_site())
    desk.sign_in("s1")
    session = desk.served("ann", "s1")
    desk.wait(30)
    desk.write("ann")
    desk.wait(5)
    desk.send("s1", session)
    (ann,) = customers_of(desk)
    assert [line.work_s for line in ann.lines] == [5]


def test_an_answer_to_the_second_began_when_the_first_was_answered() -> None:
    desk = Desk(make_site())
    desk.sign_in("s1")
    ann, bob = desk.served("ann", "s1"), desk.served("bob", "s1")
    desk.wait(20)
    desk.send("s1", ann)
    desk.wait(7)
    desk.send("s1", bob)
    assert [customer.lines[0].work_s for customer in customers_of(desk)] == [20, 7]


def test_who_pauses_for_long_has_walked_away_and_who_is_never_answered_has_vanished() -> None:
    desk = Desk(make_site())
    desk.sign_in("s1")
    session = desk.served("ann", "s1")
    desk.wait(20)
    desk.send("s1", session)
    desk.wait(AWAY_S + 100)
    desk.write("ann")
    (ann,) = customers_of(desk)
    assert (ann.lines[1].away, ann.lines[1].pause_s) == (True, AWAY_S + 120)
    assert ann.vanishes


def test_a_replayed_day_has_the_recorded_customers_and_seats() -> None:
    site = make_site(["s1", "s2", "s3"])
    desk = Desk(site)
    desk.sign_in("s1")
    desk.sign_in("s2")
    for place in range(12):
        name = f"c{place}"
        session = desk.waiting(name)
        seat = desk.rings_at(session) or ""
        desk.accept(seat, session)
        desk.wait(15)
        desk.send(seat, session)
        desk.hang_up(seat, session)
        desk.wrap_up(seat, session)
        desk.wait(60)
    day = replay(read_traffic(desk.ledger), site)
    assert set(day.speeds) <= {"s1", "s2"}
    figures = simulate(day, 1)
    assert figures["customers"] == 12
    assert figures["first_mean_s"] > 10


def test_a_ledger_without_customers_is_an_empty_day() -> None:
    desk = Desk(make_site())
    desk.sign_in("s1")
    assert read_traffic(desk.ledger).customers == ()
