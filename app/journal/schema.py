"""The shape of the database: its tables, whose it is, its format, and upgrades of older formats.

Format 2 gave each event a checksum over room, seq and body: SQLite notices a damaged page only
where its structure breaks, and a changed letter in an event must not become the truth.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

from app.errors import JournalError, JournalTooNew

FORMAT = 2
APPLICATION_ID = 0x53574E31  # "SWN1": we write into no foreign database
SIDE_FILES = ("-wal", "-shm", "-journal")
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS events (room TEXT NOT NULL, seq INTEGER NOT NULL, "
    "body BLOB NOT NULL, crc INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (room, seq)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS rooms (room TEXT PRIMARY KEY, seq INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS directory (kind TEXT NOT NULL, key TEXT NOT NULL, "
    "value BLOB NOT NULL, room TEXT NOT NULL, expires_ms INTEGER NOT NULL, "
    "PRIMARY KEY (kind, key)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS directory_room ON directory (room)",
)


def checksum(room: str, seq: int, body: bytes) -> int:
    """Return the checksum of an event at its place in its room's log."""
    return zlib.crc32(body, zlib.crc32(f"{room}:{seq}:".encode()))


def check_ours(db: sqlite3.Connection, name: str) -> int:
    """Return the format of a journal, writing nothing.

    Raises JournalTooNew if a newer version wrote it, JournalError for someone else's database.
    """
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version > FORMAT and (owner == APPLICATION_ID or not tables):
        raise JournalTooNew(
            f"The journal {name} was written by a newer Say When (format {version}, this one "
            f"knows {FORMAT}). Install the newer version again; nothing was changed."
        )
    if owner != APPLICATION_ID:
        raise JournalError(f"{name} is not a journal of Say When. It was left alone.")
    return version


def make(file: Path) -> None:
    """Make an empty journal. It gets its name only when whole: an empty file is never a journal.

    Raises OSError or sqlite3.Error.
    """
    new = file.with_name(f"{file.name}.new")
    for name in (new, *(new.with_name(new.name + side) for side in SIDE_FILES)):
        name.unlink(missing_ok=True)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {FORMAT}")
        for statement in SCHEMA:
            db.execute(statement)
        renew_epoch(db)
        db.execute("COMMIT")
    os.rename(new, file)
    flush(file.parent)


def renew_epoch(db: sqlite3.Connection) -> None:
    """Name a journal as no other is named, so that (epoch, seq) never means two things."""
    db.execute("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", (secrets.token_hex(4),))


def set_up(db: sqlite3.Connection, version: int) -> str:
    """Make a journal of `version` ready to be written, and return its epoch.

    The WAL begins anew with every start, so that what a power cut left behind its end is never
    mistaken for damage later.
    """
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    if version < FORMAT:
        _upgrade(db)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return str(db.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0])


def _upgrade(db: sqlite3.Connection) -> None:
    """Add the checksums that format 1 did not have. All or nothing."""
    db.create_function("event_crc", 3, checksum, deterministic=True)
    db.execute("BEGIN IMMEDIATE")
    db.execute("ALTER TABLE events ADD COLUMN crc INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE events SET crc = event_crc(room, seq, body)")
    db.execute(f"PRAGMA user_version = {FORMAT}")
    db.execute("COMMIT")


def flush(path: Path) -> None:
    """Make a file's bytes, or a folder's names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
