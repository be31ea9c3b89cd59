"""The live socket of a room, as a plain ASGI endpoint.

Each message is dealt with as it comes, and never waits for a commit. What is to be told goes out in
the same turn of the event loop. Nobody waits for a phone that stops reading. Source:
docs/protocol.md, "The live socket".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection
from websockets import http11

from app.errors import AppError, WireError
from app.hub.door import Door
from app.hub.outbox import Outbox
from app.live.desk import Desk
from app.protocol import wire
from app.protocol.constants import CLOSE_OTHER_VERSION, PROTOCOL_VERSION
from app.protocol.to_phone import Bye
from app.server.connection import EXTENSION, UNSENT_BYTES, LiveConnection
from app.server.request import HEAD_BYTES
from app.web.authority import authorise, token_of
from app.web.origins import origin_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MALFORMED_IN_A_ROW = 10
UNANSWERED = 16  # commands of one phone under way: a finger is never so far ahead of the disk
PAUSE_BEHIND_S = 0.05  # between urgent commands, for a phone that has more under way
PAUSE_TOO_FAST_S = 0.002
# `websockets` parses the handshake a second time, and takes 8 KiB a line by itself. It has to take
# what server/request.py lets through, each line with its name and its end.
http11.MAX_LINE_LENGTH = HEAD_BYTES + 1024

log = structlog.get_logger()


class LiveSocket:
    """The ASGI endpoint: a class, so that Starlette hands it the bare scope, receive and send."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        await _live(scope, receive, send)


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one live socket from its handshake to its close."""
    await receive()
    state = scope["app"].state
    connection = HTTPConnection(scope)
    try:
        room = state.rooms.find(scope["path_params"]["room"])
        role = authorise(connection, room)
        await state.seats.come_back(room, role, token_of(connection, room, role))
    except AppError:
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "websocket.accept"})
    query = QueryParams(scope["query_string"])
    if query.get("v") != str(PROTOCOL_VERSION):
        await send({"type": "websocket.send", "text": wire.encode(Bye(reason="reload")).decode()})
        await send({"type": "websocket.close", "code": CLOSE_OTHER_VERSION})
        return
    live: LiveConnection = scope["extensions"][EXTENSION]
    outbox = room.attach(role, query.get("tab", "")[:40], _number(query.get("n", "")))
    desk = Desk(room, role, outbox, state.rooms, state.seats, state.clock, origin_of(connection))
    phone = _Phone(live, outbox, desk, room, send)
    try:
        while (event := await receive())["type"] == "websocket.receive":
            phone.read(event.get("text"))  # came before the phone was attached
    finally:
        phone.leave()
        room.leave(role, outbox)
        desk.close()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class _Phone:
    """Both ways of one socket."""

    def __init__(
        self, live: LiveConnection, outbox: Outbox, desk: Desk, room: Door, send: Send
    ) -> None:
        self._live = live
        self._send = send
        self._closing: asyncio.Task[None] | None = None
        self._outbox = outbox
        self._desk = desk
        self._room = room
        self._malformed = 0
        self._is_due = False
        self._loop = asyncio.get_running_loop()
        live.attach(self)
        outbox.wake = self._wake
        self._wake()

    def leave(self) -> None:
        """Stop being woken."""
        self._outbox.wake = lambda: None

    def read(self, text: str | None) -> float:
        """Deal with one message and return how long (s) the next has to wait.

        This slows a flood down to a steady pace. Urgent messages are dealt with at once even then.
        """
        pause_s = 0.0
        try:
            if text is None:
                raise WireError("messages are text")
            self._desk.read(text)
            self._malformed = 0
        except WireError as problem:
            pause_s = PAUSE_TOO_FAST_S
            self._malformed += problem.code == "malformed"
            self._desk.refuse(problem)
            if self._malformed >= MALFORMED_IN_A_ROW:
                self._outbox.close("reload", problem.close_code)
        except Exception:
            log.exception("socket_failed")
            self._room.fail()
        return pause_s if self._desk.unanswered <= UNANSWERED else PAUSE_BEHIND_S

    def _wake(self) -> None:
        """Send alerts at once, and the rest when everyone's alert is out."""
        if self._outbox.has_alerts:
            self._send_alerts()
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self.flush)

    def _send_alerts(self) -> None:
        while self._live.is_writable and self._outbox.has_alerts:
            frame = self._next()
            if frame is not None:
                self._live.write_now(frame)

    def flush(self) -> None:
        """Send what waits, until the phone takes no more."""
        self._is_due = False
        frames: list[bytes] = []
        while self._live.is_writable and sum(map(len, frames)) < UNSENT_BYTES:
            frame = self._next()
            if frame is None:
                break
            frames.append(frame)
        if frames:
            self._live.write(b"".join(frames))
        if self._outbox.is_over and self._closing is None:
            self._closing = self._loop.create_task(self._close())
        elif self._live.is_writable and not self._outbox.is_empty:
            self._wake()

    async def _close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # closed in between
            await self._send({"type": "websocket.close", "code": self._outbox.close_code})

    def _next(self) -> bytes | None:
        """Return the next frame; a state that can't be made stops its own room, and no other."""
        while True:
            try:
                message = self._outbox.take()
                return None if message is None else wire.frame(message)
            except Exception:
                log.exception("view_failed")
                self._room.fail()
