"""Drives bench/load.c, and the servers beside it: each side has a core of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.journal import Seated
from tests.support.serving import Served, serving

HERE = Path(__file__).parent
SERVER_CORE, LOAD_CORE = "0", "1"
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """What one run of the load gave; `server_s` is processor time, `own_share` of the load's core.

    `texts` and `pings` are what the server told in that time, but answers to beats. `others_s` is
    what other programs had of the server's core.
    """

    per_s: float
    answered_per_s: float
    p50_us: float
    p99_us: float
    p999_us: float
    worst_us: float
    beats_per_s: float
    refused: int
    sent: int
    texts: int
    pings: int
    own_share: float
    server_s: float = 0.0
    others_s: float = 0.0
    lasted_s: float = 0.0

    @property
    def cost_us(self) -> float:
        """The server's processor time for each signal, all its threads together."""
        return 1e6 * self.server_s / self.sent

    @property
    def server_share(self) -> float:
        """Of one core."""
        return self.server_s / self.lasted_s


class Load:
    """Phones connected to one server, so many of their handshakes under way at once.

    `opened_s` is how long it took until all were connected, `first_s` until those with hands on;
    `asked_again` counts those that the kernel or the server had turned away.
    """

    def __init__(
        self, served: Served, seats: Sequence[Seated], program: Path, at_once: int = 64
    ) -> None:
        self._served = served
        parts = urlsplit(served.url)
        self._process = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(f"{parts.hostname} {parts.port} {len(seats)} {at_once}")
        self._say("\n".join(f"{seat.path} {seat.token}" for seat in seats))
        told = self._told()
        self.first_s: float = told["first_s"]
        self.opened_s: float = told["opened_s"]
        self.asked_again: int = told["asked_again"]

    def full(self, seconds: float) -> Measured:
        """Send each room's next signal as soon as the one before is through."""
        return self._run(f"full {seconds}")

    def rate(self, per_s: float, seconds: float, rooms: int = 0) -> Measured:
        """Send so many a second, answered or not: in all rooms in turn, or in so many of them."""
        return self._run(f"rate {per_s} {seconds} {rooms}")

    def idle(self, seconds: float) -> Measured:
        """Do nothing, to see what that costs."""
        return self._run(f"beats {seconds}")

    def beats(self, every_ms: int, settle_s: float, seconds: float) -> Measured:
        """Only beat, once all that returning phones cause to be written is written."""
        self._say(f"every {every_ms}")
        self.idle(settle_s)
        measured = self.idle(seconds)
        self._say("every 0")
        return measured

    def _run(self, command: str) -> Measured:
        before, began, core_before = cpu_s(self._served.process.pid), time.monotonic(), core_s()
        self._say(command)
        told = self._told()
        server_s = cpu_s(self._served.process.pid) - before
        return Measured(
            **told,
            server_s=server_s,
            others_s=max(0.0, core_s() - core_before - server_s),
            lasted_s=time.monotonic() - began,
        )

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load ended; its reason is above")
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        """Close all connections."""
        self._process.kill()
        self._process.communicate()


def cpu_s(pid: int) -> float:
    """Return how much processor time a process has taken so far, with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def core_s() -> float:
    """Return how long the server's core has worked for programs so far."""
    lines = Path("/proc/stat").read_text().splitlines()
    fields = next(line.split()[1:] for line in lines if line.startswith(f"cpu{SERVER_CORE} "))
    user, nice, system = (int(field) for field in fields[:3])
    return (user + nice + system) / TICKS_PER_S


def resident_kb(pid: int) -> int:
    """Return how much memory a process has resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


@contextmanager
def compiled() -> Iterator[Path]:
    """Compile the load; raises FileNotFoundError where there is no C compiler."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "load"
        subprocess.run(["cc", "-O2", "-o", program, HERE / "load.c"], check=True)
        yield program


@contextmanager
def on_one_core(command: Sequence[str], cwd: Path | None = None, **env: str) -> Iterator[Served]:
    """Start a server that has one core to itself."""
    with serving(["taskset", "-c", SERVER_CORE, *command], cwd, **env) as served:
        yield served
