"""How busy a live page keeps its main thread, by phase and role: `python -m bench.pages [ROUNDS]`.

A share of one core of this machine, told by the browser's own counters of its main thread
(`Performance.getMetrics`): all tasks, and of these script, style and layout. A phone's core is four
to six times slower than a desktop's.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile

from playwright.async_api import Browser, CDPSession, Page

from app.core.model import Phase
from bench.figures import Reached, Target, head, line, must_reach, series
from tests.browser.duo import browser, duo
from tests.support.fixtures import LAY
from tests.support.serving import serving

PHASES = (
    Phase.LOBBY,
    Phase.WARMING_UP,
    Phase.POSITIONING,
    Phase.EASING_IN,
    Phase.HOLDING,
    Phase.EASED,
    Phase.RESTING,
    Phase.STOPPED,
)
MOST = {
    Phase.POSITIONING: Target(1, " %"),
    Phase.RESTING: Target(1, " %"),
    Phase.HOLDING: Target(1.5, " %"),
}
PARTS = ("TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
SETTLES_S = 2.0  # until its scripts, fonts and first sounds have come
SECONDS = 4.0  # of a round; the shortest phase lasts 45
ROUNDS = 5


async def counters(session: CDPSession) -> dict[str, float]:
    """Return the page's counters, s."""
    told = await session.send("Performance.getMetrics")
    return {one["name"]: float(one["value"]) for one in told["metrics"]}


async def busy(page: Page, rounds: int) -> list[list[float]]:
    """Return which shares of its main thread a page used for these parts, round by round, in %."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    shares: list[list[float]] = [[] for _ in PARTS]
    before = await counters(session)
    for _ in range(rounds):
        await asyncio.sleep(SECONDS)
        after = await counters(session)
        lasted = after["Timestamp"] - before["Timestamp"]
        for part, found in zip(PARTS, shares, strict=True):
            found.append(100 * (after[part] - before[part]) / lasted)
        before = after
    return shares


async def one_phase(url: str, launched: Browser, phase: Phase, rounds: int) -> list[Reached]:
    """Print a line for each page of a session in this phase; returns what has a target."""
    reached = []
    async with duo(url, launched, lays=True) as phones:
        assert await phones.begin(phase)
        await asyncio.sleep(SETTLES_S)
        both = (phones.client.page, phones.partner.page)
        found = await asyncio.gather(*(busy(page, rounds) for page in both))
        assert await phones.client.phase() == phase.value
    for role, shares in zip(("client", "partner"), found, strict=True):
        name = f"{phase.value.replace('_', ' ')}, {role}"
        line(name, *series(shares[0]), *(f"{statistics.median(one):.2f}" for one in shares[1:]))
        if phase in MOST:
            reached.append(Reached(f"page's main thread: {name}", shares[0], MOST[phase]))
    return reached


async def main_thread(launched: Browser, rounds: int = ROUNDS) -> list[Reached]:
    """Print the table; returns what has a target."""
    head("page's main thread, % of a core", "all", "spread", "script", "style", "layout")
    reached = []
    with tempfile.TemporaryDirectory() as folder, serving([*LAY, folder]) as one:
        for phase in PHASES:
            reached += await one_phase(one.url, launched, phase, rounds)
    return reached


async def main(rounds: int) -> None:
    async with browser() as launched:
        must_reach(await main_thread(launched, rounds))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS))
