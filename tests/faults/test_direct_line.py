"""The direct line: a stop gets through while the server stands still, and is written afterwards."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import Duo, Hand, duo
from tests.support.fixtures import SERVE
from tests.support.proof import proof
from tests.support.serving import Served, serving

pytestmark = pytest.mark.browser
SHOWN_WITHIN_MS = 500  # a safety bound: on loopback it takes some tens
NOW = "performance.timeOrigin + performance.now()"
WATCH = f"""() => {{
  const root = document.getElementById("room");
  new MutationObserver(() => {{
    if (root.dataset.severity === "stop") window.shown_ms ??= {NOW};
  }}).observe(root, {{ attributes: true }});
}}"""
TAP_STOP = f"""() => {{
  const stop = [...document.querySelectorAll('[data-tap="stop"]')].find((b) => b.checkVisibility());
  const tapped_ms = {NOW};
  stop.dispatchEvent(new PointerEvent("pointerdown", {{ bubbles: true, button: 0 }}));
  return tapped_ms;
}}"""


@pytest.fixture
async def alone(launched: Browser, tmp_path: Path) -> AsyncIterator[tuple[Duo, Served]]:
    """Two phones and a server of their own, that may be stopped."""
    command = [*SERVE, "--port", "0", "--data-dir", str(tmp_path / "data")]
    with serving(command) as served:
        async with duo(served.url, launched) as phones:
            yield phones, served


@contextmanager
def standing_still(served: Served) -> Iterator[None]:
    os.kill(served.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(served.process.pid, signal.SIGCONT)


async def has_direct_line(hand: Hand) -> None:
    shown = hand.page.locator("#room")
    await expect(shown).to_have_attribute("data-direct", "yes", timeout=10_000)


@pytest.mark.prove
async def test_a_stop_gets_through_while_the_server_stands_still_and_is_written_after(
    alone: tuple[Duo, Served],
) -> None:
    phones, served = alone
    await phones.to_holding()
    for hand in (phones.client, phones.partner):
        await has_direct_line(hand)
    with (
        proof("P3", "a stop shown by the direct line, server stopped", "ms", SHOWN_WITHIN_MS) as p3,
        standing_still(served),
    ):
        await phones.partner.page.evaluate(WATCH)
        tapped_ms = await phones.client.page.evaluate(TAP_STOP)
        await phones.partner.sees("STOP")
        await phones.client.sees("On their screen")
        shown_ms = await phones.partner.page.evaluate("window.shown_ms") - tapped_ms
        assert shown_ms <= SHOWN_WITHIN_MS
        p3.trial(shown_ms)
        await phones.partner.page.wait_for_timeout(3_000)  # long enough to lose the server
        await phones.partner.sees("STOP")
        assert await phones.partner.phase() == "stopped"
    await phones.tell_they_are_down()


async def test_the_warm_up_says_whether_there_is_a_direct_line(phones: Duo) -> None:
    await phones.to_warm_up()
    await phones.client.tap("STOP")
    await phones.partner.tap("They're resting")
    for hand in (phones.client, phones.partner):
        await hand.sees("Direct line to the other phone: yes")


async def test_without_webrtc_everything_else_goes_on(phones: Duo) -> None:
    await phones.without_direct_line()
    await phones.to_warm_up()
    await phones.client.tap("STOP")
    await phones.partner.tap("They're resting")
    for hand in (phones.client, phones.partner):
        await hand.sees("Direct line to the other phone: no")
