"""Who the customer is, as people here write it down.

The floor knows only what rows show, a name and tags, and which field changed in which revision; the rest passes through
it into the ledger, and the archive keeps it. What somebody else has changed since a writer looked is not overwritten:
they are told. Who comes back after a while is unknown to the floor until whoever reads the archive recalls them.
"""

import re
from datetime import date
from typing import TypeVar

from sessions import commands as cmd
from sessions import events as ev
from sessions.facts import Conversation, Profile
from sessions.floor import Floor
from sessions.ids import Millis
from sessions.profile import (
    PHONE_LENGTH_MAX,
    REMARK_LENGTH_MAX,
    TAG_LENGTH_MAX,
    TAGS_MAX,
    VALUE_LENGTH_MAX,
    plain,
)
from sessions.refusal import Refused
from sessions.saying import shown_at
from sessions.service import held_session, own_seat
from sessions.settings import CustomerField, Site

_V = TypeVar("_V")
_PHONE = re.compile(r"[0-9+() -]*")


def describe_customer(floor: Floor, command: cmd.DescribeCustomer, at: Millis, cause: str) -> list[ev.Event]:
    """The seat that has the customer's session writes down what is different; nothing, where nothing is."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat)
    profile = floor.conversations[session.customer].profile
    if profile is None:
        raise Refused("profile_unread", field="session")
    described = ev.CustomerDescribed(
        at=at,
        cause=cause,
        customer=session.customer,
        session=session.id,
        seat=seat.id,
        user=command.actor.user,
        revision=profile.revision + 1,
        remark=_unless_same(_short(command.remark, "remark", REMARK_LENGTH_MAX), profile.remark),
        phone=_phone(command.phone),
        tags=_unless_same(_tags(command.tags), profile.tags),
        fields={name: _value(floor.site, name, value) for name, value in command.fields.items()},
    )
    touched = dict(profile.touched)
    for name in described.changed:
        if touched.get(name, 0) > command.revision:
            raise Refused("profile_changed", field=name)
    return [described] if described.changed else []


def remember_customer(floor: Floor, command: cmd.RememberCustomer, at: Millis, cause: str) -> list[ev.Event]:
    """Brings back what is kept of a customer, once, and whatever the channel tells.

    A name that the account has for them at the channel is theirs here until somebody writes another, or none.
    """
    conversation = floor.conversations.get(command.customer)
    if conversation is None or (conversation.profile is not None and command.told is None):
        return []
    kept = conversation.profile or Profile(
        remark=command.remark, tags=command.tags, revision=command.revision, touched=command.touched
    )
    told, remark = command.told, kept.remark
    if not remark and told and "remark" not in dict(kept.touched):
        remark = plain(told.remark)[:REMARK_LENGTH_MAX]
    session = floor.live_session_of(command.customer)
    return [
        ev.CustomerRemembered(
            at=at,
            cause=cause,
            customer=command.customer,
            remark=remark,
            tags=kept.tags,
            revision=kept.revision,
            touched=kept.touched,
            told=told,
            session=session.id if session else None,
            seat=shown_at(session),
        )
    ]


def is_unknown(conversation: Conversation | None) -> bool:
    """Whether nobody has told the floor yet what the customer is called."""
    return conversation is None or conversation.profile is None


def _unless_same(value: _V | None, before: _V) -> _V | None:
    return None if value == before else value


def _short(text: str | None, name: str, most: int) -> str | None:
    if text is None:
        return None
    text = plain(text)
    if len(text) > most:
        raise Refused("value_too_long", field=name, detail=str(most))
    return text


def _phone(text: str | None) -> str | None:
    phone = _short(text, "phone", PHONE_LENGTH_MAX)
    if phone is not None and not _PHONE.fullmatch(phone):
        raise Refused("value_invalid", field="phone")
    return phone


def _tags(tags: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if tags is None:
        return None
    cleaned = [_short(tag, "tags", TAG_LENGTH_MAX) for tag in tags[: 2 * TAGS_MAX]]
    once = tuple(dict.fromkeys(tag for tag in cleaned if tag))
    if len(once) > TAGS_MAX:
        raise Refused("too_many_tags", field="tags", detail=str(TAGS_MAX))
    return once


def _value(site: Site, name: str, value: str) -> str:
    known = next((each for each in site.customer_fields if each.id == name), None)
    if known is None:
        raise Refused("field_unknown", field=f"field.{name}", detail=name)
    text = _short(value, f"field.{name}", VALUE_LENGTH_MAX) or ""
    if text and not _fits(known, text):
        raise Refused("value_invalid", field=f"field.{name}")
    return text


def _fits(known: CustomerField, text: str) -> bool:
    match known.kind:
        case "text":
            return True
        case "select":
            return text in known.options
        case "date":
            return _is_date(text)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
