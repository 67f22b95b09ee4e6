"""HTML from templates: pages for people, fragments for the hub.

One jinja environment a language, made at first use. Undefined names are errors, everything is escaped.
Static files are addressed by a hash of the whole static tree in their path, not by one hash for each file: an ES
module's relative imports then share the version, so that no module is ever loaded twice under two addresses.
"""

import contextlib
import hashlib
import os
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk import response
from desk.i18n import HTML_LANGUAGE, Language, gettext_for, language_of, translations
from desk.minified import MinifiedFiles
from desk.navigation import ROLE_NAMES, places_for
from desk.rich_text import rich
from desk.times import Times

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
THEMES = ("light", "dark")
THEME_COOKIE = "theme"


class Templates:
    """Everything that makes HTML; holds the time zone that instants are shown in."""

    def __init__(self, zone: ZoneInfo, *, demo: bool = False) -> None:
        self._zone = zone
        self._demo = demo
        self._environment = cache(self._make_environment)

    def render(self, name: str, lang: Language, /, **context: Any) -> str:
        """The template in this language; the context is all that it knows."""
        return self._environment(lang).get_template(name).render(context)

    def page(
        self,
        request: HTTPConnection,
        name: str,
        /,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """A whole page: the context, and what `base.html` says about who is looking."""
        lang = language_of(request)
        identity = request.scope.get("identity")
        html = self.render(
            name,
            lang,
            identity=identity,
            csrf=identity.csrf if identity else "",
            path=request.url.path,
            address=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            places=places_for(identity, demo=self._demo),
            theme=theme_of(request),
            **context,
        )
        return HTMLResponse(html, status, headers)

    def _make_environment(self, lang: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            bytecode_cache=_compiled,
            optimized=False,  # nothing is worked out beforehand: one code serves each language and zone
        )
        environment.install_gettext_translations(translations(lang), newstyle=True)  # type: ignore[attr-defined]
        environment.filters.update(
            Times(lang, self._zone).filters(), rich=rich, waited=response.waited, level=response.level
        )
        role_names = {role: gettext_for(lang)(name) for role, name in ROLE_NAMES.items()}
        environment.globals.update(
            lang=lang,
            html_lang=HTML_LANGUAGE[lang],
            demo=self._demo,
            static_url=static_url,
            role_names=role_names,
        )
        return environment


def theme_of(request: HTTPConnection) -> str:
    """`light` or `dark` where the person has chosen, else empty: the system decides."""
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def static_url(path: str) -> str:
    """The address of a file under `static/`, good for ever: it changes when any of them does."""
    return f"/static/v-{static_version()}/{path}"


def static_version() -> str:
    """Of all files under `static/`: another one means that browsers run older scripts than we serve."""
    return _assets.version()


class Static:
    """Serves `static/`; what is asked for by its current version may be kept for ever, the rest is asked about."""

    def __init__(self) -> None:
        self._files: ASGIApp = MinifiedFiles(STATIC, static_version)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        current = scope.get("path_params", {}).get("version") == _assets.version()
        caching = b"public, max-age=31536000, immutable" if current else b"no-cache"

        async def send_with_caching(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in {200, 206, 304}:
                message["headers"].append((b"cache-control", caching))
            await send(message)

        await self._files(scope, receive, send_with_caching)


class _Compiled(FileSystemBytecodeCache):
    """What templates were compiled to, for as long as their source is the same: known to every `Templates` of this
    process, and left beside the templates for the next one, as Python does with modules; where nothing may be
    written there, each process compiles for itself.
    """

    def __init__(self, folder: Path) -> None:
        how = zlib.crc32(Path(__file__).read_bytes())  # other settings here make other code of the same source
        super().__init__(str(folder), f"{jinja2.__version__}-{how:08x}-%s.cache")
        self._known: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        source, code = self._known.get(bucket.key, ("", None))
        if source == bucket.checksum:
            bucket.code = code
            return
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)
        self._know(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._know(bucket)
        if sys.dont_write_bytecode:
            return
        with contextlib.suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)

    def _know(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.key] = (bucket.checksum, bucket.code)


class _Assets:
    """The version of the static tree; files are looked at again once a second, and read again when they changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashes: dict[tuple[str, int, int], bytes] = {}
        self._version = ""
        self._looked_at = float("-inf")

    def version(self) -> str:
        now = time.monotonic()
        if now - self._looked_at >= 1:
            self._looked_at = now
            self._version = hashlib.sha256(b"".join(self._look())).hexdigest()[:10]
        return self._version

    def _look(self) -> list[bytes]:
        known, self._hashes = self._hashes, {}
        for path, mtime_ns, size in sorted(_files_under(str(self._folder))):
            mark = (path.removeprefix(f"{self._folder}{os.sep}"), mtime_ns, size)
            self._hashes[mark] = known.get(mark) or hashlib.sha256(mark[0].encode() + Path(path).read_bytes()).digest()
        return list(self._hashes.values())


def _files_under(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, time of the last change and size of each; a quarter of the time that `Path.rglob` takes."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files_under(entry.path)
            elif entry.is_file():
                status = entry.stat()
                yield entry.path, status.st_mtime_ns, status.st_size


_assets = _Assets(STATIC)

_compiled = _Compiled(TEMPLATES / "__pycache__")
