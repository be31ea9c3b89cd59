"""`make screenshots`: every phase, both roles, as contact sheets in docs/. To be looked at."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

from playwright.async_api import Browser

from tests.browser.duo import LANDSCAPE, PORTRAIT, Duo, Hand, browser, duo
from tests.support.fixtures import SERVE
from tests.support.serving import serving

DOCS = Path(__file__).parents[2] / "docs"
STRETCH = "Straight-leg raise"
Shot = tuple[str, bytes]


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


async def walk(album: Album) -> None:
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


async def _pain_and_end(album: Album, client: Hand, partner: Hand) -> None:
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


async def main() -> None:
    """Take everything in portrait and landscape, day and night."""
    with serving(
        [*SERVE, "--port", "0", "--journal", "memory"], SAYWHEN_ROOMS_PER_MIN="1000"
    ) as one:
        async with browser() as launched:
            for name, viewport, scheme, height in (
                ("portrait-day", PORTRAIT, "light", 520),
                ("portrait-night", PORTRAIT, "dark", 520),
                ("landscape-day", LANDSCAPE, "light", 230),
            ):
                async with duo(one.url, launched, viewport, color_scheme=scheme) as phones:
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
