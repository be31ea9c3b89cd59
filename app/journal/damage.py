"""Is a journal whole? Reads all of it by a connection that can't write, and changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from app.core.stored import decode
from app.errors import JournalError, JournalTooNew, JournalUnavailable
from app.journal import wal
from app.journal.schema import check_ours, checksum

# Faults of the machine, not of the file. The file may be fine tomorrow, so it stays where it is.
PASSING = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


class JournalDamaged(JournalError):
    """Bytes of the journal are not what was written."""

    code = "journal_damaged"


def examine(file: Path) -> int:
    """Check every page and every event of a journal, and return its format.

    Raises JournalDamaged; JournalTooNew for what a newer version wrote; JournalError for someone
    else's database; JournalUnavailable where it can't be read.
    """
    try:
        if not file.exists() or not file.stat().st_size:
            raise JournalDamaged(_damaged(file, "the file is empty or gone"))
        if not wal.is_whole(file.with_name(f"{file.name}-wal")):
            raise JournalDamaged(_damaged(file, "its -wal file is broken"))
        uri = f"{file.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
            return _look(db, file)
    except OSError as e:
        raise JournalUnavailable(f"Can't read the journal {file.name}: {e.strerror}.") from e
    except sqlite3.Error as e:
        if getattr(e, "sqlite_errorcode", 0) & 0xFF in PASSING:
            raise JournalUnavailable(f"Can't read the journal {file.name}: {e}.") from e
        raise JournalDamaged(_damaged(file, str(e))) from e
    except (TypeError, ValueError) as e:  # a value of another type than was written
        raise JournalDamaged(_damaged(file, type(e).__name__)) from e


def _look(db: sqlite3.Connection, file: Path) -> int:
    version = check_ours(db, file.name)
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise JournalDamaged(_damaged(file, found))
    if not db.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone():
        raise JournalDamaged(_damaged(file, "it has no name"))
    lengths = _lengths(db, file, has_checksums=version > 1)
    if lengths != dict(db.execute("SELECT room, seq FROM rooms WHERE seq > 0")):
        raise JournalDamaged(_damaged(file, "events are missing"))
    return version


def _lengths(db: sqlite3.Connection, file: Path, *, has_checksums: bool) -> dict[str, int]:
    """Read every event, and return how many each room has."""
    lengths: dict[str, int] = {}
    crc = "crc" if has_checksums else "NULL"
    for room, seq, body, found in db.execute(
        f"SELECT room, seq, body, {crc} FROM events ORDER BY room, seq"
    ):
        lengths[room] = lengths.get(room, 0) + 1
        if seq != lengths[room] or (has_checksums and checksum(room, seq, body) != found):
            raise JournalDamaged(_damaged(file, f"event {seq} of a room is not what was written"))
        _check_known(file, body)
    return lengths


def _check_known(file: Path, body: bytes) -> None:
    try:
        decode(body)
    except msgspec.ValidationError as e:
        raise JournalTooNew(
            f"The journal {file.name} holds an event that this Say When does not know ({e}). "
            "Install the version that wrote it again; nothing was changed."
        ) from e
    except msgspec.DecodeError as e:
        raise JournalDamaged(_damaged(file, "an event is not what was written")) from e


def _damaged(file: Path, why: str) -> str:
    return f"The journal {file.name} is damaged ({why})."
