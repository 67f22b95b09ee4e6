"""Images and voices, up and down.

What is sent up is judged by its bytes; what is shown is named by our own finding, and never as anything that a
browser would run.
"""

from typing import cast

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from desk.auth import require_role
from desk.errors import UserError
from desk.media import BYTES_MAX, too_large, type_of
from desk.playable import POSTER_MIME
from desk.services import Services
from sessions.ids import MediaKey

UPLOAD_BYTES_MAX = 32 * 1024 * 1024
"""Of a whole request. What is above the limits of its kind but below this gets a proper answer."""
MULTIPART_OVERHEAD = 64 * 1024


def routes(services: Services) -> list[BaseRoute]:
    """`POST /media` and `GET /media/{key}`."""

    @require_role("agent")
    async def upload(request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > BYTES_MAX["voice"] + MULTIPART_OVERHEAD:
            raise too_large("voice")
        async with request.form(max_files=1, max_fields=4, max_part_size=4096) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise UserError("media_missing", "请选择要发送的文件", field="file", status=422)
            content = await file.read(BYTES_MAX["voice"] + 1)
        stored = await services.media.put(content, kinds=("image", "voice"), to_be_sent=True)
        if stored.kind == "voice":
            await services.playables.sendable(stored.media)  # one that cannot be sent is refused now, and not then
        return Response(
            msgspec.json.encode(
                {
                    "media": stored.media,
                    "kind": stored.kind,
                    "mime": stored.mime,
                    "size": stored.size_bytes,
                    "duration_ms": stored.duration_ms,
                }
            ),
            media_type="application/json",
        )

    @require_role()
    async def download(request: Request) -> Response:
        key = MediaKey(cast(str, request.path_params["key"]))
        path = services.media.existing_path(key)
        media_type = type_of(key)
        assert media_type is not None
        mime = media_type.mime
        if request.query_params.get("as") == "playable":
            path, mime = await services.playables.path(key)
        elif request.query_params.get("as") == "poster":
            path, mime = await services.playables.poster(key), POSTER_MIME
        return FileResponse(
            path,
            media_type=mime,
            filename=f"{key[:12]}{path.suffix}",
            content_disposition_type="inline",
            headers={"cache-control": "private, max-age=31536000, immutable"},
        )

    return [
        Route("/media", upload, methods=["POST"], max_body_size=UPLOAD_BYTES_MAX),
        Route("/media/{key}", download),
    ]
