"""A phone in WebKitGTK, of the family of Safari's engine, through the WebDriver it comes with."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import NoSuchFrameException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

SOON_S = 20.0
WIDTH_PX, HEIGHT_PX = 390, 844
BROWSERS = "usr/lib/*/webkit2gtk-4.*/MiniBrowser"
# What people can see and use, by the label that it has for them.
FIND = """
const [kinds, label] = arguments;
const name = (e) => (e.getAttribute("aria-label") ?? e.textContent).replace(/\\s+/g, " ").trim();
return [...document.querySelectorAll(kinds)].find((e) =>
  name(e).startsWith(label) && e.checkVisibility({ visibilityProperty: true })
  && !e.closest("[inert]")) ?? null;
"""
SEES = """
const seen = (e) => !e.matches("script, template, noscript")
  && e.checkVisibility({ visibilityProperty: true });
return [...document.querySelectorAll("body *")].some((e) =>
  seen(e) && e.innerText?.replace(/\\s+/g, " ").includes(arguments[0]));
"""


def missing() -> str | None:
    """Return which program is missing, and how to get it; None if all are here."""
    programs = {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}
    lacks = [package for program, package in programs.items() if shutil.which(program) is None]
    if not lacks and not list(Path("/").glob(BROWSERS)):
        lacks = ["webkit2gtk-driver"]
    return f"no WebKit: apt-get install {' '.join(lacks)}" if lacks else None


@contextmanager
def display() -> Iterator[str]:
    """A screen that nobody looks at."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as process:
        os.close(write)
        try:
            with os.fdopen(read) as said:
                number = said.readline().strip()
            assert number, "Xvfb does not start"
            yield f":{number}"
        finally:
            process.terminate()


class WebKitPhone:
    """One phone: a browser and a driver of its own. Selenium blocks, so it works in a thread."""

    def __init__(self, screen: str, folder: Path, left_px: int) -> None:
        runtime = folder / f"runtime-{left_px}"
        runtime.mkdir(mode=0o700)
        env = {**os.environ, "DISPLAY": screen, "XDG_RUNTIME_DIR": str(runtime)}
        options = Options()
        options.binary_location = str(next(iter(Path("/").glob(BROWSERS))))
        options.add_argument("--automation")
        service = Service(shutil.which("WebKitWebDriver") or "", env=env)
        self.driver: Any = webdriver.WebKitGTK(options=options, service=service)
        self.driver.set_window_rect(left_px, 0, WIDTH_PX, HEIGHT_PX)

    async def run(self, script: str, *args: object) -> Any:
        return await asyncio.to_thread(self.driver.execute_script, script, *args)

    async def open(self, url: str) -> None:
        await asyncio.to_thread(self.driver.get, url)

    async def _until(self, what: str, question: Callable[[Any], Any]) -> Any:
        away = [NoSuchFrameException]  # asked as the page gives way to another: ask again
        wait = WebDriverWait(self.driver, SOON_S, 0.03, ignored_exceptions=away)
        return await asyncio.to_thread(wait.until, question, what)

    async def _found(self, kinds: str, label: str) -> WebElement:
        find = lambda driver: driver.execute_script(FIND, kinds, label)  # noqa: E731
        element: WebElement = await self._until(f"nothing reads {label!r}", find)
        await self.run("arguments[0].scrollIntoView({ block: 'nearest' })", element)
        return element

    async def tap(self, label: str) -> None:
        await self._click("button, [role=button], summary", label)

    async def follow(self, label: str) -> None:
        await self._click("a", label)

    async def _click(self, kinds: str, label: str) -> None:
        element = await self._found(kinds, label)
        await self._until(f"{label!r} takes no tap", lambda _: element.is_enabled())
        await asyncio.to_thread(element.click)

    async def press(self, label: str, ms: int = 600) -> None:
        element = await self._found("button", label)
        held = ActionChains(self.driver).click_and_hold(element).pause(ms / 1000).release()
        await asyncio.to_thread(held.perform)

    async def sees(self, text: str) -> None:
        said = lambda driver: driver.execute_script(SEES, text)  # noqa: E731
        await self._until(f"nothing says {text!r}", said)

    async def until_phase(self, phase: str) -> None:
        is_in = "return document.querySelector('#room').dataset.phase === arguments[0]"
        await self._until(f"never {phase}", lambda driver: driver.execute_script(is_in, phase))

    async def square(self) -> str:
        return str(
            await self.run(
                "return document.querySelector('[data-link-of-square]').dataset.linkOfSquare"
            )
        )


@contextmanager
def two_webkits() -> Iterator[tuple[WebKitPhone, WebKitPhone]]:
    """Two phones beside each other on one screen."""
    phones: list[WebKitPhone] = []
    with tempfile.TemporaryDirectory() as folder, display() as screen:
        try:
            phones = [WebKitPhone(screen, Path(folder), left_px) for left_px in (0, 500)]
            yield phones[0], phones[1]
        finally:
            for phone in phones:
                phone.driver.quit()
