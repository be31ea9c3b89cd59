"""The embedded default of journal and directory: one SQLite file, one connection, one thread.

WAL with synchronous=FULL: what is acknowledged survives a power cut. Exactly one connection,
because the SQLite that Python 3.11 links can reset a WAL wrongly with two. Nothing erased stays in
the file (secure_delete) or in the WAL (truncated).
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from app.core.events import Event
from app.core.model import RoomId
from app.core.stored import decode, encode
from app.errors import JournalError, JournalUnavailable, SeqConflict
from app.journal import backup, erased, schema
from app.journal.damage import examine
from app.journal.writer import Writer

log = structlog.get_logger()


class SqliteStore:
    """Journal and directory in one file. Made by `open`."""

    def __init__(self, connection: sqlite3.Connection, epoch: str, file: Path) -> None:
        self.epoch = epoch
        self._file = file
        self.writer = Writer(connection, file)

    @classmethod
    def open(cls, file: Path) -> SqliteStore:
        """Open or make the database; blocks, so call it off the event loop.

        Raises JournalTooNew for a newer version's file, JournalDamaged for a damaged one,
        JournalError for a foreign one, JournalUnavailable if the folder can't be written. Changes
        none of these.
        """
        try:
            version = _prepare(file)
            connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as e:
            raise JournalUnavailable(f"Can't open the journal {file.name}: {e}") from e
        try:
            return cls(connection, schema.set_up(connection, version), file)
        except (OSError, sqlite3.Error) as e:
            connection.close()
            raise JournalUnavailable(f"Can't write the journal {file.name}: {e}") from e

    # The journal

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        """Add events to a room's log, all or none; see port.Journal."""
        bodies = [encode(event) for event in events]
        seq: int = await self.writer.do(lambda db: _append(db, room, expected_seq, bodies))
        return seq

    async def read(self, room: RoomId, after_seq: int = 0) -> list[Event]:
        """Return a room's events in order."""
        query = "SELECT body FROM events WHERE room = ? AND seq > ? ORDER BY seq"
        rows = await self.writer.do(lambda db: db.execute(query, (room, after_seq)).fetchall())
        return [decode(body) for (body,) in rows]

    async def rooms(self) -> list[RoomId]:
        """List every room, the oldest first."""
        query = "SELECT room FROM rooms ORDER BY rowid"
        rows = await self.writer.do(lambda db: db.execute(query).fetchall())
        return [RoomId(room) for (room,) in rows]

    async def erase(self, room: RoomId) -> None:
        """Erase every byte of a room from the database and its WAL; later restores leave it out."""
        await self.writer.do(lambda db: _erase(db, self._file, room), is_alone=True)

    async def is_writable(self) -> bool:
        """Return whether something small can be committed."""
        write = "INSERT OR REPLACE INTO meta VALUES ('probe', '1')"
        try:
            await self.writer.do(lambda db: db.execute(write))
        except JournalError:
            return False
        return True

    async def copy_into(self, file: Path) -> None:
        """Copy all of it, as of one commit, into a new file; raises JournalUnavailable."""
        await self.writer.do(lambda db: backup.copy(db, file), is_alone=True)

    async def close(self) -> None:
        """Finish what is queued and close the file."""
        await self.writer.close()

    # The directory

    async def put(
        self, kind: str, key: str, value: bytes, *, room: RoomId, expires_ms: int
    ) -> None:
        """Set a value."""
        insert = "INSERT OR REPLACE INTO directory VALUES (?, ?, ?, ?, ?)"
        row = (kind, key, value, room, expires_ms)
        await self.writer.do(lambda db: db.execute(insert, row))

    async def get(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value, or None."""
        value: bytes | None = await self.writer.do(lambda db: _get(db, kind, key, now_ms))
        return value

    async def take(self, kind: str, key: str, now_ms: int) -> bytes | None:
        """Return a value and delete it in one step."""

        def work(db: sqlite3.Connection) -> bytes | None:
            value = _get(db, kind, key, now_ms)
            _delete(db, kind, key)
            return value

        taken: bytes | None = await self.writer.do(work)
        return taken

    async def swap(self, kind: str, key: str, expected: bytes, value: bytes, now_ms: int) -> bool:
        """Replace a value where it is still as expected."""
        update = (
            "UPDATE directory SET value = ? "
            "WHERE kind = ? AND key = ? AND value = ? AND expires_ms > ?"
        )
        row = (value, kind, key, expected, now_ms)
        count: int = await self.writer.do(lambda db: db.execute(update, row).rowcount)
        return count == 1

    async def delete(self, kind: str, key: str) -> None:
        """Delete a value."""
        await self.writer.do(lambda db: _delete(db, kind, key))

    async def purge(self, now_ms: int) -> int:
        """Delete what has expired, and return how many."""
        delete = "DELETE FROM directory WHERE expires_ms <= ?"
        count: int = await self.writer.do(lambda db: db.execute(delete, (now_ms,)).rowcount)
        return count


def _prepare(file: Path) -> int:
    """Make sure that a whole journal is there, readable by its owner only; return its format."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(file.parent, stat.S_IRWXU)
    log = file.with_name(f"{file.name}-wal")
    if not file.exists() and not (log.exists() and log.stat().st_size):
        schema.make(file)
    version = examine(file)
    os.chmod(file, stat.S_IRUSR | stat.S_IWUSR)
    return version


def _append(db: sqlite3.Connection, room: RoomId, expected_seq: int, bodies: list[bytes]) -> int:
    seq = expected_seq + len(bodies)
    if not _count_up(db, room, expected_seq, seq):
        row = db.execute("SELECT seq FROM rooms WHERE room = ?", (room,)).fetchone()
        raise SeqConflict(f"the log has {row[0] if row else 0} events, not {expected_seq}")
    rows: list[tuple[Any, ...]] = [
        (room, n, body, schema.checksum(room, n, body))
        for n, body in enumerate(bodies, expected_seq + 1)
    ]
    db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
    return seq


def _count_up(db: sqlite3.Connection, room: RoomId, expected_seq: int, seq: int) -> bool:
    """Write how long the log is now; return False, changing nothing, if it was not as expected."""
    if expected_seq == 0:
        insert = "INSERT INTO rooms VALUES (?, ?) ON CONFLICT (room) DO NOTHING"
        return db.execute(insert, (room, seq)).rowcount == 1
    update = "UPDATE rooms SET seq = ? WHERE room = ? AND seq = ?"
    return db.execute(update, (seq, room, expected_seq)).rowcount == 1


def _erase(db: sqlite3.Connection, file: Path, room: RoomId) -> None:
    try:
        erased.remember(file, room)
    except OSError as e:  # a list that can't be written must not keep a room from being erased
        log.warning("erased_but_not_listed", error=os.strerror(e.errno or 0))
    erased.erase(db, room)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _get(db: sqlite3.Connection, kind: str, key: str, now_ms: int) -> bytes | None:
    query = "SELECT value FROM directory WHERE kind = ? AND key = ? AND expires_ms > ?"
    row = db.execute(query, (kind, key, now_ms)).fetchone()
    return bytes(row[0]) if row else None


def _delete(db: sqlite3.Connection, kind: str, key: str) -> None:
    db.execute("DELETE FROM directory WHERE kind = ? AND key = ?", (kind, key))
