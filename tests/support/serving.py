"""A real server in a process of its own, started and ended as a person would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STARTS_WITHIN_S = 30
ENDS_WITHIN_S = 5


def free_port() -> int:
    """Find a port of loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Served:
    """A server that has said it is ready."""

    process: subprocess.Popen[str]
    url: str
    said: tuple[str, ...] = ()

    def end(self) -> tuple[int, str]:
        """SIGTERM; returns the exit code and what it said on stderr."""
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=ENDS_WITHIN_S)
        return self.process.returncode, err


def start(command: Sequence[str], cwd: Path | None = None, **env: str) -> subprocess.Popen[str]:
    """Start `command`; `env` is added to this process's environment."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@contextmanager
def serving(command: Sequence[str], cwd: Path | None = None, **env: str) -> Iterator[Served]:
    """Start a server, wait until it says it is ready, and never leave it behind."""
    with start(command, cwd, **env) as process:
        watch = threading.Timer(STARTS_WITHIN_S, process.kill)
        watch.start()
        try:
            assert process.stdout is not None
            said: list[str] = []
            for line in process.stdout:
                said.append(line)
                if "ready:" in line:
                    break
            assert said and "ready:" in said[-1], process.stderr and process.stderr.read()
            watch.cancel()
            yield Served(process, said[-1].split("ready:")[1].strip(), tuple(said))
        finally:
            watch.cancel()
            if process.poll() is None:
                process.kill()
