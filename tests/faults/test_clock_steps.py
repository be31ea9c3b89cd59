"""P9: clocks may step, jump or sleep. A hold ends early rather than late, and nothing resumes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from app.clock import RealClock
from app.core.model import Phase
from app.journal.memory import MemoryJournal
from app.protocol.constants import LOST_AFTER_MS
from app.protocol.to_phone import StateTold
from tests.support.clock import Alarm, ManualClock, settle
from tests.support.phones import Mat
from tests.support.proof import LONG, proof

HOUR_S = 3_600
PUSHING = (Phase.EASING_IN, Phase.HOLDING)
JUMPS = 60 * min(LONG, 20)
LAST_BEAT_MS = 750  # how long ago it may have been, once the jump is over
LONGEST_MS = 3 * HOUR_S * 1_000
BOOT = 7  # what this computer calls the clock that counts on while it sleeps


class Computer:
    """What app/clock.py reads: a wall clock set by hand, one that only runs, one that never rests.

    It counts as a ManualClock does, but all it tells the app goes through the app's RealClock.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall_ns, self.ran_ns, self.slept_ns = 1_764_000_000 * 10**9, 10**9, 0
        fake = SimpleNamespace(
            time_ns=lambda: self.wall_ns + self.ran_ns + self.slept_ns,
            clock_gettime_ns=lambda clock: self.ran_ns + self.slept_ns * (clock == BOOT),
            CLOCK_BOOTTIME=BOOT,
            CLOCK_MONOTONIC=1,
        )
        monkeypatch.setattr("app.clock.time", fake)
        self._clock = RealClock()
        self._timers = ManualClock(0)

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> Alarm:
        """As an event loop does: later by so much of the time that only runs."""
        delay_ms = max(0, at_ms - self.now_ms())
        return self._timers.call_at(self._timers.now_ms() + delay_ms, callback)

    async def pass_ms(self, ms: int) -> None:
        for _ in range(0, ms, 50):
            self.ran_ns += 50 * 10**6
            await self._timers.pass_ms(50)

    def set_wall(self, by_s: int) -> None:
        self.wall_ns += by_s * 10**9

    def sleep(self, s: float) -> None:
        self.slept_ns += int(s * 10**9)


async def laid(clock: Computer | ManualClock) -> Mat:
    return await (await Mat.laid(MemoryJournal(), cast(ManualClock, clock))).to_holding()


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, 400 * 24 * HOUR_S, -60])
async def test_a_step_of_the_wall_clock_moves_no_hold(
    monkeypatch: pytest.MonkeyPatch, step_s: int
) -> None:
    computer = Computer(monkeypatch)
    mat = await laid(computer)
    await mat.wait(5_000)
    before = mat.partner.state.timer
    assert before is not None and before.ends_ms is not None
    computer.set_wall(step_s)
    await mat.wait(1_000)
    mat.client.outbox.put_state()
    told = mat.client.state
    assert told.timer is not None and told.timer.ends_ms == before.ends_ms
    assert told.timer.remaining_ms == before.ends_ms - computer.now_ms()
    await mat.wait(before.ends_ms - computer.now_ms() - 100)
    assert mat.phase() is Phase.HOLDING
    await mat.wait(150)
    assert mat.phase() is Phase.RELEASING
    moments = [m.now_ms for m in mat.client.inbox if isinstance(m, StateTold)]
    assert all(0 <= b - a < 60_000 for a, b in itertools.pairwise(moments))


@pytest.mark.prove
async def test_a_jump_ends_a_hold_early_rather_than_late_and_resumes_nothing() -> None:
    """Let the server's time jump, as if its process had stood still for so long."""
    chance = random.Random(9)
    with proof("P9", "the server's time jumps in a hold; it comes back and nothing runs") as p9:
        for _ in range(JUMPS):
            clock = ManualClock()
            mat = await laid(clock)
            await mat.wait(chance.randrange(0, 20_000, 250))
            ends_ms = mat.room.state.ends_ms
            assert mat.phase() is Phase.HOLDING and ends_ms is not None
            jump_ms = int(LONGEST_MS ** chance.random())
            clock.step_to(clock.now_ms() + jump_ms)
            await wakes(mat, chance)
            is_over = clock.now_ms() >= ends_ms or jump_ms >= LOST_AFTER_MS
            if is_over:
                assert mat.phase() not in PUSHING
            elif jump_ms < LOST_AFTER_MS - LAST_BEAT_MS:
                assert mat.room.state.ends_ms == ends_ms
            await nothing_resumes(mat, is_over)
            p9.trial()


async def wakes(mat: Mat, chance: random.Random) -> None:
    """What a process that stood still meets first is anyone's guess: its timers, or its phones."""
    phones = list(mat.phones)
    chance.shuffle(phones)
    for phone in phones[: chance.randrange(3)]:
        phone.beat()
    await mat.clock.pass_ms(0)
    await settle()
    await mat.wait(250)


async def nothing_resumes(mat: Mat, is_over: bool) -> None:
    seen = set()
    for _ in range(40):
        await mat.wait(500)
        seen.add(mat.phase())
    assert not (is_over and seen & set(PUSHING)), seen
    assert mat.phase() not in PUSHING or mat.clock.now_ms() < (mat.room.state.ends_ms or 0)


@pytest.mark.parametrize("sleeps_s", [5, 90, 8 * HOUR_S])
async def test_a_machine_that_slept_wakes_to_no_running_hold(
    monkeypatch: pytest.MonkeyPatch, sleeps_s: int
) -> None:
    """Lid closed: its phones went on living, so for them the hold is long over."""
    computer = Computer(monkeypatch)
    mat = await laid(computer)
    await mat.wait(1_000)
    computer.sleep(sleeps_s)
    await mat.wait(500)
    assert mat.phase() in (Phase.EASED, Phase.RELEASING, Phase.RESTING)
    await nothing_resumes(mat, True)
