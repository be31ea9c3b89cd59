"""Real faults under two real pages: what the two people see when something breaks."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import duo
from tests.faults.mat import LOST_SHOWN_WITHIN_MS, Mat
from tests.support.fixtures import LAY, SERVE
from tests.support.proxy import Wire
from tests.support.serving import Served, serving

pytestmark = pytest.mark.browser


async def test_killed_and_restarted_in_a_hold_both_are_eased_and_go_on_by_good(
    launched: Browser,
    tmp_path: Path,
) -> None:
    command = [*SERVE, "--data-dir", str(tmp_path / "data"), "--port"]
    with serving([*LAY, str(tmp_path / "data")]) as first:
        async with duo(first.url, launched, lays=True) as phones:
            await phones.to_holding()
            asked: list[str] = []
            phones.client.page.on("websocket", lambda one: asked.append(one.url))
            os.kill(first.process.pid, signal.SIGKILL)
            first.process.wait()
            for hand in (phones.client, phones.partner):
                await hand.sees("Contact lost", LOST_SHOWN_WITHIN_MS)
            with serving([*command, first.url.rsplit(":", 1)[1]]):
                for hand in (phones.client, phones.partner):
                    await hand.until_phase("eased")
                await phones.partner.sees("The server restarted")
                await expect(phones.client.page.locator("#room")).to_have_attribute(
                    "data-peer", "live"
                )
                await phones.go_on_by_good()
            assert asked and all("hands=on" in one for one in asked)


@pytest.mark.parametrize("fault", ["stall", "cut"])
async def test_a_client_who_is_cut_off_is_eased_and_told_to_say_it(
    wired: Mat[Wire],
    fault: str,
) -> None:
    getattr(wired.client, fault)()
    await wired.phones.client.sees("Say it out loud", LOST_SHOWN_WITHIN_MS)
    await wired.phones.partner.until_phase("eased", LOST_SHOWN_WITHIN_MS)
    await wired.phones.partner.sees("Ask out loud")
    wired.client.go_on()
    wired.client.mend()
    await expect(wired.phones.partner.page.locator("#room")).to_have_attribute("data-peer", "live")
    assert await wired.phones.partner.phase() == "eased"


async def test_a_stop_tapped_while_cut_off_arrives_when_the_wire_is_back(
    wired: Mat[Wire],
) -> None:
    wired.client.cut()
    await wired.phones.client.tap("STOP")
    await wired.phones.client.sees("Say it out loud", 2_000)
    wired.client.mend()
    await wired.phones.partner.until_phase("stopped")
    await wired.phones.partner.sees("No more pressure")


async def test_a_partner_whose_wire_stalls_shows_contact_lost_by_itself(
    wired: Mat[Wire],
) -> None:
    wired.partner.stall()
    await wired.phones.partner.sees("A little less. Ask out loud.", LOST_SHOWN_WITHIN_MS)
    wired.partner.go_on()
    await expect(wired.phones.partner.page.locator("#room")).to_have_attribute("data-lost", "no")
    assert await wired.phones.partner.phase() == "eased"


async def test_a_stopped_server_is_noticed_by_both_and_the_way_back_comes_by_own_clock(
    launched: Browser,
    tmp_path: Path,
) -> None:
    with serving([*LAY, str(tmp_path / "data")]) as one:
        async with duo(one.url, launched, lays=True) as phones:
            await phones.without_direct_line()
            await phones.to_holding()
            os.kill(one.process.pid, signal.SIGSTOP)
            try:
                for hand in (phones.client, phones.partner):
                    await hand.sees("Contact lost", LOST_SHOWN_WITHIN_MS)
                await phones.client.tap("STOP")
                await phones.partner.sees("Let the knees come away")
            finally:
                os.kill(one.process.pid, signal.SIGCONT)
            await phones.partner.until_phase("stopped", 10_000)


async def test_once_loaded_the_page_needs_no_http(
    served: Served,
    launched: Browser,
) -> None:
    async with duo(served.url, launched, lays=True) as phones:
        await phones.to_positioning()
        for context in phones.contexts:
            await context.route("**/*", lambda route: route.abort())
        await phones.partner.tap("Ready")
        await phones.client.tap("Ready")
        await phones.client.until_phase("easing_in")
        await phones.client.page.wait_for_timeout(1_100)
        await phones.go_on_by_good()
        await phones.client.tap("Ease off")
        await phones.partner.sees("A little less")
        await phones.client.tap("Pain")
        await phones.partner.sees("No more pressure")
        await phones.partner.tap("They're resting")
        await phones.client.sees("What is it like?")


async def test_with_http_blocked_contact_lost_still_shows(
    launched: Browser,
    tmp_path: Path,
) -> None:
    with serving([*LAY, str(tmp_path / "data")]) as one:
        async with duo(one.url, launched, lays=True) as phones:
            await phones.to_holding()
            for context in phones.contexts:
                await context.route("**/*", lambda route: route.abort())
            one.process.kill()
            for hand in (phones.client, phones.partner):
                await hand.sees("Contact lost", LOST_SHOWN_WITHIN_MS)
