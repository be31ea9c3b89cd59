"""What was erased stays erased, even in a copy that is restored later.

Beside the database lies a list of the rooms that were erased, each as a hash of its id, so that a
restore leaves out what a copy still holds. The list is a file of its own, so that it stays when the
journal is set aside or replaced. Must not know what a room is.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from pathlib import Path

from app.journal.schema import flush

SIDE = ".erased"  # after the database's name
MOST = 100_000  # 3 MB; with fifty sessions a day, the last five years
HASHED = re.compile(rb"[0-9a-f]{32}")
LINE_BYTES = 33
TABLES = ("events", "rooms", "directory")


def erase(db: sqlite3.Connection, *rooms: str) -> None:
    """Delete all rows of rooms in one transaction; with secure_delete on, their bytes too."""
    db.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        db.executemany(f"DELETE FROM {table} WHERE room = ?", [(room,) for room in rooms])
    db.execute("COMMIT")


def remember(database: Path, room: str) -> None:
    """Put a room on the list, so that it survives a power cut. Raises OSError."""
    file = _list_of(database)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as lines:
        size = lines.seek(0, os.SEEK_END)
        lines.seek(max(0, size - 1))
        is_torn = lines.read(1) not in (b"\n", b"")  # by a power cut; the next line must stay whole
        lines.write((b"\n" if is_torn else b"") + _hashed(room) + b"\n")
        lines.flush()
        os.fsync(lines.fileno())
    if not size:
        flush(file.parent)
    if size > 2 * MOST * LINE_BYTES:
        _shorten(file)


def remembered(database: Path) -> frozenset[bytes]:
    """Return the list of a database; empty if nothing was erased. Raises OSError."""
    try:
        lines = _list_of(database).read_bytes().split(b"\n")
    except FileNotFoundError:
        return frozenset()
    return frozenset(line for line in lines if HASHED.fullmatch(line))


def erase_again(db: sqlite3.Connection, erased: frozenset[bytes]) -> int:
    """Erase the rooms on the list that a copy still holds; return how many there were."""
    query = "SELECT room FROM rooms UNION SELECT room FROM events UNION SELECT room FROM directory"
    held = [room for (room,) in db.execute(query) if _hashed(room) in erased]
    if held:
        db.execute("PRAGMA secure_delete = ON")
        erase(db, *held)
    return len(held)


def _shorten(file: Path) -> None:
    """Drop all but the newest; the file is whole at any moment."""
    lines = file.read_bytes().split(b"\n")
    newest = [line for line in lines if HASHED.fullmatch(line)][-MOST:]
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(b"\n".join([*newest, b""]))
        target.flush()
        os.fsync(target.fileno())
    os.rename(new, file)
    flush(file.parent)


def _list_of(database: Path) -> Path:
    return database.with_name(database.name + SIDE)


def _hashed(room: str) -> bytes:
    """Return the hash of an id. With 64 random bits an id can't be found from its hash."""
    return hashlib.sha256(room.encode()).hexdigest()[:32].encode()
