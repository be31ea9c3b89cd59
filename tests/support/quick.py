"""The real server on a clock that runs quicker: a whole session in minutes, leases included."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from app.clock import RealClock
from app.config import Settings
from app.serve import serve

SPEED = 4
# The same for a page: everything it measures, it measures with performance.now().
QUICK_PAGE = f"""
const real_now = performance.now.bind(performance), began = real_now();
performance.now = () => began + (real_now() - began) * {SPEED};
"""


class QuickClock(RealClock):
    """Real time, `SPEED` times as quick."""

    def __init__(self) -> None:
        super().__init__()
        self._began_ms = super().now_ms()

    def now_ms(self) -> int:
        return self._began_ms + (super().now_ms() - self._began_ms) * SPEED

    def call_at(self, at_ms: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        delay_s = max(0, at_ms - self.now_ms()) / 1000 / SPEED
        return asyncio.get_running_loop().call_later(delay_s, callback)


def main(data_dir: str) -> None:
    """Serve on any free port of this machine, and say where."""
    settings = Settings(host="127.0.0.1", port=0, data_dir=Path(data_dir), rooms_per_min=1000)
    serve(settings, lambda r: print(f"ready: http://127.0.0.1:{r.port}", flush=True), QuickClock())


if __name__ == "__main__":
    main(sys.argv[1])
