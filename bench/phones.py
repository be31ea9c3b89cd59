"""Phones so light that they are not what is measured: bare sockets that note when an alert came."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Self
from urllib.parse import urlsplit

from tests.faults.raw import GOOD_BEAT, PING, PONG, TEXT, frame, handshake, message
from tests.support.program import drill, pair

BEAT_EVERY_S = 1.0
ANSWERS_WITHIN_S = 20.0


class Phone(asyncio.Protocol):
    """One seat: answers pings, says `seen`, beats."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        self._unread = b""
        self._has_head = False
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._transport: asyncio.Transport | None = None
        self._beats: asyncio.Task[None] | None = None

    @classmethod
    async def connected(cls, url: str, room: str, token: str) -> Self:
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        assert parts.hostname is not None and parts.port is not None
        _, phone = await loop.create_connection(cls, parts.hostname, parts.port)
        phone.write(handshake(url, room, token))
        await phone.until("head")
        phone._beats = asyncio.create_task(phone._beat())
        return phone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._unread += data
        if not self._has_head:
            head, end, self._unread = self._unread.partition(b"\r\n\r\n")
            if not end:
                self._unread = head
                return
            self._has_head = True
            self._note("head", now)
        while (told := self._take()) is not None:
            opcode, payload = told
            if opcode == PING:
                self.write(frame(payload, PONG))
            elif opcode == TEXT:
                self._read(payload, now)

    def _take(self) -> tuple[int, bytes] | None:
        """Take one whole frame; a server's are unmasked and shorter than 64 KiB."""
        if len(self._unread) < 4:
            return None
        size, at = self._unread[1], 2
        if size == 126:
            size, at = int.from_bytes(self._unread[2:4], "big"), 4
        if len(self._unread) < at + size:
            return None
        opcode, payload = self._unread[0] & 0x0F, self._unread[at : at + size]
        self._unread = self._unread[at + size :]
        return opcode, payload

    def _read(self, payload: bytes, now: float) -> None:
        if payload.startswith(b'{"type":"alert"'):
            name = json.loads(payload)["alert"]
            self._note(name, now)
            self.write(message(type="seen", alert=name))
        elif payload.startswith(b'{"type":"done"'):
            self._note(json.loads(payload)["id"], now)

    def _note(self, what: str, now: float) -> None:
        self.came.setdefault(what, now)
        waiting = self._waiting.pop(what, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def until(self, what: str) -> float:
        """Wait until that alert, or the answer to that command, came; returns when."""
        if what not in self.came:
            self._waiting[what] = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await self._waiting[what]
        return self.came.pop(what)

    async def _beat(self) -> None:
        while True:
            self.write(message(**GOOD_BEAT))
            await asyncio.sleep(BEAT_EVERY_S)

    def rest(self) -> None:
        """Beat no more."""
        if self._beats is not None:
            self._beats.cancel()

    def close(self) -> None:
        self.rest()
        if self._transport is not None:
            self._transport.abort()


class Pair:
    """Two phones of a room; `stop_ms` times one STOP from sent to received."""

    def __init__(self, client: Phone, partner: Phone) -> None:
        self.client, self.partner = client, partner
        self._n = 0

    @classmethod
    async def in_session(cls, url: str) -> Self:
        """Go through lobby and drill, then hand both seats over to light phones."""
        programs = await pair(url)
        await drill(*programs)
        seats = [(one.room, one.token) for one in programs]
        await asyncio.gather(*(one.close() for one in programs))
        return cls(*[await Phone.connected(url, *seat) for seat in seats])

    @classmethod
    async def relayed(cls, url: str, room: str) -> Self:
        """Meet on the relay that does the same work: bench/peers/same_work.py."""
        return cls(*[await Phone.connected(url, room, seat) for seat in ("client", "partner")])

    async def stop_ms(self) -> float:
        """STOP, and wait for the alert alone."""
        self._n += 1
        id = f"b{self._n}"
        told = json.dumps({"type": "stop", "id": id}, separators=(",", ":")).encode()
        sent = time.perf_counter()
        self.client.write(frame(told))
        return (await self.partner.until(f"client:{id}") - sent) * 1000

    async def done(self) -> None:
        """Wait for the answer to the newest STOP."""
        await self.client.until(f"b{self._n}")

    def close(self) -> None:
        self.client.close()
        self.partner.close()
