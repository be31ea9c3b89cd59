"""What a machine can see of a page: what axe finds, and what is cut off or off the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

# Text that hangs out of the screen sideways, or is cut off by its own box, or by the bottom of a
# screen that does not scroll. What only a screen reader has is no matter here.
CUT_OFF = """() => {
  const bad = [];
  const is_text = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  // A glyph's box is taller than its line where lines are set tight: that much is no ink.
  const texts_of = (e) => {
    const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
      const range = document.createRange(), parent = walker.currentNode.parentElement;
      if (!parent.checkVisibility() || parent.closest(".hidden-visually")) continue;
      range.selectNodeContents(walker.currentNode);
      const spare = 0.25 * parseFloat(getComputedStyle(parent).fontSize);
      for (const rect of range.getClientRects()) found.push({ rect, spare });
    }
    return found;
  };
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.matches(".skip") || e.closest(".hidden-visually, svg")) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const name = `${e.tagName}.${e.className} ${(e.textContent ?? "").trim().slice(0, 40)}`;
    const is_beside = box.left < -1 || box.right > innerWidth + 1;
    const hides = style.overflowX === "hidden" || style.overflowY === "hidden";
    const is_more = texts_of(e).some(({ rect, spare }) =>
      rect.right > box.right + 1 || rect.bottom > box.bottom + spare || rect.top < box.top - spare);
    const stands = e.closest(".instrument, .hands") && !e.closest(".card-zone");
    const is_above_or_below = box.bottom > innerHeight + 1 || box.top < -1;
    if (is_text(e) && is_beside) bad.push(`sideways: ${name}`);
    if (hides && is_more) bad.push(`cut off: ${name}`);
    if (is_text(e) && stands && is_above_or_below) bad.push(`off screen: ${name}`);
  }
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth + 1) bad.push("the page scrolls sideways");
  return bad;
}"""


async def cut_off(page: Page) -> list[str]:
    """List what cannot be read whole."""
    found: list[str] = await page.evaluate(CUT_OFF)
    return found


async def axe(page: Page) -> list[str]:
    """List what axe finds: rule, and the first element that breaks it."""
    answer = await Axe().run(page)
    violations: list[dict[str, Any]] = answer.response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]


@dataclass(frozen=True)
class Shape:
    """How a phone is held, how wide it is, and whether its text is set to 200 %."""

    name: str
    size: dict[str, int]
    is_double: bool = False

    async def put_on(self, page: Page) -> None:
        if page.viewport_size != self.size:
            await page.set_viewport_size(self.size)  # type: ignore[arg-type]
        session = await page.context.new_cdp_session(page)
        await session.send("Page.enable")
        sizes = {"standard": 32, "fixed": 26} if self.is_double else {"standard": 16, "fixed": 13}
        await session.send("Page.setFontSizes", {"fontSizes": sizes})
        await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
        await session.detach()
