"""The stored form of an event: UTF-8 JSON, its class under `type`. Older versions: upcast.py."""

from __future__ import annotations

import msgspec

from app.core.events import EVENTS_VERSION, Event, RoomOpened
from app.core.upcast import UPCASTS, Upcasts, upcast

_ENCODER = msgspec.json.Encoder(order="deterministic")  # so that equal sets are stored alike
_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """Return the stored form of an event: UTF-8 JSON, its class under `type`."""
    return _ENCODER.encode(event)


def decode(stored: bytes, upcasts: Upcasts = UPCASTS) -> Event:
    """Return a stored event, through its upcasts if an older version wrote it.

    Raises msgspec.ValidationError if it is not one of ours, or of a version we don't know.
    """
    event = _DECODER.decode(upcast(stored, upcasts) if upcasts else stored)
    if isinstance(event, RoomOpened) and event.v != EVENTS_VERSION:
        raise msgspec.ValidationError(f"Version {event.v} of a room's log is unknown")
    return event
