"""Who is alive: every server says so each `PULSE_MS`, and hears the others.

A server is dead after `DEAD_MS` without its pulse; after `SILENT_MS` already if it is asked and the
engine says that nobody listens there any more: its process is gone. One that is leaving counts as
dead at once. A server that does not hear its own pulse is cut off itself, and judges nobody.

Being wrong here costs nothing but time: whoever takes a room of a living server fences it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import structlog

from app.clock import Clock, Timer
from app.journal.post import NobodyThere, NotReached, Post

PULSE_MS = 250
SILENT_MS = 400
DEAD_MS = 1_500
LATE_MS = 500  # my own pulse heard so late: I am the one who is cut off, or stood still
ASKED_WITHIN_S = 0.2
SAMPLES = 8
REMEMBERED_MS = 24 * 3600_000  # the clock of a dead server, for the rooms that it leaves behind
ALIVE = "sw.alive"

log = structlog.get_logger()


class Pulse(msgspec.Struct, frozen=True):
    """What a server says of itself."""

    srv: str
    now_ms: int
    is_leaving: bool = False


@dataclass(slots=True)
class _Heard:
    """What is known of another server; `ahead` are samples of its clock minus mine (ms)."""

    at_ms: int
    is_leaving: bool = False
    is_gone: bool = False  # the engine says that nobody listens there
    is_mourned: bool = False
    ahead: deque[int] = field(default_factory=lambda: deque(maxlen=SAMPLES))


class Servers:
    """All servers of a cluster, as this one knows them."""

    def __init__(self, post: Post, clock: Clock) -> None:
        self.srv = post.srv
        self._post = post
        self._clock = clock
        self._heard: dict[str, _Heard] = {}
        self._echo_ms = self._judging_since_ms = clock.now_ms()
        self._is_leaving = False
        self._timer: Timer | None = None
        self._asking: dict[str, asyncio.Task[None]] = {}
        self.when_dead: list[Callable[[str], None]] = []
        self.when_away: list[Callable[[], None]] = []  # called while this server is cut off

    async def start(self) -> None:
        """Begin to say that this server is alive, and to hear the others."""
        await self._post.listen(ALIVE, self._hear)
        await self._post.answer(f"sw.s.{self.srv}.ping", self._here)
        self._echo_ms = self._judging_since_ms = self._clock.now_ms()
        self._beat()

    def leave(self) -> None:
        """Let the others know that this server ends: they may take its rooms at once."""
        self._is_leaving = True
        self._say()

    def stop(self) -> None:
        """Fall silent."""
        if self._timer is not None:
            self._timer.cancel()

    def away_ms(self) -> int:
        """Return for how long this server has been cut off from the others (ms); mostly 0."""
        silent_ms = self._clock.now_ms() - self._echo_ms
        return silent_ms if silent_ms > LATE_MS + PULSE_MS else 0

    def others(self) -> list[str]:
        """List the other servers that are alive, in order."""
        return sorted(srv for srv in self._heard if self.is_alive(srv))

    def has_ended(self, srv: str) -> bool:
        """Return whether a server is known to end: it has said so, or its connection is closed."""
        heard = self._heard.get(srv)
        return heard is not None and (heard.is_leaving or heard.is_gone)

    def is_alive(self, srv: str) -> bool:
        """Return whether a server may still serve its rooms; while in doubt it may."""
        if srv == self.srv:
            return True
        heard = self._heard.get(srv)
        if heard is not None and (heard.is_leaving or heard.is_gone):
            return False
        since_ms = self._judging_since_ms if heard is None else heard.at_ms
        return self._clock.now_ms() - max(since_ms, self._judging_since_ms) < DEAD_MS

    def ahead_ms(self, srv: str) -> int:
        """Return how far the clock of a server is ahead of mine (ms); 0 if it was never heard."""
        heard = self._heard.get(srv)
        return max(heard.ahead) if heard is not None and heard.ahead else 0

    def _beat(self) -> None:
        now = self._clock.now_ms()
        if now - self._echo_ms > LATE_MS:
            self._judging_since_ms = now
        if now - self._echo_ms > DEAD_MS:
            for leave in self.when_away:
                leave()
        self._say()
        for srv, heard in list(self._heard.items()):
            if now - heard.at_ms > REMEMBERED_MS:
                del self._heard[srv]
            elif not self.is_alive(srv):
                self._mourn(srv, heard)
            elif now - heard.at_ms > SILENT_MS and srv not in self._asking:
                self._asking[srv] = asyncio.ensure_future(self._ask(srv))
        self._timer = self._clock.call_at(now + PULSE_MS, self._beat)

    def _say(self) -> None:
        said = Pulse(self.srv, self._clock.now_ms(), self._is_leaving)
        self._post.send(ALIVE, msgspec.json.encode(said))

    def _hear(self, data: bytes) -> None:
        said = msgspec.json.decode(data, type=Pulse)
        now = self._clock.now_ms()
        if said.srv == self.srv:
            self._echo_ms = now
            return
        heard = self._heard.setdefault(said.srv, _Heard(now))
        heard.at_ms, heard.is_gone = now, False
        heard.ahead.append(said.now_ms - now)
        heard.is_leaving = said.is_leaving
        if said.is_leaving:
            self._mourn(said.srv, heard)
        else:
            heard.is_mourned = False

    async def _ask(self, srv: str) -> None:
        try:
            await self._post.ask(f"sw.s.{srv}.ping", b"", ASKED_WITHIN_S)
        except NobodyThere:
            heard = self._heard.get(srv)
            if heard is not None and not self.away_ms():
                heard.is_gone = True
                self._mourn(srv, heard)
        except NotReached:
            pass
        finally:
            self._asking.pop(srv, None)

    async def _here(self, _: bytes) -> bytes:
        return b"here"

    def _mourn(self, srv: str, heard: _Heard) -> None:
        """Call whoever waits for a server's death, once."""
        if heard.is_mourned:
            return
        heard.is_mourned = True
        log.warning("server_dead", srv=srv, is_leaving=heard.is_leaving)
        for tell in self.when_dead:
            tell(srv)
