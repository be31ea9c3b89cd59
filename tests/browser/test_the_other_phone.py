"""P25: what a phone says of the other one is true within 3.5 s, in every phase, however it went."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import product

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from app.core.model import SEATS, Phase, Role, other
from tests.browser.duo import PORTRAIT, SOON_MS
from tests.browser.screen import FULL_HD
from tests.support.proof import LONG, proof
from tests.support.seeded import Laid, laid
from tests.support.serving import Served

pytestmark = pytest.mark.browser
PROMISED_MS = 3_500
BUSY_MS = 6_000  # what a machine under all tests may add
AT_ONCE = 3

# The words of each state, of which one has to be read, and none of another.
SAYS = {
    "silent": ("The other phone is silent", "The other phone: silent"),
    "hidden": ("The other phone's screen is off", "The other phone: screen is off"),
    "gone": ("The other phone is gone", "The other phone: gone"),
    "coming": ("The other phone has not come yet", "The other phone: on its way"),
    "weak": ("The other phone's contact is weak", "The other phone: here, contact is weak"),
    "here": ("The other phone: here", "The other phone is here"),
}
# Elsewhere a phone that is well is not worth a word; in positioning "No sound here" comes first.
SAYS_HERE = (Phase.LOBBY, Phase.WARMING_UP, Phase.ENDED)
READ = """() => {
  const told = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    const { width, height } = element.getBoundingClientRect();
    const is_seen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (is_seen && Math.min(width, height) > 4 && !element.closest(".hidden-visually")) {
      told.push(walk.currentNode.textContent);
    }
  }
  return told.join(" ").replace(/\\s+/g, " ");
}"""
HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def closed(page: Page, made: Laid) -> None:
    await page.close()


async def back(page: Page, made: Laid) -> None:
    await page.goto("about:blank")


async def hidden(page: Page, made: Laid) -> None:
    await page.evaluate(HIDE)


async def other_tab(page: Page, made: Laid) -> None:
    """The seat goes on in another tab, and this one is closed."""
    twin = await page.context.new_page()
    await twin.goto(page.url)
    await until(twin, "#room[data-link=live]")
    await page.close()


async def cookies_cleared(page: Page, made: Laid) -> None:
    """The page goes on; loaded anew, it has no seat any more."""
    await page.context.clear_cookies(name=re.compile(made.room))
    await page.wait_for_timeout(500)
    await page.reload()


@dataclass(frozen=True)
class Way:
    """A way to take a phone away, and what the other one then says."""

    take: Callable[[Page, Laid], Awaitable[None]]
    said: str


WAYS = (
    Way(closed, "silent"), Way(back, "silent"), Way(hidden, "hidden"), Way(other_tab, "here"),
    Way(cookies_cleared, "silent"),
)  # fmt: skip
EVERY = list(product(Phase, SEATS, WAYS))


def slice_of(every: list[tuple[Phase, Role, Way]]) -> Iterable[tuple[Phase, Role, Way]]:
    """Each phase once, with both seats and all ways in turn."""
    if LONG > 1:
        return every
    phases = list(Phase)
    return [(phase, SEATS[n % 2], WAYS[n % len(WAYS)]) for n, phase in enumerate(phases)]


async def until(page: Page, selector: str) -> None:
    await page.locator(selector).wait_for(state="attached", timeout=SOON_MS)


def said_by(text: str) -> set[str]:
    return {state for state, words in SAYS.items() if any(one in text for one in words)}


async def until_said(page: Page, phase: Phase, state: str) -> float:
    """Wait until this page says so of the other phone; returns how long it took, in ms."""
    began = time.monotonic()
    wanted = set() if state == "here" and phase not in SAYS_HERE else {state}
    while True:
        text = str(await page.evaluate(READ))
        took_ms = (time.monotonic() - began) * 1000
        found = said_by(text)
        if found == wanted:
            return took_ms
        assert took_ms < PROMISED_MS + BUSY_MS, f"{found or 'nothing'} is said: {text[:400]}"
        await page.wait_for_timeout(50)


class Contexts:
    """One browser of the client, one of the partner: many rooms in each."""

    def __init__(self, contexts: dict[Role, BrowserContext], served: Served) -> None:
        self.contexts, self.served = contexts, served

    async def open(self, made: Laid, role: Role, phase: Phase) -> Page:
        url = self.served.url
        await self.contexts[role].add_cookies(made.cookies(url, role))
        page = await self.contexts[role].new_page()
        await page.goto(made.page(url, role), wait_until="commit")
        await until(page, f"#room[data-phase={phase}][data-link=live]")
        return page

    async def taken_away(self, phase: Phase, role: Role, way: Way) -> float:
        made = await asyncio.to_thread(laid, self.served.url, phase)
        reader, page = await asyncio.gather(
            self.open(made, other(role), phase), self.open(made, role, phase)
        )
        await until_said(reader, phase, "here")
        await way.take(page, made)
        try:
            took_ms = await until_said(reader, phase, way.said)
            if way.said == "here":  # and it stays so
                await reader.wait_for_timeout(PROMISED_MS)
                await until_said(reader, phase, "here")
            return took_ms
        except AssertionError as e:
            what = f"{phase}, {role} {way.take.__name__.replace('_', ' ')}: {e}"
            raise AssertionError(what) from e
        finally:
            await reader.close()
            for context in self.contexts.values():  # no browser keeps fifty seats
                await context.clear_cookies(name=re.compile(made.room))


@pytest.mark.prove
async def test_what_a_phone_says_of_the_other_one_is_true_in_every_phase(
    laying: Served, launched: Browser
) -> None:
    contexts = {
        role: await launched.new_context(viewport=PORTRAIT, has_touch=True)  # type: ignore[arg-type]
        for role in SEATS
    }
    phones, bad = Contexts(contexts, laying), list[str]()
    turns = asyncio.Semaphore(AT_ONCE)
    what = "a phone closed, gone back, hidden, moved or bare of cookies; the other one says so"
    with proof("P25", what, "ms", PROMISED_MS + BUSY_MS) as p:

        async def one(phase: Phase, role: Role, way: Way) -> None:
            async with turns:
                try:
                    p.trial(await phones.taken_away(phase, role, way))
                except AssertionError as e:
                    bad.append(str(e))

        await asyncio.gather(*(one(*case) for case in slice_of(EVERY)))
        assert not bad, "\n".join(bad)
    for context in contexts.values():
        await context.close()


ONLOOKERS = {
    "silent": ("The phone on the mat is silent", "The one who lies down: silent"),
    "hidden": ("The helper's screen is off", "The one who helps: screen is off"),
}


@pytest.mark.parametrize("phase", [Phase.LOBBY, Phase.HOLDING, Phase.STOPPED, Phase.ENDED])
async def test_who_looks_on_reads_which_phone_is_not_well(
    laying: Served, launched: Browser, phase: Phase
) -> None:
    made = await asyncio.to_thread(laid, laying.url, phase, None, Role.HOST)
    context = await launched.new_context(viewport=FULL_HD)  # type: ignore[arg-type]
    await context.add_cookies(made.cookies(laying.url))
    onlookers = [role for role in ("host", "display") if role in made.tokens]
    pages = {role: await context.new_page() for role in ("client", "partner", *onlookers)}
    for role, page in pages.items():
        await page.goto(made.page(laying.url, role), wait_until="commit")
        await until(page, f"#room[data-phase={phase}][data-link=live]")
    await pages["client"].close()
    await pages["partner"].evaluate(HIDE)
    for role in onlookers:
        for words in ONLOOKERS.values():
            began, text = time.monotonic(), ""
            while not any(one in text for one in words):
                text = str(await pages[role].evaluate(READ))
                assert time.monotonic() - began < (PROMISED_MS + BUSY_MS) / 1000, text
    await context.close()
