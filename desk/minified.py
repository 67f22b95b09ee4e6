"""Our scripts and styles without comments and spare whitespace, made when they are first asked for.

The sources stay as they are written and there is no build step, yet what a browser loads is a fifth lighter, and the
desk's scripts come in few files. Names are kept, so that what a browser complains about can be found in the source.
What comes minified from elsewhere (`vendor/`) is served as it is.
"""

import hashlib
import mimetypes
import os
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from desk.bundles import bundle, is_bundle, sheet

VENDORED = "vendor"
_MINIFIERS: dict[str, Callable[[str], str]] = {".js": jsmin, ".css": cssmin}

_Mark = tuple[tuple[int, int], ...]
_kept: dict[str, tuple[_Mark, bytes]] = {}
"""By path: the time and size of the scripts or styles beside it, and what became of it. As many as there are files."""


def minified(file: Path) -> bytes:
    """The file as it is served."""
    mark = _mark(file)
    found = _kept.get(str(file))
    if found is None or found[0] != mark:
        body = str(_MINIFIERS[file.suffix](whole(file))).encode()
        found = _kept[str(file)] = mark, body
    return found[1]


def whole(file: Path) -> str:
    """What it says, with what is served with it."""
    if file.suffix == ".css":
        return sheet(file)
    return bundle(file) if is_bundle(file) else file.read_text("utf-8")


def _mark(file: Path) -> _Mark:
    """Another one when the file, or one that it may be served with, has changed."""
    stats = (each.stat() for each in sorted(file.parent.glob(f"*{file.suffix}")))
    return tuple((status.st_mtime_ns, status.st_size) for status in stats)


def is_minified(file: Path) -> bool:
    """Whether we serve this file without its comments."""
    return file.suffix in _MINIFIERS and file.parent.name != VENDORED


class MinifiedFiles(StaticFiles):
    """Static files, ours minified."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        file = Path(full_path)
        if not is_minified(file):
            return super().file_response(full_path, stat_result, scope, status_code)
        body = minified(file)
        headers = {
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "last-modified": formatdate(stat_result.st_mtime, usegmt=True),
        }
        response = Response(body, status_code, headers, mimetypes.guess_type(file.name)[0])
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response
