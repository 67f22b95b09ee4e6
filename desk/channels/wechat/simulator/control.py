"""The control API: what tests, the demo and the phone page do to the simulated world. JSON under `/control`.

It belongs to the simulator, not to WeChat, so it speaks ordinary HTTP: 4xx with `{"error": {"code", "message"}}`.
Acts return at once; the push goes its own way. A browser may call it from its own origin only, because whoever
controls the simulator can speak as any customer.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.channels.wechat.crypto import WeChatCryptoError
from desk.channels.wechat.simulator import acts
from desk.channels.wechat.simulator.accounts import Account, AccountSettings, Mode
from desk.channels.wechat.simulator.acts import Act
from desk.channels.wechat.simulator.errors import ApiError, SimulatorError
from desk.channels.wechat.simulator.faults import Fault
from desk.channels.wechat.simulator.media import USER_FILE_BYTES_MAX
from desk.channels.wechat.simulator.platform import Platform, phone_frame
from desk.channels.wechat.simulator.users import Profile
from desk.channels.wechat.simulator.window import Quota

JSON_BYTES_MAX: Final = 256 * 1024
USERS_SHOWN_MAX: Final = 200
PUSHES_SHOWN: Final = 50
AHEAD_MS_MAX: Final = 400 * 86_400_000

_STATUS: Final = {
    "no_such_account": 404,
    "no_such_user": 404,
    "no_such_media": 404,
    "foreign_origin": 403,
    "too_large": 413,
    "too_many_pushes": 503,
}

Handler = Callable[[Platform, Request], Awaitable[object]]


class _Changes(Struct, forbid_unknown_fields=True):
    """Settings to change; what is left out stays."""

    name: str | UnsetType = UNSET
    app_id: str | UnsetType = UNSET
    app_secret: str | UnsetType = UNSET
    token: str | UnsetType = UNSET
    encoding_aes_key: str | UnsetType = UNSET
    original_id: str | UnsetType = UNSET
    callback_url: str | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET
    ip_list: tuple[str, ...] | UnsetType = UNSET
    legacy_profiles: bool | UnsetType = UNSET
    quota: Quota | UnsetType = UNSET


class _NewUser(Profile, forbid_unknown_fields=True):
    subscribed: bool = True


class _TokenFate(Struct, forbid_unknown_fields=True):
    """ "expire" makes tokens answer 42001, "revoke" 40001."""

    fate: Literal["expire", "revoke"]


class _Clock(Struct, forbid_unknown_fields=True):
    ahead_ms: int


class _FileKind(Struct):
    kind: Literal["image", "voice", "video", "shortvideo"]


_ACTS_OF_FILES: Final = {
    "image": acts.Image,
    "voice": acts.Voice,
    "video": acts.Video,
    "shortvideo": acts.ShortVideo,
}


def control_routes(platform: Platform) -> list[BaseRoute]:
    """The routes, to be mounted at `/control`."""
    account, user = "/accounts/{account}", "/accounts/{account}/users/{openid}"
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/accounts", _accounts),
        ("PUT", account, _put_account),
        ("PATCH", account, _change_account),
        ("POST", f"{account}/verify", _verify),
        ("POST", f"{account}/tokens", _tokens),
        ("GET", f"{account}/media/{{media_id}}", _media),
        ("GET", f"{account}/users", _users),
        ("POST", f"{account}/users", _add_user),
        ("GET", user, _phone),
        ("POST", f"{user}/acts", _act),
        ("POST", f"{user}/files", _send_file),
        ("GET", f"{user}/received", _received),
        ("GET", "/faults", _faults),
        ("POST", "/faults", _add_fault),
        ("DELETE", "/faults", _clear_faults),
        ("GET", "/pushes", _pushes),
        ("POST", "/clock", _set_clock),
    ]
    return [Route(path, _endpoint(platform, handler), methods=[method]) for method, path, handler in table]


def check_origin(connection: HTTPConnection) -> None:
    """Raises `SimulatorError` when a page of another site makes the request; no Origin means no browser."""
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != connection.headers.get("host"):
        raise SimulatorError("foreign_origin", "Use the simulator from its own pages.")


def account_shown(account: Account) -> dict[str, Any]:
    """An account for the control API and the page; its keys are the demo's, so nothing is hidden."""
    return {**msgspec.to_builtins(account.settings), "menu": account.menu, "users": len(account.users)}


def pushes_shown(platform: Platform) -> dict[str, Any]:
    """How pushing goes: totals, backlog, and the last pushes that ended, newest first."""
    newest = [platform.pusher.log[-i] for i in range(1, min(PUSHES_SHOWN, len(platform.pusher.log)) + 1)]
    return {
        "counts": msgspec.to_builtins(platform.pusher.counts),
        "pending": platform.pusher.pending,
        "pushes": [platform.push_shown(record) for record in newest],
    }


def _endpoint(platform: Platform, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            check_origin(request)
            answer = await handler(platform, request)
        except SimulatorError as error:
            return _refusal(error.code, str(error), _STATUS.get(error.code, 400))
        except WeChatCryptoError as error:
            return _refusal(error.code, error.message, 400)
        except msgspec.DecodeError as error:
            return _refusal("bad_request", f"The request does not fit: {error}", 400)
        if isinstance(answer, Response):
            return answer
        return Response(msgspec.json.encode(answer), media_type="application/json")

    return endpoint


def _refusal(code: str, message: str, status: int) -> Response:
    body = msgspec.json.encode({"error": {"code": code, "message": message}})
    return Response(body, status, media_type="application/json")


async def _accounts(platform: Platform, request: Request) -> object:
    return {"accounts": [account_shown(account) for account in platform.accounts.values()]}


async def _put_account(platform: Platform, request: Request) -> object:
    fields = await _decoded(request, dict[str, Any])
    settings = msgspec.convert({**fields, "key": request.path_params["account"]}, AccountSettings)
    return account_shown(platform.configure(settings))


async def _change_account(platform: Platform, request: Request) -> object:
    changes = msgspec.structs.asdict(await _decoded(request, _Changes))
    given = {name: value for name, value in changes.items() if value is not UNSET}
    return account_shown(platform.reconfigure(request.path_params["account"], **given))


async def _verify(platform: Platform, request: Request) -> object:
    return {"verified": await platform.pusher.verify(platform.account(request.path_params["account"]))}


async def _tokens(platform: Platform, request: Request) -> object:
    app_id = platform.account(request.path_params["account"]).settings.app_id
    order = await _decoded(request, _TokenFate)
    end = platform.tokens.expire if order.fate == "expire" else platform.tokens.revoke
    end(app_id, platform.now())
    return {}


async def _media(platform: Platform, request: Request) -> object:
    params = request.path_params
    try:
        media = platform.media.get(params["account"], params["media_id"], platform.now())
    except ApiError as error:
        raise SimulatorError("no_such_media", "The file is unknown or expired.") from error
    headers = {"cache-control": "private, max-age=86400", "x-content-type-options": "nosniff"}
    return Response(media.body, media_type=media.format.mime, headers=headers)


async def _users(platform: Platform, request: Request) -> object:
    query = request.query_params
    limit = min(int(query.get("limit", "50")) if query.get("limit", "50").isdecimal() else 50, USERS_SHOWN_MAX)
    account = platform.account(request.path_params["account"])
    return {"users": [platform.state(user) for user in account.users.search(query.get("q", ""), limit)]}


async def _add_user(platform: Platform, request: Request) -> object:
    wanted = await _decoded(request, _NewUser)
    key = request.path_params["account"]
    fields = msgspec.structs.asdict(wanted)
    subscribed = fields.pop("subscribed")
    return platform.state(platform.add_user(key, Profile(**fields), subscribed=subscribed))


async def _phone(platform: Platform, request: Request) -> object:
    key, openid = request.path_params["account"], request.path_params["openid"]
    user = platform.user(key, openid)
    return phone_frame(key, platform.state(user), list(user.timeline))


async def _act(platform: Platform, request: Request) -> object:
    act = await _decoded(request, Act)
    msg_id = platform.act(request.path_params["account"], request.path_params["openid"], act)
    return {"msg_id": str(msg_id or "")}


async def _send_file(platform: Platform, request: Request) -> object:
    """A user sends the file in the body, as `?kind=image|voice|video|shortvideo`; a voice may say what was heard."""
    kind = msgspec.convert({"kind": request.query_params.get("kind")}, _FileKind).kind
    key, openid = request.path_params["account"], request.path_params["openid"]
    platform.user(key, openid)
    body = await _body(request, USER_FILE_BYTES_MAX)
    stored = "video" if kind == "shortvideo" else kind
    media = platform.media.receive(key, stored, body, request.query_params.get("filename", ""), platform.now())
    heard = {"recognition": request.query_params.get("recognition", "")} if kind == "voice" else {}
    msg_id = platform.act(key, openid, _ACTS_OF_FILES[kind](media_id=media.media_id, **heard))
    return {"msg_id": str(msg_id), "media_id": media.media_id}


async def _received(platform: Platform, request: Request) -> object:
    user = platform.user(request.path_params["account"], request.path_params["openid"])
    return {"count": user.received_count, "messages": user.received()}


async def _faults(platform: Platform, request: Request) -> object:
    return {"faults": platform.faults.all()}


async def _add_fault(platform: Platform, request: Request) -> object:
    platform.faults.add(await _decoded(request, Fault))
    return {"faults": platform.faults.all()}


async def _clear_faults(platform: Platform, request: Request) -> object:
    platform.faults.clear()
    return {"faults": []}


async def _pushes(platform: Platform, request: Request) -> object:
    return pushes_shown(platform)


async def _set_clock(platform: Platform, request: Request) -> object:
    """Sets the platform's clock this far ahead of (or behind) the real one."""
    wanted = await _decoded(request, _Clock)
    platform.clock_ahead_ms = max(-AHEAD_MS_MAX, min(wanted.ahead_ms, AHEAD_MS_MAX))
    platform.show_all()
    return {"ahead_ms": platform.clock_ahead_ms, "at": platform.now()}


async def _decoded(request: Request, wanted: Any) -> Any:
    return msgspec.json.decode(await _body(request, JSON_BYTES_MAX), type=wanted)


async def _body(request: Request, bytes_max: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > bytes_max:
            raise SimulatorError("too_large", f"At most {bytes_max} bytes can be sent.")
        pieces.append(piece)
    return b"".join(pieces)
