"""A lease is judged before it is renewed, by beats alone, and a room needs nobody to listen."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.model import Cause, Link, Phase, Role
from app.core.timing import next_deadline
from app.journal.memory import MemoryJournal
from tests.faults.inside import serve_inside
from tests.faults.raw import BEAT, PING, PONG, TEXT, Raw, frame, message, start
from tests.support.clock import ManualClock
from tests.support.phones import Mat

STEP_MS = 250
LOST_AFTER_MS = 3_000


@pytest.fixture
async def mat() -> Mat:
    return await (await Mat.laid(MemoryJournal(), ManualClock())).to_holding()


@pytest.mark.parametrize("role", [Role.CLIENT, Role.PARTNER])
@pytest.mark.parametrize(("silent_ms", "phase"), [(2_999, Phase.HOLDING), (3_000, Phase.EASED)])
async def test_a_beat_that_is_read_before_the_timer_does_not_hide_a_silence(
    mat: Mat, role: Role, silent_ms: int, phase: Phase
) -> None:
    """One phone alone falls silent: the other one's beats must not renew its lease."""
    silent, other = mat.phones if role is Role.CLIENT else reversed(mat.phones)
    for phone in mat.phones:
        phone.beat()
    last = mat.clock.now_ms()
    for passed in range(500, silent_ms, 500):
        mat.clock.step_to(last + passed)
        other.beat()
    mat.clock.step_to(last + silent_ms)
    silent.beat()
    await mat.settle()
    assert mat.phase() is phase
    assert mat.room.state.cause is (Cause.CONTACT if phase is Phase.EASED else None)


async def test_a_room_that_nobody_listens_to_keeps_its_deadlines(mat: Mat) -> None:
    """Both sockets are gone for a moment; the hold ends when it ends, not when they are back."""
    ends = next_deadline(mat.room.state) or 0
    for phone in mat.phones:
        mat.room.listeners.disconnect(phone.role, phone.outbox)
    while mat.clock.now_ms() < ends:
        for phone in mat.phones:
            phone.beat()
        await mat.clock.pass_ms(min(STEP_MS, ends - mat.clock.now_ms()))
    assert mat.phase() is Phase.RELEASING


async def test_in_a_room_that_nobody_listens_to_leases_run_out(mat: Mat) -> None:
    for phone in mat.phones:
        mat.room.listeners.disconnect(phone.role, phone.outbox)
    await mat.clock.pass_ms(LOST_AFTER_MS)
    assert (mat.phase(), mat.room.state.cause) == (Phase.EASED, Cause.CONTACT)
    await mat.clock.pass_ms(7_000)
    assert mat.phase() is Phase.RELEASING


async def test_what_is_owed_is_written_though_nobody_listens(mat: Mat) -> None:
    stop = mat.client.ask(c.Stop(id=mat.client.id()))
    for phone in mat.phones:
        mat.room.listeners.disconnect(phone.role, phone.outbox)
    await mat.clock.pass_ms(STEP_MS)
    assert stop.done() and mat.phase() is Phase.STOPPED


SAID = {
    "beats": BEAT,
    "pings": frame(b"p", PING),
    "pongs": frame(b"p", PONG),
    "seen": message(type="seen", alert="none"),
    "signals": message(type="signal", data="{}"),
    "urgent": message(type="ease", id="x"),
    "nothing": b"",
}
ASKED = message(type="pause", id="asked")  # its answer comes in order: all before it was read
ANSWERED = b'"id":"asked"'


async def test_nothing_but_a_beat_of_the_page_renews_its_lease() -> None:
    """A browser answers protocol pings for a page that is frozen."""
    clock = ManualClock()
    async with serve_inside(clock=clock) as one:
        rooms = {kind: await start(one.url) for kind in SAID}
        phones = {kind: await Raw.opened(one.url, *seat) for kind, seat in rooms.items()}
        for phone in phones.values():
            await phone.send(BEAT + ASKED)
            await phone.until(TEXT, ANSWERED)
        for _ in range(LOST_AFTER_MS // STEP_MS):
            await clock.pass_ms(STEP_MS)
            for kind, phone in phones.items():
                await phone.send(SAID[kind] + ASKED)
                await phone.until(TEXT, ANSWERED)
        found = {kind: one.app.state.rooms.here(room) for kind, (room, _) in rooms.items()}
        links = {kind: room.state.client.link for kind, room in found.items()}
        for phone in phones.values():
            phone.close()
    assert links == {kind: Link.LIVE if kind == "beats" else Link.LOST for kind in SAID}
