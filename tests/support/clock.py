"""A clock that tests turn by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Alarm:
    at_ms: int
    order: int
    callback: Callable[[], None] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.is_cancelled = True


class ManualClock:
    """Stands still until it is turned; `pass_ms` meets every deadline on the way."""

    def __init__(self, now_ms: int = 1_764_000_000_000) -> None:
        self._now_ms = now_ms
        self._alarms: list[Alarm] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        return self._now_ms

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> Alarm:
        alarm = Alarm(at_ms, next(self._order), callback)
        heapq.heappush(self._alarms, alarm)
        return alarm

    def step_to(self, now_ms: int) -> None:
        """Jump there at once: what is due on the way waits, as on a busy machine."""
        self._now_ms = now_ms

    async def pass_ms(self, ms: int) -> None:
        """Let time pass, and everything that it wakes settle."""
        until = self._now_ms + ms
        await settle()
        while self._alarms and self._alarms[0].at_ms <= until:
            alarm = heapq.heappop(self._alarms)
            if alarm.is_cancelled:
                continue
            self._now_ms = max(self._now_ms, alarm.at_ms)
            alarm.callback()
            await settle()
        self._now_ms = until
        await settle()


async def settle() -> None:
    """Let everything that can run now run."""
    for _ in range(20):
        await asyncio.sleep(0)
