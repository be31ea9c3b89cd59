"""A directory on an engine that several servers share: one subject an entry, one message each.

The engine deletes an entry `MARGIN_S` after it has expired. An index by room is written first, so
that nothing of a room can be left behind when it is erased.
"""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from app.clock import Clock
from app.core.model import RoomId
from app.errors import SeqConflict
from app.journal.nats_engine import Engine

STREAM = "SW_DIR"
MARGIN_S = 60  # clocks of servers may differ


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A value, whose room it is and until when it counts; without a value it was taken."""

    room: RoomId
    expires_ms: int
    value: bytes | None


class NatsDirectory:
    """Values by (kind, key); see directory.Directory."""

    def __init__(self, engine: Engine, clock: Clock, margin_s: int = MARGIN_S) -> None:
        self._engine = engine
        self._clock = clock
        self._margin_s = margin_s

    @classmethod
    async def make(cls, engine: Engine, clock: Clock, margin_s: int = MARGIN_S) -> NatsDirectory:
        """Return the directory of an engine, and make its stream where it is missing."""
        await engine.make(STREAM, "sw.dir.>", max_msgs_per_subject=1, allow_msg_ttl=True)
        return cls(engine, clock, margin_s)

    async def put(
        self, kind: str, key: str, value: bytes, *, room: RoomId, expires_ms: int
    ) -> None:
        """Set a value."""
        lasts = self._lasts(expires_ms)
        await self._engine.append(f"{_index(room)}.{_name(kind, key)}", b"", lasts)
        entry = Entry(room, expires_ms, value)
        await self._engine.append(_entry(kind, key), msgspec.msgpack.encode(entry), lasts)

    async def get(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value, or None."""
        found = await self._find(kind, key, now_ms)
        return found and found[0].value

    async def take(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value and delete it in one step."""
        found = await self._find(kind, key, now_ms)
        if found is None or not await self._replace(kind, key, found, None):
            return None
        await self.delete(kind, key)
        return found[0].value

    async def swap(self, kind: str, key: str, expected: bytes, value: bytes, now_ms: int) -> bool:
        """Replace a value where it is still as expected."""
        found = await self._find(kind, key, now_ms)
        if found is None or found[0].value != expected:
            return False
        return await self._replace(kind, key, found, value)

    async def delete(self, kind: str, key: str) -> None:
        """Delete a value."""
        await self._engine.purge(STREAM, _entry(kind, key))

    async def purge(self, now_ms: int) -> int:
        """Return 0: the engine deletes what has expired by itself."""
        return 0

    async def forget(self, room: RoomId) -> None:
        """Delete what belongs to a room."""
        for stored in await self._engine.all(STREAM, f"{_index(room)}.>"):
            name = stored.subject.removeprefix(f"{_index(room)}.")
            await self._engine.purge(STREAM, f"sw.dir.e.{name}")
        await self._engine.purge(STREAM, f"{_index(room)}.>")

    async def _find(self, kind: str, key: str, now_ms: int) -> tuple[Entry, int] | None:
        stored = await self._engine.last(STREAM, _entry(kind, key))
        if stored is None:
            return None
        entry = msgspec.msgpack.decode(stored.body, type=Entry)
        is_there = entry.value is not None and now_ms < entry.expires_ms
        return (entry, stored.at) if is_there else None

    async def _replace(
        self, kind: str, key: str, found: tuple[Entry, int], value: bytes | None
    ) -> bool:
        entry, at = found
        body = msgspec.msgpack.encode(msgspec.structs.replace(entry, value=value))
        try:
            await self._engine.append(_entry(kind, key), body, self._lasts(entry.expires_ms), at)
        except SeqConflict:
            return False
        return True

    def _lasts(self, expires_ms: int) -> dict[str, str]:
        left_s = max(0, expires_ms - self._clock.now_ms()) // 1000
        return {"Nats-TTL": str(left_s + max(1, self._margin_s))}


def _name(kind: str, key: str) -> str:
    """Return two tokens of a subject; a dot or a star would be another one."""
    return f"{kind}.{quote(key, safe='').replace('.', '%2E')}"


def _entry(kind: str, key: str) -> str:
    return f"sw.dir.e.{_name(kind, key)}"


def _index(room: RoomId) -> str:
    return f"sw.dir.i.{room}"
