"""An outside program that knows only docs/protocol.md: two phones over real HTTP and sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

_IDS = itertools.count(1)
ANSWERS_WITHIN_S = 10


class Program:
    """One seat: beats by itself, says `seen` to alerts, remembers all it was told."""

    def __init__(self, url: str, room: str, role: str, token: str) -> None:
        self.url, self.room, self.role, self.token = url, room, role, token
        self.inbox: list[dict[str, Any]] = []
        self.visible = True
        self.is_painting = True
        self.is_beating = True
        self.close_code: int | None = None
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.socket: ClientConnection | None = None

    async def connect(self) -> Self:
        url = f"{self.url.replace('http', 'ws', 1)}/api/rooms/{self.room}/live?v=1"
        headers = {"Authorization": f"Bearer {self.token}"}
        self.socket = await connect(url, additional_headers=headers, compression=None)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._beat())]
        await self.until(lambda m: m["type"] == "state")
        return self

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.socket is not None:
            await self.socket.close()

    async def _read(self) -> None:
        assert self.socket is not None
        try:
            async for text in self.socket:
                message = json.loads(text)
                self.inbox.append(message)
                if message["type"] == "alert" and self.is_painting:
                    await self.say({"type": "seen", "alert": message["alert"]})
                self._news.set()
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code
        self._news.set()

    async def _beat(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for n in itertools.count():
                if self.is_beating:
                    await self.beat(n)
                await asyncio.sleep(0.4)

    async def beat(self, n: int = 0) -> None:
        await self.say(
            {
                "type": "beat",
                "n": n,
                "sent_ms": 1,
                "visible": self.visible,
                "sound": "on",
                "awake": True,
            }
        )

    async def say(self, message: dict[str, Any]) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(message))

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a message that was or will be told; returns the newest such."""
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            while True:
                found = [message for message in self.inbox if holds(message)]
                if found:
                    return found[-1]
                self._news.clear()
                await self._news.wait()

    async def until_state(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the newest state is such."""
        async with asyncio.timeout(60):
            while not holds(self.state):
                self._news.clear()
                await self._news.wait()
        return self.state

    async def until_phase(self, phase: str) -> dict[str, Any]:
        return await self.until_state(lambda state: state["phase"] == phase)

    @property
    def state(self) -> dict[str, Any]:
        newest: dict[str, Any] = next(m for m in reversed(self.inbox) if m["type"] == "state")
        return newest

    async def ask(self, type: str, **fields: Any) -> str:
        """Send a command and return its answer: done, or why not."""
        id = fields.pop("id", f"p{next(_IDS)}")
        await self.say({"type": type, "id": id, **fields})
        answer = await self.until(lambda m: m["type"] in ("done", "refused") and m.get("id") == id)
        return "done" if answer["type"] == "done" else str(answer["reason"])

    async def ready(self) -> str:
        return await self.ask("ready", phase_no=self.state["phase_no"])

    async def good(self) -> str:
        return await self.ask("good", phase_no=self.state["phase_no"])


async def pair(
    url: str, *, client_at: str = "", partner_at: str = "", **room: Any
) -> tuple[Program, Program]:
    """Pair two phones by link, go through the lobby and the drill; both stand before Ready.

    The room is opened at `url`; each phone may be at another server.
    """
    client_at, partner_at = client_at or url, partner_at or url
    async with httpx.AsyncClient(base_url=url) as http:
        made = (await http.post("/api/rooms", json={"role": "client", **room})).json()
    async with httpx.AsyncClient(base_url=partner_at) as http:
        key = made["invitation"]["url"].split("#")[1]
        joined = (await http.post("/api/join", json={"key": key})).json()
        client = Program(client_at, made["room"], "client", made["seat"]["token"])
        partner = Program(partner_at, joined["room"], "partner", joined["seat"]["token"])
        await client.connect()
        await partner.connect()
        assert await partner.ask("briefed") == "done"
        asked = (await http.get("/api/safety")).json()["screening"]
        answers = {question["id"]: False for question in asked["questions"]}
        screened = await http.post(
            f"/api/rooms/{made['room']}/screening",
            json={"list": asked["list"], "answers": answers, "cleared": {}},
            headers={"Authorization": f"Bearer {client.token}"},
        )
        assert screened.json()["outcome"] == "passed", screened.text
    await client.until_phase("warming_up")
    return client, partner


async def drill(client: Program, partner: Program) -> None:
    """Try the stop signal, and say that both are warm."""
    assert await client.ask("stop") == "done"
    alert = await partner.until(lambda m: m["type"] == "alert" and m["drill"])
    await client.until(lambda m: m["type"] == "fate" and m["alert"] == alert["alert"])
    assert await partner.ask("let_go", alert=alert["alert"]) == "done"
    for program in (client, partner):
        await program.until_state(lambda state: not state["todo"])
        assert await program.ready() == "done"


async def to_holding(client: Program, partner: Program) -> None:
    """Both ready, then the client's good. Each is told of the phase before it quotes it."""
    for program in (client, partner):
        await program.until_phase("positioning")
    if client.state["needs_partner"]:
        assert await partner.ready() == "done"
    assert await client.ready() == "done"
    await client.until_phase("easing_in")
    await client.until_state(lambda state: "good" in state["may"])
    assert await client.good() == "done"
    await partner.until_phase("holding")
