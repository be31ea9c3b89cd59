"""A TCP proxy between one phone and the server; its wire is stalled, cut or slowed on cue."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BREATH_S = 0.004


class Wire:
    """What the proxy does with bytes. `stall` swallows nothing: they wait until `go_on`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = ""
        self.delay_s = 0.0
        self.bite = 65_536  # bytes passed on at a time, with a breath after each smaller one
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self.is_refusing = False

    def stall(self) -> None:
        """Let no byte through, either way; the connections stay open."""
        self._flows.clear()

    def go_on(self) -> None:
        """Let bytes through again."""
        self._flows.set()

    def slow(self) -> None:
        """Let every byte take 300 ms."""
        self.delay_s = 0.3

    def dribble(self) -> None:
        """Let bytes come in small bites, about 4 KB a second."""
        self.bite = 16

    def reset(self) -> None:
        """Reset all connections."""
        for writer in list(self._writers):
            writer.transport.abort()

    def lose(self) -> None:
        """Lose what is on its way a moment from now, in a reset."""
        self.slow()
        asyncio.get_running_loop().call_later(0.25, self.reset)

    def cut(self) -> None:
        """Reset all connections and refuse new ones."""
        self.is_refusing = True
        self.reset()

    def mend(self) -> None:
        """Take connections again, as quick as can be."""
        self.is_refusing, self.delay_s, self.bite = False, 0.0, 65_536

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            if not self.is_refusing:
                there = await self._reach()
                self._writers.add(there[1])
                up = self._pump(reader, there[1], is_up=True)
                await asyncio.gather(up, self._pump(there[0], writer, is_up=False))
        writer.transport.abort()
        self._serving.discard(task)

    async def end(self) -> None:
        """Carry nothing any more, and leave no connection open."""
        self.cut()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        self.reset()
        await asyncio.sleep(0)  # a transport closes its socket in the loop's next turn

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(self.bite):
                await self._flows.wait()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                writer.write(data)
                await writer.drain()
                if len(data) == self.bite:
                    await asyncio.sleep(BREATH_S)
        writer.transport.abort()


@asynccontextmanager
async def wire_to(url: str, kind: type[Wire] = Wire) -> AsyncIterator[Wire]:
    """Open a wire of one phone to the server at `url`; its own address is in `url`."""
    wire = kind(int(url.rsplit(":", 1)[1]))
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        await wire.end()
