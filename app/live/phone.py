"""A phone behind its connection: whose it is, and both ways between it and its room.

Each message is dealt with as it comes, and never waits for a commit. What is to be told goes out in
the same turn of the event loop. Nobody waits for a phone that stops reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any, Protocol

import structlog
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection

from app.core.model import Role
from app.errors import AppError, JournalError, WireError
from app.hub.door import Door
from app.hub.outbox import Outbox, nobody
from app.live.desk import Desk
from app.protocol import wire
from app.protocol.constants import CLOSE_RESTARTING
from app.protocol.to_phone import AlertTold, Message
from app.server import connection
from app.server.connection import UNSENT_BYTES
from app.web.authority import authorise, token_of
from app.web.origins import origin_of

Scope = MutableMapping[str, Any]

MALFORMED_IN_A_ROW = 10
UNANSWERED = 16  # commands of one phone under way: a finger is never so far ahead of the disk
PAUSE_BEHIND_S = 0.05  # between urgent commands, for a phone that has more under way
PAUSE_TOO_FAST_S = 0.002
ALERTS_NOTED = 4
CLOSE_FORBIDDEN = 1008

log = structlog.get_logger()


class Live(Protocol):
    """A phone's connection, at this server or at another one."""

    @property
    def told_bytes(self) -> int:
        """How many bytes the phone has been told."""

    @property
    def is_writable(self) -> bool:
        """Whether all that was written before has been taken."""

    def attach(self, phone: connection.Phone) -> None:
        """Hand every message to this phone, those that came before too, and the end."""

    def write(self, frames: bytes) -> None:
        """Send frames when this turn of the event loop ends."""

    def write_now(self, frame: bytes) -> None:
        """Send a frame before anything else."""

    def prove(self, told_bytes: int) -> None:
        """Note that the phone has read so many of the bytes that it was told."""

    def end(self, code: int) -> None:
        """Send a close frame, while writable."""

    def cut(self) -> None:
        """End at once."""


def close_code(refusal: AppError) -> int:
    """Return what the socket of a phone that is not let in is closed with."""
    return CLOSE_RESTARTING if isinstance(refusal, JournalError) else CLOSE_FORBIDDEN


async def admitted(scope: Scope) -> tuple[Door, Role]:
    """Return the room of a handshake and whose phone it is; raises AppError, or Elsewhere."""
    state = scope["app"].state
    connection = HTTPConnection(scope)
    room = await state.rooms.find(scope["path_params"]["room"])
    role = authorise(connection, room)
    await state.seats.come_back(room, role, token_of(connection, room, role))
    return room, role


def attach(scope: Scope, live: Live, room: Door, role: Role) -> Phone:
    """Attach a phone to its connection and to its room."""
    state, query = scope["app"].state, QueryParams(scope["query_string"])
    outbox = room.attach(role, query.get("tab", "")[:40], _number(query.get("n", "")))
    origin = origin_of(HTTPConnection(scope))
    desk = Desk(room, role, outbox, state.rooms, state.seats, state.clock, origin)
    phone = Phone(live, outbox, desk, room, role)
    phone.begin()
    return phone


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class Phone:
    """Both ways of one socket. An error in it ends this socket, and its room is stopped."""

    __slots__ = (
        "_desk", "_is_due", "_live", "_loop", "_malformed", "_outbox", "_role", "_room", "_told",
    )  # fmt: skip

    def __init__(self, live: Live, outbox: Outbox, desk: Desk, room: Door, role: Role) -> None:
        self._live = live
        self._outbox = outbox
        self._desk = desk
        self._room = room
        self._role = role
        self._malformed = 0
        self._told: dict[str | None, int] = {}
        self._is_due = False
        self._loop = asyncio.get_running_loop()

    def begin(self) -> None:
        """Send what waits, and deal with messages from now on."""
        self._outbox.wake = self._wake
        self._wake()
        self._live.attach(self)

    def leave(self) -> None:
        """Forget the socket: it ends."""
        self._outbox.wake = nobody
        try:
            self._room.leave(self._role, self._outbox)
            self._desk.close()
        except Exception:
            log.exception("socket_failed")
            self._room.fail()

    def read(self, text: str | None) -> float:
        """Deal with one message and return how long (s) the next has to wait.

        This slows a flood down to a steady pace. Urgent messages are dealt with at once even then.
        """
        pause_s = 0.0
        try:
            if text is None:
                raise WireError("messages are text")
            painted = self._desk.read(text)
            if painted in self._told:
                self._live.prove(self._told[painted])
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
        try:
            if self._outbox.has_alerts:
                self._send_alerts()
        except Exception:
            self._give_up()
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self.flush)

    def _send_alerts(self) -> None:
        while self._live.is_writable and self._outbox.has_alerts:
            told = self._next()
            if told is not None:
                self._live.write_now(told[1])
                self._note_told(told[0])

    def _note_told(self, message: Message) -> None:
        """Note up to which byte a page must have read to paint this alert, of a few the newest."""
        if isinstance(message, AlertTold):
            self._told.setdefault(message.alert, self._live.told_bytes)
            if len(self._told) > ALERTS_NOTED:
                del self._told[next(iter(self._told))]

    def flush(self) -> None:
        """Send what waits, until the phone takes no more."""
        self._is_due = False
        try:
            self._flush()
        except Exception:
            self._give_up()

    def _flush(self) -> None:
        frames: list[bytes] = []
        while self._live.is_writable and sum(map(len, frames)) < UNSENT_BYTES:
            told = self._next()
            if told is None:
                break
            frames.append(told[1])
        if frames:
            self._live.write(b"".join(frames))
        if not self._live.is_writable:
            return  # it flushes once there is room; a close frame waits for that as well
        if self._outbox.is_over and self._outbox.close_code is not None:
            self._live.end(self._outbox.close_code)
        elif not self._outbox.is_empty:
            self._wake()

    def _give_up(self) -> None:
        """Cut this socket for an error, so that whoever tells several phones goes on."""
        log.exception("socket_failed")
        self._live.cut()
        self._room.fail()

    def _next(self) -> tuple[Message, bytes] | None:
        """Return the next message and its frame.

        A state that can't be made stops its own room, and no other.
        """
        while True:
            try:
                message = self._outbox.take()
                return None if message is None else (message, wire.frame(message))
            except Exception:
                log.exception("view_failed")
                self._room.fail()
