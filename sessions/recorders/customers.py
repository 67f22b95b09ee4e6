"""What customers do: they write, they click, they are marked."""

from heapq import heappush

from sessions import events as ev
from sessions.content import Unfollowed
from sessions.facts import Intent, Profile, SelfService, Session
from sessions.floor import Floor
from sessions.recorders import records, transcript_only
from sessions.recorders.parts import conversation_with, count_message, hear, set_turn, show_last
from sessions.recorders.site import count_from


@records(ev.SessionOpened)
def _(floor: Floor, event: ev.SessionOpened) -> None:
    count_from(floor, event.session)
    floor.sessions[event.session] = Session(
        id=event.session,
        customer=event.customer,
        account=event.account,
        group=event.group,
        case=event.case,
        state="bot",
        opened_at=event.at,
        origin=event.origin,
        previous=event.previous,
        led_by=event.led_by,
    )
    conversation = conversation_with(floor, event.customer)
    conversation.session = event.session
    conversation.case = event.case
    if event.origin == "callback":
        conversation.callback = None


@records(ev.MessageReceived)
def _(floor: Floor, event: ev.MessageReceived) -> None:
    conversation = hear(floor, event.customer, event.key, event.sent_at)
    conversation.messages += 1
    conversation.allowance = event.allowance
    session = floor.sessions.get(event.session)
    if session is None:  # a polite word after the end
        return
    if event.turn_began:
        set_turn(floor, session, "seat", event.at)
        session.silence = None
        session.unread = 0  # polite words before were no question
    elif session.turn == "seat":
        session.turn_last_at = event.at
    if event.closing and session.turn == "customer" and not session.set_aside_at:
        session.set_aside_at = event.at
    if event.silence:
        session.silence = event.silence
        floor.arm_session(session, "silence")
    if session.reaction == "awaited":
        session.reaction = "had"
    session.messages += 1
    session.unread += 1
    show_last(session, event.content, event.at, "customer")
    if event.idle_at:
        session.bot = session.bot or SelfService(idle_at=event.idle_at)
        session.bot.idle_at = event.idle_at
        floor.arm_session(session, "idle")


@records(ev.MessageRefused)
def _(floor: Floor, event: ev.MessageRefused) -> None:
    conversation = hear(floor, event.customer, event.key, event.sent_at)
    if event.allowance:
        conversation.allowance = event.allowance
    count_message(floor, event.customer, event.session)


@records(ev.CustomerEventRecorded)
def _(floor: Floor, event: ev.CustomerEventRecorded) -> None:
    conversation = hear(floor, event.customer, event.key, event.sent_at)
    if event.allowance:
        conversation.brief = event.allowance
        if isinstance(event.event, Unfollowed):
            conversation.allowance = event.allowance


@records(ev.CustomerMarked)
def _(floor: Floor, event: ev.CustomerMarked) -> None:
    conversation = conversation_with(floor, event.customer)
    others = tuple(mark for mark in conversation.marks if mark != event.mark)
    conversation.marks = (*others, event.mark) if event.on else others
    session = floor.sessions.get(event.session) if event.session else None
    if session:
        session.priority = event.priority
    if conversation.session is None:
        heappush(floor.fading, (conversation.last_at, event.customer))


@records(ev.CustomerDescribed)
def _(floor: Floor, event: ev.CustomerDescribed) -> None:
    conversation = conversation_with(floor, event.customer)
    before = conversation.profile or Profile()
    touched = dict(before.touched) | dict.fromkeys(event.changed, event.revision)
    conversation.profile = Profile(
        remark=before.remark if event.remark is None else event.remark,
        tags=before.tags if event.tags is None else event.tags,
        revision=event.revision,
        touched=tuple(touched.items()),
    )


@records(ev.CustomerRemembered)
def _(floor: Floor, event: ev.CustomerRemembered) -> None:
    conversation_with(floor, event.customer).profile = Profile(
        remark=event.remark, tags=event.tags, revision=event.revision, touched=event.touched
    )


@records(ev.IntentNoted)
def _(floor: Floor, event: ev.IntentNoted) -> None:
    conversation = conversation_with(floor, event.customer)
    conversation.intent = Intent(event.group, event.priority, event.until, event.rule)
    if conversation.session:
        floor.sessions[conversation.session].led_by = event.rule


@records(ev.FlowAnswered)
def _(floor: Floor, event: ev.FlowAnswered) -> None:
    conversation_with(floor, event.customer).menu = event.menu
    session = floor.sessions.get(event.session) if event.session else None
    if session:
        session.led_by = event.rule
    if session and session.bot:
        session.bot.unmatched = 0


@records(ev.PhraseUnmatched)
def _(floor: Floor, event: ev.PhraseUnmatched) -> None:
    session = floor.sessions[event.session]
    if session.bot:
        session.bot.unmatched += 1


@records(ev.MediaStored)
def _(floor: Floor, event: ev.MediaStored) -> None:
    session = floor.sessions.get(event.session)
    if session and event.message == f"{session.id}.{session.last_number}":
        session.last_length_ms = event.duration_ms or session.last_length_ms


for _kind in (ev.MediaRejected, ev.NoteAdded, ev.SeatMentioned):
    transcript_only(_kind)
