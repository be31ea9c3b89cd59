"""What is counted plainly is told as Prometheus's own histogram would tell it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from app.web.metrics import Metrics, Times

UP_TO_MS = (1, 5, 10, 50, 250, 1_000, 5_000)
CASES = st.lists(
    st.tuples(st.sampled_from(["stop", "ease"]), st.sampled_from(UP_TO_MS) | st.integers(0, 9_000))
)


def told(registry: CollectorRegistry) -> dict[str, float]:
    """Read what is told, but for when a series began, which nobody asks for."""
    lines = generate_latest(registry).decode().splitlines()
    series = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: round(float(value), 6) for name, value in series if "_created" not in name}


@given(CASES)
def test_times_are_told_as_by_a_histogram(noted: list[tuple[str, int]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    bounds = [ms / 1000 for ms in UP_TO_MS]
    times = Times("some_seconds", "How long", "kind", UP_TO_MS)
    every = Times("all_seconds", "How long", None, UP_TO_MS)
    ours.register(times)
    ours.register(every)
    by_kind = Histogram("some_seconds", "How long", ["kind"], registry=theirs, buckets=bounds)
    at_all = Histogram("all_seconds", "How long", registry=theirs, buckets=bounds)
    for kind, ms in noted:
        times.note(ms, kind)
        every.note(ms)
        by_kind.labels(kind).observe(ms / 1000)
        at_all.observe(ms / 1000)
    assert told(ours) == told(theirs)


def test_what_was_never_counted_is_told_as_none_where_it_has_no_kinds() -> None:
    text = generate_latest(Metrics().registry).decode()
    assert "saywhen_commit_seconds_count 0.0" in text
    assert re.search(r"^# TYPE saywhen_alert_shown_seconds histogram$", text, re.MULTILINE)
