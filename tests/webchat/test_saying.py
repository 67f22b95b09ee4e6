"""What a page may send, and what becomes of it before it is a command."""

from pathlib import Path

import pytest

from desk.channels.webchat import frames
from desk.channels.webchat.saying import content_of
from desk.errors import UserError
from desk.media import MediaStore
from sessions.content import Image, Text
from tests.recordings import picture, voice


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path)


@pytest.mark.parametrize(
    "frame",
    [
        None,
        "",
        "null",
        "[]",
        "{}",
        "hello",
        '{"do": "hello", "role": "admin"}',
        '{"do": "hello", "token": 5}',
        '{"do": "hello", "lang": "xx"}',
        '{"do": "hello", "token": "%s"}' % ("x" * 200),
        '{"do": "say", "text": "no id"}',
        '{"do": "say", "id": "", "text": "a"}',
        '{"do": "say", "id": "with space", "text": "a"}',
        '{"do": "say", "id": "%s", "text": "a"}' % ("x" * 41),
        '{"do": "say", "id": "1", "customer": "web:another"}',
        '{"do": "seen", "lines": [-1]}',
        '{"do": "seen", "lines": [1e99]}',
        '{"do": "seen", "lines": %s}' % ([1] * 201),
        '{"do": "earlier", "before": "x"}',
        '{"do": "send_as_agent"}',
        "[" * 5000,
        '{"do": "ping"',
        '{"do": "ping"}\x00',
    ],
)
def test_a_frame_that_makes_no_sense_is_called_so(frame: str | None) -> None:
    with pytest.raises(UserError) as refused:
        frames.parse(frame)
    assert refused.value.code == "bad_frame"
    frames.id_in(frame)  # whatever it is, the answer finds its way


def test_frames_are_read_as_they_are_meant() -> None:
    assert frames.parse('{"do": "hello"}') == frames.Hello(token="", lang="zh")
    assert frames.parse('{"do": "say", "id": "a-1", "text": "hi"}') == frames.Say(id="a-1", text="hi")
    assert frames.parse('{"do": "seen", "lines": [3, 4]}') == frames.Seen(lines=[3, 4])
    assert frames.id_in('{"do": "nonsense", "id": "a-1"}') == "a-1"


def test_words_lose_what_nobody_sees(store: MediaStore) -> None:
    said = frames.Say(id="1", text=" a\r\nb\x00\x1b[31m\u3000c\td\ud800 👩‍🚀\r")
    assert content_of(said, store, 600) == Text(text="a\nb[31m\u3000c\td 👩‍🚀")


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x01"])
def test_nothing_is_no_message(store: MediaStore, text: str) -> None:
    assert _refusal(store, text=text) == "nothing_said"


def test_the_limit_counts_characters(store: MediaStore) -> None:
    assert content_of(frames.Say(id="1", text="💳" * 600), store, 600) == Text(text="💳" * 600)
    assert _refusal(store, text="💳" * 601) == "text_too_long"


@pytest.mark.anyio
async def test_only_a_picture_that_we_have_can_be_sent(store: MediaStore) -> None:
    stored = await store.put(picture())
    assert content_of(frames.Say(id="1", media=stored.media), store, 600) == Image(media=stored.media, mime="image/png")
    sound = await store.put(voice("amr"))
    for media in (sound.media, "../../etc/passwd", "f" * 64 + ".png", "x"):
        assert _refusal(store, media=media) == "media_unknown"
    assert _refusal(store, media=stored.media, text="both") == "nothing_said"


def _refusal(store: MediaStore, **said: str) -> str:
    with pytest.raises(UserError) as refused:
        content_of(frames.Say(id="1", **said), store, 600)
    return refused.value.code
