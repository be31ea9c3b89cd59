"""P4: a page that is hidden, frozen or hung holds nobody, and comes back to the truth."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.duo import Duo, Hand
from tests.faults.mat import LOST_SHOWN_WITHIN_MS

pytestmark = pytest.mark.browser
TRUE_WITHIN_MS = 1_000
HANGS_MS = 4_500
HANG = "(ms) => { setTimeout(() => { const end = Date.now() + ms; while (Date.now() < end); }); }"
SHOW = """(how) => {
  Object.defineProperty(document, "visibilityState", { value: how, configurable: true });
  Object.defineProperty(document, "hidden", { value: how === "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
BEGINS_WITHIN_MS = 1_000


async def process_of(page: Page, browser: Browser) -> int:
    """Find the process of a page: the one that computes while the page is asked to."""
    session = await browser.new_browser_cdp_session()

    async def spent_s() -> dict[int, float]:
        info = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        return {one["id"]: one["cpuTime"] for one in info if one["type"] == "renderer"}

    before = await spent_s()
    await page.evaluate("const end = Date.now() + 300; while (Date.now() < end);")
    spent = {process: s - before.get(process, 0) for process, s in (await spent_s()).items()}
    return max(spent, key=lambda process: spent[process])


async def both_know_that_nothing_goes_on(phones: Duo) -> None:
    for hand in (phones.client, phones.partner):
        await hand.until_phase("eased")
        for name in ("data-link", "data-peer"):
            await expect(hand.page.locator("#room")).to_have_attribute(name, "live")
    assert await phones.partner.phase() == "eased"
    await phones.go_on_by_good()


async def test_a_hidden_client_is_eased_at_once(phones: Duo) -> None:
    await phones.to_holding()
    await phones.client.page.evaluate(SHOW, "hidden")
    await phones.partner.until_phase("eased", TRUE_WITHIN_MS)
    await phones.client.page.evaluate(SHOW, "visible")
    await both_know_that_nothing_goes_on(phones)


async def test_a_frozen_client_is_eased_and_shows_the_truth_once_awake(phones: Duo) -> None:
    await phones.to_holding()
    process = await process_of(phones.client.page, phones.browser)
    os.kill(process, signal.SIGSTOP)
    try:
        await phones.partner.until_phase("eased", LOST_SHOWN_WITHIN_MS)
    finally:
        os.kill(process, signal.SIGCONT)
    await phones.client.until_phase("eased", TRUE_WITHIN_MS)
    await both_know_that_nothing_goes_on(phones)


@pytest.mark.parametrize("who", ["client", "partner"])
async def test_a_page_whose_script_hangs_is_a_page_that_is_lost(phones: Duo, who: str) -> None:
    """The browser goes on answering pings; nobody beats."""
    await phones.to_holding()
    hung: Hand = getattr(phones, who)
    other = phones.partner if hung is phones.client else phones.client
    await hung.page.evaluate(HANG, HANGS_MS)
    # It hangs from a turn of its own on, which on a busy machine is a while after it was told to.
    await other.until_phase("eased", LOST_SHOWN_WITHIN_MS + BEGINS_WITHIN_MS)
    await both_know_that_nothing_goes_on(phones)
