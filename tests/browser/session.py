"""One session of two people as any pair of hands can do it: fingers, keys, a screen reader.

Knows labels and phases alone; whoever walks brings a `Person` for each phone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

GOOD_IS_DEAF_S = 1.1
STOP_LASTS_S = 2.0  # a stop is not cleared sooner


class Person(Protocol):
    """One of the two, with a phone."""

    async def open(self, url: str) -> None:
        """Go to a page."""

    async def tap(self, label: str) -> None:
        """Use the button that reads `label`."""

    async def press(self, label: str, ms: int = 600) -> None:
        """Press the button that reads `label` for so long."""

    async def follow(self, label: str) -> None:
        """Use the link that reads `label`."""

    async def sees(self, text: str) -> None:
        """Wait until `text` can be read."""

    async def until_phase(self, phase: str) -> None:
        """Wait until this phone shows `phase`."""

    async def square(self) -> str:
        """What a camera would read off this phone's square."""


Look = Callable[[str], Awaitable[None]]


async def nothing(_: str) -> None:
    """Look at nothing."""


class Walk:
    """A session of `client` and `partner`; `look` is called at every screen, by its name."""

    def __init__(
        self, client: Person, partner: Person, look: Look = nothing, speed: float = 1
    ) -> None:
        self.client, self.partner, self.look, self.speed = client, partner, look, speed

    async def whole(self, url: str) -> None:
        """From door to door."""
        await self.to_positioning(url)
        await self.to_holding()
        await self.an_ease()
        await self.a_stop()
        await self.pain_and_the_end()

    async def until(self, phase: str) -> None:
        await self.client.until_phase(phase)
        await self.partner.until_phase(phase)

    async def to_positioning(self, url: str) -> None:
        """Pair by link, screening and rules, drill, warm."""
        client, partner = self.client, self.partner
        await client.open(url)
        await client.tap("Start")
        await client.sees("You lie down")
        await partner.open(await client.square())
        await partner.sees("You help")
        await self.look("lobby")
        await client.tap("None of these")
        await partner.tap("I'll go slowly")
        await self.until("warming_up")
        await self.look("warming up")
        await client.tap("STOP")
        await partner.sees("This is how a stop looks and sounds")
        await self.look("drill")
        await partner.tap("They're resting")
        await client.sees("It works")
        for person in (client, partner):
            await person.tap("We are warm")
            if person is client:
                await person.tap("Yes, we are warm")
        await self.until("positioning")
        await self.look("positioning")

    async def to_easing_in(self) -> None:
        await self.partner.tap("Ready")
        await self.client.tap("Ready")
        await self.until("easing_in")
        await self.look("easing in")

    async def to_holding(self) -> None:
        await self.to_easing_in()
        await asyncio.sleep(GOOD_IS_DEAF_S / self.speed)
        await self.client.press("Good")
        await self.until("holding")
        await self.look("holding")

    async def an_ease(self) -> None:
        """EASE, and GOOD goes on."""
        await self.client.tap("Ease off")
        await self.partner.sees("A little less")
        await self.until("eased")
        await self.look("eased")
        await asyncio.sleep(GOOD_IS_DEAF_S / self.speed)  # also after a look that cost the contact
        await self.client.press("Good")
        await self.until("holding")

    async def a_way_back(self) -> None:
        """A second EASE brings it back; after the rest comes the next stretch."""
        await self.client.tap("Ease off")
        await self.until("releasing")
        await self.look("releasing")
        await self.until("resting")
        await self.look("resting")
        await self.client.tap("The same")
        await self.client.tap("Skip to the next stretch")
        await self.until("positioning")
        await self.to_easing_in()
        await asyncio.sleep(GOOD_IS_DEAF_S / self.speed)
        await self.client.press("Good")
        await self.until("holding")

    async def a_stop_seen(self) -> None:
        """STOP, on their screen, They're resting."""
        await self.client.tap("STOP")
        await self.partner.sees("No more pressure. Keep hold. Slowly back.")
        await self.until("stopped")
        await self.client.sees("on their screen")
        await self.look("stopped")
        await self.partner.tap("They're resting")
        await self.client.sees("Press and hold one")
        await self.look("let go")

    async def a_stop(self) -> None:
        """The same, and cleared by a press of one second."""
        await self.a_stop_seen()
        await asyncio.sleep(STOP_LASTS_S / self.speed)
        await self.client.press("Again", 1_300)
        await self.until("positioning")

    async def pain_and_the_end(self) -> None:
        """Pain as a hold begins, what it is like, the end and the summary."""
        await self.to_easing_in()
        await self.client.tap("Pain")
        await self.until("stopped")
        await self.partner.tap("They're resting")
        await self.client.sees("What is it like?")
        await self.look("pain")
        await asyncio.sleep(STOP_LASTS_S / self.speed)
        await self.client.tap("Sharp")
        await self.client.sees("This stretch is done for today")
        await self.client.press("Enough for today", 1_300)
        await self.until("ended")
        await self.look("ended")
        for person in (self.client, self.partner):
            await person.follow("See how it went")
            await person.sees("Your session")
        await self.look("summary")
        await self.client.tap("Keep")
        await self.client.sees("Kept")
