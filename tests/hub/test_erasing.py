"""Whoever erases a room that another is erasing finds it gone, and nothing is left behind."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from app.config import ASSETS
from app.content.library import load_library
from app.core import events as e
from app.core.model import Phase, Role, RoomId
from app.hub.rooms import LOOK_EVERY_MS, Rooms
from app.journal.memory import MemoryStore
from tests.support.clock import ManualClock
from tests.support.session import Session

A_DAY_MS = 24 * 3600_000
FIRST, SECOND, LATER = RoomId("first"), RoomId("second"), RoomId("later")


class SlowToErase(MemoryStore):
    """A journal that erases the first room only once the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def erase(self, room: RoomId) -> None:
        if room == FIRST:
            await self.gate.wait()
        await super().erase(room)


@pytest.fixture
async def store() -> SlowToErase:
    return SlowToErase()


async def ended(store: MemoryStore, room: RoomId, start_ms: int) -> None:
    """Write the log of a session that is over."""
    opened, *rest = Session(now_ms=start_ms).to(Phase.ENDED).log
    assert isinstance(opened, e.RoomOpened)
    await store.append(room, 0, [msgspec.structs.replace(opened, room=room), *rest])


async def house(store: MemoryStore, clock: ManualClock, *rooms: RoomId) -> Rooms:
    """Come up with these rooms, whose sessions are over."""
    for room in rooms:
        await ended(store, room, clock.now_ms())
    made = Rooms(store, clock, load_library(ASSETS / "content"))
    await made.recover()
    return made


async def test_a_room_that_is_deleted_while_another_is_swept_ends_no_sweep(
    store: SlowToErase,
) -> None:
    clock = ManualClock()
    rooms = await house(store, clock, FIRST, SECOND)
    await ended(store, LATER, clock.now_ms() + LOOK_EVERY_MS)
    await rooms._bring_back(LATER)
    await clock.pass_ms(A_DAY_MS)  # the sweep waits for the first one's erasing
    await rooms.erase(await rooms.find(SECOND), by=Role.CLIENT)
    store.gate.set()
    await clock.pass_ms(2 * LOOK_EVERY_MS)
    assert [await store.read(room) for room in (FIRST, SECOND, LATER)] == [[], [], []]
    await rooms.close()


async def test_a_room_that_is_erased_twice_at_once_is_gone(store: SlowToErase) -> None:
    rooms = await house(store, ManualClock(), FIRST)
    door = await rooms.find(FIRST)
    store.gate.set()
    await rooms.erase(door, by=Role.CLIENT)
    await rooms.erase(door, by=Role.PARTNER)
    assert rooms.was_erased(FIRST) and await store.read(FIRST) == []
    await rooms.close()
