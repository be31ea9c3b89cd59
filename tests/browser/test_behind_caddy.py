"""Two phones through Caddy over https: an upgrade in the middle, a crash, and true addresses."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import Duo, browser, duo
from tests.browser.session import STOP_LASTS_S
from tests.faults.mat import LOST_SHOWN_WITHIN_MS
from tests.support.caddy import caddy, needs_caddy
from tests.support.fixtures import SERVE
from tests.support.serving import free_port, serving

pytestmark = [pytest.mark.browser, needs_caddy]


@pytest.fixture
async def trusting() -> AsyncIterator[Browser]:
    async with browser("--ignore-certificate-errors") as one:
        yield one


def command(folder: Path, port: int, url: str) -> list[str]:
    """Serve as docs/deploy.md says."""
    return [
        *SERVE, "--port", str(port), "--data-dir", str(folder / "data"), "--public-url", url,
        "--trusted-proxy", "127.0.0.1", "--drain-s", "60",
    ]  # fmt: skip


async def are_live(phones: Duo) -> None:
    for hand in (phones.client, phones.partner):
        room = hand.page.locator("#room")
        await expect(room).to_have_attribute("data-link", "live", timeout=15_000)
        await expect(room).to_have_attribute("data-peer", "live", timeout=15_000)


async def test_an_upgrade_waits_for_hands_and_loses_no_session_and_a_crash_eases(
    tmp_path: Path, trusting: Browser
) -> None:
    port = free_port()
    with caddy(tmp_path, port) as url, serving(command(tmp_path, port, url)) as old:
        async with duo(url, trusting) as phones:
            await phones.to_holding()
            cookies = await phones.contexts[0].cookies()
            assert cookies and all(cookie["secure"] for cookie in cookies)

            old.process.send_signal(signal.SIGTERM)
            for hand in (phones.client, phones.partner):
                await hand.sees("The server restarts soon")
                assert await hand.phase() == "holding"
            await phones.client.tap("Ease off")
            await phones.partner.until_phase("eased")
            await phones.client.tap("STOP")
            await phones.partner.until_phase("stopped")
            await phones.partner.page.wait_for_timeout(STOP_LASTS_S * 1000)
            assert old.process.poll() is None
            await phones.partner.tap("They're resting")
            await asyncio.to_thread(old.process.wait, 20)
            assert old.process.returncode == 0

            gone = time.perf_counter()
            with serving(command(tmp_path, port, url)) as new:
                await are_live(phones)
                print(f"both live again {time.perf_counter() - gone:.2f} s after the old one's end")
                for hand in (phones.client, phones.partner):
                    assert await hand.phase() == "stopped"
                    said = hand.page.get_by_text("restarts soon").locator("visible=true")
                    await expect(said).to_have_count(0)
                await phones.client.press("Again", 1_300)
                await phones.partner.tap("Ready")
                await phones.client.tap("Ready")
                await phones.partner.until_phase("easing_in")
                await phones.go_on_by_good()

                new.process.kill()
                for hand in (phones.client, phones.partner):
                    await hand.sees("Contact lost", LOST_SHOWN_WITHIN_MS)
                await phones.client.sees("Say it out loud")
            with serving(command(tmp_path, port, url)):
                await are_live(phones)
                for hand in (phones.client, phones.partner):
                    await hand.until_phase("eased")
                await phones.go_on_by_good()


async def test_limits_count_the_true_address_and_believe_no_forged_one(tmp_path: Path) -> None:
    port = free_port()
    with (
        caddy(tmp_path, port) as url,
        serving(command(tmp_path, port, url), SAYWHEN_ROOMS_PER_MIN="1") as _,
    ):
        assert await starts(url, "127.0.0.1") == 201
        assert await starts(url, "127.0.0.1") == 429
        assert await starts(url, "127.0.0.1", forged="198.51.100.7") == 429
        assert await starts(url, "127.0.0.5") == 201
        async with httpx.AsyncClient(base_url=url, verify=False) as outside:
            assert (await outside.get("/metrics")).status_code == 404
            assert (await outside.get("/readyz")).status_code == 200


async def starts(url: str, address: str, forged: str = "") -> int:
    """Ask for a room from this address of ours; returns the answer's status."""
    way = httpx.AsyncHTTPTransport(local_address=address, verify=False)
    headers = {"X-Forwarded-For": forged} if forged else {}
    async with httpx.AsyncClient(transport=way, base_url=url, headers=headers) as phone:
        return (await phone.post("/api/rooms", json={"role": "client"})).status_code
