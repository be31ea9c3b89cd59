"""One phone that sends as fast as the server takes it, and reads whatever comes."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

from tests.faults.raw import (
    BEAT,
    CLOSE,
    CONTINUED,
    PING,
    PONG,
    TEXT,
    Raw,
    frame,
    message,
    start,
    tcp,
)

BACK_AFTER_S = 0.05
CHUNK_BYTES = 16 * 1024
Chunks = Callable[[], Iterator[bytes]]


def over_and_over(one: bytes) -> Chunks:
    return lambda: itertools.repeat(one * (CHUNK_BYTES // len(one)))


def new_stops() -> Iterator[bytes]:
    for n in itertools.count(0, 200):
        yield b"".join(message(type="stop", id=f"f{n + i}") for i in range(200))


def empty_fragments() -> Iterator[bytes]:
    yield frame(b"{", TEXT, is_last=False)
    yield from over_and_over(frame(b"", CONTINUED, is_last=False))()


FLOODS: dict[str, Chunks] = {
    "valid beats": over_and_over(BEAT),
    "the same STOP": over_and_over(message(type="stop", id="same")),
    "new STOPs": new_stops,
    "malformed JSON": over_and_over(frame(b"{")),
    "empty text": over_and_over(frame(b"")),
    "pings": over_and_over(frame(b"", PING)),
    "pongs": over_and_over(frame(b"", PONG)),
    "empty fragments": empty_fragments,
    "commands not allowed": over_and_over(message(type="pause", id="same")),
}


class Flood:
    """Comes back soon after it is sent away; `codes` are those of the server's close frames."""

    def __init__(self, url: str, chunks: Chunks) -> None:
        self.url, self.chunks = url, chunks
        self.sent_bytes = 0
        self.codes: set[int] = set()

    async def run(self) -> None:
        room, token = await start(self.url)
        while True:
            raw = await Raw.opened(self.url, room, token)
            with contextlib.closing(raw.sock), contextlib.suppress(OSError):
                await self._flood(raw)
            await asyncio.sleep(BACK_AFTER_S)

    async def _flood(self, raw: Raw) -> None:
        reading = asyncio.create_task(self._read(raw))
        try:
            for chunk in self.chunks():
                if reading.done():
                    return
                await raw.send(chunk)
                self.sent_bytes += len(chunk)
                await asyncio.sleep(0)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, raw: Raw) -> None:
        while data := await raw.read_some():
            raw.unread += data
            for opcode, payload in raw.frames():
                if opcode == CLOSE:
                    self.codes.add(int.from_bytes(payload[:2], "big"))
                    return


async def pipeline(url: str) -> None:
    """Send HTTP requests on one connection as fast as they are taken, for ever."""
    request = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    loop = asyncio.get_running_loop()
    while True:
        sock = await tcp(url)
        with contextlib.closing(sock), contextlib.suppress(OSError):
            await loop.sock_sendall(sock, request * 400)
            while await loop.sock_recv(sock, CHUNK_BYTES):
                await loop.sock_sendall(sock, request * 400)
        await asyncio.sleep(BACK_AFTER_S)


@asynccontextmanager
async def under_way(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let it run beside something else."""
    task = asyncio.create_task(work)
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
