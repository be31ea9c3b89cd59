"""The yardstick: a bare `websockets` server that moves our messages and knows no rules.

Whatever id comes first, it tells both phones at once, writes it down, and answers with two states
that are letters of the right number. docs/performance.md defines a signal; tests hold this and the
server to the same messages. `python -m bench.peers.same_work none|group|alone DIR` commits nothing,
all that waits at once as ours does, or each event by itself.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

CLIENT, PARTNER = "client", "partner"
STATE_BYTES = {CLIENT: 1341, PARTNER: 1307}
STOPPED, SHOWN = (b"s" * 337, b"d" * 86), (b"a" * 92,)  # the events of both commits
AGAIN_S = 2.0  # a stop may be cleared from then on, so both phones are told their state again
UNPROVEN_BYTES = 2 * 1024  # after so much a phone is pinged, to see whether it reads
MOST_AT_ONCE = 1_000
# In the order in which they come: nothing cheaper is durable, and no rule asks to find them again.
SCHEMA = "CREATE TABLE events (room TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL)"
Then = Callable[[], None]
Job = tuple[str, int, Sequence[bytes], Then]


class Journal:
    """SQLite in a thread of its own; what is committed goes on in the event loop."""

    def __init__(self, file: Path, most_at_once: int) -> None:
        self._file = file
        self._most = most_at_once
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def append(self, room: str, seq: int, bodies: Sequence[bytes], then: Then) -> None:
        self._jobs.put((room, seq, bodies, then))

    def _run(self) -> None:
        db = sqlite3.connect(self._file, isolation_level=None)
        for line in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", SCHEMA):
            db.execute(line)
        while True:
            group = [self._jobs.get()]
            while len(group) < self._most and not self._jobs.empty():
                group.append(self._jobs.get())
            rows = [
                (room, n, body) for room, at, many, _ in group for n, body in enumerate(many, at)
            ]
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
            db.execute("COMMIT")
            self._loop.call_soon_threadsafe(_go_on, [then for *_, then in group])


class NoJournal(Journal):
    """Keeps nothing."""

    def __init__(self) -> None: ...

    def append(self, room: str, seq: int, bodies: Sequence[bytes], then: Then) -> None:
        then()


@dataclass
class Phone:
    """One socket, and how many bytes it was told since it last proved that it reads."""

    socket: ServerConnection
    unproven_bytes: int = 0

    def tell(self, text: str) -> None:
        self.unproven_bytes += len(text)
        broadcast([self.socket], text)


@dataclass
class Room:
    """Two phones and nothing else that is known."""

    name: str
    journal: Journal
    phones: dict[str, Phone] = field(default_factory=dict)
    heard_ms: dict[str, int] = field(default_factory=dict)
    raised_ms: dict[str, int] = field(default_factory=dict)
    seq: int = 0
    again: asyncio.TimerHandle | None = None

    def read(self, by: str, said: dict[str, Any]) -> None:
        match said:
            case {"type": "stop", "id": str(id)}:
                self.stop(by, id)
            case {"type": "seen", "alert": str(alert)}:
                self.seen(by, alert)
            case {"type": "beat", "n": n, "sent_ms": sent_ms}:
                self.beat(by, n, sent_ms)

    def stop(self, by: str, id: str) -> None:
        alert, now_ms = f"{by}:{id}", time.time_ns() // 1_000_000
        self.raised_ms[alert] = now_ms
        told = (
            f'{{"type":"alert","alert":"{alert}","kind":"stop","by":"{by}","cause":"asked",'
            f'"drill":false,"at_ms":{now_ms}}}'
        )
        for phone in self.phones.values():
            phone.tell(told)
        self.write(STOPPED, lambda: self.stopped(by, id))

    def stopped(self, by: str, id: str) -> None:
        self.tell_state()
        self.phones[by].tell(f'{{"type":"done","id":"{id}"}}')
        if self.again is not None:
            self.again.cancel()
        self.again = asyncio.get_running_loop().call_later(AGAIN_S, self.tell_state)

    def seen(self, by: str, alert: str) -> None:
        raiser = alert.split(":")[0]
        if raiser == by or alert not in self.raised_ms:
            return
        shown_ms = time.time_ns() // 1_000_000 - self.raised_ms.pop(alert)
        fate = f'{{"type":"fate","alert":"{alert}","shown_ms":{shown_ms}}}'
        self.phones[raiser].tell(fate)
        self.write(SHOWN, lambda: None)

    def beat(self, by: str, n: int, sent_ms: int) -> None:
        self.heard_ms[by] = now_ms = time.time_ns() // 1_000_000
        peer_ms = self.heard_ms.get(PARTNER if by == CLIENT else CLIENT)
        self.phones[by].tell(
            f'{{"type":"beat","n":{n},"sent_ms":{sent_ms},"server_ms":{now_ms},'
            f'"peer_ms":{peer_ms or "null"}}}'
        )

    def write(self, bodies: Sequence[bytes], then: Then) -> None:
        self.journal.append(self.name, self.seq, bodies, then)
        self.seq += len(bodies)

    def tell_state(self) -> None:
        for role, phone in self.phones.items():
            head = f'{{"type":"state","seq":{self.seq},"more":"'
            phone.tell(f'{head}{"." * (STATE_BYTES[role] - len(head) - 2)}"}}')


class Relay:
    """All rooms; who comes says with its path which is its own, and with its token which seat."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rooms: dict[str, Room] = {}

    async def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        name = socket.request.path.split("/")[3]
        room = self._rooms.setdefault(name, Room(name, self._journal))
        token = socket.request.headers["Authorization"].removeprefix("Bearer ")
        role = token.split("-")[0]
        phone = room.phones[role] = Phone(socket)
        async for text in socket:
            room.read(role, json.loads(text))
            if phone.unproven_bytes > UNPROVEN_BYTES:
                phone.unproven_bytes = 0
                await socket.ping()


def _go_on(all_then: Sequence[Then]) -> None:
    for then in all_then:
        then()


async def main(commits: str, folder: str) -> None:
    if commits == "none":
        journal: Journal = NoJournal()
    else:
        most = MOST_AT_ONCE if commits == "group" else 1
        journal = Journal(Path(folder) / "relay.db", most)
    relay = Relay(journal)
    async with serve(relay.serve, "127.0.0.1", 0, compression=None, backlog=1024) as server:
        print(f"ready: http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
