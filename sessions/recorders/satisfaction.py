"""What customers were asked about a session that is over, and what they said."""

from msgspec.structs import replace

from sessions import events as ev
from sessions.facts import Asked
from sessions.floor import Floor
from sessions.recorders import records
from sessions.recorders.parts import conversation_with, hear


@records(ev.SatisfactionAsked)
def _(floor: Floor, event: ev.SatisfactionAsked) -> None:
    conversation_with(floor, event.customer).asked = Asked(
        session=event.session, case=event.case, seat=event.seat, until=event.until
    )


@records(ev.SatisfactionRated)
def _(floor: Floor, event: ev.SatisfactionRated) -> None:
    conversation = conversation_with(floor, event.customer)
    if event.key:
        hear(floor, event.customer, event.key, event.sent_at)
    if conversation.asked and conversation.asked.session == event.session:
        conversation.asked = replace(conversation.asked, stars=event.stars)
