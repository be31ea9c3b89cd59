"""A big screen beside two phones: let in as people do it, and its pictures for docs/."""

from __future__ import annotations

from playwright.async_api import Browser, Page, expect

from tests.browser.duo import Duo, Hand
from tests.support.quick import QUICK_PAGE

FULL_HD = {"width": 1920, "height": 1080}
DEAF_MS = 1_100
SHOWN_FROM = "warm-up"
PICTURES = {
    "warm-up", "positioning", "easing in", "holding", "eased", "releasing", "resting", "paused",
    "stopped", "let go",
}  # fmt: skip


async def size_px(page: Page, selector: str) -> float:
    """Give the size of the letters of what is shown."""
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


class ScreenAlbum:
    """The pictures of a big screen, from the warm-up on, along a walk through a session."""

    def __init__(self, phones: Duo, launched: Browser, scheme: str) -> None:
        self.phones = phones
        self.shots: list[tuple[str, bytes]] = []
        self._launched, self._scheme = launched, scheme
        self._screen: Hand | None = None

    async def take(self, name: str) -> None:
        """Take the screen as it is."""
        if name == SHOWN_FROM:
            context = await self._launched.new_context(
                viewport=FULL_HD,  # type: ignore[arg-type]
                color_scheme=self._scheme,  # type: ignore[arg-type]
            )
            await context.add_init_script(QUICK_PAGE)
            self._screen = Hand(await context.new_page())
            await let_in(self.phones, self._screen)
        if self._screen is not None and name in PICTURES:
            await self._screen.page.wait_for_timeout(350)
            self.shots.append((name, await self._screen.page.screenshot()))
