"""P3, P4, P6, P9: the real hub and the phones' own reducers under seeded faults, and planted bugs.

A seed that fails is replayed by `python -m tests.faults.simulation SEED`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from app.core import commands as c
from app.core import events as e
from app.core import guards
from app.core.decide import decide
from app.core.model import Link, Phase, Role
from app.core.timing import hold_left_ms
from app.hub.room import Room
from tests.faults.simulation.journal import SimJournal
from tests.faults.simulation.quiet import quiet
from tests.faults.simulation.watch import BLIND_MS, OVER_MS, Broken
from tests.faults.simulation.world import World
from tests.support.proof import LONG, proof

SEEDS = 150 if LONG == 1 else 8_000
CAUGHT_WITHIN = 400  # seeds; each planted bug is caught far sooner


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    """Silence the log: these errors are provoked on purpose, thousands of times."""
    quiet()
    yield
    structlog.reset_defaults()


@pytest.mark.prove
def test_no_fault_keeps_a_hold_running_unseen_or_loses_a_stop() -> None:
    with (
        proof("P4", "a running hold shown after the client's last beat", "ms", BLIND_MS) as p4,
        proof("P9", "a hold shown over its end", "ms", OVER_MS) as p9,
        proof("P3", "steps of seeded sessions under faults") as p3,
    ):
        for seed in range(SEEDS):
            outcome = asyncio.run(World(seed).run())
            p4.trial(outcome.worst_blind_ms)
            p9.trial(outcome.worst_over_ms)
            p3.trial(times=outcome.steps)


def test_a_seed_is_the_same_session_each_time() -> None:
    assert asyncio.run(World(4).run()) == asyncio.run(World(4).run())


# Planted bugs: each is what a server like this gets wrong, and each is caught.


def alert_after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a STOP's alert off until it is written."""
    raise_at_once, settle = Room._raise, Room._settle

    def ask(room: Room, alert: Any, *, is_written: bool = False) -> None:
        held.setdefault(room, []).append((alert, is_written))

    def settled(room: Room, waiting: Any, events: Any, problem: Exception | None) -> None:
        for alert, is_written in held.pop(room, []):
            raise_at_once(room, alert, is_written=is_written)
        settle(room, waiting, events, problem)

    held: dict[Room, list[tuple[Any, bool]]] = {}
    monkeypatch.setattr(Room, "_raise", ask)
    monkeypatch.setattr(Room, "_settle", settled)


def resume_on_reconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on with the hold as soon as the lost phone is back."""

    def eager(state: Any, command: c.Command, now_ms: int, by: Role) -> list[e.Event]:
        events = decide(state, command, now_ms, by)
        is_back = isinstance(command, c.NotePresence) and command.link is Link.LIVE
        if is_back and state.phase is Phase.EASED:
            events.append(e.HoldResumed(at_ms=now_ms, length_ms=hold_left_ms(state, now_ms)))
        return events

    monkeypatch.setattr("app.hub.room.decide", eager)


def seq_used_again_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer before the disk has it: what came last is gone after a crash, its numbers are not."""
    append = SimJournal.append

    async def early(journal: SimJournal, room: Any, seq: int, events: Any) -> int:
        if journal.delay_ms or not journal.is_well:
            return await append(journal, room, seq, events)
        journal.durable[room] = [*journal.durable[room], *events]
        journal.unwritten = len(events)
        return seq + len(events)

    def again(world: World) -> SimJournal:
        log = world.log[: len(world.log) - getattr(world.journal, "unwritten", 0)]
        return SimJournal(world.clock, {world.server.room.id: log})

    monkeypatch.setattr(SimJournal, "append", early)
    monkeypatch.setattr(World, "_disk_again", again)


def stale_good_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a GOOD for whatever phase is on when it arrives."""
    import app.core.decide as core

    monkeypatch.setattr(core, "quotes_stale_phase", lambda state, command: False)
    monkeypatch.setattr(guards, "quotes_stale_phase", lambda state, command: False)


def socket_given_up_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the socket that arrives last win, whichever the page uses."""
    attach = Room.attach
    monkeypatch.setattr(Room, "attach", lambda room, role, tab, n: attach(room, role))


def silence_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge the other phone by what the server last said of it."""
    from app.hub.pulse import Pulse

    monkeypatch.setattr(Pulse, "heard_ms", lambda pulse, role: None)


def goes_on_before_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hold begin on a server that was told to end."""
    never = property(lambda room: False, lambda room, told: None)
    monkeypatch.setattr(Room, "is_restarting", never, raising=False)


@pytest.mark.parametrize(
    ("plant", "near"),
    [
        (alert_after_commit, 171),
        (resume_on_reconnect, 4),
        (seq_used_again_after_a_crash, 4),
        (stale_good_accepted, 671),
        (socket_given_up_wins, 707),
        (silence_is_no_news, 845),
        (goes_on_before_an_end, 118),
    ],
)
def test_a_planted_bug_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searched from `near` on, where a seed is known to catch it."""
    plant(monkeypatch)
    with pytest.raises(Broken):
        for seed in range(near, near + CAUGHT_WITHIN):
            asyncio.run(World(seed).run())
