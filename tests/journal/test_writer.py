"""What goes wrong in one job is told to who asked for it; the thread that writes goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from app.core import events as e
from app.core.model import RoomId
from app.errors import JournalUnavailable
from app.journal import backup
from app.journal.memory import MemoryStore
from app.journal.sqlite import SqliteStore
from app.journal.writer import Writer

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


async def test_commits_that_would_follow_each_other_at_once_are_shared(tmp_path: Path) -> None:
    writer = _writer(tmp_path, apart_s=0.3)
    await writer.do(_insert)
    early = asyncio.create_task(writer.do(_insert))
    await asyncio.sleep(0.05)
    await asyncio.gather(early, *(writer.do(_insert) for _ in range(20)))
    assert writer.commits == 2
    await writer.close()


async def test_a_commit_that_follows_none_waits_for_nothing(tmp_path: Path) -> None:
    writer = _writer(tmp_path, apart_s=3600)
    async with asyncio.timeout(30):
        await writer.do(_insert)
    assert writer.commits == 1
    await writer.close()


def _writer(folder: Path, apart_s: float) -> Writer:
    file = folder / "some.db"
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE line (n INTEGER)")
    return Writer(connection, file, apart_s)


def _insert(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO line VALUES (1)")
