"""P25: what a phone is told of the other one stays true after the end, and nothing is written."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.model import Phase, Role, RoomId
from app.hub.room import Room
from app.journal.memory import MemoryJournal
from app.protocol.to_phone import StateTold
from tests.support.clock import ManualClock
from tests.support.phones import Mat

TRUE_WITHIN_MS = 3_500


@pytest.fixture
async def mat() -> Mat:
    mat = await (await Mat.laid(MemoryJournal(), ManualClock())).to_holding()
    await mat.tap(mat.client, c.End(id=mat.client.id()))
    await mat.wait(12_000)
    assert mat.phase() is Phase.ENDED
    return mat


@pytest.mark.parametrize("role", [Role.CLIENT, Role.PARTNER])
async def test_a_phone_that_falls_silent_after_the_end_is_told_as_silent(
    mat: Mat, role: Role
) -> None:
    gone, stays = mat.phones if role is Role.CLIENT else reversed(mat.phones)
    seq = mat.room.state.seq
    assert stays.state.seats[role].link == "live"
    gone.is_beating = False
    await mat.wait(TRUE_WITHIN_MS)
    told = stays.inbox[-1:] and stays.state.seats[role]
    assert told and told.link == "lost" and told.silent_since_ms is not None
    assert stays.state.now_ms - told.silent_since_ms >= 3_000
    gone.is_beating = True
    await mat.wait(1_000)
    assert stays.state.seats[role].link == "live"
    gone.visible = False
    await mat.wait(1_000)
    assert stays.state.seats[role].visible is False
    gone.is_beating = False
    await mat.wait(TRUE_WITHIN_MS)
    assert stays.state.seats[role].link == "lost"
    assert mat.room.state.seq == seq


async def test_a_room_that_was_over_before_a_restart_claims_nobody(mat: Mat) -> None:
    await mat.wait(60_000)
    state = mat.room.state
    again = Room(state, mat.journal, mat.clock)
    mat.client.is_beating = mat.partner.is_beating = False
    await mat.clock.pass_ms(60_000)
    assert state.room == RoomId("room") and state.partner.link == "live"
    assert again.look(Role.CLIENT).seats["partner"].link == "lost"


async def test_a_phone_that_comes_back_alone_after_the_end_is_watched_again(mat: Mat) -> None:
    mat.client.is_beating = mat.partner.is_beating = False
    await mat.wait(20_000)
    mat.client.is_beating = mat.partner.is_beating = True
    await mat.wait(250)
    assert mat.client.state.seats["partner"].link == "live"
    mat.partner.is_beating = False
    await mat.wait(TRUE_WITHIN_MS)
    pushed = [one for one in mat.client.inbox if isinstance(one, StateTold)]
    assert pushed[-1].seats["partner"].link == "lost"
