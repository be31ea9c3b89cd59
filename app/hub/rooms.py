"""All rooms of this server: open, find, recover, close, expire."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator

import structlog

from app.clock import Clock, Timer
from app.content.library import Library
from app.core import commands as c
from app.core import events as e
from app.core.evolve import replay
from app.core.model import SEATS, Phase, Role, RoomId, RoomState, Routine, StretchFacts
from app.core.routine import REST_AT_CHANGE_MS
from app.errors import JournalError, PairingError
from app.hub.door import Door, Known
from app.hub.drain import Drain
from app.hub.keeping import KEPT_LASTS_MS, UNKEPT_LASTS_MS, lasts_until_ms
from app.hub.room import Room
from app.hub.tally import Tally
from app.journal.port import Journal
from app.logs import room_key
from app.protocol.constants import CLOSE_GONE, CLOSE_RESTARTING

BACK_AT_ONCE = 200  # rooms whose restarts are written by one commit
ERASED_KNOWN = 10_000
LOOK_EVERY_MS = 10 * 60_000

log = structlog.get_logger()
Seek = Callable[[RoomId], Awaitable[Room]]


def no_such_room() -> PairingError:
    """Return the error for a room that is nowhere."""
    return PairingError("no_such_room", "There is no such room. Start a new one.")


async def _nowhere(room_id: RoomId) -> Room:
    raise no_such_room()


class Rooms:
    """The rooms of one journal, by id."""

    def __init__(
        self, journal: Journal, clock: Clock, library: Library, tally: Tally | None = None
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._library = library
        self._tally = tally
        self._rooms: dict[RoomId, Room] = {}
        self._aside: dict[RoomId, int] = {}  # rooms whose log makes no sense, and until when
        self._kept_until: dict[RoomId, int] = {}  # of records kept a second time
        self._erased: dict[str, None] = {}  # since the start; for the cookies that led to them
        self._sweeper: Timer | None = None
        self._sweeping: asyncio.Future[None] | None = None
        self.is_draining = False
        self.seek: Seek = _nowhere  # where a room is looked for that is not here
        self.glance: Callable[[RoomId], Awaitable[Known]] = _nowhere  # to list it, or to leave it
        self.lost: Callable[[Room, str], None] | None = None  # see Room
        self.gone: Callable[[RoomId], None] | None = None  # told of each room that is erased

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    def __len__(self) -> int:
        return len(self._rooms)

    def phones(self) -> int:
        """Count the open live sockets."""
        return sum(len(room.listeners) for room in self)

    def facts(self, routine: Routine) -> tuple[StretchFacts, ...]:
        """Return what the rules need to know of a routine's stretches.

        Raises PairingError `no_such_stretch` (422) for one that is not in the content.
        """
        for item in routine.items:
            if item.stretch not in self._library.stretches:
                raise PairingError(
                    "no_such_stretch", f"There is no stretch called {item.stretch}.", 422
                )
        stretches = dict.fromkeys(item.stretch for item in routine.items)
        return tuple(self._library.facts(stretch) for stretch in stretches)

    def is_place(self, place: str) -> bool:
        """Return whether the body map has this place."""
        return place in self._library.places

    async def open(
        self, host: Role, routine: Routine, token_hash: str | None, *, is_briefed: bool = False
    ) -> Door:
        """Open a room whose starter holds that token or gets one later."""
        if self.is_draining:
            raise PairingError("restarting", "The server restarts. Try again in a minute.", 503)
        room_id = RoomId(secrets.token_hex(8))
        now = self._clock.now_ms()
        events: list[e.Event] = [
            e.RoomOpened(
                at_ms=now,
                v=e.EVENTS_VERSION,
                room=room_id,
                host=host,
                host_hash=token_hash if host is Role.HOST else None,
                routine=routine,
                facts=self.facts(routine),
                rest_at_change_ms=REST_AT_CHANGE_MS,
            )
        ]
        if host in SEATS and token_hash is not None:
            events.append(e.SeatTaken(at_ms=now, role=host, token_hash=token_hash))
        if is_briefed:
            events.append(e.Briefed(at_ms=now))
        await self._journal.append(room_id, 0, events)
        return self.show(self.adopt(replay(events)))

    def adopt(self, state: RoomState, clock: Clock | None = None) -> Room:
        """Make a room of this state, which nobody can find yet; `clock` has the room's own time."""
        room = Room(state, self._journal, clock or self._clock, self._tally, self.lost)
        room.is_restarting = self.is_draining  # it was being opened or read back as the end began
        return room

    def show(self, room: Room) -> Room:
        """Let everybody find a room."""
        self._rooms[room.id] = room
        return room

    def drop(self, room: Room) -> None:
        """Forget a room that is another server's now."""
        if self._rooms.get(room.id) is room:
            del self._rooms[room.id]

    def here(self, room_id: str) -> Room | None:
        """Return a room of this server, or None."""
        return self._rooms.get(RoomId(room_id))

    async def find(self, room_id: str) -> Door:
        """Return a room; raises PairingError `no_such_room`, or Elsewhere for another server's."""
        return self.here(room_id) or await self.seek(RoomId(room_id))

    async def look_at(self, room_id: str) -> Known:
        """Return a room to list it or to leave it, wherever it lives; raises `no_such_room`."""
        return self.here(room_id) or await self.glance(RoomId(room_id))

    async def recover(self) -> None:
        """Read every room back. Where hands were on it is eased; nothing starts by itself."""
        ids = await self._journal.rooms()
        for first in range(0, len(ids), BACK_AT_ONCE):
            together = ids[first : first + BACK_AT_ONCE]
            await asyncio.gather(*(self._bring_back(room_id) for room_id in together))
        await self.sweep()

    async def _bring_back(self, room_id: RoomId) -> None:
        state = await self.read_back(room_id)
        if state is None:
            return
        room = self.show(self.adopt(state))
        if state.phase is not Phase.ENDED:
            await room.ask(c.Restart())

    async def read_back(self, room_id: RoomId) -> RoomState | None:
        """Replay a room; return None if its log makes no sense. It stays as it is, for repair."""
        events = await self._journal.read(room_id)
        try:
            state = replay(events)
        except Exception:  # a fault of one room is never another's
            log.exception("room_set_aside", room=room_key(room_id))
        else:
            if state.room == room_id:
                return state
            log.error("room_set_aside", room=room_key(room_id))
        self._aside[room_id] = lasts_until_ms(events)
        return None

    async def erase(self, door: Door, by: Role | None = None) -> None:
        """Erase a room from every file. The others are told that `by` deleted it."""
        room = self._rooms.get(door.id)
        if room is None:  # somebody was quicker
            return
        for quiet in (by, Role.DISPLAY) if by is not None else ():
            room.send_away(quiet, "gone", CLOSE_GONE)
        await room.close("gone" if by is None else "deleted", CLOSE_GONE)
        await self._journal.erase(room.id)
        if self.gone is not None:
            self.gone(room.id)
        self._rooms.pop(room.id, None)
        self._kept_until.pop(room.id, None)
        self._erased[room.id] = None
        if len(self._erased) > ERASED_KNOWN:
            del self._erased[next(iter(self._erased))]

    def was_erased(self, room_id: str) -> bool:
        """Return whether that room is known to be erased; false for one that was never here."""
        return room_id in self._erased

    async def sweep(self) -> None:
        """Erase unkept rooms 24 hours after their end, kept ones after 12 months; look again."""
        now = self._clock.now_ms()
        try:
            for room in list(self._rooms.values()):
                if await self._is_over(room.state, now):
                    await self.erase(room)
            for room_id, until_ms in list(self._aside.items()):
                if now >= until_ms:
                    await self._journal.erase(room_id)
                    del self._aside[room_id]
        except JournalError as e:  # what it did not erase now it is asked to erase next time
            log.warning("journal_down", error=str(e))
        finally:  # whatever went wrong with one room, what the others keep is promised to go
            self._sweeper = self._clock.call_at(now + LOOK_EVERY_MS, self._sweep_later)

    async def _is_over(self, state: RoomState, now_ms: int) -> bool:
        """Return whether a room's time is up; its log is read only once a year has passed."""
        if state.phase is not Phase.ENDED:
            return False
        if not state.is_kept:
            return now_ms >= state.phase_at_ms + UNKEPT_LASTS_MS
        until_ms = self._kept_until.get(state.room, state.phase_at_ms + KEPT_LASTS_MS)
        if now_ms < until_ms:
            return False
        self._kept_until[state.room] = until_ms = await self.kept_until_ms(state.room)
        return now_ms >= until_ms

    async def kept_until_ms(self, room_id: RoomId) -> int:
        """Return until when a kept room stays, unless somebody keeps it again or deletes it."""
        return lasts_until_ms(await self._journal.read(room_id))

    def _sweep_later(self) -> None:
        self._sweeping = asyncio.ensure_future(self.sweep())

    def drain(self, within_ms: int) -> Drain:
        """Open no more rooms and let nobody begin a hold; the caller waits, and then closes.

        The rooms are told before this returns.
        """
        self.is_draining = True
        return Drain(self, self._clock, within_ms)

    async def close(self) -> None:
        """Send every phone away for a restart and let the journal finish."""
        self.is_draining = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        rooms = list(self._rooms.values())
        await asyncio.gather(*(room.close("restarting", CLOSE_RESTARTING) for room in rooms))
