"""A poor mobile line below the browser, so that its live socket is as slow as all else.

A browser's own throttling leaves WebSockets alone.
"""

from __future__ import annotations

import asyncio
import contextlib

from tests.support.proxy import Wire

BYTES_PER_S = 1_600_000 / 8  # each way, all connections together
ONE_WAY_S = 0.150 / 2
AT_ONCE = 2_048  # bytes of one connection before another has its turn


class SlowLine(Wire):
    """A wire of so many bytes a second, each of which takes its time."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        # By direction: when what was put on the line before has left.
        self._free_at_s = {True: 0.0, False: 0.0}

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        await asyncio.sleep(2 * ONE_WAY_S)  # until a connection stands, there and back
        return await super()._reach()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await reader.read(AT_ONCE):
                begins_s = max(loop.time(), self._free_at_s[is_up])
                self._free_at_s[is_up] = begins_s + len(data) / BYTES_PER_S
                await asyncio.sleep(self._free_at_s[is_up] - loop.time())
                loop.call_later(ONE_WAY_S, writer.write, data)
            await asyncio.sleep(ONE_WAY_S)  # what is on its way arrives
        writer.close()
