"""A data folder with as many open rooms as asked for, without pairing them one by one over HTTP.

Every room went the way of a real session, from its opening to positioning, by the core's own rules.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.core import events as e
from app.core.model import RoomId
from app.journal.sqlite import SqliteStore
from app.pairing.places import hash_token
from tests.support.session import Session

AT_ONCE = 1_000


@dataclass(frozen=True)
class Seated:
    """One seat: where its live socket is, and what opens it."""

    path: str
    token: str


def seats(count: int) -> list[Seated]:
    """List both seats of each room, the client's first."""
    return [
        Seated(f"/api/rooms/{_room(n)}/live?v=1", _token(n, role))
        for n in range(count)
        for role in ("client", "partner")
    ]


def fill(folder: Path, count: int) -> None:
    """Write the rooms into a new journal."""
    session = Session(now_ms=time.time_ns() // 1_000_000 - 10_000).to_positioning()
    asyncio.run(_write(folder, session.log, count))


async def _write(folder: Path, log: list[e.Event], count: int) -> None:
    store = SqliteStore.open(folder / "saywhen.db")
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(count, first + AT_ONCE))
        await asyncio.gather(*(store.append(_room(n), 0, _as_of(log, n)) for n in numbers))
    await store.close()


def _as_of(log: list[e.Event], n: int) -> list[e.Event]:
    return [_own(event, n) for event in log]


def _own(event: e.Event, n: int) -> e.Event:
    if isinstance(event, e.RoomOpened):
        return msgspec.structs.replace(event, room=_room(n))
    if isinstance(event, e.SeatTaken):
        return msgspec.structs.replace(event, token_hash=hash_token(_token(n, event.role)))
    return event


def _room(n: int) -> RoomId:
    return RoomId(f"{n:016x}")


def _token(n: int, role: str) -> str:
    return f"{role}-{n:012d}"
