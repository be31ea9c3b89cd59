"""The server's side: the real Rooms, Room, Desk and wire; sockets are pipes of the simulation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from app.core.model import RoomId
from app.errors import Refused, WireError
from app.hub.door import Door
from app.hub.outbox import Outbox
from app.hub.rooms import Rooms
from app.live.desk import Desk
from app.protocol import wire
from app.protocol.to_phone import Message
from tests.faults.simulation.network import Pipe

if TYPE_CHECKING:
    from tests.faults.simulation.page import SimPage
    from tests.faults.simulation.world import World

STALLED_AFTER_MS = 3_000
ROOM = RoomId("room")


class Socket:
    """One live socket, both ends."""

    def __init__(self, server: Server, page: SimPage) -> None:
        self.page = page
        self.server = server
        self.up, self.down = Pipe(page.way, "up"), Pipe(page.way, "down")
        self.outbox: Outbox | None = None
        self.blocked_since_ms: int | None = None
        self.is_dead = False
        self.n = page.opens

    def knock(self) -> None:
        """The handshake."""
        self.up.send(lambda: self.server.accept(self))

    def say(self, text: str) -> None:
        """Send a phone's message."""
        self.up.send(lambda: self.server.read(self, text))

    def tell(self, text: str) -> None:
        """Send the server's message."""
        self.down.send(lambda: self.page.hear(self, text))

    def drop(self, code: int, *, is_told: bool = True) -> None:
        """Close from the server's end; told or not."""
        if self.is_dead:
            return
        self.is_dead = True
        self.up.is_closed = True
        if is_told:
            self.down.send(lambda: self.page.closed(self, code))
        else:
            self.down.is_closed = True


class Server:
    """One life of the server process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rooms = Rooms(world.journal, world.clock, world.library)
        self.sockets: list[tuple[Socket, Desk]] = []
        self.is_up = False
        self.ending_ms: int | None = None

    async def start(self) -> None:
        """Recover from the disk."""
        await self.rooms.recover()
        self.is_up = True

    @property
    def room(self) -> Door:
        """Return the one room."""
        found = self.rooms.here(ROOM)
        assert found is not None
        return found

    def accept(self, socket: Socket) -> None:
        """Take a socket, as live/phone.py does: once, though the way repeats its handshake."""
        if socket.outbox is not None:
            return
        if not self.is_up:
            socket.drop(1006)
            return
        role = socket.page.role
        socket.outbox = self.room.attach(role, f"tab-{role}", socket.n)
        seats: Any = None  # nobody joins in here
        desk = Desk(self.room, role, socket.outbox, self.rooms, seats, self.world.clock, "")
        self.sockets.append((socket, desk))
        socket.down.send(lambda: socket.page.opened(socket))

    def read(self, socket: Socket, text: str) -> None:
        """Deal with one message."""
        desk = next((desk for one, desk in self.sockets if one is socket), None)
        if not self.is_up or desk is None:
            return
        self.world.watch.received(socket.page.role, text)
        try:
            desk.read(text)
        except WireError as problem:
            desk.refuse(problem)

    def post(self, page: SimPage, text: str) -> None:
        """Carry an urgent tap that goes without a socket, and its answer, as HTTP does."""
        Pipe(page.way, "up").send(lambda: self._posted(page, text))

    def _posted(self, page: SimPage, text: str) -> None:
        if not self.is_up:
            return
        message: Any = wire.decode(text)
        self.world.watch.received(page.role, text)
        answer = self.room.ask(message, page.role)
        answer.add_done_callback(lambda done: self._answer(page, message.id, done))

    @staticmethod
    def _answer(page: SimPage, id: str, done: asyncio.Future[None]) -> None:
        problem = done.exception()
        told = {"type": "done", "id": id}
        if isinstance(problem, Refused):
            told = {"type": "refused", "id": id, "reason": problem.reason}
        Pipe(page.way, "down").send(lambda: page.answered(id, told))

    def pump(self) -> None:
        """Let each socket's writer send what its way takes."""
        for entry in list(self.sockets):
            socket, outbox = entry[0], entry[0].outbox
            assert outbox is not None
            while not socket.down.is_full and (message := outbox.take()) is not None:
                socket.blocked_since_ms = None
                self._send(socket, message)
            if outbox.close_code is not None or self._is_stuck(socket):
                self._leave(entry, outbox.close_code or 1006)

    def _send(self, socket: Socket, message: Message) -> None:
        self.world.watch.told(socket.page.role, message)
        socket.tell(wire.encode(message).decode())

    def _is_stuck(self, socket: Socket) -> bool:
        now = self.world.clock.now_ms()
        if not socket.down.is_full:
            return False
        if socket.blocked_since_ms is None:
            socket.blocked_since_ms = now
        return now - socket.blocked_since_ms > STALLED_AFTER_MS

    def _leave(self, entry: tuple[Socket, Desk], code: int) -> None:
        socket, desk = entry
        assert socket.outbox is not None
        self.sockets.remove(entry)
        self.room.leave(socket.page.role, socket.outbox)
        desk.close()
        socket.drop(code)

    def gone(self, socket: Socket) -> None:
        """A socket's other end is closed, and that was heard."""
        for entry in [one for one in self.sockets if one[0] is socket]:
            self._leave(entry, 1006)

    async def end(self, within_ms: int) -> None:
        """End as app/serve.py does: tell every room, wait for hands, say farewell."""
        self.ending_ms = self.world.clock.now_ms()
        await self.rooms.drain(within_ms).wait()
        await self.rooms.close()

    def crash(self, *, is_told: bool) -> None:
        """Power off: what is not on the disk is gone."""
        self.is_up = False
        for room in self.rooms:
            room._alarm.cancel()
            if room._worker is not None:
                room._worker.cancel()
        if self.rooms._sweeper is not None:
            self.rooms._sweeper.cancel()
        for socket, desk in self.sockets:
            desk.close()
            socket.drop(1006, is_told=is_told)
        self.sockets = []
