"""A room wakes for what is due, whatever else happens in that millisecond."""

from __future__ import annotations

from contextlib import nullcontext

from app.core import commands as c
from app.core.model import After, AlertId, Phase, Role
from app.hub.alarm import Alarm
from app.journal.memory import MemoryJournal
from tests.support.clock import ManualClock
from tests.support.faulty_journal import FaultyJournal
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


class Due:
    """Something that is due at times that a test sets."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.at_ms: int | None = None
        self.done_ms: list[int] = []
        self.looks = 0

    def next_ms(self, now_ms: int) -> int | None:
        self.looks += 1
        return self.at_ms

    def do(self, now_ms: int) -> None:
        self.done_ms.append(now_ms)
        self.at_ms = None

    def has_unwritten(self) -> bool:
        return False


def alarm(due: Due) -> Alarm:
    return Alarm(due, due.clock, nullcontext)


async def test_an_alarm_that_is_put_off_wakes_at_the_later_time_only() -> None:
    due = Due(clock := ManualClock(0))
    rings = alarm(due)
    for at in (100, 250, 200, 300):
        due.at_ms = at
        rings.set()
    looked = due.looks
    await clock.pass_ms(299)
    assert due.looks == looked
    await clock.pass_ms(1)
    assert due.done_ms == [300]


async def test_an_alarm_that_is_put_forward_acts_then() -> None:
    due = Due(clock := ManualClock(0))
    rings = alarm(due)
    due.at_ms = 300
    rings.set()
    due.at_ms = 100
    rings.set_by(100)
    looked = due.looks
    rings.set_by(200)
    assert due.looks == looked, "whoever knows when needs no look at all that is due"
    await clock.pass_ms(100)
    assert due.done_ms == [100]


async def test_an_alarm_for_nothing_any_more_sleeps_for_ever() -> None:
    due = Due(clock := ManualClock(0))
    rings = alarm(due)
    due.at_ms = 100
    rings.set()
    due.at_ms = None
    rings.set()
    await clock.pass_ms(1_000)
    assert not [left for left in clock._alarms if not left.is_cancelled]


async def test_a_cancelled_alarm_never_acts() -> None:
    due = Due(clock := ManualClock(0))
    rings = alarm(due)
    due.at_ms = 100
    rings.set()
    rings.cancel()
    rings.set_by(50)
    await clock.pass_ms(1_000)
    assert due.done_ms == []


async def test_an_alert_is_told_again_after_250_ms_though_the_disk_hangs() -> None:
    clock, journal = ManualClock(), FaultyJournal(MemoryJournal())
    mat = await (await Mat.laid(journal, clock)).to_holding()
    await mat.wait(500)
    mat.partner.is_painting = False
    journal.hang()
    mat.client.ask(c.Stop(id=mat.client.id()))
    await mat.settle()
    before = len(mat.partner.alerts)
    await clock.pass_ms(249)
    await mat.settle()
    assert len(mat.partner.alerts) == before
    await clock.pass_ms(1)
    await mat.settle()
    assert len(mat.partner.alerts) == before + 1
    assert mat.partner.state.severity == "stop"
    journal.go_on()
    await mat.settle()
