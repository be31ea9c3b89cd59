"""Real nodes of a NATS engine, on free ports, each with a folder of its own."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from app.clock import Clock
from app.journal.nats import NatsJournal
from app.journal.nats_directory import MARGIN_S, NatsDirectory
from app.journal.nats_engine import META, Engine

PROGRAM = Path(sys.executable).with_name("nats-server")
KEY = "for tests: what lies on a disk can not be read"


class Node:
    """One node: a process, a port for clients, a port for the other nodes."""

    def __init__(self, name: str, folder: Path, ports: tuple[int, int]) -> None:
        self.name, self.folder = name, folder
        self.port, self.route = ports
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def configure(self, others: list[Node], *, is_safe: bool = True) -> None:
        """Write the node's settings. A safe one writes through and encrypts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        safe = f'sync_interval: always, cipher: chachapoly, key: "{KEY}"' if is_safe else ""
        routes = ", ".join(f'"nats://127.0.0.1:{node.route}"' for node in others)
        cluster = (
            f'cluster {{ name: saywhen, listen: "127.0.0.1:{self.route}", routes: [{routes}] }}\n'
            if others
            else ""
        )
        self._config.write_text(
            f'server_name: {self.name}\nlisten: "127.0.0.1:{self.port}"\n'
            f'jetstream {{ store_dir: "{self.folder / "store"}", {safe} }}\n{cluster}'
        )

    @property
    def _config(self) -> Path:
        return self.folder / "node.conf"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "-c", self._config], stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        self._send(signal.SIGKILL)

    def stop(self) -> None:
        """Have it stand still."""
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        """Have it go on."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            if number is signal.SIGKILL:
                self.process.wait()


class Nodes(list[Node]):
    """The nodes of one engine."""

    @property
    def urls(self) -> list[str]:
        return [node.url for node in self]


@contextlib.contextmanager
def engine(folder: Path, count: int, *, is_safe: bool = True) -> Iterator[Nodes]:
    """Run an engine of so many nodes. It may still be electing its leader."""
    ports = free_ports(2 * count)
    nodes = Nodes(
        Node(f"n{n}", folder / f"n{n}", (ports[2 * n], ports[2 * n + 1])) for n in range(count)
    )
    for node in nodes:
        node.configure([other for other in nodes if other is not node], is_safe=is_safe)
        node.start()
    try:
        yield nodes
    finally:
        for node in nodes:
            node.kill()


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago."""
    with contextlib.ExitStack() as open_:
        sockets = [open_.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


async def share(
    nodes: Nodes, clock: Clock, margin_s: int = MARGIN_S
) -> tuple[NatsJournal, NatsDirectory]:
    """Open journal and directory of an engine, as one more server does."""
    opened = await Engine.open(nodes.urls, is_loss_accepted=len(nodes) < 3)
    directory = await NatsDirectory.make(opened, clock, margin_s)
    return await NatsJournal.make(opened, directory), directory


async def wipe(nodes: Nodes) -> None:
    """Delete whatever an engine holds of rooms."""
    opened = await Engine.open(nodes.urls, is_loss_accepted=len(nodes) < 3)
    for stream in await opened.client.jetstream().streams_info():
        if stream.config.name != META:
            await opened.purge(str(stream.config.name), ">")
    await opened.close()
