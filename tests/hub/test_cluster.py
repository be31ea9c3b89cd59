"""Whose room it is: one server's at any time, and no stop is lost when it becomes another's."""

from __future__ import annotations

import asyncio

import pytest

from app.core import commands as c
from app.core import events as e
from app.core.model import Phase, Role
from app.errors import Elsewhere, JournalUnavailable, PairingError
from app.hub.cluster import FENCED_MS
from app.hub.room import Room
from app.hub.servers import DEAD_MS
from app.protocol.constants import CLOSE_GONE, CLOSE_RESTARTING
from tests.support.clock import ManualClock, settle
from tests.support.phones import Mat
from tests.support.several import Bus, Log, SimServer

A_SECOND = 1_000


class Cluster:
    """Two servers, and two phones in a hold at the first."""

    def __init__(self, skew_ms: int = 0) -> None:
        self.clock, self.bus, self.log = ManualClock(), Bus(), Log()
        self.a = SimServer("aaaaaaaa", self.bus, self.log, self.clock)
        self.b = SimServer("bbbbbbbb", self.bus, self.log, self.clock, skew_ms)
        self.mat: Mat

    async def start(self) -> Cluster:
        await self.a.start()
        await self.b.start()
        await self.clock.pass_ms(2 * DEAD_MS)
        self.mat = await Mat.in_house(self.a.rooms, self.a.journal, self.clock)
        await self.mat.to_holding()
        return self

    async def taken(self) -> Room:
        room = await within(self.clock, self.b.rooms.find(self.mat.room.id))
        assert isinstance(room, Room)
        return room

    async def events(self) -> list[e.Event]:
        return await self.log.events.read(self.mat.room.id)


async def within(clock: ManualClock, asked: object) -> object:
    task = asyncio.ensure_future(asked)  # type: ignore[call-overload]
    for _ in range(100):
        await clock.pass_ms(50)
        if task.done():
            break
    return task.result()


@pytest.fixture
async def two() -> Cluster:
    return await Cluster().start()


async def test_a_room_of_a_living_server_is_found_there(two: Cluster) -> None:
    for _ in range(20):
        await two.mat.wait(500)
        with pytest.raises(Elsewhere) as found:
            await two.b.rooms.find(two.mat.room.id)
        assert found.value.srv == two.a.srv
    assert two.mat.phase() is Phase.HOLDING


async def test_a_room_that_is_nowhere_is_no_room(two: Cluster) -> None:
    for name in ("nowhere", "a.b", "*", ">", "", "x" * 65):
        with pytest.raises(PairingError):
            await two.b.rooms.find(name)


async def test_a_dead_servers_room_is_taken_and_eased_and_its_time_goes_on() -> None:
    for skew_ms in (-5_000, 0, 7_000):
        two = await Cluster(skew_ms).start()
        before = two.mat.room.now_ms()
        two.a.die()
        await two.clock.pass_ms(A_SECOND)
        room = await two.taken()
        assert room.state.phase is Phase.EASED
        passed_ms = two.clock.now_ms() - before
        assert abs(room.now_ms() - two.mat.room.now_ms()) <= 1, passed_ms
        assert await two.b.rooms.find(room.id) is room


async def test_a_killed_server_is_known_to_be_dead_before_its_pulse_is_missed(two: Cluster) -> None:
    two.a.die()
    await two.clock.pass_ms(750)
    assert not two.b.servers.is_alive(two.a.srv)


async def test_a_server_that_only_stands_still_is_dead_after_its_pulse(two: Cluster) -> None:
    two.bus.cut.add(two.a.srv)
    await two.clock.pass_ms(DEAD_MS - 500)
    assert two.b.servers.is_alive(two.a.srv)
    await two.clock.pass_ms(1_000)
    assert not two.b.servers.is_alive(two.a.srv)


async def test_who_is_cut_off_itself_holds_nobody_for_dead(two: Cluster) -> None:
    two.b.cut()
    await two.clock.pass_ms(10 * DEAD_MS)
    assert two.b.servers.is_alive(two.a.srv) and two.b.servers.away_ms() > DEAD_MS
    two.b.heal()
    await two.clock.pass_ms(250)
    assert two.b.servers.is_alive(two.a.srv) and not two.b.servers.away_ms()


async def test_whoever_was_taken_for_dead_is_fenced_and_hands_its_stop_on(two: Cluster) -> None:
    two.a.cut()
    await two.clock.pass_ms(2 * DEAD_MS)
    room = await two.taken()
    stop = c.Stop(id=two.mat.client.id())
    two.mat.room.ask(stop, Role.CLIENT)
    await two.mat.settle()
    assert any(alert.kind == "stop" for alert in two.mat.partner.alerts)  # told though cut off
    assert room.state.phase is Phase.EASED
    two.a.heal()
    await two.clock.pass_ms(A_SECOND)
    await two.mat.settle()
    assert room.state.phase is Phase.STOPPED
    assert [phone.outbox.close_code for phone in two.mat.phones] == [CLOSE_RESTARTING] * 2
    done = [x.id for x in await two.events() if isinstance(x, e.CommandDone)]
    assert done.count(stop.id) == 1


async def test_of_two_servers_that_take_a_room_at_once_one_has_it(two: Cluster) -> None:
    third = await SimServer("cccccccc", two.bus, two.log, two.clock).start()
    await two.clock.pass_ms(2 * DEAD_MS)
    two.a.die()
    await two.clock.pass_ms(A_SECOND)
    tries = [asyncio.ensure_future(one.rooms.find(two.mat.room.id)) for one in (two.b, third)]
    await two.clock.pass_ms(5_000)
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["Elsewhere", "Room"]
    winner, loser = (two.b, third) if isinstance(results[0], Room) else (third, two.b)
    winner.die()  # and whoever was slower takes it at once, though it has just lost it
    await two.clock.pass_ms(A_SECOND)
    assert isinstance(await within(two.clock, loser.rooms.find(two.mat.room.id)), Room)


async def test_servers_that_can_not_hear_each_other_do_not_take_a_room_in_turns(
    two: Cluster,
) -> None:
    two.bus.deaf |= {(two.a.srv, two.b.srv), (two.b.srv, two.a.srv)}
    await two.clock.pass_ms(2 * DEAD_MS)
    room = await two.taken()
    await two.mat.wait(2 * A_SECOND)  # the former owner writes, and is fenced
    assert two.mat.room.is_closed
    with pytest.raises(JournalUnavailable):
        await two.a.rooms.find(room.id)
    await two.clock.pass_ms(FENCED_MS)
    assert await within(two.clock, two.a.rooms.find(room.id)) is not room


async def test_a_leaving_servers_room_is_taken_at_once(two: Cluster) -> None:
    two.a.servers.leave()
    await settle()
    assert (await two.taken()).state.phase is Phase.EASED


async def test_a_lost_answer_to_what_adds_force_starts_nothing(two: Cluster) -> None:
    mat = two.mat
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    assert mat.phase() is Phase.EASED
    await mat.wait(A_SECOND)
    two.a.journal.loses_answers = True
    assert await mat.good() == "journal_down"
    assert mat.phase() is Phase.EASED
    await mat.wait(3 * A_SECOND)
    assert await mat.tap(mat.client, c.Stop(id=mat.client.id())) == "done"
    told = [state.phase for phone in mat.phones for state in (phone.state,)]
    assert told == ["stopped", "stopped"]


async def test_an_erased_room_is_gone_from_every_server(two: Cluster) -> None:
    two.a.die()
    await two.clock.pass_ms(A_SECOND)
    room = await two.taken()
    phone = room.attach(Role.CLIENT)
    two.b.bus.dead.clear()
    two.b.post.send("sw.gone", room.id.encode())
    await settle()
    assert phone.close_code == CLOSE_GONE and two.b.rooms.here(room.id) is None


async def test_an_erased_room_is_not_written_again_by_who_does_not_know(two: Cluster) -> None:
    two.bus.deaf.add((two.b.srv, two.a.srv))
    await two.b.journal.erase(two.mat.room.id)
    stop = two.mat.room.ask(c.Stop(id=two.mat.client.id()), Role.CLIENT)
    await two.mat.wait(3 * A_SECOND)
    assert await two.events() == [] and two.a.rooms.here(two.mat.room.id) is None
    assert not stop.done() and two.mat.room.is_closed


async def test_each_room_is_swept_by_one_server(two: Cluster) -> None:
    await two.mat.tap(two.mat.client, c.End(id=two.mat.client.id()))
    await two.mat.wait(10 * A_SECOND)
    assert two.mat.phase() is Phase.ENDED
    two.clock.step_to(two.clock.now_ms() + 25 * 3600 * A_SECOND)
    await two.clock.pass_ms(A_SECOND)
    for one in (two.a, two.b):
        await one.cluster.sweep()
    assert await two.events() == []


async def test_a_kept_record_stays_for_a_year_and_goes_then(two: Cluster) -> None:
    await two.mat.tap(two.mat.client, c.End(id=two.mat.client.id()))
    await two.mat.wait(10 * A_SECOND)
    await two.mat.room.ask(c.Keep(), Role.CLIENT)
    for days, is_there in ((364, True), (2, False)):
        two.clock.step_to(two.clock.now_ms() + days * 24 * 3600 * A_SECOND)
        await two.clock.pass_ms(A_SECOND)
        for one in (two.a, two.b):
            await one.cluster.sweep()
        assert bool(await two.events()) is is_there
