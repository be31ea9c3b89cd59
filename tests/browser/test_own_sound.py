"""What a phone can't sound it says, on both phones; what its person likes stays on this phone."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from app.core.model import Phase
from tests.browser.duo import LANDSCAPE, SOON_MS, duo
from tests.browser.played import Played
from tests.support.seeded import laid
from tests.support.serving import Served

pytestmark = pytest.mark.browser
PLAIN_HTTP = "delete Navigator.prototype.wakeLock"
PLAYS = """() => {
  const video = document.getElementById("stay-awake");
  return !video.paused && !video.muted && !video.loop && video.volume > 0 && video.currentTime > 0
    && video.closest("[aria-hidden=true]") !== null && video.checkVisibility();
}"""
LINES = """(element) => {
  const words = document.createRange();
  words.selectNodeContents(element);
  return new Set([...words.getClientRects()].map((line) => line.top)).size;
}"""
IS_SILENT = "() => speechSynthesis.mode = 'silent'"


async def test_what_a_phone_cannot_sound_is_said_on_both(served: Served, whole: Browser) -> None:
    # Long because it is one session, in order.
    async with duo(served.url, whole) as phones:
        client, partner, played = phones.client, phones.partner, Played()
        await played.listen("partner", phones.contexts[1])
        await phones.contexts[0].add_init_script(PLAIN_HTTP)
        await phones.to_warm_up()
        await client.page.wait_for_function(PLAYS)
        await client.tap("STOP")
        await partner.tap("They're resting")
        async with asyncio.timeout(SOON_MS / 1000):
            while '"move"' not in played.script("partner"):  # the warm-up's first move is spoken
                await partner.page.wait_for_timeout(50)
        await partner.page.wait_for_function("() => !speechSynthesis.speaking")
        await partner.page.evaluate(IS_SILENT)
        await partner.tap("Hear the sounds")
        await client.sees("This screen may lock by itself")
        await client.sees("Sound is on")
        await partner.sees("This screen stays awake")
        await partner.sees("This phone's voice failed. Tones and words on the screen say the same.")
        await partner.page.evaluate("speechSynthesis.mode = 'works'")
        await (
            partner.page.get_by_text("Voice and tones of this phone")
            .locator("visible=true")
            .click()
        )
        await partner.tap("Slow")
        failed = partner.page.get_by_text("voice failed").locator("visible=true")
        await expect(failed).to_have_count(0)
        await partner.tap("Silent today")
        await partner.sees("This phone is set to silent: not even a stop sounds here.")
        await client.sees("The other phone is set to silent: not even a stop sounds there.")
        sounded = len(played.of("partner", "tone", "word"))
        for hand in (client, partner):
            await hand.is_warm()
        await client.sees("No sound there")
        for hand in (partner, client):
            await hand.tap("Ready")
        await client.until_phase("easing_in")
        await client.sees("No sound there")
        await partner.sees("This phone is set to silent")
        await partner.page.reload()
        silent = partner.page.locator("[data-hears=silent]").first
        await expect(silent).to_have_attribute("aria-pressed", "true")
        assert len(played.of("partner", "tone", "word")) == sounded
        slow = played.of("partner", "word")[-1]
        assert (slow.more["rate"], slow.more["voice"]) == (0.8, "near")
        assert await partner.page.evaluate("localStorage.getItem('saywhen:pace')") == "slow"
        assert await partner.page.evaluate("localStorage.getItem('saywhen:hears')") is None


async def test_what_is_said_of_sound_at_ease_takes_one_line_and_covers_no_letter(
    laying: Served, launched: Browser
) -> None:
    made = await asyncio.to_thread(laid, laying.url, Phase.EASED)
    context = await launched.new_context(viewport=LANDSCAPE, has_touch=True)  # type: ignore[arg-type]
    await context.add_cookies(made.cookies(laying.url, "partner"))
    page = await context.new_page()
    await page.goto(made.page(laying.url, "partner"))
    said = page.get_by_text("No sound here. Tap the screen once.").locator("visible=true")
    await expect(said).to_be_visible()
    assert await said.evaluate(LINES) == 1
    await context.close()
