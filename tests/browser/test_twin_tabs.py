"""A tab that was copied with its store: the seat goes to whoever takes it, at the first tap.

The other one says so and stays quiet.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from app.core.model import Phase
from tests.browser.duo import PORTRAIT, Hand
from tests.support.seeded import Laid, laid
from tests.support.serving import Served

pytestmark = pytest.mark.browser
QUIET_MS = 3_500  # by then a phone that lost its server would have sounded
LISTEN = """globalThis.sounded = [];
for (const name of ["createOscillator", "createBufferSource"]) {
  const real = BaseAudioContext.prototype[name];
  BaseAudioContext.prototype[name] = function () { sounded.push(name); return real.call(this); };
}
speechSynthesis.speak = () => sounded.push("speak");"""


class Tab(Hand):
    """A page that counts the sockets it opens."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sockets: list[Any] = []
        self.page.on("websocket", lambda one: self.sockets.append(one))

    async def is_let_in(self, phase: str) -> None:
        await self.until_phase(phase)
        await expect(self.page.get_by_text("This seat is open elsewhere")).to_be_hidden()

    async def is_turned_out(self) -> None:
        await self.sees("This seat is open in another tab or phone")
        await expect(self.page.locator(".lost:not([hidden])")).to_have_count(0)


async def copied(context: BrowserContext, of: Page, url: str) -> Tab:
    """A copy of a tab: browsers give it the store of the one it is opened from."""
    async with context.expect_page() as opened:
        await of.evaluate("(url) => void window.open(url)", url)
    return Tab(await opened.value)


async def context_in(launched: Browser, url: str, made: Laid, role: str) -> BrowserContext:
    context = await launched.new_context(
        viewport=PORTRAIT,  # type: ignore[arg-type]
        has_touch=True,
    )
    await context.add_init_script(LISTEN)
    await context.add_cookies(made.cookies(url, role))
    return context


async def test_a_copied_tab_and_its_original_take_the_seat_back_at_the_first_tap(
    laying: Served, launched: Browser
) -> None:
    made = laid(laying.url, Phase.RESTING)
    address = made.page(laying.url, "partner")
    context = await context_in(launched, laying.url, made, "partner")
    first = Tab(await context.new_page())
    await first.page.goto(address)
    await first.is_let_in("resting")
    second = await copied(context, first.page, address)
    await second.is_let_in("resting")
    kept = "sessionStorage.getItem(Object.keys(sessionStorage).find((k) => k.endsWith(':tab')))"
    for _ in range(2):  # the copy counts far on
        await second.page.reload()
        await second.is_let_in("resting")
    assert await second.page.evaluate(kept) is not None
    out, here = first, second
    for _ in range(2):
        await out.page.bring_to_front()
        await out.is_turned_out()
        await out.tap("Take it back here")
        await out.is_let_in("resting")
        await here.is_turned_out()
        out, here = here, out
    for _ in range(2):  # two that reload in turn
        await out.page.reload()
        await out.is_let_in("resting")
        await here.is_turned_out()
        out, here = here, out
    await context.close()


async def test_who_is_turned_out_in_a_hold_opens_nothing_and_sounds_nothing(
    laying: Served, launched: Browser
) -> None:
    made = laid(laying.url, Phase.HOLDING)
    address = made.page(laying.url, "partner")
    context = await context_in(launched, laying.url, made, "partner")
    first = Tab(await context.new_page())
    await first.page.goto(address)
    await first.is_let_in("holding")
    await first.page.touchscreen.tap(195, 300)  # lets its sound loose
    second = await copied(context, first.page, address)
    await second.is_let_in("holding")
    await first.is_turned_out()
    opened = len(first.sockets)
    await first.page.evaluate("sounded.length = 0")
    await first.page.wait_for_timeout(QUIET_MS)
    assert await first.page.evaluate("sounded") == []
    assert len(first.sockets) == opened
    await first.is_turned_out()
    await context.close()
