"""One clock for staff: pages and pushed pieces agree, and the log says when the core counts by another."""

from zoneinfo import ZoneInfo

import pytest

from desk.clocks import warn_of_two_clocks
from desk.config import load_settings
from desk.fragments import Fragments
from desk.templating import Templates
from desk.times import Times
from desk.transcripts import Transcripts
from sessions import events as ev
from sessions.ids import Seq
from sessions.settings import Site
from tests.builders import Desk, make_site

BERLIN = ZoneInfo("Europe/Berlin")


def test_what_is_pushed_is_on_the_clock_of_the_pages_whatever_the_site_counts_by() -> None:
    desk = Desk(make_site(utc_offset_min=480))
    desk.come("s1")
    desk.served("ann", "s1")
    said = desk.write("ann", "my bill?").only(ev.MessageReceived)
    transcripts = Transcripts()
    for seq, event in enumerate(desk.ledger, 1):
        transcripts.fold(Seq(seq), event)
    pushed = Fragments(Templates(BERLIN)).render(said, desk.floor, transcripts, "zh")
    assert Times("zh", BERLIN).clock(said.at) in pushed
    assert Times("zh", ZoneInfo("Asia/Shanghai")).clock(said.at) not in pushed


@pytest.mark.parametrize(
    ("zone", "site", "differs"),
    [
        ("Asia/Shanghai", make_site(utc_offset_min=480), False),
        ("Asia/Shanghai", make_site(utc_offset_min=540), True),
        ("Asia/Tokyo", make_site(utc_offset_min=540), False),
        ("Asia/Tokyo", make_site(utc_offset_min=480), True),
        ("Asia/Tokyo", Site(), False),
    ],
)
def test_the_log_says_when_the_site_counts_by_another_clock(
    zone: str, site: Site, differs: bool, caplog: pytest.LogCaptureFixture
) -> None:
    warn_of_two_clocks(load_settings(timezone=zone), site)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * differs
    if differs:
        assert "utc_offset_min" in caplog.text
        assert "TIMEZONE" in caplog.text
