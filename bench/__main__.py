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

from app.core import events as e
from app.core.model import RoomId
from app.journal.sqlite import SqliteStore
from bench.added import added
from bench.figures import head, row
from tests.browser.duo import browser, duo
from tests.browser.latency import finger_to_paint_ms
from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair
from tests.support.serving import serving

STOPS = 500
APPENDS = 20_000


async def stop_latency(url: str) -> list[float]:
    """Time STOPs from sent to received by the other phone: the server and two loopback sockets."""
    client, partner = await pair(url)
    await drill(client, partner)
    times = []
    for n in range(STOPS):
        sent = time.perf_counter()
        await client.say({"type": "stop", "id": f"s{n}"})
        name = f"client:s{n}"
        await partner.until(lambda m, name=name: m["type"] == "alert" and m["alert"] == name)
        times.append((time.perf_counter() - sent) * 1000)
        partner.inbox[:-8] = []
        await client.until(lambda m, n=n: m["type"] == "done" and m["id"] == f"s{n}")
        client.inbox[:-8] = []
    await asyncio.gather(client.close(), partner.close())
    return times


async def other_rooms(url: str, count: int) -> list[Program]:
    """Open rooms that beat while something else is measured."""
    return [program for _ in range(count) for program in await pair(url)]


async def appends(writers: int) -> float:
    """Give appends a second with so many at once, each durable when it is answered."""
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
        row("STOP, sent to received, one room", await stop_latency(one.url))
        others = await other_rooms(one.url, 50)
        row("STOP, sent to received, 50 other rooms beating", await stop_latency(one.url))
        await asyncio.gather(*(program.close() for program in others))
        async with browser() as launched, duo(one.url, launched) as phones:
            await phones.to_positioning()
            row("finger to painted, two browsers", await finger_to_paint_ms(phones, 30))
    for writers in (1, 100, 1_000):
        print(f"durable appends/s, {writers:>5} at once{'':<22}{await appends(writers):>9.0f}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--stops", type=int, default=5_000, help="for each row of P1 (5000)")
    asyncio.run(main(asked.parse_args().stops))
