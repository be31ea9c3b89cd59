"""Whatever is tapped is answered where it was tapped: toggles say what they are, help stays,
who is ready is seen by the other, and what would be skipped by a slip is asked once.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.duo import Duo

pytestmark = pytest.mark.browser
SMALL = {"width": 320, "height": 568}


async def is_toggled(page: Page, name: str) -> None:
    """Tap a toggle: it says so by word and by `aria-pressed`, and takes it back at the next tap."""
    toggle = page.get_by_role("button", name=name).locator("visible=true").first
    for pressed, word in (("true", "on"), ("false", "off")):
        await toggle.tap()
        await expect(toggle).to_have_attribute("aria-pressed", pressed)
        await expect(toggle).to_contain_text(word)


async def test_the_warm_up_answers_every_tap(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await phones.to_warm_up()
    await client.tap("STOP")
    await partner.tap("They're resting")
    await client.sees("March ·")
    for name in ("Hip circles", "Easy squats"):
        await client.tap("Skip this move")
        await client.sees(name)
    await partner.sees("March ·")  # each phone's own
    for name in ("Breathing ring", "For the left hand", "Gentler limits"):
        await is_toggled(client.page, name)
    await client.tap("Hear the sounds")
    await client.sees("good, ease off, stop")

    await client.tap("We are warm")
    await client.sees("Already warm from a walk or a ride?")
    await client.tap("Not yet")
    await expect(client.page.locator("#ask-warm")).to_be_hidden()
    assert await client.phase() == "warming_up"
    await partner.tap("We are warm")
    await client.is_warm()
    await client.until_phase("positioning")

    await client.tap("Ready")
    await partner.sees("The other one is ready.")
    await partner.tap("Ready")
    await client.until_phase("easing_in")
    await client.press("Good", 100)
    await client.sees("Press GOOD a moment longer.")
    assert await client.phase() == "easing_in"


async def test_help_begins_with_the_three_taps_and_can_be_closed_wherever_one_reads(
    phones: Duo,
) -> None:
    await phones.to_warm_up()
    page = phones.client.page
    for size in (None, SMALL):
        if size:
            await page.set_viewport_size(size)  # type: ignore[arg-type]
        await phones.client.tap("Help")
        sheet = page.locator("#help")
        await expect(sheet.get_by_role("heading").first).to_have_text("What the three taps do")
        close = sheet.get_by_role("button", name="Close")
        await expect(close).to_be_in_viewport(ratio=1)
        await sheet.evaluate("(it) => it.scrollTo(0, it.scrollHeight)")
        await expect(close).to_be_in_viewport(ratio=1)
        await close.tap()
        await expect(sheet).to_be_hidden()


async def test_pain_after_a_stop_is_asked_and_need_not_be_answered(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await phones.to_positioning()
    await client.tap("STOP")
    await phones.tell_they_are_down()
    await client.page.get_by_text("Did something hurt?").tap()
    await client.page.wait_for_timeout(300)  # no finger taps what it has not seen
    await client.tap("Cramp")
    await client.sees("Again in")
    await expect(client.page.locator("[data-then=again]")).to_be_hidden()
    await partner.sees("Rest for half a minute")
    cramp = client.button("Cramp")
    await expect(cramp).to_have_attribute("aria-pressed", "true")
    await client.tap("Cramp")
    await expect(cramp).to_have_attribute("aria-pressed", "false")
    await client.page.wait_for_timeout(2_000)  # a stop is not cleared within 2 s
    await client.press("Again", 1_300)
    await client.until_phase("positioning")


async def test_what_ends_the_session_is_asked_once_more_and_then_says_where_to_get_help(
    phones: Duo,
) -> None:
    client, partner = phones.client, phones.partner
    await phones.to_positioning()
    await client.tap("Pain")  # also while nobody's hands are on
    await partner.tap("They're resting")
    await client.tap("It moves, or shoots")
    await client.tap("No, something else")
    assert await client.phase() == "stopped"
    await client.tap("It moves, or shoots")
    await client.tap("Yes, that is it")
    await client.until_phase("ended")
    for hand in (client, partner):
        await hand.sees("Get emergency help now")
