"""Bringing a copy back: a new epoch, the old journal kept by name, rooms as after a restart."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.core.model import RoomId
from app.errors import JournalUnavailable
from app.journal.backup import COPY
from app.journal.erased import erase_again
from app.journal.folder import DATABASE, RESTORED, occupy
from app.journal.sqlite import SqliteStore
from app.server import control
from tests.journal.left_behind import LOGS, SERVE, filled, killed, opened, states
from tests.journal.test_start_up import garbage, newer, someone_elses
from tests.support.program import Program, drill, pair, to_holding
from tests.support.serving import serving


def said(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, str]:
    code = cli.main(command)
    out, err = capsys.readouterr()
    assert (out + err).count("\n") == 1
    return code, out + err


async def test_what_was_put_aside_comes_back_with_its_log(tmp_path: Path) -> None:
    expected = await killed(tmp_path, "put-aside.db")
    control.restore(tmp_path / "data", tmp_path / "put-aside.db")
    assert await opened(tmp_path / "data") == expected


def no_file(file: Path) -> None:
    pass


@pytest.mark.parametrize("make", [no_file, garbage, someone_elses, newer])
async def test_what_is_no_backup_is_refused_and_nothing_moves(
    make: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = tmp_path / "data", tmp_path / "backup.db"
    await (await filled(data)).close()
    expected = await opened(data)
    before = {f.name for f in data.iterdir()}
    make(file)
    code, line = said(capsys, "restore", str(file), f"--data-dir={data}")
    assert code == 2 and line.startswith("saywhen: ") and str(file) in line
    assert {f.name for f in data.iterdir()} == before
    assert await opened(data) == expected


async def test_a_restore_that_cannot_be_one_file_is_refused_and_nothing_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program reads the copy just then, so its log can't be written back into it."""
    data, readers = tmp_path / "data", []
    await (await filled(data)).close()
    expected = await opened(data)
    before = {f.name for f in data.iterdir()}
    await killed(tmp_path, "put-aside.db")

    def read_by_another(db: sqlite3.Connection, erased: frozenset[bytes]) -> int:
        left_out = erase_again(db, erased)
        reader = sqlite3.connect(db.execute("PRAGMA database_list").fetchone()[2])
        reader.executescript("BEGIN; SELECT count(*) FROM events;")
        readers.append(reader)
        return left_out

    monkeypatch.setattr("app.journal.backup.erase_again", read_by_another)
    with pytest.raises(JournalUnavailable, match="put-aside"):
        control.restore(data, tmp_path / "put-aside.db")
    readers.pop().close()
    assert {f.name for f in data.iterdir()} == before
    assert await opened(data) == expected


async def test_a_restore_names_the_new_and_keeps_the_old(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = tmp_path / "data", tmp_path / "backup.db"
    store = await filled(data)
    epoch, expected = store.epoch, await states(store)
    await store.close()
    assert said(capsys, "backup", str(file), f"--data-dir={data}")[0] == 0
    store = SqliteStore.open(data / DATABASE)
    await store.append(RoomId("later"), 0, LOGS["whole"])
    await store.close()
    kept = file.read_bytes()
    code, line = said(capsys, "restore", str(file), f"--data-dir={data}")
    assert code == 0 and str(file) in line
    aside = next(Path(part) for part in line.split("'") if ".before-restore-" in part)
    assert stat.S_IMODE((data / DATABASE).stat().st_mode) == 0o600
    assert file.read_bytes() == kept
    assert await opened(data) == expected
    store = SqliteStore.open(data / DATABASE)
    assert store.epoch != epoch
    await store.close()
    assert said(capsys, "restore", str(aside), f"--data-dir={data}")[0] == 0
    assert set(await opened(data)) == {*expected, "later"}


async def test_a_restore_cut_off_by_a_power_cut_is_finished_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, file = tmp_path / "data", tmp_path / "backup.db"
    await (await filled(data)).close()
    expected = await opened(data)
    await asyncio.to_thread(control.backup, data, file)
    steps = 0
    while True:  # die before the first renaming, then before the second, ...
        (data / DATABASE).unlink(missing_ok=True)
        await SqliteStore.open(data / DATABASE).close()
        with monkeypatch.context() as dying:
            _die_after(dying, steps)
            try:
                control.restore(data, file)
            except KeyboardInterrupt:
                assert await opened(data) == ({} if steps == 0 else expected)
            else:
                break
        steps += 1
    assert steps >= 3 and await opened(data) == expected
    assert not (data / RESTORED).exists() and not list(data.glob(f"{COPY}*"))


def _die_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    real, left = os.rename, steps

    def rename(old: Any, new: Any) -> None:
        nonlocal left
        if left == 0:
            patch.undo()
            raise KeyboardInterrupt
        left -= 1
        real(old, new)

    patch.setattr("os.rename", rename)


async def test_a_session_goes_on_from_a_copy_on_another_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Copied in the middle of a hold, the server killed, restored elsewhere: same seats, eased."""
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "copy.db"
    with serving([*SERVE, f"--data-dir={old}"]) as server:
        client, partner = await pair(server.url)
        await drill(client, partner)
        await to_holding(client, partner)
        code, _ = await asyncio.to_thread(said, capsys, "backup", str(file), f"--data-dir={old}")
        assert code == 0 and client.state["phase"] == "holding"
        was = client.state
        os.kill(server.process.pid, signal.SIGKILL)
        await asyncio.gather(client.close(), partner.close())
    assert said(capsys, "restore", str(file), f"--data-dir={new}")[0] == 0
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    with serving([*SERVE, f"--data-dir={new}"]) as server:
        for seat in (client, partner):
            again = Program(server.url, seat.room, seat.role, seat.token)
            await again.connect()
            state = again.state
            assert state["phase"] in ("eased", "releasing", "paused")
            assert state["epoch"] != was["epoch"]
            assert state["seq"] > was["seq"]
            await again.close()
        with occupy(old):
            pass
