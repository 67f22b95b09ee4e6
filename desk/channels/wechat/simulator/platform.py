"""The simulated platform's state, and what happens to it: users act, accounts answer, time passes.

Everything is in memory and touched by one event loop only, so nothing is locked. All instants come from one clock
that can be set ahead, which is how a test sees the 48 hours end. The public methods are what the API, the control
routes, the phone page and tests share.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from desk.channels.wechat.simulator import acts, sending
from desk.channels.wechat.simulator.accounts import Account, AccountSettings
from desk.channels.wechat.simulator.acts import Act
from desk.channels.wechat.simulator.changes import Changes
from desk.channels.wechat.simulator.errors import ApiError, SimulatorError
from desk.channels.wechat.simulator.faults import Faults
from desk.channels.wechat.simulator.feed import Feed
from desk.channels.wechat.simulator.media import Media, MediaStore
from desk.channels.wechat.simulator.push import Pusher, PushOptions, PushRecord
from desk.channels.wechat.simulator.pushes import Push, compose
from desk.channels.wechat.simulator.replies import Abnormal, Handover, Passive, Silence, Verdict, judge
from desk.channels.wechat.simulator.tokens import Tokens
from desk.channels.wechat.simulator.users import Entry, Profile, User

ACCOUNTS_MAX = 50
PLATFORM_TOPIC = "platform"
"""The feed's topic for what concerns no single phone: settings and pushes."""


class PhoneState(Struct, frozen=True):
    """What a phone shows besides its timeline, at the platform's time `at`. Instants are UTC ms; `window_left`
    counts messages."""

    at: int
    openid: str
    nickname: str
    remark: str
    city: str
    subscribed: bool
    typing_until: int
    window_left: int
    window_expires_at: int
    received_count: int


class Platform:
    """`clock` gives seconds since the epoch; `public_url` is where the API is reached (for picture URLs)."""

    def __init__(
        self,
        accounts: Iterable[AccountSettings],
        *,
        clock: Callable[[], float],
        public_url: str,
        options: PushOptions,
    ) -> None:
        self.accounts: dict[str, Account] = {}
        self.tokens = Tokens()
        self.changes = Changes()
        self.media = MediaStore(on_keep=self.changes.note_file)
        self.faults = Faults()
        self.feed = Feed()
        self.public_url = public_url
        self.clock_ahead_ms = 0
        self.calls = 0
        """API calls so far."""
        self._clock = clock
        self._by_app_id: dict[str, Account] = {}
        self._serial = 0
        self.pusher = Pusher(options, self.faults, self._judge, self._settle, self.now)
        for settings in accounts:
            self.configure(settings)

    def now(self) -> int:
        """The platform's time, UTC ms."""
        return int(self._clock() * 1000) + self.clock_ahead_ms

    def configure(self, settings: AccountSettings) -> Account:
        """Makes an account or changes it. Raises `SimulatorError` or `WeChatCryptoError` for bad settings."""
        holder = self._by_app_id.get(settings.app_id)
        if holder is not None and holder.key != settings.key:
            raise SimulatorError("app_id_taken", "Another account has this AppID; choose a different one.")
        account = self.accounts.get(settings.key)
        if account is None:
            if len(self.accounts) >= ACCOUNTS_MAX:
                raise SimulatorError("too_many_accounts", f"At most {ACCOUNTS_MAX} accounts can be simulated.")
            account = self.accounts[settings.key] = Account(settings)
        else:
            former = account.settings.app_id
            account.configure(settings)
            del self._by_app_id[former]
        self._by_app_id[settings.app_id] = account
        self.feed.publish(PLATFORM_TOPIC, {"type": "account", "account": settings.key, "mode": settings.mode})
        return account

    def reconfigure(self, key: str, **changes: Any) -> Account:
        """Changes some settings of an account."""
        return self.configure(replace(self.account(key).settings, **changes))

    def account(self, key: str) -> Account:
        """Raises `SimulatorError` when there is none."""
        account = self.accounts.get(key)
        if account is None:
            raise SimulatorError("no_such_account", f"No account has the key {key!r}; see /control/accounts.")
        return account

    def app(self, app_id: str) -> Account | None:
        return self._by_app_id.get(app_id)

    def user(self, key: str, openid: str) -> User:
        """Raises `SimulatorError` when there is none."""
        user = self.account(key).users.get(openid)
        if user is None:
            raise SimulatorError("no_such_user", f"Account {key!r} has no user {openid!r}; make one first.")
        return user

    def add_user(self, key: str, profile: Profile, *, subscribed: bool = True) -> User:
        """Makes a user, who follows already: no push, no window. Raises `SimulatorError`."""
        user = self.account(key).users.add(profile)
        if subscribed:
            user.follow(self.now())
        self.changes.note_user(key, user.openid)
        return user

    def act(self, key: str, openid: str, act: Act) -> int:
        """A user does something: the window opens, the phone shows it, the push is on its way.

        Returns the MsgId, 0 for an event. Raises `SimulatorError` for what a phone would not let a user do.
        """
        account, user, at = self.account(key), self.user(key, openid), self.now()
        act = _possible(user, act)
        media = self._media_of(key, act, at)
        if trigger := acts.trigger(act):
            user.window.open(trigger, account.settings.quota, at)
        match act:
            case acts.Subscribe():
                user.follow(at, act.scene)
            case acts.Unsubscribe():
                user.unfollow()
        self.show(account, user, user.note("user", _tag(act), _payload(act, media), at))
        event = acts.is_event(act)
        msg_id = 0 if event else self._next_msg_id(at)
        picture_url = f"{self.public_url}/mmbiz/{account.key}/{media.media_id}" if media else ""
        if account.settings.callback_url:
            fields = acts.fields(act, media, picture_url)
            self.pusher.push(compose(account, openid, msg_id, fields, event=event, at=at))
        return msg_id

    def send(self, account: Account, message: dict[str, Any]) -> None:
        """custom/send. Raises `ApiError`."""
        at = self.now()
        user, entry = sending.send(account, message, lambda media_id: self.media.get(account.key, media_id, at), at)
        self.show(account, user, entry)

    def typing(self, account: Account, request: dict[str, Any]) -> None:
        """custom/typing. Raises `ApiError`."""
        self.show(account, sending.typing(account, request, self.now()))

    def state(self, user: User) -> PhoneState:
        now, profile = self.now(), user.profile
        return PhoneState(
            at=now,
            openid=profile.openid,
            nickname=profile.nickname,
            remark=profile.remark,
            city=profile.city,
            subscribed=user.subscribed,
            typing_until=user.typing_until,
            window_left=user.window.left(now),
            window_expires_at=user.window.expires_at(now),
            received_count=user.received_count,
        )

    def show(self, account: Account, user: User, entry: Entry | None = None) -> None:
        """Tells of a user who has changed, and of the new line on their phone, if given."""
        self.changes.note_user(account.key, user.openid)
        self._tell(account, user, entry)

    def show_all(self) -> None:
        """Tells every watched phone its state anew, as after a change of the clock."""
        for account in self.accounts.values():
            for user in account.users:
                self._tell(account, user)

    def _tell(self, account: Account, user: User, entry: Entry | None = None) -> None:
        topic = phone_topic(account.key, user.openid)
        if self.feed.is_watched(topic):
            self.feed.publish(topic, phone_frame(account.key, self.state(user), [entry] if entry else []))

    def push_shown(self, record: PushRecord) -> dict[str, Any]:
        """How a push ended, with `who` it came from by name."""
        account = self.accounts.get(record.account)
        user = account.users.get(record.openid) if account else None
        return {**msgspec.to_builtins(record), "who": user.profile.nickname if user else ""}

    def _judge(self, push: Push, status: int, body: bytes) -> Verdict:
        at = self.now()

        def has_media(media_id: str) -> bool:
            try:
                self.media.get(push.account.key, media_id, at)
            except ApiError:
                return False
            return True

        return judge(push.account, push.openid, to_event=push.is_event, status=status, body=body, has_media=has_media)

    def _settle(self, push: Push, verdict: Verdict, seen: bool) -> None:
        account, at = push.account, self.now()
        if self.feed.is_watched(PLATFORM_TOPIC):
            record = self.push_shown(self.pusher.log[-1])
            pending = self.pusher.pending - 1  # this one is about to be counted off
            self.feed.publish(PLATFORM_TOPIC, {"type": "push", "push": record, "pending": pending})
        user = account.users.get(push.openid)
        if not seen or user is None or not user.subscribed:
            return
        match verdict:
            case Silence():
                pass
            case Passive():
                kind = str(verdict.payload["msgtype"])
                self.show(account, user, user.note("account", kind, verdict.payload, at, passive=True))
            case Handover():
                self.show(account, user, user.note("system", "handover", {"kf": verdict.kf_account}, at))
            case Abnormal():
                self.show(account, user, user.note("system", "unavailable", {"reason": verdict.reason}, at))

    def _media_of(self, key: str, act: Act, at: int) -> Media | None:
        if not isinstance(act, acts.Image | acts.Voice | acts.Video | acts.ShortVideo):
            return None
        try:
            return self.media.get(key, act.media_id, at)
        except ApiError as error:
            raise SimulatorError("no_such_media", "The file is unknown or expired; upload it again.") from error

    def _next_msg_id(self, at: int) -> int:
        # Like the platform's: larger than 2^53, so whoever reads it as a float loses it.
        self._serial += 1
        return at // 1000 << 32 | self._serial & 0xFFFFFFFF


def phone_topic(key: str, openid: str) -> str:
    return f"{key}/{openid}"


def phone_frame(key: str, state: PhoneState, entries: list[Entry]) -> dict[str, Any]:
    """What a page gets about a phone: its state now, and lines to add."""
    return {
        "type": "phone",
        "phone": phone_topic(key, state.openid),
        "state": msgspec.to_builtins(state),
        "entries": msgspec.to_builtins(entries),
    }


def _possible(user: User, act: Act) -> Act:
    """The act as it really happens. Scanning makes a stranger a follower; strangers can do little else."""
    match act:
        case acts.Scan() if not user.subscribed:
            return acts.Subscribe(scene=act.scene)
        case acts.Subscribe() if user.subscribed:
            raise SimulatorError("already_following", "This user follows the account already.")
        case acts.Subscribe() | acts.Raw():
            return act
        case _ if not user.subscribed:
            raise SimulatorError("not_following", "This user does not follow the account; follow it first.")
        case _:
            return act


def _tag(act: Act) -> str:
    tag = type(act).__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def _payload(act: Act, media: Media | None) -> dict[str, Any]:
    payload: dict[str, Any] = msgspec.to_builtins(act)
    if media is not None:
        payload["format"] = media.format.name
        payload["sounds_ms"] = media.sounds_ms
    return payload
