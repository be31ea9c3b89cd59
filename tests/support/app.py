"""The whole app in this process, on a clock turned by hand, and HTTP to speak to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.config import Settings
from app.hub.room import Room
from app.journal.directory import Directory
from app.journal.port import Journal
from app.main import create_app
from tests.support.clock import ManualClock

ORIGIN = "http://testserver"
SAME_SITE = {"origin": ORIGIN}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@dataclass
class Served:
    """An app that runs; `http` keeps no cookies unless a test gives it some."""

    app: FastAPI
    clock: ManualClock
    http: httpx.AsyncClient

    async def start(self, role: str = "client", **more: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/rooms", json={"role": role, **more})
        assert answer.status_code == 201, answer.text
        self.http.cookies.clear()
        made: dict[str, Any] = answer.json()
        return made

    async def join(self, **how: str) -> httpx.Response:
        answer = await self.http.post("/api/join", json=how)
        self.http.cookies.clear()
        return answer

    async def ask_knock(self, knock: str) -> dict[str, Any]:
        answer = await self.http.get(f"/api/knocks/{knock}")
        self.http.cookies.clear()
        told: dict[str, Any] = answer.json()
        return told

    def room(self, id: str) -> Room:
        found: Room = self.app.state.rooms.here(id)
        return found

    async def status(self, room: str, token: str) -> int:
        """Return the status of reading a room's state with a token."""
        return (await self.http.get(f"/api/rooms/{room}", headers=bearer(token))).status_code

    async def screening(self) -> dict[str, Any]:
        """Return an answered list: no to everything."""
        asked = (await self.http.get("/api/safety")).json()["screening"]
        answers = {question["id"]: False for question in asked["questions"]}
        return {"list": asked["list"], "answers": answers, "cleared": {}}


def key_of(invitation: dict[str, Any]) -> str:
    return str(invitation["url"]).split("#")[1]


@asynccontextmanager
async def serve_app(
    store: tuple[Journal, Directory] | None = None,
    content: Path | None = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    """Run the app with its lifespan; errors come back as answers, as a server gives them."""
    clock = ManualClock()
    chosen = Settings(journal="memory", **settings)
    app = create_app(chosen, clock=clock, store=store, content=content)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http,
    ):
        yield Served(app, clock, http)
