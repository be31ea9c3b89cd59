"""Copies of a journal: take one, give it its name, restore one.

A copy becomes visible under its name only when it is whole, examined and flushed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from app.errors import JournalError, JournalUnavailable
from app.journal.damage import examine
from app.journal.erased import erase_again, remembered
from app.journal.folder import DATABASE, RESTORED, finish_restore, hand_over
from app.journal.schema import SIDE_FILES, flush, renew_epoch

COPY = "copy-"  # how names of unfinished copies begin; these are swept away


class Restored(NamedTuple):
    """What a restore did: where the previous journal is now, and how many rooms it left out."""

    before: Path | None
    left_out: int


def copy(source: sqlite3.Connection, into: Path) -> None:
    """Copy a database, as of its last commit, into a new file that only its owner can read.

    `source` must be the file's only connection. Raises JournalUnavailable, and leaves nothing
    behind.
    """
    try:
        os.close(os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(into, isolation_level=None)) as target:
            target.execute("PRAGMA synchronous = OFF")  # it is flushed when it gets its name
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, no -wal beside it
    except (OSError, sqlite3.Error) as e:
        remove(into)
        raise JournalUnavailable(f"Can't write a copy of the journal: {e}.") from e


def copy_at_rest(file: Path) -> Path:
    """Copy a journal that no process has open; the caller removes the copy."""
    examine(file)
    into = new_copy(file.parent)
    uri = f"{file.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as source:
        copy(source, into)
    return into


def new_copy(folder: Path) -> Path:
    """Return a new name for a copy in a data folder."""
    return folder / f"{COPY}{secrets.token_hex(8)}"


def remove(copied: Path) -> None:
    """Remove an unfinished copy and its side files."""
    for side in ("", *SIDE_FILES):
        copied.with_name(copied.name + side).unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove the copies that a dead process left behind."""
    for left in folder.glob(f"{COPY}*"):
        left.unlink(missing_ok=True)


def check_free(file: Path) -> None:
    """Raise JournalError where a backup would overwrite something, or has no folder."""
    if os.path.lexists(file):
        raise JournalError(f"{str(file)!r} is there already. Choose another name.")
    if not file.parent.is_dir():
        raise JournalError(f"There is no folder {str(file.parent)!r}.")


def publish(copied: Path, file: Path) -> None:
    """Examine a copy and give it its name, never replacing a file. Raises OSError."""
    examine(copied)
    check_free(file)
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        _clone(copied, new)
        _name(new, file)
    finally:
        new.unlink(missing_ok=True)
    flush(file.parent)


def _name(new: Path, file: Path) -> None:
    try:
        os.link(new, file)
    except FileExistsError as e:
        raise JournalError(f"{str(file)!r} is there already. Choose another name.") from e
    except OSError:  # the file system of a memory stick has no links
        check_free(file)
        os.rename(new, file)


def restore(file: Path, folder: Path) -> Restored:
    """Put a backup in a folder that this process occupies, without what was erased there since.

    Raises a JournalError of some kind if `file` can't be used; the folder is then as it was.
    """
    if not file.is_file():
        raise JournalError(f"There is no file {str(file)!r}.")
    new = folder / f"{COPY}{DATABASE}"
    remove(new)
    try:
        _clone(file, new)
        wal = file.with_name(f"{file.name}-wal")
        if wal.is_file():  # it was put aside, or copied by hand
            _clone(wal, new.with_name(f"{new.name}-wal"))
        left_out = _ready(new, file, remembered(folder / DATABASE))
        hand_over(new)
        os.rename(new, folder / RESTORED)
    finally:
        remove(new)
    flush(folder)
    return Restored(finish_restore(folder), left_out)


def _ready(new: Path, file: Path, erased: frozenset[bytes]) -> int:
    """Examine a copy and give it its own epoch, in one file; return how many rooms it left out."""
    try:
        examine(new)
    except JournalError as e:
        raise type(e)(str(e).replace(new.name, repr(str(file)))) from e
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as db:
            renew_epoch(db)
            left_out = erase_again(db, erased)
            # Closing may leave its -wal as it is, and says nothing; this is done or raises.
            db.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as e:
        raise JournalUnavailable(f"Can't make a journal of {str(file)!r}: {e}.") from e
    flush(new)
    return left_out


def _clone(file: Path, new: Path) -> None:
    """Copy bytes into a new file that only its owner can read, and flush them."""
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with file.open("rb") as source, os.fdopen(descriptor, "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())
