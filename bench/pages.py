"""How busy a live page keeps its main thread, by phase and role: `python -m bench.pages [ROUNDS]`.

A share of one core of this machine, told by the browser's own counters of its main thread
(`Performance.getMetrics`, in the thread's processor time): all tasks, and of these script, style
and layout. A phone's core is four to six times slower than a desktop's.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile

from playwright.async_api import Browser, CDPSession

from app.core.model import Phase, Role
from bench.figures import Reached, Target, head, line, must_reach, series
from tests.browser.duo import Hand, browser, duo
from tests.support.fixtures import LAY
from tests.support.seeded import laid
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
SECONDS = 2.0  # of a round; the shortest phase lasts 15
ROUNDS = 5


async def counters(session: CDPSession) -> dict[str, float]:
    """Return the page's counters, s."""
    told = await session.send("Performance.getMetrics")
    return {one["name"]: float(one["value"]) for one in told["metrics"]}


async def busy(hand: Hand, phase: Phase, rounds: int) -> list[list[float]]:
    """Return which shares of its main thread a page used, in %: for each round, all these parts.

    A phase that is over ends the rounds.
    """
    session = await hand.page.context.new_cdp_session(hand.page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    shares: list[list[float]] = []
    before = await counters(session)
    while len(shares) < rounds:
        await asyncio.sleep(SECONDS)
        after = await counters(session)
        if await hand.phase() != phase:
            break
        lasted = after["Timestamp"] - before["Timestamp"]
        shares.append([100 * (after[part] - before[part]) / lasted for part in PARTS])
        before = after
    return shares


async def one_phase(url: str, launched: Browser, phase: Phase, rounds: int) -> list[Reached]:
    """Print a line for each page of a session in this phase; returns what has a target."""
    room = await asyncio.to_thread(laid, url, phase)
    reached = []
    async with duo(url, launched) as phones:
        both = {Role.CLIENT: phones.client, Role.PARTNER: phones.partner}
        for role, hand in both.items():
            await hand.page.context.add_cookies(room.cookies(url, role))
            await hand.page.goto(room.page(url, role))
            await hand.until_phase(phase)
        await asyncio.sleep(SETTLES_S)
        found = await asyncio.gather(*(busy(hand, phase, rounds) for hand in both.values()))
    for role, shares in zip(both, found, strict=True):
        whole, *parts = ([share[n] for share in shares] for n in range(len(PARTS)))
        name = f"{phase.replace('_', ' ')}, {role}"
        line(name, *series(whole), *(f"{statistics.median(part):.2f}" for part in parts))
        if phase in MOST:
            reached.append(Reached(f"page's main thread: {name}", whole, MOST[phase]))
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
