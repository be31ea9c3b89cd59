"""Who may come in, how often, how big, and what every answer carries.

Cookies count only together with an Origin of our own; programs bring a Bearer token instead.
"""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.clock import Clock
from app.config import Settings
from app.core.model import SEATS, Role
from app.edge.problems import problem
from app.edge.seats import hash_token
from app.edge.ways import way_of
from app.errors import Forbidden as Forbidden
from app.errors import ForbiddenWhy, TooBig, TooFast
from app.hub.room import Room

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
# same-origin, not no-referrer: under that one browsers send `Origin: null` with our own forms.
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "saywhen": "1",  # by which a page tells our answers from those of whatever stands between
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def cookie_name(room: str, role: str) -> str:
    """Name the cookie that holds a seat's token."""
    return f"seat_{room}_{role}"


def authorise(connection: HTTPConnection, room: Room, role: str | None = None) -> Role:
    """Tell whose seat this request speaks for; raises Forbidden.

    `role` says which seat is asked for, and so which cookie to use where one browser holds several.
    A cookie that changes something, or opens a socket, needs an Origin of our own.
    """
    header = connection.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer":
        check_origin(connection, is_needed=False)
        return _seat_of(room, token.strip(), role)
    is_change = connection.scope["type"] == "websocket" or connection.scope.get("method") not in (
        "GET",
        "HEAD",
    )
    check_origin(connection, is_needed=is_change)
    role = role or connection.query_params.get("role")
    names = [role] if role else [Role.CLIENT, Role.PARTNER, Role.HOST, Role.DISPLAY]
    for name in names:
        token = connection.cookies.get(cookie_name(room.id, name), "")
        if token:
            return _seat_of(room, token, name)
    why: ForbiddenWhy = "no_seat" if connection.cookies else "no_cookie"
    raise Forbidden("This phone has no seat in this room. Ask for a new invitation.", why)


def _seat_of(room: Room, token: str, asked: str | None) -> Role:
    """Tell whose token this is: where a seat is `asked` for, it counts for no other."""
    hashed = hash_token(token)
    state = room.state
    held = [
        (Role.CLIENT, state.client.token_hash),
        (Role.PARTNER, state.partner.token_hash),
        (Role.HOST, state.host_hash),
        (Role.DISPLAY, state.display_hash),
        *((seat, former) for seat in SEATS for former in room.presence.formers(seat)),
    ]
    for role, known in held:
        if known is not None and hmac.compare_digest(known, hashed) and asked in (None, role):
            return role
    detail = "This phone's seat was given to another. Ask for a new invitation."
    raise Forbidden(detail, "seat_moved")


def check_origin(connection: HTTPConnection, *, is_needed: bool) -> None:
    """Refuse a page of another site; raises Forbidden."""
    origin = connection.headers.get("origin")
    if origin is not None:
        check_named_origin(connection, origin)
    elif is_needed:
        raise Forbidden("This needs an Origin, as browsers send it.", "no_origin")


def check_named_origin(connection: HTTPConnection, origin: str) -> None:
    """Refuse what is none of our origins; raises Forbidden."""
    if origin.lower() not in own_origins(connection):
        raise Forbidden("This comes from another site.", "foreign_origin")


def same_site(request: Request) -> None:
    """Forms of other sites change nothing here; a route's dependency."""
    check_origin(request, is_needed=True)


SAME_SITE = Depends(same_site)


def own_origins(connection: HTTPConnection) -> set[str]:
    """List the origins that are ours: the public one, and the address the request came to."""
    public = connection.app.state.settings.public_url
    host = connection.headers.get("host", "").lower()
    own = {public.lower()} if public else set()
    return own | {f"http://{host}", f"https://{host}"} if host else own


def origin_of(connection: HTTPConnection) -> str:
    """Give the public origin that links should lead to."""
    return way_of(connection).origin


def is_https(connection: HTTPConnection) -> bool:
    """Tell whether phones reach us over https, so that cookies may be Secure."""
    return urlsplit(origin_of(connection)).scheme == "https"


class Limiter:
    """At most `most` in any minute for each key."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._times: dict[str, deque[int]] = {}

    def check(self, key: str) -> None:
        """Raise TooFast where `key` has had its share of this minute."""
        times = self._recent(key)
        if len(times) >= self._most:
            wait_s = -(-(times[0] + 60_000 - self._clock.now_ms()) // 1000)
            raise TooFast("Too many tries. Wait a moment.", retry_after_s=max(1, wait_s))

    def count(self, key: str) -> None:
        """Count one for `key`."""
        if len(self._times) > 10_000:
            self._times = {k: t for k, t in self._times.items() if self._recent(k)}
        self._times.setdefault(key, deque()).append(self._clock.now_ms())

    def _recent(self, key: str) -> deque[int]:
        times = self._times.get(key, deque())
        while times and times[0] <= self._clock.now_ms() - 60_000:
            times.popleft()
        return times


class Limits:
    """The limiters of one server."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self.rooms = Limiter(clock, settings.rooms_per_min)
        self.codes = Limiter(clock, settings.wrong_codes_per_min)
        self.all_codes = Limiter(clock, settings.wrong_codes_per_min_server)


def address(connection: HTTPConnection) -> str:
    """Give the peer's address; what a trusted proxy says of it is in the scope by then."""
    return connection.client.host if connection.client else "unknown"


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
    """Name our own sockets: older Safari does not count them under 'self'."""
    host = connection.headers.get("host", "")
    is_plain = host and all(c.isalnum() or c in ".-:[]" for c in host)
    return f"ws://{host} wss://{host}" if is_plain else ""


class BodyLimit:
    """ASGI middleware: no body over `most` bytes, announced or not."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = HTTPConnection(scope).headers.get("content-length", "0")
        if not announced.isdigit() or int(announced) > self._most:
            await _too_big(scope, receive, send)
            return
        body = await _read(receive, self._most)
        if body is None:
            await _too_big(scope, receive, send)
            return
        messages = deque([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return messages.popleft() if messages else await receive()

        await self._app(scope, replay, send)


async def _read(receive: Receive, most: int) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return body


async def _too_big(scope: Scope, receive: Receive, send: Send) -> None:
    response = problem(TooBig("This is larger than anything we take (16 KiB)."))
    await response(scope, receive, send)


class Forwarded:
    """ASGI middleware: the address and the scheme that a trusted proxy tells, and nobody else."""

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        known = [spelling for network in trusted for spelling in _spellings(network)]
        self._app = ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through; uvicorn's own takes the rightmost address that is none of the proxies'."""
        await self._app(cast(Any, scope), cast(Any, receive), cast(Any, send))


def _spellings(network: str) -> list[str]:
    """Give a network as peers may spell it: a socket for both kinds shows IPv4 inside IPv6."""
    net = ip_network(network)
    if net.version == 6:
        return [network]
    return [network, f"::ffff:{net.network_address}/{96 + net.prefixlen}"]


def install(app: FastAPI) -> None:
    """Put the guards before every route."""
    settings: Settings = app.state.settings
    app.add_middleware(BodyLimit, most=settings.body_max_bytes)
    app.add_middleware(Headers)
    if settings.trusted_proxy:
        app.add_middleware(Forwarded, trusted=settings.trusted_proxy)
