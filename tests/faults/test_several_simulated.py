"""P7 with several servers: cut, killed, deaf to each other, or with an answer lost, at any moment.

Phones follow their room as the far ones do: to whoever owns it, over any server. Time is turned by
hand; the seed decides everything.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from app.core import commands as c
from app.core import events as e
from app.core.evolve import replay
from app.core.model import SEATS, After, CommandId, Phase, Role, RoomId, RoomState
from app.errors import AppError, Elsewhere, Refused
from app.hub.room import Room
from app.hub.servers import DEAD_MS
from app.protocol.to_phone import StateTold
from app.protocol.view import view
from tests.support.clock import ManualClock, settle
from tests.support.phones import Mat, Phone
from tests.support.proof import LONG, proof
from tests.support.several import Bus, Log, SimServer

SEEDS = 6 if LONG == 1 else 1_000
SERVERS, FAULTS_MS, QUIET_MS, STEP_MS = 3, 30_000, 15_000, 100
ENDS = e.Restarted | e.Stopped | e.Eased | e.StopSignalled


class World:
    """One seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.clock, self.bus, self.log = ManualClock(), Bus(), Log()
        self.names = (f"server{n:02}" for n in range(99))
        self.servers: list[SimServer] = []
        self.done: set[CommandId] = set()
        self.taps: dict[CommandId, asyncio.Future[None]] = {}
        self.refused: dict[CommandId, str] = {}
        self.stops: dict[CommandId, SimServer] = {}  # and who was asked for them
        self.is_ever_deaf = False
        self.told: dict[int, Any] = {}
        self.doors: dict[Role, SimServer] = {}  # the server that has a phone's socket
        self.faults = 0
        self.mat: Mat
        self.room = RoomId("")

    async def run(self) -> int:
        """Return how many commands were answered."""
        for _ in range(SERVERS):
            await self.more()
        await self.clock.pass_ms(2 * DEAD_MS)
        first = self.servers[0]
        self.mat = await Mat.in_house(first.rooms, first.journal, self.clock)
        self.room = self.mat.room.id
        self.doors = dict.fromkeys(SEATS, first)
        await self.mat.to_holding()
        for ms in range(0, FAULTS_MS + QUIET_MS, STEP_MS):
            if ms < FAULTS_MS and self.chance.random() < 0.08:
                await self.fault()
            if ms == FAULTS_MS:
                self.heal()
            await self.step(ms)
        await self.judge()
        return len(self.done)

    async def more(self) -> None:
        skew_ms = self.chance.randint(-5_000, 5_000)
        made = SimServer(next(self.names), self.bus, self.log, self.clock, skew_ms)
        self.servers.append(await made.start())

    # Faults

    async def fault(self) -> None:
        self.faults += 1
        one, other = self.chance.sample(self.servers, 2)
        match self.chance.randrange(7):
            case 0:
                one.die()
                self.servers.remove(one)
                await self.more()
            case 1:
                one.cut()
            case 2:
                one.heal()
            case 3:
                self.is_ever_deaf = True
                self.bus.deaf |= {(one.srv, other.srv), (other.srv, one.srv)}
            case 4:
                self.bus.deaf.clear()
            case 5 | 6:
                one.journal.loses_answers = True

    def heal(self) -> None:
        self.bus.deaf.clear()
        for server in self.servers:
            server.heal()
            server.journal.loses_answers = False

    # Phones

    async def step(self, ms: int) -> None:
        for phone in self.mat.phones:
            if not self.reaches(phone) or self.chance.random() < 0.02:
                await self.come_back(phone)
            if self.reaches(phone):
                if ms % 500 == 0:
                    phone.beat()
                self.read(phone)
                if self.chance.random() < 0.15:
                    self.tap(phone)
        self.collect()
        await self.clock.pass_ms(STEP_MS)

    def reaches(self, phone: Phone) -> bool:
        owner, door = self.home(phone), self.doors[phone.role]
        if owner is None or phone.outbox.close_code is not None or door not in self.servers:
            return False
        return door is owner or self.bus.reaches(door.srv, owner.srv)

    def home(self, phone: Phone) -> SimServer | None:
        return next((s for s in self.servers if s.rooms.here(self.room) is phone.room), None)

    async def come_back(self, phone: Phone) -> None:
        """Try one server, and follow the room from there, unless the way is cut."""
        door = self.doors[phone.role] = self.chance.choice(self.servers)
        finding = asyncio.ensure_future(door.rooms.find(self.room))
        for _ in range(60):
            if finding.done():
                break
            await self.clock.pass_ms(50)
        try:
            found = await finding
        except Elsewhere as elsewhere:
            owner = next((s for s in self.servers if s.srv == elsewhere.srv), None)
            is_reached = owner is not None and self.bus.reaches(door.srv, owner.srv)
            here = owner.rooms.here(self.room) if owner is not None and is_reached else None
            if here is not None:
                phone.reconnect(here)
        except AppError:
            pass
        else:
            assert isinstance(found, Room)
            phone.reconnect(found)

    def read(self, phone: Phone) -> None:
        for message in phone.read():
            if isinstance(message, StateTold):
                meant = meaning_of(message)
                known = self.told.setdefault(message.seq, meant)
                assert known == meant, f"seed {self.seed}: {message.seq} has two meanings"

    def tap(self, phone: Phone) -> None:
        state = phone.room.state
        no = state.phase_no
        stop = state.stop.stop if state.stop else None
        choices: list[Any] = [c.Ready(id=phone.id(), phase_no=no)] * 3
        if phone.role is Role.CLIENT:
            choices += [c.TapGood(id=phone.id(), phase_no=no)] * 4
        choices += [c.EaseOff(id=phone.id()), c.Stop(id=phone.id())]
        if stop is not None:
            let_go = c.LetGo(id=phone.id(), stop=stop)
            choices += [let_go, c.Clear(id=phone.id(), stop=stop, then=After.AGAIN)] * 4
        command = self.chance.choice(choices)
        self.taps[command.id] = phone.ask(command)
        home = self.home(phone)
        if isinstance(command, c.Stop) and home is not None:
            self.stops[command.id] = home

    def collect(self) -> None:
        for id, answer in list(self.taps.items()):
            if answer.done():
                del self.taps[id]
                problem = answer.exception()
                assert problem is None or isinstance(problem, Refused), repr(problem)
                if isinstance(problem, Refused):
                    self.refused[id] = problem.reason
                else:
                    self.done.add(id)

    # What must be true

    async def judge(self) -> None:
        for _ in range(100):
            self.collect()
            await settle()
        log = await self.log.events.read(self.room)
        ids = Counter(x.id for x in log if isinstance(x, e.CommandDone))
        twice = [id for id, times in ids.items() if times > 1]
        assert not twice, f"seed {self.seed}: {twice} counted twice"
        lost = self.done - set(ids)
        assert not lost, f"seed {self.seed}: {lost} answered and lost"
        for seq, meant in self.told.items():
            assert meant == meaning_of_state(replay(log[:seq])), f"seed {self.seed}: {seq}"
        self.starts_are_tapped(log)
        self.takes_begin_with_a_restart()
        self.nothing_runs_that_was_refused()
        self.stops_of_the_living_are_written(set(ids))
        owners = [s for s in self.servers if s.rooms.here(self.room)]
        assert len(owners) == 1, f"seed {self.seed}: {[s.srv for s in owners]} have the room"
        assert all(self.reaches(phone) for phone in self.mat.phones), f"seed {self.seed}: away"
        if self.mat.client.room.state.phase is not Phase.ENDED:
            await self.still_takes_a_stop()

    def takes_begin_with_a_restart(self) -> None:
        """Whoever takes a room eases it first."""
        for (before, _), (by, events) in pairwise(self.log.writers):
            is_eased = by == before or isinstance(events[0], e.Restarted)
            assert is_eased, f"seed {self.seed}: {by} goes on with {events[0]}"

    def nothing_runs_that_was_refused(self) -> None:
        """A start whose answer was lost is over with the next commit."""
        for (_, events), (_, later) in pairwise(self.log.writers):
            ids = {x.id for x in events if isinstance(x, e.CommandDone)}
            is_start = any(isinstance(x, e.HoldStarted | e.HoldResumed) for x in events)
            if is_start and ids & set(self.refused):
                assert isinstance(later[0], ENDS), f"seed {self.seed}: {later[0]} goes on"

    def stops_of_the_living_are_written(self, written: set[CommandId]) -> None:
        """A stop that was told reaches the log, unless its server died or could not hand it on."""
        for id, server in self.stops.items():
            is_refused = self.refused.get(id, "journal_down") != "journal_down"
            if server in self.servers and not is_refused and not self.is_ever_deaf:
                assert id in written, f"seed {self.seed}: {id} was told and never written"

    async def still_takes_a_stop(self) -> None:
        """Whatever happened, a stop is written in the end."""
        stop = self.mat.client.ask(c.Stop(id=self.mat.client.id()))
        for _ in range(50):
            await self.clock.pass_ms(STEP_MS)
        assert stop.done() and stop.exception() is None, f"seed {self.seed}: takes no stop"

    def starts_are_tapped(self, log: list[e.Event]) -> None:
        """No hold begins without the client's own good in the same commit."""
        for n, event in enumerate(log):
            if isinstance(event, e.HoldStarted | e.HoldResumed):
                done = next((x for x in log[n + 1 :] if isinstance(x, e.CommandDone)), None)
                assert done is not None and done.role is Role.CLIENT, f"seed {self.seed}: {event}"


def meaning_of(told: StateTold) -> Any:
    return told.phase, told.phase_no, told.stop and (told.stop.stop, told.stop.let_go)


def meaning_of_state(state: RoomState) -> Any:
    return meaning_of(view(state, state.host, state.phase_at_ms, ""))


@pytest.mark.prove
async def test_no_fault_of_several_servers_loses_an_answer_or_gives_a_number_two_meanings() -> None:
    with proof("P7", "seeded sessions at several servers under faults; answers looked up") as p7:
        for seed in range(SEEDS):
            world = World(seed)
            p7.trial(times=max(1, await world.run()))
            assert len(SEATS) == 2 and world.faults
