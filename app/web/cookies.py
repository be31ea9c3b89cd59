"""The cookies of one browser: few, small, bounded, and ended with their rooms.

Over https each has another name (`__Host-`). A Secure cookie can't be replaced over plain http, so
with one name, one https run would leave a phone without a seat at the same address for good. Over
plain http no browser sends the `__Host-` cookies. Over https the plain name is read too, because
programs send it. Source of the prefix: RFC 6265bis, 4.1.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.model import HOLDERS, Phase
from app.hub.keeping import KEPT_LASTS_MS
from app.hub.rooms import Rooms
from app.pairing.places import hash_token

# How long each lives, and the names of those that are no seat's.
SEAT_LASTS_S = 24 * 3600
KEPT_SEAT_LASTS_S = KEPT_LASTS_MS // 1000  # as long as the record that it opens
KNOCK_LASTS_S = 120
LAST = "last"  # role and routine of the last session, on this browser only
LAST_LASTS_S = 365 * 24 * 3600
HOSTED = "hosted"  # the room of this laptop's two squares
HOSTED_LASTS_S = 24 * 3600
SECURE = "__Host-"
MOST_SEATS = 50  # of one browser: 3 KB of cookies, where proxies take 8 and some only 4
MOST_ENDED = 24  # ended by one answer: 2 KB of headers, where a proxy may hold 4 KB in all
SEAT = re.compile(r"(?:__Host-)?seat_([0-9a-z]+)_(client|partner|host|display)")


class SeatCookie(NamedTuple):
    """One seat that a browser holds, or held."""

    name: str
    room: str
    role: str
    token: str


def read(connection: HTTPConnection, name: str) -> list[str]:
    """List what a browser has under a name; what only https can have set comes first."""
    found = (connection.cookies.get(one) for one in (SECURE + name, name))
    return [value for value in found if value]


def put(response: Response, name: str, value: str, lasts_s: int, *, is_https: bool) -> None:
    """Set a cookie that no script and no other site can use."""
    response.set_cookie(
        SECURE + name if is_https else name,
        value,
        max_age=lasts_s,
        httponly=True,
        samesite="strict",
        secure=is_https,
    )


def end(response: Response, name: str) -> None:
    """End a cookie."""
    response.headers.append("set-cookie", _ended(name))


def seats_in(connection: HTTPConnection) -> Iterator[SeatCookie]:
    """List the seats that a browser's cookies name, whether or not they still exist."""
    for name, token in connection.cookies.items():
        if found := SEAT.fullmatch(name):
            yield SeatCookie(name, found[1], found[2], token)


class SeatCookies:
    """ASGI middleware: ends the cookies of rooms that are gone, and of too many the least needed.

    A room that this server never knew may belong to another server at the same host: its cookie is
    ended only if there are too many.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, adding `Set-Cookie` to what is answered."""
        if scope["type"] != "http" or not _has_seats(scope):
            await self._app(scope, receive, send)
            return

        async def send_fewer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in _superfluous(scope, headers):
                    headers.append("set-cookie", _ended(name))
            await send(message)

        await self._app(scope, receive, send_fewer)


def _has_seats(scope: Scope) -> bool:
    is_page = not scope["path"].startswith("/static/")
    return is_page and any(k == b"cookie" and b"seat_" in v for k, v in scope["headers"])


def _superfluous(scope: Scope, headers: MutableHeaders) -> list[str]:
    rooms: Rooms = scope["app"].state.rooms
    being_set = {one.partition("=")[0] for one in headers.getlist("set-cookie")}
    held = [one for one in seats_in(HTTPConnection(scope)) if one.name not in being_set]
    gone = [one.name for one in held if rooms.was_erased(one.room)]
    left = [one for one in held if one.name not in gone and f"/{one.room}" not in scope["path"]]
    too_many = len(held) - len(gone) + sum(map(_is_seat, being_set)) - MOST_SEATS
    if too_many > 0:
        left.sort(key=lambda one: _worth(rooms, one))
        gone += [one.name for one in left[:too_many]]
    return gone[:MOST_ENDED]


def _is_seat(name: str) -> bool:
    return SEAT.fullmatch(name) is not None


def _worth(rooms: Rooms, seat: SeatCookie) -> tuple[int, int]:
    """Return a seat's rank: gone, another phone's, over, never begun, kept, in use; older first."""
    room = rooms.here(seat.room)
    if room is None:
        return 0, 0
    state = room.state
    since = state.phase_at_ms
    if hash_token(seat.token) not in map(state.token_hash, HOLDERS):
        return 1, since
    if state.phase is Phase.ENDED:
        return (4 if state.is_kept else 2), since
    return (3 if state.phase is Phase.LOBBY else 5), since


def _ended(name: str) -> str:
    """Return the `Set-Cookie` that ends a cookie; it must have the attributes it was set with."""
    secure = "; Secure" if name.startswith(SECURE) else ""
    return f'{name}=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict{secure}'
