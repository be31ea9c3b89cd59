"""The same session in the other engines of phones: WebKit whole, Firefox from door to stop."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import async_playwright

from tests.browser.duo import PORTRAIT, Hand, scanned
from tests.browser.session import Walk
from tests.browser.webkit import missing, two_webkits
from tests.support.serving import Served

pytestmark = pytest.mark.browser
SESSION_S = 120
NO_FIREFOX = "no Firefox: apt-get install firefox-esr"
STOP_SHOWN_MS = 1_000  # a safety bound on a busy machine: both browsers run on it
# What goes wrong in a page; when a finger came down here, and when the other phone's page first
# showed a stop: one machine, one clock.
WATCH = """
window.touched = window.stopped = 0;
window.errors = [];
addEventListener("error", (event) => errors.push(event.message));
addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
addEventListener("pointerdown", () => { window.touched = Date.now(); }, true);
new MutationObserver(() => {
  if (document.querySelector("#room").dataset.phase === "stopped") window.stopped ||= Date.now();
}).observe(document.querySelector("#room"), { attributeFilter: ["data-phase"] });
"""

SIDEWAYS = """
return [...document.querySelectorAll("*")].filter((e) => e.checkVisibility()
  && (e === document.scrollingElement || ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
  && e.scrollWidth > e.clientWidth + 1).map((e) => e.tagName + "." + e.className);
"""


class Watch:
    """Times the first stop; nothing scrolls sideways, and no page has an error."""

    def __init__(self, client: Any, partner: Any) -> None:
        self.client, self.partner, self.took_ms = client, partner, -1

    async def look(self, name: str) -> None:
        if name == "lobby":
            for phone in (self.client, self.partner):
                await phone.run(WATCH)
        if name == "stopped":
            touched = await self.client.run("return window.touched")
            self.took_ms = await self.partner.run("return window.stopped") - touched
        for phone in (self.client, self.partner):
            assert await phone.run(SIDEWAYS) == [], f"{name} scrolls sideways"
            assert await phone.run("return window.errors ?? []") == [], name


class FoxPhone(Hand):
    """A phone in Firefox, where nothing is tapped: it is clicked."""

    async def open(self, url: str) -> None:
        await self.page.goto(url)

    async def tap(self, label: str) -> None:
        await self.button(label).click()

    async def follow(self, label: str) -> None:
        await self.page.get_by_role("link", name=label).click()

    async def square(self) -> str:
        return await scanned(self.page)

    async def run(self, script: str) -> Any:
        """As WebDriver runs it: a function's body."""
        return await self.page.evaluate(f"() => {{ {script} }}")


@asynccontextmanager
async def two_firefoxes() -> AsyncIterator[tuple[FoxPhone, FoxPhone]]:
    """Debian's own Firefox, two phones in it."""
    async with async_playwright() as playwright:
        launched = await playwright.firefox.launch(
            channel="moz-firefox", executable_path=shutil.which("firefox-esr")
        )
        contexts = [await launched.new_context(viewport=PORTRAIT) for _ in range(2)]  # type: ignore[arg-type]
        client, partner = [FoxPhone(await context.new_page()) for context in contexts]
        try:
            yield client, partner
        finally:
            await launched.close()


# Its driver for WebKitGTK warns of its own.
@pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
async def test_a_whole_session_in_webkit(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    with two_webkits() as (client, partner):
        watch = Watch(client, partner)
        async with asyncio.timeout(SESSION_S):
            await Walk(client, partner, watch.look).whole(served.url)
    with capsys.disabled():
        print(f"\nWebKit, finger to stop on the other phone: {watch.took_ms} ms")
    assert 0 <= watch.took_ms < STOP_SHOWN_MS


@pytest.mark.skipif(shutil.which("firefox-esr") is None, reason=NO_FIREFOX)
async def test_a_session_in_firefox(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    async with two_firefoxes() as (client, partner):
        watch = Watch(client, partner)
        async with asyncio.timeout(SESSION_S):
            walk = Walk(client, partner, watch.look)
            await walk.to_positioning(served.url)
            await walk.to_holding()
            await walk.an_ease()
            await walk.a_stop_seen()
    with capsys.disabled():
        print(f"\nFirefox, finger to stop on the other phone: {watch.took_ms} ms")
    assert 0 <= watch.took_ms < STOP_SHOWN_MS
