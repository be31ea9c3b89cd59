"""What goes wrong in one job is told to who asked for it; the thread that writes goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from app.core import events as e
from app.core.model import RoomId
from app.errors import JournalUnavailable
from app.journal import backup
from app.journal.memory import MemoryStore
from app.journal.sqlite import SqliteStore

A = RoomId("room-a")


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_journal_whose_file_is_another_or_none_takes_nothing_more(
    tmp_path: Path, is_replaced: bool
) -> None:
    """SQLite would write on into a file that has no name."""
    store = SqliteStore.open(tmp_path / "j.db")
    (tmp_path / "j.db").rename(tmp_path / "elsewhere.db")
    if is_replaced:
        (tmp_path / "j.db").write_bytes(b"")
    with pytest.raises(JournalUnavailable, match="replaced" if is_replaced else "No such file"):
        await store.append(A, 0, [e.Briefed(at_ms=1)])
    assert not await store.is_writable()
    await store.close()


@pytest.mark.parametrize("is_alone", [False, True])
async def test_a_job_that_fails_says_why_and_the_next_one_is_done(
    tmp_path: Path, is_alone: bool
) -> None:
    store = SqliteStore.open(tmp_path / "j.db")
    with pytest.raises(ZeroDivisionError):
        await store.writer.do(lambda db: 1 / 0, is_alone=is_alone)
    with pytest.raises(JournalUnavailable) as failed:
        await store.writer.do(lambda db: db.execute("SELECT x FROM nothing"), is_alone=is_alone)
    assert isinstance(failed.value.__cause__, sqlite3.OperationalError)
    assert await store.append(A, 0, [e.Briefed(at_ms=1)]) == 1
    await store.close()


async def test_a_job_alone_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("BEGIN")
        db.execute("DELETE FROM rooms")
        raise ZeroDivisionError

    store = SqliteStore.open(tmp_path / "j.db")
    await store.append(A, 0, [e.Briefed(at_ms=1)])
    with pytest.raises(ZeroDivisionError):
        await store.writer.do(half, is_alone=True)
    assert await store.rooms() == [A]
    assert await store.append(A, 1, [e.Briefed(at_ms=2)]) == 2
    await store.close()


async def test_a_store_that_works_says_so(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "j.db")
    assert await store.is_writable() and await MemoryStore().is_writable()
    await store.close()


async def test_a_copy_that_has_no_place_says_so_in_one_line(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "j.db")
    with pytest.raises(JournalUnavailable, match="Can't write a copy"):
        await store.copy_into(tmp_path / "none such" / "copy.db")
    await store.copy_into(tmp_path / "copy.db")
    await store.close()
    backup.remove(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
