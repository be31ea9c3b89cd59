"""Watches how late the event loop is: a STOP waits as long as the loop does.

A lateness over 250 ms is logged and counted. Time comes from the app's clock.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from app.clock import Clock, Timer

EVERY_MS = 100
MUCH_MS = 250

log = structlog.get_logger()


class Lag:
    """A timer that measures how late it is called; `count` gets every lateness in ms."""

    def __init__(self, clock: Clock, count: Callable[[int], None]) -> None:
        self._clock = clock
        self._count = count
        self._timer: Timer | None = None
        self._due_ms = 0

    def watch(self) -> None:
        """Look again in a while, until `end`."""
        self._due_ms = self._clock.now_ms() + EVERY_MS
        self._timer = self._clock.call_at(self._due_ms, self._look)

    def _look(self) -> None:
        late_ms = self._clock.now_ms() - self._due_ms
        self._count(late_ms)
        if late_ms > MUCH_MS:
            log.warning("loop_lag", late_ms=late_ms)
        self.watch()

    def end(self) -> None:
        """Stop looking."""
        if self._timer is not None:
            self._timer.cancel()
