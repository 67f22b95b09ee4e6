"""The platform's HTTP face, as accounts see it: one ASGI application, mountable under any prefix.

Paths are looked up in a table instead of being matched one by one, because custom/send is the hot path of a bench.
Every answer is HTTP 200; `errcode` tells. Who calls is found first, so that a fault can be aimed at one account, and
then faults, token errors, quota and the operation follow in the platform's order.
"""

import asyncio
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from desk.channels.wechat.simulator.accounts import Account
from desk.channels.wechat.simulator.errors import (
    GET_REQUIRED,
    INVALID_APP_ID,
    IP_NOT_LISTED,
    MALFORMED_DATA,
    MISSING_APP_ID,
    POST_REQUIRED,
    ApiError,
    worded,
)
from desk.channels.wechat.simulator.faults import ApiFault
from desk.channels.wechat.simulator.operations import JSON, OPERATIONS, Call, Identity, Reply, decode, public_file
from desk.channels.wechat.simulator.platform import Platform

BODY_BYTES_MAX: Final = 16 << 20


class _DroppedError(Exception):
    """A fault asks for the connection to be cut here."""


class Api:
    """The ASGI application."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        platform = self._platform
        platform.calls += 1
        try:
            reply = await self._reply(scope, receive)
        except ApiError as error:
            errmsg = worded(error.errmsg, platform.calls, platform.now())
            reply = Reply(JSON, msgspec.json.encode({"errcode": error.errcode, "errmsg": errmsg}))
        except _DroppedError:
            # A promised byte that never comes: the server can only close the connection.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            return
        headers = [
            (b"content-type", reply.content_type),
            (b"content-length", str(len(reply.body)).encode()),
            *reply.headers,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        operation = OPERATIONS.get(path)
        if operation is None:
            return public_file(self._platform, path)
        body = await _body(receive)
        if scope["method"] != operation.method:
            raise ApiError(POST_REQUIRED if operation.method == "POST" else GET_REQUIRED)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        account, refusal = None, None
        try:
            account = self._identify(operation.identity, query, body, scope)
        except ApiError as error:
            refusal = error
        fault = self._platform.faults.strikes_call(account.key if account else "", path)
        if fault is not None:
            await _strike(fault)
        if account is None:
            assert refusal is not None
            raise refusal
        account.limits.count(path, self._platform.now())
        reply = await operation.perform(self._platform, Call(account, query, body, scope))
        if fault is not None and fault.drop == "after":
            raise _DroppedError
        return reply

    def _identify(self, identity: Identity, query: dict[str, str], body: bytes, scope: Scope) -> Account:
        """Whose call it is: by token, or by the AppID where a token is asked for."""
        if identity == "token":
            app_id = self._platform.tokens.app_of(query.get("access_token", ""), self._platform.now())
        else:
            given = query if identity == "query" else decode(body)
            app_id = str(given.get("appid") or "")
            if not app_id:
                raise ApiError(MISSING_APP_ID)
        account = self._platform.app(app_id)
        if account is None:
            raise ApiError(INVALID_APP_ID)
        if account.settings.ip_list and identity != "token":
            caller = scope["client"][0] if scope.get("client") else ""
            if caller not in account.settings.ip_list:
                raise ApiError(IP_NOT_LISTED, f"invalid ip {caller}, not in whitelist")
        return account


async def _strike(fault: ApiFault) -> None:
    if fault.delay_ms:
        await asyncio.sleep(fault.delay_ms / 1000)
    if fault.drop == "before":
        raise _DroppedError
    if fault.errcode:
        raise ApiError(fault.errcode)


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    pieces, size = [message.get("body", b"")], 0
    while message.get("more_body"):
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > BODY_BYTES_MAX:
            raise ApiError(MALFORMED_DATA)
    return b"".join(pieces)
