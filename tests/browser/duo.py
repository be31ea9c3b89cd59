"""Two phone-sized browsers on a real server, driven by what people can see: visible labels."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from app.core.model import Phase, Role
from tests.support.seeded import laid

PORTRAIT = {"width": 390, "height": 844}
LANDSCAPE = {"width": 844, "height": 390}
LIGHT = "chromium-headless-shell"  # the same engine without a desktop: half the processor time
SOON_MS = 60_000  # for safety alone: on a busy machine a page may take long to come up
expect.set_options(timeout=SOON_MS)


@asynccontextmanager
async def browser(*args: str, is_whole: bool = False) -> AsyncIterator[Browser]:
    """Chromium with these arguments: the machine's own, or Playwright's where there is none.

    Without a desktop, unless it has to be whole: the light one neither speaks nor plays a video.
    """
    light = None if is_whole else shutil.which(LIGHT)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=light or shutil.which("chromium"),
            channel="chromium" if is_whole and not shutil.which("chromium") else None,
            args=["--no-sandbox", "--autoplay-policy=user-gesture-required", *args],
        )
        try:
            yield launched
        finally:
            await launched.close()


@dataclass
class Hand:
    """One person with a phone; `taps` lists every tap by the label tapped."""

    page: Page
    taps: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _loads: bool = False

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)
        self.page.on("requestfailed", self._lost)

    async def _lost(self, request: Request) -> None:
        # Printed, so that a test that fails tells what the network had lost.
        print("request failed:", request.url, request.failure)
        # Another test plugs cables in and out: load the page anew, as its person would.
        is_of_cables = "ERR_NETWORK_CHANGED" in str(request.failure)
        if is_of_cables and request.resource_type in ("document", "script") and not self._loads:
            self._loads = True
            is_page = request.is_navigation_request()
            with contextlib.suppress(PlaywrightError):
                await self.page.goto(request.url if is_page else self.page.url)
            self._loads = False

    def _note(self, message: Any) -> None:
        # No fault of the page: what the browser itself logs about a network that a test has broken,
        # about what was sent while a socket closed, or about plain http on an address that is not
        # loopback.
        own = (
            "Failed to load resource",
            "WebSocket connection",
            "WebSocket is already in CLOSING or CLOSED state",
            "The Cross-Origin-Opener-Policy",
        )
        is_network = message.text.startswith(own)
        if message.type == "error" and not is_network:
            self.errors.append(message.text)

    def button(self, label: str) -> Any:
        named = self.page.get_by_role("button", name=re.compile(f"^{re.escape(label)}"))
        return named.locator("visible=true").first

    async def tap(self, label: str) -> None:
        """Tap what reads `label`."""
        button = self.button(label)
        await expect(button).to_be_visible(timeout=SOON_MS)
        await expect(button).to_be_enabled()
        self.taps.append(label)
        await button.tap()  # once it stands still, and where it is then

    async def end(self) -> None:
        """End it: the second tap is in another place."""
        await self.tap("End")
        await self.tap("Yes, end it")

    async def is_warm(self) -> None:
        """Tap it; before five minutes are over the client is asked whether it is true."""
        await self.tap("We are warm")
        if await self.page.locator("#ask-warm").count():
            await self.tap("Yes, we are warm")

    async def start_anew(self, url: str) -> None:
        """Leave the session this phone is in for another: it is asked first."""
        await self.page.goto(url)
        await self.tap("Start")
        await self.tap("Leave it, and start anew")

    async def press(self, label: str, ms: int = 600) -> None:
        """Press and hold what reads `label`."""
        button = self.button(label)
        await expect(button).to_be_visible(timeout=SOON_MS)
        self.taps.append(label)
        await button.hover()
        await self.page.mouse.down()
        await self.page.wait_for_timeout(ms)
        await self.page.mouse.up()

    async def sees(self, text: str, timeout_ms: int = SOON_MS) -> None:
        """Wait until `text` can be read on this phone."""
        shown = self.page.get_by_text(text, exact=False).locator("visible=true").first
        await expect(shown).to_be_visible(timeout=timeout_ms)

    async def phase(self) -> str:
        return str(await self.page.locator("#room").get_attribute("data-phase"))

    async def until_phase(self, phase: str, timeout_ms: int = SOON_MS) -> None:
        await expect(self.page.locator("#room")).to_have_attribute(
            "data-phase", phase, timeout=timeout_ms
        )


@dataclass
class Duo:
    """Both of them, with the contexts of their browsers."""

    url: str
    browser: Browser
    client: Hand
    partner: Hand
    contexts: list[BrowserContext]
    lays: bool = False  # the server lays rooms: tests/support/seeded.py

    async def without_direct_line(self) -> None:
        """Let everything go by the server."""
        for context in self.contexts:
            await context.add_init_script("delete globalThis.RTCPeerConnection")

    async def tell_they_are_down(
        self, raiser: Hand | None = None, tap: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Tap it, and again where it was too early for a server that had not read the stop yet."""
        page = (raiser or self.client).page
        told = page.get_by_text("Press and hold one").locator("visible=true").first
        for _ in range(4):
            await (tap() if tap else self.partner.tap("They're resting"))
            with contextlib.suppress(AssertionError):
                await expect(told).to_be_visible(timeout=2_000)
                return
        raise AssertionError("whoever stopped never hears that they are down")

    async def go_on_by_good(self) -> None:
        """GOOD into a hold, and again where contact was just lost, or a press came too short."""
        page = self.client.page
        refused = page.locator(".refused:not([hidden])")
        for _ in range(6):
            await self.client.press("Good", 900)
            answered = page.locator("#room[data-phase=holding]").or_(refused)
            with contextlib.suppress(PlaywrightTimeoutError):
                await answered.first.wait_for(state="attached", timeout=4_000)
            if await self.client.phase() == "holding":
                return await self.partner.until_phase("holding")
            await expect(refused).to_have_count(0, timeout=SOON_MS)
        raise AssertionError("no GOOD is taken")

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()

    async def pair(self, only: str | None = None, routine: str | None = None) -> None:
        """The client starts, with one stretch alone if asked; the partner scans, at no tap."""
        client = self.client
        await client.page.goto(self.url)
        if routine is not None:
            option = client.page.get_by_role("option").filter(has_text=routine).first
            label = (await option.text_content() or "").strip()
            await client.page.get_by_label("Routine").select_option(label=label)
        if only is not None:
            await client.page.get_by_role("button", name="Choose stretches").click()
            for box in await client.page.get_by_role("checkbox").all():
                await box.set_checked(False)
            await client.page.get_by_label(only).check()
        await client.tap("Start")
        await client.sees("You lie down")
        await self.partner.page.goto(await scanned(client.page))
        await self.partner.sees("You help")

    async def begin(
        self,
        phase: Phase,
        only: str | None = None,
        routine: str | None = None,
        urls: tuple[str, str] | None = None,
    ) -> bool:
        """Open both pages in a session that is in this phase; False where none can be laid.

        `urls` are the addresses of the server for client and partner, where each has its own.
        """
        if not self.lays:
            return False
        like = {"routine": routine or "", "only": only or ""}
        made = await asyncio.to_thread(laid, self.url, phase, like)
        both = ((Role.CLIENT, self.client), (Role.PARTNER, self.partner))
        for (role, hand), url in zip(both, urls or (self.url, self.url), strict=True):
            await hand.page.context.add_cookies(made.cookies(url, role))
            await hand.page.goto(made.page(url, role))
        for hand in (self.client, self.partner):
            await hand.until_phase(phase)
        return True

    async def to_warm_up(self, only: str | None = None, routine: str | None = None) -> None:
        if await self.begin(Phase.WARMING_UP, only, routine):
            return
        await self.pair(only, routine)
        await self.client.tap("None of these")
        await self.partner.tap("I'll go slowly")
        await self.client.sees("Try the stop signal")

    async def to_positioning(self, only: str | None = None, routine: str | None = None) -> None:
        if await self.begin(Phase.POSITIONING, only, routine):
            return
        await self.to_warm_up(only, routine)
        await self.client.tap("STOP")
        await self.partner.tap("They're resting")
        await self.client.is_warm()
        await self.partner.is_warm()
        await self.client.until_phase("positioning")

    async def to_easing_in(self, only: str | None = None) -> None:
        await self.to_positioning(only)
        await self.partner.tap("Ready")
        await self.client.tap("Ready")
        await self.client.until_phase("easing_in")

    async def to_holding(self, only: str | None = None) -> None:
        await self.to_easing_in(only)
        await self.client.page.wait_for_timeout(1_100)  # GOOD is deaf for the first second
        await self.client.press("Good")
        await self.partner.until_phase("holding")


async def scanned(page: Page) -> str:
    """What a camera would read off the square."""
    return str(await page.locator("[data-link-of-square]").get_attribute("data-link-of-square"))


@asynccontextmanager
async def duo(
    url: str,
    launched: Browser,
    viewport: dict[str, int] | None = None,
    lays: bool = False,
    **options: Any,
) -> AsyncIterator[Duo]:
    """Open two phones; fails if any page threw an error."""
    contexts = [
        await launched.new_context(
            viewport=viewport or PORTRAIT,  # type: ignore[arg-type]
            has_touch=True,
            is_mobile=True,
            device_scale_factor=2,
            **options,
        )
        for _ in range(2)
    ]
    pages = [await context.new_page() for context in contexts]
    both = Duo(url, launched, Hand(pages[0]), Hand(pages[1]), contexts, lays)
    try:
        yield both
        errors = both.client.errors + both.partner.errors
        assert not errors, errors
    finally:
        await both.close()
