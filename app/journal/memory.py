"""Journal and directory in memory, for tests and trials: the same rules, but nothing lasts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from app.core.events import Event
from app.core.model import RoomId
from app.core.stored import decode, encode
from app.errors import SeqConflict


class MemoryJournal:
    """A journal that keeps encoded events, so that what can't be stored fails here too."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self._logs: dict[RoomId, list[bytes]] = {}

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        """Add events."""
        log = self._logs.get(room, [])
        if len(log) != expected_seq:
            raise SeqConflict(f"the log has {len(log)} events, not {expected_seq}")
        self._logs[room] = [*log, *map(encode, events)]
        return len(self._logs[room])

    async def read(self, room: RoomId, after_seq: int = 0) -> list[Event]:
        """Return events in order."""
        return [decode(body) for body in self._logs.get(room, [])[after_seq:]]

    async def rooms(self) -> list[RoomId]:
        """List every room."""
        return list(self._logs)

    async def erase(self, room: RoomId) -> None:
        """Forget a room."""
        self._logs.pop(room, None)

    async def is_writable(self) -> bool:
        """Return True: memory always is."""
        return True

    async def close(self) -> None:
        """Do nothing: there is nothing to finish."""


class MemoryDirectory:
    """A directory in a dict."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], tuple[bytes, RoomId, int]] = {}

    async def put(
        self, kind: str, key: str, value: bytes, *, room: RoomId, expires_ms: int
    ) -> None:
        """Set a value."""
        self._entries[kind, key] = (value, room, expires_ms)

    async def get(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value, or None."""
        value, _, expires_ms = self._entries.get((kind, key), (None, "", 0))
        return value if now_ms < expires_ms else None

    async def take(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value and delete it."""
        value = await self.get(kind, key, now_ms)
        self._entries.pop((kind, key), None)
        return value

    async def swap(self, kind: str, key: str, expected: bytes, value: bytes, now_ms: int) -> bool:
        """Replace a value where it is still as expected."""
        if await self.get(kind, key, now_ms) != expected:
            return False
        _, room, expires_ms = self._entries[kind, key]
        self._entries[kind, key] = (value, room, expires_ms)
        return True

    async def delete(self, kind: str, key: str) -> None:
        """Delete a value."""
        self._entries.pop((kind, key), None)

    async def purge(self, now_ms: int) -> int:
        """Delete what has expired."""
        gone = [name for name, (_, _, expires_ms) in self._entries.items() if expires_ms <= now_ms]
        for name in gone:
            del self._entries[name]
        return len(gone)

    def forget(self, room: RoomId) -> None:
        """Delete what belongs to a room."""
        gone = [name for name, (_, owner, _) in self._entries.items() if owner == room]
        for name in gone:
            del self._entries[name]


class MemoryStore(MemoryJournal, MemoryDirectory):
    """Both in one, as the embedded database has them."""

    def __init__(self) -> None:
        MemoryJournal.__init__(self)
        MemoryDirectory.__init__(self)

    async def erase(self, room: RoomId) -> None:
        """Forget a room, here and there."""
        await MemoryJournal.erase(self, room)
        self.forget(room)
