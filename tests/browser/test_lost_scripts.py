"""A page whose script was lost on its way loads itself again, a few times, and then works."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.duo import PORTRAIT, Duo, Hand, scanned
from tests.support.serving import Served

pytestmark = pytest.mark.browser


class Lost:
    """The first `times` requests of a script are lost."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.asked = 0

    async def __call__(self, route: Route) -> None:
        self.asked += 1
        self.left -= 1
        if self.left >= 0:
            await route.abort("connectionreset")
        else:
            await route.continue_()


@pytest.mark.parametrize(
    "script", ["**/js/pages/join.js", "**/js/room/main.js", "**/js/room/link/link.js"]
)
async def test_a_lost_script_is_fetched_again_and_the_phone_joins(phones: Duo, script: str) -> None:
    client, partner = phones.client, phones.partner
    await client.page.goto(phones.url)
    await client.tap("Start")
    await client.sees("You lie down")
    lost = Lost(2)
    await phones.contexts[1].route(script, lost)
    await partner.page.goto(await scanned(client.page))
    await partner.sees("You help")
    assert lost.asked == 3
    partner.errors.clear()  # the browser's own lines about what was lost


async def test_a_page_whose_script_never_comes_is_loaded_four_times(
    served: Served, launched: Browser
) -> None:
    context = await launched.new_context(viewport=PORTRAIT)  # type: ignore[arg-type]
    lost = Lost(100)
    await context.route("**/js/pages/home.js", lost)
    hand = Hand(await context.new_page())
    loads: list[int] = []
    hand.page.on("domcontentloaded", lambda _: loads.append(lost.asked))
    await hand.page.goto(served.url)
    async with asyncio.timeout(20):
        while len(loads) < 4:
            await asyncio.sleep(0.05)
    await hand.sees("Start")
    await hand.sees("This page did not load whole")
    await hand.page.wait_for_load_state("networkidle")
    assert len(loads) == 4 and len(set(loads)) == 4  # asked for anew in each
    await context.close()


@pytest.mark.parametrize("script", ["**/js/room/main.js", "**/js/room/show/paint.js"])
async def test_a_live_page_that_never_comes_alive_says_that_it_sends_nothing(
    phones: Duo, script: str
) -> None:
    page = phones.client.page
    await page.goto(phones.url)
    await phones.client.tap("Start")
    await phones.client.sees("You lie down")
    await expect(page.locator("#not-alive")).to_be_hidden()

    async def broken(route: Route) -> None:
        await route.fulfill(body="let = ;", content_type="text/javascript")

    await phones.contexts[0].route(script, broken)
    await page.reload()
    await phones.client.sees("This phone can't send signals")
    await phones.client.sees("Say it out loud")
    await expect(page.locator("#room")).to_be_hidden()
    await phones.contexts[0].unroute(script)
    await page.get_by_role("link", name="Load this page again").click()
    await phones.client.sees("You lie down")
    await expect(page.locator("#not-alive")).to_be_hidden()
    phones.client.errors.clear()  # the browser's own lines about what was planted
