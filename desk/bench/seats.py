"""Seats of the bench: real sockets that sign in, accept what rings, and answer now and then.

They read frames with the least effort, for thirty of them share a core with everything else. What they ask for is
asked again after every return, under the same id, until it is answered: as the desk's own page does.
"""

import asyncio
import contextlib
import re
import time
from collections import Counter
from http.client import HTTPConnection
from itertools import count
from urllib.parse import urlencode

from desk.bench.websocket import Closed, WebSocket, connect

_MARK = re.compile(r'"text":"m(\d+)\.')
_SESSION = re.compile(r'"session":"([^"]+)"')
_SEQ = re.compile(r'^\{"seq":"(\d+)"')
_REPLY = re.compile(r'^\{"reply":"([^"]+)"')
_CODE = re.compile(r'"code":"([^"]+)"')
_NOT_NOW = {"unavailable", "too_many_requests"}
"""Refusals of the moment: to be asked again."""
AWAY_S = 0.2


class Seen:
    """What all seats have seen: when each message arrived, and how often."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}
        self.times: Counter[int] = Counter()
        self.answered_at: dict[int, float] = {}
        """When a seat sent answer `k`."""
        self.answers: Counter[str] = Counter()
        """Replies to answers: `ok`, or the refusal's code."""
        self.taken: set[int] = set()
        """Answers that the desk said yes to."""
        self.accepted: set[str] = set()
        self.refused: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()
        """How sockets began: `snapshot` or `resumed`."""

    def note(self, frame: str, now: float) -> None:
        """Messages in this frame."""
        for mark in _MARK.findall(frame):
            self.times[int(mark)] += 1
            self.at.setdefault(int(mark), now)


class Seat:
    """One agent's browser. Answers every `answer_every`-th message that it is shown; 0 answers none."""

    def __init__(self, user: str, port: int, seen: Seen, answers: "count[int]", answer_every: int) -> None:
        self.user = user
        self._port = port
        self._seen = seen
        self._answers = answers
        self._answer_every = answer_every
        self._shown = 0
        self._ids = count(1)
        self._asked: dict[str, tuple[str, int | None]] = {}
        """Commands without a reply yet, by id: the frame, and the number of the answer in it."""
        self._seq = ""
        self._cookie = ""
        self.signed_in = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many of its commands have no reply yet."""
        return len(self._asked)

    def sign_in(self, password: str) -> None:
        """Fetch the cookie; blocking, once."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        form = urlencode({"username": self.user, "password": password})
        connection.request("POST", "/sign-in", form, {"content-type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        cookie = answer.getheader("set-cookie")
        if answer.status != 303 or not cookie:
            raise RuntimeError(f"{self.user} cannot sign in: {answer.status}")
        self._cookie = cookie.split(";", 1)[0]
        connection.close()

    async def sit(self) -> None:
        """Work until cancelled; comes back whenever the line drops, with what was missed."""
        while True:
            with contextlib.suppress(Closed, OSError, TimeoutError):
                after = f"?after={self._seq}" if self._seq else ""
                socket = await connect(self._port, f"/ws{after}", self._cookie)
                try:
                    unanswered = [frame for frame, _ in self._asked.values()]
                    self._do(socket, "sign_in_seat")
                    for frame in unanswered:
                        socket.send(frame)
                    while True:
                        self._take(socket, await socket.receive())
                finally:
                    socket.close()
            await asyncio.sleep(AWAY_S)

    def _take(self, socket: WebSocket, frame: str) -> None:
        now = time.perf_counter()
        if frame.startswith('{"reply"'):
            self._take_reply(frame)
            return
        seq = _SEQ.match(frame)
        if seq:
            self._seq = seq[1]
        kind = frame[frame.find('"type":"') + 8 :][:18]
        if kind.startswith("message_received"):
            self._seen.note(frame, now)
            self._maybe_answer(socket, frame)
        elif kind.startswith("session_offered") and f'"seat":"{self.user}","expires_at"' in frame:
            self._do(socket, "accept", session=_SESSION.search(frame)[1])  # type: ignore[index]
        elif kind.startswith("session_accepted") and f'"seat":"{self.user}"' in frame:
            self._seen.accepted.add(_SESSION.search(frame)[1])  # type: ignore[index]
            self._seen.note(frame, now)
        elif '"snapshot"' in frame[:60]:
            self._seen.begun["snapshot"] += 1
            for ringing in re.findall(r'"session":"([^"]+)"[^{}]*"state":"offered","seat":null', frame):
                self._do(socket, "accept", session=ringing)
        elif '"resumed"' in frame[:60]:
            self._seen.begun["resumed"] += 1

    def _take_reply(self, frame: str) -> None:
        self.signed_in.set()
        found, refusal = _REPLY.match(frame), _CODE.search(frame) if '"ok":false' in frame else None
        code = refusal[1] if refusal else "ok"
        if refusal:
            self._seen.refused[code] += 1
        if code in _NOT_NOW:
            raise Closed(1013)  # come back and ask again
        _, answer = self._asked.pop(found[1], ("", None)) if found else ("", None)
        if answer is not None:
            self._seen.answers[code] += 1
            if code == "ok":
                self._seen.taken.add(answer)

    def _maybe_answer(self, socket: WebSocket, frame: str) -> None:
        self._shown += 1
        if self._answer_every and self._shown % self._answer_every == 0:
            number = next(self._answers)
            self._seen.answered_at[number] = time.perf_counter()
            session = _SESSION.search(frame)
            assert session is not None
            self._do(socket, "send", number, session=session[1], text=f"r{number}.")

    def _do(self, socket: WebSocket, verb: str, answer: int | None = None, **arguments: str) -> None:
        rest = "".join(f',"{name}":"{value}"' for name, value in arguments.items())
        command = f"{time.monotonic_ns()}-{next(self._ids)}"
        frame = f'{{"id":"{command}","do":"{verb}"{rest}}}'
        self._asked[command] = frame, answer
        socket.send(frame)
