"""What is not a room's log: codes, keys, knocks, notebooks. Small values with a time to live.

Time is always passed in (ms of the server's clock). Every entry belongs to a room and goes with it.
"""

from __future__ import annotations

from typing import Protocol

from app.core.model import RoomId


class Directory(Protocol):
    """Values by (kind, key). An expired value is as if it were not there."""

    async def put(
        self, kind: str, key: str, value: bytes, *, room: RoomId, expires_ms: int
    ) -> None:
        """Set a value, whatever was there before. Raises JournalUnavailable."""

    async def get(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value, or None."""

    async def take(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value and delete it in one step: of many who ask, only one gets it."""

    async def swap(self, kind: str, key: str, expected: bytes, value: bytes, now_ms: int) -> bool:
        """Replace a value if it is still `expected`; its time to live stays."""

    async def delete(self, kind: str, key: str) -> None:
        """Delete a value; harmless when there is none."""

    async def purge(self, now_ms: int) -> int:
        """Delete what has expired, and return how many."""
