"""Agents send files up; everybody who is signed in can look at them."""

from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from desk.app import create_app
from desk.media import BYTES_MAX
from desk.services import Services
from tests.recordings import bitmap, large_voice, long_voice, picture, voice
from tests.web import services_for_tests, signed_in, visiting

pytestmark = pytest.mark.anyio


@pytest.fixture
def services(redis: Redis, tmp_path: Path) -> Services:
    return services_for_tests(redis, tmp_path)


async def upload(client: httpx2.AsyncClient, content: bytes, name: str = "file", mime: str = "") -> httpx2.Response:
    return await client.post(
        "/media", files={"file": (name, content, mime or "application/octet-stream")}, headers={"accept": "*/*"}
    )


async def test_an_image_goes_up_and_can_be_seen_by_all(services: Services) -> None:
    async with signed_in(services) as agent, signed_in(services, "inspector") as inspector:
        stored = (await upload(agent, picture())).json()
        assert stored | {"media": ""} == {
            "media": "",
            "kind": "image",
            "mime": "image/png",
            "size": len(picture()),
            "duration_ms": 0,
        }
        shown = await inspector.get(f"/media/{stored['media']}")
    assert shown.content == picture()
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("inline;")
    assert shown.headers["cache-control"] == "private, max-age=31536000, immutable"


async def test_a_voice_goes_up_and_can_be_played_from_the_middle(services: Services) -> None:
    async with signed_in(services) as agent:
        stored = (await upload(agent, voice("amr", 2))).json()
        assert (stored["kind"], stored["mime"]) == ("voice", "audio/amr")
        assert stored["duration_ms"] == pytest.approx(2000, abs=100)
        original = await agent.get(f"/media/{stored['media']}")
        assert original.content == voice("amr", 2)
        playable = await agent.get(f"/media/{stored['media']}?as=playable")
        assert playable.headers["content-type"] == "audio/mpeg"
        part = await agent.get(f"/media/{stored['media']}?as=playable", headers={"range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, playable.content[100:200])


async def test_a_file_is_what_its_bytes_say_and_not_what_it_is_called(services: Services) -> None:
    async with signed_in(services) as agent:
        stored = (await upload(agent, picture(), "page.html", "text/html")).json()
        assert (await agent.get(f"/media/{stored['media']}")).headers["content-type"] == "image/png"
        refused = await upload(agent, b"<html><script>alert(1)</script>", "cat.png", "image/png")
        assert refused.status_code == 415
        assert refused.json()["error"]["code"] == "media_type_refused"


async def test_a_bitmap_is_refused_at_once_for_wechat_would_not_take_it(services: Services) -> None:
    async with signed_in(services) as agent:
        refused = await upload(agent, bitmap(), "scan.bmp", "image/bmp")
        assert refused.status_code == 415
        assert refused.json()["error"] == {
            "code": "media_type_refused",
            "message": "只支持图片（png、jpeg、gif）和语音（mp3、wma、wav、amr）",
        }
        theirs = await services.media.put(bitmap())
        shown = await agent.get(f"/media/{theirs.media}")
        assert (shown.content, shown.headers["content-type"]) == (bitmap(), "image/bmp")


async def test_a_voice_that_could_not_be_sent_is_refused_at_once(services: Services) -> None:
    async with signed_in(services) as agent:
        refused = await upload(agent, voice("wav")[:60])
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "voice_unplayable")
        taken = (await upload(agent, large_voice())).json()
        path, mime = await services.playables.sendable(taken["media"])
        assert (path.stat().st_size < 2 << 20, mime) == (True, "audio/mpeg")


async def test_too_large_or_missing_files_are_refused_with_a_code(services: Services) -> None:
    async with signed_in(services) as agent:
        image = await upload(agent, picture() + bytes(BYTES_MAX["image"]))
        assert (image.status_code, image.json()["error"]["code"]) == (413, "media_too_large")
        large = await upload(agent, voice("amr", 1) + bytes(BYTES_MAX["voice"]))
        assert (large.status_code, large.json()["error"]["code"]) == (413, "media_too_large")
        huge = await upload(agent, bytes(33 << 20))
        assert huge.status_code == 413
        long = await upload(agent, long_voice(62))
        assert (long.status_code, long.json()["error"]["code"]) == (413, "media_too_long")
        missing = await agent.post("/media", data={"file": "words"}, headers={"accept": "*/*"})
        assert missing.json()["error"] == {
            "code": "media_missing",
            "message": "请选择要发送的文件",
            "field": "file",
        }


async def test_only_agents_send_files_up_and_no_stranger_sees_them(services: Services) -> None:
    async with signed_in(services) as agent, signed_in(services, "inspector") as inspector:
        stored = (await upload(agent, picture())).json()
        assert (await upload(inspector, picture())).status_code == 403
        del agent.headers["x-csrf-token"]
        assert (await upload(agent, picture())).status_code == 403
    async with visiting(create_app(services), sec_fetch_mode="no-cors") as stranger:
        assert (await stranger.get(f"/media/{stored['media']}")).status_code == 401


@pytest.mark.parametrize("key", ["none", "..%2f..%2fetc%2fpasswd", f"{'a' * 64}.png"])
async def test_an_unknown_key_is_not_found(services: Services, key: str) -> None:
    async with signed_in(services) as agent:
        assert (await agent.get(f"/media/{key}")).status_code == 404
