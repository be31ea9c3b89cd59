"""The only wiring: what every part gets, and what opens and closes with the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from app.clock import Clock, RealClock, pass_ms
from app.config import ASSETS, Settings
from app.content.library import load_library
from app.errors import ConfigError
from app.hub.cluster import Cluster
from app.hub.lag import Lag
from app.hub.rooms import Rooms
from app.hub.servers import DEAD_MS, Servers
from app.journal.directory import Directory
from app.journal.memory import MemoryStore
from app.journal.nats import NatsJournal
from app.journal.nats_directory import NatsDirectory
from app.journal.nats_engine import Engine
from app.journal.nats_post import NatsPost
from app.journal.port import Journal
from app.journal.sqlite import SqliteStore
from app.live.far import Far
from app.live.socket import LiveSocket
from app.pairing.seats import Seats
from app.pairing.started import Starts
from app.pairing.swap import Swaps
from app.screen.render import Render
from app.web import (
    api,
    elsewhere,
    homescreen,
    keeps,
    leaflets,
    limits,
    middleware,
    pages,
    problems,
    public,
    start,
    summary,
    swap,
)
from app.web.cookies import SeatCookies
from app.web.metrics import Metrics

ROUTERS = (
    api.router,
    swap.router,
    summary.router,
    public.router,
    public.health,
    start.router,
    leaflets.router,
    keeps.router,
    homescreen.router,
    pages.router,
)


def create_app(
    settings: Settings,
    clock: Clock | None = None,
    store: tuple[Journal, Directory] | None = None,
    content: Path | None = None,
) -> FastAPI:
    """Build the app. Broken content raises ContentError here, a bad journal when it starts."""
    clock = clock or RealClock()
    library = load_library(content or ASSETS / "content")
    app = FastAPI(title="Say When", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.clock = clock
    app.state.library = library
    app.state.store = store
    app.state.render = Render(ASSETS, library, has_imprint=bool(settings.imprint))
    app.state.metrics = Metrics()
    app.state.limits = limits.Limits(clock, settings)
    app.router.routes.append(WebSocketRoute("/api/rooms/{room}/live", LiveSocket()))
    for router in ROUTERS:
        app.include_router(router)
    if settings.engine:
        app.add_middleware(elsewhere.Elsewheres)
    problems.install(app)
    middleware.install(app)
    app.add_middleware(SeatCookies)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    journal, directory = state.store or await _open_store(state.settings, state.clock)
    rooms = Rooms(journal, state.clock, state.library, state.metrics)
    state.journal, state.directory, state.rooms = journal, directory, rooms
    state.seats = Seats(rooms, directory, state.clock, state.settings, state.library.words)
    state.starts = Starts(rooms, directory, state.clock)
    state.swaps = Swaps(rooms, directory, state.seats, state.clock)
    state.drain, state.farewell = rooms.drain, rooms.close
    state.metrics.watch(rooms)
    if isinstance(journal, NatsJournal):
        await _share(app, rooms, journal)
    else:
        await rooms.recover()
    lag = Lag(state.clock, state.metrics.late)
    lag.watch()
    try:
        yield
    finally:
        lag.end()
        await rooms.close()
        await journal.close()


async def _share(app: FastAPI, rooms: Rooms, journal: NatsJournal) -> None:
    """Share the rooms of an engine with other servers."""
    state = app.state
    post = state.post = NatsPost(journal.engine)
    servers = Servers(post, state.clock)
    cluster = Cluster(rooms, journal, post, servers, state.clock)
    state.far = Far(app, post, servers, state.clock)

    async def farewell() -> None:
        servers.leave()
        cluster.stop()
        await rooms.close()
        servers.stop()

    state.farewell = farewell
    await elsewhere.listen(post, app)
    await state.far.start()
    await cluster.start()
    await pass_ms(state.clock, DEAD_MS)  # then it has heard everybody who is alive
    cluster.sweep_later()


async def _open_store(settings: Settings, clock: Clock) -> tuple[Journal, Directory]:
    if settings.journal == "memory":
        memory = MemoryStore()
        return memory, memory
    if settings.engine and not settings.i_accept_loss:
        raise ConfigError(
            "Several servers on one engine are not proved yet, and nobody looks whether the engine "
            "writes through and encrypts. To try it all the same, say --i-accept-loss."
        )
    if settings.engine:
        engine = await Engine.open(settings.engine, is_loss_accepted=settings.i_accept_loss)
        shared = await NatsDirectory.make(engine, clock)
        return await NatsJournal.make(engine, shared), shared
    store = await asyncio.to_thread(SqliteStore.open, settings.data_dir / "saywhen.db")
    return store, store
