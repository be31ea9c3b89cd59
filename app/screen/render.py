"""Jinja2 and the static files: every page, and every asset under a name that never changes.

The static folder is served under a hash of its whole content, so that modules can import each
other by relative paths and everything may be cached for ever.
"""

from __future__ import annotations

import gettext
import gzip
import hashlib
import mimetypes
import os
import re
import secrets
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.content.library import Library
from app.screen import constants
from app.screen.body_map import body_outline, zones_of
from app.screen.figure import figure, move_figure
from app.screen.scripts import imports_of, with_all_they_import, without_comments

SHRINKS = ("text/", "application/javascript", "image/svg", "application/json")
PAGE_LEVEL = 3  # a live page from 88 kB to about 15, in about a millisecond
PRELOAD = Markup('<link rel="modulepreload" href="{}">')
ALIVE = Markup('<script src="{}"></script>')
AHEAD = Markup('<link rel="prefetch" href="{}">')
MODULE = Markup('<script type="module" src="{}"></script>')
ROOM = "{room}"  # stands for the room's id in a page that is kept
KEPT_PAGES = 64  # of up to 90 kB
# Styles that are always asked for together come together: a slow line takes long for each request.
SHEETS = {
    "css/common.css": (
        "reset", "tokens", "base", "components/controls", "components/panels", "components/figure",
        "utilities",
    ),
    "css/client.css": ("components/live", "components/client", "components/body_map"),
    "css/partner.css": ("components/live", "components/client", "components/partner"),
    "css/display.css": ("components/live", "components/display"),
}  # fmt: skip
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, as it is sent; `packed` is its gzip where that is smaller."""

    body: bytes
    packed: bytes | None
    media_type: str


class Render:
    """Makes pages from templates; reads templates and static files once."""

    def __init__(self, assets: Path, library: Library, *, has_imprint: bool = False) -> None:
        self.assets = _read_assets(assets / "static")
        self._imports = {
            name: imports_of(name, asset.body.decode())
            for name, asset in self.assets.items()
            if name.endswith(".js")
        }
        with_all_they_import(list(self._imports), self._imports)  # or it does not start
        self._heads: dict[tuple[str, ...], Markup] = {}
        digest = hashlib.sha256()
        for name, asset in sorted(self.assets.items()):
            digest.update(name.encode() + asset.body)
        self.tree = digest.hexdigest()[:12]
        self._alive = ALIVE.format(self.url("js/alive.js"))
        self._env = Environment(
            loader=FileSystemLoader(assets / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._kept: dict[Hashable, str] = {}
        self._env.install_gettext_translations(  # type: ignore[attr-defined]
            gettext.NullTranslations(), newstyle=True
        )
        self._env.globals.update(
            asset=self.url,
            scripts=self.scripts,
            watcher=self.watcher,
            ahead=self.ahead,
            figure=figure,
            move_figure=move_figure,
            body_outline=body_outline,
            zones_of=zones_of,
            qr=qr,
            new_claim=lambda: secrets.token_urlsafe(16),
            library=library,
            phrases=library.phrases,
            has_imprint=has_imprint,
        )

    def url(self, name: str) -> str:
        """Return the address of a static file; raises KeyError for one that is not there."""
        return f"/static/{self.tree}/{name}" if self.assets[name] else ""

    def scripts(self, *names: str) -> Markup:
        """Return a page's head: these modules run in this order, all they need is fetched at once.

        Before them runs a script that says so if they can't come alive.
        """
        if names not in self._heads:
            needed = with_all_they_import(names, self._imports)
            lines = [PRELOAD.format(self.url(name)) for name in needed]
            lines += [self._alive]
            lines += [MODULE.format(self.url(name)) for name in names]
            self._heads[names] = Markup("\n").join(lines)
        return self._heads[names]

    def watcher(self, head: str) -> Markup:
        """Return once more what notices losses, for the end of a page whose head has it."""
        return self._alive if self._alive in head else Markup()

    def ahead(self, *names: str) -> Markup:
        """Return a head's lines that fetch the next page's styles, modules and all they import."""
        if ("ahead", *names) not in self._heads:
            modules = [name for name in names if name.endswith(".js")]
            styles = [name for name in names if name not in modules]
            needed = [*styles, *with_all_they_import(modules, self._imports)]
            lines = [AHEAD.format(self.url(name)) for name in needed]
            self._heads["ahead", *names] = Markup("\n").join(lines)
        return self._heads["ahead", *names]

    def asset(self, request: Request, tree: str, name: str) -> Response | None:
        """Return a static file, packed where the browser takes it, or None."""
        found = self.assets.get(name)
        if found is None or tree != self.tree:
            return None
        headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
        if found.media_type.startswith("video/"):
            return _film(found, request.headers.get("range", ""), headers)
        if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(found.packed, headers=headers, media_type=found.media_type)
        return Response(found.body, headers=headers, media_type=found.media_type)

    def html(self, template: str, **values: Any) -> str:
        """Return a template's text."""
        return self._env.get_template(template).render(**values)

    def html_of_room(self, template: str, key: Hashable, room: str, **values: Any) -> str:
        """Return a template's text, made once for all rooms with the same `key`.

        Only the key may make a difference, and no secret may be among the values.
        """
        found = self._kept.pop((template, key), None) or self.html(template, room=ROOM, **values)
        self._kept[template, key] = found  # the last used goes to the end
        if len(self._kept) > KEPT_PAGES:
            del self._kept[next(iter(self._kept))]
        return found.replace(ROOM, room)

    def page(
        self, request: Request, template: str, *, status_code: int = 200, **values: Any
    ) -> HTMLResponse:
        """Return a template as an answer."""
        return self.answer(
            request, self.html(template, path=request.url.path, **values), status_code
        )

    def answer(self, request: Request, text: str, status_code: int = 200) -> HTMLResponse:
        """Return a page's text, packed where the browser takes it."""
        body = text.encode()
        headers = {"vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, PAGE_LEVEL, mtime=0)
        return HTMLResponse(body, status_code, headers)


def qr(url: str) -> Markup:
    """Draw a QR code as inline SVG, dark on nothing: it needs a white plate."""
    code = segno.make(url, error="m", micro=False)
    svg = code.svg_inline(border=0, omitsize=True, svgclass="qr-code", lineclass=None)
    return Markup(svg)


def _film(asset: Asset, asked: str, headers: dict[str, str]) -> Response:
    """Return a film, or the part of it that is asked for: without parts, Safari plays no film."""
    headers = {**headers, "accept-ranges": "bytes"}
    span = re.fullmatch(r"bytes=(\d{1,9})-(\d{1,9})?", asked)
    if span is None:
        return Response(asset.body, headers=headers, media_type=asset.media_type)
    size = len(asset.body)
    first, last = int(span[1]), min(int(span[2] or size - 1), size - 1)
    if first > last:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {first}-{last}/{size}"
    return Response(asset.body[first : last + 1], 206, headers, asset.media_type)


def _read_assets(folder: Path) -> dict[str, Asset]:
    """Read all that is served; types (`.d.ts`) are for people and their tools."""
    walked = os.walk(folder, followlinks=True)  # vendor/ may be another clone's
    files = sorted(Path(at, name) for at, _, names in walked for name in names)
    bodies = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in files
        if file.suffix != ".ts"
    }
    bodies[constants.NAME] = constants.script().encode()
    for name, parts in SHEETS.items():
        bodies[name] = b"".join(bodies[f"css/{part}.css"] for part in parts)
    return {name: _asset(name, body) for name, body in bodies.items()}


def _asset(name: str, body: bytes) -> Asset:
    if name.startswith("js/"):
        body = without_comments(body.decode()).encode()
    media_type = {".js": "text/javascript", ".woff2": "font/woff2"}.get(Path(name).suffix) or (
        mimetypes.guess_type(name)[0] or "application/octet-stream"
    )
    packed = gzip.compress(body, 9, mtime=0) if media_type.startswith(SHRINKS) else None
    return Asset(body, packed if packed and len(packed) < len(body) else None, media_type)
