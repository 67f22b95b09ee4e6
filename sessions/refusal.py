"""Saying no: a command that may not take effect, and why.

Codes are stable and language-free; the edges put them into words.
"""


class Refused(Exception):  # noqa: N818 - it names what happened to the command
    """The command has no effect. `field` names the offending argument, `detail` a value worth showing."""

    def __init__(self, code: str, *, field: str = "", detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.detail = detail


REFUSALS = {
    "no_seat": "the person has no seat of their own",
    "seat_unknown": "no such seat is set up",
    "seat_taken": "another person is signed in at the seat",
    "seat_away": "the other seat takes no sessions now",
    "seat_full": "the seat has ten sessions",
    "same_seat": "the session is at that seat already",
    "not_signed_in": "the seat is not signed in",
    "sessions_open": "the seat still has sessions",
    "presence_invalid": "no such presence can be chosen",
    "reason_missing": "a break needs its reason",
    "offer_gone": "the offer timed out, was taken back or was never made",
    "session_unknown": "no such session is live",
    "session_not_with_bot": "the session is not in self-service any more",
    "not_your_group": "the seat does not serve the session's group",
    "own_seat_full": "the seat that asks has ten sessions",
    "session_not_active": "the session is not in service",
    "session_not_in_wrap_up": "the session was not hung up",
    "not_your_session": "another seat has the session",
    "group_unknown": "no such skill group is set up",
    "target_missing": "a transfer names one target, a group or a seat",
    "transfer_pending": "the session is being handed over",
    "too_many_hops": "the session was handed over too often",
    "text_empty": "there is nothing to send",
    "session_not_parked": "the session is not parked",
    "reply_due": "the customer waits for a reply: answer, promise one, or say that none is needed",
    "session_parked": "the session is parked: resume it first",
    "promise_past": "an answer can be promised for a later time only",
    "promise_too_late": "the channel's window shuts before an answer could be sent",
    "consult_pending": "a colleague is being consulted already",
    "no_consult": "nobody is being consulted",
    "recall_too_late": "the message cannot be taken back: the channel has it, or it never left",
    "resend_unneeded": "the message has not failed, or was sent again already",
    "quota_spent": "the customer was sent as many messages as the channel allows until they write again",
    "window_shut": "the customer wrote too long ago for the channel to take another message",
    "disposition_missing": "the group wants to know what the session was about",
    "disposition_unknown": "the group has no such disposition",
    "profile_unread": "what is kept of the customer has not been read yet",
    "profile_changed": "somebody has changed the same since",
    "value_too_long": "what is written down is too long",
    "value_invalid": "the value does not fit its field",
    "too_many_tags": "a customer has so many tags at most",
    "field_unknown": "customers have no such field",
}
"""Every code the core refuses with, and what it means."""
