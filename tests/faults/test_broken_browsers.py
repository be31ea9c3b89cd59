"""P3, P4: whatever part of a browser is missing, throws, gives nothing or never answers, a tap of
either phone is on the other screen at the first tap, or the page was never live and says nothing.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from functools import partial

import pytest
from playwright.async_api import Browser, Page, expect
from playwright.async_api import Error as PageError

from app.core.model import SEATS, Role, other
from tests.faults.broken import HOWS, Break, Held, held, parts
from tests.support.proof import LONG, Proof, proof

pytestmark = [pytest.mark.browser, pytest.mark.prove]
CASES = min(14 * LONG, 600)  # all of them take an hour; the seed is the number of cases
STARTS_WITHIN_S = 6.0
SHOWN_WITHIN_MS = 3_000
SILENT_WITHIN_S = 4.0
STOP = (195, 760)  # the lower half of either phone, at 390x844
# The reported ones, and one of each kind, are tried each time.
ALWAYS = (
    ("BaseAudioContext.prototype.createOscillator", "throws-later"),
    ("AudioContext", "throws"),
    ("WebSocket.prototype.send", "throws-later"),
    ("WebSocket.prototype.send", "nothing-later"),
    ("Storage.prototype.setItem", "throws-later"),
    ("Element.prototype.closest", "throws-later"),
    ("Node.prototype.textContent", "throws-later"),
    ("requestAnimationFrame", "hangs-later"),
    ("setTimeout", "missing"),
    ("SpeechSynthesis.prototype.speak", "throws"),
    ("Performance.prototype.now", "nothing"),
    ("Crypto.prototype.getRandomValues", "throws-later"),
)


def cases(all_parts: dict[str, bool]) -> list[Break]:
    """Every part, in every way, on both phones; a seeded choice of them where that is too long."""
    every = [
        Break(path, how + when, role)
        for role in SEATS
        for path, is_called in all_parts.items()
        for how in (HOWS if is_called else HOWS[:-1])  # what is only read can't hang
        for when in (("",) if how == "missing" else ("", "-later"))
    ]
    always = [
        Break(path, how, role)
        for nth, role in enumerate(SEATS)
        for path, how in (ALWAYS if LONG > 1 else ALWAYS[nth::2])
    ]
    assert {one.path for one in always} <= set(all_parts)  # the page still touches them
    if len(every) <= CASES:
        return every
    some = random.Random(CASES).sample(every, max(0, CASES - len(always)))
    return [*always, *sorted(some, key=lambda one: one.role)]


async def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Wait until something is so; return whether it came."""
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.02)
    return True


async def shows(
    page: Page, name: str, value: str | re.Pattern[str], within_ms: int = SHOWN_WITHIN_MS
) -> bool:
    try:
        await expect(page.locator("#room")).to_have_attribute(name, value, timeout=within_ms)
    except AssertionError:
        return False
    return True


async def comes_to_its_hold(room: Held, role: Role) -> bool:
    """Whether the page shows the hold, live; a broken one may never."""
    room_of = room.pages[role].locator("#room")

    def is_held() -> bool:
        return room.is_live(role)

    if not await until(is_held, STARTS_WITHIN_S):
        return False
    room.put_back()
    try:
        await expect(room_of).to_have_attribute("data-phase", "holding", timeout=2_000)
        return True
    except (AssertionError, PageError):
        return False


async def tap(room: Held, role: Role, what: str) -> None:
    """Tap where a zone is, by the finger alone."""
    if what == "key":
        await room.pages[role].keyboard.press("PageDown")
        return
    x, y = STOP if what == "stop" else room.zones[what]
    await room.pages[role].touchscreen.tap(x, y)


async def is_shown_at_the_first_tap(room: Held, one: Break) -> None:
    """Each urgent signal of the broken phone, on the other's screen."""
    there = room.pages[other(one.role)]
    for what in ("ease", "stop", "pain", "key") if one.role is Role.CLIENT else ("stop",):
        room.put_back()
        if not await shows(room.pages[one.role], "data-phase", "holding", 600):
            await start(room, one)  # what it broke was its wire: it hears of nothing else
            room.put_back()  # the other one was eased, if that took long
        assert await shows(there, "data-phase", "holding"), f"{one}: the other page is not back"
        await tap(room, one.role, what)
        # A touch that the page can't read is a stop: more, never less.
        severe = re.compile("ease|stop" if what == "ease" else "stop")
        assert await shows(there, "data-severity", severe), f"{one}: {what} is not shown"
        await room.settled()


async def is_told_or_not_live(room: Held, one: Break) -> None:
    """A stop of the other phone is on the broken page, or that page is no longer live."""
    room.put_back()
    here, there = room.pages[one.role], other(one.role)
    await shows(room.pages[there], "data-phase", "holding")
    await tap(room, there, "stop")
    is_told = await until(lambda: room.has_seen_all(one.role), SHOWN_WITHIN_MS / 1000)
    if not is_told:
        assert await until(lambda: not room.is_live(one.role), SILENT_WITHIN_S), (
            f"{one}: live, and blind"
        )
        return
    assert await shows(here, "data-severity", "stop"), f"{one}: said seen, shows nothing"


async def start(room: Held, one: Break) -> bool:
    """Load the page and break it; return whether it came to show the hold."""
    await room.open(one, one.role)
    is_live = await comes_to_its_hold(room, one.role)
    if one.is_later:
        if not is_live:  # nothing is broken yet: the machine was busy
            await room.open(one, one.role)
            is_live = await comes_to_its_hold(room, one.role)
        await room.pages[one.role].evaluate("break_now()")
    return is_live


async def one_case(room: Held, one: Break, kept: Proof) -> None:
    """Break it, and look at both."""
    if await start(room, one):
        await is_shown_at_the_first_tap(room, one)
        await is_told_or_not_live(room, one)
    else:
        assert not one.is_later, f"{one}: does not start whole"
        assert await until(lambda: not room.is_live(one.role), SILENT_WITHIN_S), (
            f"{one}: says it is live, and shows no hold"
        )
    kept.trial()


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("Node.prototype.textContent", "missing"),
        ("Node.prototype.textContent", "nothing"),
        ("Element.prototype.toggleAttribute", "nothing"),
        ("EventTarget.prototype.addEventListener", "nothing"),
    ],
)
async def test_a_page_whose_picture_or_touch_never_comes_does_not_stay_live(
    launched: Browser, path: str, how: str
) -> None:
    async with held(launched) as room:
        await room.look_where_zones_are()
        for role in SEATS:
            await room.open(Break(path, how, role), role)
            is_live = partial(room.is_live, role)
            await until(is_live, 0.7)  # "connecting" it may have shown rightly
            assert await until(lambda is_live=is_live: not is_live(), SILENT_WITHIN_S)  # type: ignore[misc]
            assert not await until(is_live, 0.7)


async def test_no_part_of_a_browser_stands_between_a_finger_and_the_other_screen(
    launched: Browser,
) -> None:
    async with held(launched) as room:
        await room.look_where_zones_are()
        with proof("P3", "a tap with a part of the browser broken") as kept:
            wrong = []
            for one in cases(await parts(room.pages[Role.CLIENT])):
                try:
                    await one_case(room, one, kept)
                except (AssertionError, PageError) as e:
                    wrong.append(f"{one}: {str(e).splitlines()[0]}")
                    print(wrong[-1])
            assert not wrong
