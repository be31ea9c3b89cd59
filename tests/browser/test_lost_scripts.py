"""A page whose script was lost on its way loads itself again, a few times, and then works."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from playwright.async_api import Browser, Route, expect

from app.core.model import Phase
from tests.browser.duo import PORTRAIT, Duo, Hand, scanned
from tests.support.serving import Served

pytestmark = pytest.mark.browser
ALL_STYLES = """() => {
  const all = [...document.querySelectorAll("link[rel=stylesheet]")];
  const rules = (one) => { try { return one.sheet.cssRules.length; } catch { return 0; } };
  return all.length > 1 && all.every(rules);
}"""


class Lost:
    """The first `times` requests of each script are lost."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.each: Counter[str] = Counter()

    @property
    def asked(self) -> int:
        return max(self.each.values(), default=0)

    async def __call__(self, route: Route) -> None:
        self.each[route.request.url] += 1
        if self.each[route.request.url] <= self.times:
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


@pytest.mark.parametrize("part", ["css", "js/room", "*"])
async def test_a_live_page_of_which_much_was_lost_comes_alive_whole_by_itself(
    phones: Duo, part: str
) -> None:
    """As when a phone leaves its Wi-Fi: scripts, styles, and the script that would notice.

    What is fetched ahead is asked for twice: that is lost twice. The watcher comes the second time,
    and only when all else is lost already.
    """
    await phones.begin(Phase.POSITIONING)
    page, context = phones.client.page, phones.contexts[0]
    lost = Lost(2 if "js" in part else 1)
    await context.route(f"**/static/*/{part}/**" if part != "*" else "**/static/**", lost)
    watcher = Lost(1)

    async def late(route: Route) -> None:
        if watcher.asked == 1:
            await asyncio.sleep(0.5)
        await watcher(route)

    await context.route("**/js/alive.js", late)
    await page.reload(wait_until="commit")
    await page.wait_for_function(ALL_STYLES)
    await phones.client.until_phase("positioning")
    assert lost.asked > lost.times
    phones.client.errors.clear()  # the browser's own lines about what was lost


async def test_a_live_page_whose_styles_never_come_still_sends_a_stop(phones: Duo) -> None:
    await phones.begin(Phase.POSITIONING)
    client, partner = phones.client, phones.partner
    await phones.contexts[0].route("**/css/client.css", lost := Lost(1_000))
    await client.page.reload(wait_until="commit")
    async with asyncio.timeout(20):
        while lost.asked < 4:  # as often as for a script
            await asyncio.sleep(0.05)
    await client.page.wait_for_load_state("load")
    await client.until_phase("positioning")
    await client.page.wait_for_timeout(700)  # by then the watcher has looked
    await expect(client.page.locator("#not-alive")).to_be_hidden()
    await client.tap("STOP")
    await partner.until_phase("stopped")
    client.errors.clear()  # the browser's own lines about what was lost


async def test_a_live_page_that_no_script_reaches_says_so_by_its_styles(phones: Duo) -> None:
    await phones.begin(Phase.POSITIONING)
    page = phones.client.page
    await phones.contexts[0].route("**/js/**", Lost(1_000))
    await page.reload(wait_until="load")
    late = page.get_by_text("Say it out loud, or slap the floor twice.").locator("visible=true")
    await expect(late).to_have_count(0)
    await page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    await expect(late).to_have_count(1)
    await phones.contexts[0].unroute("**/js/**")
    await page.get_by_role("link", name="Load this page again").locator("visible=true").click()
    await phones.client.until_phase("positioning")
    await expect(late).to_have_count(0)
    phones.client.errors.clear()  # the browser's own lines about what was lost


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
