"""P3, P4: real links that go down, and bytes that vanish without a word, under two real pages."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import Duo, duo, scanned
from tests.support.namespaces import Cable, cables, why_not
from tests.support.proof import LONG, proof

REASON = why_not()
pytestmark = [pytest.mark.browser, pytest.mark.skipif(REASON is not None, reason=str(REASON))]
LOST_SHOWN_WITHIN_MS = 3_500
TAPS_OFF_S = [0.3, 1.5, 4.0] if LONG == 1 else [0.1 * 300 ** (n / 59) for n in range(60)]


@dataclass
class Mat:
    """Two phones, each on a cable of its own."""

    phones: Duo
    client: Cable
    partner: Cable

    async def to_positioning(self) -> None:
        """Pair them, each by its own address of the server."""
        both = self.phones
        await both.client.page.goto(self.client.url)
        await both.client.tap("Start")
        await both.client.sees("You lie down")
        key = (await scanned(both.client.page)).split("#")[1]
        await both.partner.page.goto(f"{self.partner.url}/join#{key}")
        await both.client.tap("None of these")
        await both.partner.tap("I'll go slowly")
        await both.client.tap("STOP")
        await both.partner.tap("They're down")
        await both.client.tap("We are warm")
        await both.partner.tap("We are warm")

    async def hold(self) -> None:
        """From positioning into a hold."""
        both = self.phones
        await both.partner.tap("Ready")
        await both.client.tap("Ready")
        await both.client.until_phase("easing_in")
        await both.client.page.wait_for_timeout(1_100)
        await both.client.press("Good")
        await both.partner.until_phase("holding")

    async def go_again(self) -> None:
        """From stopped into the next hold."""
        both = self.phones
        await both.partner.tap("They're down")
        await both.client.sees("Press and hold one")
        await both.client.page.wait_for_timeout(2_000)  # a stop is not cleared within 2 s
        await both.client.press("Again", 1_300)
        await both.client.until_phase("positioning")
        await self.hold()

    async def is_live(self) -> None:
        """Wait until both links are."""
        for hand in (self.phones.client, self.phones.partner):
            room = hand.page.locator("#room")
            for name in ("data-link", "data-peer"):
                await expect(room).to_have_attribute(name, "live", timeout=15_000)


@pytest.fixture
async def mat(launched: Browser, tmp_path: Path) -> AsyncIterator[Mat]:
    with cables(tmp_path / "data") as (served, one, two):
        async with duo(served.url, launched) as phones:
            yield Mat(phones, one, two)


async def test_a_pulled_cable_is_eased_on_both_and_nothing_goes_on_by_itself(mat: Mat) -> None:
    await mat.phones.without_direct_line()
    await mat.to_positioning()
    await mat.hold()
    mat.client.pull()
    await mat.phones.partner.until_phase("eased", LOST_SHOWN_WITHIN_MS)
    await mat.phones.client.sees("Say it out loud", 1_000)
    mat.client.plug()
    await mat.is_live()
    assert await mat.phones.partner.phase() == "eased"
    await mat.phones.client.press("Good")
    await mat.phones.partner.until_phase("holding")


async def test_a_partner_whose_bytes_vanish_eases_by_its_own_page(mat: Mat) -> None:
    await mat.phones.without_direct_line()
    await mat.to_positioning()
    await mat.hold()
    mat.partner.swallow()
    await mat.phones.partner.sees("Ease off. Ask out loud.", LOST_SHOWN_WITHIN_MS)
    mat.partner.spit_out()
    await mat.is_live()
    assert await mat.phones.partner.phase() == "eased"


async def test_a_stop_takes_the_direct_line_where_the_cable_is_pulled(mat: Mat) -> None:
    await mat.to_positioning()
    await mat.hold()
    for hand in (mat.phones.client, mat.phones.partner):
        room = hand.page.locator("#room")
        await expect(room).to_have_attribute("data-direct", "yes", timeout=10_000)
    mat.client.pull()
    await mat.phones.client.tap("STOP")
    await mat.phones.partner.until_phase("stopped", 1_000)
    await mat.phones.client.sees("On their screen", 1_000)
    mat.client.plug()
    await mat.is_live()
    await mat.phones.partner.tap("They're down")
    await mat.phones.client.sees("Press and hold one")


@pytest.mark.prove
async def test_every_stop_tapped_around_a_broken_link_is_shown_once_it_is_back(mat: Mat) -> None:
    """Each tap falls somewhere into the time the link is down, and says on its own phone so."""
    chance = random.Random(3)
    await mat.phones.without_direct_line()
    await mat.to_positioning()
    await mat.hold()
    client, partner = mat.phones.client, mat.phones.partner
    with proof("P3", "real STOP taps with the link down for 0.1 to 30 s around them", "s") as p3:
        for off_s in TAPS_OFF_S:
            before_s = off_s * chance.random()
            mat.client.pull()
            await client.page.wait_for_timeout(before_s * 1000)
            await client.tap("STOP")
            await expect(client.page.locator("#room")).to_have_attribute("data-severity", "stop")
            if off_s - before_s > 1:
                await client.sees("Say it out loud", 1_000)
            await client.page.wait_for_timeout((off_s - before_s) * 1000)
            mat.client.plug()
            await partner.until_phase("stopped", 10_000)
            await partner.sees("Push off now")
            p3.trial(off_s)
            await mat.is_live()
            await mat.go_again()
