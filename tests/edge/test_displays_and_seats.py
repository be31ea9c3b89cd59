"""P11, with displays: whatever they and the phones do, a display never has to do with a seat."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from app.core.commands import PutDisplayOff
from app.core.model import CommandId, Role
from app.errors import PairingError, Refused
from app.hub.outbox import Outbox
from tests.edge.test_three_devices import Device, Door
from tests.support.app import ORIGIN, Served, serve_app
from tests.support.clock import settle
from tests.support.proof import LONG, proof

SCREENS = "xy"
DEPTH = 4 if LONG == 1 else 5
WALKS, WALK_STEPS = 30 * LONG, 40
DISPLAY_STEPS = frozenset({"show", "off", "scan", "type", "let", "wait", "look"})
MOVED = 4404


@dataclass
class Room(Door):
    """A room before which stand three phones and two screens."""

    screens: dict[str, Device] = field(default_factory=lambda: {s: Device() for s in SCREENS})
    shown: list[Outbox] = field(default_factory=list)
    display_key: str = ""
    display_code: str = ""
    newest: str = ""
    offs: int = 0

    def possible(self) -> Iterator[str]:
        yield from super().possible()
        yield from self.of_screens()

    def of_screens(self) -> Iterator[str]:
        """List what can be tried about a display; a screen that did nothing stands for all such."""
        yield from ("show", "off")
        fresh = [s for s in SCREENS if not (self.screens[s].tokens or self.screens[s].knock)]
        for name in [s for s in SCREENS if s not in fresh] + fresh[:1]:
            screen = self.screens[name]
            if self.display_code:
                yield from (f"scan {name}", f"type {name}")
            if screen.knock:
                yield from (f"wait {name}", *([] if screen.is_admitted else [f"let {name}"]))
            if screen.tokens:
                yield f"look {name}"

    async def do(self, step: str) -> None:
        what, _, who = step.partition(" ")
        if what not in DISPLAY_STEPS:
            await super().do(step)
            return
        await settle()
        before = self.room.state
        await {
            "show": self.show, "off": self.off, "scan": self.scan, "type": self.type,
            "let": self.let, "wait": self.wait, "look": self.look,
        }[what](who)  # fmt: skip
        await settle()
        now = self.room.state
        same = {"seq": 0, "display_hash": None, "client": replace(now.client, recent=())}
        before = replace(before, **same | {"client": replace(before.client, recent=())})
        assert replace(now, **same) == before, "a display changed more than itself"

    async def show(self, _: str) -> None:
        made = await self.seats.invite(self.room, Role.CLIENT, role=Role.DISPLAY, origin=ORIGIN)
        self.display_key, self.display_code = made.url.split("#")[1], made.code

    async def off(self, _: str) -> None:
        self.offs += 1
        await self.room.ask(PutDisplayOff(id=CommandId(f"off{self.offs}")), Role.CLIENT)
        self.newest = ""

    async def scan(self, who: str) -> None:
        answer = await self.served.join(key=self.display_key)
        assert "seat" not in answer.json(), "a display's key let somebody in"
        self._knocks(who, answer.json().get("knock", ""))

    async def type(self, who: str) -> None:
        place = await self.seats.find_code(self.display_code)
        self._knocks(who, (await self.seats.knock(place))[0] if place else "")

    def _knocks(self, who: str, knock: str) -> None:
        if knock:
            self.screens[who].knock, self.screens[who].is_admitted = knock, False

    async def let(self, who: str) -> None:
        try:
            await self.seats.admit(self.room, self.screens[who].knock)
        except Refused:
            return
        self.screens[who].is_admitted = True

    async def wait(self, who: str) -> None:
        try:
            _, joined = await self.seats.answer(self.screens[who].knock)
        except PairingError:
            return
        if joined is not None:
            assert self.screens[who].is_admitted, "a display that nobody let in"
            self.screens[who].tokens.append(joined.token)
            self.newest = joined.token

    async def look(self, who: str) -> None:
        role = self.speaks_for(self.screens[who].tokens[-1])
        if role is not None:
            assert role is Role.DISPLAY
            self.shown.append(self.room.attach(role))
            self.room.beat(role, 1, 1, False, "off", False)

    def check(self) -> None:
        """Check that of all display tokens at most the newest works, and only as a display."""
        given = [token for screen in self.screens.values() for token in screen.tokens]
        assert {t: self.speaks_for(t) for t in given if self.speaks_for(t)} == (
            {self.newest: Role.DISPLAY} if self.newest else {}
        )
        assert self.room.look(Role.CLIENT).displays == bool(self.newest)
        open_now = [outbox for outbox in self.shown if not outbox.is_closing]
        assert len(open_now) <= bool(self.newest) and open_now in ([], self.shown[-1:])
        self.check_seats(len(open_now))

    def check_seats(self, displays: int) -> None:
        mine = [token for device in self.devices.values() for token in device.tokens]
        roles = [self.speaks_for(token) for token in mine]
        assert self.speaks_for(self.client) is Role.CLIENT
        counting = {self.room.state.partner.token_hash, self.former} - {None}
        assert roles.count(Role.PARTNER) == len(counting) and Role.CLIENT not in roles, roles
        assert not {Role.DISPLAY, Role.HOST} & {*roles}
        seated = sum(not outbox.is_closing for _, outbox in self.outboxes)
        assert len(self.room.listeners) == seated + displays


async def play(served: Served, steps: tuple[str, ...]) -> list[str]:
    """Do the steps one by one; returns what could be tried next about a display."""
    room = await Room.made(served)
    assert isinstance(room, Room)
    try:
        for step in steps:
            await room.do(step)
            room.check()
        return [*room.of_screens(), "key a", "come client"]
    except AssertionError as e:
        raise AssertionError(f"{' · '.join(steps)}: {e}") from e
    finally:
        await room.close()


@pytest.mark.prove
async def test_no_order_gives_a_display_a_seat_or_lets_two_look_on() -> None:
    what = f"every order of {DEPTH} of: show, off, scan, type, let in, wait, look by 2 displays"
    with proof("P11", what) as p:
        async with serve_app(wrong_codes_per_min=10**6, wrong_codes_per_min_server=10**6) as served:
            waiting: list[tuple[str, ...]] = [("show",)]
            while waiting:
                steps = waiting.pop()
                further = await play(served, steps)
                p.trial()
                if len(steps) < DEPTH:
                    waiting += [(*steps, step) for step in further]
            assert p.trials > 200


@pytest.mark.prove
async def test_no_long_way_mixes_up_displays_and_seats() -> None:
    """Take seeded walks with three phones and two displays before one room."""
    displays = seats = 0
    with proof("P11", f"walks of {WALK_STEPS} steps of 3 phones and 2 displays, seeded") as p:
        async with serve_app(wrong_codes_per_min=10**6, wrong_codes_per_min_server=10**6) as served:
            for seed in range(WALKS):
                choose, room, steps = random.Random(seed), await Room.made(served), list[str]()
                assert isinstance(room, Room)
                for _ in range(WALK_STEPS):
                    of = room.possible() if choose.random() < 0.5 else room.of_screens()
                    steps.append(choose.choice(list(of)))
                    try:
                        await room.do(steps[-1])
                        room.check()
                    except AssertionError as e:
                        raise AssertionError(f"seed {seed}, {' · '.join(steps)}: {e}") from e
                displays += sum(len(screen.tokens) for screen in room.screens.values())
                seats += sum(len(device.tokens) for device in room.devices.values())
                await room.close()
                p.trial()
    assert min(displays, seats) > WALKS // 2, "both came in"
