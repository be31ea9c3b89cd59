"""Who may come in, how often, how big, and what every answer carries.

Cookies count only together with an Origin of our own; programs bring a Bearer token instead.
"""

from __future__ import annotations

import contextlib
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
from app.config import Settings, spelt
from app.core.model import SEATS, Role
from app.edge import cookies
from app.edge.bodies import BodyLimit, HeadAsGet, HeadLimit
from app.edge.seats import hash_token
from app.edge.ways import way_of
from app.errors import Forbidden as Forbidden
from app.errors import ForbiddenWhy, TooFast
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
MINUTE_MS = 60_000
ROOMS_PER_HOUR = 600
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
        tokens = cookies.read(connection, cookie_name(room.id, name))
        for token in tokens[:-1]:  # one of https and one of plain http: either may be the newer
            with contextlib.suppress(Forbidden):
                return _seat_of(room, token, name)
        if tokens:
            return _seat_of(room, tokens[-1], name)
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


def token_of(connection: HTTPConnection, room: Room, role: Role) -> str:
    """Give the token by which this request speaks for a seat that it has; nothing for any other."""
    _, _, brought = connection.headers.get("authorization", "").partition(" ")
    held = [brought.strip()] if brought else cookies.read(connection, cookie_name(room.id, role))
    for token in held:
        with contextlib.suppress(Forbidden):
            _seat_of(room, token, role)
            return token
    return ""


def check_origin(connection: HTTPConnection, *, is_needed: bool) -> None:
    """Refuse a page of another site; raises Forbidden."""
    origin = connection.headers.get("origin")
    if origin is not None:
        check_named_origin(connection, origin)
    elif is_needed:
        raise Forbidden("This needs an Origin, as browsers send it.", "no_origin")


def check_named_origin(connection: HTTPConnection, origin: str) -> None:
    """Refuse what is none of our origins; raises Forbidden."""
    if _spelt(origin) not in own_origins(connection):
        raise Forbidden("This comes from another site.", "foreign_origin")


def same_site(request: Request) -> None:
    """Forms of other sites change nothing here; a route's dependency."""
    check_origin(request, is_needed=True)


SAME_SITE = Depends(same_site)


def own_origins(connection: HTTPConnection) -> set[str | None]:
    """List the origins that are ours: the public one, and the address the request came to."""
    host = connection.headers.get("host", "")
    own = {connection.app.state.settings.public_url, _spelt(f"http://{host}")}
    return (own | {_spelt(f"https://{host}")}) - {None}


def _spelt(origin: str) -> str | None:
    """Give an origin as browsers spell it; None for `null` and all that is none."""
    try:
        return spelt(origin) if not origin.endswith("/") else None
    except ValueError:
        return None


def origin_of(connection: HTTPConnection) -> str:
    """Give the public origin that links should lead to."""
    origin = way_of(connection).origin
    return _spelt(origin) or origin


def is_https(connection: HTTPConnection) -> bool:
    """Tell whether this browser reaches us over https, so that its cookies may be Secure.

    It says so itself wherever it names the page that asks; else our public address counts.
    """
    for header in ("origin", "referer"):
        scheme, _, rest = connection.headers.get(header, "").partition("://")
        said = _spelt(f"{scheme}://{rest.partition('/')[0]}")
        if said is not None and said in own_origins(connection):
            return scheme.lower() == "https"
    return urlsplit(origin_of(connection)).scheme == "https"


class Limiter:
    """At most so many for each key: `most` in any minute and, where given, `hourly` in any hour."""

    def __init__(self, clock: Clock, most: int, hourly: int | None = None) -> None:
        self._clock = clock
        self._bounds = [(most, MINUTE_MS)] + ([(hourly, 60 * MINUTE_MS)] if hourly else [])
        self._times: dict[str, deque[int]] = {}

    def check(self, key: str) -> None:
        """Raise TooFast where `key` has had its share."""
        times, now = self._recent(key), self._clock.now_ms()
        for most, within_ms in self._bounds:
            over_ms = times[-most] + within_ms - now if len(times) >= most else 0
            if over_ms > 0:
                raise TooFast("Too many tries. Wait a moment.", retry_after_s=-(-over_ms // 1000))

    def count(self, key: str) -> None:
        """Count one for `key`."""
        if len(self._times) > 10_000:
            self._times = {k: t for k, t in self._times.items() if self._recent(k)}
        self._times.setdefault(key, deque()).append(self._clock.now_ms())

    def _recent(self, key: str) -> deque[int]:
        times = self._times.get(key, deque())
        while times and times[0] <= self._clock.now_ms() - self._bounds[-1][1]:
            times.popleft()
        return times


class Limits:
    """The limiters of one server."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        rooms = settings.rooms_per_min  # a class starts within a minute; a flood goes on
        self.rooms = Limiter(clock, rooms, max(ROOMS_PER_HOUR, 10 * rooms))
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
    public = (connection.app.state.settings.public_url or "").partition("://")[2]
    known = dict.fromkeys([*([host] if is_plain else []), *([public] if public else [])])
    return " ".join(f"ws://{one} wss://{one}" for one in known)


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
    app.add_middleware(HeadLimit)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Headers)
    if settings.trusted_proxy:
        app.add_middleware(Forwarded, trusted=settings.trusted_proxy)
