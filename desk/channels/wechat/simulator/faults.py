"""Misfortune to order: what the platform or the network shall do wrong, and how many times.

An API fault strikes calls of an API path; a push fault strikes what users send. Each fault is used up by the
calls it strikes. Where several would strike one call, the oldest does, and the others wait their turn.
"""

from typing import Any, Literal

from msgspec import Struct

from desk.channels.wechat.simulator.errors import SimulatorError

FAULTS_MAX = 100
TIMES_MAX = 1_000_000
DELAY_MS_MAX = 600_000


class ApiFault(Struct, tag="api", tag_field="kind", forbid_unknown_fields=True):
    """Strikes the next `times` calls of `path` ("*" for all), of one `account` or of all ("").

    It waits `delay_ms`, then answers `errcode` if there is one. `drop` cuts the connection instead of answering:
    "before" the call takes effect, or "after", when only the answer is lost.
    """

    path: str = "*"
    account: str = ""
    times: int = 1
    errcode: int | None = None
    delay_ms: int = 0
    drop: Literal["", "before", "after"] = ""


class PushFault(Struct, tag="push", tag_field="kind", forbid_unknown_fields=True):
    """Strikes the next `times` pushes of one `account` or of all ("").

    "duplicate" sends the push twice at the same time, with the same MsgId. "reorder" holds it back `delay_ms`
    while later ones of the same user pass. "delay" holds back the user's whole line. "lose" makes the platform
    miss the gateway's answer, so that it sends the push again.
    """

    effect: Literal["duplicate", "reorder", "delay", "lose"]
    account: str = ""
    times: int = 1
    delay_ms: int = 500


Fault = ApiFault | PushFault


class Faults:
    """The faults that are set, oldest first."""

    def __init__(self) -> None:
        self._api: list[ApiFault] = []
        self._push: list[PushFault] = []

    def add(self, fault: Fault) -> None:
        """Sets a fault. Raises `SimulatorError` when a hundred are set."""
        if len(self._api) + len(self._push) >= FAULTS_MAX:
            raise SimulatorError("too_many_faults", f"More than {FAULTS_MAX} faults are set; clear them first.")
        fault.times = max(1, min(fault.times, TIMES_MAX))
        fault.delay_ms = max(0, min(fault.delay_ms, DELAY_MS_MAX))
        if isinstance(fault, ApiFault):
            self._api.append(fault)
        else:
            self._push.append(fault)

    def clear(self) -> None:
        self._api.clear()
        self._push.clear()

    def all(self) -> list[Fault]:
        return [*self._api, *self._push]

    def strikes_call(self, account: str, path: str) -> ApiFault | None:
        """The fault that strikes this call, used once."""
        for fault in self._api:
            if fault.account in ("", account) and fault.path in ("*", path):
                _use(self._api, fault)
                return fault
        return None

    def strikes_push(self, account: str) -> PushFault | None:
        """The fault that strikes this push, used once."""
        for fault in self._push:
            if fault.account in ("", account):
                _use(self._push, fault)
                return fault
        return None


def _use(faults: list[Any], fault: Fault) -> None:
    fault.times -= 1
    if fault.times <= 0:
        faults.remove(fault)
