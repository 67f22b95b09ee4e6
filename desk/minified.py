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
from functools import lru_cache
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


@lru_cache(maxsize=256)  # more than there are files
def minified_in(_version: str, file: Path) -> bytes:
    """The file as it is served, made once for each version of all of them."""
    return minified(file)


def minified(file: Path) -> bytes:
    """The same, made anew."""
    return str(_MINIFIERS[file.suffix](whole(file))).encode()


def whole(file: Path) -> str:
    """What it says, with what is served with it."""
    if file.suffix == ".css":
        return sheet(file)
    return bundle(file) if is_bundle(file) else file.read_text("utf-8")


def is_minified(file: Path) -> bool:
    """Whether we serve this file without its comments."""
    return file.suffix in _MINIFIERS and file.parent.name != VENDORED


class MinifiedFiles(StaticFiles):
    """Static files, ours minified."""

    def __init__(self, directory: Path, version: Callable[[], str]) -> None:
        super().__init__(directory=directory)
        self._version = version

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        file = Path(full_path)
        if not is_minified(file):
            return super().file_response(full_path, stat_result, scope, status_code)
        body = minified_in(self._version(), file)
        headers = {
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "last-modified": formatdate(stat_result.st_mtime, usegmt=True),
        }
        response = Response(body, status_code, headers, mimetypes.guess_type(file.name)[0])
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response
