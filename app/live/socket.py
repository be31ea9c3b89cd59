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

from app.errors import AppError, Elsewhere
from app.live.far import FarPhone
from app.live.phone import Scope, admitted, attach, close_code
from app.protocol import wire
from app.protocol.constants import CLOSE_OTHER_VERSION, PROTOCOL_VERSION
from app.protocol.to_phone import Bye
from app.server.connection import EXTENSION, LiveConnection
from app.server.request import HEAD_BYTES

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

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
    live: LiveConnection = scope["extensions"][EXTENSION]
    is_current = QueryParams(scope["query_string"]).get("v") == str(PROTOCOL_VERSION)
    far: FarPhone | None = None
    code = 0
    try:
        room, role = await admitted(scope)
    except Elsewhere as elsewhere:
        far = scope["app"].state.far.phone(scope, live)
        if is_current:  # to be let in there sends the seat's socket before it away
            code = await far.open(elsewhere.srv)
    except AppError as refusal:
        code = close_code(refusal)
    if code:
        await send({"type": "websocket.close", "code": code})
        return
    await send({"type": "websocket.accept"})
    if not is_current:
        await send({"type": "websocket.send", "text": wire.encode(Bye(reason="reload")).decode()})
        await send({"type": "websocket.close", "code": CLOSE_OTHER_VERSION})
    elif far is not None:
        far.begin()
    else:
        attach(scope, live, room, role)
