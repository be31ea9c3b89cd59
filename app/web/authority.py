"""Whose seat a request speaks for: by a Bearer token, or by a cookie with an Origin of our own."""

from __future__ import annotations

import contextlib
import hmac

from starlette.requests import HTTPConnection

from app.core.model import HOLDERS, SEATS, Role
from app.errors import Forbidden, ForbiddenWhy
from app.hub.door import Known
from app.pairing.places import hash_token
from app.web import cookies
from app.web.origins import check_origin


def cookie_name(room: str, role: str) -> str:
    """Return the name of the cookie that holds a seat's token."""
    return f"seat_{room}_{role}"


def authorise(connection: HTTPConnection, room: Known, role: str | None = None) -> Role:
    """Return whose seat this request speaks for; raises Forbidden.

    `role` is the seat asked for, and so decides which cookie to use if a browser holds several.
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
    names = [role] if role else HOLDERS
    for name in names:
        tokens = cookies.read(connection, cookie_name(room.id, name))
        for token in tokens[:-1]:  # one from https, one from plain http: either may be newer
            with contextlib.suppress(Forbidden):
                return _seat_of(room, token, name)
        if tokens:
            return _seat_of(room, tokens[-1], name)
    why: ForbiddenWhy = "no_seat" if connection.cookies else "no_cookie"
    raise Forbidden("This phone has no seat in this room. Ask for a new invitation.", why)


def _seat_of(room: Known, token: str, asked: str | None) -> Role:
    """Return whose token this is: if a seat is `asked` for, it counts for no other."""
    hashed = hash_token(token)
    held = [
        *((holder, room.state.token_hash(holder)) for holder in HOLDERS),
        *((seat, former) for seat in SEATS for former in room.formers(seat)),
    ]
    for role, known in held:
        if known is not None and hmac.compare_digest(known, hashed) and asked in (None, role):
            return role
    detail = "This phone's seat was given to another. Ask for a new invitation."
    raise Forbidden(detail, "seat_moved")


def token_of(connection: HTTPConnection, room: Known, role: Role) -> str:
    """Return the token by which this request speaks for its seat; empty for any other seat."""
    _, _, brought = connection.headers.get("authorization", "").partition(" ")
    held = [brought.strip()] if brought else cookies.read(connection, cookie_name(room.id, role))
    for token in held:
        with contextlib.suppress(Forbidden):
            _seat_of(room, token, role)
            return token
    return ""
