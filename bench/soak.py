"""`make soak`: rooms that live whole sessions for as long as asked, while the server is watched.

Memory, descriptors and log lines of the server's process, once every few seconds; after the first
quarter (the warm-up) memory may grow by less than 1 MB an hour. Source: docs/promises.md, P21.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.serving import Served, serving

ROUTINE = {"items": [{"stretch": "figure_four", "hold_s": 10, "reps": 1, "rest_s": 5}]}
ROOMS = 6
EVERY_S = 5
MOST_MB_AN_HOUR = 1.0


@dataclass
class Watched:
    """What was seen of the server's process."""

    pid: int
    at_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Take one sample."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        self.at_s.append(time.monotonic())
        self.memory_mb.append(int(resident.split()[1]) / 1024)
        self.descriptors.append(len(os.listdir(f"/proc/{self.pid}/fd")))

    def slope(self) -> float:
        """Return how memory grew after the warm-up, in MB an hour."""
        start = len(self.at_s) // 4
        fit = statistics.linear_regression(self.at_s[start:], self.memory_mb[start:])
        return fit.slope * 3600


async def session(url: str) -> None:
    """Go door to door once, then leave nothing behind."""
    client, partner = await pair(url, routine=ROUTINE)
    await drill(client, partner)
    await to_holding(client, partner)
    await client.ask("ease")
    await client.good()
    stop = await client.ask("stop", id="soak")
    assert stop == "done", stop
    await partner.until_phase("stopped")
    await partner.ask("let_go", stop="client:soak")
    await client.ask("end")
    await client.until_phase("ended")
    await asyncio.gather(client.close(), partner.close())
    await forget(url, client)


async def forget(url: str, client: Program) -> None:
    """Delete the room."""
    async with httpx.AsyncClient(base_url=url) as http:
        bearer = {"Authorization": f"Bearer {client.token}"}
        answer = await http.delete(f"/api/rooms/{client.room}", headers=bearer)
        assert answer.status_code == 204, answer.text


async def live(url: str, until: float) -> tuple[int, int]:
    """Live session after session; returns how many, and how many a busy machine broke off."""
    lived = broken = 0
    while time.monotonic() < until:
        try:
            await session(url)
            lived += 1
        except (AssertionError, TimeoutError, httpx.HTTPError):
            broken += 1
    return lived, broken


async def soak(served: Served, minutes: float) -> tuple[Watched, int, int]:
    """Keep the server busy and look at it."""
    watched = Watched(served.process.pid)
    until = time.monotonic() + minutes * 60
    rooms = [asyncio.create_task(live(served.url, until)) for _ in range(ROOMS)]
    while not all(room.done() for room in rooms):
        watched.look()
        await asyncio.wait(rooms, timeout=EVERY_S)
    lived, broken = (sum(counts) for counts in zip(*(r.result() for r in rooms), strict=True))
    return watched, lived, broken


def main() -> int:
    """Print one line, and say with the exit code whether it held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    minutes = parser.parse_args().minutes
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        command = [*SERVE, "--port", "0", "--data-dir", f"{folder}/data"]
        with serving(command, SAYWHEN_ROOMS_PER_MIN="100000") as served:
            reader = threading.Thread(target=_read, args=(served, said), daemon=True)
            reader.start()
            watched, lived, broken = asyncio.run(soak(served, minutes))
            served.process.terminate()
            reader.join(timeout=10)
    slope = watched.slope()
    grown = watched.descriptors[-1] - watched.descriptors[len(watched.descriptors) // 4]
    print(
        f"{lived} sessions in {minutes:g} min ({broken} broken off), {watched.memory_mb[-1]:.1f} MB"
    )
    print(f"{slope:+.2f} MB/h after warm-up, descriptors {grown:+d}, {len(said)} log lines")
    sys.stdout.writelines(said[:10])
    has_held = slope < MOST_MB_AN_HOUR and grown <= ROOMS and not said
    return int(not has_held or broken > lived // 50)


def _read(served: Served, said: list[str]) -> None:
    """Keep whatever the server logs: nothing should need to be said."""
    with contextlib.suppress(ValueError):
        assert served.process.stderr is not None
        said.extend(line for line in served.process.stderr if '"level": "info"' not in line)


if __name__ == "__main__":
    sys.exit(main())
