"""Journals as servers leave them, after an end or a kill, with the rooms of the golden logs."""

from __future__ import annotations

import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Any

from app.core import stored
from app.core.model import RoomId
from app.journal.folder import DATABASE, owning
from app.journal.sqlite import SqliteStore
from tests.journal.golden.make import HERE, state_of

SERVE = [sys.executable, "-m", "app", "serve", "--host=127.0.0.1", "--port=0"]
States = dict[str, Any]
LOGS = {
    log.stem: [stored.decode(body) for body in log.read_bytes().splitlines()]
    for name in ("in_*", "whole")
    for log in sorted(HERE.glob(f"v0.1.0/{name}.jsonl"))
}
FIRST = 5  # events of a room's first commit here; the second has the rest


@cache
def after(room: str, length: int) -> Any:
    return state_of(LOGS[room][:length])


async def states(store: SqliteStore) -> States:
    return {room: state_of(await store.read(room)) for room in await store.rooms()}


async def filled(folder: Path) -> SqliteStore:
    store = SqliteStore.open(folder / DATABASE)
    for room, log in LOGS.items():
        await store.append(RoomId(room), 0, log)
    return store


async def left_behind(folder: Path, is_clean: bool) -> tuple[Path, list[States]]:
    """Make a journal as a server leaves it; returns the states that each commit led to."""
    told: list[States] = [{}]
    store = SqliteStore.open(folder / "live" / DATABASE)
    for start, end in ((0, FIRST), (FIRST, None)):
        for room, log in LOGS.items():
            if log[start:end]:
                length = await store.append(RoomId(room), start, log[start:end])
                told.append({**told[-1], room: after(room, length)})
    if is_clean:
        await store.close()
    shutil.copytree(folder / "live", folder / "left", ignore=shutil.ignore_patterns("*-shm"))
    if not is_clean:
        await store.close()
    return folder / "left", told


async def opened(folder: Path) -> States:
    """Start as a server does; returns its rooms."""
    with owning(folder):
        store = SqliteStore.open(folder / DATABASE)
        found = await states(store)
        await store.close()
    return found


async def killed(folder: Path, name: str) -> States:
    """Leave a journal as a killed server does, most of it in its write-ahead log."""
    store = await filled(folder / "live")
    expected = await states(store)
    for side in ("", "-wal"):
        shutil.copy(folder / "live" / f"{DATABASE}{side}", folder / f"{name}{side}")
    await store.close()
    shutil.rmtree(folder / "live")
    return expected
