"""The real server on a clock that runs quicker: a whole session in minutes, leases included."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import BrowserContext, Route

from app.clock import RealClock
from app.config import Settings
from app.serve import serve

SPEED = 3


async def quicken(context: BrowserContext, speed: int = SPEED) -> None:
    """Make all that a phone measures quicker, and its looks; what it asks of a frame stays real.

    Everything it measures, it measures with performance.now().
    """
    await context.add_init_script(f"""
        const real_now = performance.now.bind(performance), began = real_now();
        performance.now = () => began + (real_now() - began) * {speed};
    """)

    async def with_real_frames(route: Route) -> None:
        await _with_real_frames(route, speed)

    await context.route("**/js/room/show/loop.js", with_real_frames)


async def _with_real_frames(route: Route, speed: int) -> None:
    answer = await route.fetch()
    text = await answer.text()
    for name, ms in (("FRESH_MS", 250), ("STUCK_AFTER_MS", 2_500)):
        quick = re.sub(rf"const {name} = [0-9_]+;", f"const {name} = {ms * speed};", text)
        assert quick != text, f"loop.js has no {name} any more"
        text = quick
    for timer in ("(ask, ms", "}, EVERY_MS"):
        assert timer in text, f"loop.js has no {timer} any more"
        text = text.replace(timer, f"{timer} / {speed}")
    await route.fulfill(response=answer, body=text)


class QuickClock(RealClock):
    """Real time, `speed` times as quick."""

    def __init__(self, speed: int) -> None:
        super().__init__()
        self._speed = speed
        self._began_ms = super().now_ms()

    def now_ms(self) -> int:
        return self._began_ms + (super().now_ms() - self._began_ms) * self._speed

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        delay_s = max(0, at_ms - self.now_ms()) / 1000 / self._speed
        return asyncio.get_running_loop().call_later(delay_s, callback)


def main(data_dir: str, speed: str = str(SPEED)) -> None:
    """Serve on any free port of this machine, and say where."""
    settings = Settings(host="127.0.0.1", port=0, data_dir=Path(data_dir), rooms_per_min=1000)
    clock = QuickClock(int(speed))
    serve(settings, lambda r: print(f"ready: http://127.0.0.1:{r.port}", flush=True), clock)


if __name__ == "__main__":
    main(*sys.argv[1:])
