"""WeChat as the courier's channel: what it makes of contents, and of WeChat's verdicts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from desk.channels.adapter import Delivered, NotNow, Refused, TooLarge, Uncertain
from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.api import WeChatApi
from desk.channels.wechat.calls import open_client
from desk.channels.wechat.courier import KEPT_S, WeChatCourier
from desk.channels.wechat.simulator import acts
from desk.channels.wechat.simulator.faults import ApiFault
from desk.channels.wechat.token import AccessTokens
from desk.media import MediaStore
from desk.media_types import TYPES, sniff
from desk.voice_length import duration_ms
from sessions.content import Choice, Image, Location, Menu, Text, Video, Voice
from sessions.ids import AccountId, CustomerId, MediaKey, Millis
from sessions.profile import Told
from tests.recordings import large_voice, picture, voice
from tests.wechat.simulation import World, serving, world

pytestmark = pytest.mark.anyio

DEMO = WeChatAccount(key="demo", name="Demo", app_id="wxdemo0000000001", app_secret="demo-secret", token="demo-token")
SEND, UPLOAD, GET = "/cgi-bin/message/custom/send", "/cgi-bin/media/upload", "/cgi-bin/media/get"
TYPING = "/cgi-bin/message/custom/typing"
MP4 = b"\0\0\0\x18ftypmp42" + bytes(600)


class Directory:
    """One account, which may be taken away."""

    def __init__(self) -> None:
        self.accounts = {"demo": DEMO}

    def get(self, account: str) -> WeChatAccount | None:
        return self.accounts.get(account)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Bench(Struct):
    """The adapter, what it stands on, and a customer who has just written."""

    wechat: WeChatCourier
    world: World
    store: MediaStore
    directory: Directory
    clock: Clock
    customer: CustomerId

    def received(self) -> list[object]:
        entries = self.world.simulator.received("demo", self.world.openid)
        return [entry.payload[entry.type] for entry in entries]

    def fault(self, path: str = SEND, **fault: object) -> None:
        self.world.simulator.add_fault(msgspec.convert({"kind": "api", "path": path, **fault}, ApiFault))

    def calls(self, path: str) -> int:
        limits = self.world.simulator.platform.account("demo").limits
        return limits.of(path, self.world.simulator.platform.now())[1]

    def sends(self, kind: str, body: bytes) -> str:
        """The customer sends a file; answers its media id."""
        platform = self.world.simulator.platform
        return platform.media.receive("demo", kind, body, "", platform.now()).media_id


@pytest.fixture
async def bench(redis: Redis, tmp_path: Path) -> AsyncIterator[Bench]:
    async with world() as it, open_client() as client:
        it.simulator.act("demo", it.openid, acts.Text("在吗"))
        directory, store, clock = Directory(), MediaStore(tmp_path), Clock()
        tokens = AccessTokens(redis, "desk:{test}:", client, it.api)
        wechat = WeChatCourier(directory, WeChatApi(client, tokens, it.api), store, now_s=clock)
        yield Bench(wechat, it, store, directory, clock, CustomerId(f"demo:{it.openid}"))


class TestTyping:
    async def test_the_phone_shows_that_somebody_types_until_they_stop(self, bench: Bench) -> None:
        at = Millis(bench.world.simulator.platform.now())
        user = bench.world.simulator.platform.account("demo").users.get(bench.world.openid)
        assert user is not None
        assert await bench.wechat.show_typing(bench.customer, at, on=True) == "shown"
        assert user.typing_until > at
        assert await bench.wechat.show_typing(bench.customer, at, on=True) == "refused", "it is shown already"
        assert await bench.wechat.show_typing(bench.customer, at, on=False) == "ended"
        assert user.typing_until == 0
        assert bench.received() == []

    async def test_what_comes_too_late_is_not_even_asked_for(self, bench: Bench) -> None:
        long_ago = Millis(bench.world.simulator.platform.now() - 31_000)
        assert await bench.wechat.show_typing(bench.customer, long_ago, on=True) == "too_late"
        assert bench.calls(TYPING) == 0

    async def test_trouble_is_said_and_costs_nobody_anything(self, bench: Bench) -> None:
        at = Millis(bench.world.simulator.platform.now())
        bench.fault(TYPING, errcode=-1)
        assert await bench.wechat.show_typing(bench.customer, at, on=True) == "refused"
        bench.directory.accounts.clear()
        assert await bench.wechat.show_typing(bench.customer, at, on=True) == "unreachable"


class TestSaying:
    async def test_words_arrive_as_they_were_written(self, bench: Bench) -> None:
        assert await bench.wechat.deliver(bench.customer, Text(text="您好 😀 “引号”\\")) == Delivered()
        assert bench.received() == [{"content": "您好 😀 “引号”\\"}]

    async def test_a_menu_can_be_tapped_and_is_plain_words_where_there_are_no_menus(self, bench: Bench) -> None:
        choices = tuple(Choice(id=f"rate:1:{n}", text=f"{n} \x00好") for n in (5, 1))
        menu = Menu(text="请打分\x07", choices=choices)
        assert await bench.wechat.deliver(bench.customer, menu) == Delivered()
        items = [{"id": "rate:1:5", "content": "5 好"}, {"id": "rate:1:1", "content": "1 好"}]
        assert bench.received() == [{"head_content": "请打分", "list": items, "tail_content": ""}]
        bench.fault(errcode=48008, times=1)
        assert await bench.wechat.deliver(bench.customer, menu) == Delivered()
        assert bench.received()[1:] == [{"content": "请打分\n5 好\n1 好"}]
        bench.fault(errcode=45015)
        outcome = await bench.wechat.deliver(bench.customer, menu)
        assert isinstance(outcome, Refused)
        assert outcome.code == "45015"

    async def test_it_serves_the_accounts_of_its_directory(self, bench: Bench) -> None:
        assert bench.wechat.serves(AccountId("demo"))
        assert not bench.wechat.serves(AccountId("elsewhere"))
        bench.directory.accounts.clear()
        outcome = await bench.wechat.deliver(bench.customer, Text(text="x"))
        assert isinstance(outcome, NotNow)
        assert outcome.code == "unknown_account"

    @pytest.mark.parametrize("content", [Location(latitude=31.2, longitude=121.5), Image(source="theirs"), Voice()])
    async def test_what_wechat_cannot_carry_is_refused_before_anything_is_sent(
        self, bench: Bench, content: Location | Image | Voice
    ) -> None:
        outcome = await bench.wechat.deliver(bench.customer, content)
        assert isinstance(outcome, Refused)
        assert outcome.code == "content_unsupported"
        assert bench.calls(SEND) == 0


class TestVerdicts:
    @pytest.mark.parametrize("errcode", [45015, 45047, 40003, 48001, 45009, 99999])
    async def test_a_final_no_is_refused_under_wechats_own_code(self, bench: Bench, errcode: int) -> None:
        bench.fault(errcode=errcode)
        outcome = await bench.wechat.deliver(bench.customer, Text(text="x"))
        assert isinstance(outcome, Refused)
        assert outcome.code == str(errcode)

    @pytest.mark.parametrize(("errcode", "rests"), [(-1, False), (45011, True), (45033, True)])
    async def test_a_busy_wechat_may_be_tried_again(self, bench: Bench, errcode: int, rests: bool) -> None:
        bench.fault(errcode=errcode)
        outcome = await bench.wechat.deliver(bench.customer, Text(text="x"))
        assert isinstance(outcome, NotNow)
        assert (outcome.code, outcome.rest_s > 0) == (str(errcode), rests)

    async def test_a_token_renewed_elsewhere_is_no_failure(self, bench: Bench) -> None:
        assert await bench.wechat.deliver(bench.customer, Text(text="one")) == Delivered()
        platform = bench.world.simulator.platform
        platform.tokens.revoke(DEMO.app_id, platform.now())
        assert await bench.wechat.deliver(bench.customer, Text(text="two")) == Delivered()
        assert bench.received() == [{"content": "one"}, {"content": "two"}]

    @pytest.mark.parametrize("drop", ["before", "after"])
    async def test_a_lost_answer_is_uncertain_whether_or_not_it_arrived(self, bench: Bench, drop: str) -> None:
        assert await bench.wechat.deliver(bench.customer, Text(text="the connection is kept")) == Delivered()
        bench.fault(drop=drop)
        assert isinstance(await bench.wechat.deliver(bench.customer, Text(text="x")), Uncertain)
        assert len(bench.received()) == (2 if drop == "after" else 1)

    async def test_nobody_listening_certainly_got_nothing(self, bench: Bench, redis: Redis) -> None:
        async with open_client() as client:
            tokens = AccessTokens(redis, "desk:{test}:", client, bench.world.api)
            assert isinstance(await tokens.current(DEMO), str)
            api = WeChatApi(client, tokens, "http://127.0.0.1:9")
            wechat = WeChatCourier(bench.directory, api, bench.store)
            outcome = await wechat.deliver(bench.customer, Text(text="x"))
        assert isinstance(outcome, NotNow)
        assert outcome.code == "unreachable"


class TestFilesOut:
    async def test_an_image_and_a_voice_arrive(self, bench: Bench) -> None:
        image = await bench.store.put(picture())
        speech = await bench.store.put(voice("amr"))
        assert await bench.wechat.deliver(bench.customer, Image(media=image.media)) == Delivered()
        assert await bench.wechat.deliver(bench.customer, Voice(media=speech.media)) == Delivered()
        platform = bench.world.simulator.platform
        ids = [body["media_id"] for body in bench.received()]  # type: ignore[index]
        assert [platform.media.get("demo", each, platform.now()).body for each in ids] == [picture(), voice("amr")]

    async def test_one_file_to_many_goes_up_once(self, bench: Bench) -> None:
        image = await bench.store.put(picture())
        outcomes = await asyncio.gather(
            *(bench.wechat.deliver(bench.customer, Image(media=image.media)) for _ in range(5))
        )
        assert outcomes == [Delivered()] * 5
        assert bench.calls(UPLOAD) == 1

    async def test_it_goes_up_again_before_wechat_forgets_it(self, bench: Bench) -> None:
        image = await bench.store.put(picture())
        await bench.wechat.deliver(bench.customer, Image(media=image.media))
        assert KEPT_S < 3 * 86_400
        bench.clock.now_s = KEPT_S + 1
        assert await bench.wechat.deliver(bench.customer, Image(media=image.media)) == Delivered()
        assert bench.calls(UPLOAD) == 2

    async def test_one_that_wechat_forgot_before_its_time_goes_up_at_the_next_attempt(self, bench: Bench) -> None:
        image = await bench.store.put(picture())
        await bench.wechat.deliver(bench.customer, Image(media=image.media))
        bench.fault(errcode=40007)
        outcome = await bench.wechat.deliver(bench.customer, Image(media=image.media))
        assert isinstance(outcome, NotNow)
        assert await bench.wechat.deliver(bench.customer, Image(media=image.media)) == Delivered()
        assert bench.calls(UPLOAD) == 2

    @pytest.mark.parametrize("extension", ["wav", "wma"])
    async def test_what_wechat_does_not_take_goes_up_as_mp3(self, extension: str, bench: Bench) -> None:
        speech = await bench.store.put(voice(extension))
        assert await bench.wechat.deliver(bench.customer, Voice(media=speech.media)) == Delivered()
        platform = bench.world.simulator.platform
        media_id = msgspec.convert(bench.received()[0], dict[str, str])["media_id"]
        sent = platform.media.get("demo", media_id, platform.now()).body
        assert sniff(sent) == TYPES["mp3"]

    async def test_a_voice_that_is_too_large_for_wechat_goes_up_smaller(self, bench: Bench) -> None:
        speech = await bench.store.put(large_voice())
        assert speech.size_bytes > 2 << 20
        assert await bench.wechat.deliver(bench.customer, Voice(media=speech.media)) == Delivered()
        platform = bench.world.simulator.platform
        media_id = msgspec.convert(bench.received()[0], dict[str, str])["media_id"]
        sent = platform.media.get("demo", media_id, platform.now()).body
        assert sniff(sent) == TYPES["mp3"]
        assert duration_ms(sent, "mp3") == pytest.approx(1000, abs=250)

    async def test_a_voice_that_is_none_fails_visibly(self, bench: Bench) -> None:
        speech = await bench.store.put(voice("wav")[:60])
        outcome = await bench.wechat.deliver(bench.customer, Voice(media=speech.media))
        assert isinstance(outcome, Refused)
        assert outcome.code == "voice_unplayable"

    async def test_an_upload_without_an_answer_may_be_repeated(self, bench: Bench) -> None:
        image = await bench.store.put(picture())
        bench.fault(UPLOAD, drop="after")
        assert isinstance(await bench.wechat.deliver(bench.customer, Image(media=image.media)), NotNow)
        assert await bench.wechat.deliver(bench.customer, Image(media=image.media)) == Delivered()

    async def test_a_file_that_is_not_in_the_store_is_refused(self, bench: Bench) -> None:
        gone = MediaKey("0" * 64 + ".png")
        outcome = await bench.wechat.deliver(bench.customer, Image(media=gone))
        assert isinstance(outcome, Refused)
        assert outcome.code == "media_unknown"


class TestFilesIn:
    async def test_what_a_customer_sent_is_fetched(self, bench: Bench) -> None:
        source = bench.sends("image", picture())
        assert await bench.wechat.fetch(bench.customer, Image(source=source), 1 << 20) == picture()

    async def test_a_video_is_fetched_from_where_wechat_says(self, bench: Bench) -> None:
        source = bench.sends("video", MP4)
        assert await bench.wechat.fetch(bench.customer, Video(source=source), 1 << 20) == MP4

    @pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:{port}/video", "file:///etc/passwd", "{base}/astray"])
    async def test_an_address_that_is_not_wechats_is_never_asked(
        self, bench: Bench, redis: Redis, elsewhere: str
    ) -> None:
        asked: list[str] = []

        async def there(request: Request) -> Response:
            asked.append(request.url.path)
            return Response(MP4)

        async def token(request: Request) -> Response:
            return JSONResponse({"access_token": "t", "expires_in": 7200})

        async def get(request: Request) -> Response:
            return JSONResponse({"video_url": address})

        routes = [
            Route("/cgi-bin/stable_token", token, methods=["POST"]),
            Route(GET, get),
            Route("/astray", get),
        ]
        async with (
            serving(Starlette(routes=[Route("/{path}", there)])) as other,
            serving(Starlette(routes=routes)) as url,
            open_client() as client,
        ):
            address = elsewhere.format(port=other.rpartition(":")[2], base=url)
            api = WeChatApi(client, AccessTokens(redis, "desk:{astray}:", client, url), url)
            wechat = WeChatCourier(bench.directory, api, bench.store)
            outcome = await wechat.fetch(bench.customer, Video(source="m"), 1 << 20)
        assert isinstance(outcome, Refused)
        assert (outcome.code, asked) == ("address_refused", [])

    async def test_reading_stops_at_the_limit(self, bench: Bench) -> None:
        source = bench.sends("image", picture() + bytes(100_000))
        assert await bench.wechat.fetch(bench.customer, Image(source=source), 50_000) == TooLarge()

    async def test_one_that_wechat_does_not_have_is_refused(self, bench: Bench) -> None:
        outcome = await bench.wechat.fetch(bench.customer, Image(source="nothing"), 1 << 20)
        assert isinstance(outcome, Refused)
        assert outcome.code == "40007"

    @pytest.mark.parametrize("fault", [{"errcode": -1}, {"drop": "after"}])
    async def test_any_other_failure_may_be_tried_again(self, bench: Bench, fault: dict[str, object]) -> None:
        source = bench.sends("image", picture())
        bench.fault(GET, **fault)
        assert isinstance(await bench.wechat.fetch(bench.customer, Image(source=source), 1 << 20), NotNow)
        assert await bench.wechat.fetch(bench.customer, Image(source=source), 1 << 20) == picture()


class TestDescribing:
    async def test_what_wechat_tells_of_a_follower(self, bench: Bench) -> None:
        bench.world.simulator.act("demo", bench.world.openid, acts.Unsubscribe())
        bench.world.simulator.act("demo", bench.world.openid, acts.Subscribe(scene="branch-7"))
        user = bench.world.simulator.platform.account("demo").users.get(bench.world.openid)
        assert user
        user.profile.remark, user.profile.unionid = "陈女士", "u-1"
        told = await bench.wechat.describe(bench.customer)
        assert told
        assert (told.follows, told.scene, told.code) == (True, "ADD_SCENE_QR_CODE", "branch-7")
        assert (told.remark, told.unionid, told.language) == ("陈女士", "u-1", "zh_CN")
        assert abs(told.since - user.subscribed_at) < 1000

    async def test_of_others_it_tells_only_that_they_do_not_follow(self, bench: Bench) -> None:
        bench.world.simulator.act("demo", bench.world.openid, acts.Unsubscribe())
        assert await bench.wechat.describe(bench.customer) == Told(follows=False)

    async def test_a_refusal_a_silence_and_a_strange_account_tell_nothing(self, bench: Bench) -> None:
        bench.fault("/cgi-bin/user/info", errcode=48001, times=1)
        assert await bench.wechat.describe(bench.customer) is None
        bench.fault("/cgi-bin/user/info", drop="before", times=1)
        assert await bench.wechat.describe(bench.customer) is None
        assert await bench.wechat.describe(CustomerId("elsewhere:x")) is None
        assert await bench.wechat.describe(CustomerId("demo:nobody")) is None
