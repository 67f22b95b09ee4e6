"""What each API does, by path. Requests and answers are worded as the platform words them.

An operation gets the account it was called for and everything that came with the call; it returns a reply or
raises `ApiError`. JSON must be UTF-8 without \\u escapes: the platform shows those to the user as they stand or
refuses them, and a client that sends them should learn it here.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Scope

from desk.channels.wechat.simulator.accounts import Account
from desk.channels.wechat.simulator.errors import (
    EMPTY_BODY,
    INVALID_APP_ID,
    INVALID_APP_SECRET,
    INVALID_BUTTON_COUNT,
    INVALID_BUTTON_NAME,
    INVALID_BUTTON_TYPE,
    INVALID_CHARACTERS,
    INVALID_GRANT_TYPE,
    INVALID_LIST_SIZE,
    INVALID_PARAMETER,
    INVALID_SUB_BUTTON_COUNT,
    MALFORMED_DATA,
    MISSING_APP_SECRET,
    MISSING_MEDIA,
    NO_MENU,
    UNKNOWN_API,
    ApiError,
)
from desk.channels.wechat.simulator.platform import Platform
from desk.channels.wechat.simulator.sending import known
from desk.channels.wechat.simulator.users import User

JSON: Final = b"application/json; encoding=utf-8"
USERS_A_PAGE: Final = 10_000
BATCH_MAX: Final = 100
REMARK_LENGTH_MAX: Final = 30

Identity = Literal["token", "query", "body"]
"""Where a call says whom it is for: access_token, or appid in query or body."""

_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?!00[01])")  # control characters have no other spelling


class Call(Struct, frozen=True):
    """One call of an identified account."""

    account: Account
    query: dict[str, str]
    body: bytes
    scope: Scope


class Reply(Struct, frozen=True):
    content_type: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Operation(Struct, frozen=True):
    method: Literal["GET", "POST"]
    perform: Callable[[Platform, Call], Awaitable[Reply]]
    identity: Identity = "token"


_OK: Final = Reply(JSON, b'{"errcode":0,"errmsg":"ok"}')


def decode(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises `ApiError` 44002, 47001, or 40033 for \\u escapes."""
    if not body:
        raise ApiError(EMPTY_BODY)
    try:
        request = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise ApiError(MALFORMED_DATA) from error
    if not isinstance(request, dict):
        raise ApiError(MALFORMED_DATA)
    if b"\\u" in body and _ESCAPED.search(body):
        raise ApiError(INVALID_CHARACTERS)
    return request


def public_file(platform: Platform, path: str) -> Reply:
    """Pictures and videos at the addresses that pushes and media/get name; no token needed, as on the real CDN."""
    match path.split("/"):
        case ["", "mmbiz" | "video", key, media_id] if key in platform.accounts:
            media = platform.media.get(key, media_id, platform.now())
            return Reply(media.format.mime.encode(), media.body)
    raise ApiError(UNKNOWN_API)


async def _token(platform: Platform, call: Call) -> Reply:
    _authenticate(call.account, call.query)
    text, life_s = platform.tokens.issue(call.account.settings.app_id, platform.now())
    return _json({"access_token": text, "expires_in": life_s})


async def _stable_token(platform: Platform, call: Call) -> Reply:
    request = decode(call.body)
    _authenticate(call.account, request)
    force = request.get("force_refresh") is True
    text, life_s = platform.tokens.stable(call.account.settings.app_id, force=force, at=platform.now())
    return _json({"access_token": text, "expires_in": life_s})


async def _send(platform: Platform, call: Call) -> Reply:
    platform.send(call.account, decode(call.body))
    return _OK


async def _typing(platform: Platform, call: Call) -> Reply:
    platform.typing(call.account, decode(call.body))
    return _OK


async def _upload(platform: Platform, call: Call) -> Reply:
    filename, body = await _uploaded(call)
    kind = call.query.get("type", "")
    media = platform.media.upload(call.account.key, kind, body, filename, platform.now())
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return _json({"type": kind, name: media.media_id, "created_at": media.created_at // 1000})


async def _download(platform: Platform, call: Call) -> Reply:
    media = platform.media.get(call.account.key, call.query.get("media_id", ""), platform.now())
    if media.kind == "video":
        return _json({"video_url": f"{platform.public_url}/video/{media.account}/{media.media_id}"})
    disposition = f'attachment; filename="{media.media_id}.{media.format.name}"'
    return Reply(media.format.mime.encode(), media.body, ((b"content-disposition", disposition.encode()),))


async def _user_info(platform: Platform, call: Call) -> Reply:
    return _json(_described(call.account, known(call.account, call.query, "openid")))


async def _users_info(platform: Platform, call: Call) -> Reply:
    wanted = decode(call.body).get("user_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= BATCH_MAX:
        raise ApiError(INVALID_LIST_SIZE)
    if not all(isinstance(each, dict) for each in wanted):
        raise ApiError(INVALID_PARAMETER)
    return _json({"user_info_list": [_described(call.account, known(call.account, one, "openid")) for one in wanted]})


async def _followers(platform: Platform, call: Call) -> Reply:
    followers = [user.openid for user in call.account.users if user.subscribed]
    after = call.query.get("next_openid", "")
    start = followers.index(after) + 1 if after in followers else 0
    page = followers[start : start + USERS_A_PAGE]
    answer: dict[str, Any] = {"total": len(followers), "count": len(page)}
    if page:
        answer["data"] = {"openid": page}
    return _json({**answer, "next_openid": page[-1] if page else ""})


async def _remark(platform: Platform, call: Call) -> Reply:
    request = decode(call.body)
    user = known(call.account, request, "openid")
    remark = request.get("remark")
    if not isinstance(remark, str) or len(remark) >= REMARK_LENGTH_MAX:
        raise ApiError(INVALID_PARAMETER)
    user.profile.remark = remark
    platform.show(call.account, user)
    return _OK


async def _menu_create(platform: Platform, call: Call) -> Reply:
    menu = decode(call.body)
    buttons = menu.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise ApiError(INVALID_BUTTON_COUNT)
    for button in buttons:
        _check_button(button, 16)
        inner = button.get("sub_button") or []
        if len(inner) > 5:
            raise ApiError(INVALID_SUB_BUTTON_COUNT)
        for one in inner:
            _check_button(one, 60)
    call.account.menu = menu
    return _OK


async def _menu_get(platform: Platform, call: Call) -> Reply:
    if call.account.menu is None:
        raise ApiError(NO_MENU)
    return _json({"menu": call.account.menu})


async def _menu_delete(platform: Platform, call: Call) -> Reply:
    call.account.menu = None
    return _OK


async def _addresses(platform: Platform, call: Call) -> Reply:
    return _json({"ip_list": ["127.0.0.1"]})


async def _clear_quota(platform: Platform, call: Call) -> Reply:
    if decode(call.body).get("appid") != call.account.settings.app_id:
        raise ApiError(INVALID_APP_ID)
    call.account.limits.clear()
    return _OK


async def _quota(platform: Platform, call: Call) -> Reply:
    path = decode(call.body).get("cgi_path")
    limit, used = call.account.limits.of(str(path), platform.now())
    quota = {"daily_limit": limit, "used": used, "remain": limit - used}
    return _json({"errcode": 0, "errmsg": "ok", "quota": quota})


OPERATIONS: Final[dict[str, Operation]] = {
    "/cgi-bin/token": Operation("GET", _token, "query"),
    "/cgi-bin/stable_token": Operation("POST", _stable_token, "body"),
    "/cgi-bin/message/custom/send": Operation("POST", _send),
    "/cgi-bin/message/custom/typing": Operation("POST", _typing),
    "/cgi-bin/media/upload": Operation("POST", _upload),
    "/cgi-bin/media/get": Operation("GET", _download),
    "/cgi-bin/media/get/jssdk": Operation("GET", _download),
    "/cgi-bin/user/info": Operation("GET", _user_info),
    "/cgi-bin/user/info/batchget": Operation("POST", _users_info),
    "/cgi-bin/user/info/updateremark": Operation("POST", _remark),
    "/cgi-bin/user/get": Operation("GET", _followers),
    "/cgi-bin/menu/create": Operation("POST", _menu_create),
    "/cgi-bin/menu/get": Operation("GET", _menu_get),
    "/cgi-bin/menu/delete": Operation("GET", _menu_delete),
    "/cgi-bin/getcallbackip": Operation("GET", _addresses),
    "/cgi-bin/get_api_domain_ip": Operation("GET", _addresses),
    "/cgi-bin/clear_quota": Operation("POST", _clear_quota),
    "/cgi-bin/openapi/quota/get": Operation("POST", _quota),
}


def _authenticate(account: Account, given: dict[str, Any]) -> None:
    if given.get("grant_type") != "client_credential":
        raise ApiError(INVALID_GRANT_TYPE)
    if not given.get("secret"):
        raise ApiError(MISSING_APP_SECRET)
    if given["secret"] != account.settings.app_secret:
        raise ApiError(INVALID_APP_SECRET)


async def _uploaded(call: Call) -> tuple[str, bytes]:
    """Name and bytes of the form's `media` file."""

    async def receive() -> Message:
        return {"type": "http.request", "body": call.body}

    try:
        form = await Request(call.scope, receive).form()
    except MultiPartException as error:
        raise ApiError(MISSING_MEDIA) from error
    media = form.get("media")
    if not isinstance(media, UploadFile):
        raise ApiError(MISSING_MEDIA)
    return quote(media.filename or ""), await media.read()


def _described(account: Account, user: User) -> dict[str, Any]:
    """A user as accounts may see them: since the end of 2021 without name and picture."""
    profile = user.profile
    if not user.subscribed:
        return {"subscribe": 0, "openid": profile.openid, "tagid_list": []}
    told = account.settings.legacy_profiles
    described = {
        "subscribe": 1,
        "openid": profile.openid,
        "nickname": profile.nickname if told else "",
        "sex": 0,
        "language": "zh_CN",
        "city": profile.city if told else "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": user.subscribed_at // 1000,
        "remark": profile.remark,
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE" if user.scene else profile.subscribe_scene,
        "qr_scene": int(user.scene) if user.scene.isdecimal() else 0,
        "qr_scene_str": "" if user.scene.isdecimal() else user.scene,
    }
    return {**described, "unionid": profile.unionid} if profile.unionid else described


def _check_button(button: Any, name_bytes_max: int) -> None:
    if not isinstance(button, dict):
        raise ApiError(INVALID_BUTTON_TYPE)
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= name_bytes_max:
        raise ApiError(INVALID_BUTTON_NAME)
    if not button.get("sub_button") and not isinstance(button.get("type"), str):
        raise ApiError(INVALID_BUTTON_TYPE)


def _json(answer: dict[str, Any]) -> Reply:
    return Reply(JSON, msgspec.json.encode(answer))
