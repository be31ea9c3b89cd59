"""The only file that reads a clock. Tests bring their own.

The calendar is read once, at the start; from then on a monotonic clock counts, so that `now_ms`
never steps while the server runs (a hold must not grow or shrink when someone sets the time). It
counts on while the machine sleeps, as time does for the two on the mat.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is scheduled and can be cancelled."""

    def cancel(self) -> None:
        """Cancel the call; harmless once it has fired."""


class Clock(Protocol):
    """What the app knows of time: milliseconds since the epoch that never step."""

    def now_ms(self) -> int:
        """Return the server's time."""

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> Timer:
        """Call back at `at_ms`, or at once if that has passed."""


def calendar_ms() -> int:
    """Return what this machine's calendar says now. For dates only: it jumps when it is set."""
    return time.time_ns() // 1_000_000


class RealClock:
    """The clock of a running server; `call_at` needs the running event loop."""

    def __init__(self) -> None:
        self._start_ms = calendar_ms()
        # On Linux CLOCK_MONOTONIC stands still while the machine sleeps; elsewhere it does not.
        self._clock = getattr(time, "CLOCK_BOOTTIME", None) or time.CLOCK_MONOTONIC
        self._start_ns = time.clock_gettime_ns(self._clock)

    def now_ms(self) -> int:
        """Return the server's time."""
        return self._start_ms + (time.clock_gettime_ns(self._clock) - self._start_ns) // 1_000_000

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> Timer:
        """Call back at `at_ms` or up to a millisecond later, never before."""
        delay_s = max(0, at_ms - self.now_ms()) / 1000
        return asyncio.get_running_loop().call_later(delay_s, callback)


async def pass_ms(clock: Clock, ms: int) -> None:
    """Wait so long by a clock."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not over.done():
            over.set_result(None)

    clock.call_at(clock.now_ms() + ms, wake)
    await over


class Shifted:
    """A room's own time: another clock, so many ms ahead."""

    def __init__(self, clock: Clock, ahead_ms: int) -> None:
        self._clock = clock
        self._ahead_ms = ahead_ms

    def now_ms(self) -> int:
        """Return the room's time."""
        return self._clock.now_ms() + self._ahead_ms

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> Timer:
        """Call back at this time of the room."""
        return self._clock.call_at(at_ms - self._ahead_ms, callback)
