"""The data folder: one process at a time, and what is put aside in it.

Nothing here deletes or replaces a journal: one that is in the way gets another name, and the log
says which.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.clock import RealClock
from app.errors import JournalUnavailable
from app.journal.damage import JournalDamaged
from app.journal.schema import SIDE_FILES, flush

DATABASE, LOCK = "saywhen.db", "lock"
# A restored journal before it gets its name. It is whole, and is put in place even after a crash.
RESTORED = f"{DATABASE}.restored"


class FolderInUse(JournalUnavailable):
    """Another process has this data folder."""


@contextmanager
def occupy(folder: Path) -> Iterator[Path]:
    """Be the only process in a data folder; yields its journal's file.

    The system frees the folder when the process dies. Raises FolderInUse, or JournalUnavailable if
    the folder can't be written.
    """
    with _writing(folder):
        descriptor = _lock(folder)
    try:
        with _writing(folder):
            finish_restore(folder)
        yield folder / DATABASE
    finally:
        os.close(descriptor)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise JournalUnavailable(f"Can't write in the folder {str(folder)!r}: {e.strerror}.") from e


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        hand_over(folder / LOCK)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        os.close(descriptor)
        if not isinstance(e, BlockingIOError):
            raise
        raise FolderInUse(
            f"Another saywhen uses the folder {str(folder)!r}. End it first, or choose another "
            "folder with --data-dir."
        ) from e
    return descriptor


@contextmanager
def owning(folder: Path) -> Iterator[None]:
    """Occupy the folder of a server; if its journal proves damaged, set it aside and say so."""
    with occupy(folder) as file:
        try:
            yield
        except JournalDamaged as e:
            with _writing(folder):
                aside = set_aside(file, "damaged", RealClock().now_ms())
            raise JournalDamaged(
                f"{e} It is now {str(aside)!r}. Start again for an empty journal, or bring a "
                "backup back first: saywhen restore FILE."
            ) from e


def set_aside(file: Path, why: str, now_ms: int) -> Path | None:
    """Rename a journal and its side files; return the new name, or None if there is no journal.

    The database goes first. The next start notices a WAL alone, but not a database without its WAL.
    """
    aside = _free_name(file, f"{file.name}.{why}-{_utc(now_ms)}")
    moved = [side for side in ("", *SIDE_FILES) if file.with_name(file.name + side).exists()]
    for side in moved:
        os.chmod(file.with_name(file.name + side), 0o600)
        os.rename(file.with_name(file.name + side), aside.with_name(aside.name + side))
    flush(file.parent)
    return aside if moved else None


def finish_restore(folder: Path) -> Path | None:
    """Put a restored journal in its place, if there is one; return what was there before."""
    restored = folder / RESTORED
    if not restored.exists():
        return None
    before = set_aside(folder / DATABASE, "before-restore", RealClock().now_ms())
    os.rename(restored, folder / DATABASE)
    flush(folder)
    return before


def hand_over(file: Path) -> None:
    """Make the folder's owner own a file: what root creates, the owner has to write."""
    owner = file.parent.stat()
    if os.geteuid() == 0:
        os.chown(file, owner.st_uid, owner.st_gid)


def _utc(now_ms: int) -> str:
    return datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def _free_name(file: Path, name: str) -> Path:
    tries = [name, *(f"{name}-{n}" for n in range(2, 1_000))]
    return next(
        path
        for path in map(file.with_name, tries)
        if not any(path.with_name(path.name + side).exists() for side in ("", *SIDE_FILES))
    )
