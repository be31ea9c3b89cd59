"""One seed: a room, two phones, two people, faults, then everything heals and the session ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from app.config import ASSETS
from app.content.library import Library, load_library
from app.core import events as e
from app.core.evolve import replay
from app.core.model import SEATS, Phase, Role, RoomState, Routine
from tests.faults.simulation import faults
from tests.faults.simulation.clock import VirtualClock, idle
from tests.faults.simulation.journal import SimJournal
from tests.faults.simulation.network import DirectLine
from tests.faults.simulation.page import SimPage
from tests.faults.simulation.people import Person
from tests.faults.simulation.server import ROOM, Server
from tests.faults.simulation.watch import Watch
from tests.support.session import ROUTINE, Session

LASTS_MS = 25_000
HEALS_WITHIN_MS = 30_000
SHORT = Routine(tuple(replace(item, hold_s=10, rest_s=5) for item in ROUTINE.items), 300)


@dataclass(frozen=True)
class Outcome:
    """What came of a seed: the steps it took, and what it found."""

    seed: int
    steps: int
    holds: int
    worst_blind_ms: int
    worst_over_ms: int


@cache
def library() -> Library:
    """Read the content once."""
    return load_library(ASSETS / "content")


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, *, is_told: bool = False) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.is_told = is_told
        self.library = library()
        session = Session(SHORT).to_positioning()
        self.clock = VirtualClock(session.now_ms)
        self.journal = SimJournal(self.clock, {ROOM: list(session.log)})
        self.watch = Watch(self)
        self.server = Server(self)
        self.pages: dict[Role, SimPage] = {}
        self.steps = 0
        self.broken_ms = 0
        self.direct_broken_ms = 0
        self.direct = DirectLine(self)
        self._reviving: asyncio.Task[None] | None = None
        self._ending: list[asyncio.Task[None]] = []

    def note(self, text: str) -> None:
        """Print what happens, if a seed is being replayed."""
        if self.is_told:
            print(f"{self.clock.now_ms() % 10_000_000:>8} {text}")

    def hurt(self, text: str) -> None:
        """Note a fault that breaks a way."""
        self.broken_ms = self.clock.now_ms()
        if text != "crash":
            self.direct_broken_ms = self.broken_ms
        self.note(text)

    @property
    def log(self) -> list[e.Event]:
        """What is on the disk."""
        return self.journal.durable[ROOM]

    @property
    def truth(self) -> RoomState:
        """What a replay of the disk says."""
        return replay(self.log)

    async def run(self) -> Outcome:
        """Live through it."""
        await self.server.start()
        for index, role in enumerate(SEATS):
            page = self.pages[role] = SimPage(self, index, role)
            page.load()
            Person(page, self.chance)
        self.direct.lay()
        faults.plan(self, LASTS_MS)
        faults.plan_an_end(self, LASTS_MS)
        await self.clock.run(LASTS_MS, self._step)
        await self._heal()
        self.server.crash(is_told=False)
        for ending in self._ending:
            ending.cancel()
        await idle()
        watch = self.watch
        holds = sum(isinstance(event, e.HoldStarted) for event in self.log)
        return Outcome(self.seed, self.steps, holds, watch.worst_blind_ms, watch.worst_over_ms)

    def _step(self) -> None:
        self.steps += 1
        self.server.pump()
        self.watch.step()

    async def _heal(self) -> None:
        """Everything works again: what was tapped arrives, and the session can be ended."""
        self.note("heal")
        self.journal.heal()
        for page in self.pages.values():
            page.frozen_until = 0
            page.way.stalled_until = dict.fromkeys(page.way.stalled_until, 0)
            page.way.is_cut = False
            if page.is_dead:
                page.is_dead = False
                page.reload()
            page.show(True)
        await self.clock.run(5_000, self._step)
        self.watch.healed()
        for _ in range(HEALS_WITHIN_MS // 3_000):
            if self.truth.phase is Phase.ENDED:
                return
            self.pages[Role.PARTNER].tap("end")
            await self.clock.run(3_000, self._step)
        self.watch.fail("the session can't be ended any more")

    def kill(self, *, is_told: bool) -> None:
        """Kill the server, also one that is only starting."""
        if self._reviving is not None:
            self._reviving.cancel()
        self.server.crash(is_told=is_told)

    def end(self, within_ms: int, back_ms: int) -> None:
        """End the server, as a process signal does, and start it again afterwards."""
        server = self.server
        if not server.is_up or server.ending_ms is not None:
            return
        self.note(f"told to end within {within_ms}")
        ending = asyncio.get_running_loop().create_task(server.end(within_ms))
        self._ending.append(ending)

        def ended(_: object) -> None:
            if server is self.server and server.is_up:
                self.hurt("crash")
                server.crash(is_told=True)
                self.clock.after(back_ms, self.revive)

        ending.add_done_callback(ended)

    def revive(self) -> None:
        """Start the server again on the same disk."""
        if self.server.is_up or (self._reviving is not None and not self._reviving.done()):
            return
        if not self.journal.is_well:
            self.clock.after(200, self.revive)
            return
        delay, self.journal = self.journal.delay_ms, self._disk_again()
        self.journal.delay_ms = delay
        self.server = Server(self)
        self._reviving = asyncio.get_running_loop().create_task(self.server.start())

    def _disk_again(self) -> SimJournal:
        return SimJournal(self.clock, {ROOM: [*self.log]})
