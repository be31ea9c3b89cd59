"""P14: whatever one phone sends as fast as it can, the room beside it hardly notices."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.faults.flood import FLOODS, Flood, pipeline, under_way
from tests.faults.neighbour import NO_STOP_TAKES_MS, Neighbour, median, neighbour, p99
from tests.faults.raw import TEXT, Raw, message, seated
from tests.support.proof import LONG, proof
from tests.support.serving import Served

SLICES = 2 * min(LONG, 4)
STOPS_A_SLICE = 15 * min(LONG, 8)
# A bound for safety alone: without the pacing one of these took 500 ms. The promised ratio is a
# figure of the table: on a shared machine a few STOPs can't tell a flood from other work.
MEDIAN_AT_MOST_MS = 25
AT_ONCE = 80


async def _beside(url: str, flood: Flood | None, room: Neighbour) -> tuple[list[float], ...]:
    """Measure in turns, without and with."""
    without: list[float] = []
    during: list[float] = []
    for _ in range(SLICES):
        without += await room.stops_ms(STOPS_A_SLICE)
        async with under_way(flood.run() if flood else pipeline(url)):
            await asyncio.sleep(0.1)
            during += await room.stops_ms(STOPS_A_SLICE)
    return without, during


@pytest.mark.prove
@pytest.mark.parametrize("what", [*FLOODS, "pipelined requests"])
async def test_a_flood_leaves_the_neighbours_stop_quick(served: Served, what: str) -> None:
    flood = Flood(served.url, FLOODS[what]) if what in FLOODS else None
    beside = f"neighbour's STOP beside a flood of {what}"
    with proof("P14", f"{beside}: median", "ms", MEDIAN_AT_MOST_MS) as middle:
        async with neighbour(served.url) as room:
            without, during = await _beside(served.url, flood, room)
        middle.trial(median(during), times=len(during))
        assert median(during) < MEDIAN_AT_MOST_MS
        assert max(during) < NO_STOP_TAKES_MS
    with proof("P14", f"{beside}: p99", "times that without") as ratio:
        ratio.trial(p99(during) / p99(without), times=len(during))
    if flood is not None:
        assert flood.sent_bytes, "nothing was sent"


async def test_a_flood_of_stops_is_never_refused(served: Served) -> None:
    raw = await seated(served.url)
    await raw.send(b"".join(message(type="stop", id=f"s{n}") for n in range(AT_ONCE)))
    answers = [await _answer(raw) for _ in range(AT_ONCE)]
    assert answers == [("done", f"s{n}") for n in range(AT_ONCE)]
    raw.close()


async def _answer(raw: Raw) -> tuple[str, str]:
    while True:
        told = json.loads(await raw.until(TEXT, b'"id"'))
        if told["type"] in ("done", "refused"):
            return told["type"], told["id"]


async def test_a_stop_overtakes_none_of_its_own_flood_and_is_still_quick(served: Served) -> None:
    raw = await seated(served.url)
    pauses = b"".join(message(type="pause", id=f"p{n}") for n in range(200))
    await raw.send(pauses + message(type="stop", id="s"))
    alert = await raw.until(TEXT, b'"alert":"client:s"', within_s=3)
    assert json.loads(alert)["kind"] == "stop"
    raw.close()
