"""A visitor is whoever has their token, and nobody can make one."""

import pytest

from desk.channels.webchat.credentials import GOOD_FOR_S, RENEWED_AFTER_S, Credentials
from sessions.ids import AccountId, MediaKey, account_of, openid_of

WEB, OTHER = AccountId("web"), AccountId("other")
NOW_S = 1_795_399_200
FILE = MediaKey("ab" * 32 + ".png")


@pytest.fixture
def credentials() -> Credentials:
    return Credentials([b"secret"])


def test_a_newcomer_is_a_customer_of_the_account_and_is_known_again(credentials: Credentials) -> None:
    visitor = credentials.newcomer(WEB, NOW_S)
    assert visitor.is_new
    assert account_of(visitor.customer) == "web"
    assert len(openid_of(visitor.customer)) == 26
    again = credentials.recognised(WEB, visitor.token, NOW_S + 60)
    assert again
    assert (again.customer, again.token, again.is_new) == (visitor.customer, visitor.token, False)


def test_every_web_process_of_the_site_knows_them_and_no_other_site(credentials: Credentials) -> None:
    token = credentials.newcomer(WEB, NOW_S).token
    assert Credentials([b"secret"]).recognised(WEB, token, NOW_S)
    assert Credentials([b"another"]).recognised(WEB, token, NOW_S) is None


def test_who_was_known_under_another_key_stays_known_while_it_is_given(credentials: Credentials) -> None:
    first, seal = credentials.newcomer(WEB, NOW_S), credentials.file_seal(WEB, FILE)
    both, after = Credentials([b"new", b"secret"]), Credentials([b"new"])
    again = both.recognised(WEB, first.token, NOW_S)
    assert again
    assert again.customer == first.customer
    assert after.recognised(WEB, again.token, NOW_S) == again
    assert after.recognised(WEB, first.token, NOW_S) is None
    assert [each.may_fetch(WEB, FILE, seal) for each in (both, after)] == [True, False]


def test_no_two_newcomers_are_the_same(credentials: Credentials) -> None:
    assert len({credentials.newcomer(WEB, NOW_S).customer for _ in range(100)}) == 100


def test_who_comes_back_another_day_is_given_a_fresh_token(credentials: Credentials) -> None:
    first = credentials.newcomer(WEB, NOW_S)
    later = credentials.recognised(WEB, first.token, NOW_S + RENEWED_AFTER_S)
    assert later
    assert later.customer == first.customer
    assert later.token != first.token
    assert credentials.recognised(WEB, later.token, NOW_S + RENEWED_AFTER_S + GOOD_FOR_S)


def test_who_was_away_for_half_a_year_is_a_stranger(credentials: Credentials) -> None:
    token = credentials.newcomer(WEB, NOW_S).token
    assert credentials.recognised(WEB, token, NOW_S + GOOD_FOR_S)
    assert credentials.recognised(WEB, token, NOW_S + GOOD_FOR_S + 1) is None


def test_a_token_is_good_for_its_own_account_alone(credentials: Credentials) -> None:
    assert credentials.recognised(OTHER, credentials.newcomer(WEB, NOW_S).token, NOW_S) is None


def test_nothing_in_a_token_can_be_changed(credentials: Credentials) -> None:
    token = credentials.newcomer(WEB, NOW_S).token
    for place, sign in enumerate(token):
        changed = token[:place] + ("a" if sign != "a" else "b") + token[place + 1 :]
        assert credentials.recognised(WEB, changed, NOW_S) is None, place


@pytest.mark.parametrize("token", ["", "x", "v1...", "v1." + "a" * 26 + ".1." + "A" * 43, "é" * 90, "\0", "v1." * 40])
def test_whatever_else_is_sent_is_no_token(credentials: Credentials, token: str) -> None:
    assert credentials.recognised(WEB, token, NOW_S) is None


def test_a_file_is_for_whoever_was_given_its_address(credentials: Credentials) -> None:
    seal = credentials.file_seal(WEB, FILE)
    assert credentials.may_fetch(WEB, FILE, seal)
    assert not credentials.may_fetch(OTHER, FILE, seal)
    assert not credentials.may_fetch(WEB, MediaKey("cd" * 32 + ".png"), seal)
    for wrong in ("", "é", "\ud800", seal[:-1]):
        assert not credentials.may_fetch(WEB, FILE, wrong)
