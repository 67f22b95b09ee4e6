"""The rules of custom/send and typing: what the platform checks, in its order.

Known openid → window → count → content → media. A message that is refused costs nothing; one that passes is taken
from the window and put on the user's timeline. Answers carry no message id: WeChat has no delivery receipts.
"""

from collections.abc import Callable
from typing import Any, Final

from desk.channels.wechat.simulator.accounts import Account
from desk.channels.wechat.simulator.errors import (
    ALREADY_TYPING,
    CONTENT_TOO_LONG,
    EMPTY_CONTENT,
    EMPTY_NEWS,
    INVALID_MEDIA_ID,
    INVALID_MESSAGE_TYPE,
    INVALID_OPENID,
    INVALID_PARAMETER,
    INVALID_TYPE,
    INVALID_TYPING_COMMAND,
    MESSAGE_TYPE_NOT_PERMITTED,
    OK,
    TOO_MANY_ARTICLES,
    TYPING_TOO_LATE,
    WINDOW_CLOSED,
    ApiError,
)
from desk.channels.wechat.simulator.media import Media
from desk.channels.wechat.simulator.users import TYPING_LASTS_MS, Entry, User

TEXT_BYTES_MAX: Final = 2048
TYPING_AFTER_MS_MAX: Final = 30_000
MENU_ITEMS_MAX: Final = 10

FindMedia = Callable[[str], Media]
"""The account's media by id; raises `ApiError` 40007."""


def send(account: Account, message: dict[str, Any], find: FindMedia, at: int) -> tuple[User, Entry]:
    """Delivers a message to the user it names. Raises `ApiError`."""
    user = known(account, message)
    if verdict := user.window.verdict(at):
        raise ApiError(verdict)
    kind = message.get("msgtype")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise ApiError(INVALID_MESSAGE_TYPE)
    assert isinstance(kind, str)
    content = message.get(kind)
    if not isinstance(content, dict):
        raise ApiError(INVALID_PARAMETER)
    check(content, find)
    user.window.spend(at)
    return user, user.note("account", kind, message, at)


def typing(account: Account, request: dict[str, Any], at: int) -> User:
    """Shows or ends "typing" on the user's phone. Raises `ApiError`. Costs nothing of the window."""
    user = known(account, request)
    command = request.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise ApiError(INVALID_TYPING_COMMAND)
    if command == "CancelTyping":
        user.typing_until = 0
        return user
    if user.window.verdict(at) == WINDOW_CLOSED:
        raise ApiError(WINDOW_CLOSED)
    if at - user.exchanged_at > TYPING_AFTER_MS_MAX:
        raise ApiError(TYPING_TOO_LATE)
    if user.typing_until > at:
        raise ApiError(ALREADY_TYPING)
    user.typing_until = at + TYPING_LASTS_MS
    return user


def known(account: Account, request: dict[str, Any], name: str = "touser") -> User:
    """The user a request names. Raises `ApiError` 40003; one who unfollowed is still known."""
    user = account.users.get(request.get(name))
    if user is None:
        raise ApiError(INVALID_OPENID)
    return user


def _text(content: dict[str, Any], _find: FindMedia) -> None:
    text = _string(content, "content", EMPTY_CONTENT)
    if len(text) > TEXT_BYTES_MAX // 4 and len(text.encode()) > TEXT_BYTES_MAX:
        raise ApiError(CONTENT_TOO_LONG)


def _media(kind: str) -> Callable[[dict[str, Any], FindMedia], None]:
    def check(content: dict[str, Any], find: FindMedia) -> None:
        _stored(content, "media_id", kind, find)

    return check


def _music(content: dict[str, Any], find: FindMedia) -> None:
    _string(content, "musicurl", INVALID_PARAMETER)
    _stored(content, "thumb_media_id", "thumb", find)


def _news(content: dict[str, Any], _find: FindMedia) -> None:
    articles = content.get("articles")
    if not isinstance(articles, list):
        raise ApiError(INVALID_TYPE)
    if not articles:
        raise ApiError(EMPTY_NEWS)
    if len(articles) > 1:
        raise ApiError(TOO_MANY_ARTICLES)
    if not isinstance(articles[0], dict) or not articles[0].get("title"):
        raise ApiError(INVALID_PARAMETER)


def _msgmenu(content: dict[str, Any], _find: FindMedia) -> None:
    items = content.get("list")
    if not isinstance(items, list) or not 1 <= len(items) <= MENU_ITEMS_MAX:
        raise ApiError(INVALID_PARAMETER)
    for item in items:
        if not isinstance(item, dict) or not item.get("content") or "id" not in item:
            raise ApiError(INVALID_PARAMETER)


def _mini_program(content: dict[str, Any], find: FindMedia) -> None:
    for name in ("title", "appid", "pagepath"):
        _string(content, name, INVALID_PARAMETER)
    _stored(content, "thumb_media_id", "thumb", find)


def _named(name: str) -> Callable[[dict[str, Any], FindMedia], None]:
    def check(content: dict[str, Any], _find: FindMedia) -> None:
        _string(content, name, INVALID_PARAMETER)

    return check


def _withdrawn(_content: dict[str, Any], _find: FindMedia) -> None:
    # Articles by media id went away when drafts and publishing came.
    raise ApiError(MESSAGE_TYPE_NOT_PERMITTED)


_CHECKS: Final[dict[str, Callable[[dict[str, Any], FindMedia], None]]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _media("video"),
    "music": _music,
    "news": _news,
    "mpnews": _withdrawn,
    "mpnewsarticle": _named("article_id"),
    "msgmenu": _msgmenu,
    "wxcard": _named("card_id"),
    "miniprogrampage": _mini_program,
    "link": _named("url"),
}


def _string(content: dict[str, Any], name: str, errcode: int) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise ApiError(errcode)
    return value


def _stored(content: dict[str, Any], name: str, kind: str, find: FindMedia) -> None:
    """A thumb may be any image; otherwise the file must be of the message's own kind."""
    media = find(_string(content, name, INVALID_MEDIA_ID))
    if media.kind != kind and not (kind == "thumb" and media.kind == "image"):
        raise ApiError(INVALID_MESSAGE_TYPE)


assert OK == 0, "a verdict is tested for truth"
