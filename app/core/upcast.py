"""Rewrite what older versions stored into today's form, before it is decoded.

A step takes the body of one stored event and returns the next version's; it is pure and changes the
body's `type` or `v`. Steps are never edited: logs that need them stay for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Body = dict[str, Any]
# By (type, v); v is None for an event that carries no version.
Upcasts = Mapping[tuple[str, int | None], Callable[[Body], Body]]
UPCASTS: Upcasts = {}


def upcast(stored: bytes, table: Upcasts) -> bytes:
    """Return a stored event after every step that the table has for it."""
    body = msgspec.json.decode(stored, type=Body)
    while step := table.get((str(body.get("type")), body.get("v"))):
        body = step(body)
    return msgspec.json.encode(body)
