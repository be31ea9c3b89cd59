"""Four pages as Lighthouse sees them on a slow phone: home, join, a stretch, and a room."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from tests.browser.duo import Duo
from tests.support.proof import LONG
from tests.support.serving import Served

FOLDER = Path(__file__).parents[1] / "lighthouse/node_modules"
CLI = FOLDER / "lighthouse/cli/index.js"
AT_LEAST = 95
KINDS = ("performance", "accessibility", "best-practices")
LEAFLETS = ("/", "/join", "/stretches/knees_to_chest")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.prove,
    pytest.mark.skipif(LONG == 1, reason="long: `make prove` runs it"),
    pytest.mark.skipif(not CLI.exists(), reason="no Lighthouse: `make prove` installs it"),
]


def node() -> str:
    """Node: the machine's own, or the one that locks/node.txt brings."""
    return shutil.which("node") or str(Path(sys.executable).with_name("node"))


async def chromium() -> str:
    """The browser that all tests use."""
    async with async_playwright() as playwright:
        return shutil.which("chromium") or playwright.chromium.executable_path


async def asked(url: str, cookie: str) -> dict[str, Any]:
    """Let Lighthouse look once."""
    with tempfile.TemporaryDirectory() as folder:
        headers, out = Path(folder) / "headers.json", Path(folder) / "out.json"
        headers.write_text(json.dumps({"Cookie": cookie} if cookie else {}))
        process = await asyncio.create_subprocess_exec(
            node(), str(CLI), url, "--quiet", "--output=json", f"--output-path={out}",
            f"--only-categories={','.join(KINDS)}", f"--extra-headers={headers}",
            "--chrome-flags=--headless=new --no-sandbox",
            env={**os.environ, "CHROME_PATH": await chromium()},
        )  # fmt: skip
        await process.wait()
        report: dict[str, Any] = json.loads(out.read_text())
    return report


async def scores(url: str, cookie: str) -> dict[str, int]:
    """What it gives, of 100 each; asked again where its own recording failed."""
    for _ in range(3):
        report = await asked(url, cookie)
        if "runtimeError" not in report:
            assert report["finalDisplayedUrl"].startswith(url), report["finalDisplayedUrl"]
            return {kind: round(100 * report["categories"][kind]["score"]) for kind in KINDS}
    raise AssertionError(report["runtimeError"])


async def test_lighthouse_gives_95_of_100(
    phones: Duo, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    await phones.pair()
    room = phones.partner.page.url
    cookies = await phones.contexts[1].cookies()
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in cookies)
    pages = {"room": (room, cookie)} | {path: (served.url + path, "") for path in LEAFLETS}
    for name, (url, given) in pages.items():
        given_to = await scores(url, given)
        with capsys.disabled():
            print(f"\nLighthouse, {name}: {given_to}")
        assert min(given_to.values()) >= AT_LEAST
