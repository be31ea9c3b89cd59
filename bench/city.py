"""What one core carries, beside relays that do the same work and know no rules.

Servers that are compared stand beside each other on one core and are measured in turns; the load
has the other core. `python -m bench.city [--rounds N] [--against COMMIT] [PART...]`
"""

from __future__ import annotations

import argparse
import contextlib
import re
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.figures import Reached, Target, by_round, head, line, must_reach, series
from bench.load import Load, Measured, compiled, resident_kb
from bench.sides import (
    ALONE,
    ECHO,
    GROUPED,
    KEPT_NOT,
    ON_SOCKET_IO,
    OURS,
    RELAY,
    ROOT,
    Side,
    connected,
    older,
    running,
)

ROOMS = 500  # so many that no phone answers more than 20 alerts a second
LOST_S = 11  # phones that do not beat are lost first; this is over then
PER_S = 500
RATE_ROOMS = 1_100  # so that each STOP is followed by no other within two seconds
BEATING = 5_000
STOPS_PER_S = 150
FEW_ROOMS = 400  # again no other within two seconds
STORMS = 3
HANDS_ON_EACH = 3
TIMES = Target(1.2, "x")
QUIET = Target(5, " %")  # with more, nothing above is worth much


@dataclass(frozen=True)
class Run:
    """How often each is measured, with what, and beside which older commit."""

    rounds: int
    program: Path
    older: Side | None = None
    others: list[float] = field(default_factory=list)

    def noted(self, measured: Measured) -> Measured:
        """Note how much of the server's core other programs had meanwhile, in %."""
        self.others.append(100 * measured.others_s / measured.lasted_s)
        return measured


def commit() -> str:
    """Name what is measured."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return said.stdout.strip() or "unknown"


def processor() -> str:
    """Name the machine's processor, as far as it says."""
    told = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return told[1] if told else "an unknown processor"


def most_rooms() -> int:
    """Return ten thousand rooms, or as many as one process may have sockets for here."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(10_000, (files - 100) // 2)


def _in_turns(
    run: Run, sides: Sequence[Side], rooms: int, measure: Callable[[Load], Measured]
) -> dict[Side, list[Measured]]:
    """Have all sides stand beside each other, and measure one after the other, round by round."""
    found: dict[Side, list[Measured]] = {side: [] for side in sides}
    with ExitStack() as held:
        loads = {side: held.enter_context(connected(side, rooms, run.program)) for side in sides}
        time.sleep(LOST_S)
        for load in loads.values():
            load.full(1)
        time.sleep(3)
        for _ in range(run.rounds):
            for side, load in loads.items():
                found[side].append(run.noted(measure(load)))
                time.sleep(0.5)
    return found


def _versions(run: Run) -> list[Side]:
    return [OURS, *([run.older] if run.older is not None else [])]


def signals(run: Run) -> list[Reached]:
    """Measure as many STOPs as go through, with each server in turn."""
    sides = [RELAY, KEPT_NOT, GROUPED, ALONE, *ON_SOCKET_IO, *_versions(run)]
    found = _in_turns(run, sides, ROOMS, lambda load: load.full(2))
    per_s = {side: [one.per_s for one in runs] for side, runs in found.items()}
    head(
        f"{ROOMS} rooms, one signal after the other",
        "signals/s", "spread", "ours, of it", "µs each", "texts", "pings",
    )  # fmt: skip
    for side, runs in found.items():
        times = statistics.median(by_round(per_s[OURS], per_s[side]))
        line(side.name, *series(per_s[side]), f"{times:.2f}x", *_work(runs))
    busiest = max(one.own_share for runs in found.values() for one in runs)
    print(f"\nThe load's own share of its core is at most {busiest:.0%}.")
    reached = [
        Reached(f"signals/s, of the {side.name}", by_round(per_s[OURS], per_s[side]), target)
        for side, target in ((GROUPED, _least(0.6)), (ALONE, _least(2)))
    ]
    if run.older is not None:
        of_older = by_round(per_s[OURS], per_s[run.older])
        reached.append(Reached(f"signals/s, of {run.older.name}", of_older, _least(1.2)))
    return reached


def _least(bound: float) -> Target:
    return Target(bound, "x", is_least=True)


def _work(runs: Sequence[Measured]) -> list[str]:
    """Return what a signal cost and how much the server told for it, as cells."""
    costs = [one.cost_us for one in runs]
    texts, pings = sum(one.texts for one in runs), sum(one.pings for one in runs)
    sent = sum(one.sent for one in runs)
    return [series(costs)[0], f"{texts / sent:.2f}", f"{pings / sent:.2f}"]


def at_a_rate(run: Run) -> list[Reached]:
    """Measure what a STOP takes and costs at a rate that a city has."""
    sides = [GROUPED, *_versions(run)]
    found = _in_turns(run, sides, RATE_ROOMS, lambda load: load.rate(PER_S, 5))
    head(
        f"{PER_S} signals/s in {RATE_ROOMS:,} rooms",
        "p50 ms", "p99 ms", "spread", "p99.9 ms", "µs each", "texts", "pings",
    )  # fmt: skip
    for side, runs in found.items():
        p50, p99, p999 = (
            series([getattr(one, name) / 1000 for one in runs])
            for name in ("p50_us", "p99_us", "p999_us")
        )
        line(side.name, p50[0], *p99, p999[0], *_work(runs))
    p99s = {side: [one.p99_us for one in runs] for side, runs in found.items()}
    costs = [one.cost_us for one in found[OURS]]
    return [
        Reached(f"processor time a signal at {PER_S}/s", costs, Target(700, " µs")),
        Reached(
            f"STOP p99 at {PER_S}/s, of the {GROUPED.name}",
            by_round(p99s[OURS], p99s[GROUPED]),
            TIMES,
        ),
    ]


def beats(run: Run) -> list[Reached]:
    """Let both phones of every room beat once a second."""
    shares: dict[Side, list[float]] = {side: [] for side in (ECHO, *_versions(run))}
    answered: dict[Side, float] = {}
    for _ in range(run.rounds):
        for side in shares:
            with connected(side, BEATING, run.program) as load:
                found = run.noted(load.beats(1_000, 6, 5))
            shares[side].append(100 * found.server_share)
            answered[side] = found.beats_per_s / (2 * BEATING)
    head(f"{BEATING:,} rooms beating once a second", "% of a core", "spread", "answered", "times")
    for side, values in shares.items():
        times = statistics.median(by_round(values, shares[ECHO]))
        line(side.name, *series(values), f"{answered[side]:.1%}", f"{times:.2f}x")
    times_echo = by_round(shares[OURS], shares[ECHO])
    return [Reached(f"{BEATING:,} rooms beating, of a bare echo", times_echo, Target(1.05, "x"))]


def by_rooms(run: Run) -> list[Reached]:
    """Find what a STOP costs and how long it takes with more and more rooms open.

    Two comparisons, for each compares the same work: STOPs in ten rooms, of ten and of all; and
    STOPs in all rooms, of some and of all, each told again after two seconds.
    """
    cases = ((10, 10), (most_rooms(), 10), (FEW_ROOMS, FEW_ROOMS), (most_rooms(), most_rooms()))
    found: dict[tuple[int, int], list[Measured]] = {case: [] for case in cases}
    costs: dict[tuple[int, int], list[float]] = {case: [] for case in cases}
    with ExitStack() as held:
        counts = sorted({rooms for rooms, _ in cases})
        loads = {rooms: held.enter_context(connected(OURS, rooms, run.program)) for rooms in counts}
        time.sleep(LOST_S + 10)
        for _ in range(run.rounds):
            for case in cases:
                load = loads[case[0]]
                idle = load.idle(3)
                one = run.noted(load.rate(STOPS_PER_S, 5, case[1]))
                found[case].append(one)
                own_s = one.server_s - idle.server_share * one.lasted_s
                costs[case].append(1e6 * own_s / one.sent)
    head(
        f"{STOPS_PER_S} signals/s, by rooms",
        "µs each", "spread", "p50 ms", "p99 ms", "texts",
    )  # fmt: skip
    for (rooms, stopping), runs in found.items():
        p50, p99 = (
            series([getattr(one, name) / 1000 for one in runs])[0] for name in ("p50_us", "p99_us")
        )
        name = f"{rooms:,} open, signals in {stopping:,}"
        line(name, *series(costs[rooms, stopping]), p50, p99, _work(runs)[1])
    return [
        Reached(f"cost of a STOP {what}", by_round(costs[cases[more]], costs[cases[few]]), TIMES)
        for what, few, more in (
            (f"in ten rooms, 10 → {most_rooms():,} open", 0, 1),
            (f"in all rooms, {FEW_ROOMS} → {most_rooms():,}", 2, 3),
        )
    ]


def memory(run: Run) -> list[Reached]:
    """Compare what idle rooms take, and how long it is until they are there again."""
    reached = []
    head("a room's two sockets, idle", "two bare", "ours", "times", "ready s", "back s")
    for rooms in (1_000, most_rooms()):
        bare, ours = [], []
        for _ in range(run.rounds if rooms == 1_000 else 1):
            bare.append(_room_kb(run, RELAY, rooms)[0])
            kb, *took_s = _room_kb(run, OURS, rooms)
            ours.append(kb)
        times = by_round(ours, bare)
        cells = [f"{statistics.median(one):.1f} kB" for one in (bare, ours)]
        cells += [f"{statistics.median(times):.2f}x", *(f"{one:.1f}" for one in took_s)]
        line(f"{rooms:,} rooms", *cells)
        name = f"a room's two sockets, of two bare ones, {rooms:,} rooms"
        reached.append(Reached(name, times, Target(1, "x")))
    with running(OURS, 0) as none:
        resident_mb = resident_kb(none.served.process.pid) / 1024
        print(f"\nNo room at all: ready after {none.ready_s:.1f} s, {resident_mb:.1f} MB resident.")
    return reached


def storm(run: Run) -> list[Reached]:
    """Have all phones of as many rooms as can be come back at once, hands on in every third."""
    rooms, runs = most_rooms(), min(run.rounds, STORMS)
    head(f"{rooms:,} rooms come back at once", "hands on s", "spread", "all s", "spread", "again")
    for side in _versions(run):
        first, every, again = zip(*(_storm_s(run, side, rooms) for _ in range(runs)), strict=True)
        line(side.name, *series(first), *series(every), f"{max(again):,.0f}")
    return []


def _storm_s(run: Run, side: Side, rooms: int) -> tuple[float, float, int]:
    """Return until those with hands on were back, until all were (s), and who asked again."""
    with running(side, rooms) as one:
        phones = [
            replace(seat, path=seat.path + "&hands=on") if at // 2 % HANDS_ON_EACH == 0 else seat
            for at, seat in enumerate(one.phones)
        ]
        load = Load(one.served, phones, run.program, at_once=len(phones))
        load.close()
        return load.first_s, load.opened_s, load.asked_again


def _room_kb(run: Run, side: Side, rooms: int) -> tuple[float, float, float]:
    """Return memory for each room's sockets, and until it was ready and until all were back (s)."""
    with running(side, rooms) as one:
        before = resident_kb(one.served.process.pid)
        load = Load(one.served, one.phones, run.program)
        try:
            time.sleep(1)
            grown = resident_kb(one.served.process.pid) - before
            return grown / rooms, one.ready_s, load.opened_s
        finally:
            load.close()


PARTS = {one.__name__: one for one in (signals, at_a_rate, beats, by_rooms, memory, storm)}


def measure(rounds: int, against: str | None = None, parts: Sequence[str] = ()) -> list[Reached]:
    """Print the tables; returns what has a target."""
    reached: list[Reached] = []
    with contextlib.ExitStack() as held:
        try:
            program = held.enter_context(compiled())
        except FileNotFoundError:
            print("No C compiler here (cc): signals, beats and memory are not measured.")
            return []
        run = Run(rounds, program, held.enter_context(older(against)) if against else None)
        for name, part in PARTS.items():
            if not parts or name in parts:
                reached += part(run)
        if run.others:
            reached.append(Reached("other programs on the server's core", run.others, QUIET))
    return reached


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench.city", description=__doc__)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--against", metavar="COMMIT", help="measure an older commit beside")
    asked.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; else all")
    told = asked.parse_args()
    must_reach(measure(told.rounds, told.against, told.parts))
