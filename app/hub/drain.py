"""Before a restart: no hold begins any more, and hands that are on get time for the way back.

Every room is told, and refuses what adds force. Only rooms with hands on are waited for, and not
for ever: a server that is told to end does end. Knows no process signal and no socket; time comes
from the clock it is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from app.clock import Clock, Timer
from app.core import commands as c
from app.core.model import SEATS, Link, Phase
from app.hub.room import Room

LOOK_EVERY_MS = 100


class Drain:
    """One wait for the rooms with hands on. It begins, and tells every room, when it is made.

    `rooms` is called again at each look, so that a room opened in the meantime counts as well.
    """

    def __init__(self, rooms: Iterable[Room], clock: Clock, within_ms: int) -> None:
        self._rooms = rooms
        self._clock = clock
        self._until_ms = clock.now_ms() + within_ms
        self._timer: Timer | None = None
        self._is_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for room in rooms:
            room.is_restarting = True
            room.listeners.push()

    def hands_on(self) -> int:
        """Return how many rooms are waited for. Changes nothing."""
        return sum(map(_has_hands_on, self._rooms))

    async def wait(self) -> None:
        """Wait until nobody has hands on, the time is up, or `end` is called."""
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
        if self._is_over.done() or now >= self._until_ms or not self.hands_on():
            self.end()
        else:
            self._timer = self._clock.call_at(min(now + LOOK_EVERY_MS, self._until_ms), self._look)


def _has_hands_on(room: Room) -> bool:
    """Return whether a limb may be up: hands are on, or nobody says yet that it rests after a STOP.

    A command that adds force and is being written as the end is announced counts as written.
    """
    state = room.state
    is_someone_here = any(state.seat(role).link is Link.LIVE for role in SEATS)
    is_on_the_way_back = state.phase is Phase.STOPPED and state.stop and not state.stop.is_let_go
    is_beginning = any(isinstance(waiting.command, c.FORCE) for waiting in room.line)
    return state.is_hands_on or is_beginning or bool(is_on_the_way_back and is_someone_here)
