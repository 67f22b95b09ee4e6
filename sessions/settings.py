"""How a site is set up: accounts, skill groups, seats, and the rules' numbers.

Settings are edited in SQL and reach the engine as one command; from then on they are part of the floor, so
every decision in the ledger can be explained by the settings in force when it was made. Defaults are the
domain standard's.
"""

from msgspec import field

from sessions.ids import AccountId, GroupId, SeatId, UserId
from sessions.records import Record


class Account(Record):
    """`channel` names the adapter that carries its messages: `wechat` or `webchat`."""

    id: AccountId
    name: str
    default_group: GroupId
    channel: str = "wechat"


class Group(Record):
    """A skill group. `required_level` is the least skill level that may serve it."""

    id: GroupId
    name: str
    name_en: str = ""
    required_level: int = 1


class SeatPlan(Record):
    """A place of work: who sits at it, which groups it serves and how well, and its soft cap for new offers."""

    id: SeatId
    name: str
    agent: UserId
    skills: dict[GroupId, int] = {}
    soft_cap: int = 6


class Rules(Record):
    """Numbers of the session rules. The hard cap is no setting: ten is ten."""

    offer_timeout_s: int = 20
    rona_limit: int = 2
    reject_cooldown_s: int = 10
    seat_grace_s: int = 60
    hub_silent_s: int = 15
    wrap_block_s: int = 30
    wrap_max_s: int = 300
    transfer_hops_max: int = 5
    text_length_max: int = 600
    conversation_kept_s: int = 72 * 3600
    utc_offset_min: int = 480


class Site(Record):
    """Everything that is set up, as one value with a version."""

    version: int = 0
    accounts: dict[AccountId, Account] = field(default_factory=dict)
    groups: dict[GroupId, Group] = field(default_factory=dict)
    seats: dict[SeatId, SeatPlan] = field(default_factory=dict)
    rules: Rules = Rules()
    texts: dict[str, str] = field(default_factory=dict)
    """What the desk itself says to customers, by notice kind; missing ones fall back to `sessions.notices`."""
