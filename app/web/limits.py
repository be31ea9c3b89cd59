"""How often an address may ask: a limiter for each thing that can be guessed or flooded."""

from __future__ import annotations

from collections import deque

from starlette.requests import HTTPConnection

from app.clock import Clock
from app.config import Settings
from app.errors import TooFast

MINUTE_MS = 60_000
ROOMS_PER_HOUR = 600


class Limiter:
    """At most so many for each key: `most` in any minute and, where given, `hourly` in any hour."""

    def __init__(self, clock: Clock, most: int, hourly: int | None = None) -> None:
        self._clock = clock
        self._bounds = [(most, MINUTE_MS)] + ([(hourly, 60 * MINUTE_MS)] if hourly else [])
        self._times: dict[str, deque[int]] = {}

    def check(self, key: str) -> None:
        """Raise TooFast where `key` has had its share."""
        times, now = self._recent(key), self._clock.now_ms()
        for most, within_ms in self._bounds:
            over_ms = times[-most] + within_ms - now if len(times) >= most else 0
            if over_ms > 0:
                raise TooFast("Too many tries. Wait a moment.", retry_after_s=-(-over_ms // 1000))

    def count(self, key: str) -> None:
        """Count one for `key`."""
        if len(self._times) > 10_000:
            self._times = {k: t for k, t in self._times.items() if self._recent(k)}
        self._times.setdefault(key, deque()).append(self._clock.now_ms())

    def _recent(self, key: str) -> deque[int]:
        times = self._times.get(key, deque())
        while times and times[0] <= self._clock.now_ms() - self._bounds[-1][1]:
            times.popleft()
        return times


class Limits:
    """The limiters of one server."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        rooms = settings.rooms_per_min  # a class starts within a minute; a flood goes on
        self.rooms = Limiter(clock, rooms, max(ROOMS_PER_HOUR, 10 * rooms))
        self.codes = Limiter(clock, settings.wrong_codes_per_min)
        self.all_codes = Limiter(clock, settings.wrong_codes_per_min_server)


def address(connection: HTTPConnection) -> str:
    """Return the peer's address; the scope already has what a trusted proxy says about it."""
    return connection.client.host if connection.client else "unknown"
