"""Draws the icons of a home screen from the two SVGs: `python -m tests.browser.icons`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.config import ASSETS
from tests.browser.duo import browser

FOLDER = ASSETS / "static" / "icons"
# File, source, side in px; a maskable one is cut to any shape, iPhones round one off themselves.
ICONS = (
    ("any-192.png", "icon.svg", 192),
    ("any-512.png", "icon.svg", 512),
    ("any-180.png", "maskable.svg", 180),
    ("maskable-512.png", "maskable.svg", 512),
)


async def draw(folder: Path) -> None:
    """Draw all into `folder`."""
    async with browser(is_whole=True) as launched:
        for name, source, side in ICONS:
            page = await launched.new_page(viewport={"width": side, "height": side})
            await page.set_content(
                f"<style>html,body{{margin:0;background:none}}svg{{display:block;width:{side}px}}"
                f"</style>{(FOLDER / source).read_text()}"
            )
            await page.screenshot(path=folder / name, omit_background=True)
            await page.close()


if __name__ == "__main__":
    asyncio.run(draw(FOLDER))
