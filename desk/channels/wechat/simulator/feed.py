"""Who is watching which phone right now.

A page asks for topics and gets every frame of them from then on. A listener that does not keep up is marked as
lagging and gets nothing more: its socket is closed, the page connects again and asks for what it missed by number.
"""

import asyncio
from typing import Any

FRAMES_MAX = 512

Frame = dict[str, Any]


class Listener:
    """One page's queue of frames."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[Frame] = asyncio.Queue(FRAMES_MAX)
        self.topics: set[str] = set()
        self.lagging = asyncio.Event()

    def put(self, frame: Frame) -> None:
        if self.frames.full():
            self.lagging.set()
        elif not self.lagging.is_set():
            self.frames.put_nowait(frame)


class Feed:
    """Listeners by topic. Publishing to a topic that nobody watches costs one look-up."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}

    def watch(self, listener: Listener, topic: str) -> None:
        listener.topics.add(topic)
        self._listeners.setdefault(topic, set()).add(listener)

    def unwatch(self, listener: Listener, topic: str) -> None:
        listener.topics.discard(topic)
        watching = self._listeners.get(topic, set())
        watching.discard(listener)
        if not watching:
            self._listeners.pop(topic, None)

    def leave(self, listener: Listener) -> None:
        for topic in list(listener.topics):
            self.unwatch(listener, topic)

    def is_watched(self, topic: str) -> bool:
        return topic in self._listeners

    def publish(self, topic: str, frame: Frame) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.put(frame)
