"""A journal that fails, hangs and comes back on cue, around any other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.core.events import Event
from app.core.model import RoomId
from app.errors import JournalUnavailable
from app.journal.port import Journal


class FaultyJournal:
    """`fail()`, `hang()`, then `work()` or `go_on()`; reads always work."""

    def __init__(self, inner: Journal) -> None:
        self.inner = inner
        self._is_failing = False
        self._gate = asyncio.Event()
        self._gate.set()

    @property
    def epoch(self) -> str:
        return self.inner.epoch

    def fail(self) -> None:
        self._is_failing = True

    def work(self) -> None:
        self._is_failing = False

    def hang(self) -> None:
        self._gate.clear()

    def go_on(self) -> None:
        self._gate.set()

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        await self._gate.wait()
        if self._is_failing:
            raise JournalUnavailable("on cue")
        return await self.inner.append(room, expected_seq, events)

    async def read(self, room: RoomId, after_seq: int = 0) -> list[Event]:
        return await self.inner.read(room, after_seq)

    async def rooms(self) -> list[RoomId]:
        return await self.inner.rooms()

    async def erase(self, room: RoomId) -> None:
        await self.inner.erase(room)

    async def is_writable(self) -> bool:
        return not self._is_failing and await self.inner.is_writable()

    async def close(self) -> None:
        await self.inner.close()
