"""The simulated platform's rules: what may be said, with which token, with which file, and what goes wrong."""

import struct

import pytest

from desk.channels.wechat.simulator import formats
from desk.channels.wechat.simulator.errors import ApiError, SimulatorError, worded
from desk.channels.wechat.simulator.faults import FAULTS_MAX, ApiFault, Faults, PushFault
from desk.channels.wechat.simulator.limits import Limits
from desk.channels.wechat.simulator.media import LIFETIME_MS, MediaStore
from desk.channels.wechat.simulator.tokens import Tokens
from desk.channels.wechat.simulator.users import TIMELINE_MAX, Profile, User
from desk.channels.wechat.simulator.window import Allowance, Quota, Trigger, Window
from tests.wechat.simulation import JPG, PNG

HOUR_MS = 3_600_000
APP = "wxdemo0000000001"


def errcode(caught: pytest.ExceptionInfo[ApiError]) -> int:
    return caught.value.errcode


class TestWindow:
    def test_a_message_lets_the_account_say_five_things(self) -> None:
        window = Window()
        window.open(Trigger.MESSAGE, Quota(), at=0)
        for _ in range(5):
            assert window.verdict(at=1) == 0
            window.spend(at=1)
        assert window.verdict(at=1) == 45047

    def test_it_closes_after_48_hours(self) -> None:
        window = Window()
        window.open(Trigger.MESSAGE, Quota(), at=0)
        assert window.verdict(at=48 * HOUR_MS - 1) == 0
        assert window.verdict(at=48 * HOUR_MS) == 45015

    def test_without_any_trigger_it_is_closed(self) -> None:
        assert Window().verdict(at=0) == 45015

    def test_another_message_refills_and_prolongs(self) -> None:
        window = Window()
        window.open(Trigger.MESSAGE, Quota(), at=0)
        window.spend(at=1)
        window.open(Trigger.MESSAGE, Quota(), at=HOUR_MS)
        assert window.left(at=HOUR_MS) == 5
        assert window.expires_at(at=HOUR_MS) == 49 * HOUR_MS

    def test_another_message_adds_where_the_quota_accumulates(self) -> None:
        window, quota = Window(), Quota(accumulates=True)
        window.open(Trigger.MESSAGE, quota, at=0)
        window.open(Trigger.MESSAGE, quota, at=1)
        assert window.left(at=1) == 10

    @pytest.mark.parametrize("trigger", [Trigger.MENU, Trigger.FOLLOW, Trigger.SCAN])
    def test_menu_follow_and_scan_grant_three_in_one_minute(self, trigger: Trigger) -> None:
        window = Window()
        window.open(trigger, Quota(), at=0)
        assert window.left(at=59_999) == 3
        assert window.verdict(at=60_000) == 45015

    def test_what_expires_first_is_spent_first(self) -> None:
        window = Window()
        window.open(Trigger.MESSAGE, Quota(), at=0)
        window.open(Trigger.MENU, Quota(), at=0)
        for _ in range(3):
            window.spend(at=1)
        assert window.left(at=61_000) == 5, "the menu's three went first"

    def test_unfollowing_closes_it(self) -> None:
        window = Window()
        window.open(Trigger.MESSAGE, Quota(), at=0)
        window.close()
        assert window.verdict(at=1) == 45015

    def test_the_numbers_are_settings(self) -> None:
        window, quota = Window(), Quota(message=Allowance(20, 24 * HOUR_MS))
        window.open(Trigger.MESSAGE, quota, at=0)
        assert window.left(at=0) == 20
        assert window.expires_at(at=0) == 24 * HOUR_MS


class TestTokens:
    def test_a_new_token_leaves_the_old_one_five_minutes(self) -> None:
        tokens = Tokens()
        old, life_s = tokens.issue(APP, at=0)
        new, _ = tokens.issue(APP, at=1_000)
        assert (life_s, old != new) == (7200, True)
        assert tokens.app_of(old, at=300_999) == tokens.app_of(new, at=300_999) == APP
        with pytest.raises(ApiError) as caught:
            tokens.app_of(old, at=301_000)
        assert errcode(caught) == 40001

    def test_a_token_expires_after_two_hours(self) -> None:
        tokens = Tokens()
        token, _ = tokens.issue(APP, at=0)
        with pytest.raises(ApiError) as caught:
            tokens.app_of(token, at=7_200_000)
        assert errcode(caught) == 42001

    @pytest.mark.parametrize(("token", "code"), [("", 41001), ("short", 40014), ("x" * 120, 40001)])
    def test_other_tokens_are_refused(self, token: str, code: int) -> None:
        with pytest.raises(ApiError) as caught:
            Tokens().app_of(token, at=0)
        assert errcode(caught) == code

    def test_the_stable_token_stays_until_five_minutes_before_its_end(self) -> None:
        tokens = Tokens()
        first, life_s = tokens.stable(APP, force=False, at=0)
        again, left_s = tokens.stable(APP, force=False, at=6_899_000)
        assert (again, life_s, left_s) == (first, 7200, 301)
        next_one, life_s = tokens.stable(APP, force=False, at=6_900_000)
        assert (next_one != first, life_s) == (True, 7200)
        assert tokens.app_of(first, at=7_199_999) == APP, "both are valid during the overlap"

    def test_the_two_endpoints_do_not_touch_each_other(self) -> None:
        tokens = Tokens()
        stable, _ = tokens.stable(APP, force=False, at=0)
        ordinary, _ = tokens.issue(APP, at=0)
        tokens.issue(APP, at=1)
        assert tokens.app_of(stable, at=400_000) == APP
        tokens.stable(APP, force=True, at=2)
        assert tokens.app_of(ordinary, at=3) == APP

    def test_forcing_kills_the_stable_token_at_once(self) -> None:
        tokens = Tokens()
        first, _ = tokens.stable(APP, force=False, at=0)
        forced, _ = tokens.stable(APP, force=True, at=1)
        assert forced != first
        with pytest.raises(ApiError) as caught:
            tokens.app_of(first, at=1)
        assert errcode(caught) == 40001

    def test_forcing_again_within_30_seconds_changes_nothing(self) -> None:
        tokens = Tokens()
        tokens.stable(APP, force=False, at=0)
        forced, _ = tokens.stable(APP, force=True, at=0)
        assert tokens.stable(APP, force=True, at=29_999)[0] == forced
        assert tokens.stable(APP, force=True, at=30_000)[0] != forced

    def test_forcing_works_twenty_times_a_day(self) -> None:
        tokens = Tokens()
        last, _ = tokens.stable(APP, force=False, at=0)
        changes = 0
        for n in range(30):
            now, _ = tokens.stable(APP, force=True, at=n * 30_000)
            changes += now != last
            last = now
        assert changes == 20


class TestMedia:
    def test_an_upload_can_be_had_for_three_days(self) -> None:
        store = MediaStore()
        media = store.upload("demo", "image", PNG, "a.png", at=0)
        assert store.get("demo", media.media_id, at=LIFETIME_MS - 1).body == PNG
        with pytest.raises(ApiError) as caught:
            store.get("demo", media.media_id, at=LIFETIME_MS)
        assert errcode(caught) == 40007

    def test_another_account_cannot_have_it(self) -> None:
        store = MediaStore()
        media = store.upload("demo", "image", PNG, "a.png", at=0)
        with pytest.raises(ApiError) as caught:
            store.get("other", media.media_id, at=0)
        assert errcode(caught) == 40007

    @pytest.mark.parametrize(
        ("kind", "body", "code"),
        [
            ("document", PNG, 40004),
            ("image", b"", 44001),
            ("image", b"<svg/>", 40005),
            ("image", b"BM" + bytes(99), 40005),
            ("voice", PNG, 40005),
            ("thumb", PNG, 40005),
            ("image", PNG + bytes(10 << 20), 40009),
            ("voice", b"#!AMR\n" + bytes(2 << 20), 40010),
            ("video", b"\0\0\0\x18ftypmp42" + bytes(10 << 20), 40011),
            ("thumb", JPG + bytes(64 << 10), 40012),
            ("voice", b"#!AMR\n" + (b"\x3c" + bytes(31)) * 3_001, 45007),
        ],
    )
    def test_uploads_that_the_platform_refuses(self, kind: str, body: bytes, code: int) -> None:
        with pytest.raises(ApiError) as caught:
            MediaStore().upload("demo", kind, body, "", at=0)
        assert errcode(caught) == code

    def test_a_user_may_send_what_the_upload_api_refuses(self) -> None:
        assert MediaStore().receive("demo", "image", b"BM" + bytes(99), "a.bmp", at=0).format is formats.BMP

    def test_a_user_cannot_send_a_program_as_a_picture(self) -> None:
        with pytest.raises(SimulatorError, match="cannot be sent as image"):
            MediaStore().receive("demo", "image", b"MZ" + bytes(99), "a.exe", at=0)

    def test_the_oldest_files_go_when_memory_is_full(self) -> None:
        store = MediaStore(bytes_max=2_000)
        oldest = store.upload("demo", "image", PNG, "", at=0)
        kept = [store.upload("demo", "image", PNG, "", at=0) for _ in range(3)]
        with pytest.raises(ApiError):
            store.get("demo", oldest.media_id, at=0)
        assert store.get("demo", kept[-1].media_id, at=0).body == PNG
        assert store.bytes_held <= 2_000


class TestFormats:
    def test_amr_is_counted_in_frames_of_20_ms(self) -> None:
        body = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50
        assert formats.sniff(body) is formats.AMR
        assert formats.duration_ms(body, formats.AMR) == 1_000

    def test_mp3_is_counted_by_its_frame_headers(self) -> None:
        frame = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes, 26.12 ms
        body = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + frame * 100
        assert formats.sniff(body) is formats.MP3
        assert formats.duration_ms(body, formats.MP3) == pytest.approx(2_612, abs=1)
        assert formats.sniff(frame) is formats.MP3, "also without a tag"

    def test_wav_is_counted_by_its_byte_rate(self) -> None:
        head = b"RIFF" + bytes(4) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
        body = head + b"data" + bytes(4) + bytes(48_000)
        assert formats.sniff(body) is formats.WAV
        assert formats.duration_ms(body, formats.WAV) == 1_500

    @pytest.mark.parametrize("body", [b"", b"\xff", b"hello", b"<html>", b"RIFF1234AVI "])
    def test_anything_else_is_unknown(self, body: bytes) -> None:
        assert formats.sniff(body) is None


class TestLimits:
    def test_the_day_s_calls_run_out_and_come_back_at_midnight_in_china(self) -> None:
        limits = Limits({"/cgi-bin/menu/create": 2})
        before_midnight = 16 * HOUR_MS - 1
        for _ in range(2):
            limits.count("/cgi-bin/menu/create", before_midnight)
        with pytest.raises(ApiError) as caught:
            limits.count("/cgi-bin/menu/create", before_midnight)
        assert errcode(caught) == 45009
        limits.count("/cgi-bin/menu/create", before_midnight + 1)

    def test_counters_can_be_cleared_ten_times(self) -> None:
        limits = Limits()
        for _ in range(10):
            limits.clear()
        with pytest.raises(ApiError) as caught:
            limits.clear()
        assert errcode(caught) == 48006


class TestFaults:
    def test_a_fault_strikes_as_often_as_asked(self) -> None:
        faults = Faults()
        faults.add(ApiFault(path="/cgi-bin/user/info", errcode=-1, times=2))
        struck = [faults.strikes_call("demo", "/cgi-bin/user/info") for _ in range(3)]
        assert [fault is not None for fault in struck] == [True, True, False]

    def test_a_fault_spares_other_paths_and_accounts(self) -> None:
        faults = Faults()
        faults.add(ApiFault(path="/cgi-bin/user/info", account="demo", errcode=-1))
        assert faults.strikes_call("demo", "/cgi-bin/token") is None
        assert faults.strikes_call("other", "/cgi-bin/user/info") is None
        assert faults.strikes_push("demo") is None

    def test_the_oldest_fault_strikes_first(self) -> None:
        faults = Faults()
        faults.add(PushFault(effect="duplicate"))
        faults.add(PushFault(effect="lose"))
        assert [(fault := faults.strikes_push("demo")) and fault.effect for _ in range(3)] == [
            "duplicate",
            "lose",
            None,
        ]

    def test_there_are_not_endlessly_many(self) -> None:
        faults = Faults()
        for _ in range(FAULTS_MAX):
            faults.add(ApiFault())
        with pytest.raises(SimulatorError, match="clear them first"):
            faults.add(ApiFault())


def test_an_errmsg_ends_with_the_second_of_the_call_in_hex() -> None:
    assert worded("invalid openid", call=7, at=1_600_000_000_123).startswith("invalid openid rid: 5f5e1000-00000007-")


def test_a_timeline_forgets_but_goes_on_counting() -> None:
    user = User(Profile("o" * 28))
    for n in range(TIMELINE_MAX + 10):
        user.note("account", "text", {"n": n}, at=n)
    assert (len(user.received()), user.received_count) == (TIMELINE_MAX, TIMELINE_MAX + 10)
    assert user.since(TIMELINE_MAX + 8)[0].payload == {"n": TIMELINE_MAX + 8}
