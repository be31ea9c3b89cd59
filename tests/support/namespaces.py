"""A network of one's own: the server in a network namespace, and a cable for each phone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.serving import Served, serving

HERE = "saywhen-test"
# Workers of one run each have a net of their own.
OWN = 77 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def why_not() -> str | None:
    """Return why this machine can't have one, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need iproute2"
    probe = f"{HERE}-probe-{os.getpid()}"  # the other lane may look at the same time
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False)
    if made.returncode != 0:
        return "this machine allows no network namespaces"
    _run("ip", "netns", "delete", probe)
    return None


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@dataclass(frozen=True)
class Cable:
    """The way of one phone to the server; `url` is the server's address at its end."""

    name: str
    space: str
    net: str
    url: str

    def pull(self) -> None:
        """Take the link down."""
        _run("ip", "link", "set", self.name, "down")

    def plug(self) -> None:
        """Put it up again."""
        _run("ip", "link", "set", self.name, "up")

    def swallow(self) -> None:
        """Lose without a word whatever the server sends to this phone."""
        route = ("ip", "route", "add", "blackhole", f"{self.net}.1/32")
        _run("ip", "netns", "exec", self.space, *route)

    def spit_out(self) -> None:
        """Let it through again."""
        route = ("ip", "route", "del", "blackhole", f"{self.net}.1/32")
        _run("ip", "netns", "exec", self.space, *route)


@contextmanager
def cables(data: Path) -> Iterator[tuple[Served, Cable, Cable]]:
    """Serve in a namespace; returns the server and the cables of client and partner."""
    space = f"{HERE}-{os.getpid()}"
    _run("ip", "netns", "add", space)
    try:
        _run("ip", "netns", "exec", space, "ip", "link", "set", "lo", "up")
        nets = [_lay(space, number) for number in (1, 2)]
        serve = [sys.executable, "-m", "app", "serve", "--host", "0.0.0.0", "--port", "0"]
        command = ["ip", "netns", "exec", space, *serve, "--data-dir", str(data)]
        with serving(command, SAYWHEN_ROOMS_PER_MIN="1000") as served:
            port = served.url.rsplit(":", 1)[1]
            made = [
                Cable(_name(number), space, net, f"http://{net}.2:{port}")
                for number, net in enumerate(nets, 1)
            ]
            yield served, made[0], made[1]
    finally:
        for number in (1, 2):  # at once: a namespace takes its time to go, and its cables with it
            subprocess.run(
                ["ip", "link", "delete", _name(number)], capture_output=True, check=False
            )
        _run("ip", "netns", "delete", space)


def _name(number: int) -> str:
    return f"sw{os.getpid() % 100_000}n{number}"


def _lay(space: str, number: int) -> str:
    net, name = f"10.{OWN}.{number}", _name(number)
    _run("ip", "link", "add", name, "type", "veth", "peer", "name", "phone", "netns", space)
    inside = ("ip", "netns", "exec", space, "ip")
    # IPv6 would give it an address a second later, and a browser then drops what it is loading.
    _run("ip", "link", "set", name, "addrgenmode", "none")
    _run(*inside, "link", "set", "phone", "name", f"phone{number}")
    _run(*inside, "addr", "add", f"{net}.2/30", "dev", f"phone{number}")
    _run(*inside, "link", "set", f"phone{number}", "up")
    _run("ip", "addr", "add", f"{net}.1/30", "dev", name)
    _run("ip", "link", "set", name, "up")
    return net
