"""P3, P4: if any statement that runs again and again throws, taps still reach the other screen, and
a page whose picture stands still is not live.
"""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from playwright.async_api import Browser, expect

from app.core.model import SEATS, Role, other
from tests.faults.broken import Held, held
from tests.faults.plants import plant_in, plants
from tests.faults.test_broken_browsers import SILENT_WITHIN_S, shows, tap, until
from tests.support.proof import LONG, Proof, proof

pytestmark = [pytest.mark.browser, pytest.mark.prove]
CASES = 8 * LONG
# Where one statement kept the whole page from the screen, or a tap from the wire, before.
ALWAYS = ("paint:", "facts:", "player:", "sound:", "phone:")
BACK_WITHIN_S = 6.0
PLANT = "(name) => { globalThis.planted = name; }"
DIGITS = {
    Role.CLIENT: ".now.going .count-of",
    Role.PARTNER: "[data-slot=remaining_s]:visible",
}


def chosen() -> list[str]:
    """A seeded choice of all plants, some of each script that had such a fault."""
    every = [name for name in plants() if ":" in name]
    chance = random.Random(12)
    always = [chance.choice([n for n in every if n.startswith(part)]) for part in ALWAYS]
    return every if len(every) <= CASES else [*always, *chance.sample(every, CASES - len(always))]


async def goes_on_or_is_silent(room: Held, role: Role) -> bool:
    """Return whether the seconds on the page change, or its beats end and its seat is lost.

    Both are watched together: a page that a busy machine held up for a while goes on.
    """
    digits = room.pages[role].locator(DIGITS[role]).first
    before = await digits.text_content()
    end = time.monotonic() + SILENT_WITHIN_S
    while time.monotonic() < end:
        await asyncio.sleep(0.1)
        if not room.is_live(role) or await digits.text_content() != before:
            return True
    return False


async def one_case(room: Held, name: str, role: Role, kept: Proof) -> None:
    page, there = room.pages[role], room.pages[other(role)]
    assert await until(lambda: all(map(room.is_live, SEATS)), BACK_WITHIN_S), f"{role} is not back"
    room.put_back()
    for one in (page, there):
        assert await shows(one, "data-phase", "holding"), f"{name} {role}: not back in the hold"
    await page.evaluate(PLANT, name)
    try:
        assert await goes_on_or_is_silent(room, role), (
            f"{name} {role}: stands still, and says that it is live"
        )
        room.put_back()
        assert await shows(there, "data-phase", "holding")
        await tap(room, role, "stop")
        assert await shows(there, "data-severity", "stop"), f"{name} {role}: a stop is not shown"
    finally:
        await page.evaluate(PLANT, "")
    kept.trial()


async def test_no_throw_in_the_page_keeps_a_tap_or_shows_an_old_picture_as_live(
    launched: Browser,
) -> None:
    async with held(launched, plant_in) as room:
        await room.look_where_zones_are()
        with proof("P4", "a page with a throw at one statement") as kept:
            wrong = []
            for role in SEATS:
                for name in chosen():
                    try:
                        await one_case(room, name, role, kept)
                    except AssertionError as e:
                        wrong.append(f"{str(e).splitlines()[0]}: {plants()[name]}")
                        print(wrong[-1])
                        await room.open(None, role)
            assert not wrong


async def test_a_page_that_stands_still_says_so_itself(launched: Browser) -> None:
    async with held(launched) as room:
        await room.look_where_zones_are()
        for role, words in ((Role.CLIENT, "Say it out loud"), (Role.PARTNER, "No more pressure")):
            page = room.pages[role]
            assert await until(lambda: all(map(room.is_live, SEATS)), BACK_WITHIN_S)
            room.put_back()
            await expect(page.locator("#room")).to_have_attribute("data-phase", "holding")
            await expect(page.locator(".stuck")).to_be_hidden()
            await page.evaluate("requestAnimationFrame = () => 1")
            stuck = page.locator(".stuck")
            await expect(stuck).to_be_visible(timeout=15_000)
            await expect(stuck).to_contain_text(words)
            await expect(room.pages[other(role)].locator("#room")).to_have_attribute(
                "data-peer", "lost", timeout=15_000
            )
            await room.open(None, role)
