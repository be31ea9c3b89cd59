"""What pages take: each is asked for at a steady pace; the asking program's own time is in it."""

from __future__ import annotations

import asyncio
import os
import time

import httpx

from bench.figures import MS, head, row
from bench.load import LOAD_CORE
from bench.sides import OURS, running

PAGES = (
    "/", "/start", "/join", "/help", "/learn", "/stretches", "/stretches/hamstring_raise", "/try",
    "/room/{room}/client", "/room/{room}/partner", "/room/{room}/client/cards",
    "/room/{room}/client/about",
)  # fmt: skip
PER_S, LASTS_S = 200, 10
P99_MS = 10


async def _asked(url: str, room: str, tokens: dict[str, str]) -> dict[str, list[float]]:
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
        for n in range(PER_S * LASTS_S):
            tasks.append(asyncio.create_task(get(PAGES[n % len(PAGES)])))
            due += 1 / PER_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await asyncio.gather(*tasks)
    return took


def pages() -> None:
    """Print what each page takes."""
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    head(f"pages, {PER_S} requests/s in turn", *MS, "")
    with running(OURS, 10) as one:
        room = one.phones[0].path.split("/")[3]
        tokens = {"client": one.phones[0].token, "partner": one.phones[1].token}
        for page, times in asyncio.run(_asked(one.served.url, room, tokens)).items():
            row(f"`{page}`", times, p99=P99_MS)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
