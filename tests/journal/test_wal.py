"""A write-ahead log that lost a commit to damage is told from one that a power cut tore."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from app.journal import schema, wal

HEADER_BYTES, FRAME_HEADER_BYTES, PAGE_BYTES = 32, 24, 512
FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES
COMMITS = 6


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Six commits, some of several frames, as SQLite itself writes them."""
    file = tmp_path_factory.mktemp("log") / "one.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE t (x)")
        for n in range(COMMITS - 1):
            db.execute("INSERT INTO t VALUES (?)", (bytes([65 + n]) * 600 * (1 + n % 2),))
        return file.with_name("one.db-wal").read_bytes()


def is_whole(tmp_path: Path, log: bytes) -> bool:
    (tmp_path / "wal").write_bytes(log)
    return wal.is_whole(tmp_path / "wal")


def starts(log: bytes) -> range:
    return range(HEADER_BYTES, len(log), FRAME_BYTES)


def commits_from(log: bytes, start: int) -> int:
    return sum(any(log[at + 4 : at + 8]) for at in starts(log) if at >= start)


def spoilt(log: bytes, at: int) -> bytes:
    return log[:at] + bytes([log[at] ^ 0xFF]) + log[at + 1 :]


def test_what_was_written_is_whole_and_so_is_no_log_at_all(tmp_path: Path, log: bytes) -> None:
    assert len(starts(log)) > COMMITS == commits_from(log, 0)
    assert is_whole(tmp_path, log)
    assert wal.is_whole(tmp_path / "none such")
    assert is_whole(tmp_path, b"") and is_whole(tmp_path, bytes(len(log)))


def test_a_log_that_ends_anywhere_was_torn_by_a_power_cut(tmp_path: Path, log: bytes) -> None:
    for end in (*range(0, len(log), 97), *starts(log)):
        assert is_whole(tmp_path, log[:end]), end


@pytest.mark.parametrize("where", ["its number", "its page", "its checksum"])
def test_damage_before_the_last_commit_is_noticed_and_in_it_is_a_torn_end(
    tmp_path: Path, log: bytes, where: str
) -> None:
    within = {"its number": 3, "its checksum": 17, "its page": FRAME_HEADER_BYTES + 100}[where]
    found = [is_whole(tmp_path, spoilt(log, start + within)) for start in starts(log)]
    assert found == [commits_from(log, start) < 2 for start in starts(log)]
    assert True in found and False in found


def test_a_frame_of_an_older_round_ends_the_log(tmp_path: Path, log: bytes) -> None:
    """What stands behind the newest round has other salts: it was committed long ago."""
    older = bytearray(log)
    for start in starts(log)[2:]:
        older[start + 8] ^= 0xFF
    assert is_whole(tmp_path, bytes(older))


def test_a_header_that_is_broken_has_lost_all_that_follows_it(tmp_path: Path, log: bytes) -> None:
    for at in (0, 9, 25):
        assert not is_whole(tmp_path, spoilt(log, at))
        assert is_whole(tmp_path, spoilt(log, at)[:HEADER_BYTES])


def test_a_journal_is_its_owner_s_alone_from_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it has its name, and whatever the machine's habit is."""
    modes: list[int] = []
    rename = os.rename

    def watched(old: Path, new: Path) -> None:
        modes.append(stat.S_IMODE(Path(old).stat().st_mode))
        rename(old, new)

    monkeypatch.setattr(os, "rename", watched)
    habit = os.umask(0)
    try:
        schema.make(tmp_path / "j.db")
    finally:
        os.umask(habit)
    assert modes == [0o600]
