"""How a session stands between its customer, who may write at any time or never, and its seat.

What row, head and context say of it beside the words themselves: the next step of the silence ladder, what was
promised, who is asked in a side thread, what the channel still lets us send, and the customer's marks.
"""

from msgspec import Struct

from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import seat_name
from sessions.events import Allowance
from sessions.facts import Conversation, Session
from sessions.floor import Floor
from sessions.ids import CustomerMark, Millis, SilenceStep
from sessions.settings import Rules

STEPS: dict[SilenceStep, str] = {
    "remind": gettext_noop("提醒客户"),
    "park": gettext_noop("自动挂起"),
    "soft_end": gettext_noop("自动结束"),
    "hard_end": gettext_noop("到期结束"),
}
MARKS: dict[CustomerMark, str] = {"vip": gettext_noop("VIP 客户"), "complaint": gettext_noop("客户投诉")}
SHORT_MARKS: dict[CustomerMark, str] = {"vip": gettext_noop("VIP"), "complaint": gettext_noop("投诉")}


class Grant(Struct, frozen=True):
    """So many of `most` messages are left, until then. 0: it has run out, or never was."""

    left: int
    most: int
    until: Millis


class Sends(Struct, frozen=True, kw_only=True):
    """What the channel still takes: for the customer's last words, and for a minute on top of it for a click, a scan
    or a follow. Words that they write next grant `words.most` messages for `window_s`."""

    words: Grant
    extra: Grant
    window_s: int

    @property
    def left(self) -> int:
        """All together; the seat need not know which is spent first."""
        return self.words.left + self.extra.left

    @property
    def until(self) -> Millis:
        """When the last of it runs out; 0 where nothing can be sent before the customer writes."""
        return max(self.words.until, self.extra.until)


class Mark(Struct, frozen=True):
    """A mark that a customer can bear, and whether this one does."""

    mark: CustomerMark
    words: str
    short: str
    on: bool


class Standing(Struct, frozen=True, kw_only=True):
    """Instants are 0 and words empty where there is nothing to say."""

    step: str
    step_at: Millis
    parked_at: Millis
    promised_at: Millis
    promise_due: bool
    """Whether the seat has been warned that the promise is due."""
    polite: bool
    """Whether the customer's last words only closed the talk politely."""
    consulted: str
    callback: bool
    marks: list[Mark]
    sends: Sends | None
    """None where the channel sets no limit."""


def standing(floor: Floor, session: Session, lang: Language) -> Standing:
    """How the session stands now."""
    _ = gettext_for(lang)
    due = session.silence if session.state in {"active", "parked"} else None
    promise = session.promise
    conversation = floor.conversations.get(session.customer)
    return Standing(
        step=_(STEPS[due.step]) if due else "",
        step_at=due.at if due else Millis(0),
        parked_at=session.parked_at if session.state == "parked" else Millis(0),
        promised_at=promise.due_at if promise else Millis(0),
        promise_due=promise is not None and promise.warned,
        polite=bool(session.set_aside_at) and session.last_by == "customer",
        consulted=seat_name(floor.site, session.consult.seat) if session.consult else "",
        callback=session.origin == "callback",
        marks=marks_of(conversation, lang),
        sends=sends_of(conversation, floor.site.rules, floor.at),
    )


def marks_of(conversation: Conversation | None, lang: Language) -> list[Mark]:
    """Every mark, with whether the customer bears it."""
    _ = gettext_for(lang)
    borne = conversation.marks if conversation else ()
    return [Mark(mark, _(words), _(SHORT_MARKS[mark]), mark in borne) for mark, words in MARKS.items()]


def sends_of(conversation: Conversation | None, rules: Rules, now: Millis) -> Sends | None:
    """What may still be sent to this customer: what their message allows, and a click or a scan on top of it."""
    if conversation is None or (conversation.allowance is None and conversation.brief is None):
        return None
    return Sends(
        words=_grant(conversation.allowance, rules.send_quota, now),
        extra=_grant(conversation.brief, rules.event_quota, now),
        window_s=rules.send_window_s,
    )


def _grant(allowance: Allowance | None, most: int, now: Millis) -> Grant:
    if allowance is None or allowance.until <= now:
        return Grant(0, most, Millis(0))
    return Grant(allowance.sends, most, allowance.until)
