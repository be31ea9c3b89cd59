"""Who is compared: this server, an older commit of it, and relays that move the same messages.

All take the same phones: where a phone's socket is and which seat it has stands in its path and its
token alone.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from bench.journal import Seated, seats
from bench.load import Load, on_one_core
from tests.support.fixtures import SERVE
from tests.support.serving import Served

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "bench/peers"
FILL = "import sys; from pathlib import Path; from bench.journal import fill; "
FILL += "fill(Path(sys.argv[1]), int(sys.argv[2]))"


@dataclass(frozen=True, eq=False)
class Side:
    """A server: the command that starts it, a data folder follows; the tree it is of, if ours."""

    name: str
    command: Sequence[str]
    tree: Path | None = None
    seats: Callable[[int], list[Seated]] = seats


def _same_work(name: str, commits: str) -> Side:
    return Side(name, [sys.executable, "-m", "bench.peers.same_work", commits])


def _on_socket_io(name: str, commits: str) -> Side:
    def io_seats(count: int) -> list[Seated]:
        path = "/socket.io/?EIO=4&transport=websocket&room={}"
        return [Seated(path.format(n // 2), seat.token) for n, seat in enumerate(seats(count))]

    return Side(name, ["node", str(PEERS / "socketio.js"), commits], seats=io_seats)


def _bare(name: str, answer: str) -> Side:
    def relay_seats(count: int) -> list[Seated]:
        return [Seated(f"/r{n // 2}", "-") for n in range(2 * count)]

    return Side(name, [sys.executable, "-m", "bench.peers.bare", answer], seats=relay_seats)


def _ours(name: str, tree: Path) -> Side:
    return Side(name, [*SERVE, "--port", "0", "--data-dir"], tree)


OURS = _ours("Say When", ROOT)
GROUPED = _same_work("same work, group commits", "group")
ALONE = _same_work("same work, each event committed alone", "alone")
KEPT_NOT = _same_work("same work, no commits", "none")
RELAY = _bare("a plain relay: one message passed on", "relay")
ECHO = _bare("a bare echo", "echo")
ON_SOCKET_IO = (
    (
        _on_socket_io("same work on socket.io, no commits", "none"),
        _on_socket_io("same work on socket.io, flushed to a file", "group"),
    )
    if which("node") is not None and (PEERS / "node_modules/.pinned").exists()
    else ()
)


@contextmanager
def older(commit: str) -> Iterator[Side]:
    """Lay out another commit in a folder of its own; it runs on this one's packages."""
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            tar.extractall(folder, filter="data")
        (Path(folder) / "static/vendor").symlink_to(ROOT / "static/vendor")
        yield _ours(f"Say When at {commit[:9]}", Path(folder))


@dataclass(frozen=True)
class Running:
    """A server with so many rooms; `ready_s` is how long it took to bring them back."""

    served: Served
    phones: list[Seated]
    ready_s: float


@contextmanager
def running(side: Side, rooms: int) -> Iterator[Running]:
    """Start a server on a core of its own."""
    with tempfile.TemporaryDirectory() as folder:
        if side.tree is not None:
            fill = [sys.executable, "-c", FILL, folder, str(rooms)]
            subprocess.run(fill, cwd=side.tree, check=True)
        began = time.perf_counter()
        command = [*side.command, folder]
        with on_one_core(command, side.tree, SAYWHEN_ROOMS_PER_MIN="1000") as served:
            yield Running(served, side.seats(rooms), time.perf_counter() - began)


@contextmanager
def connected(side: Side, rooms: int, program: Path) -> Iterator[Load]:
    """Have all phones of so many rooms on a server."""
    with running(side, rooms) as one:
        load = Load(one.served, one.phones, program)
        try:
            yield load
        finally:
            load.close()
