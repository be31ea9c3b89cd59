"""What a machine can see of a page: what axe finds, and what is cut off or off the screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

LOOKS = Path(__file__).parent / "looks"
# The check itself, as one expression: leaflets and live pages have no modules of tests in them.
CUT_OFF = (
    f"() => {{ {(LOOKS / 'cut_off.js').read_text().replace('export ', '')}; return cut_off(); }}"
)


async def cut_off(page: Page) -> list[str]:
    """List what cannot be read whole."""
    found: list[str] = await page.evaluate(CUT_OFF)
    return found


async def axe(page: Page, scheme: str = "light") -> list[str]:
    """List what axe finds: rule, and what breaks it first. By night only colours differ."""
    options = {"runOnly": ["color-contrast"]} if scheme == "dark" else None
    answer = await Axe().run(page, options=options)
    violations: list[dict[str, Any]] = answer.response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]


@dataclass(frozen=True)
class Shape:
    """How a phone is held, how wide it is, and whether its text is set to 200 %."""

    name: str
    size: dict[str, int] = field(hash=False)
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
