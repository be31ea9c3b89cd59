"""What one core carries: signals, beats, rooms and pages, beside relays that know no rules.

Servers that are compared stand beside each other on one core and are measured in turns; the load
has the other core.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.journal import Seated, fill, seats
from bench.load import LOAD_CORE, Load, Measured, compiled, on_one_core, resident_kb
from tests.support.fixtures import SERVE
from tests.support.serving import Served

ROUNDS = 5
ROOMS = 500  # so many that no phone answers more than 20 alerts a second
WIDTH = 56
PEERS = {
    "bare websockets": [sys.executable, "-m", "bench.peers.bare", "relay"],
    "Starlette on uvicorn": [sys.executable, "-m", "bench.peers.framework"],
    "socket.io": ["node", str(Path(__file__).parent / "peers" / "socketio.js")],
    "raw ASGI on our own sockets": [sys.executable, "-m", "bench.servers", "relay"],
}
IO_PATH = "/socket.io/?EIO=4&transport=websocket"
HAS_NODE = (
    shutil.which("node") is not None
    and Path(__file__).parent.joinpath("peers/node_modules").is_dir()
)
PAGES = (
    "/", "/start", "/join", "/help", "/learn", "/stretches", "/stretches/hamstring_raise", "/try",
    "/room/{room}/client", "/room/{room}/partner", "/room/{room}/client/cards",
    "/room/{room}/client/about",
)  # fmt: skip
PAGES_PER_S, PAGES_S = 200, 10


def most_rooms() -> int:
    """Return ten thousand rooms, or as many as one process may have sockets for here."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(10_000, (files - 100) // 2)


def told(name: str, values: Sequence[float], unit: str, per: float | None = None) -> float:
    """Print a median, its spread, and how many times another it is; returns the median."""
    middle = statistics.median(values)
    times = "" if per is None else f"  {middle / per:.2f}x"
    print(
        f"{name:<{WIDTH}}{middle:>11.1f} {unit:<5} {min(values):.1f}-{max(values):.1f}{times}",
        flush=True,
    )
    return middle


@contextmanager
def ours(rooms: int) -> Iterator[tuple[Served, list[Seated], float]]:
    """Start Say When with so many open rooms; returns also how long it took to be ready (s)."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), rooms)
        began = time.perf_counter()
        command = [*SERVE, "--port", "0", "--data-dir", folder]
        with on_one_core(command, SAYWHEN_ROOMS_PER_MIN="1000") as served:
            yield served, seats(rooms), time.perf_counter() - began


@contextmanager
def connected(
    command: list[str] | None, rooms: int, program: Path
) -> Iterator[tuple[Load, Served]]:
    """Have all phones of so many rooms on a relay, or on ours where there is no command."""
    with contextlib.ExitStack() as held:
        if command is None:
            served, phones, _ = held.enter_context(ours(rooms))
        else:
            served = held.enter_context(on_one_core(command))
            is_io = command[0] == "node"
            path, token = (IO_PATH, "io") if is_io else ("/r{room}", "-")
            phones = [Seated(path.format(room=n // 2), token) for n in range(2 * rooms)]
        load = Load(served, phones, program)
        held.callback(load.close)
        yield load, served


def signals(program: Path) -> None:
    """Measure as many STOPs as go through, then 80 % of that, with each server in turn."""
    print(f"\nsignals from client to partner, {ROOMS} rooms, {ROUNDS} rounds: median, spread")
    servers = {name: command for name, command in PEERS.items() if command[0] != "node" or HAS_NODE}
    with contextlib.ExitStack() as held:
        sides = {
            name: held.enter_context(connected(command, ROOMS, program))[0]
            for name, command in {**servers, "Say When: rules, commit, both states": None}.items()
        }
        full: dict[str, list[Measured]] = {name: [] for name in sides}
        calm: dict[str, list[Measured]] = {name: [] for name in sides}
        for load in sides.values():
            load.full(1)
        for _ in range(ROUNDS):
            for name, load in sides.items():
                full[name].append(load.full(2))
                time.sleep(0.5)
                calm[name].append(load.rate(full[name][-1].per_s * 0.8, 2))
                time.sleep(0.5)
    bare = next(iter(PEERS))
    base = statistics.median(m.per_s for m in full[bare])
    for name, runs in full.items():
        told(f"  {name}", [m.per_s for m in runs], "/s", base)
    busiest = max(m.own_share for runs in full.values() for m in runs)
    print(f"  the load's own share of its core, at most: {busiest:.0%}")
    for what in ("p50", "p99", "p999"):
        print(f"arrival at 80 % of that, {what}")
        values = {n: [getattr(m, f"{what}_us") / 1000 for m in runs] for n, runs in calm.items()}
        base = statistics.median(values[bare])
        for name, series in values.items():
            told(f"  {name}", series, "ms", base)


def by_rooms(program: Path) -> None:
    """Find what a STOP costs and how long it takes with more and more rooms open.

    What the open sockets themselves cost, a ping each 20 s, is measured before and after and taken
    off. Phones that do not beat are lost first, so that this is over.
    """
    print("\n150 STOPs a second for 20 s, by open rooms: processor time each, arrival")
    first = None
    for rooms in (10, 1_000, most_rooms()):
        with connected(None, rooms, program) as (load, _):
            load.idle(12)
            shares = [load.idle(20).server_share]
            runs: list[Measured] = []
            for which in (rooms, 10):
                runs.append(load.rate(150, 20, which))
                shares.append(load.idle(20).server_share)
        for n, run in enumerate(runs[: 1 if rooms == 10 else 2]):
            idle = (shares[n] + shares[n + 1]) / 2
            name = f"  {rooms:>6} rooms" + (", STOPs in 10 of them" if n else "")
            cost = told(name, [1e6 * (run.server_share - idle) / 150], "us", first)
            first = first or cost
            for what in ("p50_us", "p99_us", "p999_us"):
                told(f"         {what[:-3]}", [getattr(run, what) / 1000], "ms")
        told(f"  {rooms:>6} rooms idle, share of the core", [100 * share for share in shares], "%")


def beats(program: Path) -> None:
    """Let both phones of every room beat once a second."""
    bare = [sys.executable, "-m", "bench.peers.bare", "echo"]
    for rooms in (1_000, 5_000, most_rooms()):
        print(f"\n{rooms} rooms beating once a second: share of a core, of all beats answered")
        shares: dict[str, list[float]] = {"bare websockets echo": [], "Say When": []}
        for _ in range(ROUNDS if rooms == 5_000 else 1):
            for name, command in (("bare websockets echo", bare), ("Say When", None)):
                with connected(command, rooms, program) as (load, _):
                    found = load.beats(1_000, 6, 5)
                shares[name].append(100 * found.server_share)
                answered = found.beats_per_s / (2 * rooms)
        base = told("  bare websockets echo", shares["bare websockets echo"], "%")
        told(f"  Say When ({answered:.1%} answered)", shares["Say When"], "%", base)


def memory(program: Path) -> None:
    """Compare what idle rooms take, and how long it is until they are there again."""
    for rooms in (1_000, most_rooms()):
        print(f"\n{rooms} rooms, both phones connected and idle")
        command = PEERS["bare websockets"]
        with on_one_core(command) as bare:
            before = resident_kb(bare.process.pid)
            load = Load(bare, [Seated(f"/r{n // 2}", "-") for n in range(2 * rooms)], program)
            time.sleep(1)
            base = (resident_kb(bare.process.pid) - before) / rooms
            load.close()
        with ours(rooms) as (served, phones, ready_s):
            recovered = resident_kb(served.process.pid)
            load = Load(served, phones, program)
            time.sleep(1)
            whole = (resident_kb(served.process.pid) - recovered) / rooms
            load.close()
            told("  two bare sockets", [base], "kB")
            told("  a room's two sockets here", [whole], "kB", base)
            told("  ready, all rooms brought back", [ready_s], "s")
            told("  all phones back after that", [load.opened_s], "s")
    with ours(0) as (served, _, ready_s):
        told("  ready with no room at all", [ready_s], "s")
        told("  resident then", [resident_kb(served.process.pid) / 1024], "MB")


async def _pages(url: str, room: str, tokens: dict[str, str]) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {page: [] for page in PAGES}
    cookie = "; ".join(f"seat_{room}_{role}={token}" for role, token in tokens.items())
    async with httpx.AsyncClient(base_url=url, headers={"Cookie": cookie}) as browser:

        async def get(page: str) -> None:
            began = time.perf_counter()
            answer = await browser.get(page.format(room=room))
            took[page].append(1000 * (time.perf_counter() - began))
            assert answer.status_code in (200, 303), (page, answer.status_code)

        for page in PAGES:
            await get(page)
        for times in took.values():
            times.clear()
        tasks, due = [], time.perf_counter()
        for n in range(PAGES_PER_S * PAGES_S):
            tasks.append(asyncio.create_task(get(PAGES[n % len(PAGES)])))
            due += 1 / PAGES_PER_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await asyncio.gather(*tasks)
    return took


def pages() -> None:
    """Ask for pages at a steady pace; the asking program's own time is in the figures."""
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    print(f"\npages, {PAGES_PER_S} requests/s in turn: p50, p99 ms")
    with ours(10) as (served, phones, _):
        room = phones[0].path.split("/")[3]
        tokens = {"client": phones[0].token, "partner": phones[1].token}
        for page, times in asyncio.run(_pages(served.url, room, tokens)).items():
            times.sort()
            p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
            verdict = "kept" if p99 <= 10 else "NOT KEPT"
            print(f"  {page:<{WIDTH - 2}}{p50:>9.2f}{p99:>9.2f}  {verdict} (≤ 10 p99)")
    os.sched_setaffinity(0, range(os.cpu_count() or 1))


def main() -> None:
    """Print the tables."""
    pages()
    try:
        with compiled() as program:
            signals(program)
            beats(program)
            by_rooms(program)
            memory(program)
    except FileNotFoundError:
        print("No C compiler here (cc): signals, beats and memory are not measured.")


if __name__ == "__main__":
    main()
