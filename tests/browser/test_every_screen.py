"""Every page and every phase: axe finds nothing, nothing is cut off, the HTML is right."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.duo import LANDSCAPE, PORTRAIT, Duo, duo
from tests.browser.look import axe, cut_off, double_text
from tests.browser.screenshots import walk
from tests.support.quick import QUICK_PAGE
from tests.support.serving import Served, serving

pytestmark = pytest.mark.browser
NU = Path(__file__).parents[1] / "nu/node_modules/vnu-jar/build/dist/vnu.jar"
SMALL = {"width": 320, "height": 640}
LEAFLETS = ("/", "/start", "/join", "/help", "/try", "/stretches", "/learn", "/nowhere")
FORMS = ("light", PORTRAIT), ("dark", PORTRAIT), ("light", SMALL)


class Inspector:
    """Looks at both phones in every phase, as screenshots.walk takes them."""

    def __init__(self, phones: Duo, is_axe: bool) -> None:
        self.phones = phones
        self.is_axe = is_axe
        self.bad: list[str] = []
        self.seen: list[str] = []
        self.html: list[str] = []

    async def take(self, name: str) -> None:
        await self.phones.client.page.wait_for_timeout(150)
        self.seen.append(name)
        for role, hand in (("client", self.phones.client), ("partner", self.phones.partner)):
            found = await cut_off(hand.page) + (await axe(hand.page) if self.is_axe else [])
            self.bad += [f"{name}, {role}: {one}" for one in found]


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[Served]:
    with serving([sys.executable, "-m", "tests.support.quick", str(tmp_path / "data")]) as one:
        yield one


@pytest.mark.parametrize(
    ("size", "scheme", "is_double"),
    [
        pytest.param(PORTRAIT, "light", False, id="day"),
        pytest.param(PORTRAIT, "dark", False, id="night"),
        pytest.param(SMALL, "light", False, id="320 px"),
        pytest.param(PORTRAIT, "light", True, id="200 % text"),
        pytest.param(LANDSCAPE, "light", False, id="landscape"),
    ],
)
async def test_no_phase_is_cut_off_and_axe_finds_nothing(
    quick: Served, launched: Browser, size: dict[str, int], scheme: str, is_double: bool
) -> None:
    async with duo(quick.url, launched, size, color_scheme=scheme) as phones:
        for context in phones.contexts:
            await context.add_init_script(QUICK_PAGE)
        for hand in (phones.client, phones.partner):
            if is_double:
                await double_text(hand.page)
        inspector = Inspector(phones, is_axe=size == PORTRAIT and not is_double)
        await walk(inspector)
    assert len(inspector.seen) > 15
    assert not inspector.bad, "\n".join(inspector.bad)


async def leaflets(page: Page, url: str) -> list[str]:
    """Every page that needs no seat: those of the list, and what they link to."""
    paths = dict.fromkeys(LEAFLETS)
    for index in ("/stretches", "/learn"):
        await page.goto(url + index)
        links = await page.locator("main a").evaluate_all("all => all.map((a) => a.pathname)")
        paths |= dict.fromkeys(link for link in links if link.startswith(index))
    return list(paths)


@pytest.mark.parametrize("is_double", [False, True], ids=["text", "200 % text"])
async def test_no_page_is_cut_off_and_axe_finds_nothing(
    served: Served, launched: Browser, is_double: bool
) -> None:
    bad = []
    for scheme, size in FORMS[:1] if is_double else FORMS:
        context = await launched.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        page = await context.new_page()
        if is_double:
            await double_text(page)
        for path in await leaflets(page, served.url):
            await page.goto(served.url + path)
            found = await cut_off(page) + ([] if is_double else await axe(page))
            bad += [f"{path}, {scheme}, {size['width']} px: {one}" for one in found]
        await context.close()
    assert not bad, "\n".join(bad)


async def test_the_html_of_every_page_is_right(phones: Duo, served: Served, tmp_path: Path) -> None:
    if shutil.which("java") is None or not NU.exists():
        pytest.skip("no Java, or no checker: `make test` installs them where it can")
    await phones.pair()
    page = await phones.contexts[0].new_page()
    rooms = [urls.page.url.removeprefix(served.url) for urls in (phones.client, phones.partner)]
    for number, path in enumerate([*await leaflets(page, served.url), *rooms]):
        context = phones.contexts[1] if path == rooms[1] else phones.contexts[0]
        html = await (await context.request.get(served.url + path)).text()
        name = re.sub(r"\W+", "_", path)
        (tmp_path / f"{number}{name}.html").write_text(html, encoding="utf-8")
    files = [str(file) for file in tmp_path.glob("*.html")]
    assert len(files) > 15
    checked = subprocess.run(
        ["java", "-jar", str(NU), "--errors-only", *files], capture_output=True, text=True
    )
    assert checked.stderr == ""
    assert checked.returncode == 0
