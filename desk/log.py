"""Where the desk's log lines go and what they look like.

The standard library's logging, set up once by each process: one JSON object a line for machines, or a
readable line on a terminal. What a caller passes as `extra={...}` becomes fields of its own, so messages
stay constant texts that can be searched for. Uvicorn writes through the same handler, and its access log is
off: a line for a request costs more than the request.
"""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, TextIO

import msgspec

LogFormat = Literal["json", "text"]

UVICORN_LOGGING: Mapping[str, Any] = MappingProxyType({"log_config": None, "access_log": False})
"""For `uvicorn.Config(app, **UVICORN_LOGGING)`: no handlers of uvicorn's own."""

_STANDARD_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {
    *("message", "asctime", "taskName"),
    "color_message",  # uvicorn's
}
_COLOURS = {"DEBUG": "2", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_AT_LEAST = {
    **dict.fromkeys(
        ("httpx2", "httpcore2", "asyncio", "aiosqlite", "alembic", "websockets", "sqlalchemy"), logging.WARNING
    ),
    "uvicorn.error": logging.INFO,  # to debug, it writes the headers of handshakes: who is signed in by which token
}
"""Loggers of others that say too much, and what a line of theirs must be worth."""


def set_up_logging(level: str = "INFO", log_format: LogFormat | None = None, stream: TextIO | None = None) -> None:
    """Sends all log lines to `stream` (else stderr); without a format, text on a terminal and JSON elsewhere."""
    stream = stream or sys.stderr
    terminal = stream.isatty()
    handler = logging.StreamHandler(stream)
    text = log_format == "text" or (log_format is None and terminal)
    handler.setFormatter(ReadableLines(colour=terminal) if text else JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name, least in _AT_LEAST.items():
        logging.getLogger(name).setLevel(max(least, logging.getLogger().level))


class JsonLines(logging.Formatter):
    """One JSON object a line: ts (UTC), level, logger, msg, the extra fields, and exc where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        line |= {name if name not in line else f"{name}_": value for name, value in _extra(record).items()}
        if record.exc_info:
            line["exc"] = self.formatException(record.exc_info)
        try:
            return msgspec.json.encode(line, enc_hook=repr).decode()
        except (ValueError, TypeError, RecursionError):  # a log line is never lost to what was put into it
            return msgspec.json.encode({name: ascii(value) for name, value in line.items()}).decode()


class ReadableLines(logging.Formatter):
    """Local time, level, message and the extra fields as name=value, coloured on a terminal."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "milliseconds")[11:23]
        fields = "".join(f" {name}={_shown(value)}" for name, value in _extra(record).items())
        line = f"{at} {record.levelname:<7} {record.name}: {record.getMessage()}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        colour = _COLOURS.get(record.levelname) if self._colour else None
        return f"\x1b[{colour}m{line}\x1b[0m" if colour else line


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD_FIELDS}


def _shown(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text and text else repr(text)
