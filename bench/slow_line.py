"""A poor mobile line below the browser, so that its live socket is as slow as all else.

A browser's own throttling leaves WebSockets alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

BYTES_PER_S = 1_600_000 / 8  # each way, all connections together
ONE_WAY_S = 0.150 / 2
AT_ONCE = 2_048  # bytes of one connection before another has its turn


class _Way:
    """One direction of the line. `free_at_s`: when what was put on it before has left."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._free_at_s = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(AT_ONCE):
            self._free_at_s = max(self._loop.time(), self._free_at_s) + len(data) / BYTES_PER_S
            await asyncio.sleep(self._free_at_s - self._loop.time())
            self._loop.call_later(ONE_WAY_S, writer.write, data)
        self._loop.call_later(ONE_WAY_S, writer.close)


@asynccontextmanager
async def slow_line(url: str) -> AsyncIterator[str]:
    """Open a line to the server at `url`; yields the address by which a phone uses it."""
    up, down = _Way(), _Way()
    carrying: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        both = [writer]
        try:
            await asyncio.sleep(2 * ONE_WAY_S)  # until a connection stands, there and back
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
            both.append(to_writer)
            await asyncio.gather(up.carry(reader, to_writer), down.carry(to_reader, writer))
            await asyncio.sleep(2 * ONE_WAY_S)  # what is on its way arrives
        except OSError:
            pass  # one end has hung up, so the other is told
        finally:
            for one in both:
                one.transport.abort()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(carry(reader, writer))
        carrying.add(task)
        task.add_done_callback(carrying.discard)

    port = int(url.rsplit(":", 1)[1])
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)
        await asyncio.sleep(0)  # a transport closes its socket in the loop's next turn
