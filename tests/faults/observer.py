"""Two phones of one room that act as fast as people never would, and keep all they were told."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from typing import Any

from websockets.exceptions import WebSocketException

from app.core import events as e
from tests.support.program import Program

URGENT = ("stop", "ease", "pain")
ACTS = ("ready", "good", "good", "ease", "stop", "pain", "let_go", "clear", "wish", "pause")
ACTS_EVERY_S = 0.02
_IDS = itertools.count(1)


class Phone:
    """One seat over many lives of the server: a program for each life, one memory for all."""

    def __init__(self, first: Program, chance: random.Random) -> None:
        self.room, self.role, self.token = first.room, first.role, first.token
        self.program = first
        self.states: list[dict[str, Any]] = []
        self.done: set[str] = set()
        self.disk: list[e.Event] = []  # what the disk had after the last kill
        self._chance = chance
        self._open: dict[str, dict[str, Any]] = {}  # urgent taps nobody has answered
        self._acting: asyncio.Task[None] | None = None

    async def come(self, url: str, since: float) -> float:
        """Connect to this life of the server; returns the ms until the truth was there."""
        self.program = Program(url, self.room, self.role, self.token)
        await self.program.connect()
        took_ms = (time.monotonic() - since) * 1000
        for message in list(self._open.values()):
            await self.program.say(message)
        return took_ms

    def act(self) -> None:
        """Tap whatever is legal, again and again."""
        self._acting = asyncio.create_task(self._act())

    async def _act(self) -> None:
        with contextlib.suppress(WebSocketException, OSError):
            while True:
                await self._tap(self.program.state)
                await asyncio.sleep(self._chance.uniform(0, 2 * ACTS_EVERY_S))

    async def _tap(self, state: dict[str, Any]) -> None:
        legal = [act for act in ACTS if act in state["may"]]
        if not legal:
            return
        message = self._message(self._chance.choice(legal), state)
        if message["type"] in URGENT:
            self._open[message["id"]] = message
        await self.program.say(message)

    def _message(self, act: str, state: dict[str, Any]) -> dict[str, Any]:
        id = f"k{next(_IDS)}"
        stop = state["stop"] or {}
        more: dict[str, Any] = {
            "ready": {"phase_no": state["phase_no"]},
            "good": {"phase_no": state["phase_no"]},
            "pain": {"flag": id},
            "let_go": {"stop": stop.get("stop", "none")},
            "clear": {"stop": stop.get("stop", "none"), "then": "again"},
            "wish": {"next": "same"},
        }.get(act, {})
        return {"type": act, "id": id, **more}

    async def gone(self) -> None:
        """The server is dead: keep what it said, let go of the socket."""
        if self._acting is not None:
            self._acting.cancel()
        await asyncio.sleep(0)
        for message in self.program.inbox:
            if message["type"] == "state":
                self.states.append(message)
            elif message["type"] == "done":
                self.done.add(message["id"])
                self._open.pop(message["id"], None)
            elif message["type"] == "refused" and message["reason"] != "journal_down":
                self._open.pop(message["id"], None)
        await self.program.close()
