"""Requests about a room that is another server's: that server answers them, and this one relays.

ASGI middleware that knows no route. A request is passed on once: if its room has moved again in the
meantime, the answer is 503 and the phone asks again.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Elsewhere, JournalUnavailable
from app.journal.post import NotReached, Post
from app.web.bodies import IS_HEAD
from app.web.problems import problem_for

ANSWERED_WITHIN_S = 5.0
PASSED_ON = "saywhen.passed_on"  # in the scope of a request that another server has passed on


class Asked(msgspec.Struct, frozen=True):
    """A request as the room's owner needs it."""

    method: str
    scheme: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None


class Told(msgspec.Struct, frozen=True):
    """Its answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Elsewheres:
    """The middleware, for servers that share their rooms."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through; relay what is another server's."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        try:
            await self._app(scope, _saying(body), send)
        except Elsewhere as elsewhere:
            if PASSED_ON in scope:
                await _refuse(scope, send, "The room has just moved.")
            else:
                await self._relay(scope, body, elsewhere.srv, send)

    async def _relay(self, scope: Scope, body: bytes, srv: str, send: Send) -> None:
        post: Post = scope["app"].state.post
        asked = Asked(
            method="HEAD" if IS_HEAD in scope else scope["method"],
            scheme=scope["scheme"],
            path=scope["path"],
            query=scope["query_string"],
            headers=[(k, v) for k, v in scope["headers"]],
            body=body,
            client=scope.get("client") and (scope["client"][0], scope["client"][1]),
            server=scope.get("server") and (scope["server"][0], scope["server"][1]),
        )
        data = msgspec.msgpack.encode(asked)
        try:
            answer = await post.ask(f"sw.s.{srv}.http", data, ANSWERED_WITHIN_S)
        except NotReached:
            await _refuse(scope, send, "The server that has this room does not answer.")
            return
        told = msgspec.msgpack.decode(answer, type=Told)
        start = {"type": "http.response.start", "status": told.status, "headers": told.headers}
        await send(start)
        await send({"type": "http.response.body", "body": told.body})


async def _refuse(scope: Scope, send: Send, why: str) -> None:
    await problem_for(Request(scope), JournalUnavailable(why))(scope, _saying(b""), send)


async def listen(post: Post, app: ASGIApp) -> None:
    """Answer from now on what other servers pass on; `app` is all of this server's."""

    async def answer(data: bytes) -> bytes:
        asked = msgspec.msgpack.decode(data, type=Asked)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": asked.method,
            "scheme": asked.scheme,
            "path": asked.path,
            "raw_path": asked.path.encode(),
            "root_path": "",
            "query_string": asked.query,
            "headers": asked.headers,
            "client": asked.client,
            "server": asked.server,
            PASSED_ON: True,
        }
        said: list[Message] = []

        async def send(message: Message) -> None:
            said.append(message)

        await app(scope, _saying(asked.body), send)
        body = b"".join(message.get("body", b"") for message in said[1:])
        headers = [(bytes(k), bytes(v)) for k, v in said[0]["headers"]]
        return msgspec.msgpack.encode(Told(said[0]["status"], headers, body))

    await post.answer(f"sw.s.{post.srv}.http", answer)


def _saying(body: bytes) -> Receive:
    """Return what says this body."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
