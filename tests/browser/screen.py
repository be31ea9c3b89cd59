"""A big screen beside two phones: let in as people do it."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.duo import Duo, Hand

FULL_HD = {"width": 1920, "height": 1080}
DEAF_MS = 1_100


async def size_px(page: Page, selector: str) -> float:
    """Return the size of the letters of what is shown."""
    shown = page.locator(selector).locator("visible=true").first
    return float(await shown.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)"))


async def let_in(phones: Duo, screen: Hand) -> None:
    """Show the room on a big screen: the host asks, it types the code, both show two words."""
    client = phones.client
    await client.tap("Help")
    await client.tap("Show on a big screen")
    await client.sees("For the big screen")
    await expect(client.page.locator(".door .plate svg")).to_be_visible()
    code = await client.page.locator(".door .code").locator("visible=true").inner_text()
    await screen.page.goto(phones.url + "/join")
    await screen.page.get_by_label("Code on the other phone").fill(code)
    await screen.page.get_by_role("button", name="Knock").click()
    words = screen.page.locator(".two-words")
    await expect(client.page.locator(".knock .two-words").locator("visible=true")).to_have_text(
        await words.inner_text()
    )
    await client.page.wait_for_timeout(DEAF_MS)
    await client.tap("Let it in")
    await expect(screen.page.locator("#room")).to_be_attached()
