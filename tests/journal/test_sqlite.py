"""What only the database promises: durability, groups, permissions, and honest refusals."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import events as e
from app.core.model import Role, RoomId
from app.errors import JournalError, JournalTooNew, JournalUnavailable
from app.journal.sqlite import SqliteStore
from tests.support.proof import LONG

A = RoomId("room-a")


def brief(at_ms: int = 1) -> list[e.Event]:
    return [e.Briefed(at_ms=at_ms)]


async def test_what_waits_together_is_committed_together(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "j.db")
    before = store.writer.commits
    await asyncio.gather(*(store.append(RoomId(f"r{n}"), 0, brief()) for n in range(500)))
    assert store.writer.commits - before < 50
    await store.close()


async def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = SqliteStore.open(folder / "j.db")
    await store.append(A, 0, brief())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert {f.name for f in files} >= {"j.db", "j.db-wal"}
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    await store.close()


async def test_the_epoch_and_the_events_outlive_the_process(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "j.db")
    await store.append(A, 0, brief())
    epoch = store.epoch
    await store.close()
    again = SqliteStore.open(tmp_path / "j.db")
    assert (again.epoch, await again.read(A)) == (epoch, brief())
    await again.close()
    assert SqliteStore.open(tmp_path / "other.db").epoch != epoch


async def test_a_newer_journal_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "j.db"
    await SqliteStore.open(file).close()
    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = file.read_bytes()
    with pytest.raises(JournalTooNew, match="newer"):
        SqliteStore.open(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database, not at all " * 400, None])
def test_a_damaged_or_foreign_file_is_refused_and_left_alone(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "j.db"
    if content is None:
        db = sqlite3.connect(file)
        db.execute("CREATE TABLE someone_elses (x)")
        db.close()
    else:
        file.write_bytes(content)
    before = file.read_bytes()
    with pytest.raises(JournalError):
        SqliteStore.open(file)
    assert file.read_bytes() == before


async def test_an_erased_room_leaves_no_byte_in_any_file(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "j.db")
    canary = "canary-7f3a9"
    for n in range(50):
        felt = e.FeltAt(at_ms=n, place=f"{canary}-place", expected=False)  # type: ignore[arg-type]
        await store.append(RoomId(canary), n, [felt])
        await store.append(A, n, brief())
    await store.put("code", f"{canary}-key", canary.encode(), room=RoomId(canary), expires_ms=9)
    assert _files_with(tmp_path, canary)
    await store.erase(RoomId(canary))
    assert not _files_with(tmp_path, canary)
    assert len(await store.read(A)) == 50
    await store.close()
    assert not _files_with(tmp_path, canary)


def _files_with(folder: Path, canary: str) -> list[str]:
    return [f.name for f in folder.iterdir() if canary.encode() in f.read_bytes()]


WRITER = """
import asyncio, sys
from pathlib import Path
from app.core import events as e
from app.core.model import Role, RoomId
from app.journal.sqlite import SqliteStore

async def main():
    store = SqliteStore.open(Path(sys.argv[1]))
    async def write(room):
        seq = len(await store.read(room))
        while True:
            seq = await store.append(room, seq, [e.Briefed(at_ms=seq)])
            print(room, seq, flush=True)
    await asyncio.gather(*(write(RoomId(f"r{n}")) for n in range(8)))

asyncio.run(main())
"""


@pytest.mark.prove
@pytest.mark.parametrize("lines", [40, 333, 1_000] * (1 if LONG == 1 else 30))
async def test_no_acknowledged_event_is_lost_by_kill_9(tmp_path: Path, lines: int) -> None:
    acknowledged: dict[str, int] = {}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "j.db")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(lines):
            room, seq = process.stdout.readline().split()
            acknowledged[room] = int(seq)
        os.kill(process.pid, signal.SIGKILL)
        for line in process.stdout.read().splitlines(keepends=True):
            if line.endswith("\n"):
                room, seq = line.split()
                acknowledged[room] = int(seq)
    store = SqliteStore.open(tmp_path / "j.db")
    for name, length in acknowledged.items():
        kept = await store.read(RoomId(name))
        assert len(kept) >= length
        assert [event.at_ms for event in kept] == list(range(len(kept)))
    await store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def test_a_full_disk_is_told_and_the_journal_works_again_when_there_is_room(
    small_disk: Path,
) -> None:
    store = SqliteStore.open(small_disk / "data" / "j.db")
    (small_disk / "filler").write_bytes(b"x" * 100_000)
    seq = 0
    with pytest.raises(JournalUnavailable):
        for _ in range(5_000):
            seq = await store.append(A, seq, [e.StopSignalled(at_ms=seq, by=Role.CLIENT)] * 20)
    assert len(await store.read(A)) == seq
    (small_disk / "filler").unlink()
    assert await store.append(A, seq, brief()) == seq + 1
    await store.close()


async def test_a_value_that_no_database_takes_ends_its_own_job_and_nothing_else(
    tmp_path: Path,
) -> None:
    store = SqliteStore.open(tmp_path / "j.db")
    with pytest.raises(UnicodeEncodeError):
        await store.put("code", "\ud800", b"", room=A, expires_ms=1)
    assert await store.append(A, 0, [e.Briefed(at_ms=1)]) == 1
    await store.close()
