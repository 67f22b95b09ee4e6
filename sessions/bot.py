"""Self-service in the flow of a conversation: what the customer's words, clicks and scans come to without a seat.

`routing.selfservice` reads the flow; here its actions become events. Nothing of it holds a slot or ends a turn.
"""

from msgspec import Struct
from msgspec.structs import replace

from routing.selfservice import NOTHING, Action, Answer, Flow, OpenMenu, Outcome, Route, click, outcome, scene
from routing.words import normalised
from sessions import events as ev
from sessions.content import Content, CustomerEvent, Followed, MenuClicked, Scanned, Text
from sessions.floor import Floor
from sessions.ids import AccountId, GroupId, Millis, account_of
from sessions.queueing import Asking, enqueue
from sessions.saying import Addressee, notice, say

PHRASE_LENGTH_MAX = 40
"""Longer texts are no phrases that a keyword could answer."""


class Heard(Struct, frozen=True, kw_only=True):
    """What self-service makes of a text. `asks_for_seat`: it has nothing (more) to say, or was asked for a person."""

    events: list[ev.Event]
    asks_for_seat: bool


NOTHING_TO_SAY = Heard(events=[], asks_for_seat=False)


def hear(
    floor: Floor, asking: Asking, unmatched: int, content: Content, at: Millis, cause: str, *, closing: bool = False
) -> Heard | None:
    """What the account's self-service answers to these words; None where the account has none.

    `unmatched` texts before it had no answer. What is not text is for a person. Polite words that are no keyword
    are for nobody: a thank-you to a menu costs no seat.
    """
    found = floor.flow_of(asking.account)
    if found is None:
        return None
    flow, matcher = found
    if not isinstance(content, Text):
        return to_a_seat(floor, asking, at, cause)
    conversation = floor.conversations.get(asking.customer)
    result = outcome(flow, matcher, conversation.menu if conversation else "", content.text)
    if result.action is None and closing:
        return NOTHING_TO_SAY
    if result.action is None:
        return _unmatched(floor, flow, asking, unmatched, content.text, at, cause)
    return act(floor, asking, result.action, result.rule, at, cause, how=result.how)


def to_a_seat(floor: Floor, asking: Asking, at: Millis, cause: str) -> Heard:
    """There is no self-service to ask: the customer goes to a seat."""
    return Heard(events=enqueue(floor, asking, at, cause), asks_for_seat=True)


def react(floor: Floor, account: AccountId, event: CustomerEvent) -> Outcome:
    """What the account's flow has for a click, a scan or a follow."""
    found = floor.flow_of(account)
    if found is None:
        return NOTHING
    flow = found[0]
    welcome = Outcome(flow.welcome, "welcome") if flow.welcome else NOTHING
    match event:
        case MenuClicked(key=key):
            return click(flow, key)
        case Scanned(scene=name):
            return scene(flow, name)
        case Followed(scene=name):
            led = scene(flow, name)
            return led if led.action else welcome
        case _:
            return NOTHING


def act(floor: Floor, asking: Asking, action: Action, rule: str, at: Millis, cause: str, *, how: str = "") -> Heard:
    """What is set up for words or a click comes about in the customer's session."""
    to = Addressee(asking.customer, asking.session, asking.said)
    answered = ev.FlowAnswered(at=at, cause=cause, session=asking.session, customer=asking.customer, rule=rule, how=how)
    match action:
        case Answer(text=text):
            return Heard(events=[answered, say(floor, to, 1, "answer", text, at, rule)], asks_for_seat=False)
        case OpenMenu(menu=menu):
            text = _menu_text(floor, asking.account, menu)
            if not text:
                return to_a_seat(floor, asking, at, cause)
            opened = replace(answered, menu=menu)
            return Heard(events=[opened, say(floor, to, 1, "menu", text, at, rule)], asks_for_seat=False)
        case Route():
            said = [say(floor, to, 1, "route", action.text, at, rule)] if action.text else []
            elsewhere = replace(
                asking,
                group=GroupId(action.group) if action.group in floor.site.groups else asking.group,
                points=asking.points + action.priority,
                said=asking.said + len(said),
            )
            if action.at_once:
                return Heard(events=[answered, *said, *enqueue(floor, elsewhere, at, cause)], asks_for_seat=True)
            return Heard(events=act_without_session(floor, to, action, rule, at, cause), asks_for_seat=False)


def act_without_session(
    floor: Floor, to: Addressee, action: Action, rule: str, at: Millis, cause: str
) -> list[ev.Event]:
    """An answer to a click or a scan of somebody who is in no session: costs nothing but the words."""
    answered = ev.FlowAnswered(at=at, cause=cause, customer=to.customer, rule=rule, session=to.session)
    match action:
        case Answer(text=text):
            return [answered, say(floor, to, 1, "answer", text, at, rule)]
        case OpenMenu(menu=menu):
            text = _menu_text(floor, account_of(to.customer), menu)
            opened = replace(answered, menu=menu)
            return [opened, *([say(floor, to, 1, "menu", text, at, rule)] if text else [])]
        case Route():
            noted = ev.IntentNoted(
                at=at,
                cause=cause,
                customer=to.customer,
                group=GroupId(action.group),
                priority=action.priority,
                until=Millis(at + floor.site.rules.intent_kept_s * 1000),
                rule=rule,
            )
            return [noted, *([say(floor, to, 1, "route", action.text, at, rule)] if action.text else [])]


def _menu_text(floor: Floor, account: AccountId, menu: str) -> str:
    """The words of this menu; none where it is set up no longer."""
    found = floor.flow_of(account)
    known = found[0].menus.get(menu) if found else None
    return known.text if known else ""


def _unmatched(floor: Floor, flow: Flow, asking: Asking, unmatched: int, text: str, at: Millis, cause: str) -> Heard:
    events: list[ev.Event] = []
    phrase = normalised(text)
    if phrase and len(phrase) <= PHRASE_LENGTH_MAX:
        events.append(
            ev.PhraseUnmatched(
                at=at,
                cause=cause,
                session=asking.session,
                customer=asking.customer,
                account=asking.account,
                phrase=phrase,
            )
        )
    if unmatched >= flow.unmatched_max:
        rule = f"unmatched_max={flow.unmatched_max}"
        return Heard(events=[*events, *enqueue(floor, asking, at, rule)], asks_for_seat=True)
    to = Addressee(asking.customer, asking.session, asking.said)
    said = (
        [say(floor, to, 1, "unmatched", flow.unmatched_text, at, cause)]
        if flow.unmatched_text
        else notice(floor, to, 1, "unmatched", at, cause)
    )
    return Heard(events=[*events, *said], asks_for_seat=False)
