"""Several servers in one process: one log, one post, a clock each; any of them cut or killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.clock import Shifted
from app.config import ASSETS
from app.content.library import Library, load_library
from app.core import events as e
from app.core.model import RoomId
from app.errors import Fenced, JournalUnavailable, SeqConflict
from app.hub.cluster import Cluster
from app.hub.room import Room
from app.hub.rooms import Rooms
from app.hub.servers import Servers
from app.journal.memory import MemoryJournal
from app.journal.port import ENDED, KEPT, OPEN, Head
from app.journal.post import Answer, Hear, NobodyThere, NotReached
from tests.support.clock import ManualClock

LIBRARY: list[Library] = []


@dataclass
class Bus:
    """What all posts share. A cut server reaches nobody; a dead one is not there any more."""

    hearing: dict[str, list[tuple[str, Hear]]] = field(default_factory=dict)
    answering: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    deaf: set[tuple[str, str]] = field(default_factory=set)  # who does not hear whom
    tasks: list[asyncio.Future[bytes]] = field(default_factory=list)

    def reaches(self, by: str, to: str) -> bool:
        return not {by, to} & (self.cut | self.dead) and (by, to) not in self.deaf


class BusPost:
    """The post of one server."""

    def __init__(self, bus: Bus, srv: str) -> None:
        self.srv = srv
        self._bus = bus
        self.when_back: list[Callable[[], None]] = []

    def send(self, subject: str, data: bytes) -> bool:
        for to, hear in self._bus.hearing.get(subject, ()):
            if self._bus.reaches(self.srv, to):
                asyncio.get_running_loop().call_soon(hear, data)
        to, answer = self._bus.answering.get(subject, ("", None))
        if answer is not None and self._bus.reaches(self.srv, to):
            self._bus.tasks.append(asyncio.ensure_future(answer(data)))
        return self.srv not in self._bus.cut | self._bus.dead

    async def ask(self, subject: str, data: bytes, within_s: float) -> bytes:
        to, answer = self._bus.answering.get(subject, ("", None))
        if answer is None or to in self._bus.dead:
            raise NobodyThere(subject)
        if not self._bus.reaches(self.srv, to):
            raise NotReached(subject)
        return await answer(data)

    async def listen(self, subject: str, hear: Hear) -> None:
        self._bus.hearing.setdefault(subject, []).append((self.srv, hear))

    async def answer(self, subject: str, answer: Answer) -> None:
        self._bus.answering[subject] = self.srv, answer


@dataclass
class Log:
    """The engine: every room's events, and its last commit."""

    events: MemoryJournal = field(default_factory=MemoryJournal)
    heads: dict[RoomId, Head] = field(default_factory=dict)
    writers: list[tuple[str, Sequence[e.Event]]] = field(default_factory=list)


class LogOf:
    """The engine as one server has it; it may be away, or lose the answer to what it took."""

    def __init__(self, log: Log, srv: str) -> None:
        self.srv, self.epoch = srv, log.events.epoch
        self.is_away = self.loses_answers = False
        self._log = log
        self._known: dict[RoomId, Head] = {}
        self._shifts_ms: dict[RoomId, int] = {}

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[e.Event]) -> int:
        self._check()
        head = self._log.heads.get(room)
        try:
            seq = await self._log.events.append(room, expected_seq, events)
        except SeqConflict:
            if head is not None and head.by != self.srv:
                raise Fenced(head.by) from None
            raise
        state = head.is_ if head else OPEN
        for event in events:
            state = {e.SessionEnded: ENDED, e.RecordKept: KEPT}.get(type(event), state)
        shift_ms = self._shifts_ms.get(room, 0)
        made = Head(self.srv, seq, seq, shift_ms, events[-1].at_ms, state)
        self._log.heads[room] = self._known[room] = made
        self._log.writers.append((self.srv, events))
        if self.loses_answers:
            self.loses_answers = False
            raise JournalUnavailable("the answer was lost")
        return seq

    def _check(self) -> None:
        if self.is_away:
            raise JournalUnavailable("the engine is away")

    async def read(self, room: RoomId, after_seq: int = 0) -> list[e.Event]:
        self._check()
        if room in self._log.heads:
            self._known[room] = self._log.heads[room]
        return await self._log.events.read(room, after_seq)

    async def owner(self, room: RoomId) -> Head | None:
        self._check()
        return self._log.heads.get(room)

    def head(self, room: RoomId) -> Head | None:
        return self._known.get(room)

    def shift(self, room: RoomId, shift_ms: int) -> None:
        self._shifts_ms[room] = shift_ms

    def forget(self, room: RoomId) -> None:
        self._known.pop(room, None)

    async def rooms(self) -> list[RoomId]:
        return list(self._log.heads)

    async def erase(self, room: RoomId) -> None:
        self._log.heads.pop(room, None)
        await self._log.events.erase(room)

    async def is_writable(self) -> bool:
        return not self.is_away

    async def close(self) -> None:
        pass


class SimServer:
    """One server of several."""

    def __init__(self, srv: str, bus: Bus, log: Log, clock: ManualClock, skew_ms: int = 0) -> None:
        if not LIBRARY:
            LIBRARY.append(load_library(ASSETS / "content"))
        self.srv, self.bus = srv, bus
        self.clock = Shifted(clock, skew_ms)
        self.journal = LogOf(log, srv)
        self.post = BusPost(bus, srv)
        self.rooms = Rooms(self.journal, self.clock, LIBRARY[0])
        self.servers = Servers(self.post, self.clock)
        self.cluster = Cluster(self.rooms, self.journal, self.post, self.servers, self.clock)

    async def start(self) -> SimServer:
        await self.cluster.start()
        return self

    def die(self) -> None:
        """End as by kill -9: nothing of it runs any more."""
        self.bus.dead.add(self.srv)
        self.journal.is_away = True
        self.servers.stop()
        for room in self.rooms:
            _silence(room)

    def cut(self) -> None:
        """Cut it off from the engine."""
        self.bus.cut.add(self.srv)
        self.journal.is_away = True

    def heal(self) -> None:
        self.bus.cut.discard(self.srv)
        self.journal.is_away = False


def _silence(room: Room) -> None:
    room._alarm.cancel()
    if room._worker is not None:
        room._worker.cancel()
