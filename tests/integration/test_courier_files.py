"""What customers send besides words: fetched, judged by its bytes, kept, and the desk told."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from desk.channels.adapter import FetchOutcome, MediaContent, NotNow, Refused, TooLarge
from desk.fetching import CODES
from desk.media import MediaStore
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Image, Text, Video, Voice
from sessions.ids import CustomerId, MessageId, Millis, SessionId
from sessions.notices import DEFAULT_TEXTS
from tests.couriers import Channel, Office
from tests.patience import until
from tests.recordings import bitmap, long_voice, picture, voice

pytestmark = pytest.mark.anyio

MP4 = b"\0\0\0\x18ftypmp42" + bytes(600)
CASES: list[tuple[MediaContent, FetchOutcome, str]] = [
    (Image(source="m"), TooLarge(), "image_too_large"),
    (Image(source="m"), picture() + bytes(2 * 1024 * 1024), "image_too_large"),
    (Image(source="m"), b"%PDF-1.7", "image_type_refused"),
    (Image(source="m"), voice("amr"), "image_type_refused"),
    (Voice(source="m"), TooLarge(), "voice_too_large"),
    (Voice(source="m"), long_voice(62), "voice_too_long"),
    (Voice(source="m"), picture(), "voice_type_refused"),
    (Video(source="m"), TooLarge(), "media_too_large"),
    (Video(source="m"), picture(), "media_type_refused"),
    (Image(source="m"), b"", "media_unavailable"),
    (Image(source="m"), Refused("40007"), "media_unavailable"),
    (Image(source="m"), NotNow("-1"), "media_unavailable"),
]


@pytest.fixture
def office(redis: Redis) -> Office:
    return Office(redis)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path)


def received(content: Text | Image | Voice | Video, n: int = 1) -> ev.MessageReceived:
    return ev.MessageReceived(
        at=Millis(1),
        cause="test",
        session=SessionId("20261123-0001"),
        customer=CustomerId("demo:ann"),
        message=MessageId(f"20261123-0001.{n}"),
        content=content,
        key=str(n),
        sent_at=Millis(1),
    )


@pytest.mark.parametrize(
    ("content", "body", "mime", "duration_ms"),
    [
        (Image(source="m"), picture(), "image/png", 0),
        (Image(source="m"), bitmap(), "image/bmp", 0),
        (Voice(source="m"), voice("amr", 2), "audio/amr", 2000),
        (Voice(source="m"), voice("mp3"), "audio/mpeg", None),
        (Video(source="m"), MP4, "video/mp4", 0),
    ],
)
async def test_a_file_is_kept_and_reported(
    office: Office, store: MediaStore, content: MediaContent, body: bytes, mime: str, duration_ms: int | None
) -> None:
    channel = Channel()
    channel.files["m"] = [body]
    await office.scribe.write([received(content)])
    async with office.courier(channel, media=store):
        (report,) = await office.reported(1)
    assert isinstance(report, cmd.ReportMediaStored)
    assert (report.message, report.session) == ("20261123-0001.1", "20261123-0001")
    assert (report.mime, report.size_bytes) == (mime, len(body))
    assert duration_ms is None or abs(report.duration_ms - duration_ms) <= 40
    assert await store.read(report.media) == body


@pytest.mark.parametrize(("content", "outcome", "code"), CASES)
async def test_one_that_is_not_to_be_had_or_over_a_limit_is_rejected_by_name(
    office: Office, store: MediaStore, content: MediaContent, outcome: FetchOutcome, code: str
) -> None:
    channel = Channel()
    channel.files["m"] = [outcome]
    await office.scribe.write([received(content)])
    async with office.courier(channel, media=store):
        reports = await office.reported(1)
    assert reports == [
        cmd.ReportMediaRejected(
            message=MessageId("20261123-0001.1"),
            session=SessionId("20261123-0001"),
            code=code,
            customer=CustomerId("demo:ann"),
        )
    ]


def test_customers_are_told_of_every_limit() -> None:
    assert {code for codes in CODES.values() for code in codes.values()} <= set(DEFAULT_TEXTS)


async def test_a_fetch_that_fails_is_tried_again(office: Office, store: MediaStore) -> None:
    channel = Channel()
    channel.files["m"] = [NotNow("-1"), NotNow("unreachable"), picture()]
    await office.scribe.write([received(Image(source="m"))])
    async with office.courier(channel, media=store):
        (report,) = await office.reported(1)
    assert isinstance(report, cmd.ReportMediaStored)


async def test_words_and_files_that_we_have_are_left_alone(office: Office, store: MediaStore) -> None:
    await office.scribe.write([received(Text(text="hello"), 1), received(Image(), 2)])
    async with office.courier(Channel(), media=store):
        await office.settled()
    assert await office.reports() == []


async def test_few_are_fetched_at_a_time_and_messages_pass_them_by(office: Office, store: MediaStore) -> None:
    gate = asyncio.Event()
    busy: list[str] = []

    class Slow(Channel):
        async def fetch(self, customer: CustomerId, content: MediaContent, bytes_max: int) -> FetchOutcome:
            busy.append(content.source)
            await gate.wait()
            return picture()

    channel = Slow()
    await office.scribe.write([received(Image(source=f"m{n}"), n) for n in range(20)])
    await office.say("ann", "hello")
    async with office.courier(channel, media=store):
        await until(lambda: channel.arrived == [("demo:ann", "hello")])
        await asyncio.sleep(0.05)
        assert len(busy) == 8
        gate.set()
        await office.reported(21)
        await office.settled()
    assert len(busy) == len(set(busy)) == 20


async def test_an_account_whose_files_hang_takes_nothing_from_another(office: Office, store: MediaStore) -> None:
    class Hanging(Channel):
        async def fetch(self, customer: CustomerId, content: MediaContent, bytes_max: int) -> FetchOutcome:
            await asyncio.Event().wait()
            return b""

    well = Channel("well")
    well.files["m"] = [picture()]
    theirs = msgspec.structs.replace(received(Image(source="m"), 21), customer=CustomerId("well:ann"))
    await office.scribe.write([*(received(Image(source=f"m{n}"), n) for n in range(20)), theirs])
    async with office.courier(Hanging(), well, media=store):
        (report,) = await office.reported(1)
    assert isinstance(report, cmd.ReportMediaStored)
    assert report.message == theirs.message


async def test_one_still_being_fetched_at_the_end_is_fetched_by_the_next(office: Office, store: MediaStore) -> None:
    class Hanging(Channel):
        async def fetch(self, customer: CustomerId, content: MediaContent, bytes_max: int) -> FetchOutcome:
            self.busy += 1
            await asyncio.Event().wait()
            return b""

    hanging, well = Hanging(), Channel()
    well.files["m"] = [picture()]
    await office.scribe.write([received(Image(source="m"))])
    async with office.courier(hanging, media=store):
        await until(lambda: hanging.busy == 1)
    assert await office.reports() == []
    async with office.courier(well, media=store):
        (report,) = await office.reported(1)
    assert isinstance(report, cmd.ReportMediaStored)
