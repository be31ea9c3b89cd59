"""`make screenshots`: every phase, both roles, as contact sheets in docs/. To be looked at."""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from playwright.async_api import Browser

from tests.browser.duo import LANDSCAPE, PORTRAIT, Duo, Hand, browser, duo
from tests.browser.screen import ScreenAlbum
from tests.support.quick import QUICK_PAGE
from tests.support.serving import serving

DOCS = Path(__file__).parents[2] / "docs"
STRETCH = "Straight-leg raise"
Shot = tuple[str, bytes]
PAGES = (
    "/", "/start", "/join", "/try", "/help", "/stretches", "/stretches/spinal_twist", "/learn",
    "/learn/when-to-avoid", "/learn/how-to-talk", "/learn/anatomy", "/nowhere",
)  # fmt: skip


class Album:
    """The pictures of one walk through a session."""

    def __init__(self, phones: Duo) -> None:
        self.phones = phones
        self.client: list[Shot] = []
        self.partner: list[Shot] = []

    async def take(self, name: str) -> None:
        """Take both phones as they are."""
        await self.phones.client.page.wait_for_timeout(350)
        self.client.append((name, await self.phones.client.page.screenshot()))
        self.partner.append((name, await self.phones.partner.page.screenshot()))


class Walks(Protocol):
    """Whoever wants to see both phones in every phase."""

    phones: Duo

    async def take(self, name: str) -> None:
        """Look at both phones as they are."""


async def walk(album: Walks) -> None:
    """Go through every phase once."""
    # Long because it is one walk, in order.
    client, partner = album.phones.client, album.phones.partner
    await album.phones.pair(STRETCH)
    await album.take("lobby")
    await client.tap("None of these")
    await client.sees("Nothing you answered")
    await album.take("screened")
    await partner.tap("I'll go slowly")
    await client.sees("Try the stop signal")
    await album.take("warm-up")
    await client.tap("STOP")
    await album.take("drill")
    await partner.tap("They're down")
    await client.sees("It works")
    await album.take("drilled")
    for hand in (client, partner):
        await hand.tap("We are warm")
    await client.until_phase("positioning")
    await album.take("positioning")
    await partner.tap("Ready")
    await client.tap("Ready")
    await client.until_phase("easing_in")
    await client.page.wait_for_timeout(1_100)
    await album.take("easing in")
    await client.press("Good")
    await partner.until_phase("holding")
    await client.page.wait_for_timeout(2_000)
    await album.take("holding")
    await client.tap("Ease off")
    await partner.until_phase("eased")
    await album.take("eased")
    await client.press("Good")
    await partner.until_phase("releasing", 30_000)
    await album.take("releasing")
    await client.until_phase("resting", 30_000)
    await client.tap("The same")
    await album.take("resting")
    await client.tap("Pause")
    await client.until_phase("paused")
    await album.take("paused")
    for hand in (partner, client):
        await hand.tap("Ready")
    await client.until_phase("positioning")
    await client.tap("STOP")
    await partner.until_phase("stopped")
    await album.take("stopped")
    await partner.tap("They're down")
    await client.sees("Press and hold")
    await album.take("let go")
    await client.page.wait_for_timeout(2_000)
    await client.press("Again", 1_300)
    await client.until_phase("positioning")
    await _pain_and_end(album, client, partner)


async def _pain_and_end(album: Walks, client: Hand, partner: Hand) -> None:
    await partner.tap("Ready")
    await client.tap("Ready")
    await client.until_phase("easing_in")
    await client.tap("Pain")
    await partner.tap("They're down")
    await client.sees("What is it like?")
    await album.take("pain")
    await client.tap("Ache")
    await client.sees("Again in")
    await album.take("ache")
    await client.page.wait_for_timeout(1_500)
    await client.press("Enough for today", 1_300)
    await client.until_phase("ended")
    await album.take("ended")
    for hand in (client, partner):
        await hand.page.get_by_role("link", name="See how it went").click()
        await hand.sees("Your session")
    await album.take("summary")


SHEET = """<!doctype html><style>
body {{ margin: 0; padding: 16px; background: #8a8a8a; font: 20px sans-serif; width: {width}px;
  display: flex; flex-wrap: wrap; gap: 16px; }}
figure {{ margin: 0; }} img {{ height: {height}px; display: block; }} figcaption {{ padding: 4px; }}
</style>{figures}"""


async def sheet(launched: Browser, shots: list[Shot], file: Path, height: int) -> None:
    """Lay pictures side by side, with their names."""
    figures = "".join(
        f'<figure><figcaption>{name}</figcaption><img src="data:image/png;base64,'
        f'{base64.b64encode(png).decode()}"></figure>'
        for name, png in shots
    )
    page = await launched.new_page(viewport={"width": 1600, "height": 900})
    await page.set_content(SHEET.format(figures=figures, height=height, width=1568))
    await page.wait_for_function("[...document.images].every((image) => image.complete)")
    await page.screenshot(path=file, full_page=True, type="jpeg", quality=82)
    await page.close()


async def pages(launched: Browser, url: str, scheme: str) -> None:
    """Take the pages that need no seat, whole; home on a laptop too."""
    shots = []
    for width, paths in ((390, PAGES), (1280, ("/",))):
        page = await launched.new_page(
            viewport={"width": width, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        for path in paths:
            await page.goto(url + path)
            await page.wait_for_timeout(800)
            clip = {"x": 0, "y": 0, "width": width, "height": 1500 if width == 390 else 844}
            shots.append((path, await page.screenshot(full_page=True, clip=clip)))  # type: ignore[arg-type]
        await page.close()
    await sheet(launched, shots, DOCS / f"pages-{scheme}.jpg", 620)


async def screens(launched: Browser, url: str, scheme: str, name: str) -> None:
    """Take the big screen in every phase."""
    async with duo(url, launched) as phones:
        for context in phones.contexts:
            await context.add_init_script(QUICK_PAGE)
        album = ScreenAlbum(phones, launched, scheme)
        await walk(album)
    await sheet(launched, album.shots, DOCS / f"display-{name}.jpg", 285)


async def main() -> None:
    """Take everything in portrait and landscape, day and night."""
    with (
        TemporaryDirectory() as data,
        serving([sys.executable, "-m", "tests.support.quick", data]) as one,
    ):
        async with browser() as launched:
            for scheme in ("light", "dark"):
                await pages(launched, one.url, scheme)
                name = {"light": "day", "dark": "night"}[scheme]
                await screens(launched, one.url, scheme, name)
            for name, viewport, scheme, height in (
                ("portrait-day", PORTRAIT, "light", 520),
                ("portrait-night", PORTRAIT, "dark", 520),
                ("landscape-day", LANDSCAPE, "light", 230),
                ("landscape-night", LANDSCAPE, "dark", 230),
            ):
                async with duo(one.url, launched, viewport, color_scheme=scheme) as phones:
                    for context in phones.contexts:
                        await context.add_init_script(QUICK_PAGE)
                    album = Album(phones)
                    await walk(album)
                for role in ("client", "partner"):
                    file = DOCS / f"{role}-{name}.jpg"
                    await sheet(launched, getattr(album, role), file, height)
                    print(file.relative_to(DOCS.parent))
                if name == "portrait-day":
                    pair = [dict(album.client)["holding"], dict(album.partner)["holding"]]
                    both = list(zip(("the one on the mat", "the one who helps"), pair, strict=True))
                    await sheet(launched, both, DOCS / "hold.jpg", 640)


if __name__ == "__main__":
    asyncio.run(main())
