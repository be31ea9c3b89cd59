"""One signal, message by message, as two phones send and receive it: `python -m bench.one_signal`.

This is what a signal is in all other figures; docs/performance.md has the table.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

from bench.figures import head, line
from bench.journal import Seated
from bench.phones import Phone
from bench.sides import GROUPED, OURS, Side, running
from tests.faults.raw import PING, PONG, frame

OPCODES = {PING: "ping", PONG: "pong"}
QUIET_S = 0.3  # with nothing told for so long, a signal is over
AGAIN_S = 2.5  # the states that are told again have come
SIGNALS = 4  # a ping follows every 2 KiB that a phone is told: about every second signal


@dataclass(frozen=True)
class Said:
    """One frame: who sent it or was told it, what it is, and how long it is without its head."""

    at_s: float
    role: str
    is_told: bool
    kind: str
    size: int


class Recorded(Phone):
    """A phone that keeps what passes its socket."""

    role = ""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[Said] = []

    def write(self, data: bytes) -> None:
        if self._has_head:  # the frame's own head is six bytes
            self._keep(data[0] & 0x0F, data[6:], is_told=False)
        super().write(data)

    def _take(self) -> tuple[int, bytes] | None:
        taken = super()._take()
        if taken is not None:
            self._keep(*taken, is_told=True)
        return taken

    def _keep(self, opcode: int, payload: bytes, *, is_told: bool) -> None:
        kind = OPCODES.get(opcode) or json.loads(payload)["type"]
        said = Said(time.perf_counter(), self.role, is_told, kind, len(payload))
        self.passed.append(said)


async def recorded(url: str, seated: Sequence[Seated]) -> list[list[Said]]:
    """Send a few signals in one room, and return what passed for each and then two seconds later.

    The phones do not beat meanwhile.
    """
    phones = []
    for seat, role in zip(seated[:2], ("client", "partner"), strict=True):
        phone = await Recorded.connected(url, seat.path.split("/")[3], seat.token)
        phone.role = role
        phone.rest()
        phones.append(phone)
    await _quiet(phones)
    ids = count(time.time_ns() // 1_000)
    found = [await _one(phones, next(ids)) for _ in range(SIGNALS)]
    await asyncio.sleep(AGAIN_S)
    found.append(_taken(phones))
    for phone in phones:
        phone.close()
    return found


async def _one(phones: Sequence[Recorded], id: int) -> list[Said]:
    _taken(phones)
    phones[0].write(frame(b'{"type":"stop","id":"s%d"}' % id))
    await _quiet(phones)
    return _taken(phones)


async def _quiet(phones: Sequence[Recorded]) -> None:
    """Wait until nothing is told any more."""
    before = -1
    while before != (now := sum(len(phone.passed) for phone in phones)):
        before = now
        await asyncio.sleep(QUIET_S)


def _taken(phones: Sequence[Recorded]) -> list[Said]:
    passed = sorted((said for phone in phones for said in phone.passed), key=lambda s: s.at_s)
    for phone in phones:
        phone.passed.clear()
    return passed


def signals_of(side: Side) -> list[list[Said]]:
    """Start a server with one room and record what passes."""
    with ExitStack() as held:
        one = held.enter_context(running(side, 1))
        return asyncio.run(recorded(one.served.url, one.phones))


def plainest(signals: Sequence[list[Said]]) -> list[Said]:
    """Return the signal with the fewest messages, but the first: it stops a session.

    A ping follows about every second; on a busy machine an alert may be told twice.
    """
    return min(signals[1:-1], key=len)


def main() -> None:
    """Print one signal of ours, with the relay's sizes beside it."""
    ours, theirs = signals_of(OURS), signals_of(GROUPED)
    sizes = {(one.role, one.is_told, one.kind): one.size for each in theirs for one in each}
    head("message", "from", "to", "bytes", "relay's", "after ms")
    quietest = plainest(ours)
    for said in quietest:
        way = ("server", said.role) if said.is_told else (said.role, "server")
        relayed = sizes.get((said.role, said.is_told, said.kind), 0)
        after = 1_000 * (said.at_s - quietest[0].at_s)
        line(said.kind, *way, str(said.size), str(relayed), f"{after:.1f}")
    for name, all_passed in (("ours", ours), ("the relay", theirs)):
        pings = sum(said.kind == "ping" for each in all_passed[:-1] for said in each)
        again = ", ".join(f"{said.kind} to {said.role}" for said in all_passed[-1])
        print(f"\n{name}: {pings} pings in {SIGNALS} signals; told again after 2 s: {again}.")


if __name__ == "__main__":
    main()
