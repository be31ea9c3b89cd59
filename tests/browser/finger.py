"""What a finger meets where a button stands."""

from __future__ import annotations

from typing import Any

from tests.browser.duo import LANDSCAPE, PORTRAIT, Hand

SMALL = {"width": 320, "height": 568}
SHAPES = (PORTRAIT, LANDSCAPE, SMALL)
# What a finger meets at the middle of an element, and whether that is the element.
MET = """(element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const met = document.elementFromPoint(x + width / 2, y + height / 2);
  return element.contains(met) ? "" : met?.outerHTML.slice(0, 120) ?? "nothing";
}"""


async def can_be_tapped(hand: Hand, *buttons: Any, shapes: Any = (PORTRAIT,)) -> None:
    """A finger at the middle of each meets it, in these shapes."""
    for shape in shapes:
        if hand.page.viewport_size != shape:
            await hand.page.set_viewport_size(shape)
        for button in buttons:
            await button.scroll_into_view_if_needed()
            assert await button.evaluate(MET) == "", (shape, await button.inner_text())
    if len(shapes) > 1:
        await hand.page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]


def link(hand: Hand, name: str) -> Any:
    return hand.page.get_by_role("link", name=name, exact=True)
