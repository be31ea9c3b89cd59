"""What every answer carries: security headers, and nothing of a room in any cache."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self' {sockets}",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "frame-src 'self'",
        "frame-ancestors 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    )
)
# same-origin, not no-referrer, with which browsers send `Origin: null` from our own forms.
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "saywhen": "1",  # so that a page can tell our answers from those of a proxy in between
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Headers:
    """ASGI middleware: security headers on every answer, nothing of a room in any cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, adding headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = POLICY.format(sockets=_sockets(HTTPConnection(scope)))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", policy)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _sockets(connection: HTTPConnection) -> str:
    """Return the addresses of our own sockets: older Safari does not count them under 'self'."""
    host = connection.headers.get("host", "")
    is_plain = host and all(c.isalnum() or c in ".-:[]" for c in host)
    public = (connection.app.state.settings.public_url or "").partition("://")[2]
    known = dict.fromkeys([*([host] if is_plain else []), *([public] if public else [])])
    return " ".join(f"ws://{one} wss://{one}" for one in known)
