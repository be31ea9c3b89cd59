"""A page under a browser's translator: every text is wrapped and changed, again and again.

As Chrome's does it: each text node goes into two <font> elements, with other words in it; what is
marked as not to be translated is left alone.
"""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Page, expect

from app.core.model import Phase, Role
from tests.browser.duo import PORTRAIT, SOON_MS, Hand
from tests.support.seeded import laid
from tests.support.serving import Served

pytestmark = pytest.mark.browser
TRANSLATOR = """(() => {
  const done = new WeakSet();
  const KEPT = "[translate=no], script, style, svg, template";
  const kept = (node) => !node.parentElement || node.parentElement.closest(KEPT);
  const wrap = (node) => {
    if (done.has(node) || kept(node) || !node.data.trim()) return;
    const outer = document.createElement("font"), inner = document.createElement("font");
    inner.textContent = "Ü" + node.data.trim().toUpperCase();
    done.add(inner.firstChild);
    outer.append(inner);
    node.replaceWith(outer);
  };
  const all = (root) => {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walk.nextNode()) found.push(walk.currentNode);
    found.forEach(wrap);
  };
  addEventListener("DOMContentLoaded", () => {
    document.documentElement.classList.add("translated-ltr");
    document.documentElement.lang = "de";
    all(document.body);
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        all(target.nodeType === 3 ? target.parentNode ?? document.body : target);
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
})();"""
STOPS = [
    Phase.POSITIONING, Phase.EASING_IN, Phase.HOLDING, Phase.EASED, Phase.RELEASING, Phase.RESTING,
    Phase.PAUSED, Phase.STOPPED, Phase.WARMING_UP,
]  # fmt: skip
COUNTS = (Phase.HOLDING, Phase.RELEASING, Phase.RESTING)
NUMBER = "[data-slot=remaining_s]"
AT_ONCE = 3


async def opened(launched: Browser, served: Served, phase: Phase) -> tuple[Hand, Hand]:
    made = await asyncio.to_thread(laid, served.url, phase)
    context = await launched.new_context(
        viewport=PORTRAIT,  # type: ignore[arg-type]
        has_touch=True,
    )
    await context.add_init_script(TRANSLATOR)
    await context.add_cookies(made.cookies(served.url))
    hands = [Hand(await context.new_page()) for _ in range(2)]
    for role, hand in zip((Role.CLIENT, Role.PARTNER), hands, strict=True):
        await hand.page.goto(made.page(served.url, role), wait_until="commit")
    for hand in hands:
        await hand.until_phase(phase)
        await expect(hand.page.locator("#room")).to_have_attribute("data-link", "live")
        await hand.page.locator("font").first.wait_for(state="attached")
    return hands[0], hands[1]


async def counts_down(page: Page) -> None:
    number = page.locator(NUMBER).locator("visible=true").first
    first = await number.text_content()
    assert first and first.isdigit(), first
    await expect(number).not_to_have_text(first, timeout=SOON_MS)
    assert str(await number.text_content()).isdigit()


async def stop_works(launched: Browser, served: Served, phase: Phase) -> None:
    client, partner = await opened(launched, served, phase)
    if phase in COUNTS:
        await counts_down(client.page)
        await counts_down(partner.page)
    stop = client.page.locator("[data-tap=stop]").locator("visible=true").last
    box = await stop.bounding_box()
    assert box is not None
    await client.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    if phase is Phase.WARMING_UP:
        await expect(partner.page.locator("[data-show*='drill:tapped|shown']").last).to_be_visible()
    else:
        await partner.until_phase("stopped")
        shown = client.page.locator("#room .fate > [data-show*='fate:shown']:not([hidden])")
        await expect(shown.first).to_be_attached(timeout=SOON_MS)
    assert client.errors + partner.errors == []
    await client.page.context.close()


async def test_a_translated_page_stops_counts_and_shows_the_truth_in_every_phase(
    laying: Served, launched: Browser
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(phase: Phase) -> None:
        async with turns:
            try:
                await stop_works(launched, laying, phase)
            except AssertionError as e:
                raise AssertionError(f"{phase}: {e}") from e

    await asyncio.gather(*map(one, STOPS))


async def test_what_is_typed_and_compared_reads_as_it_was_sent(
    served: Served, launched: Browser
) -> None:
    context = await launched.new_context()
    await context.add_init_script(TRANSLATOR)
    host, guest = Hand(await context.new_page()), Hand(await context.new_page())
    await host.page.goto(served.url)
    await host.page.locator("button[type=submit]").locator("visible=true").first.click()
    code = await host.page.locator(".invite .code").inner_text()
    address = await host.page.locator(".invite .address").inner_text()
    assert served.url.endswith(address)
    await guest.page.goto(served.url + "/join")
    await guest.page.locator("input[name=code]").fill(code)
    await guest.page.locator("form button").first.click()
    words = guest.page.locator(".two-words")
    await expect(words).to_be_visible()
    asked = host.page.locator(".knock .two-words").locator("visible=true")
    await expect(asked).to_have_text(await words.inner_text(), timeout=SOON_MS)
    await context.close()
