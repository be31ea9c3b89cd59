"""The one timer of a room: it sleeps until the next deadline, then does what is due.

Nothing else in a room sleeps. The room says when something is due, and does it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from app.clock import Clock, Timer


class Due(Protocol):
    """What wakes a room, and what is done then."""

    def next_ms(self, now_ms: int) -> int | None:
        """Return when something is due, or None while nothing ever is."""

    def do(self, now_ms: int) -> None:
        """Do what is due by now."""

    def has_unwritten(self) -> bool:
        """Return whether something could not be written: then each waking acts, due or not."""


class Alarm:
    """Wakes one room at the right time, never twice for the same thing."""

    def __init__(
        self, due: Due, clock: Clock, stopping: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._due = due
        self._clock = clock
        self._stopping = stopping
        self._timer: Timer | None = None
        self._at_ms: int | None = None
        self._is_cancelled = False

    def set(self) -> None:
        """Sleep until something is due."""
        with self._stopping():
            self._sleep_until(self._due.next_ms(self._clock.now_ms()))

    def set_by(self, at_ms: int) -> None:
        """Sleep until `at_ms` at the latest, without a look at what else is due."""
        if self._timer is None or self._at_ms is None or at_ms < self._at_ms:
            self._sleep_until(at_ms)

    def _sleep_until(self, at_ms: int | None) -> None:
        if self._is_cancelled or (at_ms == self._at_ms and self._timer is not None):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._at_ms = at_ms
        self._timer = None if at_ms is None else self._clock.call_at(at_ms, self._wake)

    def cancel(self) -> None:
        """Never wake again."""
        self._is_cancelled = True
        if self._timer is not None:
            self._timer.cancel()

    def _wake(self) -> None:
        self._timer = None
        with self._stopping():
            now = self._clock.now_ms()
            at = self._due.next_ms(now)
            if at is not None and at > now and not self._due.has_unwritten():
                self._sleep_until(at)  # beats have renewed the lease that would have ended
                return
            self._due.do(now)
        self.set()
