"""How a site is set up: accounts, skill groups, seats, hours, self-service, and the rules' numbers.

Settings are edited in SQL and reach the engine as one command; from then on they are part of the floor, so
every decision in the ledger can be explained by the settings in force when it was made. Defaults are the
domain standard's.
"""

from typing import Literal

from msgspec import field

from routing.hours import Calendar
from routing.policies import Policy
from routing.selfservice import Flow
from sessions.ids import HARD_CAP, AccountId, GroupId, SeatId, UserId
from sessions.records import Record


class Account(Record):
    """`channel` names the adapter that carries its messages: `wechat` or `webchat`. `flow` names its self-service."""

    id: AccountId
    name: str
    default_group: GroupId
    channel: str = "wechat"
    flow: str = ""


class Step(Record):
    """A step of the silence ladder: so long after the seat last spoke, on the clock, or in working hours only."""

    after_s: int
    working_hours: bool = False


class Ladder(Record):
    """What happens when the customer goes quiet; every step is optional, and each fires once in a silence.

    `remind` says a word, `park` frees the slot, `soft_end` closes so that a message soon after continues the case.
    `hard_end_before_s` closes that long before the channel's window shuts, and no later where it has none. Parking
    after two minutes keeps the slot time of the silent below 5 %, after ten it is 23 % (docs/routing.md); a reminder
    spends a send, so it is asked for.
    """

    remind: Step | None = None
    park: Step | None = Step(after_s=120)
    soft_end: Step | None = Step(after_s=1800)
    hard_end_before_s: int | None = 3600


class Rings(Record):
    """How the circle of seats widens with the wait, in seconds since it queued; None leaves a ring out."""

    level_down_s: int | None = 30
    overflow_s: int | None = 60
    overflow_groups: tuple[GroupId, ...] = ()
    leave_message_s: int | None = 120


WhenFull = Literal["overflow", "leave_message", "busy"]
"""What becomes of a customer for whom the line is too long: another group, a message left, or an honest no."""


class Manners(Record):
    """How a group treats who waits. 0 leaves a limit or a notice out."""

    length_max: int = 0
    wait_max_s: int = 0
    when_full: WhenFull = "leave_message"
    tell_after_s: int = 5
    tell_every_s: int = 120
    tell_max: int = 3
    drain_min: int = 15
    """So long after closing time those in line are still served."""


WhenToAsk = Literal["off", "answered", "always"]
"""After which of the sessions that a seat had their customer is asked to rate them: none, where it spoke, all."""


class Satisfaction(Record):
    """Whether customers are asked what they think of a session, and how long an answer counts."""

    ask: WhenToAsk = "off"
    valid_s: int = 24 * 3600


class Dispositions(Record):
    """What a session can have been about, as wrap-up asks it; without `choices` in words of one's own."""

    choices: tuple[str, ...] = ()
    required: bool = False


FieldKind = Literal["text", "select", "date"]


class CustomerField(Record):
    """Something to know of every customer that the desk has no word for; `options` are a select's."""

    id: str
    label: str
    kind: FieldKind = "text"
    options: tuple[str, ...] = ()


class Group(Record):
    """A skill group. `required_level` is the least skill level that may serve it; `calendar` is its hours."""

    id: GroupId
    name: str
    name_en: str = ""
    required_level: int = 1
    soft_cap: int = HARD_CAP
    """Seats that are busier than this get no new offers of this group, whatever their own soft cap is."""
    policy: Policy = "shortest_reply"
    calendar: str = ""
    rings: Rings = Rings()
    ladder: Ladder = Ladder()
    manners: Manners = Manners()
    satisfaction: Satisfaction = Satisfaction()
    dispositions: Dispositions = Dispositions()
    merge_window_s: int = 1800
    sticky_window_s: int = 72 * 3600
    sticky_wait_s: int = 30
    """How long the customer's last seat alone is asked, where it has room."""
    wake_wait_s: int = 30
    """How long a woken session waits for its owner alone, where they are at work and have no room."""
    auto_accept: bool = False
    """What the line sends to a seat is accepted there at once; a colleague's hand-over still rings."""
    cooling_s: int = 240
    """So long after our answer an open chat still weighs a whole one."""
    cold_weight_percent: int = 20


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
    vip_points: int = 5
    complaint_points: int = 5
    returning_points: int = 2
    returning_window_s: int = 24 * 3600
    transfer_points: int = 3
    missed_points: int = 1
    wake_reserve_percent: int = 15
    """Of a seat's parked sessions, so many are expected to wake in the next minutes: new offers leave them room."""
    fairness_sigma_percent: int = 200
    """A seat that has this many standard deviations more attention to give than its group's mean loses ties."""
    promise_warn_s: int = 300
    promise_wake_s: int = 120
    send_quota: int = 5
    send_window_s: int = 48 * 3600
    event_quota: int = 3
    event_window_s: int = 60
    typing_every_s: int = 15
    """So often at most a customer is shown that a seat is typing to them; 0: never."""
    quota_reserve: int = 2
    """So many sends are left for the seat: automatic words stop before."""
    queued_max: int = 5000
    """With more in all lines together, new customers are told that the desk is busy."""
    bot_idle_s: int = 600
    leave_message_idle_s: int = 120
    intent_kept_s: int = 1800
    callback_after_s: int = 900
    """A message that was left in working hours is come back to after this."""


CLOSING_TOKENS = (
    *("好", "好的", "好滴", "好哒", "好吧", "行", "嗯", "嗯嗯", "哦", "哦哦", "ok", "okay", "收到", "明白", "明白了"),
    *("知道了", "了解", "了解了", "谢谢", "谢谢你", "谢谢您", "多谢", "感谢", "辛苦了", "好的谢谢", "没事了", "没有了"),
    *("谢谢啦", "好的哈", "好嘞", "不用了", "不用了谢谢", "哈哈"),
    *("再见", "拜拜", "thanks", "thank you", "thx", "bye", "【收到不支持的消息类型，暂无法显示】"),
)
"""Words that end a talk politely and ask for nothing; the last is what WeChat sends us for a sticker."""


class Site(Record):
    """Everything that is set up, as one value with a version."""

    version: int = 0
    accounts: dict[AccountId, Account] = field(default_factory=dict)
    groups: dict[GroupId, Group] = field(default_factory=dict)
    seats: dict[SeatId, SeatPlan] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    rules: Rules = Rules()
    texts: dict[str, str] = field(default_factory=dict)
    """What the desk itself says to customers, by notice kind; missing ones fall back to `sessions.notices`."""
    customer_fields: tuple[CustomerField, ...] = ()
    closing_tokens: tuple[str, ...] = CLOSING_TOKENS
    give_up_words: tuple[str, ...] = ("0",)
    """With one of these a customer leaves the line."""
    leave_message_words: tuple[str, ...] = ("1",)
    """With one of these a customer who has been offered it leaves a message instead of waiting."""
    successors: dict[SeatId, SeatId] = field(default_factory=dict)
    """Who inherits the customers of a seat that is no more."""
