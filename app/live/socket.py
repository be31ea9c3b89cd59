"""The live socket of a room, as a plain ASGI endpoint.

The endpoint returns as soon as it has attached a phone to its connection: no task waits for one.
A room that is another server's is reached by post, over the same socket. Source: docs/protocol.md,
"The live socket".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import QueryParams
from websockets import http11

from app.errors import AppError, Elsewhere, JournalError
from app.live.far import Far
from app.live.phone import Scope, admitted, attach
from app.protocol import wire
from app.protocol.constants import CLOSE_OTHER_VERSION, CLOSE_RESTARTING, PROTOCOL_VERSION
from app.protocol.to_phone import Bye
from app.server.connection import EXTENSION, LiveConnection
from app.server.request import HEAD_BYTES

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CLOSE_FORBIDDEN = 1008
# `websockets` parses the handshake a second time, and takes 8 KiB a line by itself. It has to take
# what server/request.py lets through, each line with its name and its end.
http11.MAX_LINE_LENGTH = HEAD_BYTES + 1024


class LiveSocket:
    """The ASGI endpoint: a class, so that Starlette hands it the bare scope, receive and send."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open one socket."""
        await _live(scope, receive, send)


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the handshake of one live socket and attach its phone, or close it."""
    await receive()
    far: Far | None = getattr(scope["app"].state, "far", None)
    live: LiveConnection = scope["extensions"][EXTENSION]
    phone = None
    try:
        room, role = await admitted(scope)
    except Elsewhere as elsewhere:
        assert far is not None
        phone = far.phone(scope, live)
        code = await phone.open(elsewhere.srv)
    except AppError as e:
        code = CLOSE_RESTARTING if isinstance(e, JournalError) else CLOSE_FORBIDDEN
    else:
        code = 0
    if code:
        await send({"type": "websocket.close", "code": code})
        return
    await send({"type": "websocket.accept"})
    if QueryParams(scope["query_string"]).get("v") != str(PROTOCOL_VERSION):
        await send({"type": "websocket.send", "text": wire.encode(Bye(reason="reload")).decode()})
        await send({"type": "websocket.close", "code": CLOSE_OTHER_VERSION})
        if phone is not None:
            phone.leave()
        return
    if phone is not None:
        phone.begin()
    else:
        attach(scope, live, room, role)
