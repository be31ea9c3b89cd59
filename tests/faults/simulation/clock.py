"""Virtual time: nothing waits, everything happens in order."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Any

from tests.support.clock import Alarm, ManualClock


class VirtualClock(ManualClock):
    """Goes from event to event; after each, `after` looks at what has become of it."""

    async def run(self, ms: int, after: Callable[[], None]) -> None:
        """Let time pass."""
        until = self._now_ms + ms
        while self._alarms and self._alarms[0].at_ms <= until:
            alarm = heapq.heappop(self._alarms)
            if alarm.is_cancelled:
                continue
            self._now_ms = max(self._now_ms, alarm.at_ms)
            alarm.callback()
            await idle()
            after()
        self._now_ms = until

    def after(self, ms: int, callback: Callable[[], None]) -> Alarm:
        """Call back in a while."""
        return self.call_at(self._now_ms + ms, callback)


async def idle() -> None:
    """Let everything that can run now run."""
    loop: Any = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while loop._ready:
        await asyncio.sleep(0)
