"""From a browser's frame to a command: what is understood, and how the rest is refused."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from desk import frames, verbs
from desk.errors import UserError
from desk.media import MediaStore
from desk.web_session import Identity
from sessions import commands as cmd
from sessions.content import Image, Text, Voice
from sessions.ids import MediaKey, Millis, Role, SeatId, UserId
from tests import recordings


def person(role: Role = "agent", sign_in_id: str = "door") -> Identity:
    return Identity(
        user=UserId("user-s1"),
        name="王芳",
        role=role,
        seat=SeatId("s1"),
        lang="zh",
        csrf="",
        sign_in_id=sign_in_id,
        created_at=Millis(0),
    )


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path)


def command(store: MediaStore, **frame: Any) -> cmd.AgentCommand:
    return verbs.to_command(verbs.parse(json.dumps({"id": "1", **frame})), person(), "request", store)


def refusal(text: str | dict[str, Any]) -> UserError:
    with pytest.raises(UserError) as caught:
        verbs.parse(text if isinstance(text, str) else json.dumps(text))
    return caught.value


SESSION = {"session": "20261123-0001"}
"""What most verbs are about."""


@pytest.mark.parametrize(
    ("frame", "kind", "fields"),
    [
        ({"do": "sign_in_seat"}, cmd.SignInSeat, {"presence": "available"}),
        ({"do": "sign_in_seat", "presence": "busy"}, cmd.SignInSeat, {"presence": "busy"}),
        ({"do": "sign_out_seat"}, cmd.SignOutSeat, {}),
        (
            {"do": "set_presence", "presence": "break", "reason": "meal"},
            cmd.SetPresence,
            {"presence": "break", "reason": "meal"},
        ),
        ({"do": "accept", **SESSION}, cmd.Accept, SESSION),
        ({"do": "reject", **SESSION}, cmd.Reject, SESSION),
        ({"do": "send", "text": "您好", **SESSION}, cmd.Send, {"content": Text(text="您好"), **SESSION}),
        (
            {"do": "send", "text": "您好", "canned": ["hello", "bye", "hello"], **SESSION},
            cmd.Send,
            {"canned": ("hello", "bye")},
        ),
        ({"do": "note", "text": "calls often", **SESSION}, cmd.Note, {"text": "calls often", "mentions": ()}),
        ({"do": "note", "text": "@李", "mentions": ["s2"], **SESSION}, cmd.Note, {"mentions": ("s2",)}),
        ({"do": "transfer", "to_group": "bills", **SESSION}, cmd.Transfer, {"to_group": "bills", "to_seat": None}),
        ({"do": "transfer", "to_seat": "s2", "note": "x", **SESSION}, cmd.Transfer, {"to_seat": "s2", "note": "x"}),
        ({"do": "hang_up", **SESSION}, cmd.HangUp, SESSION),
        ({"do": "wrap_up", "disposition": "bill", "remark": "paid", **SESSION}, cmd.WrapUp, {"remark": "paid"}),
        (
            {"do": "sign_out_seat", "hand_over": True, "note": "all calm", "notes": {"20261123-0001": "angry"}},
            cmd.SignOutSeat,
            {"hand_over": True, "note": "all calm", "notes": {"20261123-0001": "angry"}},
        ),
        ({"do": "park", **SESSION}, cmd.Park, SESSION),
        ({"do": "promise", "due_at": 5, **SESSION}, cmd.Promise, {"due_at": 5, "text": "", **SESSION}),
        ({"do": "promise", "due_at": 5, "text": "三点前", **SESSION}, cmd.Promise, {"text": "三点前"}),
        ({"do": "resume", **SESSION}, cmd.Resume, SESSION),
        ({"do": "set_turn", "turn": "seat", **SESSION}, cmd.SetTurn, {"turn": "seat", **SESSION}),
        ({"do": "mark_customer", "mark": "vip", **SESSION}, cmd.MarkCustomer, {"mark": "vip", "on": True, **SESSION}),
        ({"do": "mark_customer", "mark": "complaint", "on": False, **SESSION}, cmd.MarkCustomer, {"on": False}),
        (
            {
                "do": "describe_customer",
                "revision": 3,
                "remark": "王女士",
                "tags": ["VIP"],
                "fields": {"a": "b"},
                **SESSION,
            },
            cmd.DescribeCustomer,
            {"revision": 3, "remark": "王女士", "phone": None, "tags": ("VIP",), "fields": {"a": "b"}, **SESSION},
        ),
        (
            {"do": "consult", "to_seat": "s2", "text": "waive it?", **SESSION},
            cmd.Consult,
            {"to_seat": "s2", "text": "waive it?", **SESSION},
        ),
        ({"do": "consult_say", "text": "yes", **SESSION}, cmd.ConsultSay, {"text": "yes", **SESSION}),
        ({"do": "end_consult", **SESSION}, cmd.EndConsult, SESSION),
    ],
    ids=lambda value: value.get("do", "") if isinstance(value, dict) else "",
)
def test_a_verb_becomes_its_command(
    store: MediaStore, frame: dict[str, Any], kind: type[cmd.AgentCommand], fields: dict[str, Any]
) -> None:
    made = command(store, **frame)
    assert type(made) is kind
    assert {name: getattr(made, name) for name in fields} == fields
    assert made.actor == cmd.Actor(user=UserId("user-s1"), role="agent", request="request", seat=SeatId("s1"))


def test_everything_that_an_agent_may_ask_has_its_frame() -> None:
    commands = {kind.__struct_config__.tag for kind in get_args(cmd.AgentCommand)}
    assert commands | {"draft", "look", "ping", "typing"} == frames.VERBS, "and what is no command"


@pytest.mark.anyio
async def test_a_file_from_the_store_is_sent_as_what_it_is(store: MediaStore) -> None:
    image, voice = await store.put(recordings.picture()), await store.put(recordings.voice("amr"))
    sent = [command(store, do="send", media=each.media, **SESSION) for each in (image, voice)]
    contents = [each.content for each in sent if isinstance(each, cmd.Send)]
    assert contents == [Image(media=image.media, mime="image/png"), Voice(media=voice.media, mime=voice.mime)]


@pytest.mark.anyio
async def test_what_wechat_takes_from_nobody_is_not_sent_on(store: MediaStore) -> None:
    for content in (recordings.bitmap(), recordings.video()):
        stored = await store.put(content)
        with pytest.raises(UserError) as caught:
            command(store, do="send", media=stored.media, **SESSION)
        assert (caught.value.code, caught.value.field) == ("media_type_refused", "media")


def test_a_media_key_is_a_name_in_the_store_and_no_path(store: MediaStore) -> None:
    assert store.stat(MediaKey("../" * 20)) is None


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({}, "argument_invalid", "text"),
        ({"text": "x", "media": "aa.jpg"}, "argument_invalid", "text"),
        ({"text": "字" * 683}, "text_too_long", "text"),
        ({"media": "0" * 64}, "media_unknown", "media"),
        ({"media": "../../etc/passwd"}, "media_unknown", "media"),
    ],
)
def test_what_cannot_be_sent_is_said(store: MediaStore, arguments: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(UserError) as caught:
        command(store, do="send", **SESSION, **arguments)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    "canned", ["hello", ["x"] * 9, [""], ["a b"], ["a\0b"], ["x" * 33], ["hello\n"], ["我"], [7], [None], {"a": 1}]
)
def test_canned_replies_are_named_by_ids_and_by_nothing_else(canned: Any) -> None:
    error = refusal({"id": "1", "do": "send", "text": "x", "canned": canned, **SESSION})
    assert (error.code, error.field) == ("argument_invalid", "canned")


def test_the_longest_text_that_wechat_takes_may_be_sent(store: MediaStore) -> None:
    made = command(store, do="send", text="字" * 682 + "ab", **SESSION)
    assert isinstance(made, cmd.Send)


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"do": "note", "text": "x" * 2001, **SESSION}, "text"),
        ({"do": "wrap_up", "remark": "x" * 2001, **SESSION}, "remark"),
        ({"do": "wrap_up", "disposition": "x" * 2001, **SESSION}, "disposition"),
        ({"do": "transfer", "note": "x" * 2001, "to_seat": "s2", **SESSION}, "note"),
        ({"do": "set_presence", "presence": "break", "reason": "x" * 2001}, "reason"),
        ({"do": "promise", "due_at": 5, "text": "字" * 683, **SESSION}, "text"),
        ({"do": "consult", "to_seat": "s2", "text": "x" * 2001, **SESSION}, "text"),
        ({"do": "consult_say", "text": "x" * 2001, **SESSION}, "text"),
        ({"do": "sign_out_seat", "note": "x" * 2001}, "note"),
        ({"do": "sign_out_seat", "notes": {"20261123-0001": "x" * 2001}}, "notes"),
    ],
)
def test_remarks_have_an_end(store: MediaStore, frame: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError) as caught:
        command(store, **frame)
    assert (caught.value.code, caught.value.field) == ("text_too_long", field)


@pytest.mark.parametrize("role", ["supervisor", "inspector", "admin"])
def test_an_agents_verbs_are_for_agents(store: MediaStore, role: Role) -> None:
    with pytest.raises(UserError) as caught:
        verbs.to_command(verbs.parse('{"id":"1","do":"sign_in_seat"}'), person(role), "request", store)
    assert (caught.value.code, caught.value.status) == ("forbidden", 403)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        '"x"',
        "null",
        "{",
        '{"id":"1"',
        "{}{}",
        '{"id":"\\ud800","do":"ping"}',
        "[" * 60_000,
        '{"a":' * 12_000,
        '{"id":"1","do":"ping","x":' + "[" * 50_000,
        '{"id":NaN}',
    ],
    ids=lambda text: f"{text[:20]}-{len(text)}",
)
def test_what_is_no_json_object_is_a_bad_frame(text: str) -> None:
    assert refusal(text).code == "bad_frame"
    assert verbs.client_id(text) is None


@pytest.mark.parametrize("verb", ["", "dance", "Accept", "take_over", 7, None, ["accept"], {"accept": 1}])
def test_a_verb_that_we_do_not_know_is_named(verb: Any) -> None:
    wrong = refusal({"id": "1", "do": verb})
    assert (wrong.code, wrong.field) == ("verb_unknown", "do")


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"id": "1", "do": "accept"}, "session"),
        ({"id": "1", "do": "accept", "session": 7}, "session"),
        ({"id": "1", "do": "accept", "session": None}, "session"),
        ({"id": "1", "do": "accept", "session": ["x"]}, "session"),
        ({"id": "1", "do": "accept", "session": "x" * 65}, "session"),
        ({"id": "1", "do": "accept", "force": True, **SESSION}, "force"),
        ({"id": "1", "do": "set_presence", "presence": "asleep"}, "presence"),
        ({"id": "1", "do": "set_presence"}, "presence"),
        ({"id": "1", "do": "transfer", "to_seat": "x" * 65, **SESSION}, "to_seat"),
        ({"id": "1", "do": "send", "media": "x" * 101, **SESSION}, "media"),
        ({"id": "1", "do": "send", "text": {"a": 1}, **SESSION}, "text"),
        ({"id": "1", "do": "promise", **SESSION}, "due_at"),
        ({"id": "1", "do": "promise", "due_at": -1, **SESSION}, "due_at"),
        ({"id": "1", "do": "promise", "due_at": 10**15, **SESSION}, "due_at"),
        ({"id": "1", "do": "promise", "due_at": "15:00", **SESSION}, "due_at"),
        ({"id": "1", "do": "set_turn", "turn": "nobody", **SESSION}, "turn"),
        ({"id": "1", "do": "mark_customer", "mark": "rich", **SESSION}, "mark"),
        ({"id": "1", "do": "sign_out_seat", "notes": {"x": 1}}, "notes"),
        ({"id": "1", "do": "sign_out_seat", "notes": {f"{n}": "" for n in range(501)}}, "notes"),
        ({"do": "ping"}, "id"),
        ({"id": "", "do": "ping"}, "id"),
        ({"id": "x" * 65, "do": "ping"}, "id"),
        ({"id": 7, "do": "ping"}, "id"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else value,
)
def test_a_wrong_argument_is_named(frame: dict[str, Any], field: str) -> None:
    wrong = refusal(frame)
    assert (wrong.code, wrong.field) == ("argument_invalid", field)
    assert len(wrong.message("zh")) < 300
    assert len(wrong.message("en")) < 300


def test_even_a_refused_frame_can_be_told_apart() -> None:
    assert verbs.client_id('{"id":"9","do":"dance"}') == "9"
    assert verbs.client_id('{"id":9,"do":"dance"}') is None
    assert verbs.client_id(json.dumps({"id": "x" * 65, "do": "dance"})) is None


def test_a_request_is_known_again_by_who_asked_and_what() -> None:
    frame = verbs.parse('{"id":"1","do":"sign_out_seat","notes":{"a":"x","b":"y"}}')
    known = verbs.request_key(person(), frame)
    assert verbs.request_key(person(), frame) == known
    for other in ('{"id":"1","do":"sign_in_seat"}', '{"id":"1","do":"sign_out_seat","notes":{"a":"y","b":"x"}}'):
        assert verbs.request_key(person(), verbs.parse(other)) != known
    assert verbs.request_key(person(sign_in_id="another door"), frame) != known


@pytest.mark.parametrize(
    "spelled",
    [
        '{"notes":{"b":"y","a":"x"},"do":"sign_out_seat","id":"1"}',
        ' { "id" : "1", "do" : "sign_out_seat", "notes" : { "a" : "x", "b" : "\\u0079" } }',
        '{"id":"1","do":"sign_out_seat","notes":{"a":"x","b":"y"},"note":"","hand_over":false}',
    ],
)
def test_a_request_is_known_again_however_it_is_spelled(spelled: str) -> None:
    known = verbs.request_key(person(), verbs.parse('{"id":"1","do":"sign_out_seat","notes":{"a":"x","b":"y"}}'))
    assert verbs.request_key(person(), verbs.parse(spelled)) == known
