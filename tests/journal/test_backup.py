"""Copies: taken while the server runs or not, over nothing, and brought back as by a restart."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from app.clock import RealClock
from app.config import Settings
from app.core import events as e
from app.core.model import RoomId
from app.errors import AppError, JournalUnavailable
from app.journal import backup
from app.journal.backup import COPY
from app.journal.damage import JournalDamaged, examine
from app.journal.folder import DATABASE, owning
from app.journal.sqlite import SqliteStore
from app.server import control
from tests.journal.left_behind import filled, killed, opened, states
from tests.journal.test_start_up import log_overwritten, one_letter
from tests.support.proof import LONG, proof

LARGEST = 300  # events of a room before it is erased, so that no copy takes longer than the last
BATCH = 3  # events a commit: a copy has all of them or none


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[SqliteStore]:
    """Hold a folder as a server does, and answer on its socket."""
    folder.mkdir(parents=True, exist_ok=True)
    app = FastAPI()
    with owning(folder):
        store = await filled(folder)
        app.state.journal, app.state.settings = store, Settings(data_dir=folder)
        async with control.answering(app):
            yield store
        await store.close()


async def back_up(folder: Path, into: Path) -> None:
    await asyncio.to_thread(control.backup, folder, into)


async def test_a_copy_is_the_same_whether_the_server_runs_or_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running(data) as store:
        expected = await states(store)
        await back_up(data, tmp_path / "running.db")
    await back_up(data, tmp_path / "ended.db")
    for name in ("running.db", "ended.db"):
        file = tmp_path / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        (tmp_path / f"from-{name}").mkdir()
        control.restore(tmp_path / f"from-{name}", file)
        assert await opened(tmp_path / f"from-{name}") == expected
    names = {"data", "running.db", "ended.db", "from-running.db", "from-ended.db"}
    assert {f.name for f in tmp_path.iterdir()} == names  # nothing left beside the copies
    assert not list(data.glob(f"{COPY}*"))


async def test_only_the_servers_own_connection_touches_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of this SQLite's connections can reset a write-ahead log wrongly."""
    opened_files = []
    connect = sqlite3.connect

    def note(file: Any, *args: Any, **more: Any) -> sqlite3.Connection:
        opened_files.append(str(file))
        made: sqlite3.Connection = connect(file, *args, **more)
        return made

    async with running(tmp_path / "data"):
        with monkeypatch.context() as watched:
            watched.setattr("sqlite3.connect", note)
            await back_up(tmp_path / "data", tmp_path / "copy.db")
    assert opened_files and not [file for file in opened_files if DATABASE in file]


async def test_a_copy_of_a_killed_servers_journal_has_what_its_log_had(tmp_path: Path) -> None:
    data = tmp_path / "data"
    expected = await killed(data, DATABASE)
    before = {f.name: f.read_bytes() for f in data.iterdir()}
    await back_up(data, tmp_path / "copy.db")
    assert before.items() <= {f.name: f.read_bytes() for f in data.iterdir()}.items()
    control.restore(tmp_path / "new", tmp_path / "copy.db")
    assert await opened(tmp_path / "new") == expected


@pytest.mark.parametrize("is_served", [True, False])
async def test_a_copy_that_was_spoilt_on_its_way_never_gets_its_name(
    is_served: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, publish = tmp_path / "data", backup.publish

    def spoilt(copied: Path, file: Path) -> None:
        one_letter(copied)
        publish(copied, file)

    monkeypatch.setattr(backup, "publish", spoilt)
    async with running(data):
        if not is_served:
            data = tmp_path / "at rest"
            await (await filled(data)).close()
        with pytest.raises(JournalDamaged):
            await back_up(data, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


async def test_a_killed_servers_broken_log_is_no_reason_to_copy_less(tmp_path: Path) -> None:
    """SQLite takes a broken log for a shorter one, so a copy of it would look whole."""
    data = tmp_path / "data"
    await killed(data, DATABASE)
    log_overwritten(data / DATABASE)
    with pytest.raises(JournalDamaged):
        await back_up(data, tmp_path / "copy.db")
    assert {f.name for f in tmp_path.iterdir()} == {"data"}
    assert not list(data.glob(f"{COPY}*"))


async def test_nothing_is_ever_overwritten_by_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    async with running(tmp_path / "data"):
        with pytest.raises(AppError, match="is there already"):
            await back_up(tmp_path / "data", taken)
        with monkeypatch.context() as late:  # it came while we were copying
            late.setattr("app.journal.backup.check_free", lambda file: None)
            with pytest.raises(AppError, match="is there already"):
                await back_up(tmp_path / "data", taken)
        (tmp_path / "link").symlink_to(tmp_path / "nowhere")
        with pytest.raises(AppError, match="is there already"):
            await back_up(tmp_path / "data", tmp_path / "link")
        with pytest.raises(AppError, match="no folder"):
            await back_up(tmp_path / "data", tmp_path / "missing" / "copy.db")
    assert taken.read_text() == "mine"
    assert {f.name for f in tmp_path.iterdir()} == {"data", "taken", "link"}


async def test_a_disk_without_links_gets_its_copy_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("app.journal.backup.os.link", refuse)
    await (await filled(tmp_path / "data")).close()
    await back_up(tmp_path / "data", tmp_path / "copy.db")
    examine(tmp_path / "copy.db")
    assert {f.name for f in tmp_path.iterdir()} == {"data", "copy.db"}


async def test_a_folder_however_deep_can_be_copied_while_it_is_served(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    async with running(deep):
        await back_up(deep, tmp_path / "copy.db")
    examine(tmp_path / "copy.db")


async def test_a_copy_that_fails_leaves_nothing_and_the_server_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path / "data") as store:
        with monkeypatch.context() as full, pytest.raises(AppError, match="too little room"):
            full.setattr("app.server.control.shutil.disk_usage", lambda _: SimpleNamespace(free=9))
            await back_up(tmp_path / "data", tmp_path / "copy.db")

        def cant(*_: object, **__: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as full, pytest.raises(JournalUnavailable, match="disk is full"):
            full.setattr("app.journal.backup.sqlite3.connect", cant)
            await back_up(tmp_path / "data", tmp_path / "copy.db")
        await store.append(RoomId("after"), 0, [e.Briefed(at_ms=1)])
        assert not list((tmp_path / "data").glob(f"{COPY}*"))
    assert not (tmp_path / "copy.db").exists()


async def test_a_visitor_of_the_socket_who_babbles_or_leaves_harms_nothing(tmp_path: Path) -> None:
    async with running(tmp_path / "data"):
        for said in (b"", b"\n", b"x" * 200_000, b"backup", b"backup\n"):
            _, visitor = await asyncio.open_unix_connection(tmp_path / "data" / "control")
            visitor.write(said)
            visitor.close()
            with contextlib.suppress(OSError):  # cut off, or gone by itself
                await visitor.wait_closed()
        await back_up(tmp_path / "data", tmp_path / "copy.db")
    assert not list((tmp_path / "data").glob(f"{COPY}*"))


async def test_copies_that_a_killed_server_left_are_swept(tmp_path: Path) -> None:
    (tmp_path / f"{COPY}0123").write_bytes(b"someone's session")
    async with running(tmp_path):
        assert not list(tmp_path.glob(f"{COPY}*"))


@pytest.mark.prove
async def test_a_copy_taken_under_load_has_no_half_commit(tmp_path: Path) -> None:
    """Rooms grow in commits of three, and are erased, while copy after copy is taken."""
    clock, slowest, rooms_seen = RealClock(), 0, 0
    async with running(tmp_path / "data") as store:

        async def grow(room: RoomId) -> None:
            nonlocal slowest
            seq = 0
            while True:
                began = clock.now_ms()
                seq = await store.append(
                    room, seq, [e.Briefed(at_ms=seq + n) for n in range(BATCH)]
                )
                slowest = max(slowest, clock.now_ms() - began)
                if seq >= LARGEST:
                    await store.erase(room)
                    seq = 0

        growing = [asyncio.create_task(grow(RoomId(f"r{n}"))) for n in range(8)]
        with proof("P19", "copies taken under load; slowest commit beside", "ms") as p:
            for n in range(5 * LONG):
                file = tmp_path / f"copy{n}.db"
                await back_up(tmp_path / "data", file)
                rooms_seen += check_no_half(file)
                file.unlink()
                p.trial(slowest)
                slowest = 0
        assert rooms_seen >= p.trials and not [task for task in growing if task.done()]
        for task in growing:
            task.cancel()
        await asyncio.gather(*growing, return_exceptions=True)


def check_no_half(file: Path) -> int:
    """Return how many growing rooms it has."""
    examine(file)  # every page, every event, every room's length
    with closing(sqlite3.connect(file)) as db:
        lengths = dict(db.execute("SELECT room, seq FROM rooms WHERE room GLOB 'r[0-9]'"))
    assert all(length % BATCH == 0 for length in lengths.values())
    return len(lengths)
