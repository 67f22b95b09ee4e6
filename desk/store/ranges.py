"""How small and how large each number of the settings may be: asked by the check and shown by the forms.

Zero is allowed where the core takes it for "never" or "none". The upper ends are far beyond what makes sense and
exist so that a slip of the finger (seconds typed as milliseconds) is noticed.
"""

from typing import NamedTuple

from sessions.ids import HARD_CAP

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
NAME_LENGTH_MAX = 40
TEXT_LENGTH_MAX = 600
"""What the desk says, in characters; what WeChat takes is counted in bytes, beside this."""
PHRASES_MAX = 50
WORDS_MAX = 300
LEVEL_MAX = 10
CUSTOMER_FIELDS_MAX = 20
CHOICES_MAX = 200
"""Dispositions of a group, options of a customer's field."""


class Range(NamedTuple):
    """Both ends are allowed."""

    least: int
    most: int


GROUP_RANGES: dict[str, Range] = {
    "required_level": Range(1, LEVEL_MAX),
    "soft_cap": Range(1, HARD_CAP),
    "rings.level_down_s": Range(0, HOUR_S),
    "rings.overflow_s": Range(0, HOUR_S),
    "rings.leave_message_s": Range(0, DAY_S),
    "ladder.remind.after_s": Range(10, 2 * DAY_S),
    "ladder.park.after_s": Range(10, 2 * DAY_S),
    "ladder.soft_end.after_s": Range(10, 2 * DAY_S),
    "ladder.hard_end_before_s": Range(60, DAY_S),
    "manners.length_max": Range(0, 100_000),
    "manners.wait_max_s": Range(0, DAY_S),
    "manners.tell_after_s": Range(0, HOUR_S),
    "manners.tell_every_s": Range(0, HOUR_S),
    "manners.tell_max": Range(0, 20),
    "manners.drain_min": Range(0, 600),
    "satisfaction.valid_s": Range(HOUR_S, 3 * DAY_S),
    "merge_window_s": Range(0, 7 * DAY_S),
    "sticky_window_s": Range(0, 30 * DAY_S),
    "sticky_wait_s": Range(0, 600),
    "wake_wait_s": Range(0, 600),
    "cooling_s": Range(0, HOUR_S),
    "cold_weight_percent": Range(0, 100),
}
"""By the dotted path in `sessions.settings.Group`."""

RULE_RANGES: dict[str, Range] = {
    "offer_timeout_s": Range(1, HOUR_S),
    "rona_limit": Range(1, 100),
    "reject_cooldown_s": Range(0, HOUR_S),
    "seat_grace_s": Range(1, HOUR_S),
    "hub_silent_s": Range(1, HOUR_S),
    "wrap_block_s": Range(0, HOUR_S),
    "wrap_max_s": Range(1, DAY_S),
    "transfer_hops_max": Range(1, 100),
    "text_length_max": Range(1, 10_000),
    "conversation_kept_s": Range(HOUR_S, 30 * DAY_S),
    "utc_offset_min": Range(-720, 840),
    "vip_points": Range(0, 100),
    "complaint_points": Range(0, 100),
    "returning_points": Range(0, 100),
    "returning_window_s": Range(0, 30 * DAY_S),
    "transfer_points": Range(0, 100),
    "missed_points": Range(0, 100),
    "wake_reserve_percent": Range(0, 100),
    "fairness_sigma_percent": Range(0, 1000),
    "promise_warn_s": Range(0, DAY_S),
    "promise_wake_s": Range(0, DAY_S),
    "send_quota": Range(0, 1000),
    "send_window_s": Range(HOUR_S, 30 * DAY_S),
    "event_quota": Range(0, 1000),
    "event_window_s": Range(1, DAY_S),
    "typing_every_s": Range(0, 60),
    "quota_reserve": Range(0, 100),
    "queued_max": Range(1, 1_000_000),
    "bot_idle_s": Range(MINUTE_S, DAY_S),
    "leave_message_idle_s": Range(10, HOUR_S),
    "intent_kept_s": Range(0, DAY_S),
    "callback_after_s": Range(0, DAY_S),
}
"""By the name in `sessions.settings.Rules`."""

FLOW_RANGES: dict[str, Range] = {
    "unmatched_max": Range(0, 10),
    "answer_share": Range(0, 100),
    "priority": Range(0, 100),
}
