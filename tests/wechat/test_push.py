"""What WeChat pushes, as typed values and as commands to the core."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.channels.wechat import push as it
from desk.channels.wechat.fields import read_fields
from desk.channels.wechat.inbound import command_for
from desk.channels.wechat.push import Event, Push, dedupe_key
from desk.channels.wechat.reading import PushError, read_push
from desk.channels.wechat.xml import Renderable, parse, render
from sessions import commands, content
from sessions.commands import ReceiveMessage, RecordCustomerEvent
from tests.wechat.pushes import event, message, text_message
from tests.wechat.vectors import OPENID, ORIGINAL_ID, expand, named

INBOUND = named("inbound")


def pushed(fields: dict[str, Renderable]) -> Push:
    """The push as it arrives, through XML."""
    return read_push(parse(render(fields).encode()))


def content_of(fields: dict[str, Renderable]) -> content.Content:
    command = command_for("bank", pushed(fields))
    assert isinstance(command, ReceiveMessage)
    return command.content


def event_of(fields: dict[str, Renderable]) -> content.CustomerEvent:
    command = command_for("bank", pushed(fields))
    assert isinstance(command, RecordCustomerEvent)
    return command.event


# What each vector is in our words, and where its fields stand.
CLASSES: dict[str, tuple[type[Any], dict[str, str]]] = {
    "text": (it.TextMessage, {"content": "Content", "msg_id": "MsgId"}),
    "text_from_article": (it.TextMessage, {"content": "Content", "msg_data_id": "MsgDataId", "index": "Idx"}),
    "text_bizmsgmenu_click": (it.TextMessage, {"content": "Content", "menu_id": "bizmsgmenuid"}),
    "text_qq_face_and_cdata": (it.TextMessage, {"content": "Content"}),
    "image": (it.ImageMessage, {"media_id": "MediaId", "pic_url": "PicUrl"}),
    "voice": (it.VoiceMessage, {"media_id": "MediaId", "format": "Format"}),
    "voice_with_recognition": (it.VoiceMessage, {"media_id": "MediaId", "recognition": "Recognition"}),
    "voice_empty_recognition_16k": (
        it.VoiceMessage,
        {"recognition": "Recognition", "media_id_16k": "MediaId16K"},
    ),
    "video": (it.VideoMessage, {"media_id": "MediaId", "thumb_media_id": "ThumbMediaId"}),
    "shortvideo": (it.VideoMessage, {"media_id": "MediaId", "thumb_media_id": "ThumbMediaId"}),
    "location": (
        it.LocationMessage,
        {"latitude": "Location_X", "longitude": "Location_Y", "scale": "Scale", "label": "Label"},
    ),
    "link": (it.LinkMessage, {"title": "Title", "description": "Description", "url": "Url"}),
    "miniprogrampage": (
        it.MiniProgramMessage,
        {"title": "Title", "app_id": "AppId", "page_path": "PagePath", "thumb_media_id": "ThumbMediaId"},
    ),
    "file_undocumented": (
        it.FileMessage,
        {"title": "Title", "description": "Description", "key": "FileKey", "size_bytes": "FileTotalLen"},
    ),
    "event_subscribe": (it.SubscribeEvent, {"key": "EventKey", "scene": "EventKey"}),
    "event_subscribe_qr": (it.SubscribeEvent, {"key": "EventKey", "ticket": "Ticket"}),
    "event_unsubscribe": (it.UnsubscribeEvent, {"key": "EventKey"}),
    "event_SCAN": (it.ScanEvent, {"scene": "EventKey", "ticket": "Ticket"}),
    "event_LOCATION": (
        it.LocationEvent,
        {"latitude": "Latitude", "longitude": "Longitude", "precision": "Precision"},
    ),
    "event_CLICK": (it.ClickEvent, {"key": "EventKey"}),
    "event_VIEW": (it.ViewEvent, {"url": "EventKey", "menu_id": "MenuId"}),
    "event_view_miniprogram": (it.ViewMiniProgramEvent, {"page_path": "EventKey", "menu_id": "MenuId"}),
}


@pytest.mark.parametrize("name", INBOUND)
def test_inbound_vectors(name: str) -> None:
    vector = INBOUND[name]
    raw = expand(vector["raw_dict"])
    fields = parse(vector["plain_body"].encode())
    assert fields == raw
    push = read_push(fields)
    expected_class, named_fields = CLASSES[name]
    assert type(push) is expected_class
    for ours, theirs in named_fields.items():
        value = getattr(push, ours)
        assert value == type(value)(raw[theirs]), ours
    assert (push.account_id, push.openid, push.created_at) == (ORIGINAL_ID, OPENID, 1735689600_000)
    assert dedupe_key(push) == vector["dedupe_key"]


@pytest.mark.parametrize("name", INBOUND)
def test_json_pushes_come_to_the_same(name: str) -> None:
    raw = dict(INBOUND[name]["raw_dict"])
    numeric = {"CreateTime", "MsgId", "Idx", "Scale", "Latitude", "Longitude"} & raw.keys()
    body = msgspec.json.encode(raw | {name: msgspec.json.decode(raw[name]) for name in numeric})
    ours, theirs = read_push(read_fields(body)), read_push(parse(INBOUND[name]["plain_body"].encode()))
    assert ours == theirs


def test_messages_in_channel_neutral_words() -> None:
    assert content_of(text_message("/::) 你好😀")) == content.Text(text="/::) 你好😀")
    assert content_of(text_message("满意", bizmsgmenuid="csat_5")) == content.Text(text="满意", menu_id="csat_5")
    assert content_of(message("image", MediaId="m1", PicUrl="http://x/0")) == content.Image(source="m1")
    assert content_of(message("voice", MediaId="v1", Format="amr", Recognition="退款")) == content.Voice(
        source="v1", format="amr", recognition="退款"
    )
    assert content_of(message("video", MediaId="m", ThumbMediaId="t")) == content.Video(source="m", thumb_source="t")
    assert content_of(message("shortvideo", MediaId="m")) == content.Video(source="m", short=True)
    assert content_of(
        message("location", Location_X="23.1", Location_Y="113.3", Scale=20, Label="广州")
    ) == content.Location(latitude=23.1, longitude=113.3, label="广州", scale=20)
    assert content_of(message("link", Title="t", Description="d", Url="https://a/")) == content.Link(
        title="t", url="https://a/", description="d"
    )
    assert content_of(message("miniprogrampage", Title="t", AppId="wx1", PagePath="p")) == content.MiniProgram(
        title="t", app_id="wx1", page_path="p"
    )
    assert content_of(message("file", Title="合同.pdf", FileTotalLen=1024)) == content.File(
        title="合同.pdf", size_bytes=1024
    )


def test_events_in_channel_neutral_words() -> None:
    assert event_of(event("subscribe", EventKey="")) == content.Followed()
    assert event_of(event("subscribe", EventKey="qrscene_o1", Ticket="T")) == content.Followed(scene="o1")
    assert event_of(event("unsubscribe", EventKey="")) == content.Unfollowed()
    assert event_of(event("SCAN", EventKey="o1", Ticket="T")) == content.Scanned(scene="o1")
    assert event_of(event("CLICK", EventKey="KF")) == content.MenuClicked(key="KF")
    assert event_of(event("VIEW", EventKey="https://a/")) == content.MenuViewed(url="https://a/")
    assert event_of(event("LOCATION", Latitude="23.5", Longitude="113.5")) == content.LocationReported(
        latitude=23.5, longitude=113.5
    )


def test_events_with_something_inside() -> None:
    scan = pushed(event("scancode_push", EventKey="k", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "42"}))
    assert isinstance(scan, it.ScanCodeEvent)
    assert (scan.name, scan.scan_type, scan.scan_result) == ("scancode_push", "qrcode", "42")

    for items in ([{"PicMd5Sum": "1"}], [{"PicMd5Sum": "1"}, {"PicMd5Sum": "2"}]):
        pictures = pushed(event("pic_weixin", SendPicsInfo={"Count": len(items), "PicList": {"item": items}}))
        assert isinstance(pictures, it.PicturesEvent)
        assert (pictures.count, pictures.md5_sums) == (len(items), [item["PicMd5Sum"] for item in items])

    place = pushed(
        event(
            "location_select",
            SendLocationInfo={"Location_X": "1.5", "Location_Y": "2.5", "Scale": "15", "Label": "here", "Poiname": "p"},
        )
    )
    assert isinstance(place, it.LocationSelectEvent)
    assert (place.latitude, place.longitude, place.scale, place.poi_name) == (1.5, 2.5, 15, "p")

    for entries in ([{"TemplateId": "a"}], [{"TemplateId": "a"}, {"TemplateId": "b"}]):
        asked = pushed(event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": entries}))
        assert isinstance(asked, it.SubscriptionEvent)
        assert asked.entries == entries


def test_job_events_are_told_apart_by_their_job() -> None:
    jobs = [pushed(event("TEMPLATESENDJOBFINISH", MsgID=number, Status="failed:user block")) for number in (1, 2)]
    assert isinstance(jobs[0], it.TemplateSentEvent)
    assert jobs[0].status == "failed:user block"
    assert dedupe_key(jobs[0]) != dedupe_key(jobs[1])
    mass = pushed(
        event(
            "MASSSENDJOBFINISH", MsgID=3, Status="send success", TotalCount=5, FilterCount=4, SentCount=3, ErrorCount=1
        )
    )
    assert isinstance(mass, it.MassSentEvent)
    assert (mass.total, mass.filtered, mass.sent, mass.failed) == (5, 4, 3, 1)


def test_native_customer_service_and_privacy_events() -> None:
    switched = pushed(event("kf_switch_session", FromKfAccount="a@x", ToKfAccount="b@x"))
    assert isinstance(switched, it.NativeSessionEvent)
    assert (switched.from_kf_account, switched.kf_account) == ("a@x", "b@x")
    revoked = pushed(event("user_authorization_revoke", OpenID=OPENID, AppID="wx1", RevokeInfo="301"))
    assert isinstance(revoked, it.PrivacyEvent)
    assert (revoked.subject_openid, revoked.app_id, revoked.revoke_info) == (OPENID, "wx1", "301")
    assert event_of(event("kf_create_session", KfAccount="a@x")) == content.OtherEvent(
        name="kf_create_session", raw={"kf_account": "a@x"}
    )


def test_the_event_location_and_the_message_location_are_two_things() -> None:
    assert isinstance(pushed(event("LOCATION", Latitude="1", Longitude="2")), it.LocationEvent)
    assert isinstance(pushed(message("location", Location_X="1", Location_Y="2")), it.LocationMessage)
    assert isinstance(pushed(event("location", Latitude="1", Longitude="2")), it.UnknownEvent)
    assert isinstance(pushed(message("LOCATION", Location_X="1", Location_Y="2")), it.UnknownMessage)


class TestUnknownThings:
    def test_an_unknown_message_is_kept_as_it_came(self) -> None:
        assert content_of(message("hologram", Depth="3", Layers={"item": ["a", "b"]})) == content.Unknown(
            name="hologram", raw={"Depth": "3", "Layers": {"item": ["a", "b"]}}
        )

    def test_an_unknown_event_is_kept_as_it_came(self) -> None:
        assert event_of(event("poke", EventKey="k", Strength="9")) == content.OtherEvent(
            name="poke", raw={"EventKey": "k", "Strength": "9"}
        )

    @pytest.mark.parametrize(
        "fields",
        [
            message("text"),
            message("image", PicUrl="http://x/0"),
            message("voice"),
            message("video", ThumbMediaId="t"),
            message("location", Location_X="here", Location_Y="2"),
            message("location", Location_X="nan", Location_Y="2"),
            message("location", Location_X="1", Location_Y="1e999"),
            message("link", Title="t"),
            message("image", MediaId={"nested": "1"}),
        ],
        ids=lambda fields: "-".join(str(value) for value in fields.values())[58:],
    )
    def test_a_known_message_without_its_substance_stays_raw(self, fields: dict[str, Renderable]) -> None:
        push = pushed(fields)
        assert isinstance(push, it.UnknownMessage)
        assert push.msg_type == fields["MsgType"]

    def test_a_known_event_without_its_substance_stays_raw(self) -> None:
        assert isinstance(pushed(event("LOCATION", Latitude="inf", Longitude="1")), it.UnknownEvent)
        assert isinstance(pushed(event("location_select")), it.UnknownEvent)

    def test_an_empty_text_is_still_a_text(self) -> None:
        assert content_of(text_message("")) == content.Text(text="")

    def test_a_number_that_is_none_counts_as_nothing(self) -> None:
        assert content_of(message("file", Title="f", FileTotalLen="9" * 400)) == content.File(title="f")

    def test_a_link_that_would_run_something_loses_its_address(self) -> None:
        assert content_of(message("link", Title="t", Url="javascript:alert(1)")) == content.Link(title="t", url="")


class TestKeys:
    def test_a_retry_has_the_key_of_the_first_attempt(self) -> None:
        assert dedupe_key(pushed(text_message("a"))) == dedupe_key(pushed(text_message("a")))

    def test_events_of_the_same_second_are_told_apart(self) -> None:
        keys = {
            dedupe_key(pushed(event("CLICK", EventKey="a"))),
            dedupe_key(pushed(event("CLICK", EventKey="b"))),
            dedupe_key(pushed(event("VIEW", EventKey="a"))),
            dedupe_key(pushed(event("CLICK", EventKey="a", CreateTime=1735689601))),
            dedupe_key(pushed(event("CLICK", EventKey="a", FromUserName="another"))),
        }
        assert len(keys) == 5

    def test_a_message_without_an_id_goes_by_what_it_says(self) -> None:
        one, two = (pushed(text_message(words, MsgId="")) for words in ("a", "b"))
        assert dedupe_key(one) == dedupe_key(pushed(text_message("a", MsgId="")))
        assert dedupe_key(one) != dedupe_key(two)

    def test_an_endless_id_is_no_endless_key(self) -> None:
        assert len(dedupe_key(pushed(text_message("a", MsgId="9" * 5000)))) < 100


@pytest.mark.parametrize(
    "fields",
    [
        text_message(FromUserName=""),
        text_message(FromUserName="a:b"),
        text_message(FromUserName="o" * 65),
        text_message(FromUserName="<script>"),
        text_message(FromUserName={"a": "b"}),
        text_message(CreateTime=""),
        text_message(CreateTime="soon"),
        text_message(CreateTime="-5"),
        text_message(CreateTime=10**12 - 1),
        text_message(CreateTime="1735689600.5"),
        message(""),
    ],
    ids=lambda fields: "-".join(str(value) for value in fields.values())[16:70],
)
def test_a_push_of_nobody_or_of_no_time_is_refused(fields: dict[str, Renderable]) -> None:
    with pytest.raises(PushError):
        pushed(fields)


words = st.text(max_size=20)
TYPES = ["text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage", "file", "event"]
EVENTS = ["subscribe", "SCAN", "LOCATION", "CLICK", "VIEW", "scancode_push", "pic_weixin", "location_select"]
FIELDS = [
    *("Content", "MediaId", "Format", "Location_X", "Location_Y", "Scale", "Title", "Url", "EventKey", "MsgId"),
    *("Latitude", "Longitude", "ScanCodeInfo", "SendPicsInfo", "SendLocationInfo", "FileTotalLen", "Status"),
]


@given(
    st.sampled_from(TYPES) | words,
    st.sampled_from(EVENTS) | words,
    st.dictionaries(
        st.sampled_from(FIELDS) | words,
        st.recursive(
            words | st.integers().map(str) | st.floats().map(str),
            lambda value: st.lists(value, max_size=3) | st.dictionaries(words, value, max_size=3),
            max_leaves=4,
        ),
    ),
)
def test_whatever_comes_becomes_a_command_that_the_inbox_can_hold(
    msg_type: str, event_name: str, fields: dict[str, Any]
) -> None:
    common = {"FromUserName": OPENID, "CreateTime": "1735689600", "MsgType": msg_type or "x", "Event": event_name}
    push = read_push({**fields, **common})
    assert isinstance(push, Event) == (msg_type == "event")
    command = command_for("bank", push)
    assert commands.decode(commands.encode(command)) == command
