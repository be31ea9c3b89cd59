"""A whole session of two people, by visible labels alone, to *Your turn now*.

The server's clock and both pages' run twice as quick; everything else is real. At three times,
each second that a busy machine holds a page up would be lost contact.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.duo import Duo, duo
from tests.browser.played import Played
from tests.support.quick import quicken
from tests.support.serving import serving

pytestmark = pytest.mark.browser
SESSION_S = 420
SPEED = 2
ASKS_OR_IS_OVER = re.compile("^(easing_in|eased|resting|positioning|ended)$")


async def both_ready(phones: Duo) -> None:
    """Ready where each is asked for it; the client's says when.

    A page that a busy machine holds up has lost contact, which takes both back. Then both are asked
    again.
    """
    await phones.client.until_phase("positioning", 30_000)
    await phones.partner.until_phase("positioning")
    while await phones.client.phase() == "positioning":
        for hand in (phones.partner, phones.client):
            if await hand.button("Ready").is_visible():
                await hand.tap("Ready")
        with contextlib.suppress(AssertionError):
            await phones.client.until_phase("easing_in", 3_000)


async def good(phones: Duo) -> None:
    """GOOD is deaf for the first second of easing in, which here is half of one."""
    await phones.client.page.wait_for_timeout(600)
    await phones.client.press("Good")


async def to_holding(phones: Duo) -> None:
    await both_ready(phones)
    await good(phones)
    await phones.partner.until_phase("holding")


async def to_rest(phones: Duo) -> None:
    """Hold until it is over; a GOOD whenever one is waited for, as a client would."""
    room = phones.client.page.locator("#room")
    while True:
        await expect(room).to_have_attribute("data-phase", ASKS_OR_IS_OVER)
        if await phones.client.phase() not in ("easing_in", "eased"):
            return
        await good(phones)
        await phones.client.page.wait_for_timeout(100)


async def a_hold(phones: Duo) -> None:
    await to_holding(phones)
    await to_rest(phones)


async def knees_to_chest_with_an_ease_a_wish_and_a_reload(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await to_holding(phones)
    await client.tap("Ease off")
    await partner.sees("A little less")
    await client.press("Good")
    await to_rest(phones)
    await client.tap("A little less")
    await partner.sees("Next time a little less")
    await client.page.get_by_text("Where did you feel it?").click()
    await client.page.get_by_role("button", name="Lower back, middle").tap()
    await partner.sees("Right place")
    await partner.page.reload()
    await partner.sees("Rest")
    await partner.page.get_by_text("No sound here. Tap").locator("visible=true").tap()
    await to_holding(phones)  # what was opened in the rest has closed itself
    assert await client.page.locator("details[open]").count() == 0
    await to_rest(phones)


async def the_twist_hurts_and_is_closed(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await to_holding(phones)
    await partner.sees("Knees to the left")
    await client.tap("Pain")
    await partner.sees("Slowly to the middle")
    await partner.tap("They're resting")
    await client.sees("What is it like?")
    await client.page.wait_for_timeout(500)
    await client.tap("Sharp")
    await client.sees("This stretch is done for today")
    await client.page.get_by_text("Where? (if you like)").locator("visible=true").tap()
    await client.page.get_by_role("button", name="Lower back, middle").locator("visible=true").tap()
    assert not await client.button("Again").is_visible()
    await client.press("Skip this stretch", 1_300)


async def the_leg_raise_is_stopped_once_and_begun_again(phones: Duo) -> None:
    client, partner = phones.client, phones.partner
    await to_holding(phones)
    await client.tap("STOP")
    await partner.sees("No more pressure. Keep hold. Slowly back.")
    await partner.tap("They're resting")
    await client.sees("Press and hold one for a second")
    await client.page.wait_for_timeout(1_100)
    await client.press("Again", 1_300)
    for _ in range(4):
        await a_hold(phones)


async def swapped(phones: Duo) -> None:
    """Both ask; the one who helped lies down now, and nobody reads the rules twice."""
    await phones.client.tap("Your turn now")
    await phones.client.sees("Now the other one taps")
    await phones.partner.tap("Your turn now")
    await phones.partner.sees("You lie down")
    await phones.client.sees("You help")
    await phones.partner.tap("None of these")
    await phones.partner.sees("Try the stop signal")


async def test_two_people_go_door_to_door(tmp_path: Path, launched: Browser) -> None:
    command = [sys.executable, "-m", "tests.support.quick", str(tmp_path / "data"), str(SPEED)]
    with serving(command) as served:
        async with duo(served.url, launched) as phones, asyncio.timeout(SESSION_S):
            played = Played()
            for role, context in zip(("client", "partner"), phones.contexts, strict=True):
                await quicken(context, SPEED)
                await played.listen(role, context)
            await phones.to_positioning(routine="Lower back, all four")
            await knees_to_chest_with_an_ease_a_wish_and_a_reload(phones)
            await the_twist_hurts_and_is_closed(phones)
            await the_leg_raise_is_stopped_once_and_begun_again(phones)
            for _ in range(4):
                await a_hold(phones)
            await phones.client.until_phase("ended", 30_000)
            await phones.client.sees("Well done, both of you")
            what_was_played(played)
            record = await the_summary(phones)
            what_happened(record)
            await swapped(phones)


async def the_summary(phones: Duo) -> dict[str, Any]:
    """The strips say it by word; keeping it is one button; the record is what is downloaded."""
    page = phones.client.page
    await page.get_by_role("link", name="See how it went").click()
    for word in ("Ease off", "Stop", "Pain", "Good"):
        await phones.client.sees(word)
    await phones.client.tap("Keep")
    await phones.client.sees("Kept")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="JSON").click()
    record: dict[str, Any] = json.loads(Path(await (await download.value).path()).read_text())
    await page.go_back()
    await phones.client.sees("Your turn now")
    return record


EASING = ["count", '"start"']
BEGUN = ["good", '"good"']
REST = [
    "half", '"half"', '"ask"', "count", '"3"', "count", '"2"', "count", '"1"', "over", '"way back"',
]  # fmt: skip
HOLD = [*EASING, *BEGUN, *REST]
CUT_SHORT = [*EASING, "good", "stop"]
SCRIPT = [
    "stop", '"move"', *EASING, "good", "ease", '"ease"', *BEGUN, *REST, '"wish"', *HOLD,
    *CUT_SHORT, *CUT_SHORT, *HOLD, *HOLD, '"switch"', *HOLD, *HOLD,
    *HOLD, *HOLD, '"switch"', *HOLD, *HOLD, '"end"',
]  # fmt: skip
SOUNDS = {"easing_in": "count", "holding": "good", "eased": "ease", "stopped": "stop"}
AT_ONCE_MS = 100  # after it is on the screen; an alert is told before the state that follows it
BEFORE_MS = 1_000
OWN_TAPS = ["stop", "good", "ease", "good", "stop", "good", "stop", "good"]  # once for each row


def what_was_played(played: Played) -> None:
    """Tones and words of both phones, from the drill to the end, in order."""
    assert played.two_at_once() == []
    assert played.script("partner") == SCRIPT
    assert played.script("client") == OWN_TAPS
    assert late(played) == []


def late(played: Played) -> list[tuple[float, str]]:
    """List the phases of the partner's page that did not sound when they were shown."""
    tones = played.of("partner", "tone")
    shown = [line for line in played.of("partner", "phase") if line.name in SOUNDS]
    assert len(shown) > 20
    return [
        (line.at_ms, line.name)
        for line in shown
        if not any(
            tone.name == SOUNDS[line.name] and -BEFORE_MS <= tone.at_ms - line.at_ms <= AT_ONCE_MS
            for tone in tones
        )
    ]


def what_happened(record: dict[str, Any]) -> None:
    holds = record["holds"]
    knees = [hold for hold in holds if hold["stretch"] == "knees_to_chest"]
    assert [hold["outcome"] for hold in knees] == ["full", "full"]
    assert "ease" in [mark["kind"] for mark in knees[0]["marks"]]
    assert knees[0]["wish"] == "less" or knees[1]["wish"] == "less"
    (twist,) = [h for h in holds if h["stretch"] == "spinal_twist" and h["outcome"] != "not_begun"]
    assert twist["outcome"] == "stopped"
    flag = record["flags"][0]
    assert (flag["qualities"], flag["place"]) == (["sharp"], "lower_back_centre")
    raises = [hold["outcome"] for hold in holds if hold["stretch"] == "hamstring_raise"]
    assert raises == ["stopped", "full", "full", "full", "full"]
    fours = [hold["side"] for hold in holds if hold["stretch"] == "figure_four"]
    assert fours == ["left", "left", "right", "right"]
    assert record["felt"][0]["expected"] is True
    assert len(record["stops"]) == 2
    assert record["reason"] == "finished"
