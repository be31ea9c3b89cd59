"""One room whose log makes no sense is set aside; the others come back."""

from __future__ import annotations

import msgspec
import pytest

from app.config import ASSETS
from app.content.library import load_library
from app.core import events as e
from app.core.model import Phase, RoomId
from app.hub.rooms import LOOK_EVERY_MS, Rooms
from app.journal.memory import MemoryStore
from tests.support.clock import ManualClock
from tests.support.session import Session

GOOD, BROKEN = RoomId("good"), RoomId("broken")


def _of(room: RoomId, log: list[e.Event]) -> list[e.Event]:
    assert isinstance(log[0], e.RoomOpened)
    return [msgspec.structs.replace(log[0], room=room), *log[1:]]


@pytest.mark.parametrize("how", ["impossible", "headless", "another's"])
async def test_a_room_that_makes_no_sense_is_set_aside_and_the_others_go_on(how: str) -> None:
    log = Session().to(Phase.HOLDING).log
    nonsense = e.CameToRest(at_ms=1, by="partner")  # type: ignore[arg-type]
    broken = {
        "impossible": [*_of(BROKEN, log[:1]), nonsense],
        "headless": list(log[1:4]),
        "another's": _of(GOOD, log),
    }[how]
    store = MemoryStore()
    await store.append(BROKEN, 0, broken)
    await store.append(GOOD, 0, _of(GOOD, log))
    clock = ManualClock()
    rooms = Rooms(store, clock, load_library(ASSETS / "content"))
    await rooms.recover()
    assert [(room.id, room.state.phase) for room in rooms] == [(GOOD, Phase.EASED)]
    assert await store.read(BROKEN) == broken
    await clock.pass_ms(24 * 3600_000 + LOOK_EVERY_MS)
    assert await store.read(BROKEN) == []
    await rooms.close()
