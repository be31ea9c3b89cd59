"""Two phones at a real Room, without sockets: they beat, paint, tap and remember what they saw."""

from __future__ import annotations

import itertools
from typing import Any

from app.core import commands as c
from app.core import events as e
from app.core.evolve import replay
from app.core.model import SEATS, CommandId, Link, Phase, Role, RoomId
from app.core.routine import REST_AT_CHANGE_MS
from app.errors import Refused
from app.hub.door import Door
from app.hub.room import Room
from app.hub.rooms import Rooms
from app.journal.port import Journal
from app.protocol.to_phone import AlertTold, Fate, Message, StateTold
from tests.support.clock import ManualClock, settle
from tests.support.session import FACTS, ROUTINE

_IDS = itertools.count(1)


class Phone:
    """One phone: `inbox` holds all it was sent, `told` its alerts."""

    def __init__(self, room: Door, role: Role) -> None:
        self.room = room
        self.role = role
        self.inbox: list[Message] = []
        self.is_beating = True
        self.is_painting = True
        self.visible = True
        self.outbox = room.attach(role)

    def reconnect(self, room: Door) -> None:
        self.room = room
        self.outbox = room.attach(self.role)

    def beat(self) -> None:
        if self.is_beating:
            self.room.beat(self.role, 1, 0, self.visible, "on", True)

    def read(self) -> list[Message]:
        """Take everything that waits; a page that paints says `seen`."""
        new: list[Message] = []
        while (message := self.outbox.take()) is not None:
            new.append(message)
            if isinstance(message, AlertTold) and self.is_painting:
                self.room.seen(self.role, message.alert)
        self.inbox += new
        return new

    def ask(self, command: c.Command) -> Any:
        return self.room.ask(command, self.role)

    def id(self) -> CommandId:
        return CommandId(f"i{next(_IDS)}")

    @property
    def alerts(self) -> list[AlertTold]:
        return [m for m in self.inbox if isinstance(m, AlertTold)]

    @property
    def fates(self) -> list[Fate]:
        return [m for m in self.inbox if isinstance(m, Fate)]

    @property
    def state(self) -> StateTold:
        self.read()
        return [m for m in self.inbox if isinstance(m, StateTold)][-1]


class Mat:
    """A room with both phones at it."""

    def __init__(self, journal: Journal, clock: ManualClock, room: Room) -> None:
        self.journal = journal
        self.clock = clock
        self.room = room
        self.client = Phone(room, Role.CLIENT)
        self.partner = Phone(room, Role.PARTNER)

    @classmethod
    async def laid(cls, journal: Journal, clock: ManualClock) -> Mat:
        opened = e.RoomOpened(
            at_ms=clock.now_ms(),
            v=1,
            room=RoomId("room"),
            host=Role.CLIENT,
            host_hash=None,
            routine=ROUTINE,
            facts=tuple(FACTS.values()),
            rest_at_change_ms=REST_AT_CHANGE_MS,
        )
        await journal.append(RoomId("room"), 0, [opened])
        mat = cls(journal, clock, Room(replay([opened]), journal, clock))
        for role in SEATS:
            await mat.room.ask(c.TakeSeat(role=role, token_hash=f"h-{role}"))
        return mat

    @classmethod
    async def in_house(cls, rooms: Rooms, journal: Journal, clock: ManualClock) -> Mat:
        """Two phones at a room that was opened as the program opens one."""
        door = await rooms.open(Role.CLIENT, ROUTINE, "h-client")
        mat = cls(journal, clock, rooms._rooms[door.id])
        await mat.room.ask(c.TakeSeat(role=Role.PARTNER, token_hash="h-partner"))
        return mat

    def phase(self) -> Phase:
        return self.room.state.phase

    def client_link(self) -> Link:
        return self.room.state.client.link

    @property
    def phones(self) -> tuple[Phone, Phone]:
        return self.client, self.partner

    async def settle(self) -> None:
        for _ in range(3):
            await settle()
            for phone in self.phones:
                phone.read()

    async def wait(self, ms: int, step_ms: int = 250) -> None:
        """Let time pass with both phones beating every half second and painting what comes."""
        for passed in range(0, ms, step_ms):
            if passed % 500 == 0:
                for phone in self.phones:
                    phone.beat()
            await self.clock.pass_ms(min(step_ms, ms - passed))
            await self.settle()

    async def tap(self, phone: Phone, command: c.Command) -> str:
        """Ask and wait for the answer: `done`, or why it was refused."""
        answer = phone.ask(command)
        await self.settle()
        try:
            await answer
        except Refused as refused:
            return refused.reason
        return "done"

    async def ready(self, phone: Phone) -> str:
        return await self.tap(phone, c.Ready(id=phone.id(), phase_no=self.room.state.phase_no))

    async def good(self) -> str:
        good = c.TapGood(id=self.client.id(), phase_no=self.room.state.phase_no)
        return await self.tap(self.client, good)

    async def to_positioning(self) -> Mat:
        await self.wait(500)
        assert await self.tap(self.partner, c.Brief(id=self.partner.id())) == "done"
        assert await self.tap(self.client, c.PassScreening(list="1")) == "done"
        drill = c.Stop(id=self.client.id())
        assert await self.tap(self.client, drill) == "done"
        await self.settle()
        let_go = c.LetGo(id=self.partner.id(), alert=self.room.state.drill.alert)  # type: ignore[union-attr]
        assert await self.tap(self.partner, let_go) == "done"
        for phone in self.phones:
            assert await self.ready(phone) == "done"
        assert self.phase() is Phase.POSITIONING
        return self

    async def to_holding(self) -> Mat:
        await self.to_positioning()
        await self.ready(self.partner)
        await self.ready(self.client)
        await self.wait(1_500)
        assert await self.good() == "done"
        assert self.phase() is Phase.HOLDING
        return self
