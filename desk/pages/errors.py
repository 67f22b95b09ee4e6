"""What went wrong, told in the asker's language and way: a page, or JSON with a stable code."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from desk.auth import is_navigation
from desk.errors import UserError, error_json
from desk.i18n import gettext_noop, language_of
from desk.templating import Templates

Handler: TypeAlias = Callable[[Request, Any], Awaitable[Response]]

_HTTP_TEXTS = {
    404: gettext_noop("页面不存在"),
    405: gettext_noop("此地址不接受这种请求"),
    413: gettext_noop("请求内容过大"),
}
_REQUEST_FAILED = gettext_noop("请求无法处理")


def handlers(templates: Templates) -> Mapping[Any, Handler]:
    """Exception handlers for Starlette."""

    async def user_error(request: Request, error: UserError) -> Response:
        return answer(request, error)

    async def http_error(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).name.lower()
        text = _HTTP_TEXTS.get(error.status_code, _REQUEST_FAILED)
        return answer(request, UserError(code, text, status=error.status_code), error.headers)

    async def unavailable(request: Request, _: Exception) -> Response:
        return answer(request, UserError("unavailable", "系统暂时不可用，请稍候再试", status=503, retry_after_s=3))

    async def our_fault(request: Request, _: Exception) -> Response:
        return answer(request, UserError("internal_error", "系统出错了，错误已记录，请稍候再试", status=500))

    def answer(request: Request, error: UserError, headers: Mapping[str, str] | None = None) -> Response:
        message = error.message(language_of(request))
        all_headers = {**(headers or {}), **error.headers()}
        if is_navigation(request):
            return templates.page(
                request, "error.html", status=error.status, headers=all_headers, code=error.code, message=message
            )
        return JSONResponse(error_json(error.code, message, error.field), error.status, all_headers)

    return {
        UserError: user_error,
        HTTPException: http_error,
        RedisError: unavailable,
        OperationalError: unavailable,
        InterfaceError: unavailable,
        Exception: our_fault,
    }
