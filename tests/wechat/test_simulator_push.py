"""The simulated platform's pushes, as a gateway receives them: signed, sealed, repeated, answered."""

import asyncio
from typing import Any, Literal

import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import ArticlesReply, TextReply, create_reply
from wechatpy.utils import check_signature

from desk.channels.wechat.simulator import acts
from desk.channels.wechat.simulator.acts import Act, Text
from desk.channels.wechat.simulator.errors import SimulatorError
from desk.channels.wechat.simulator.faults import PushFault
from desk.channels.wechat.simulator.push import PushOptions
from tests.patience import until
from tests.recordings import voice
from tests.wechat.simulation import HASTY, PNG, Delivery, World, world

pytestmark = pytest.mark.anyio

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP = "wxdemo0000000001"
MODES: list[Literal["plain", "compatible", "safe"]] = ["plain", "compatible", "safe"]


def opened(delivery: Delivery) -> Any:
    """The message as an independent SDK reads it, after it has checked the signatures."""
    query = delivery.query
    check_signature("demo-token", query["signature"], query["timestamp"], query["nonce"])
    body = delivery.body
    if query.get("encrypt_type") == "aes":
        crypto = WeChatCrypto("demo-token", KEY, APP)
        body = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    return parse_message(body)


def notices(demo: World) -> list[str]:
    return [entry.type for entry in demo.simulator.user("demo", demo.openid).timeline if entry.side == "system"]


def shown(demo: World) -> list[dict[str, Any]]:
    return [entry.payload for entry in demo.simulator.received("demo", demo.openid)]


async def pushed(demo: World, act: Act) -> Delivery:
    demo.simulator.act("demo", demo.openid, act)
    await demo.simulator.settled()
    return demo.gateway.deliveries[-1]


class TestModes:
    @pytest.mark.parametrize("mode", MODES)
    async def test_an_independent_sdk_reads_the_push(self, mode: Literal["plain", "compatible", "safe"]) -> None:
        async with world() as demo:
            demo.simulator.platform.reconfigure("demo", mode=mode)
            delivery = await pushed(demo, Text("我的卡丢了 ]]> 怎么办 👋"))
            message = opened(delivery)
            assert (message.type, message.content) == ("text", "我的卡丢了 ]]> 怎么办 👋")
            assert (message.source, message.target) == (demo.openid, "gh_demo00000001")
            assert delivery.query["openid"] == demo.openid
            assert delivery.content_type == "text/xml"

    async def test_plain_shows_fields_compatible_both_safe_only_the_envelope(self) -> None:
        async with world() as demo:
            seen = {}
            for mode in MODES:
                demo.simulator.platform.reconfigure("demo", mode=mode)
                seen[mode] = (await pushed(demo, Text("你好"))).fields
            assert "Encrypt" not in seen["plain"]
            assert {"Content", "Encrypt"} <= set(seen["compatible"])
            assert set(seen["safe"]) == {"ToUserName", "Encrypt"}

    async def test_a_message_id_does_not_survive_as_a_float(self) -> None:
        async with world() as demo:
            ids = [demo.simulator.act("demo", demo.openid, Text(str(n))) for n in range(3)]
            await demo.simulator.settled()
            assert [int(str(delivery.fields["MsgId"])) for delivery in demo.gateway.deliveries] == ids
            assert all(2**53 < msg_id < 2**63 and int(float(msg_id)) != msg_id for msg_id in ids)

    async def test_the_callback_url_is_verified_by_its_echo(self) -> None:
        async with world() as demo:
            account = demo.simulator.platform.account("demo")
            assert await demo.simulator.platform.pusher.verify(account)
            demo.simulator.platform.reconfigure("demo", callback_url="http://127.0.0.1:9/")
            assert not await demo.simulator.platform.pusher.verify(account)


class TestTypes:
    @pytest.mark.parametrize(
        ("act", "kind", "fields"),
        [
            (Text("满意", menu_id="csat_5"), "text", {"Content": "满意", "bizmsgmenuid": "csat_5"}),
            (
                acts.Location(31.230416, 121.4737, label="人民广场"),
                "location",
                {"Location_X": "31.230416", "Location_Y": "121.473700", "Scale": "16", "Label": "人民广场"},
            ),
            (acts.Link("账单", "https://bank.example/"), "link", {"Title": "账单", "Url": "https://bank.example/"}),
            (acts.Click("HUMAN"), "event", {"Event": "CLICK", "EventKey": "HUMAN"}),
            (acts.View("https://bank.example/"), "event", {"Event": "VIEW", "EventKey": "https://bank.example/"}),
            (acts.Scan("branch_7"), "event", {"Event": "SCAN", "EventKey": "branch_7"}),
            (acts.Report(31.2, 121.4), "event", {"Event": "LOCATION", "Latitude": "31.200000"}),
            (acts.Unsubscribe(), "event", {"Event": "unsubscribe", "EventKey": ""}),
            (acts.Raw({"MsgType": "file", "Title": "a.pdf"}), "file", {"Title": "a.pdf"}),
        ],
    )
    async def test_an_act_becomes_its_fields(self, act: Act, kind: str, fields: dict[str, str]) -> None:
        async with world() as demo:
            got = (await pushed(demo, act)).fields
            assert got["MsgType"] == kind
            assert {name: got[name] for name in fields} == fields
            assert ("MsgId" in got) == (kind != "event")

    async def test_media_are_named_by_an_id_that_can_be_fetched(self) -> None:
        async with world() as demo:
            demo.simulator.send_file("demo", demo.openid, "image", PNG, acts.Image)
            demo.simulator.send_file("demo", demo.openid, "voice", voice("amr"), acts.Voice)
            await demo.simulator.settled()
            image, sound = (delivery.fields for delivery in demo.gateway.deliveries)
            media = demo.simulator.platform.media
            assert media.get("demo", str(image["MediaId"]), demo.simulator.platform.now()).body == PNG
            assert str(image["PicUrl"]).endswith(f"/mmbiz/demo/{image['MediaId']}")
            assert sound["Format"] == "amr"

    async def test_scanning_makes_a_stranger_a_follower(self) -> None:
        async with world() as demo:
            stranger = demo.simulator.add_user("demo", subscribed=False)
            demo.simulator.act("demo", stranger.openid, acts.Scan("branch_7"))
            await demo.simulator.settled()
            message = opened(demo.gateway.deliveries[0])
            assert (message.event, message.scene_id) == ("subscribe_scan", "branch_7")
            assert stranger.subscribed

    async def test_a_stranger_cannot_write(self) -> None:
        async with world() as demo:
            stranger = demo.simulator.add_user("demo", subscribed=False)
            with pytest.raises(SimulatorError, match="follow it first"):
                demo.simulator.act("demo", stranger.openid, Text("你好"))
            assert not demo.gateway.deliveries


class TestRetries:
    async def test_success_and_an_empty_body_are_enough(self) -> None:
        async with world(b"success", b"") as demo:
            for n in range(2):
                await pushed(demo, Text(str(n)))
            assert len(demo.gateway.deliveries) == 2
            assert notices(demo) == []

    async def test_a_late_answer_is_cut_off_and_the_same_message_comes_again(self) -> None:
        async with world(9.0, 9.0) as demo:
            await pushed(demo, Text("在吗"))
            assert len({str(delivery.fields["MsgId"]) for delivery in demo.gateway.deliveries}) == 1
            assert len({delivery.query["nonce"] for delivery in demo.gateway.deliveries}) == 3, "signed anew"
            assert notices(demo) == [], "the third attempt was answered"
            first, second, third = (delivery.at for delivery in demo.gateway.deliveries)
            assert min(second - first, third - second) >= HASTY.interval_s - 0.05, "not at once"

    async def test_after_three_attempts_the_user_is_told(self) -> None:
        async with world(9.0, 9.0, 9.0, 9.0) as demo:
            await pushed(demo, Text("在吗"))
            assert len(demo.gateway.deliveries) == 3
            assert notices(demo) == ["unavailable"]
            (record,) = demo.simulator.platform.pusher.log
            assert (record.outcome, record.cause, record.attempts) == ("abnormal", "timeout", 3)

    async def test_the_number_of_attempts_is_a_setting(self) -> None:
        options = PushOptions(timeout_s=0.2, interval_s=0.2, max_attempts=4)
        async with world(500, 500, 500, 500, options=options) as demo:
            await pushed(demo, Text("在吗"))
            assert len(demo.gateway.deliveries) == 4
            assert notices(demo) == ["unavailable"]

    async def test_a_server_error_is_tried_again(self) -> None:
        async with world(502) as demo:
            await pushed(demo, Text("在吗"))
            assert len(demo.gateway.deliveries) == 2
            assert notices(demo) == []

    async def test_a_dead_gateway_is_tried_again_until_it_lives(self) -> None:
        async with world() as demo:
            alive = demo.simulator.platform.account("demo").settings.callback_url
            demo.simulator.platform.reconfigure("demo", callback_url="http://127.0.0.1:9/")
            demo.simulator.act("demo", demo.openid, Text("在吗"))
            await asyncio.sleep(0.1)
            demo.simulator.platform.reconfigure("demo", callback_url=alive)
            await demo.simulator.settled()
            assert demo.gateway.texts() == ["在吗"]

    @pytest.mark.parametrize(
        "answer",
        [b'{"errcode":0}', b"SUCCESS", b'"success"', b"<html>", b"<xml><MsgType>text</MsgType></xml>", b" "],
    )
    async def test_an_abnormal_answer_shows_the_user_a_notice_at_once(self, answer: bytes) -> None:
        async with world(answer) as demo:
            await pushed(demo, Text("在吗"))
            assert len(demo.gateway.deliveries) == 1
            assert notices(demo) == ["unavailable"]

    async def test_who_unfollows_sees_no_notice(self) -> None:
        async with world(b"no") as demo:
            await pushed(demo, acts.Unsubscribe())
            assert notices(demo) == []

    async def test_without_a_callback_url_nothing_is_pushed(self) -> None:
        async with world() as demo:
            demo.simulator.platform.reconfigure("demo", callback_url="")
            assert demo.simulator.act("demo", demo.openid, Text("在吗")) > 0
            await demo.simulator.settled()
            assert demo.gateway.deliveries == []


def reply(content: str = "请稍候", **changes: str) -> Any:
    """A passive reply as an independent SDK writes it."""

    def answer(delivery: Delivery) -> bytes:
        made = TextReply(content=content, message=opened(delivery))
        for name, value in changes.items():
            setattr(made, name, value)
        return str(made.render()).encode()

    return answer


def sealed_reply(content: str, *, signed_by: str = "demo-token", app_id: str = APP) -> Any:
    def answer(delivery: Delivery) -> bytes:
        made = create_reply(content, message=opened(delivery))
        sealed = WeChatCrypto(signed_by, KEY, app_id).encrypt_message(made.render(), delivery.query["nonce"])
        return str(sealed).encode()

    return answer


class TestPassiveReplies:
    async def test_a_text_reply_appears_on_the_phone(self) -> None:
        async with world(reply("请稍候")) as demo:
            await pushed(demo, Text("在吗"))
            assert shown(demo) == [{"msgtype": "text", "text": {"content": "请稍候"}}]
            assert demo.simulator.received("demo", demo.openid)[0].passive

    async def test_it_costs_nothing_of_the_window(self) -> None:
        async with world(reply()) as demo:
            await pushed(demo, Text("在吗"))
            assert demo.simulator.platform.state(demo.simulator.user("demo", demo.openid)).window_left == 5

    async def test_articles_are_one_for_a_message_and_more_for_an_event(self) -> None:
        def articles(delivery: Delivery) -> bytes:
            made = ArticlesReply(message=opened(delivery))
            for n in range(2):
                made.add_article({"title": f"t{n}", "description": "d", "image": "i", "url": "u"})
            return str(made.render()).encode()

        async with world(articles, articles) as demo:
            await pushed(demo, Text("在吗"))
            assert notices(demo) == ["unavailable"]
            await pushed(demo, acts.Click("K"))
            assert [article["title"] for article in shown(demo)[0]["news"]["articles"]] == ["t0", "t1"]

    async def test_safe_mode_takes_sealed_replies_only(self) -> None:
        async with world(sealed_reply("您好"), b"success", reply()) as demo:
            demo.simulator.platform.reconfigure("demo", mode="safe")
            await pushed(demo, Text("1"))
            await pushed(demo, Text("2"))
            assert (len(shown(demo)), notices(demo)) == (1, []), "`success` stays unsealed"
            await pushed(demo, Text("3"))
            assert notices(demo) == ["unavailable"]

    async def test_compatible_mode_takes_both(self) -> None:
        async with world(sealed_reply("您好"), reply("您好")) as demo:
            demo.simulator.platform.reconfigure("demo", mode="compatible")
            for n in range(2):
                await pushed(demo, Text(str(n)))
            assert [payload["text"]["content"] for payload in shown(demo)] == ["您好", "您好"]

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            (sealed_reply("x", signed_by="other"), "wrong_signature"),
            (sealed_reply("x", app_id="wx_other"), "envelope_-40005"),
        ],
    )
    async def test_a_wrongly_sealed_reply_is_abnormal(self, answer: Any, cause: str) -> None:
        async with world(answer) as demo:
            demo.simulator.platform.reconfigure("demo", mode="safe")
            await pushed(demo, Text("在吗"))
            assert notices(demo) == ["unavailable"]
            assert demo.simulator.platform.pusher.log[-1].cause == cause

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            (reply(source="gh_other"), "wrong_addressee"),
            (reply(target="someone"), "wrong_addressee"),
            (reply(""), "no_Content"),
            (b"<xml/>", "not_xml"),
        ],
    )
    async def test_a_misaddressed_or_hollow_reply_is_abnormal(self, answer: Any, cause: str) -> None:
        async with world(answer) as demo:
            await pushed(demo, Text("在吗"))
            assert demo.simulator.platform.pusher.log[-1].cause == cause

    async def test_a_handover_is_noted(self) -> None:
        def handover(delivery: Delivery) -> bytes:
            return (
                f"<xml><ToUserName>{delivery.fields['FromUserName']}</ToUserName>"
                "<FromUserName>gh_demo00000001</FromUserName><CreateTime>1</CreateTime>"
                "<MsgType>transfer_customer_service</MsgType></xml>"
            ).encode()

        async with world(handover) as demo:
            await pushed(demo, Text("在吗"))
            assert notices(demo) == ["handover"]


class TestOrderAndFaults:
    async def test_one_user_s_messages_arrive_in_order_even_when_one_is_retried(self) -> None:
        async with world(500) as demo:
            for n in range(5):
                demo.simulator.act("demo", demo.openid, Text(str(n)))
            await demo.simulator.settled()
            assert demo.gateway.texts() == ["0", "0", "1", "2", "3", "4"]

    async def test_users_do_not_wait_for_each_other_but_share_a_bound(self) -> None:
        options = PushOptions(timeout_s=2, interval_s=2, concurrency=4)
        async with world(options=options) as demo:
            demo.gateway.work_s = 0.05
            for _ in range(12):
                demo.simulator.act("demo", demo.simulator.add_user("demo").openid, Text("你好"))
            await demo.simulator.settled()
            assert len(demo.gateway.deliveries) == 12
            assert demo.gateway.busy_max == 4

    async def test_a_duplicated_push_carries_the_same_id_and_shows_one_reply(self) -> None:
        async with world(reply("a"), reply("b")) as demo:
            demo.simulator.add_fault(PushFault(effect="duplicate"))
            await pushed(demo, Text("在吗"))
            ids = [delivery.fields["MsgId"] for delivery in demo.gateway.deliveries]
            assert (len(ids), len(set(ids)), len(shown(demo))) == (2, 1, 1)

    async def test_a_reordered_push_is_overtaken(self) -> None:
        async with world() as demo:
            demo.simulator.add_fault(PushFault(effect="reorder", delay_ms=100))
            for n in range(3):
                demo.simulator.act("demo", demo.openid, Text(str(n)))
            await demo.simulator.settled()
            assert demo.gateway.texts() == ["1", "2", "0"]

    async def test_a_delayed_push_holds_up_its_user_only(self) -> None:
        async with world() as demo:
            demo.simulator.add_fault(PushFault(effect="delay", delay_ms=200))
            demo.simulator.act("demo", demo.openid, Text("slow"))
            demo.simulator.act("demo", demo.simulator.add_user("demo").openid, Text("quick"))
            demo.simulator.act("demo", demo.openid, Text("after"))
            await demo.simulator.settled()
            assert demo.gateway.texts() == ["quick", "slow", "after"]

    async def test_a_lost_answer_brings_the_message_again(self) -> None:
        async with world() as demo:
            demo.simulator.add_fault(PushFault(effect="lose"))
            await pushed(demo, Text("在吗"))
            assert demo.gateway.texts() == ["在吗", "在吗"]
            assert notices(demo) == []

    async def test_the_backlog_is_bounded(self) -> None:
        async with world(options=PushOptions(backlog_max=3)) as demo:
            for n in range(3):
                demo.simulator.act("demo", demo.openid, Text(str(n)))
            with pytest.raises(SimulatorError, match="does not keep up"):
                demo.simulator.act("demo", demo.openid, Text("4"))

    async def test_a_kept_connection_that_the_gateway_closed_is_no_lost_message(self) -> None:
        async with world() as demo:
            await pushed(demo, Text("1"))
            client = demo.simulator.platform.pusher._client
            (connection,) = client._alive
            connection.transport.abort()  # as if the gateway had closed it between two pushes
            await until(lambda: not client._alive)
            await pushed(demo, Text("2"))
            assert demo.gateway.texts() == ["1", "2"]
            assert demo.simulator.platform.pusher.counts.attempts == 2

    async def test_stopping_ends_everything_under_way(self) -> None:
        async with world(9.0) as demo:
            demo.simulator.act("demo", demo.openid, Text("在吗"))
            await until(lambda: bool(demo.gateway.deliveries))
            await demo.simulator.stop()
            await demo.simulator.settled()
            assert demo.simulator.platform.pusher.pending == 0
