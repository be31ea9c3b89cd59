"""A big screen: let in by the host, read from four metres, honest when it hears nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.duo import Hand, duo
from tests.browser.look import Shape, axe, cut_off
from tests.browser.played import Played
from tests.browser.screen import FULL_HD, let_in, size_px
from tests.support.quick import quicken
from tests.support.serving import serving

pytestmark = pytest.mark.browser
SPEED = 2  # at three times, a second that a busy machine holds a page up is lost contact
SIZES = (Shape("1280x720", {"width": 1280, "height": 720}), Shape("1920x1080", FULL_HD))
DIGITS_OF_HEIGHT, WORDS_OF_HEIGHT = 0.66, 0.048  # of a glyph's; the way back's letters
# These screens never scroll: whatever hangs out of one is lost.
NOT_WHOLE = """() => [...document.querySelectorAll(".big")].filter((e) => e.checkVisibility())
  .flatMap((e) => [...e.querySelectorAll("p, h1, li, svg, button")])
  .filter((e) => e.checkVisibility())
  .filter((e) => { const b = e.getBoundingClientRect();
    return b.top < -1 || b.left < -1 || b.bottom > innerHeight + 1 || b.right > innerWidth + 1; })
  .map((e) => `off the screen: ${e.tagName} ${e.textContent.trim().slice(0, 40)}`)"""


async def faults(page: Page, name: str, *, is_axe: bool = False) -> list[str]:
    """List what cannot be read whole on a screen of either size."""
    found = [f"axe: {one}" for one in await axe(page)] if is_axe else []
    for shape in SIZES:
        await shape.put_on(page)
        found += await cut_off(page) + await page.evaluate(NOT_WHOLE)
    return [f"{name}: {one}" for one in found]


@pytest.mark.parametrize("scheme", ["dark"])
async def test_a_big_screen_shows_the_hold_and_the_stop_and_says_when_it_hears_nothing(
    launched: Browser, tmp_path: Path, scheme: str
) -> None:
    # Long because it is one session, in order.
    command = [sys.executable, "-m", "tests.support.quick", str(tmp_path / "data"), str(SPEED)]
    context = await launched.new_context(viewport=FULL_HD, color_scheme=scheme)  # type: ignore[arg-type]
    await quicken(context, SPEED)
    played = Played()
    await played.listen("display", context)
    screen, bad = Hand(await context.new_page()), []
    page = screen.page
    with serving(command) as served:
        async with duo(served.url, launched, color_scheme=scheme) as phones:
            for one in phones.contexts:
                await quicken(one, SPEED)
            client, partner = phones.client, phones.partner
            await phones.pair()
            await let_in(phones, screen)
            await screen.sees("The big screen")
            for hand in (client, partner):
                await hand.sees("Big screen on")
            bad += await faults(page, "lobby")
            await client.tap("None of these")
            await partner.tap("I'll go slowly")
            await client.tap("STOP")
            await partner.tap("They're resting")
            for hand in (client, partner):
                await hand.is_warm()
            await screen.until_phase("positioning")
            bad += await faults(page, "positioning")
            assert played.of("display", "tone", "word") == []
            await screen.button("Sound here").click()
            await screen.sees("No sound here")
            await partner.tap("Ready")
            await client.tap("Ready")
            await screen.until_phase("easing_in")
            await client.page.wait_for_timeout(600)
            await client.press("Good")
            await screen.until_phase("holding")
            await page.screenshot(path=tmp_path / "hold.png")
            bad += await faults(page, "holding", is_axe=True)
            assert await size_px(page, ".digits") * 0.67 >= DIGITS_OF_HEIGHT * 1080
            await client.tap("STOP")
            await screen.sees("No more pressure")
            await page.screenshot(path=tmp_path / "stop.png")
            sounded = [one.name for one in played.of("display", "tone", "word")]
            assert sounded[:2] == ["count", "stop"] and {*sounded[2:]} <= {"pulse"}
            bad += await faults(page, "stopped", is_axe=True)
            assert await size_px(page, ".way-back") * 0.67 >= WORDS_OF_HEIGHT * 1080
            await partner.tap("They're resting")
            await screen.sees("They're resting")
            await context.set_offline(True)
            await screen.sees("Look at the phone")
            await page.screenshot(path=tmp_path / "lost.png")
            bad += await faults(page, "contact lost")
            assert not await page.locator(".digits").locator("visible=true").count()
            await context.set_offline(False)
            await expect(page.locator(".lost-big")).to_be_hidden()
            await client.press("Again", 1_300)
            await client.tap("Pause")
            await screen.sees("Rest. Go on")
            await screen.button("No sound here").click()
            await screen.sees("Sound here")
            await partner.tap("Help")
            await partner.tap("Big screen off")
            await screen.sees("This screen is off")
            await expect(client.page.get_by_text("Big screen on", exact=True)).to_be_hidden()
    await context.close()
    assert bad + screen.errors == []
