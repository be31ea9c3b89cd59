"""A display before a real Room: invited by its host, knocking, let in, told what it is told."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec

from app.core import commands as c
from app.core.model import CommandId, Phase, Role
from app.errors import WireError
from app.hub.outbox import Outbox
from app.hub.room import Room
from app.live.desk import Desk
from app.pairing.places import hash_token
from app.protocol import wire
from tests.support.app import ORIGIN, Served
from tests.support.clock import settle

_IDS = itertools.count(1)
TOKENS = {Role.CLIENT: "client's", Role.PARTNER: "partner's", Role.HOST: "host's"}


class Socket:
    """One phone's socket without a network: its messages go to its desk, those it gets are kept."""

    def __init__(self, served: Served, room: Room, role: Role) -> None:
        state = served.app.state
        self.role = role
        self.outbox: Outbox = room.attach(role)
        self.desk = Desk(room, role, self.outbox, state.rooms, state.seats, served.clock, ORIGIN)
        self.inbox: list[dict[str, Any]] = []

    async def ask(self, type: str, **fields: Any) -> str:
        """Send a command and return its answer: done, or why not."""
        id = fields.pop("id", f"d{next(_IDS)}")
        await self.say({"type": type, "id": id, **fields})
        answer = next(m for m in reversed(self.inbox) if m.get("id") == id)
        return "done" if answer["type"] == "done" else str(answer["reason"])

    async def say(self, message: dict[str, Any]) -> None:
        try:
            self.desk.read(json.dumps(message))
        except WireError as problem:
            self.desk.refuse(problem)
        await settle()
        self.read()

    async def beat(self) -> None:
        await self.say({"type": "beat", "n": 1, "sent_ms": 1, "visible": True, "sound": "on"})

    def read(self) -> list[dict[str, Any]]:
        """Take what waits; returns what is new."""
        before = len(self.inbox)
        while (message := self.outbox.take()) is not None:
            self.inbox.append(msgspec.json.decode(wire.encode(message)))
        return self.inbox[before:]

    def told(self, type: str) -> list[dict[str, Any]]:
        self.read()
        return [message for message in self.inbox if message["type"] == type]

    @property
    def state(self) -> dict[str, Any]:
        return self.told("state")[-1]


async def opened(served: Served, host: Role = Role.CLIENT) -> Room:
    """Open a room with both phones in their seats, by tokens of their own."""
    state = served.app.state
    routine = state.library.presets[state.library.default_preset].routine
    room: Room = await state.rooms.open(host, routine, hash_token(TOKENS[host]))
    for role in (Role.CLIENT, Role.PARTNER):
        if role is not host:
            token_hash = hash_token(TOKENS[role])
            await room.ask(c.TakeSeat(role=role, token_hash=token_hash))
    return room


async def invited(host: Socket) -> dict[str, Any]:
    """Let the host ask for a display's invitation."""
    assert await host.ask("invite", role="display") == "done"
    return host.told("invitation")[-1]


async def let_in(served: Served, host: Socket) -> str:
    """Invite a display, let it knock and let it in; returns its token."""
    made = await invited(host)
    knock = (await served.join(code=made["code"])).json()["knock"]
    assert await host.ask("admit", knock=knock) == "done"
    seat = (await served.ask_knock(knock))["seat"]
    assert seat["role"] == "display"
    return str(seat["token"])


async def to_holding(room: Room, client: Socket, partner: Socket) -> None:
    """Bring both phones into the first hold."""
    for one in (client, partner):
        await one.beat()
    await room.ask(c.Brief(id=CommandId("brief")), Role.PARTNER)
    await room.ask(c.PassScreening(list="1"), Role.CLIENT)
    assert await client.ask("stop") == "done"
    await partner.say({"type": "seen", "alert": partner.told("alert")[-1]["alert"]})
    assert room.state.drill is not None
    assert await partner.ask("let_go", alert=room.state.drill.alert) == "done"
    for _ in range(2):
        for one in (partner, client):
            assert await one.ask("ready", phase_no=room.state.phase_no) == "done"
    await pass_beating(client, partner, ms=1_500)
    assert await client.ask("good", phase_no=room.state.phase_no) == "done"
    assert room.state.phase is Phase.HOLDING


async def pass_beating(*phones: Socket, ms: int) -> None:
    """Let time pass while these phones beat twice a second."""
    clock = phones[0].desk._bucket._clock
    for _ in range(0, ms, 500):
        await clock.pass_ms(500)  # type: ignore[attr-defined]
        for one in phones:
            await one.beat()
