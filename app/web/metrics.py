"""What the server counts about itself, for Prometheus. No names, no addresses, no rooms.

What is counted several times a signal is counted in plain numbers, and only put into the form of
Prometheus when somebody asks: its own histograms take a lock and floats for each.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector

from app.hub.lag import MUCH_MS
from app.hub.rooms import Rooms


class Times(Collector):
    """How long something took, sorted into buckets, each kind apart."""

    def __init__(self, name: str, about: str, label: str | None, up_to_ms: Sequence[int]) -> None:
        self._name, self._about, self._label = name, about, label
        self._up_to_ms = up_to_ms
        self._counts: dict[str, list[int]] = {}
        self._sums_ms: dict[str, int] = {}
        if label is None:
            self._begin("")

    def note(self, ms: int, kind: str = "") -> None:
        """Count one that took so long."""
        if kind not in self._counts:
            self._begin(kind)
        self._counts[kind][bisect_left(self._up_to_ms, ms)] += 1
        self._sums_ms[kind] += ms

    def _begin(self, kind: str) -> None:
        self._counts[kind] = [0] * (len(self._up_to_ms) + 1)
        self._sums_ms[kind] = 0

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Return what was counted, as Prometheus wants it: seconds, each bucket with all below."""
        labels = [] if self._label is None else [self._label]
        told = HistogramMetricFamily(self._name, self._about, labels=labels)
        bounds = [*(str(ms / 1000) for ms in self._up_to_ms), "+Inf"]
        for kind, counts in self._counts.items():
            buckets = [*zip(bounds, accumulate(counts), strict=True)]
            told.add_metric([kind] * len(labels), buckets, self._sums_ms[kind] / 1000)
        yield told


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

        self._shown = Times(
            "saywhen_alert_shown_seconds",
            "From an alert's arrival to its paint on the other phone",
            "kind",
            (50, 100, 250, 500, 1_000, 2_500, 10_000),
        )
        self._commit = Times(
            "saywhen_commit_seconds",
            "From a command's turn to its commit",
            None,
            (1, 5, 10, 50, 250, 1_000, 5_000),
        )
        self.registry.register(self._shown)
        self.registry.register(self._commit)
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
        self._shown.note(ms, kind)

    def committed(self, ms: int) -> None:
        """Count a commit that took so long."""
        self._commit.note(ms)

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
