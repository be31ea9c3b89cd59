"""One phone for both: from the start, and where the other one's battery dies."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.duo import Duo, Hand

pytestmark = pytest.mark.browser
STRETCH = "Straight-leg raise"
NO_SECOND = "There is no second signal."


async def goes_on_alone(client: Hand) -> None:
    await client.page.get_by_text("Only one phone?").locator("visible=true").click()
    await client.tap("Go on with one phone")


async def test_one_phone_alone_leads_from_the_start_to_a_stop_and_on(phones: Duo) -> None:
    client = phones.client
    await client.page.goto(phones.url)
    await client.tap("Start")
    await client.tap("None of these")
    await client.sees("Nothing you answered")
    await goes_on_alone(client)
    await client.sees("Read these to the one who helps.")
    await client.tap("We'll go slowly")
    await client.tap("STOP")
    await client.tap("We tried all three")
    await client.sees(NO_SECOND)
    await client.is_warm()
    await client.until_phase("positioning")
    await client.sees("Your partner:")
    await client.sees(NO_SECOND)
    await client.tap("Ready")
    await client.until_phase("easing_in")
    await client.sees(NO_SECOND)
    await client.page.wait_for_timeout(1_100)
    await client.press("Good")
    await client.until_phase("holding")
    await client.tap("STOP")
    await client.sees("Let the knees come away from the chest.")
    await client.page.wait_for_timeout(700)  # nobody shows it: that is no failure here
    assert not await client.page.get_by_text("Say it out loud", exact=True).is_visible()
    await client.tap("It's off me")
    await client.page.wait_for_timeout(1_500)
    await client.press("Again", 1_300)
    await client.until_phase("positioning")


async def test_a_dead_battery_ends_no_session_and_a_new_phone_ends_one_phone(phones: Duo) -> None:
    await phones.to_positioning(STRETCH)
    client = phones.client
    seat = phones.partner.page.url
    await phones.partner.page.goto("about:blank")
    await client.sees("The other phone is silent")
    await client.tap("Pause")
    await client.tap("Go on with one phone")
    await client.sees(NO_SECOND)
    await client.tap("Ready")
    await client.until_phase("positioning")
    await phones.partner.page.goto(seat)
    await phones.partner.until_phase("positioning")
    shown = client.page.get_by_text(NO_SECOND).locator("visible=true")
    await expect(shown).to_have_count(0)
    await client.tap("Ready")
    await client.sees("Waiting for your partner")
