"""`make screenshots`: every phase, both roles, as contact sheets in docs/. To be looked at.

One session is walked and kept as stills; tests look at the same.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from playwright.async_api import Browser

from tests.browser.duo import LANDSCAPE, PORTRAIT, Duo, Hand, browser, duo
from tests.browser.look import Shape
from tests.browser.screen import FULL_HD
from tests.browser.stills import Look, Still, Stills, viewer
from tests.browser.variants import NO_SCREEN, variants
from tests.support.quick import quicken
from tests.support.serving import serving

DOCS = Path(__file__).parents[2] / "docs"
ROUTINE = "Lower back, all four"
Shot = tuple[str, bytes]
PAGES = (
    "/", "/start", "/join", "/try", "/help", "/stretches", "/stretches/spinal_twist", "/learn",
    "/learn/when-to-avoid", "/learn/how-to-talk", "/learn/anatomy", "/nowhere",
    "/what-we-keep", "/accessibility",
)  # fmt: skip


# One session is walked; these are looked at as they were, in every shape and theme, ...
SHEETS = {
    "portrait-day": (Look(Shape("upright", PORTRAIT)), 520),
    "portrait-night": (Look(Shape("upright", PORTRAIT), "dark"), 520),
    "landscape-day": (Look(Shape("landscape", LANDSCAPE)), 230),
    "landscape-night": (Look(Shape("landscape", LANDSCAPE), "dark"), 230),
}
# ... and these, mostly variants, in what else there is.
SMALL = Look(Shape("320 wide", {"width": 320, "height": 568}))
LEFT = Look(Shape("upright", PORTRAIT), handed="left")
FORCED = Look(Shape("upright", PORTRAIT), "dark", is_forced=True)
DOUBLE = Look(Shape("200 % text", PORTRAIT, is_double=True))
MORE = {
    "client": {
        Look(Shape("upright", PORTRAIT)): (
            "holding, one phone", "positioning, one phone", "paused, the other gone",
            "easing in, not taken",
        ),
        LEFT: ("positioning", "holding", "stopped", "lost", "say it out loud"),
        SMALL: ("positioning", "holding", "eased, cut off", "stopped", "pain", "resting"),
        FORCED: ("holding", "eased", "stopped"),
        DOUBLE: ("holding", "positioning, one phone", "stopped, one phone, figure_four left"),
    },
    "partner": {
        SMALL: ("positioning", "holding, begun", "releasing", "stopped", "paused"),
        FORCED: ("easing in", "holding", "eased", "stopped"),
        DOUBLE: ("positioning", "easing in, weak", "stopped"),
        Look(Shape("upright", PORTRAIT)): (
            "easing in, asking", "holding, nine", "holding, begun", "resting, other side",
            "lost, hamstring_raise left", "let go, own stop", "knock",
        ),
    },
}  # fmt: skip
SCREENS = {
    "lobby", "warm-up", "positioning", "easing in", "holding", "holding, one phone", "eased",
    "releasing", "resting", "paused", "stopped", "let go", "lost", "off",
}  # fmt: skip


class Walks(Protocol):
    """Whoever wants to see both phones in every phase."""

    phones: Duo

    async def take(self, name: str) -> None:
        """Look at both phones as they are."""


async def walk(album: Walks) -> None:
    """Go through every phase once."""
    # Long because it is one walk, in order.
    client, partner = album.phones.client, album.phones.partner
    await album.phones.pair(routine=ROUTINE)
    await album.take("lobby")
    await client.tap("None of these")
    await client.sees("Nothing you answered")
    await album.take("screened")
    await partner.tap("I'll go slowly")
    await client.sees("Try the stop signal")
    await album.take("warm-up")
    await client.tap("STOP")
    await album.take("drill")
    await partner.tap("They're resting")
    await client.sees("It works")
    await album.take("drilled")
    for hand in (client, partner):
        await hand.is_warm()
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
    await partner.tap("They're resting")
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
    await partner.tap("They're resting")
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
body {{ margin: 0; padding: 16px; background: #8a8a8a; font: 15px sans-serif; width: {width}px;
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
    await page.screenshot(path=file, full_page=True, type="jpeg", quality=72)
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


async def live(launched: Browser, url: str) -> None:
    """Walk one session, and take its stills in every shape, theme and hand."""
    async with duo(url, launched) as phones:
        for context in phones.contexts:
            await quicken(context)
        stills = Stills(phones)
        await walk(stills)
    holds: list[Shot] = []
    for role, who in (("client", "the one on the mat"), ("partner", "the one who helps")):
        walked = [alone(one) for one in stills.taken if one.role == role and one.name != "summary"]
        every = walked + [alone(one) for one in variants(stills.of) if one.role == role]
        async with viewer(launched, url, every) as view:
            for name, (look, height) in SHEETS.items():
                shots = [(one.name, await view.shot(one, look)) for one in walked]
                await sheet(launched, shots, DOCS / f"{role}-{name}.jpg", height)
            more = [
                (f"{one.name}: {look.name}", await view.shot(one, look))
                for look, names in MORE[role].items()
                for one in every
                if one.name in names
            ]
            await sheet(launched, more, DOCS / f"{role}-more.jpg", 480)
            upright = SHEETS["portrait-day"][0]
            holds.append((who, await view.shot(alone(stills.of("holding", role)), upright)))
    await sheet(launched, holds, DOCS / "hold.jpg", 640)
    await screens(launched, url, stills)


def alone(still: Still) -> Still:
    """Leave out what is about the big screen, which few have."""
    return still.varied(still.name, **NO_SCREEN)


async def screens(launched: Browser, url: str, stills: Stills) -> None:
    """Take the big screen: as it was walked, and what else it shows."""
    every = [one for one in stills.taken if one.role == "display" and one.name in SCREENS]
    every += [one for one in variants(stills.of) if one.role == "display" and one.name in SCREENS]
    async with viewer(launched, url, every) as view:
        for name, scheme in (("day", "light"), ("night", "dark")):
            look = Look(Shape("1920x1080", FULL_HD), scheme)
            shots = [(one.name, await view.shot(one, look)) for one in every]
            await sheet(launched, shots, DOCS / f"display-{name}.jpg", 285)


async def main() -> None:
    """Take everything."""
    with (
        TemporaryDirectory() as data,
        serving([sys.executable, "-m", "tests.support.quick", data]) as one,
    ):
        async with browser(is_whole=True) as launched:
            for scheme in ("light", "dark"):
                await pages(launched, one.url, scheme)
            await live(launched, one.url)


if __name__ == "__main__":
    asyncio.run(main())
