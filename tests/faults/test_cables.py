"""P3, P4: real links that go down, and bytes that vanish without a word, under two real pages."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import duo
from tests.faults.mat import LOST_SHOWN_WITHIN_MS, Mat
from tests.support.namespaces import Cable, cables, why_not
from tests.support.proof import LONG, proof

OnCables = Mat[Cable]
REASON = why_not()
pytestmark = [pytest.mark.browser, pytest.mark.skipif(REASON is not None, reason=str(REASON))]
TAPS_OFF_S = [0.3, 1.5, 8.0] if LONG == 1 else [0.1 * 300 ** (n / 59) for n in range(60)]


@pytest.fixture
async def mat(launched: Browser, tmp_path: Path) -> AsyncIterator[OnCables]:
    with cables(tmp_path / "data") as (served, one, two):
        async with duo(served.url, launched) as phones:
            yield Mat(phones, one, two)


async def test_a_pulled_cable_is_eased_on_both_and_nothing_goes_on_by_itself(mat: OnCables) -> None:
    await mat.phones.without_direct_line()
    await mat.to_holding()
    mat.client.pull()
    await mat.phones.partner.until_phase("eased", LOST_SHOWN_WITHIN_MS)
    await mat.phones.client.sees("Say it out loud", 1_000)
    mat.client.plug()
    await mat.is_live()
    assert await mat.phones.partner.phase() == "eased"
    await mat.phones.go_on_by_good()


async def test_a_partner_whose_bytes_vanish_eases_by_its_own_page(mat: OnCables) -> None:
    await mat.phones.without_direct_line()
    await mat.to_holding()
    mat.partner.swallow()
    await mat.phones.partner.sees("A little less. Ask out loud.", LOST_SHOWN_WITHIN_MS)
    mat.partner.spit_out()
    await mat.is_live()
    assert await mat.phones.partner.phase() == "eased"


async def test_a_stop_takes_the_direct_line_where_the_cable_is_pulled(mat: OnCables) -> None:
    await mat.to_holding()
    for hand in (mat.phones.client, mat.phones.partner):
        room = hand.page.locator("#room")
        await expect(room).to_have_attribute("data-direct", "yes", timeout=10_000)
    mat.client.pull()
    await mat.phones.client.tap("STOP")
    await mat.phones.partner.until_phase("stopped", 1_000)
    await mat.phones.client.sees("On their screen", 1_000)
    mat.client.plug()
    await mat.is_live()
    await mat.phones.tell_they_are_down()


@pytest.mark.prove
async def test_every_stop_tapped_around_a_broken_link_is_shown_once_it_is_back(
    mat: OnCables,
) -> None:
    """Each tap falls at some moment while the link is down, and its own phone says that it is."""
    chance = random.Random(3)
    await mat.phones.without_direct_line()
    await mat.to_holding()
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
            await partner.sees("No more pressure")
            p3.trial(off_s)
            await mat.is_live()
            await mat.go_again()
