"""Before a restart: hands that are on get the way back, no hold begins, and the end does come.

Every test enters where the program does: a signal reaches the server, which asks the rooms.
"""

from __future__ import annotations

import asyncio
import functools
import signal
from collections.abc import AsyncIterator, Sequence

import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from app.config import ASSETS, Settings
from app.content.library import Library, load_library
from app.core import commands as c
from app.core.events import Event
from app.core.model import AlertId, Phase, Role, RoomId
from app.errors import PairingError, Refused
from app.hub.rooms import Rooms
from app.journal.memory import MemoryStore
from app.protocol.constants import CLOSE_RESTARTING
from app.serve import _Server, _uvicorn_config
from tests.support.clock import ManualClock, settle
from tests.support.phones import Mat, Phone
from tests.support.session import ROUTINE

DRAIN_S = 60
FORCE = {"ready", "good", "clear"}


class Gate(MemoryStore):
    """A journal that takes nothing while its gate is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        await self.gate.wait()
        return await super().append(room, expected_seq, events)


@functools.cache
def library() -> Library:
    return load_library(ASSETS / "content")


class House:
    """The rooms of a server, and the server itself, which nobody connects to."""

    def __init__(self, drain_s: int = DRAIN_S) -> None:
        self.store = Gate()
        self.clock = ManualClock()
        self.rooms = Rooms(self.store, self.clock, library())
        app = FastAPI()
        app.state.settings = Settings(journal="memory", drain_s=drain_s)
        app.state.drain, app.state.farewell = self.rooms.drain, self.rooms.close
        self.server = _Server(_uvicorn_config(app), app, None, lambda _: None)
        self.server.servers, self.server.force_exit = [], True  # uvicorn's part: nobody listens
        self.end: asyncio.Task[None] | None = None

    async def mat(self) -> Mat:
        return await Mat.in_house(self.rooms, self.store, self.clock)

    def signal(self) -> None:
        """What a SIGTERM does; uvicorn sees a moment later that it should end."""
        self.server.handle_exit(signal.SIGTERM, None)

    async def told_to_end(self) -> asyncio.Task[None]:
        self.signal()
        self.end = asyncio.create_task(self.server.shutdown())
        await settle()
        return self.end


@pytest.fixture
async def house() -> AsyncIterator[House]:
    one = House()
    yield one
    one.store.gate.set()
    if one.end is not None:
        one.signal()
        await one.end
    await one.rooms.close()


@pytest.fixture
async def mat(house: House) -> Mat:
    return await (await house.mat()).to_holding()


async def stop(mat: Mat) -> None:
    assert await mat.tap(mat.client, c.Stop(id=mat.client.id())) == "done"
    assert mat.partner.alerts[-1].kind == "stop"


def are_told(mat: Mat) -> bool:
    """Whether both phones read that the server restarts, and are offered nothing that adds."""
    told = [phone.state for phone in mat.phones]
    return all(state.restarting and not FORCE & set(state.may) for state in told)


async def test_an_end_waits_until_the_limb_is_down(house: House, mat: Mat) -> None:
    end = await house.told_to_end()
    await mat.wait(10_000)
    while mat.room.state.is_hands_on:
        assert not mat.room.is_closed
        await mat.wait(250)
    assert mat.phase() is Phase.RESTING
    await mat.wait(250)
    assert mat.room.is_closed
    await end


async def test_a_room_at_rest_is_told_too_and_begins_nothing_while_another_is_waited_for(
    house: House, mat: Mat
) -> None:
    other = await (await house.mat()).to_positioning()
    assert await other.ready(other.partner) == "done"
    assert "ready" in other.client.state.may
    with capture_logs() as logs:
        await house.told_to_end()
        await mat.wait(1_000)
    assert [one["rooms"] for one in logs if one["event"] == "waiting_for_hands"] == [1]
    assert are_told(mat) and are_told(other)
    assert await other.ready(other.client) == "not_now"
    assert other.phase() is Phase.POSITIONING
    await stop(other)
    for one in (mat, other):
        assert not one.room.is_closed


async def test_from_the_signal_on_nothing_begins_before_the_server_has_turned_to_its_end(
    house: House,
) -> None:
    other = await (await house.mat()).to_positioning()
    assert await other.ready(other.partner) == "done"
    house.signal()
    assert are_told(other)
    assert await other.ready(other.client) == "not_now"
    with pytest.raises(PairingError, match="restarts"):
        await house.mat()


async def test_to_ask_who_is_waited_for_changes_nothing(house: House, mat: Mat) -> None:
    other = await (await house.mat()).to_positioning()
    drain = house.rooms.drain(DRAIN_S * 1000)
    assert [drain.hands_on() for _ in range(3)] == [1, 1, 1]
    assert are_told(mat) and are_told(other)
    drain.end()
    await drain.wait()


async def test_a_room_that_was_being_opened_is_told_too(house: House, mat: Mat) -> None:
    house.store.gate.clear()
    opening = asyncio.create_task(house.rooms.open(Role.CLIENT, ROUTINE, "h-client"))
    await settle()
    await house.told_to_end()
    house.store.gate.set()
    late = await opening
    assert Phone(late, Role.CLIENT).state.restarting


async def test_a_room_that_is_read_back_after_the_signal_is_told_too(house: House) -> None:
    mat = await (await house.mat()).to_positioning()
    again = Rooms(house.store, house.clock, library())
    drain = again.drain(DRAIN_S * 1000)
    await again.recover()
    assert Phone(await again.find(mat.room.id), Role.CLIENT).state.restarting
    drain.end()
    await again.close()


async def test_a_ready_that_is_being_written_as_the_signal_comes_is_waited_for(
    house: House,
) -> None:
    mat = await (await house.mat()).to_positioning()
    assert await mat.ready(mat.partner) == "done"
    house.store.gate.clear()
    answer = mat.client.ask(c.Ready(id=mat.client.id(), phase_no=mat.room.state.phase_no))
    await mat.settle()
    await house.told_to_end()
    await mat.wait(300)
    house.store.gate.set()
    await mat.settle()
    await answer
    assert mat.phase() is Phase.EASING_IN
    await mat.wait(1_000)
    assert not mat.room.is_closed


async def test_a_stop_goes_through_and_is_waited_for_until_they_are_down(
    house: House, mat: Mat
) -> None:
    await house.told_to_end()
    await mat.wait(1_000)
    await stop(mat)
    await mat.wait(3_000)
    assert not mat.room.is_closed
    let_go = c.LetGo(id=mat.partner.id(), stop=AlertId(mat.partner.alerts[-1].alert))
    assert await mat.tap(mat.partner, let_go) == "done"
    await mat.wait(250)
    assert mat.room.is_closed


async def test_no_stop_is_refused_for_good_by_a_server_that_has_said_farewell(mat: Mat) -> None:
    await mat.room.close("restarting", CLOSE_RESTARTING)
    mat.client.reconnect(mat.room)
    mat.client.read()
    assert mat.client.outbox.close_code == CLOSE_RESTARTING
    with pytest.raises(Refused, match="journal_down"):  # a page sends it again until it is taken
        await mat.client.ask(c.Stop(id=mat.client.id()))


async def test_a_stop_that_everybody_left_is_not_waited_for(house: House, mat: Mat) -> None:
    await stop(mat)
    for phone in mat.phones:
        phone.is_beating = False
    await mat.wait(10_000)
    await house.told_to_end()
    assert mat.room.is_closed and mat.phase() is Phase.STOPPED


async def test_an_end_does_not_wait_for_ever() -> None:
    house = House(drain_s=5)
    mat = await (await house.mat()).to_holding()
    end = await house.told_to_end()
    await mat.wait(4_750)
    assert not mat.room.is_closed
    await mat.wait(500)
    assert mat.room.is_closed and mat.phase() is Phase.HOLDING
    await end


@pytest.mark.parametrize("is_quick", [True, False])
async def test_asked_a_second_time_an_end_waits_no_longer(
    house: House, mat: Mat, is_quick: bool
) -> None:
    if is_quick:
        house.signal()
    await house.told_to_end()
    if not is_quick:
        await mat.wait(500)
        assert not mat.room.is_closed
        house.signal()
        await mat.settle()
    assert mat.room.is_closed and mat.phase() is Phase.HOLDING


async def test_a_house_at_rest_ends_at_once(house: House) -> None:
    mat = await (await house.mat()).to_positioning()
    await house.told_to_end()
    assert mat.room.is_closed


async def test_nothing_adds_force_any_more_and_phones_are_told_why(house: House, mat: Mat) -> None:
    assert not mat.client.state.restarting and "good" in mat.client.state.may
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    await house.told_to_end()
    assert are_told(mat)
    assert {"stop", "ease", "pain"} <= set(mat.client.state.may)
    assert await mat.good() == "not_now"
    assert mat.phase() is Phase.EASED
