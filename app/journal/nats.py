"""A journal on an engine that several servers share: one message a commit, one subject a room.

Whoever wrote a room's last commit owns the room. An append says after which commit it comes, and
the engine refuses it if that is not the last one: so an owner that was taken for dead can write
nothing any more. The engine does not look again when its nodes agree, so every reader does: a
commit that does not follow the one before it counts for nobody.

Headers of a commit: `Sw-After`, where the one before it stands in the stream; `Sw-By`, its server;
`Sw-Seq`, how long the room's log is with it; `Sw-Shift`, how far (ms) the room's time is ahead of
that server's clock; `Sw-Time`, when its last event was, by the room's time; `Sw-Is`, whether the
room is open, ended or kept. Its body is a JSON array of events.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

from app.core import events as e
from app.core.events import Event
from app.core.model import RoomId
from app.core.stored import decode, encode
from app.errors import Fenced, JournalUnavailable, SeqConflict
from app.journal.nats_directory import NatsDirectory
from app.journal.nats_engine import Engine, Stored
from app.journal.port import ENDED, KEPT, OPEN, Head

_BODIES = msgspec.json.Decoder(list[msgspec.Raw])
EMPTY = Head("", 0, 0, 0, 0, OPEN)


class NatsJournal:
    """The log of every room, and who owns them."""

    def __init__(self, engine: Engine, directory: NatsDirectory) -> None:
        self.srv = engine.srv
        self.epoch = engine.epoch
        self.engine = engine
        self._directory = directory
        self._heads: dict[RoomId, Head] = {}
        self._lasts: dict[RoomId, int] = {}  # where a log's last message stands, followed or not
        self._shifts_ms: dict[RoomId, int] = {}

    @classmethod
    async def make(cls, engine: Engine, directory: NatsDirectory) -> NatsJournal:
        """Return the journal of an engine, and make its streams where they are missing."""
        for shard in range(engine.shards):
            await engine.make(f"SW_LOG_{shard}", f"sw.log.{shard}.*")
        return cls(engine, directory)

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        """Add events to a room's log; see port.Journal.

        Raises Fenced where another server has written since, and SeqConflict where only this one
        has: the answer to an earlier append was lost.
        """
        head = self._heads.get(room) or await self._read_head(room)
        if head.seq != expected_seq:
            self._heads.pop(room, None)
            raise self._conflict(head)
        seq = expected_seq + len(events)
        state = _state_after(head.is_, events)
        shift_ms = self._shifts_ms.get(room, 0)
        headers = {
            "Sw-After": str(head.at),
            "Sw-By": self.srv,
            "Sw-Seq": str(seq),
            "Sw-Shift": str(shift_ms),
            "Sw-Time": str(events[-1].at_ms),
            "Sw-Is": state,
        }
        body = b"[" + b",".join(map(encode, events)) + b"]"
        try:
            last = self._lasts.get(room, head.at)
            at = await self.engine.append(self._subject(room), body, headers, last)
        except SeqConflict:
            self._heads.pop(room, None)
            raise self._conflict(await self._read_head(room)) from None
        except BaseException:  # nobody knows whether it was written
            self._heads.pop(room, None)
            raise
        self._lasts[room] = at
        self._heads[room] = Head(self.srv, seq, at, shift_ms, events[-1].at_ms, state)
        return seq

    def _conflict(self, head: Head) -> SeqConflict:
        if head.by in ("", self.srv):
            return SeqConflict(f"the log has {head.seq} events")
        return Fenced(head.by)

    async def _read_head(self, room: RoomId) -> Head:
        await self.read(room)
        return self._heads.get(room, EMPTY)

    async def read(self, room: RoomId, after_seq: int = 0) -> list[Event]:
        """Return a room's events in order, and note who owns it."""
        events: list[Event] = []
        head, last = EMPTY, 0
        for stored in await self.engine.all(self._stream(room), self._subject(room)):
            commit = _commit_of(stored)
            last = stored.at
            if int(stored.headers["Sw-After"]) == head.at:
                head = commit
                events += [decode(bytes(body)) for body in _BODIES.decode(stored.body)]
        self._note(room, head, last)
        return events[after_seq:]

    def _note(self, room: RoomId, head: Head, last: int) -> None:
        """Note what was read, unless a commit of this server's was quicker than the reading."""
        if head is EMPTY:
            self._heads.pop(room, None)
            self._lasts.pop(room, None)
        elif head.at >= self._heads.get(room, EMPTY).at:
            self._heads[room], self._lasts[room] = head, last

    async def owner(self, room: RoomId) -> Head | None:
        """Return the last commit of a room as the nearest node knows it; None: no such room."""
        stored = await self.engine.last(self._stream(room), self._subject(room))
        return None if stored is None else _commit_of(stored)

    def head(self, room: RoomId) -> Head | None:
        """Return the last commit as of the last read or append."""
        return self._heads.get(room)

    def shift(self, room: RoomId, shift_ms: int) -> None:
        """Note how far a room's time is ahead of this server's clock, for the commits to come."""
        self._shifts_ms[room] = shift_ms

    def forget(self, room: RoomId) -> None:
        """Forget what is known of a room's log, which stays as it is."""
        for known in (self._heads, self._lasts, self._shifts_ms):
            known.pop(room, None)

    async def rooms(self) -> list[RoomId]:
        """List every room that has a log, in no order."""
        found: list[RoomId] = []
        for shard in range(self.engine.shards):
            subjects = await self.engine.subjects(f"SW_LOG_{shard}")
            found += [RoomId(subject.rpartition(".")[2]) for subject in subjects]
        return found

    async def erase(self, room: RoomId) -> None:
        """Erase a room from the log and from the directory."""
        self.forget(room)
        await self.engine.purge(self._stream(room), self._subject(room))
        await self._directory.forget(room)

    async def is_writable(self) -> bool:
        """Return whether a commit would succeed now."""
        return await self.engine.is_writable()

    async def close(self) -> None:
        """Close the connection to the engine."""
        await self.engine.close()

    def _shard(self, room: RoomId) -> int:
        return zlib.crc32(room.encode()) % self.engine.shards

    def _stream(self, room: RoomId) -> str:
        return f"SW_LOG_{self._shard(room)}"

    def _subject(self, room: RoomId) -> str:
        return f"sw.log.{self._shard(room)}.{room}"


def _commit_of(stored: Stored) -> Head:
    said = stored.headers
    try:
        seq, shift_ms, time_ms = (int(said[name]) for name in ("Sw-Seq", "Sw-Shift", "Sw-Time"))
        return Head(said["Sw-By"], seq, stored.at, shift_ms, time_ms, said["Sw-Is"])
    except (KeyError, ValueError) as problem:
        raise JournalUnavailable(f"commit {stored.at} was not written by a Say When") from problem


def _state_after(before: str, events: Sequence[Event]) -> str:
    """Return whether a room is open, ended or kept after these events."""
    for event in events:
        match event:
            case e.SessionEnded():
                before = ENDED
            case e.RecordKept():
                before = KEPT
    return before
