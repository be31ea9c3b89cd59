"""The real server in this process, so that a test can look at what waits, or slow its journal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from app.clock import Clock
from app.config import Settings
from app.journal.directory import Directory
from app.journal.port import Journal
from app.main import create_app
from app.serve import _Server, _uvicorn_config
from app.server.listen import listen


@dataclass(frozen=True)
class Inside:
    """A server under way: its sockets are those a phone meets."""

    app: FastAPI
    server: uvicorn.Server
    url: str


@asynccontextmanager
async def serve_inside(
    store: tuple[Journal, Directory] | None = None, clock: Clock | None = None
) -> AsyncIterator[Inside]:
    """Enter and leave as the program does: by its own server, and by the signal that ends it."""
    settings = Settings(journal="memory", rooms_per_min=10_000, drain_s=0)
    app = create_app(settings, clock, store)
    server = _Server(_uvicorn_config(app), app, None, lambda _: None)
    with listen("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        async with app.router.lifespan_context(app):
            serving = asyncio.create_task(server.serve(sockets=[sock]))
            while not server.started:
                await asyncio.sleep(0.01)
            try:
                yield Inside(app, server, f"http://127.0.0.1:{port}")
            finally:
                server.handle_exit(signal.SIGTERM, None)
                await serving
