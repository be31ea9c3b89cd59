"""One process, one listening socket, from the first check to exit 0.

Everything that can go wrong at the start raises an AppError before any phone is answered. Must know
nothing of rooms or pages: app.main wires them.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.client
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

import structlog
import uvicorn
from fastapi import FastAPI

from app import logs
from app.clock import Clock, RealClock
from app.config import Settings
from app.errors import AppError, ConfigError
from app.main import create_app
from app.protocol.constants import MOST_MESSAGE_BYTES
from app.serve_https import Https, Trust
from app.server.connection import LiveConnection
from app.server.control import answering, backup, owning, restore
from app.server.listen import BACKLOG, allow_sockets, listen
from app.server.request import HttpConnection

__all__ = ["backup", "check_data_dir", "restore", "serve"]  # what the command line runs

# libuv accepts one phone for each listening socket in a turn of the loop: with one, those that come
# back at once wait in the kernel, in the order in which they came.
ACCEPTED_EACH_TURN = 16
PING_S = 20  # only reaps sockets that nobody reads: beats from the page prove life
PONG_S = 2.5  # a phone that was told anything is pinged at once: cut within 4 s
FAREWELL_S = 1  # for `bye` to reach the phones
GRACE_S = 1  # for requests under way; with FAREWELL_S and --drain-s under the promised 5 s
PROBE_S = 5
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME, which Python does not name
# How long a busy event loop may keep the journal's thread waiting each time that it could run. With
# Python's own 5 ms a commit beside one flooding phone took 230 ms; with this, 5 ms.
SWITCH_S = 0.0001
# Objects made between two garbage collections, and how often a collection goes deeper. What rooms
# hold lives long: scanning it all at Python's own pace held a STOP up by 200 ms at 500 rooms.
GARBAGE_AFTER = (50_000, 20, 100)


@dataclass(frozen=True, slots=True)
class Ready:
    """Where the server listens; `trust` is there with --https."""

    port: int
    trust: Trust | None = None


class Drain(Protocol):
    """The wait for hands that are on before the server ends. Once it exists, no hold begins."""

    def hands_on(self) -> int:
        """Return how many rooms are waited for; changes nothing."""

    async def wait(self) -> None:
        """Wait for them, but not for ever."""

    def end(self) -> None:
        """Wait no longer."""


log = structlog.get_logger()
Announce = Callable[[Ready], None]


def serve(settings: Settings, announce: Announce, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is called once /readyz says 200."""
    logs.set_up(settings)
    sys.setswitchinterval(SWITCH_S)
    allow_sockets()
    clock = clock or RealClock()
    app = create_app(settings, clock)
    with listen(settings.host, settings.port) as sock, contextlib.ExitStack() as held:
        if settings.journal == "sqlite":
            check_data_dir(settings.data_dir)
            held.enter_context(owning(settings.data_dir))
        https = None
        if settings.https:
            https = held.enter_context(contextlib.closing(Https(settings, clock)))
        config = _uvicorn_config(app, https)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_run(_Server(config, app, https, announce), app, sock, https))


def check_data_dir(folder: Path) -> None:
    """Make the data folder, readable by its owner only, and prove it can be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as e:
        raise ConfigError(
            f"Can't write in the folder {str(folder)!r} ({e.strerror}). Choose another with "
            "--data-dir, or give this user the right to write there."
        ) from e


def _uvicorn_config(app: FastAPI, https: Https | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ssl_context_factory=(lambda *_: https.context) if https else None,
        http=HttpConnection,
        ws=LiveConnection,
        ws_max_size=MOST_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # costs a quarter of the rate, gains nothing on small frames
        ws_ping_interval=PING_S,
        ws_ping_timeout=PONG_S,
        lifespan="off",  # entered in _run, where its errors can be told in one line
        log_config=None,
        access_log=False,
        proxy_headers=False,  # app/web/forwarded.py believes the proxies it is told of
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )


async def _run(server: _Server, app: FastAPI, sock: socket.socket, https: Https | None) -> None:
    """Open the app, serve, close it. The journal stays open until the last phone is gone."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    async with contextlib.AsyncExitStack() as open_:
        await open_.enter_async_context(app.router.lifespan_context(app))
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE_AFTER)
        await open_.enter_async_context(answering(app))
        if https is not None:
            await open_.enter_async_context(https.running(app, sock))
        await server.serve(sockets=[sock])


class _Server(uvicorn.Server):
    """uvicorn that announces when it is ready, says farewell, and exits 0 on a process signal."""

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, https: Https | None, announce: Announce
    ) -> None:
        super().__init__(config)
        self._app = app
        self._https = https
        self._announce = announce
        self._drain: Drain | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to _run: uvicorn would raise them again and exit with their code."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        shared = [sock.dup() for sock in sockets or [] for _ in range(ACCEPTED_EACH_TURN - 1)]
        await super().startup([*(sockets or []), *shared])
        for sock in sockets or []:
            host, port = sock.getsockname()[:2]
            https = self._https
            try:
                await asyncio.to_thread(_probe, host, port, https.ca if https else None)
            except AppError:
                if self.should_exit:  # told to end before it was ready, which is no fault
                    return
                raise
            self._announce(Ready(port, https.trust if https else None))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for hands that are on, say farewell while sockets are open, close them with 1012."""
        await self._wait_for_hands()
        farewell: Callable[[], Awaitable[None]] | None = getattr(self._app.state, "farewell", None)
        if farewell is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(farewell(), FAREWELL_S)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, and let no hold begin from now on. The second time, don't wait for hands either.

        Phones are told goodbye both ways.
        """
        is_asked_again = self.should_exit
        self.should_exit = True
        self._begin_to_end()
        if is_asked_again and self._drain is not None:
            self._drain.end()

    def _begin_to_end(self) -> None:
        """Begin to drain, once. Before the app is open there is nothing to drain."""
        drain: Callable[[int], Drain] | None = getattr(self._app.state, "drain", None)
        if drain is not None and self._drain is None:
            self._drain = drain(self._app.state.settings.drain_s * 1000)
            if self._drain.hands_on():
                log.warning("waiting_for_hands", rooms=self._drain.hands_on(), again="ends now")

    async def _wait_for_hands(self) -> None:
        self._begin_to_end()
        if self._drain is not None:
            await self._drain.wait()


def _probe(host: str, port: int, ca: str | None) -> None:
    """Ask /readyz as a phone would. Raises AppError when it doesn't say 200."""
    itself = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    if ca is None:
        connection = http.client.HTTPConnection(itself, port, timeout=PROBE_S)
    else:
        trusting = ssl.create_default_context(cafile=ca)
        trusting.check_hostname = False  # --host may be an address that the CA does not vouch for
        trusting.verify_flags |= NO_CHECK_TIME  # this machine's time may not be set yet
        connection = http.client.HTTPSConnection(itself, port, timeout=PROBE_S, context=trusting)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read(500).decode(errors="replace")
    except OSError as e:
        raise AppError(f"The server doesn't answer on port {port} ({e}).") from e
    finally:
        connection.close()
    if answer.status != 200:
        raise AppError(f"The server is not ready ({answer.status}): {' '.join(said.split())}")
