"""P10: whatever is said in many rooms at once, no message carries a word of another room."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.core import commands as c
from app.core.model import SEATS, CommandId, Phase, Role
from app.errors import WireError
from app.hub.room import Room
from app.live.desk import Desk
from app.pairing.places import Place, hash_token
from app.protocol import wire
from app.protocol.to_phone import AlertTold, KnockTold, StateTold
from tests.support.app import ORIGIN, Served, bearer, serve_app
from tests.support.clock import settle
from tests.support.proof import LONG, proof

ROOMS = 50 if LONG == 1 else 1_000
MESSAGES = 20_000 if LONG == 1 else 1_000_000
SAID_AT_ONCE = 2  # of each phone, between two looks at what it was told
CANARY = re.compile(r"canary(\d+)z")
KINDS = (
    "beat", "beat", "seen", "stop", "ease", "ease", "pain", "good", "good", "ready", "ready",
    "let_go", "clear", "clear", "wish", "feel", "pause", "signal", "signal", "invite", "admit",
)  # fmt: skip


@dataclass
class Phone:
    """A phone that says all it can, and reads what it is told with suspicion."""

    room: Room
    role: Role
    no: int
    desk: Desk
    place: str
    random: random.Random
    kinds: Counter[str] = field(default_factory=Counter)
    alert: str = ""
    knock: str = ""
    _said: int = 0

    def canary(self) -> str:
        self._said += 1
        return f"canary{self.no}z-{self.role}-{self._said}"

    def say(self, kind: str) -> None:
        state = self.room.state
        stop = state.stop.stop if state.stop else "none"
        of: dict[str, dict[str, Any]] = {
            "beat": {"n": 1, "sent_ms": 1, "visible": True, "sound": "on", "awake": True},
            "seen": {"alert": self.alert or self.canary()},
            "pain": {"flag": self.canary(), "quality": "cramp", "place": self.place, "level": 3},
            "ready": {"phase_no": state.phase_no},
            "good": {"phase_no": state.phase_no},
            "let_go": {"stop": stop},
            "clear": {"stop": stop, "then": "again"},
            "wish": {"next": "same"},
            "feel": {"place": self.place},
            "signal": {"data": self.canary()},
            "admit": {"knock": self.knock or self.canary()},
        }
        message = {"type": kind, "id": self.canary()} | of.get(kind, {})
        try:
            self.desk.read(json.dumps(message))
        except WireError as problem:
            self.desk.refuse(problem)

    def listen(self) -> int:
        """Read what waits; returns how much. Anything of another room fails."""
        count = 0
        while (message := self.desk._outbox.take()) is not None:
            count += 1
            text = wire.encode(message).decode()
            assert set(CANARY.findall(text)) <= {str(self.no)}, (self.no, text)
            self.kinds[str(message.__struct_config__.tag)] += 1
            match message:
                case StateTold(room=room, stop=stop, felt=felt):
                    assert room == self.room.id and message.role == self.role
                    assert message.routine.name == f"canary{self.no}z"
                    for told in (stop.flag if stop else None, felt):
                        assert told is None or told.place == self.place, (self.no, text)
                case AlertTold(alert=alert):
                    self.alert = alert
                case KnockTold(knock=knock):
                    self.knock = knock
                    assert KNOCKS[knock] == self.no
        return count


KNOCKS: dict[str, int] = {}


async def laid(served: Served, no: int) -> tuple[Phone, Phone]:
    """Open a room whose routine is named after it, and bring both phones to the mat."""
    state = served.app.state
    preset = state.library.presets[state.library.default_preset].routine
    routine = dataclasses.replace(preset, name=f"canary{no}z")
    room: Room = await state.rooms.open(Role.CLIENT, routine, hash_token(f"client{no}"))
    await room.ask(c.TakeSeat(role=Role.PARTNER, token_hash=hash_token(f"partner{no}")))
    places = sorted(state.library.places)
    choose = random.Random(no)
    phones = []
    for role in SEATS:
        outbox = room.attach(role)
        desk = Desk(room, role, outbox, state.rooms, state.seats, served.clock, ORIGIN)
        phones.append(Phone(room, role, no, desk, places[no % len(places)], choose))
    client, partner = phones
    for phone in phones:
        phone.say("beat")
    await room.ask(c.Brief(id=CommandId("b")), Role.PARTNER)
    await room.ask(c.PassScreening(list="1"), Role.CLIENT)
    client.say("stop")
    partner.listen()
    partner.say("seen")
    await settle()
    drill = room.state.drill
    assert drill is not None
    await room.ask(c.LetGo(id=CommandId("l"), alert=drill.alert), Role.PARTNER)
    for phone in phones:
        await room.ask(c.Ready(id=CommandId("r"), phase_no=room.state.phase_no), phone.role)
    assert room.state.phase is Phase.POSITIONING
    return client, partner


async def knock_somewhere(served: Served, phones: list[Phone], choose: random.Random) -> None:
    """Somebody knocks: a word for one phone of one room."""
    phone = choose.choice(phones)
    place = Place(phone.room.id, phone.role, phone.role)
    knock, _ = await served.app.state.seats.knock(place)
    KNOCKS[knock] = phone.no


@pytest.mark.prove
async def test_no_message_reaches_another_room() -> None:
    kinds: Counter[str] = Counter()
    with proof("P10", f"messages told in {ROOMS:,} rooms with a canary each; of another room") as p:
        async with serve_app(rooms_per_min=1_000_000) as served:
            phones = [phone for no in range(ROOMS) for phone in await laid(served, no)]
            choose = random.Random(10)
            while p.trials < MESSAGES:
                for phone in choose.sample(phones, len(phones)):
                    for _ in range(SAID_AT_ONCE):
                        phone.say(choose.choice(KINDS))
                await knock_somewhere(served, phones, choose)
                await settle()
                await served.clock.pass_ms(400)
                p.trial(times=sum(phone.listen() for phone in phones))
            await read_records(served, phones)
    for phone in phones:
        kinds += phone.kinds
    told = {"state", "alert", "fate", "done", "refused", "beat", "signal", "knock"}
    assert told <= set(kinds), f"never told: {told - set(kinds)}"


async def read_records(served: Served, phones: list[Phone]) -> None:
    for phone in phones[:20]:
        answer = await served.http.get(
            f"/api/rooms/{phone.room.id}/record", headers=bearer(f"{phone.role}{phone.no}")
        )
        assert answer.status_code == 200
        assert set(CANARY.findall(answer.text)) == {str(phone.no)}
