"""From the home screen: what a phone keeps, what it never does, and what shows without a server."""

from __future__ import annotations

import os
import signal
import struct
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.browser.duo import PORTRAIT, duo
from tests.browser.icons import draw
from tests.support.fixtures import LAY
from tests.support.serving import Served, serving

# The worker is in charge of the page, and has put its shell away.
IN_CHARGE = """async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((go) => setTimeout(go, 20));
}"""
ONE_CACHE = """async () => {
  while ((await caches.keys()).length > 1) await new Promise((go) => setTimeout(go, 20));
}"""
KEPT = """
Promise.all((await caches.keys()).map(async (name) => [
  name, (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname),
]))
"""


def png_side(body: bytes) -> int:
    """Return the side of a square PNG, in px."""
    width, height = struct.unpack(">II", body[16:24])
    assert body.startswith(b"\x89PNG") and width == height
    return int(width)


def test_the_manifest_names_icons_of_the_size_they_have(served: Served) -> None:
    told = httpx.get(f"{served.url}/manifest.webmanifest")
    assert told.headers["content-type"].startswith("application/manifest+json")
    manifest = told.json()
    assert manifest["display"] == "standalone" and manifest["start_url"] == "/"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        side = png_side(httpx.get(served.url + icon["src"]).content)
        assert icon["sizes"] == f"{side}x{side}"


def test_the_worker_is_asked_for_anew_each_time(served: Served) -> None:
    told = httpx.get(f"{served.url}/sw.js")
    assert told.headers["cache-control"] == "no-store"
    assert told.headers["content-type"].startswith("text/javascript")


@pytest.mark.browser
async def test_the_icons_are_those_of_the_drawings(tmp_path: Path) -> None:
    await draw(tmp_path)
    for drawn in sorted(tmp_path.iterdir()):
        assert png_side(drawn.read_bytes()) == int(drawn.stem.split("-")[1])


async def kept(context: BrowserContext) -> dict[str, list[str]]:
    return dict(await context.pages[0].evaluate(f"(async () => {KEPT.strip()})()"))


@pytest.mark.browser
async def test_without_a_server_it_says_so_and_nothing_of_a_room_is_kept(
    launched: Browser, tmp_path: Path
) -> None:
    with serving([*LAY, str(tmp_path / "data")]) as served:
        async with duo(served.url, launched, lays=True) as phones:
            page = phones.client.page
            await page.goto(served.url)
            await page.evaluate(IN_CHARGE)
            await phones.to_holding()
            (name, paths), *others = (await kept(phones.contexts[0])).items()
            assert name.startswith("saywhen-") and others == []
            assert "/offline" in paths
            assert all(path == "/offline" or path.startswith("/static/") for path in paths)
            os.kill(served.process.pid, signal.SIGKILL)
            served.process.wait()
            await phones.client.sees("Contact lost")
            for url in (page.url, served.url):
                await page.goto(url)
                await expect(page.get_by_role("heading", name="No connection")).to_be_visible()
                await expect(page.get_by_text("Say stop out loud")).to_be_visible()
            assert "saywhen" in (await page.title()).lower().replace(" ", "")


@pytest.mark.browser
async def test_a_new_version_drops_what_the_old_one_kept(served: Served, launched: Browser) -> None:
    context = await launched.new_context(viewport=PORTRAIT)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(served.url)
    await page.evaluate(IN_CHARGE)
    (now,) = await kept(context)
    # As an older server would have left it; and to the browser another address is another worker.
    await page.evaluate("caches.open('saywhen-older').then((c) => c.add('/offline'))")
    await page.evaluate("navigator.serviceWorker.register('/sw.js?newer')")
    await page.evaluate(ONE_CACHE)
    assert list(await kept(context)) == [now]
    await context.close()
