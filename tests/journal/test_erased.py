"""What was deleted stays deleted, also when a copy that still holds it is brought back."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from app import cli
from app.core.model import RoomId
from app.journal import erased
from app.journal.folder import DATABASE
from app.journal.sqlite import SqliteStore
from app.server import control
from tests.journal.left_behind import LOGS, filled, opened

GONE, ALSO = list(LOGS)[:2]
LIST = DATABASE + erased.SIDE


async def copied_and_erased(data: Path, copy: Path, *rooms: str) -> None:
    """Take a copy, and erase rooms after it."""
    store = await filled(data)
    for room in rooms:
        await store.put("code", room, b"a way in", room=RoomId(room), expires_ms=10**15)
    await store.copy_into(copy)
    for room in rooms:
        await store.erase(RoomId(room))
    await store.close()


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_a_restore_leaves_out_what_was_deleted_since_the_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    canary = "feedfacecafe0042"
    store = SqliteStore.open(data / DATABASE)
    await store.append(RoomId(canary), 0, LOGS["whole"])
    await store.close()
    await copied_and_erased(data, copy, GONE, canary)
    assert canary.encode() in copy.read_bytes(), "the copy held it"
    assert cli.main(["restore", str(copy), f"--data-dir={data}"]) == 0
    assert "deleted since, and left out: 2." in capsys.readouterr().out
    assert set(await opened(data)) == set(LOGS) - {GONE}
    assert canary.encode() not in bytes_in(data)
    with closing(sqlite3.connect(data / DATABASE)) as db:
        assert db.execute("SELECT count(*) FROM directory").fetchone() == (0,)
    assert canary.encode() in copy.read_bytes(), "a copy is left as it is"


async def test_what_was_put_aside_by_a_restore_brings_nothing_deleted_back(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await copied_and_erased(data, copy)
    before = control.restore(data, copy).before
    store = SqliteStore.open(data / DATABASE)
    await store.erase(RoomId(GONE))
    await store.close()
    assert before and control.restore(data, before).left_out == 1
    assert GONE not in await opened(data)


async def test_the_list_outlives_a_damaged_journal(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    await copied_and_erased(data, copy, GONE)
    (data / DATABASE).write_bytes(b"rotten" * 1_000)
    assert control.restore(data, copy).left_out == 1
    assert GONE not in await opened(data)


async def test_the_list_tells_nobody_which_rooms_there_were(tmp_path: Path) -> None:
    await copied_and_erased(tmp_path / "data", tmp_path / "copy.db", GONE, ALSO)
    file = tmp_path / "data" / LIST
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(erased.remembered(tmp_path / "data" / DATABASE)) == 2
    lines = file.read_bytes().split()
    assert len(file.read_bytes()) == 2 * 33
    for room, line in zip((GONE, ALSO), lines, strict=True):
        assert line == hashlib.sha256(room.encode()).hexdigest()[:32].encode()


def test_the_list_is_bounded_and_the_newest_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erased, "MOST", 3)
    database = tmp_path / DATABASE
    for n in range(30):
        erased.remember(database, f"room-{n}")
        assert len(erased.remembered(database)) <= 2 * 3 + 2
    newest = {erased._hashed(f"room-{n}") for n in range(27, 30)}
    assert newest <= erased.remembered(database)
    assert {file.name for file in tmp_path.iterdir()} == {LIST}


@pytest.mark.parametrize("torn", [b"", b"abc", b"\n", b"\xff\x00", b"0" * 31])
def test_a_line_that_a_power_cut_tore_costs_no_other(tmp_path: Path, torn: bytes) -> None:
    database = tmp_path / DATABASE
    erased.remember(database, "first")
    with (tmp_path / LIST).open("ab") as file:
        file.write(torn)
    erased.remember(database, "second")
    expected = {erased._hashed("first"), erased._hashed("second")}
    assert erased.remembered(database) == expected


async def test_a_list_that_cannot_be_written_keeps_no_room_from_being_erased(
    tmp_path: Path,
) -> None:
    store = await filled(tmp_path)
    (tmp_path / LIST).mkdir()
    await store.erase(RoomId(GONE))
    assert GONE not in await store.rooms()
    await store.close()
