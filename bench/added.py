"""P1: what the server adds to a STOP, sent to received, beside a relay that does the same work."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time

from bench.figures import MS, Figures, head, ratio, row
from bench.phones import Pair
from bench.sides import GROUPED
from tests.faults.flood import FLOODS, Flood, under_way
from tests.support.serving import Served, serving

BURSTING = 100
OPEN = 200  # so many that a STOP every 5 ms meets no room twice within two held commits
EVERY_S = 1 / 200
FLOODED_WITH = ("valid beats", "new STOPs", "malformed JSON", "pings")
SERVERS = [sys.executable, "-m", "bench.held"]


async def one_by_one(pair: Pair, stops: int) -> list[float]:
    times = []
    for _ in range(stops):
        times.append(await pair.stop_ms())
        await pair.done()
    return times


async def together(pairs: list[Pair], stops: int) -> list[float]:
    """Send STOPs in all rooms at once, again and again."""
    times: list[float] = []
    while len(times) < stops:
        times += await asyncio.gather(*(pair.stop_ms() for pair in pairs))
        await asyncio.sleep(0.3)
        await asyncio.gather(*(pair.done() for pair in pairs))
    return times


async def in_turn(pairs: list[Pair], stops: int) -> list[float]:
    """Send one STOP every 5 ms, in the room that has rested longest; wait for no commit."""
    times = []
    due = time.perf_counter()
    for n in range(stops):
        times.append(await pairs[n % len(pairs)].stop_ms())
        due += EVERY_S
        await asyncio.sleep(due - time.perf_counter())
    return times


async def rooms(url: str, count: int) -> list[Pair]:
    """Pair phones, ten rooms at a time."""
    made: list[Pair] = []
    while len(made) < count:
        made += await asyncio.gather(*(Pair.in_session(url) for _ in range(10)))
    return made


async def relayed(url: str, stops: int) -> tuple[Figures, Figures]:
    pairs = [await Pair.relayed(url, f"r{n}") for n in range(BURSTING)]
    try:
        one = row("same work, one room", await one_by_one(pairs[0], stops))
        all = row(f"same work, {BURSTING} rooms at once", await together(pairs, stops))
    finally:
        for pair in pairs:
            pair.close()
    return one, all


async def beside_floods(url: str, pair: Pair, stops: int) -> None:
    """Measure one room beside one phone that floods, in turns with and without the flood."""
    for what in FLOODED_WITH:
        without: list[float] = []
        during: list[float] = []
        for _ in range(4):
            without += await one_by_one(pair, stops // 40)
            async with under_way(Flood(url, FLOODS[what]).run()):
                await asyncio.sleep(0.2)
                during += await one_by_one(pair, stops // 40)
        calm = row(f"one room, before a flood of {what}", without)
        ratio(f"P14: beside a flood of {what}", row("the same beside it", during), calm, 2)


async def one_room(url: str, stops: int) -> Figures:
    pair = await Pair.in_session(url)
    times = await one_by_one(pair, stops)
    await beside_floods(url, pair, stops)
    pair.close()
    return row("P1: one room", times, p99=10, worst=100)


async def many_rooms(served: Served, stops: int) -> Figures:
    pairs = await rooms(served.url, OPEN)
    try:
        burst = await together(pairs[:BURSTING], stops)
        figures = row(f"P1: {BURSTING} rooms at once", burst, p99=40, worst=150)
        quick = row(f"one STOP after the other, {OPEN} rooms", await in_turn(pairs, stops))
        served.process.send_signal(signal.SIGUSR1)
        await asyncio.sleep(0.1)
        slow = row("the same, commits held up by 500 ms", await in_turn(pairs, stops))
        ratio("P1: held up", slow, quick, 2)
    finally:
        for pair in pairs:
            pair.close()
    return figures


async def added(stops: int) -> None:
    """Print the rows of P1, and those of P14 that need a quiet machine."""
    head("STOP, sent to received", *MS, "")
    with tempfile.TemporaryDirectory() as folder, serving([*SERVERS, folder]) as one:
        alone = await one_room(one.url, stops)
        burst = await many_rooms(one, stops)
    with tempfile.TemporaryDirectory() as folder, serving([*GROUPED.command, folder]) as relay:
        relay_one, relay_all = await relayed(relay.url, stops)
    ratio("one room, of the same work with group commits", alone, relay_one)
    ratio(f"{BURSTING} rooms at once, of the same work", burst, relay_all)
