"""What is acknowledged survives a power cut: asked of the very connection that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core import events as e
from app.core.model import RoomId
from app.journal import erased, schema
from app.journal.sqlite import SqliteStore

A = RoomId("room-a")
FULL = 2
GOLDEN = Path(__file__).parent / "golden" / "v0.1.0" / "format-1.sql"


def made_now(file: Path) -> None:
    """A folder that is new: the store makes its own journal."""


def of_an_older_release(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.executescript(GOLDEN.read_text(encoding="utf-8"))
    db.close()


@pytest.mark.parametrize("laid", [made_now, of_an_older_release])
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("synchronous", FULL), ("journal_mode", "wal"), ("secure_delete", 1)],
)
async def test_every_commit_is_synced_and_every_erasure_is_one(
    tmp_path: Path, laid: Callable[[Path], None], pragma: str, value: object
) -> None:
    """With NORMAL a commit is answered before the disk has it, and a power cut undoes it."""
    laid(tmp_path / "j.db")
    store = SqliteStore.open(tmp_path / "j.db")
    await store.append(RoomId("fresh"), 0, [e.Briefed(at_ms=1)])
    rows = await store.writer.do(
        lambda db: db.execute(f"PRAGMA {pragma}").fetchall(), is_alone=True
    )
    await store.close()
    assert rows == [(value,)]


async def test_a_journal_has_its_name_only_once_it_is_whole_and_its_folder_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[Path, bool]] = []
    flush = schema.flush

    def watched(path: Path) -> None:
        synced.append((path, (tmp_path / "j.db").exists()))
        flush(path)

    monkeypatch.setattr(schema, "flush", watched)
    await SqliteStore.open(tmp_path / "j.db").close()
    assert (tmp_path, True) in synced


async def test_the_list_of_what_was_erased_is_synced_with_its_folder_and_so_is_a_shorter_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(erased, "flush", synced.append)
    erased.remember(tmp_path / "j.db", "one")
    assert synced == [tmp_path]
    erased.remember(tmp_path / "j.db", "two")
    assert synced == [tmp_path]
    monkeypatch.setattr(erased, "MOST", 1)
    erased.remember(tmp_path / "j.db", "three")
    erased.remember(tmp_path / "j.db", "four")
    assert len(synced) > 1
    assert len(erased.remembered(tmp_path / "j.db")) <= 2
