"""Simulated users: who they are, whether they follow the account, and all that was said.

A user's timeline is what their phone shows: own messages, the account's, and the platform's notices. It is
bounded, so the counter of received messages is kept beside it and goes on counting what has scrolled away.
"""

import re
import secrets
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Literal

from msgspec import Struct

from desk.channels.wechat.simulator.errors import SimulatorError
from desk.channels.wechat.simulator.window import Bucket, Trigger, Window

TIMELINE_MAX: Final = 500
USERS_MAX: Final = 100_000
OPENID_PREFIX: Final = "oSim5u"
"""All openids of one account begin alike; this and 22 random characters make 28."""
TYPING_LASTS_MS: Final = 15_000

_OPENID = re.compile(r"[\w-]{28}", re.ASCII)

Side = Literal["user", "account", "system"]


class Profile(Struct, forbid_unknown_fields=True):
    """A person as they are. Of all this the platform tells an account only remark, unionid and scene.

    An empty openid means that one is to be made.
    """

    openid: str = ""
    nickname: str = ""
    remark: str = ""
    city: str = ""
    unionid: str = ""
    subscribe_scene: str = "ADD_SCENE_SEARCH"


class Entry(Struct, frozen=True):
    """One line of a timeline. `n` counts from 1 for each user; `at` is UTC ms.

    `payload` is, for the account's side, exactly what it sent; `passive` marks a reply inside a push's answer.
    """

    n: int
    at: int
    side: Side
    type: str
    payload: dict[str, Any]
    passive: bool = False


class Remembered(Struct):
    """A user as they outlive a restart; `lines` are the last of the timeline."""

    profile: Profile
    subscribed: bool
    subscribed_at: int
    scene: str
    buckets: dict[Trigger, Bucket]
    exchanged_at: int
    received_count: int
    last_n: int
    lines: list[Entry]


class User:
    """One user of one account."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.subscribed = False
        self.subscribed_at = 0
        self.scene = ""
        self.window = Window()
        self.typing_until = 0
        self.exchanged_at = -1_000_000
        """When a message last went either way: the account may show that it types within 30 s of it."""
        self.received_count = 0
        self.timeline: deque[Entry] = deque(maxlen=TIMELINE_MAX)
        self._last_n = 0

    @classmethod
    def again(cls, remembered: Remembered) -> "User":
        """The user who was remembered like this."""
        user = cls(remembered.profile)
        user.subscribed = remembered.subscribed
        user.subscribed_at = remembered.subscribed_at
        user.scene = remembered.scene
        user.window = Window(remembered.buckets)
        user.exchanged_at = remembered.exchanged_at
        user.received_count = remembered.received_count
        user.timeline.extend(remembered.lines)
        user._last_n = remembered.last_n
        return user

    def remembered(self, lines_max: int) -> Remembered:
        """What is to outlive a restart."""
        return Remembered(
            profile=self.profile,
            subscribed=self.subscribed,
            subscribed_at=self.subscribed_at,
            scene=self.scene,
            buckets=self.window.buckets,
            exchanged_at=self.exchanged_at,
            received_count=self.received_count,
            last_n=self._last_n,
            lines=list(self.timeline)[-lines_max:],
        )

    @property
    def openid(self) -> str:
        return self.profile.openid

    def follow(self, at: int, scene: str = "") -> None:
        self.subscribed = True
        self.subscribed_at = at
        self.scene = scene

    def unfollow(self) -> None:
        self.subscribed = False
        self.typing_until = 0
        self.window.close()

    def note(self, side: Side, kind: str, payload: dict[str, Any], at: int, *, passive: bool = False) -> Entry:
        """Adds a line to the timeline; a message of the account ends its typing."""
        self._last_n += 1
        entry = Entry(self._last_n, at, side, kind, payload, passive)
        self.timeline.append(entry)
        if side == "account":
            self.received_count += 1
            self.typing_until = 0
        if side != "system":
            self.exchanged_at = at
        return entry

    def received(self) -> list[Entry]:
        """The account's messages that are still on the timeline, oldest first."""
        return [entry for entry in self.timeline if entry.side == "account"]

    def since(self, n: int) -> list[Entry]:
        """The lines after line `n` that are still there."""
        return [entry for entry in self.timeline if entry.n > n]


class Users:
    """All users of one account by openid, in the order of their making."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def add(self, profile: Profile) -> User:
        """Makes a user. Raises `SimulatorError` when the openid is malformed, taken, or there are too many."""
        profile.openid = profile.openid or OPENID_PREFIX + secrets.token_urlsafe(16)
        if not _OPENID.fullmatch(profile.openid):
            raise SimulatorError("bad_openid", "An openid has 28 characters of A-Z a-z 0-9 _ -.")
        if profile.openid in self._users:
            raise SimulatorError("openid_taken", "There is a user with this openid; choose another.")
        if len(self._users) >= USERS_MAX:
            raise SimulatorError("too_many_users", f"There are {USERS_MAX} users; restart to begin anew.")
        user = self._users[profile.openid] = User(profile)
        return user

    def put(self, user: User) -> None:
        """Takes a user as they are, in the place of one with the same openid."""
        self._users[user.openid] = user

    def get(self, openid: object) -> User | None:
        return self._users.get(openid) if isinstance(openid, str) else None

    def search(self, words: str, limit: int) -> list[User]:
        """The first users whose nickname, remark, city or openid contains `words`."""
        found: list[User] = []
        wanted = words.casefold()
        for user in self._users.values():
            profile = user.profile
            if wanted in f"{profile.nickname}\n{profile.remark}\n{profile.city}\n{profile.openid}".casefold():
                found.append(user)
                if len(found) >= limit:
                    break
        return found

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def __len__(self) -> int:
        return len(self._users)
