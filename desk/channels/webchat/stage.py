"""How a visitor's conversation stands, in the words that their page knows: nobody yet, waiting, served and by whom."""

from typing import Any

from desk.names import seat_name
from sessions.floor import Floor
from sessions.ids import CustomerId


def stage_of(floor: Floor, customer: CustomerId) -> dict[str, Any]:
    """`idle`, `bot`, `waiting` or `served`; the last with who serves. A session is nothing that a visitor sees."""
    session = floor.live_session_of(customer)
    if session is None or session.state == "wrap_up":
        return {"is": "idle"}
    if session.state == "bot":
        return {"is": "bot"}
    if session.seat:
        return {"is": "served", "who": seat_name(floor.site, session.seat)}
    return {"is": "waiting"}
