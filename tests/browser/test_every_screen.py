"""Every page: axe finds nothing, nothing is cut off, the HTML is right; of a room, its HTML only.

What a room shows in each phase is in test_every_phase.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.duo import LANDSCAPE, PORTRAIT, Duo
from tests.browser.look import Shape, axe, cut_off
from tests.support.serving import Served

pytestmark = pytest.mark.browser
NU = Path(__file__).parents[1] / "nu/node_modules/vnu-jar/build/dist/vnu.jar"
LEAFLETS = (
    "/", "/start", "/join", "/help", "/try", "/stretches", "/learn", "/nowhere",
    "/what-we-keep", "/accessibility",
)  # fmt: skip
NORMAL = Shape("upright", PORTRAIT)
NARROW = Shape("320x640", {"width": 320, "height": 640})
WIDE = Shape("landscape", LANDSCAPE)
DOUBLE = Shape("200 % text", PORTRAIT, is_double=True)


async def leaflets(page: Page, url: str) -> list[str]:
    """Every page that needs no seat: those of the list, and what they link to."""
    paths = dict.fromkeys(LEAFLETS)
    for index in ("/stretches", "/learn"):
        await page.goto(url + index)
        links = await page.locator("main a").evaluate_all("all => all.map((a) => a.pathname)")
        paths |= dict.fromkeys(link for link in links if link.startswith(index))
    return list(paths)


async def test_no_page_is_cut_off_and_axe_finds_nothing(served: Served, whole: Browser) -> None:
    bad = []
    context = await whole.new_context(viewport=PORTRAIT)  # type: ignore[arg-type]
    page = await context.new_page()
    for path in await leaflets(page, served.url):
        await page.goto(served.url + path)
        for shape in (NARROW, WIDE, DOUBLE, NORMAL):
            await shape.put_on(page)
            bad += [f"{path}, {shape.name}: {one}" for one in await cut_off(page)]
        for scheme in ("light", "dark"):  # by night only colours differ
            await page.emulate_media(color_scheme=scheme)
            bad += [f"{path}, {scheme}: {one}" for one in await axe(page, scheme)]
        await page.emulate_media(color_scheme="light")
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
