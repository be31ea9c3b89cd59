"""A room wakes for what is due, whatever else happens in that millisecond."""

from __future__ import annotations

from app.core import commands as c
from app.core.model import After, AlertId, Phase, Role
from app.journal.memory import MemoryJournal
from tests.support.clock import ManualClock
from tests.support.phones import Mat


async def test_good_is_told_as_legal_though_the_timer_is_set_anew_just_then() -> None:
    clock = ManualClock()
    mat = await (await Mat.laid(MemoryJournal(), clock)).to_holding()
    stop = mat.client.id()
    await mat.tap(mat.client, c.Stop(id=stop))
    await mat.tap(mat.partner, c.LetGo(id=mat.partner.id(), stop=AlertId(f"client:{stop}")))
    await mat.wait(2_500)
    again = c.Clear(id=mat.client.id(), stop=AlertId(f"client:{stop}"), then=After.AGAIN)
    assert await mat.tap(mat.client, again) == "done"
    for phone in (mat.partner, mat.client):
        assert await mat.ready(phone) == "done"
    assert mat.phase() is Phase.EASING_IN
    clock.step_to(mat.room.state.phase_at_ms + 1_000)
    mat.room.attach(Role.PARTNER)
    await clock.pass_ms(0)
    assert "good" in mat.client.state.may
