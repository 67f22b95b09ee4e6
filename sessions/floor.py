"""The live state of a site: the facts, and what is derived from them for speed.

A pure fold of the ledger: nobody but `apply` writes here, and whoever folds the same events (engine, hub, standby,
replay) has the same floor. Waiting lines, the roster of open seats, compiled words and the timer heap are left out of
snapshots and rebuilt from the facts on restore.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

import msgspec

from routing.line import Waiting, WaitingLine
from routing.match import GroupDemand
from routing.roster import Roster
from routing.selfservice import Flow, Matcher
from routing.terms import GroupTerms, Limits
from routing.words import ClosingWords, normalised
from sessions.facts import Conversation, Facts, GroupFacts, Seat, Session
from sessions.ids import AccountId, CustomerId, GroupId, Millis, SeatId, SessionId
from sessions.settings import Group, Site
from sessions.timers import Timer, TimerKind, all_timers, session_timers, stands

KEYS_KEPT = 128
"""So many message identities a conversation remembers, to know repeats by."""
STALE_TIMERS_KEPT = 1_000
"""So many timers that stand for nothing any more may lie in the heap before it is made anew."""
ANSWERS_KEPT = 256
"""So many answered requests are remembered for each person."""
WIDEST_RING = 2
"""A further ring asks the customer, not more seats."""
UNKNOWN_GROUP = Group(id=GroupId(""), name="")
"""Stands for a group that is set up no longer, with every default."""


class Floor:
    """The facts, and the indices derived from them."""

    __slots__ = (
        "_timers_max",
        "clock",
        "closing_words",
        "facts",
        "fading",
        "give_up_words",
        "leave_message_words",
        "left_out",
        "lines",
        "matchers",
        "roster",
        "timers",
    )

    def __init__(self, facts: Facts | None = None) -> None:
        self.facts = facts or Facts()
        self.clock = self.facts.at  # how far time was told here, also when nothing happened: `step` keeps it
        self.lines: dict[GroupId, WaitingLine] = {}
        self.roster = Roster()
        self.matchers: dict[str, Matcher] = {}
        self.closing_words = ClosingWords(())
        self.give_up_words: frozenset[str] = frozenset()
        self.leave_message_words: frozenset[str] = frozenset()
        self.timers: list[Timer] = []
        self.left_out: frozenset[Timer] = frozenset()
        """Timers whose rule fails: they are not due here, whatever the facts say."""
        self.fading: list[tuple[Millis, CustomerId]] = []
        self._rebuild()

    # Reading.

    @property
    def at(self) -> Millis:
        """The instant of the last event."""
        return self.facts.at

    @property
    def site(self) -> Site:
        """The settings in force."""
        return self.facts.site

    @property
    def sessions(self) -> dict[SessionId, Session]:
        """Every session that is not closed."""
        return self.facts.sessions

    @property
    def seats(self) -> dict[SeatId, Seat]:
        """Every seat of the settings, signed in or not."""
        return self.facts.seats

    @property
    def conversations(self) -> dict[CustomerId, Conversation]:
        """Customers heard of lately."""
        return self.facts.conversations

    def live_session_of(self, customer: CustomerId) -> Session | None:
        """The customer's session that is not closed, if there is one."""
        conversation = self.facts.conversations.get(customer)
        return self.facts.sessions[conversation.session] if conversation and conversation.session else None

    def group(self, group: GroupId) -> Group:
        """The group's settings; every default for one that is set up no longer."""
        return self.site.groups.get(group, UNKNOWN_GROUP)

    def flow_of(self, account: AccountId) -> tuple[Flow, Matcher] | None:
        """The account's self-service, ready to be asked; None where it has none."""
        known = self.site.accounts.get(account)
        flow = self.site.flows.get(known.flow) if known else None
        return (flow, self.matchers[flow.id]) if flow else None

    def demand(self, group: GroupId) -> GroupDemand | None:
        """The group as the router sees it, or None when nobody waits there."""
        line = self.lines.get(group)
        if not line:
            return None
        return GroupDemand(group, line, self.group_facts_or_new(group).last_seat or "")

    def next_due_at(self) -> Millis | None:
        """When the next timer may be due; a stale one may stand before it, never the other way round."""
        return self.timers[0][0] if self.timers else None

    def due(self, now: Millis) -> Iterator[Timer]:
        """Timers due by `now`, oldest first, each once. Stale ones are dropped on the way."""
        while self.timers and self.timers[0][0] <= now:
            timer = heappop(self.timers)
            if stands(self.facts, timer) and timer not in self.left_out:
                yield timer

    # Writing: for `apply` alone.

    def arm(self, due_at: Millis, kind: TimerKind, whose: str) -> None:
        """Remember that something is due; the fact it stands for is set already. Disarmed by changing that fact.

        A floor that only follows the ledger fires nothing, so stale timers are swept out here too.
        """
        heappush(self.timers, (due_at, kind, whose))
        if len(self.timers) > self._timers_max:
            self._rebuild_timers()

    def arm_session(self, session: Session, *kinds: TimerKind) -> None:
        """Arm what is due for the session now, of these kinds."""
        for timer in session_timers(session):
            if timer[1] in kinds:
                self.arm(*timer)

    def enter_line(self, session: Session) -> None:
        """Stand in the group's waiting line."""
        queue = session.queue
        assert queue is not None, f"{session.id} does not queue"
        waiting = Waiting(
            sort_key=session.sort_key,
            session=session.id,
            excluded=session.excluded,
            ring=min(queue.ring, WIDEST_RING),
            exclusive=queue.exclusive or "",
            woken=queue.exclusive_why == "woken",
        )
        self.lines.setdefault(session.group, WaitingLine()).add(waiting)

    def leave_line(self, session: Session) -> None:
        """Leave the group's waiting line."""
        self.lines[session.group].remove(session.id)

    def group_facts(self, group: GroupId) -> GroupFacts:
        """What is remembered of the group."""
        return self.facts.groups.setdefault(group, GroupFacts())

    def group_facts_or_new(self, group: GroupId) -> GroupFacts:
        """What is remembered of the group, for reading alone."""
        return self.facts.groups.get(group) or GroupFacts()

    def refresh_settings(self) -> None:
        """Derive anew what follows from the settings: who serves what, and what words mean."""
        site = self.site
        self.roster = Roster(
            [_terms_of(group) for group in site.groups.values()],
            Limits(
                wake_reserve_percent=site.rules.wake_reserve_percent,
                fairness_sigma_percent=site.rules.fairness_sigma_percent,
            ),
            [seat.capacity for seat in self.facts.seats.values()],
        )
        self.matchers = {flow.id: Matcher(flow) for flow in site.flows.values()}
        self.closing_words = ClosingWords(site.closing_tokens)
        self.give_up_words = frozenset(map(normalised, site.give_up_words))
        self.leave_message_words = frozenset(map(normalised, site.leave_message_words))

    def forget_faded(self) -> None:
        """Drop conversations with nobody heard from for so long that nothing depends on them any more."""
        horizon = self.facts.at - self.site.rules.conversation_kept_s * 1000
        while self.fading and self.fading[0][0] <= horizon:
            was_at, customer = heappop(self.fading)
            conversation = self.facts.conversations.get(customer)
            if conversation is None or conversation.session or conversation.callback or conversation.marks:
                continue
            if conversation.last_at > was_at:
                heappush(self.fading, (conversation.last_at, customer))
            else:
                del self.facts.conversations[customer]

    def _rebuild(self) -> None:
        self.refresh_settings()
        for session in self.sessions.values():
            if session.state == "queued":
                self.enter_line(session)
        self._rebuild_timers()
        self.fading = [(each.last_at, each.customer) for each in self.conversations.values() if each.session is None]
        heapify(self.fading)

    def _rebuild_timers(self) -> None:
        self.timers = list(all_timers(self.facts))
        heapify(self.timers)
        self._timers_max = 2 * len(self.timers) + STALE_TIMERS_KEPT


def _terms_of(group: Group) -> GroupTerms:
    return GroupTerms(
        group=group.id,
        required_level=group.required_level,
        soft_cap=group.soft_cap,
        policy=group.policy,
        cold_weight=group.cold_weight_percent / 100,
        overflow_groups=group.rings.overflow_groups,
    )


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Facts)


def freeze(floor: Floor) -> bytes:
    """The floor as a snapshot."""
    return _encoder.encode(floor.facts)


def thaw(snapshot: bytes) -> Floor:
    """The floor that `freeze` wrote; raises `msgspec.ValidationError` for anything else."""
    return Floor(_decoder.decode(snapshot))
