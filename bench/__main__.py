"""`make bench`: what a STOP costs, from the server's door to the other phone's paint, as tables.

Figures of one run on one machine; compare ratios within a run, not runs. Each part starts what it
needs and ends it; all that has a target stands together at the end. bench/fill.py puts what was
printed into docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser

from app.core import events as e
from app.core.model import RoomId
from app.journal.sqlite import SqliteStore
from bench import city, web
from bench.added import added
from bench.figures import MS, Reached, Target, head, line, must_reach, row
from bench.pages import main_thread
from bench.scan import scan
from tests.browser.duo import browser, duo
from tests.browser.latency import finger_to_paint_ms
from tests.faults.mat import Mat
from tests.support.fixtures import SERVE
from tests.support.proxy import wire_to
from tests.support.serving import serving

APPENDS = 20_000
AWAY_S = 0.05


async def far_away(url: str, launched: Browser) -> None:
    """Print finger to painted where each phone's bytes take 50 ms each way."""
    async with (
        wire_to(url) as one,
        wire_to(url) as two,
        duo(url, launched) as phones,
    ):
        await phones.without_direct_line()
        await Mat(phones, one, two).to_positioning()
        one.delay_s = two.delay_s = AWAY_S
        row("the same, each 50 ms away (100 of it the way)", await finger_to_paint_ms(phones, 30))


async def appends(writers: int) -> float:
    """Return appends a second with so many at once, each durable when it is answered."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "bench.db")
        each = max(1, min(APPENDS, 300 * writers) // writers)

        async def write(room: RoomId) -> None:
            for seq in range(each):
                await store.append(room, seq, [e.Briefed(at_ms=seq)])

        started = time.perf_counter()
        await asyncio.gather(*(write(RoomId(f"r{n}")) for n in range(writers)))
        rate = each * writers / (time.perf_counter() - started)
        await store.close()
    return rate


async def finger(launched: Browser) -> list[Reached]:
    """Print finger to painted, on loopback and from far away."""
    head("P2: finger to painted, two browsers", *MS)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving([*SERVE, "--port", "0", "--data-dir", folder], SAYWHEN_ROOMS_PER_MIN="1000") as one,
    ):
        async with duo(one.url, launched) as phones:
            await phones.to_positioning()
            near = row("on one machine", await finger_to_paint_ms(phones, 30))
        await far_away(one.url, launched)
    return [Reached("finger to painted, loopback, p95", [near.p95], Target(35, " ms"))]


async def browsers(rounds: int) -> list[Reached]:
    """Measure what a phone has to do, and what a finger feels."""
    async with browser() as launched:
        return [
            *await main_thread(launched, rounds),
            *await scan(launched, rounds),
            *await finger(launched),
        ]


async def commits() -> None:
    """Print durable appends a second."""
    head("the journal", "appends/s")
    for writers in (1, 100, 1_000):
        line(f"{writers:,} at once", f"{await appends(writers):,.0f}")


async def main(stops: int, rounds: int, against: str | None) -> None:
    """Print the tables."""
    head("measured", "on")
    line("commit", city.commit())
    line("machine", f"{os.cpu_count()} cores of {city.processor()}")
    line("Python", sys.version.split()[0])
    reached = await asyncio.to_thread(city.measure, rounds, against)
    reached += await browsers(rounds)
    await added(stops)
    await asyncio.to_thread(web.pages)
    await commits()
    must_reach(reached)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--stops", type=int, default=5_000, help="for each row of P1 (5000)")
    asked.add_argument("--rounds", type=int, default=5, help="of what one core carries (5)")
    asked.add_argument("--against", metavar="COMMIT", help="measure an older commit beside")
    told = asked.parse_args()
    asyncio.run(main(told.stops, told.rounds, told.against))
