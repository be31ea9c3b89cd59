"""A session by keys alone, and by what a screen reader is given alone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.browser.by_ear import Ears, Keys
from tests.browser.duo import PORTRAIT
from tests.browser.session import Walk
from tests.support.quick import SPEED, quicken
from tests.support.serving import Served, serving

pytestmark = pytest.mark.browser
SESSION_S = 120
AT_ONCE, IN_A_PAUSE = "now", "next"
BY_CAUSE = "now or next"  # at once after an ease, in a pause where the hold was simply over
# What each screen says by itself, and how: (client, partner).
SAID = {
    "warming up": (IN_A_PAUSE, "Warm up", IN_A_PAUSE, "Warm up"),
    "drill": (IN_A_PAUSE, "Warm up", AT_ONCE, "STOP. This is how a stop looks"),
    "positioning": (IN_A_PAUSE, "Knees to chest", IN_A_PAUSE, "Knees to chest"),
    "easing in": (IN_A_PAUSE, "Easing in", IN_A_PAUSE, "Slowly"),
    "holding": (IN_A_PAUSE, "Holding", IN_A_PAUSE, "Holding"),
    "eased": (AT_ONCE, "Eased", AT_ONCE, "A little less"),
    "releasing": (BY_CAUSE, "Slowly back", BY_CAUSE, "Slowly back"),
    "resting": (IN_A_PAUSE, "Rest", IN_A_PAUSE, "Rest"),
    "stopped": (AT_ONCE, "Stopped", AT_ONCE, "STOP. No more pressure."),
    "ended": (IN_A_PAUSE, "Enough for today", IN_A_PAUSE, "Enough for today"),
}


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[Served]:
    with serving([sys.executable, "-m", "tests.support.quick", str(tmp_path / "data")]) as one:
        yield one


@pytest.fixture
async def contexts(launched: Browser) -> AsyncIterator[list[BrowserContext]]:
    """Two phones that ask for less motion."""
    made = [
        await launched.new_context(viewport=PORTRAIT, reduced_motion="reduce")  # type: ignore[arg-type]
        for _ in range(2)
    ]
    for context in made:
        await quicken(context)
    yield made
    for context in made:
        await context.close()


async def test_a_session_by_a_screen_reader_alone(
    quick: Served, contexts: list[BrowserContext]
) -> None:
    client, partner = [Ears(await context.new_page()) for context in contexts]
    wrong: list[str] = []

    async def listen(name: str) -> None:
        if name in SAID:
            how_client, client_says, how_partner, partner_says = SAID[name]
            for ears, how, text in (
                (client, how_client, client_says),
                (partner, how_partner, partner_says),
            ):
                said = await ears.said()
                if how == BY_CAUSE:
                    how = AT_ONCE if await ears.severity() == "ease" else IN_A_PAUSE
                other = said[AT_ONCE if how == IN_A_PAUSE else IN_A_PAUSE]
                if not said[how].startswith(text) or other:
                    wrong.append(f"{name}: {text!r} is not said {how}: {said}")
        if name == "stopped" and (await client.said())["fate"] != "STOP: on their screen":
            wrong.append(f"nobody hears that it is on their screen: {await client.said()}")
        for role, ears in (("client", client), ("partner", partner)):
            headings = await ears.headings()
            if len(headings) != 1:
                wrong.append(f"{name}, {role}: {headings} as h1")
            landmarks = [node for node in await ears.tree() if node["role"] == "main"]
            if len(landmarks) != 1:
                wrong.append(f"{name}, {role}: {len(landmarks)} main")

    async with asyncio.timeout(SESSION_S):
        await _session(Walk(client, partner, listen, SPEED), quick.url)
    assert not wrong, "\n".join(wrong)
    assert client.errors + partner.errors == []


async def _session(walk: Walk, url: str) -> None:
    """Every phase once."""
    await walk.to_positioning(url)
    await walk.to_holding()
    await walk.an_ease()
    await walk.a_way_back()
    await walk.a_stop()
    await walk.pain_and_the_end()


async def test_a_session_by_keys_alone(quick: Served, contexts: list[BrowserContext]) -> None:
    client, partner = [Keys(await context.new_page()) for context in contexts]

    async def look(name: str) -> None:
        if name == "warming up":
            for hand in (client, partner):
                await _help_is_no_trap(hand)
        if name == "easing in":
            await _in_order(client)

    async with asyncio.timeout(SESSION_S):
        await _session(Walk(client, partner, look, SPEED), quick.url)
    assert client.errors + partner.errors == []


async def _help_is_no_trap(hand: Keys) -> None:
    """Help opens by a key, keeps Tab inside itself, goes by Escape, and returns the focus back."""
    await hand.tap("Help")
    await hand.sees("What the three taps do")
    for _ in range(3):
        focus = await hand.tab()
        inside = await hand.page.evaluate("document.activeElement.closest('dialog') !== null")
        assert focus is None or inside, focus
    await hand.page.keyboard.press("Escape")
    focus = await hand.focus()
    assert focus and focus["name"] == "Help", focus


async def _in_order(hand: Keys) -> None:
    """From the top down, and round again: no trap. Between the rounds it is the browser's own."""
    names = [focus["name"] for focus in [await hand.tab() for _ in range(8)] if focus]
    once = ["STOP", "Pain", "Ease off", "Good", "STOP"]
    assert names[: len(once) + 1] == [*once, "STOP"]
