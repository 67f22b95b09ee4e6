"""The yardstick: a Starlette application that does nothing but answer `success`."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def _success(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("success")


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/wechat/{account}", _success, methods=["GET", "POST"])]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
        server_header=False,
    )
