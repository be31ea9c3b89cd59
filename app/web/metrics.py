"""What the server counts about itself, for Prometheus. No names, no addresses, no rooms."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.hub.lag import MUCH_MS
from app.hub.rooms import Rooms


class Metrics:
    """One registry an app, so that tests can have many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._rooms = Gauge("saywhen_rooms", "Rooms in memory", registry=self.registry)
        self._phones = Gauge("saywhen_phones", "Open live sockets", registry=self.registry)

        self._tasks = Gauge("saywhen_tasks", "Tasks of the event loop", registry=self.registry)
        self._lag = Histogram(
            "saywhen_loop_lag_seconds",
            "How late the event loop was",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.25, 1, 5),
            registry=self.registry,
        )
        self._lags = Counter(
            "saywhen_loop_lags", f"Times it was over {MUCH_MS} ms late", registry=self.registry
        )

        self._shown = Histogram(
            "saywhen_alert_shown_seconds",
            "From an alert's arrival to its paint on the other phone",
            ["kind"],
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        self._commit = Histogram(
            "saywhen_commit_seconds",
            "From a command's turn to its commit",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.25, 1, 5),
            registry=self.registry,
        )
        self._refused = Counter(
            "saywhen_journal_failures", "Commits the journal did not take", registry=self.registry
        )
        self._failed = Counter(
            "saywhen_room_failures", "Unexpected errors in rooms", registry=self.registry
        )
        self._page_faults = Counter(
            "saywhen_page_faults", "Errors in the script of pages", registry=self.registry
        )

    def shown(self, kind: str, ms: int) -> None:
        """Count an alert that the other page has painted, so long after it was raised."""
        self._shown.labels(kind).observe(ms / 1000)

    def committed(self, ms: int) -> None:
        """Count a commit that took so long."""
        self._commit.observe(ms / 1000)

    def journal_failed(self) -> None:
        """Count a commit that the journal did not take."""
        self._refused.inc()

    def room_failed(self) -> None:
        """Count an unexpected error in a room."""
        self._failed.inc()

    def page_failed(self, faults: int) -> None:
        """Count so many more errors in the script of a page."""
        self._page_faults.inc(faults)

    def late(self, late_ms: int) -> None:
        """Count how late the event loop was, once."""
        self._lag.observe(late_ms / 1000)
        if late_ms > MUCH_MS:
            self._lags.inc()

    def watch(self, rooms: Rooms) -> None:
        """Report these rooms' numbers whenever somebody asks."""
        self._rooms.set_function(lambda: len(rooms))
        self._phones.set_function(rooms.phones)
        self._tasks.set_function(lambda: len(asyncio.all_tasks()))
