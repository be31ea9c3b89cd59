"""The way between one phone and the server: delays, stalls, cuts, repeats; ordered as TCP is.

A stalled way keeps its bytes and delivers them late, also those of a socket that the phone has
given up meanwhile: so messages of two sockets overtake each other.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from tests.faults.simulation.clock import VirtualClock

if TYPE_CHECKING:
    from tests.faults.simulation.page import SimPage
    from tests.faults.simulation.world import World

WINDOW = 24  # messages that fit into a stalled way before its sender is blocked


class Way:
    """Both directions of one phone, over all its sockets."""

    def __init__(self, clock: VirtualClock, chance: Random) -> None:
        self.clock = clock
        self.chance = chance
        self.delay_ms = (5, 40)
        self.stalled_until = {"up": 0, "down": 0}
        self.is_cut = False
        self.repeats = 0.0

    def is_open(self, direction: str) -> bool:
        """Whether bytes get through now."""
        return not self.is_cut and self.clock.now_ms() >= self.stalled_until[direction]


class DirectLine:
    """The direct line: it stands while both phones' ways do, and knows no server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.is_there = world.chance.random() < 0.5

    @property
    def is_up(self) -> bool:
        """Whether a message would arrive now."""
        pages = self._world.pages.values()
        ways = all(p.way.is_open("up") and p.way.is_open("down") for p in pages)
        return self.is_there and ways and all(p.is_awake for p in pages)

    def lay(self) -> None:
        """Both pages learn that it stands."""
        if self.is_there:
            for page in self._world.pages.values():
                self._world.clock.after(700, lambda page=page: self._tell(page))  # type: ignore[misc]

    @staticmethod
    def _tell(page: SimPage) -> None:
        if page.is_awake:
            page.put("direct_line", is_open=True)

    def send(self, sender: SimPage, message: dict[str, Any]) -> None:
        """Carry a message across, or lose it."""
        if not self.is_up:
            return
        there = next(p for p in self._world.pages.values() if p is not sender)
        delay_ms = self._world.chance.randint(1, 20)
        self._world.clock.after(delay_ms, lambda: there.hear_directly(message))


class Pipe:
    """One direction of one socket."""

    def __init__(self, way: Way, direction: str) -> None:
        self._way = way
        self._direction = direction
        self._last_ms = 0
        self.under_way = 0
        self.is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether the sender would be blocked."""
        return self.under_way >= WINDOW

    def send(self, deliver: Callable[[], None]) -> None:
        """Deliver later, after what was sent before."""
        way = self._way
        repeats = 1 + (way.chance.random() < way.repeats)
        for _ in range(repeats):
            now = way.clock.now_ms()
            self._last_ms = max(self._last_ms, now + way.chance.randint(*way.delay_ms))
            self.under_way += 1
            way.clock.call_at(self._last_ms, lambda: self._arrive(deliver))

    def _arrive(self, deliver: Callable[[], None]) -> None:
        way = self._way
        if self.is_closed:
            return
        now, until = way.clock.now_ms(), way.stalled_until[self._direction]
        if now < until:
            self._last_ms = max(self._last_ms, until)
            way.clock.call_at(until, lambda: self._arrive(deliver))
            return
        self.under_way -= 1
        deliver()
