"""The only file that knows WebSockets: the live socket of a room, as a plain ASGI endpoint.

One reader and one writer a socket. The reader never waits for a commit; nobody but the writer
waits for the phone. Source: docs/protocol.md, "The live socket".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection

from app.edge import wire
from app.edge.desk import Desk
from app.edge.guard import authorise, origin_of
from app.errors import AppError, WireError
from app.hub.outbox import Outbox
from app.hub.room import Room
from app.screen.messages import Bye, Message

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PROTOCOL = "1"
MALFORMED_IN_A_ROW = 10
UNANSWERED = 16  # commands of one phone on their way: a finger is never so far ahead of the disk
PAUSE_BEHIND_S = 0.05  # between the urgent commands of a phone that has more than that
PAUSE_TOO_FAST_S = 0.002

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
    except AppError:
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "websocket.accept"})
    query = QueryParams(scope["query_string"])
    if query.get("v") != PROTOCOL:
        await _leave(send, Bye(reason="reload"), 4426)
        return
    outbox = room.connect(role, query.get("tab", "")[:40], _number(query.get("n", "")))
    origin = origin_of(connection)
    desk = _Desk(room, role, outbox, state.rooms, state.seats, state.clock, origin)
    writer = asyncio.create_task(_write(outbox, send, room))
    reader = asyncio.create_task(_read(desk, outbox, receive, room))
    try:
        await asyncio.wait([writer, reader], return_when=asyncio.FIRST_COMPLETED)
    finally:
        room.listeners.disconnect(role, outbox)
        desk.close()
        for task in (reader, writer):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class _Desk(Desk):
    """Counts the commands that are not answered yet."""

    unanswered = 0

    def _answer(self, id: str, answer: asyncio.Future[None]) -> None:
        self.unanswered += 1
        super()._answer(id, answer)

    def _reply(self, id: str, done: asyncio.Future[None]) -> None:
        self.unanswered -= 1
        super()._reply(id, done)


async def _read(desk: _Desk, outbox: Outbox, receive: Receive, room: Room) -> None:
    """Deal with one message after the other, each in its turn, a flood no quicker than at a pace.

    What counts as urgent is dealt with at once also then: what follows it waits.
    """
    malformed = 0
    while True:
        event = await receive()
        if event["type"] != "websocket.receive":
            return
        pause_s = 0.0
        try:
            desk.read(_text(event))
            malformed = 0
        except WireError as problem:
            pause_s = PAUSE_TOO_FAST_S
            malformed += problem.code == "malformed"
            desk.refuse(problem)
            if malformed >= MALFORMED_IN_A_ROW:
                outbox.close("reload", problem.close_code)
        except Exception:
            log.exception("socket_failed")
            room.fail()
        await asyncio.sleep(pause_s if desk.unanswered <= UNANSWERED else PAUSE_BEHIND_S)


def _text(event: MutableMapping[str, Any]) -> str:
    text = event.get("text")
    if not isinstance(text, str):
        raise WireError("messages are text")
    return text


async def _write(outbox: Outbox, send: Send, room: Room) -> None:
    """Send what waits, until the phone is gone: who takes nothing is let go of by connection.py."""
    with contextlib.suppress(OSError):
        while True:
            message = _next(outbox, room)
            if message is not None:
                await _send(send, {"type": "websocket.send", "text": wire.encode(message)})
                await asyncio.sleep(0)  # everyone's alert goes before anyone's state is made
            elif outbox.close_code is not None:
                await _send(send, {"type": "websocket.close", "code": outbox.close_code})
                return
            else:
                await outbox.wait()


async def _send(send: Send, event: MutableMapping[str, Any]) -> None:
    """Send; raises OSError also where the socket was closed for a broken frame just now."""
    try:
        await send(event)
    except RuntimeError as e:  # what uvicorn raises then
        raise ConnectionError(str(e)) from e


def _next(outbox: Outbox, room: Room) -> Message | None:
    try:
        return outbox.take()
    except Exception:
        log.exception("view_failed")
        room.fail()
        return None


async def _leave(send: Send, bye: Bye, code: int) -> None:
    with contextlib.suppress(OSError):
        await _send(send, {"type": "websocket.send", "text": wire.encode(bye)})
        await _send(send, {"type": "websocket.close", "code": code})
