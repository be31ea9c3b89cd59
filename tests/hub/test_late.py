"""What comes late, or comes from what was given up, changes nothing towards more force."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.model import Cause, Link, Phase, Role
from app.journal.memory import MemoryJournal
from tests.support.clock import ManualClock
from tests.support.faulty_journal import FaultyJournal
from tests.support.phones import Mat


@pytest.fixture
def journal() -> FaultyJournal:
    return FaultyJournal(MemoryJournal())


@pytest.fixture
async def mat(journal: FaultyJournal) -> Mat:
    return await (await Mat.laid(journal, ManualClock())).to_holding()


async def test_a_good_that_a_hung_disk_takes_seconds_later_does_not_start_a_hold(
    mat: Mat, journal: FaultyJournal
) -> None:
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    journal.hang()
    mat.client.ask(c.TapGood(id=mat.client.id(), phase_no=mat.room.state.phase_no))
    await mat.wait(2_000)
    journal.go_on()
    await mat.settle()
    assert (mat.phase(), mat.room.state.cause) == (Phase.EASED, Cause.RESTARTED)
    await mat.wait(1_000)
    assert mat.phase() is Phase.EASED
    await mat.tap(mat.client, c.TapGood(id=mat.client.id(), phase_no=mat.room.state.phase_no))
    assert mat.phase() is Phase.HOLDING


async def test_a_good_that_the_disk_takes_in_time_does(mat: Mat, journal: FaultyJournal) -> None:
    await mat.tap(mat.client, c.EaseOff(id=mat.client.id()))
    journal.hang()
    mat.client.ask(c.TapGood(id=mat.client.id(), phase_no=mat.room.state.phase_no))
    await mat.wait(900)
    journal.go_on()
    await mat.settle()
    assert mat.phase() is Phase.HOLDING


async def test_a_socket_given_up_long_ago_does_not_turn_out_its_successor(mat: Mat) -> None:
    used = mat.room.attach(Role.CLIENT, "tab", 2)
    late = mat.room.attach(Role.CLIENT, "tab", 1)
    assert (late.close_code, used.close_code) == (4409, None)
    newer = mat.room.attach(Role.CLIENT, "tab", 3)
    assert (used.close_code, newer.close_code) == (4409, None)
    elsewhere = mat.room.attach(Role.CLIENT, "another", 1)
    assert (newer.close_code, elsewhere.close_code) == (4409, None)


async def test_beats_that_come_at_once_after_a_standstill_do_not_hide_it(mat: Mat) -> None:
    """A process that stood still may read its sockets before its timers fire."""
    mat.clock.step_to(mat.clock.now_ms() + 5_000)
    for phone in mat.phones:
        phone.beat()
    await mat.settle()
    assert (mat.phase(), mat.room.state.cause) == (Phase.EASED, Cause.CONTACT)
    await mat.wait(500)
    assert (mat.phase(), mat.client_link()) == (Phase.EASED, Link.LIVE)


async def test_a_phone_is_told_with_each_beat_when_the_other_was_last_heard(mat: Mat) -> None:
    mat.client.is_beating = False
    heard = mat.room.state.seat(Role.CLIENT).heard_ms
    told = []
    for _ in range(4):
        await mat.wait(500)
        told.append(mat.room.presence.beat(Role.PARTNER, 1, 1, True, "on", True).peer_ms)
    assert len(set(told)) == 1 and told[0] is not None and told[0] >= heard
    assert mat.room.state.seat(Role.CLIENT).link is Link.WEAK
    assert mat.room.presence.beat(Role.HOST, 1, 1, True, "on", True).peer_ms is None
