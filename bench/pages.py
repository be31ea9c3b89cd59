"""How busy a live page keeps its main thread, by phase and role.

A share of one core of this machine, told by the browser's own counters of its main thread
(`Performance.getMetrics`): all tasks, and of these script, style and layout. A phone's core is four
to six times slower than a desktop's. `python -m bench.pages [SECONDS]`
"""

from __future__ import annotations

import asyncio
import sys
import tempfile

from playwright.async_api import Browser, CDPSession, Page

from app.core.model import Phase
from tests.browser.duo import browser, duo
from tests.support.serving import serving

PHASES = (Phase.HOLDING, Phase.POSITIONING)
OLD = (
    Phase.LOBBY,
    Phase.WARMING_UP,
    Phase.POSITIONING,
    Phase.EASING_IN,
    Phase.HOLDING,
    Phase.EASED,
    Phase.RESTING,
    Phase.STOPPED,
)
PARTS = ("TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
SETTLES_S = 2.0  # until its scripts, fonts and first sounds have come
SECONDS = 10.0


async def counters(session: CDPSession) -> dict[str, float]:
    """Return the page's counters, s."""
    told = await session.send("Performance.getMetrics")
    return {one["name"]: float(one["value"]) for one in told["metrics"]}


async def busy(page: Page, seconds: float) -> list[float]:
    """Return which shares of its main thread a page used for these parts, in %."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    before = await counters(session)
    await asyncio.sleep(seconds)
    after = await counters(session)
    lasted = after["Timestamp"] - before["Timestamp"]
    return [100 * (after[part] - before[part]) / lasted for part in PARTS]


async def one_phase(url: str, launched: Browser, phase: Phase, seconds: float) -> None:
    """Print a line for each page of a session in this phase."""
    async with duo(url, launched, lays=True) as phones:
        assert await phones.begin(phase)
        await asyncio.sleep(SETTLES_S)
        both = (phones.client.page, phones.partner.page)
        shares = await asyncio.gather(*(busy(page, seconds) for page in both))
        for role, share in zip(("client", "partner"), shares, strict=True):
            told = "".join(f"{one:>9.2f}" for one in share)
            print(f"{phase.value + ', ' + role:<24}{told}", flush=True)


async def main(seconds: float = SECONDS) -> None:
    """Print the table."""
    print(f"{'main thread, % of a core':<24}{'all':>9}{'script':>9}{'style':>9}{'layout':>9}")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving([sys.executable, "-m", "tests.support.seeded", folder]) as one,
    ):
        async with browser() as launched:
            for phase in PHASES:
                await one_phase(one.url, launched, phase, seconds)


if __name__ == "__main__":
    asyncio.run(main(*map(float, sys.argv[1:])))
