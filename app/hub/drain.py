"""Before a restart: no hold begins any more, and whoever has hands on may come down first.

Bounded: a server that is told to end does end. Knows no signal and no socket; time comes from the
clock it is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from app.clock import Clock, Timer
from app.core.model import SEATS, Link, Phase
from app.hub.room import Room

LOOK_EVERY_MS = 100


class Drain:
    """One wait for the rooms with hands on; made by the server once it is told to end."""

    def __init__(self, rooms: Iterable[Room], clock: Clock, within_ms: int) -> None:
        self._rooms = list(rooms)
        self._clock = clock
        self._until_ms = clock.now_ms() + within_ms
        self._timer: Timer | None = None
        self._is_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hands_on(self) -> int:
        """Count the rooms that are waited for; who is down once does not begin again."""
        self._rooms = [room for room in self._rooms if _has_hands_on(room)]
        return len(self._rooms)

    async def wait(self) -> None:
        """Tell every phone, then wait until nobody has hands on, or the time is over, or `end`."""
        for room in self._rooms:
            room.is_restarting = True
            room.listeners.push()
        self._look()
        await self._is_over

    def end(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._is_over.done():
            self._is_over.set_result(None)

    def _look(self) -> None:
        now = self._clock.now_ms()
        if now >= self._until_ms or not self.hands_on():
            self.end()
        else:
            self._timer = self._clock.call_at(min(now + LOOK_EVERY_MS, self._until_ms), self._look)


def _has_hands_on(room: Room) -> bool:
    """Tell whether somebody may be on their way back; after a STOP until they say they are."""
    state = room.state
    is_someone_here = any(state.seat(role).link is Link.LIVE for role in SEATS)
    is_coming_down = state.phase is Phase.STOPPED and state.stop and not state.stop.is_let_go
    return state.is_hands_on or bool(is_coming_down and is_someone_here)
