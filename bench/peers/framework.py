"""The same relay as a Starlette websocket endpoint on uvicorn, as most apps would write it."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

rooms: dict[str, set[WebSocket]] = {}


async def relay(phone: WebSocket) -> None:
    await phone.accept()
    here = rooms.setdefault(phone.url.path, set())
    here.add(phone)
    try:
        while True:
            message = await phone.receive_text()
            for other in here - {phone}:
                await other.send_text(message)
    except WebSocketDisconnect:
        pass
    finally:
        here.remove(phone)


def main() -> None:
    app = Starlette(routes=[WebSocketRoute("/{room:path}", relay)])
    config = uvicorn.Config(
        app, ws="websockets-sansio", loop="uvloop", ws_per_message_deflate=False, log_config=None
    )
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        print(f"ready: http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(uvicorn.Server(config).serve(sockets=[listening]))


if __name__ == "__main__":
    main()
