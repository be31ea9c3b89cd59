"""What `serve --https` adds: a certificate that renews itself, and the plain page beside it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
import uvicorn
from fastapi import FastAPI

from app.clock import Clock, Timer, calendar_ms
from app.config import Settings
from app.errors import AppError
from app.https import addresses
from app.https.certificates import fingerprint
from app.https.keeper import Keeper, context_of
from app.server.listen import listen
from app.server.request import HttpConnection
from app.web.trust import create_trust_app

LOOKS_EVERY_MS = 60_000  # a laptop changes its Wi-Fi, and so its address
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trust:
    """What a person at this machine has to know: the page's port, fingerprint, names covered."""

    port: int
    fingerprint: str
    names: tuple[str, ...]
    is_new: bool = False  # phones that trusted the CA before it have to trust this one


class Https:
    """The certificate of a running server. Raises ConfigError where there can be none."""

    def __init__(
        self, settings: Settings, clock: Clock, calendar: Callable[[], int] = calendar_ms
    ) -> None:
        self._settings, self._clock, self._calendar_ms = settings, clock, calendar
        self._keeper = Keeper(settings.data_dir / "https", addresses.machine())
        self._renewed()
        self.context = context_of(self._keeper)
        self._sock = listen(settings.host, settings.trust_port)
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Close the plain page's socket."""
        self._sock.close()

    @property
    def trust(self) -> Trust:
        """Return what the person at this machine has to know."""
        port = self._sock.getsockname()[1]
        keeper = self._keeper
        names = tuple(keeper.served())
        return Trust(port, fingerprint(keeper.ca.read_bytes()), names, keeper.has_new_ca)

    @property
    def ca(self) -> str:
        """The file with the CA's certificate, by which our own probe trusts the server."""
        return str(self._keeper.ca)

    @asynccontextmanager
    async def running(self, app: FastAPI, sock: socket.socket) -> AsyncIterator[None]:
        """Serve the plain page beside the app at `sock`, and renew what is due."""
        render = app.state.render
        page = create_trust_app(self._settings, render, self._keeper, sock.getsockname()[1])
        config = uvicorn.Config(
            page, http=HttpConnection, ws="none", lifespan="off", log_config=None,
            access_log=False, proxy_headers=False, server_header=False,
        )  # fmt: skip
        server = _Plain(config)
        serving = asyncio.ensure_future(server.serve(sockets=[self._sock]))
        self._wait()
        try:
            yield
        finally:
            if self._timer is not None:
                self._timer.cancel()
            server.should_exit = True
            await serving

    def _wait(self) -> None:
        self._timer = self._clock.call_at(self._clock.now_ms() + LOOKS_EVERY_MS, self._look)

    def _look(self) -> None:
        self._task = asyncio.ensure_future(self._renew())

    async def _renew(self) -> None:
        """Renew the certificate. Open connections go on with the one they began with."""
        try:
            trusted = self.trust.fingerprint
            if await asyncio.to_thread(self._renewed):
                self._keeper.load_into(self.context)
                log.info("certificate_renewed", names=self._keeper.served())
            if self.trust.fingerprint != trusted:
                now = {"fingerprint": self.trust.fingerprint, "page_at_port": self.trust.port}
                log.warning("ca_changed", do="each phone has to trust it, as once before", **now)
        except (AppError, OSError, ValueError) as error:
            log.warning("certificate_not_renewed", error=str(error))
        finally:
            self._wait()

    def _renewed(self) -> bool:
        return self._keeper.renew(addresses.names(), self._calendar_ms())


class _Plain(uvicorn.Server):
    """uvicorn that ignores process signals: the main server ends both."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield
