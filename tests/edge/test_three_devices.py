"""P11: three devices want one seat; every order of what they and the client can do.

test_pairing.py has all orders of joins and knocks; here phones also come, reload and are lost.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from starlette.requests import HTTPConnection

from app.core.model import SEATS, Link, Role
from app.errors import Forbidden, PairingError, Refused
from app.hub.outbox import Outbox
from app.hub.room import Room
from app.pairing.places import hash_token, new_token
from app.pairing.seats import Seats
from app.web.authority import authorise
from tests.support.app import ORIGIN, Served, serve_app
from tests.support.clock import settle
from tests.support.proof import LONG, proof

DEVICES = "abc"
DEPTH = 4 if LONG == 1 else 5
WALKS, WALK_STEPS = 30 * LONG, 30
LOSE_MS = 11_000  # a phone that took the seat and never came counts as lost after 10 s
MOVED, SLOW = 4409, 1013


@dataclass
class Device:
    """A phone as the server knows it: what it was handed, and the sockets it opened."""

    tokens: list[str] = field(default_factory=list)
    knock: str = ""
    is_admitted: bool = False


@dataclass
class Door:
    """One room, three devices before it, and what was handed out so far."""

    served: Served
    room: Room
    client: str
    key: str
    code: str
    devices: dict[str, Device] = field(default_factory=lambda: {d: Device() for d in DEVICES})
    outboxes: list[tuple[Role, Outbox]] = field(default_factory=list)
    by_key: str = ""  # the token that the key gave last
    seen: set[str] = field(default_factory=set)
    is_unseen: bool = False  # whether the seat's newest phone has not come yet
    former: str | None = None  # then the token of the one before it counts on

    @classmethod
    async def made(cls, served: Served) -> Door:
        token, state = new_token(), served.app.state
        routine = state.library.presets[state.library.default_preset].routine
        room = await state.rooms.open(Role.CLIENT, routine, hash_token(token))
        door = cls(served, room, token, "", "")
        await door.invite("")
        await door.come("client")
        return door

    @property
    def seats(self) -> Seats:
        seats: Seats = self.served.app.state.seats
        return seats

    def speaks_for(self, token: str) -> Role | None:
        """Return what seat a token speaks for, decided as for every request."""
        headers = [(b"authorization", f"Bearer {token}".encode())]
        scope = {"type": "http", "method": "GET", "headers": headers, "app": self.served.app}
        try:
            return authorise(HTTPConnection(scope), self.room)
        except Forbidden:
            return None

    def possible(self) -> Iterator[str]:
        """List what can be tried now; a device that has done nothing yet stands for all such."""
        yield from ("invite", "lose", "come client")
        fresh = [d for d in DEVICES if not (self.devices[d].tokens or self.devices[d].knock)]
        for name in [d for d in DEVICES if d not in fresh] + fresh[:1]:
            device = self.devices[name]
            yield f"key {name}"
            yield f"knock {name}"
            if device.knock:
                yield from (f"ask {name}", *([] if device.is_admitted else [f"admit {name}"]))
            if device.tokens:
                yield f"come {name}"

    async def do(self, step: str) -> None:
        what, _, who = step.partition(" ")
        before = self.room.state.partner
        had = {name: len(device.tokens) for name, device in self.devices.items()}
        await {
            "invite": self.invite, "lose": self.lose, "come": self.come, "key": self.join,
            "knock": self.knock, "admit": self.admit, "ask": self.ask,
        }[what](who)  # fmt: skip
        await settle()
        if what == "lose" and before.is_taken:
            assert self.room.state.partner.link is Link.LOST
            assert self.room.state.client.link is Link.LIVE
        if any(len(device.tokens) > had[name] for name, device in self.devices.items()):
            assert not before.is_taken or before.link is Link.LOST, "a live phone was unseated"
            self.former = self.former if self.is_unseen else before.token_hash
            self.is_unseen = True

    async def invite(self, _: str) -> None:
        partner = self.room.state.partner
        may = not partner.is_taken or partner.link is Link.LOST
        try:
            made = await self.seats.invite(self.room, Role.CLIENT, role=Role.PARTNER, origin=ORIGIN)
        except Refused:
            assert not may
            return
        assert may, "a seat was offered that a live phone holds"
        key = made.url.split("#")[1]
        if key != self.key:
            self.key, self.code, self.by_key = key, made.code, ""

    async def lose(self, _: str) -> None:
        """The partner's phone is silent, whichever it is; the client's goes on."""
        clock = self.served.clock
        for _second in range(0, LOSE_MS, 1_000):
            clock.step_to(clock.now_ms() + 1_000)
            self.room.beat(Role.CLIENT, 1, 1, True, "on", True)
            await clock.pass_ms(0)

    async def join(self, who: str) -> None:
        try:
            joined = await self.seats.join_by_key(self.key)
        except PairingError:
            return
        assert self.by_key not in self.seen, "a key seated again though its phone was seen"
        self.by_key = joined.token
        self.devices[who].tokens.append(joined.token)

    async def knock(self, who: str) -> None:
        place = await self.seats.find_code(self.code)
        if place is not None:
            self.devices[who].knock = (await self.seats.knock(place))[0]
            self.devices[who].is_admitted = False

    async def admit(self, who: str) -> None:
        try:
            await self.seats.admit(self.room, self.devices[who].knock)
        except Refused:
            return
        self.devices[who].is_admitted = True

    async def ask(self, who: str) -> None:
        try:
            _, joined = await self.seats.answer(self.devices[who].knock)
        except PairingError:
            return
        if joined is not None:
            assert self.devices[who].is_admitted, "a knock seated that nobody let in"
            self.devices[who].tokens.append(joined.token)

    async def come(self, who: str) -> None:
        """Open a socket with the newest token, as after a reload; it beats once."""
        token = self.client if who == "client" else self.devices[who].tokens[-1]
        role = self.speaks_for(token)
        if role is not None:
            await self.seats.come_back(self.room, role, token)
            if role is Role.PARTNER:
                self.seen.add(token)
                self.is_unseen, self.former = False, None
            self.outboxes.append((role, self.room.attach(role)))
            self.room.beat(role, 1, 1, True, "on", True)

    async def close(self) -> None:
        await self.served.app.state.rooms.erase(self.room)

    def check(self) -> None:
        """One token of each seat works, and that before it until the new phone has come; one
        socket of each seat is open.
        """
        assert self.speaks_for(self.client) is Role.CLIENT
        given = [token for device in self.devices.values() for token in device.tokens]
        works = {hash_token(token): role for token in given if (role := self.speaks_for(token))}
        counting = {self.room.state.partner.token_hash, self.former} - {None}
        assert set(works) == counting and set(works.values()) <= {Role.PARTNER}, works
        for role in SEATS:
            mine = [outbox for whose, outbox in self.outboxes if whose is role]
            assert sum(not outbox.is_closing for outbox in mine) <= 1
            assert {outbox.close_code for outbox in mine[:-1]} <= {MOVED, SLOW}
        assert len(self.room.listeners) == sum(not o.is_closing for _, o in self.outboxes)


async def play(served: Served, steps: Sequence[str]) -> list[str]:
    """Do the steps one by one; returns what could be tried next."""
    door = await Door.made(served)
    try:
        for step in steps:
            await door.do(step)
            door.check()
        return list(door.possible())
    except AssertionError as e:
        raise AssertionError(f"{' · '.join(steps)}: {e}") from e
    finally:
        await door.close()


@pytest.mark.prove
async def test_no_order_of_three_devices_gives_two_of_them_a_seat() -> None:
    what = f"every order of {DEPTH} of: join, knock, admit, ask, come, lose, invite by 3 devices"
    with proof("P11", what) as p:
        async with serve_app() as served:
            waiting: list[tuple[str, ...]] = [()]
            while waiting:
                steps = waiting.pop()
                further = await play(served, steps)
                p.trial()
                if len(steps) < DEPTH:
                    waiting += [(*steps, step) for step in further]
            assert p.trials > 1_000


@pytest.mark.prove
async def test_no_long_way_seats_a_third_device() -> None:
    """Seeded walks: far more changes of the seat than all orders of a few steps can have."""
    seats = 0
    with proof("P11", f"walks of {WALK_STEPS} such steps, seeded") as p:
        async with serve_app() as served:
            for seed in range(WALKS):
                choose, door, steps = random.Random(seed), await Door.made(served), list[str]()
                for _ in range(WALK_STEPS):
                    steps.append(choose.choice(list(door.possible())))
                    await door.do(steps[-1])
                    door.check()
                seats += sum(len(device.tokens) for device in door.devices.values())
                await door.close()
                p.trial()
    assert seats > WALKS, "the seat changed hands"
