"""The way between one phone and the server: delays, stalls, cuts, repeats; ordered as TCP is.

A stalled way keeps its bytes and delivers them late, also those of a socket that the phone has
given up meanwhile: so messages of two sockets overtake each other.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.faults.simulation.clock import VirtualClock

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
