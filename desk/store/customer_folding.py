"""From the ledger's events to what is kept of a customer, and to the tags in use.

Pure, like the rest of the folding: rows in, the same rows changed and new ones out.
"""

from typing import TypeAlias, assert_never

import msgspec

from desk.store.models import ArchivedCustomer, TagCount
from sessions import events as ev
from sessions.content import Followed, Scanned, Unfollowed
from sessions.ids import CustomerId, account_of
from sessions.profile import Told

CustomerEvent: TypeAlias = ev.CustomerEventRecorded | ev.CustomerDescribed | ev.CustomerRemembered


def customer_of(event: ev.Event) -> CustomerId | None:
    """The customer whose row this event changes; None where it changes none."""
    match event:
        case ev.CustomerDescribed() | ev.CustomerRemembered():
            return event.customer
        case ev.CustomerEventRecorded(event=Followed() | Unfollowed() | Scanned()):
            return event.customer
        case _:
            return None


def fold_customer(customers: dict[str, ArchivedCustomer], tags: dict[str, TagCount], event: CustomerEvent) -> None:
    """The rows after this event."""
    name = customer_of(event)
    if name is None:
        return
    row = customers.get(name)
    if row is None:
        row = customers[name] = ArchivedCustomer(id=name, account=account_of(name))
    match event:
        case ev.CustomerDescribed():
            _describe(row, tags, event)
        case ev.CustomerRemembered(told=told):
            row.remark = event.remark
            if told is not None:
                _learn(row, told, event.at)
        case ev.CustomerEventRecorded(event=what):
            _follow(row, what, event.at)
        case _:
            assert_never(event)


def tags_of(row: ArchivedCustomer) -> tuple[str, ...]:
    """The customer's tags."""
    return msgspec.json.decode(row.tags, type=tuple[str, ...])


def fields_of(row: ArchivedCustomer) -> dict[str, str]:
    """Values of the site's own fields, by their ids."""
    return msgspec.json.decode(row.fields, type=dict[str, str])


def touched_in(row: ArchivedCustomer) -> tuple[tuple[str, int], ...]:
    """In which revision each field changed last."""
    return msgspec.json.decode(row.touched, type=tuple[tuple[str, int], ...])


def _describe(row: ArchivedCustomer, tags: dict[str, TagCount], event: ev.CustomerDescribed) -> None:
    if event.remark is not None:
        row.remark = event.remark
    if event.phone is not None:
        row.phone = event.phone
    if event.tags is not None:
        _count(tags, tags_of(row), -1)
        _count(tags, event.tags, 1)
        row.tags = _encode(event.tags)
    if event.fields:
        values = fields_of(row) | event.fields
        row.fields = _encode({name: value for name, value in values.items() if value})
    row.touched = _encode(list((dict(touched_in(row)) | dict.fromkeys(event.changed, event.revision)).items()))
    row.revision = event.revision
    row.edited_at, row.edited_by = event.at, event.user


def _count(counts: dict[str, TagCount], tags: tuple[str, ...], by: int) -> None:
    for tag in tags:
        row = counts.setdefault(tag, TagCount(tag=tag))
        row.customers += by


def _learn(row: ArchivedCustomer, told: Told, at: int) -> None:
    row.told_at = at
    if row.follows != told.follows or told.since:
        row.follow_changed_at = told.since or row.follow_changed_at
    row.follows = told.follows
    row.unionid = told.unionid or row.unionid  # who follows no longer is told of no more
    row.scene = told.scene or row.scene
    row.language = told.language or row.language
    row.first_code = row.first_code or told.code


def _follow(row: ArchivedCustomer, what: object, at: int) -> None:
    match what:
        case Followed(scene=code):
            row.follows, row.follow_changed_at = True, at
            _scan(row, code, at)
        case Unfollowed():
            row.follows, row.follow_changed_at = False, at
        case Scanned(scene=code):
            _scan(row, code, at)
        case _:
            pass


def _scan(row: ArchivedCustomer, code: str, at: int) -> None:
    if code:
        row.first_code = row.first_code or code
        row.last_code, row.last_code_at = code, at


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
