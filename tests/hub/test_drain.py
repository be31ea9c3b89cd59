"""Before a restart: who has hands on may come down first, nobody begins, and the end does come."""

from __future__ import annotations

import asyncio

import pytest

from app.core import commands as c
from app.core.model import AlertId, Phase
from app.hub.drain import Drain
from app.journal.memory import MemoryJournal
from tests.support.clock import ManualClock
from tests.support.phones import Mat

WITHIN_MS = 60_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def mat(clock: ManualClock) -> Mat:
    return await (await Mat.laid(MemoryJournal(), clock)).to_holding()


def drained(mat: Mat) -> tuple[Drain, asyncio.Task[None]]:
    drain = Drain([mat.room], mat.clock, WITHIN_MS)
    return drain, asyncio.create_task(drain.wait())


async def test_an_end_waits_until_the_limb_is_down(mat: Mat) -> None:
    drain, waiting = drained(mat)
    await mat.wait(10_000)
    assert not waiting.done() and drain.hands_on() == 1
    while mat.room.state.is_hands_on:
        assert not waiting.done()
        await mat.wait(250)
    await mat.wait(250)
    assert waiting.done() and mat.phase() is Phase.RESTING


async def test_a_stop_goes_through_and_is_waited_for_until_they_are_down(mat: Mat) -> None:
    _, waiting = drained(mat)
    await mat.wait(1_000)
    await stop(mat)
    await mat.wait(3_000)
    assert not waiting.done()
    let_go = c.LetGo(id=mat.partner.id(), stop=AlertId(mat.partner.alerts[-1].alert))
    assert await mat.tap(mat.partner, let_go) == "done"
    await mat.wait(250)
    assert waiting.done()


async def test_a_stop_that_everybody_left_is_not_waited_for(mat: Mat) -> None:
    await stop(mat)
    for phone in mat.phones:
        phone.is_beating = False
    await mat.wait(10_000)
    _, waiting = drained(mat)
    await mat.settle()
    assert waiting.done() and mat.phase() is Phase.STOPPED


async def stop(mat: Mat) -> None:
    assert await mat.tap(mat.client, c.Stop(id=mat.client.id())) == "done"
    assert mat.partner.alerts[-1].kind == "stop"


async def test_an_end_does_not_wait_for_ever(mat: Mat) -> None:
    drain = Drain([mat.room], mat.clock, 5_000)
    waiting = asyncio.create_task(drain.wait())
    await mat.wait(4_750)
    assert not waiting.done()
    await mat.wait(500)
    assert waiting.done() and mat.phase() is Phase.HOLDING


async def test_asked_a_second_time_an_end_waits_no_longer(mat: Mat) -> None:
    drain, waiting = drained(mat)
    await mat.wait(500)
    drain.end()
    await mat.settle()
    assert waiting.done() and mat.phase() is Phase.HOLDING


async def test_a_room_at_rest_delays_nobody(clock: ManualClock) -> None:
    mat = await (await Mat.laid(MemoryJournal(), clock)).to_positioning()
    _, waiting = drained(mat)
    await mat.settle()
    assert waiting.done()


async def test_nothing_adds_force_any_more_and_phones_are_told_why(mat: Mat) -> None:
    assert not mat.client.state.restarting and "good" in mat.client.state.may
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    drain, _ = drained(mat)
    await mat.settle()
    for phone in mat.phones:
        assert phone.state.restarting
        assert not {"ready", "good", "clear"} & set(phone.state.may)
    assert {"stop", "ease", "pain"} <= set(mat.client.state.may)
    assert await mat.good() == "not_now"
    assert mat.phase() is Phase.EASED
    drain.end()
