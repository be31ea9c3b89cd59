"""From scan to a working STOP on a slow phone: `python -m bench.scan [TRIALS]`.

A phone has died in the middle of a session. Its owner scans the new invitation with another one,
which has nothing in its cache, and taps STOP, once it may be there, until a tap is on the wire.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, Position, Request, WebSocket

from app.core.model import Phase
from bench.figures import Reached, Target, head, line, must_reach, series
from bench.slow_line import SlowLine
from tests.browser.duo import PORTRAIT, browser
from tests.support.fixtures import LAY
from tests.support.program import Program
from tests.support.proxy import wire_to
from tests.support.seeded import Laid, laid
from tests.support.serving import serving

TIMES_SLOWER = 6
TAPS_EVERY_S = 0.1
LOST_WITHIN_S = 40
WITHIN_S = 60
TRIALS = 5


async def invited(url: str, room: Laid) -> str:
    """Have the partner's phone lose the client's and invite another; returns the key."""
    partner = await Program(url, room.room, "partner", room.tokens["partner"]).connect()
    async with asyncio.timeout(LOST_WITHIN_S):
        await partner.until_state(lambda state: "invite" in state["may"])
    await partner.ask("invite")
    invitation = await partner.until(lambda message: message["type"] == "invitation")
    await partner.close()
    return str(invitation["url"].split("#")[1])


@asynccontextmanager
async def slow_phone(launched: Browser) -> AsyncIterator[Page]:
    """Open a page whose processor is six times slower than this machine's."""
    context = await launched.new_context(viewport=PORTRAIT, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
    try:
        yield page
    finally:
        await context.close()


async def place_of_stop(page: Page, address: str) -> Position:
    """Go in and return the middle of STOP."""
    await page.goto(address)
    stop = page.locator('[data-tap="stop"]').locator("visible=true").first
    await stop.wait_for(timeout=1_000 * WITHIN_S)
    box = await stop.bounding_box()
    assert box is not None
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


async def scan_to_stop_s(page: Page, address: str, place: Position) -> tuple[float, float, float]:
    """Return until the room's page was asked for, until its state came, until a tap was sent (s).

    A finger taps where STOP will be, again and again: nothing looks at the page meanwhile.
    """
    sent = asyncio.Event()
    at: dict[str, float] = {}

    def heard(payload: str | bytes) -> None:
        if '"type":"state"' in str(payload):
            at.setdefault("state", time.perf_counter())

    def told(payload: str | bytes | None) -> None:
        if '"type":"stop"' in str(payload):
            at.setdefault("sent", time.perf_counter())
            sent.set()

    def asked(request: Request) -> None:
        if request.is_navigation_request() and "/room/" in request.url:
            at.setdefault("room", time.perf_counter())
        told(request.post_data)  # the signal of a page whose socket takes nothing

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", heard)
        socket.on("framesent", told)

    page.on("websocket", opened)
    page.on("request", asked)
    began = time.perf_counter()
    await page.goto(address, wait_until="commit")
    async with asyncio.timeout(WITHIN_S):
        while not sent.is_set():
            if "state" in at:
                await page.touchscreen.tap(**place)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(sent.wait(), TAPS_EVERY_S)
    return at["room"] - began, at["state"] - began, at["sent"] - began


async def scan(launched: Browser, trials: int = TRIALS) -> list[Reached]:
    """Print how long it takes until a STOP works on a slow phone."""
    took: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder, serving([*LAY, folder]) as one:
        count = trials + 1
        rooms = [await asyncio.to_thread(laid, one.url, Phase.POSITIONING) for _ in range(count)]
        first, *keys = await asyncio.gather(*(invited(one.url, room) for room in rooms))
        async with slow_phone(launched) as page:
            place = await place_of_stop(page, f"{one.url}/join#{first}")
        for key in keys:
            async with wire_to(one.url, SlowLine) as wire, slow_phone(launched) as page:
                took.append(await scan_to_stop_s(page, f"{wire.url}/join#{key}", place))
    joined, state, sent = zip(*took, strict=True)
    head("scan on a slow phone", "s", "spread")
    for name, times in (
        ("joined, the room's page asked for", joined),
        ("it has heard the state", state),
        ("a tap on it is sent", sent),
    ):
        line(name, *series(times))
    return [Reached("scan to a working STOP, slow phone", sent, Target(4, " s"))]


async def main(trials: int) -> None:
    async with browser() as launched:
        must_reach(await scan(launched, trials))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else TRIALS))
