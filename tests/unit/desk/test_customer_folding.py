"""What is kept of a customer, and the tags in use, after what was written down, told and done."""

import pytest

from desk.store.customer_folding import fields_of, tags_of, touched_in
from desk.store.folding import Entry, Rows, fold_batch, touched_by
from desk.store.models import ArchivedCustomer
from sessions.content import Followed, LocationReported, Scanned, Unfollowed
from sessions.ids import Seq
from sessions.profile import Told
from sessions.settings import CustomerField
from tests.builders import MONDAY, Desk, make_site


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1"], customer_fields=[CustomerField(id="manager", label="客户经理")]))
    desk.come("s1")
    return desk


def entries(desk: Desk) -> list[Entry]:
    return [(Seq(n), event) for n, event in enumerate(desk.ledger, 1)]


def kept(desk: Desk, name: str = "ann") -> ArchivedCustomer:
    return fold_batch(Rows(), entries(desk)).customers[f"bank:{name}"]


def in_use(desk: Desk) -> dict[str, int]:
    return {tag: row.customers for tag, row in fold_batch(Rows(), entries(desk)).tags.items()}


def test_what_was_written_down_is_kept_field_by_field(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    desk.describe("s1", session, 0, remark="Ann", phone="1", tags=("a", "b"), fields={"manager": "李"})
    desk.wait(60)
    desk.describe("s1", session, 1, phone="", fields={"manager": ""})
    row = kept(desk)
    assert (row.account, row.remark, row.phone, tags_of(row), fields_of(row)) == ("bank", "Ann", "", ("a", "b"), {})
    assert (row.revision, row.edited_at, row.edited_by) == (2, desk.now, "user-s1")
    assert touched_in(row) == (("remark", 1), ("phone", 2), ("tags", 1), ("field.manager", 2))


def test_what_the_channel_tells_is_kept_beside_it(desk: Desk) -> None:
    told = Told(follows=True, since=MONDAY, scene="ADD_SCENE_PAID", code="7", remark="A", unionid="u", language="zh_CN")
    desk.known("ann", "s1", told=told)
    row = kept(desk)
    assert (row.remark, row.follows, row.follow_changed_at, row.scene) == ("A", True, MONDAY, "ADD_SCENE_PAID")
    assert (row.first_code, row.unionid, row.language, row.told_at) == ("7", "u", "zh_CN", desk.now)
    desk.remember("ann", told=Told(follows=False))
    row = kept(desk)
    assert (row.follows, row.unionid, row.scene) == (False, "u", "ADD_SCENE_PAID"), "what was known is not forgotten"


def test_follows_and_scans_are_kept_though_nobody_is_served(desk: Desk) -> None:
    desk.tell("ann", Followed(scene="branch-1"))
    desk.tell("ann", Scanned(scene="branch-2"))
    desk.tell("ann", LocationReported(latitude=1, longitude=2))
    row = kept(desk)
    assert (row.follows, row.first_code, row.last_code, row.last_code_at) == (True, "branch-1", "branch-2", desk.now)
    desk.wait(5)
    desk.tell("ann", Unfollowed())
    assert (kept(desk).follows, kept(desk).follow_changed_at) == (False, desk.now)
    desk.tell("bob", LocationReported(latitude=1, longitude=2))
    assert "bank:bob" not in fold_batch(Rows(), entries(desk)).customers


def test_tags_are_counted_by_customers(desk: Desk) -> None:
    ann, bob = desk.known("ann", "s1"), desk.known("bob", "s1")
    desk.describe("s1", ann, 0, tags=("a", "b"))
    desk.describe("s1", bob, 0, tags=("b",))
    assert in_use(desk) == {"a": 1, "b": 2}
    desk.describe("s1", ann, 1, tags=("c", "b"))
    desk.describe("s1", bob, 1, tags=())
    assert in_use(desk) == {"a": 0, "b": 1, "c": 1}


def test_a_batch_says_which_rows_it_needs(desk: Desk) -> None:
    session = desk.known("ann", "s1")
    desk.describe("s1", session, 0, tags=("a",))
    desk.tell("bob", Followed())
    touched = touched_by(entries(desk))
    assert (touched.customers, touched.tags) == ({"bank:ann", "bank:bob"}, {"a"})
    alone = touched_by([entry for entry in entries(desk) if type(entry[1]).__name__ == "CustomerDescribed"])
    assert alone.sessions == set(), "a session's row does not change by it"
