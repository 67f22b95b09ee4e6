"""How a visitor's conversation stands, in the words that their page knows: nobody yet, waiting, served and by whom."""

from typing import Any

from desk.names import seat_name
from sessions.floor import Floor
from sessions.ids import CustomerId


def stage_of(floor: Floor, customer: CustomerId) -> dict[str, Any]:
    """`idle`, `bot`, `waiting` or `served`, the last with `who` serves. A session is nothing that a visitor sees.

    `asked`: the session that they may rate now, and how they did so far.
    """
    asked = _asked(floor, customer)
    session = floor.live_session_of(customer)
    if session is None or session.state == "wrap_up":
        return {"is": "idle", **asked}
    if session.state == "bot":
        return {"is": "bot", **asked}
    if session.seat:
        return {"is": "served", "who": seat_name(floor.site, session.seat), **asked}
    return {"is": "waiting", **asked}


def _asked(floor: Floor, customer: CustomerId) -> dict[str, Any]:
    conversation = floor.conversations.get(customer)
    asked = conversation.asked if conversation else None
    if asked is None or floor.at >= asked.until:
        return {}
    return {"asked": {"session": asked.session, "stars": asked.stars}}
