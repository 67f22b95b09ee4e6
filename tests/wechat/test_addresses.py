"""What WeChat gives as an address is asked for at WeChat, and nowhere else."""

import pytest

from desk.channels.wechat.addresses import fetchable

WECHAT = "https://api.weixin.qq.com"
SIMULATOR = "http://127.0.0.1:8000/sim/wechat"


@pytest.mark.parametrize(
    ("address", "api_base", "asked"),
    [
        (
            "https://vweixinp.tc.qq.com/1007_a.mp4?vkey=B%2F1",
            WECHAT,
            "https://vweixinp.tc.qq.com/1007_a.mp4?vkey=B%2F1",
        ),
        ("http://vweixinp.tc.qq.com/a.mp4", WECHAT, "https://vweixinp.tc.qq.com/a.mp4"),
        ("HTTP://user@MMBIZ.qpic.cn:80/a", WECHAT, "https://mmbiz.qpic.cn/a"),
        (f"{SIMULATOR}/video/demo/1", SIMULATOR, f"{SIMULATOR}/video/demo/1"),
    ],
)
def test_a_file_at_wechat_is_fetched_by_tls_and_one_beside_the_api_as_that_is(
    address: str, api_base: str, asked: str
) -> None:
    assert fetchable(address, api_base) == asked


@pytest.mark.parametrize(
    "address",
    [
        "",
        "video.mp4",
        "//api.weixin.qq.com/a",
        "file:///etc/passwd",
        "ftp://a.qq.com/a",
        "http://127.0.0.1:6379/",
        "http://127.0.0.1:8000/sim/wechat/video/demo/1",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::1/",
        "https://localhost/",
        "https://qq.com.example.com/a",
        "https://example.com/.qq.com",
        "https://api.weixin.qq.com@example.com/",
        "https://example.com#.qq.com",
        "https://example.com\\.qq.com/",
        "https://notqq.com/a",
        "https://evilqpic.cn/a",
        "https://公.qq.com/",
    ],
)
def test_any_other_address_is_not_asked(address: str) -> None:
    assert fetchable(address, WECHAT) is None
