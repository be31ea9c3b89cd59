"""Two people on a mat whose phones have each a way of its own to the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from playwright.async_api import expect

from app.core.model import Phase
from tests.browser.duo import Duo, scanned

LOST_SHOWN_WITHIN_MS = 3_500


class Way(Protocol):
    """How one phone reaches the server."""

    @property
    def url(self) -> str: ...


W = TypeVar("W", bound=Way)


@dataclass
class Mat(Generic[W]):
    """Two phones and their ways."""

    phones: Duo
    client: W
    partner: W

    async def to_positioning(self) -> None:
        """Pair them, each by its own address of the server."""
        both = self.phones
        if await both.begin(Phase.POSITIONING, urls=(self.client.url, self.partner.url)):
            return
        await both.client.page.goto(self.client.url)
        await both.client.tap("Start")
        await both.client.sees("You lie down")
        key = (await scanned(both.client.page)).split("#")[1]
        await both.partner.page.goto(f"{self.partner.url}/join#{key}")
        await both.client.tap("None of these")
        await both.partner.tap("I'll go slowly")
        await both.client.tap("STOP")
        await both.partner.tap("They're resting")
        await both.client.is_warm()
        await both.partner.is_warm()

    async def hold(self) -> None:
        """From positioning into a hold."""
        both = self.phones
        await both.partner.tap("Ready")
        await both.client.tap("Ready")
        await both.client.until_phase("easing_in")
        await both.client.page.wait_for_timeout(1_100)  # GOOD is deaf for the first second
        await both.go_on_by_good()

    async def to_holding(self) -> None:
        """Pair them and bring them to a hold."""
        await self.to_positioning()
        await self.hold()

    async def go_again(self) -> None:
        """From stopped into the next hold."""
        both = self.phones
        await both.partner.tap("They're resting")
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
