"""A start either has the whole truth or says in one line why not; nothing is ever replaced."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import cli
from app.errors import JournalError, JournalUnavailable
from app.journal.damage import JournalDamaged
from app.journal.folder import DATABASE, FolderInUse, occupy, owning, set_aside
from app.journal.sqlite import SqliteStore
from tests.journal.left_behind import LOGS, SERVE, left_behind, opened
from tests.support.proof import LONG, proof
from tests.support.serving import STARTS_WITHIN_S, serving, start

FRAME_BYTES = 24 + 4096


def garbage(file: Path) -> None:
    file.write_bytes(b"nothing of a database" * 999)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def gone(file: Path) -> None:
    file.unlink()


def page_overwritten(file: Path) -> None:
    with file.open("r+b") as f:
        f.seek(file.stat().st_size // 8192 * 4096)
        f.write(os.urandom(4096))


def one_letter(file: Path) -> None:
    """Damage that SQLite itself does not notice: another letter in a well-formed event."""
    content = file.read_bytes()
    assert b"hash-partner" in content
    file.write_bytes(content.replace(b"hash-partner", b"hash-pirater", 1))


def index_overwritten(file: Path) -> None:
    """A page without any event on it."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'directory_room'"
        page = db.execute(query).fetchone()[0]
    with file.open("r+b") as f:
        f.seek((page - 1) * 4096)
        f.write(b"\xaa" * 4096)


def last_event_lost(file: Path) -> None:
    """No false alarm: nothing here is damaged."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("DELETE FROM events WHERE room = 'whole' AND seq = 75")
        db.commit()


def log_overwritten(file: Path) -> None:
    log = file.with_name(f"{file.name}-wal")
    with log.open("r+b") as f:
        f.seek(log.stat().st_size // 2)
        f.write(b"\0" * 64)


def log_head_overwritten(file: Path) -> None:
    with file.with_name(f"{file.name}-wal").open("r+b") as f:
        f.write(b"\xff" * 32)


DAMAGES = [
    (garbage, True),
    (empty, True),
    (cut_short, True),
    (page_overwritten, True),
    (one_letter, True),
    (index_overwritten, True),
    (last_event_lost, True),
    (gone, False),
    (log_overwritten, False),
    (log_head_overwritten, False),
]


@pytest.mark.parametrize(
    ("damage", "is_clean"), DAMAGES, ids=lambda of: getattr(of, "__name__", "")
)
async def test_a_damaged_journal_is_put_aside_whole_and_named(
    damage: Callable[[Path], None], is_clean: bool, tmp_path: Path
) -> None:
    folder, _ = await left_behind(tmp_path / "made", is_clean)
    os.chmod(folder / DATABASE, 0o644)
    damage(folder / DATABASE)
    before = {f.name.removeprefix(DATABASE): f.read_bytes() for f in folder.iterdir()}
    with pytest.raises(JournalDamaged) as fault:
        await opened(folder)
    said = " ".join(str(fault.value).split())
    assert "saywhen restore" in said and "Start again" in said
    aside = next(Path(part) for part in said.split("'") if ".damaged-" in part)
    for side, content in before.items():
        file = aside.with_name(aside.name + side)
        assert file.read_bytes() == content
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await opened(folder) == {}  # an empty one, now that it was said


async def test_a_journal_left_by_kill_or_end_starts_with_all_its_rooms(tmp_path: Path) -> None:
    for is_clean in (True, False):
        folder, told = await left_behind(tmp_path / str(is_clean), is_clean)
        assert (folder / f"{DATABASE}-wal").exists() != is_clean
        assert await opened(folder) == told[-1]
        assert len(told[-1]) == len(LOGS)


async def test_a_log_torn_by_a_power_cut_is_not_damage(tmp_path: Path) -> None:
    """The commit under way when the power went was never acknowledged; all the others are there."""
    made, told = await left_behind(tmp_path / "made", False)
    size = (made / f"{DATABASE}-wal").stat().st_size
    for lost in (1, 100, FRAME_BYTES, FRAME_BYTES + 1):
        folder = tmp_path / str(lost)
        shutil.copytree(made, folder)
        os.truncate(folder / f"{DATABASE}-wal", size - lost)
        assert await opened(folder) == told[-2]
    with (made / f"{DATABASE}-wal").open("r+b") as f:  # the commit is there, what it commits not
        f.seek(size - 2 * FRAME_BYTES + 100)
        f.write(b"\0" * 1_000)
    assert await opened(made) == told[-2]


async def test_names_of_what_is_put_aside_never_clash(tmp_path: Path) -> None:
    asides = set()
    for n in range(3):
        (tmp_path / DATABASE).write_bytes(b"%d" % n)
        asides.add(set_aside(tmp_path / DATABASE, "damaged", 1_764_000_000_000))
    assert len({aside.read_bytes() for aside in asides if aside}) == 3
    assert tmp_path / f"{DATABASE}.damaged-20251124T160000Z" in asides


def test_a_start_on_a_damaged_journal_is_one_line_and_exit_2(tmp_path: Path) -> None:
    garbage(tmp_path / DATABASE)
    with start([*SERVE, f"--data-dir={tmp_path}"]) as server:
        out, err = server.communicate(timeout=STARTS_WITHIN_S)
    assert (server.returncode, out) == (2, ""), err
    assert err.startswith("saywhen: ") and err.count("\n") == 1
    assert any(f.name in err for f in tmp_path.glob(f"{DATABASE}.damaged-*"))
    assert not (tmp_path / DATABASE).exists()


def someone_elses(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE someone_elses (x)")


def newer(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 999")


@pytest.mark.parametrize("make", [someone_elses, newer])
def test_what_is_not_ours_is_refused_and_stays(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / DATABASE)
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(JournalError), owning(tmp_path):
        SqliteStore.open(tmp_path / DATABASE)
    assert (tmp_path / DATABASE).read_bytes() == before
    assert not list(tmp_path.glob("*.damaged-*"))


async def test_a_fault_of_the_machine_puts_nothing_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = await left_behind(tmp_path / "made", True)
    before = (folder / DATABASE).read_bytes()

    def cant(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise error

    with monkeypatch.context() as broken, pytest.raises(JournalUnavailable):
        broken.setattr("app.journal.damage.sqlite3.connect", cant)
        await opened(folder)
    assert (folder / DATABASE).read_bytes() == before


async def test_a_start_killed_while_it_makes_the_journal_leaves_no_half_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr("app.journal.schema.os.rename", killed)
        await opened(tmp_path)
    assert not (tmp_path / DATABASE).exists()
    assert await opened(tmp_path) == {}


# One process a folder


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("app.logs.set_up", lambda settings: None)
    yield


@pytest.mark.usefixtures("silent")
def test_a_second_server_or_restore_on_a_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with serving([*SERVE, f"--data-dir={data}"]) as server:
        before = sorted(data.iterdir())
        for command in (["serve", "--host=127.0.0.1", "--port=0"], ["restore", "/dev/null"]):
            assert cli.main([*command, f"--data-dir={data}"]) == 2
            err = capsys.readouterr().err
            assert err.count("\n") == 1 and "Another saywhen" in err and str(data) in err
        assert sorted(data.iterdir()) == before
        assert stat.S_IMODE((data / "lock").stat().st_mode) == 0o600
        assert stat.S_IMODE((data / "control").stat().st_mode) == 0o600
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        with occupy(data):  # death lets go of it
            pass
    with serving([*SERVE, f"--data-dir={data}"]) as again:
        assert again.end()[0] == 0
    assert not (data / "control").exists()


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with occupy(tmp_path), pytest.raises(FolderInUse), occupy(tmp_path):
        pass
    with occupy(tmp_path):
        pass


# Damage anywhere


def spoil(folder: Path, chance: random.Random) -> str:
    """Overwrite some bytes of a file of the journal, or cut the database short; tell which."""
    file = chance.choice(sorted(folder.glob(f"{DATABASE}*")))
    size = file.stat().st_size
    if file.name == DATABASE and chance.random() < 0.2:
        os.truncate(file, chance.randrange(size))
        return file.name
    at = chance.randrange(size)
    with file.open("r+b") as f:
        f.seek(at)
        f.write(chance.randbytes(min(size - at, chance.choice([1, 2, 64, 4096]))))
    return file.name


@pytest.mark.prove
async def test_damage_anywhere_is_noticed_or_changed_nothing(tmp_path: Path) -> None:
    """Only damage in the last commits of a log may look like what a power cut left unfinished."""
    lefts = [await left_behind(tmp_path / name, name == "clean") for name in ("clean", "killed")]
    with proof("P19", "bytes of the journal overwritten or cut off, then started") as p:
        for seed in range(60 * LONG):
            chance = random.Random(seed)
            made, told = chance.choice(lefts)
            folder = tmp_path / "trial"
            shutil.copytree(made, folder)
            spoiled = spoil(folder, chance)
            before = {f.read_bytes() for f in folder.glob(f"{DATABASE}*")}
            try:
                found = await opened(folder)
            except JournalError:
                assert before <= {f.read_bytes() for f in folder.glob(f"{DATABASE}*")}, seed
            else:
                allowed = told[-3:] if spoiled.endswith("-wal") else told[-1:]
                assert found in allowed, (seed, spoiled)
            shutil.rmtree(folder)
            p.trial()
