"""A relay on bare `websockets`, with uvloop: the figure to beat. `echo` gives each its own back."""

from __future__ import annotations

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: dict[str, set[ServerConnection]] = {}


async def relay(socket: ServerConnection) -> None:
    assert socket.request is not None
    here = rooms.setdefault(socket.request.path, set())
    here.add(socket)
    try:
        async for message in socket:
            broadcast(here - {socket}, message)
    finally:
        here.remove(socket)


async def echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


async def main(answer: str) -> None:
    handler = echo if answer == "echo" else relay
    async with serve(handler, "127.0.0.1", 0, compression=None, backlog=1024) as server:
        print(f"ready: http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
