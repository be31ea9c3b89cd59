"""What a home screen needs: the manifest, the service worker, the page for no connection."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.web.answers import page

router = APIRouter(include_in_schema=False)
GROUND = "#f6f3ee"  # the paper of tokens.css, by day
ICONS = (("192", "any"), ("512", "any"), ("512", "maskable"))
OFFLINE = "/offline"
# What the page for no connection is drawn with.
SHELL = (
    *(f"css/{name}.css" for name in ("reset", "tokens", "base", "utilities")),
    *(f"css/components/{name}.css" for name in ("controls", "panels", "figure")),
    *("vendor/atkinson-400.woff2", "vendor/atkinson-700.woff2", "icons/icon.svg"),
)


@router.get("/manifest.webmanifest")
async def manifest(request: Request) -> Response:
    """Describe the app to a phone that puts it on its home screen."""
    url = request.app.state.render.url
    icons = [
        {
            "src": url(f"icons/{purpose}-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in ICONS
    ]
    told = {
        "id": "/",
        "name": "Say When",
        "short_name": "Say When",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": icons,
    }
    return Response(json.dumps(told), media_type="application/manifest+json")


@router.get("/sw.js")
async def worker(request: Request) -> Response:
    """Return the service worker; it is a new one whenever a static file changes."""
    render = request.app.state.render
    shell = [OFFLINE, *(render.url(name) for name in SHELL)]
    head = f"const TREE = {json.dumps(render.tree)};\nconst SHELL = {json.dumps(shell)};\n"
    body = head + render.assets["js/worker.js"].body.decode()
    return Response(body, media_type="text/javascript")


@router.get(OFFLINE)
async def offline(request: Request) -> Response:
    """Show that there is no connection, and what to do with hands on."""
    return page(request, "pages/offline.html")
