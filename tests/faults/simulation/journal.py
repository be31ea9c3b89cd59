"""A journal on virtual time: slow, hung, full, and after a crash only what it had taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.core.events import Event
from app.core.model import RoomId
from app.errors import JournalUnavailable, SeqConflict
from tests.faults.simulation.clock import VirtualClock


class SimJournal:
    """`durable` is the disk. A commit takes `delay_ms` to be there, and as long to say so."""

    epoch = "e1"

    def __init__(self, clock: VirtualClock, durable: dict[RoomId, list[Event]]) -> None:
        self._clock = clock
        self.durable = durable
        self.delay_ms = 0
        self.is_failing = False
        self.unwritten = 0  # for a planted bug: told, and not on the disk
        self._gate = asyncio.Event()
        self._gate.set()

    def hang(self) -> None:
        """Let no commit come back."""
        self._gate.clear()

    def heal(self) -> None:
        """Work again, at once."""
        self.is_failing, self.delay_ms = False, 0
        self._gate.set()

    @property
    def is_well(self) -> bool:
        """Whether it takes what it is given."""
        return self._gate.is_set() and not self.is_failing

    async def _pass(self) -> None:
        await self._gate.wait()
        if self.delay_ms:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._clock.after(self.delay_ms, lambda: _finish(done))
            await done

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        """Add events."""
        await self._pass()
        if self.is_failing:
            raise JournalUnavailable("on cue")
        log = self.durable.setdefault(room, [])
        if len(log) != expected_seq:
            raise SeqConflict(f"{len(log)} != {expected_seq}")
        log.extend(events)
        await self._pass()
        return expected_seq + len(events)

    async def read(self, room: RoomId, after_seq: int = 0) -> list[Event]:
        """Return events in order."""
        return self.durable.get(room, [])[after_seq:]

    async def rooms(self) -> list[RoomId]:
        """List every room."""
        return list(self.durable)

    async def erase(self, room: RoomId) -> None:
        """Forget a room."""
        self.durable.pop(room, None)

    async def is_writable(self) -> bool:
        """Return whether it takes anything."""
        return self.is_well

    async def close(self) -> None:
        """Nothing to finish."""


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
