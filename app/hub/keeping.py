"""How long a room is kept: a day after its end, or twelve months after the client last kept it."""

from __future__ import annotations

from collections.abc import Sequence

from app.core import events as e

HOUR_MS = 3600_000
UNKEPT_LASTS_MS = 24 * HOUR_MS
KEPT_LASTS_MS = 365 * 24 * HOUR_MS  # said as twelve months
ENDS_SOON_MS = 30 * 24 * HOUR_MS  # before its end, home begins to say so


def lasts_until_ms(events: Sequence[e.Event]) -> int:
    """Return until when a log stays: a day from its last event, or a year from when last kept."""
    kept = [event.at_ms for event in events if isinstance(event, e.RecordKept)]
    if kept:
        return max(kept) + KEPT_LASTS_MS
    return max((event.at_ms for event in events), default=0) + UNKEPT_LASTS_MS
