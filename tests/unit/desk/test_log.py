"""Log lines: a machine can read each one, whatever was put into it."""

import io
import json
import logging
from typing import Any

import pytest

from desk.log import LogFormat, set_up_logging

log = logging.getLogger("desk.example")


pytestmark = pytest.mark.usefixtures("logging_as_it_was")


def lines(log_format: LogFormat | None = "json", level: str = "INFO") -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(level, log_format, stream)
    return stream


def only(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    read: dict[str, Any] = json.loads(line)
    return read


def test_a_line_is_one_json_object_with_the_extra_fields() -> None:
    stream = lines()
    log.info("pushed %d", 3, extra={"account": "demo", "took_ms": 1.5})
    line = only(stream)
    assert line.pop("ts").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "desk.example",
        "msg": "pushed 3",
        "account": "demo",
        "took_ms": 1.5,
    }


def test_an_exception_stays_on_its_line() -> None:
    stream = lines()
    try:
        raise ValueError("信用卡\n第二行")
    except ValueError:
        log.exception("failed")
    assert "ValueError: 信用卡\n第二行" in only(stream)["exc"]


@pytest.mark.parametrize("odd", [object(), {1, 2}, b"\xff", 1 << 80, "\ud800", float("nan"), {(1,): 2}])
def test_nothing_that_is_logged_loses_the_line(odd: object) -> None:
    stream = lines()
    log.warning("odd", extra={"odd": odd})
    assert "odd" in only(stream)["msg"]


def test_an_extra_field_replaces_no_field_of_the_line() -> None:
    stream = lines()
    log.info("message", extra={"level": "deep"})
    assert only(stream)["level"] == "info"
    assert only(stream)["level_"] == "deep"


def test_text_is_for_reading() -> None:
    stream = lines("text")
    log.info("Redis is ready", extra={"server": "redis 7.0.15", "pid": 7})
    assert stream.getvalue().endswith("INFO    desk.example: Redis is ready server='redis 7.0.15' pid=7\n")


def test_without_a_terminal_lines_are_json() -> None:
    stream = lines(None)
    log.info("hello")
    assert only(stream)["msg"] == "hello"


def test_the_level_counts_and_libraries_are_kept_quiet() -> None:
    stream = lines(level="DEBUG")
    log.debug("mine")
    logging.getLogger("httpcore2.connection").debug("theirs")
    assert only(stream)["msg"] == "mine"


def test_lines_go_to_stderr_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "json")
    log.info("hello")
    out, err = capsys.readouterr()
    assert out == ""
    assert "hello" in err


@pytest.mark.parametrize("name", ["uvicorn.error", "websockets", "httpx2", "sqlalchemy.engine"])
def test_who_debugs_hears_nothing_from_those_who_would_tell_secrets(name: str) -> None:
    stream = lines(level="DEBUG")
    logging.getLogger(name).debug("< cookie: desk_session=secret")
    log.debug("ours")
    assert only(stream)["msg"] == "ours"
