"""A room beside a fault: what a STOP takes from one of its phones to the other, meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.program import Program, drill, pair

_IDS = itertools.count(1)
NO_STOP_TAKES_MS = 2_000  # on a busy machine; the bench holds the promise's own bound


class Neighbour:
    """Two phones that stop again and again."""

    def __init__(self, client: Program, partner: Program) -> None:
        self.client, self.partner = client, partner

    async def stop_ms(self) -> float:
        """STOP once: the ms from sent to the alert at the other phone."""
        id = f"n{next(_IDS)}"
        name = f"{self.client.role}:{id}"
        self.client.inbox[:-8], self.partner.inbox[:-8] = [], []
        sent = time.perf_counter()
        await self.client.say({"type": "stop", "id": id})
        await self.partner.until(lambda m: m["type"] == "alert" and m["alert"] == name)
        took = (time.perf_counter() - sent) * 1000
        await self.client.until(lambda m: m["type"] == "done" and m["id"] == id)
        return took

    async def stops_ms(self, count: int) -> list[float]:
        return [await self.stop_ms() for _ in range(count)]

    async def stops_during(self, work: asyncio.Future[Any], every_s: float = 0.01) -> list[float]:
        """STOP for as long as the work takes; what it raises is raised."""
        times = []
        try:
            while not work.done():
                times.append(await self.stop_ms())
                await asyncio.wait([work], timeout=every_s)
            await work
        finally:
            work.cancel()
        return times


@asynccontextmanager
async def neighbour(url: str) -> AsyncIterator[Neighbour]:
    client, partner = await pair(url)
    await drill(client, partner)
    try:
        yield Neighbour(client, partner)
    finally:
        await asyncio.gather(client.close(), partner.close())


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def p99(values: list[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]
