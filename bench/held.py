"""The real server, but that its commits can be held up: `python -m bench.held DIR`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.config import Settings
from app.core.events import Event
from app.core.model import RoomId
from app.journal.sqlite import SqliteStore
from app.serve import Ready, serve

HELD_UP_S = 0.5


def announce(ready: Ready) -> None:
    print(f"ready: http://127.0.0.1:{ready.port}", flush=True)


class Hold:
    """Once switched on, every commit waits 500 ms; rooms wait at the same time, not one by one."""

    def __init__(self) -> None:
        self.is_on = False
        self._append = SqliteStore.append

    def start(self, *_: object) -> None:
        self.is_on = True

    async def append(
        self, store: SqliteStore, room: RoomId, expected_seq: int, events: Sequence[Event]
    ) -> int:
        if self.is_on:
            await asyncio.sleep(HELD_UP_S)
        return await self._append(store, room, expected_seq, events)


def held(data_dir: str) -> None:
    """Serve; SIGUSR1 begins to hold commits up."""
    hold = Hold()
    signal.signal(signal.SIGUSR1, hold.start)

    async def append(store: SqliteStore, *asked: Any) -> int:
        return await hold.append(store, *asked)

    SqliteStore.append = append  # type: ignore[method-assign,assignment]
    settings = Settings(host="127.0.0.1", port=0, data_dir=Path(data_dir), rooms_per_min=10_000)
    serve(settings, announce)


if __name__ == "__main__":
    held(sys.argv[1])
