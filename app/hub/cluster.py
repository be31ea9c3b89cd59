"""Whose room is it: the last server that wrote to its log owns it, and only it tells anything.

A room of a living server is found there, one of a dead server is taken: read back, eased where
hands are on, and written to, which fences its former owner. A room is taken only when a phone or a
request of it is here. Whoever was fenced does not take that room back for `FENCED_MS`, or two
servers that can't hear each other would take it from each other for ever.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from zlib import crc32

import msgspec
import structlog

from app.clock import Clock, Shifted, Timer, pass_ms
from app.core import commands as c
from app.core.model import Phase, Role, RoomId, RoomState
from app.errors import AppError, Elsewhere, JournalError, JournalUnavailable, Refused
from app.hub.door import Known
from app.hub.keeping import KEPT_LASTS_MS, UNKEPT_LASTS_MS
from app.hub.line import Waiting
from app.hub.room import Room
from app.hub.rooms import LOOK_EVERY_MS, Rooms, no_such_room
from app.hub.servers import Servers
from app.journal.port import SharedJournal
from app.journal.post import NotReached, Post
from app.logs import room_key
from app.protocol.constants import CLOSE_GONE

AT_ONCE = 64  # rooms that are taken at the same time
TRIES, TRY_AGAIN_MS = 30, 100
FENCED_MS = 30_000
ANSWERED_WITHIN_S = 1.5
GONE = "sw.gone"
ID = re.compile(r"[0-9A-Za-z_-]{1,64}")  # of a room: it becomes part of a subject

log = structlog.get_logger()
Ask = Callable[[c.Command, Role], Awaitable[None]]


class HandedOn(msgspec.Struct, frozen=True):
    """A command that came to another server than the room's owner, and who sent it."""

    room: RoomId
    by: Role
    command: c.Stop | c.EaseOff | c.FlagPain | c.End


class Afar:
    """A room of another server: looked at in its log, asked by post."""

    def __init__(self, id: RoomId, state: RoomState, ask: Ask) -> None:
        self.id = id
        self.state = state
        self._ask = ask

    def ask(self, command: c.Command, by: Role = Role.SERVER) -> asyncio.Future[None]:
        """Have the room's owner take a command; raises Refused `journal_down` without an answer."""
        return asyncio.ensure_future(self._ask(command, by))

    def formers(self, role: Role) -> list[str]:
        """List none: only the room's owner knows who was seen."""
        return []


class Cluster:
    """The rooms of this server among those of all."""

    def __init__(
        self, rooms: Rooms, journal: SharedJournal, post: Post, servers: Servers, clock: Clock
    ) -> None:
        self._rooms = rooms
        self._journal = journal
        self._post = post
        self._servers = servers
        self._clock = clock
        self._finding: dict[RoomId, asyncio.Task[Room]] = {}
        self._fenced: dict[RoomId, tuple[str, int]] = {}  # by whom, and until when
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._sweep_timer: Timer | None = None
        self._sweeping: asyncio.Future[None] | None = None
        rooms.seek, rooms.glance = self.find, self.glance
        rooms.lost, rooms.gone = self.lose, self._tell_gone

    async def start(self) -> None:
        """Hear from now on what other servers hand on and erase."""
        await self._post.answer(f"sw.s.{self._post.srv}.ask", self._take_on)
        await self._post.listen(GONE, self._hear_gone)
        await self._servers.start()

    def stop(self) -> None:
        """Look no more for what is over."""
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        if self._sweeping is not None:
            self._sweeping.cancel()

    async def find(self, room_id: RoomId) -> Room:
        """Return a room that is this server's, or that it may take.

        Raises Elsewhere for one of another living server, PairingError `no_such_room` for one that
        is nowhere, JournalUnavailable while nobody can know.
        """
        if not ID.fullmatch(room_id):
            raise no_such_room()
        if room_id not in self._finding:
            task = asyncio.ensure_future(self._find(room_id))
            self._finding[room_id] = task
            task.add_done_callback(lambda _: self._finding.pop(room_id, None))
        return await asyncio.shield(self._finding[room_id])

    async def _find(self, room_id: RoomId) -> Room:
        for _ in range(TRIES):
            room = self._rooms.here(room_id) or await self._look(room_id)
            if room is not None:
                return room
            await pass_ms(self._clock, TRY_AGAIN_MS)
        raise JournalUnavailable("nobody can take the room now")

    async def _look(self, room_id: RoomId) -> Room | None:
        """Look once; None means to look again soon."""
        head = await self._journal.owner(room_id)
        if head is None:
            raise no_such_room()
        if head.by != self._post.srv:
            if self._servers.is_alive(head.by):
                raise Elsewhere(head.by)
            self._check_not_fenced(room_id, head.by)
        async with self._turns:
            return await self._take(room_id, head.by)

    def _check_not_fenced(self, room_id: RoomId, owner: str) -> None:
        by, until_ms = self._fenced.get(room_id, ("", 0))
        is_over = self._clock.now_ms() >= until_ms or self._servers.has_ended(owner)
        if by == owner and not is_over:
            raise JournalUnavailable("another server has just taken the room")

    async def _take(self, room_id: RoomId, owner: str) -> Room | None:
        """Make a room this server's; None if somebody else was quicker, or the log is not ready."""
        state = await self._rooms.read_back(room_id)
        head = self._journal.head(room_id)
        if state is None or head is None:
            raise no_such_room()
        if head.by != owner:  # somebody was quicker, or the newest commit counts for nobody
            if head.by != self._post.srv and self._servers.is_alive(head.by):
                raise Elsewhere(head.by)
            owner = head.by
        shift_ms = head.shift_ms
        shift_ms += self._servers.ahead_ms(owner) if owner != self._post.srv else 0
        shift_ms = max(shift_ms, head.time_ms - self._clock.now_ms())  # time never runs backwards
        self._journal.shift(room_id, shift_ms)
        room = self._rooms.adopt(state, Shifted(self._clock, shift_ms))
        if state.phase is Phase.ENDED:  # nothing more happens in it, so several may have it
            return self._rooms.show(room)
        fenced = self._fenced.get(room_id, ("", 0))
        try:
            await room.ask(c.Restart())
        except Refused:
            room.hand_over()
            self._fenced[room_id] = fenced  # whoever was quicker did not take it from this server
            return None
        # The engine's nodes may have agreed on another commit in its place: readers know.
        if len(await self._journal.read(room_id)) != room.state.seq or room.is_closed:
            room.hand_over()
            return None
        log.warning("room_taken", room=room_key(room_id), owner=owner)
        self._fenced.pop(room_id, None)
        return self._rooms.show(room)

    async def glance(self, room_id: RoomId) -> Known:
        """Return a room to list it or to leave it, wherever it lives."""
        try:
            return await self.find(room_id)
        except Elsewhere as elsewhere:
            srv = elsewhere.srv
        state = await self._rooms.read_back(room_id)
        if state is None:
            raise no_such_room()
        self._journal.forget(room_id)

        async def ask(command: c.Command, by: Role) -> None:
            assert isinstance(command, c.Stop | c.EaseOff | c.FlagPain | c.End)
            said = msgspec.json.encode(HandedOn(room_id, by, command))
            try:
                answer = await self._post.ask(f"sw.s.{srv}.ask", said, ANSWERED_WITHIN_S)
            except NotReached as e:
                raise Refused("journal_down") from e
            if answer != b"done":
                raise Refused(answer.decode())

        return Afar(room_id, state, ask)

    # A room that is another server's now

    def lose(self, room: Room, owner: str) -> None:
        """Leave a room to its new owner, with what was told but never written."""
        if room.is_closed:
            return
        log.warning("room_lost", room=room_key(room.id), owner=owner)
        self._rooms.drop(room)
        self._journal.forget(room.id)
        now = self._clock.now_ms()
        self._fenced = {id: one for id, one in self._fenced.items() if one[1] > now}
        self._fenced[room.id] = owner, now + FENCED_MS
        for waiting in room.hand_over():
            if owner:
                self._hand_on(room.id, waiting, owner)

    def _hand_on(self, room_id: RoomId, waiting: Waiting, owner: str) -> None:
        assert isinstance(waiting.command, c.URGENT)
        said = HandedOn(room_id, waiting.by, waiting.command)
        self._post.send(f"sw.s.{owner}.ask", msgspec.json.encode(said))

    async def _take_on(self, data: bytes) -> bytes:
        said = msgspec.json.decode(data, type=HandedOn)
        try:
            room = await self.find(said.room)
            await room.ask(said.command, said.by)
        except Refused as refused:
            return refused.reason.encode()
        except (AppError, Elsewhere):
            return b"journal_down"
        return b"done"

    # Rooms whose time is up

    async def sweep(self) -> None:
        """Erase what is over among the rooms that this server sweeps; later again."""
        self._sweep_timer = self._clock.call_at(
            self._clock.now_ms() + LOOK_EVERY_MS, self.sweep_later
        )
        try:
            for room_id in await self._journal.rooms():
                if self._is_my_share(room_id) and await self._is_over(room_id):
                    await self._journal.erase(room_id)
                    self._tell_gone(room_id)
        except JournalError as e:  # what is not erased now is looked at again
            log.warning("journal_down", error=str(e))

    def _is_my_share(self, room_id: RoomId) -> bool:
        """Return whether it is this server, of all that are alive, that sweeps a room."""
        srvs = sorted([self._post.srv, *self._servers.others()])
        return srvs[crc32(room_id.encode()) % len(srvs)] == self._post.srv

    async def _is_over(self, room_id: RoomId) -> bool:
        """Return whether a room's time is up: a day after its last event, a year if it is kept.

        After the end nothing is written but that it is kept, so the last commit says it all.
        """
        head = await self._journal.owner(room_id)
        if head is None:
            return False
        lasts_ms = KEPT_LASTS_MS if head.is_kept else UNKEPT_LASTS_MS
        return self._clock.now_ms() >= head.time_ms + lasts_ms

    def sweep_later(self) -> None:
        """Sweep beside everything else."""
        self._sweeping = asyncio.ensure_future(self.sweep())

    # A room that was erased

    def _tell_gone(self, room_id: RoomId) -> None:
        self._post.send(GONE, room_id.encode())

    def _hear_gone(self, data: bytes) -> None:
        room = self._rooms.here(data.decode())
        if room is not None:
            self._rooms.drop(room)
            self._journal.forget(room.id)
            room.send_all_away("gone", CLOSE_GONE)
