"""`make bench`: what a STOP costs, from the server's door to the other phone's paint, as a table.

Figures of one run on one machine; compare ratios within a run, not runs. Each part starts what it
needs and ends it.
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
from bench import city
from bench.added import added
from bench.figures import head, row
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
        row(
            "P2   the same, each 50 ms away (100 of it the way)",
            await finger_to_paint_ms(phones, 30),
        )


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


async def main(stops: int) -> None:
    """Print the table."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    head()
    await added(stops)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving([*SERVE, "--port", "0", "--data-dir", folder], SAYWHEN_ROOMS_PER_MIN="1000") as one,
    ):
        async with browser() as launched:
            async with duo(one.url, launched) as phones:
                await phones.to_positioning()
                row("P2   finger to painted, two browsers", await finger_to_paint_ms(phones, 30))
            await far_away(one.url, launched)
    await asyncio.to_thread(city.main)
    for writers in (1, 100, 1_000):
        print(f"durable appends/s, {writers:>5} at once{'':<22}{await appends(writers):>9.0f}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--stops", type=int, default=5_000, help="for each row of P1 (5000)")
    asyncio.run(main(asked.parse_args().stops))
