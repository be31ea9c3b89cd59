"""Hold-to-consent on two real pages: lifting the thumb is the EASE OFF."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, expect

from tests.browser.duo import Duo, Hand, duo
from tests.support.serving import Served

pytestmark = pytest.mark.browser
PRESS_MS = 600
DEAF_MS = 1_100  # GOOD is deaf for the first second of a phase
THUMB, FINGER = 1, 2


class Fingers:
    """Several fingers on one glass, as the browser hears them."""

    def __init__(self, hand: Hand, session: CDPSession) -> None:
        self._hand, self._session = hand, session
        self._down: dict[int, dict[str, Any]] = {}

    async def down(self, finger: int, label: str) -> None:
        box = await self._hand.button(label).bounding_box()
        self._down[finger] = {
            "id": finger, "x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2,
        }  # fmt: skip
        await self._tell("touchStart", self._down[finger])

    async def up(self, finger: int) -> None:
        await self._tell("touchEnd", self._down.pop(finger))

    async def taken_away(self) -> None:
        """A call comes in, or the system takes a gesture for its own."""
        self._down.clear()
        await self._tell("touchCancel")

    async def press(self, label: str) -> None:
        """Long enough to count, and late enough."""
        await self._hand.page.wait_for_timeout(DEAF_MS)
        await self.down(FINGER, label)
        await self._hand.page.wait_for_timeout(PRESS_MS)
        await self.up(FINGER)

    async def _tell(self, type: str, *touches: dict[str, Any]) -> None:
        await self._session.send("Input.dispatchTouchEvent", {"type": type, "touchPoints": touches})


@pytest.fixture
async def phones(served: Served, launched: Browser) -> AsyncIterator[Duo]:
    async with duo(served.url, launched, lays=True) as both:
        await both.to_positioning()
        yield both


@pytest.fixture
async def fingers(phones: Duo) -> Fingers:
    page = phones.client.page
    return Fingers(phones.client, await page.context.new_cdp_session(page))


async def _choose(phones: Duo) -> None:
    """Chosen once, it is kept on this phone."""
    page = phones.client.page
    await page.evaluate("localStorage.setItem('saywhen:thumb', 'on')")
    await page.reload()
    await phones.client.until_phase("positioning")


async def _ease_in(phones: Duo) -> None:
    await expect(phones.client.page.locator("#room")).to_have_attribute("data-peer", "live")
    await phones.partner.tap("Ready")
    await phones.client.tap("Ready")
    await phones.client.until_phase("easing_in")


async def _cause(phones: Duo) -> str:
    """Ask the server why it is as it is."""
    asked = "fetch(`/api/rooms/${room.dataset.room}?role=client`).then((told) => told.json())"
    told = await phones.client.page.evaluate(asked)
    return str(told["cause"])


async def test_the_thumb_rests_through_a_good_and_lifting_it_is_ease_off(
    phones: Duo,
    fingers: Fingers,
) -> None:
    await _choose(phones)
    await phones.client.sees("then thumb on Ease off")
    await _ease_in(phones)
    await fingers.down(THUMB, "Ease off")
    await phones.client.sees("lift your thumb")
    await fingers.press("Good")
    await phones.partner.until_phase("holding")
    await fingers.up(THUMB)
    await phones.partner.until_phase("eased")
    await phones.client.sees("Thumb here")
    await fingers.down(THUMB, "Ease off")
    await fingers.press("Good")
    await phones.partner.until_phase("holding")
    await fingers.taken_away()
    await phones.partner.until_phase("releasing")
    assert await _cause(phones) == "asked"  # by the second EASE in one hold, not by its own end
    assert phones.client.errors == []


async def test_without_the_thumb_no_good_counts_and_it_eases_by_itself(
    phones: Duo,
    fingers: Fingers,
) -> None:
    await _choose(phones)
    await _ease_in(phones)
    await fingers.press("Good")
    assert await phones.partner.phase() == "easing_in"
    await phones.partner.until_phase("eased")
    await fingers.press("STOP")
    await phones.partner.until_phase("stopped")


async def test_it_is_chosen_in_help_kept_and_put_off_again(phones: Duo) -> None:
    page = phones.client.page
    option = page.locator("#help [data-do=thumb]")
    await page.evaluate("document.querySelector('#help').showModal()")
    await option.click()
    await expect(option).to_have_attribute("aria-pressed", "true")
    await page.reload()
    await phones.client.until_phase("positioning")
    await expect(option).to_have_attribute("aria-pressed", "true")
    await page.evaluate("document.querySelector('#help').showModal()")
    await option.click()
    await expect(option).to_have_attribute("aria-pressed", "false")
    assert await phones.partner.page.locator("[data-do=thumb]").count() == 0
