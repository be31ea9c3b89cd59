"""How big a request may be, and how one that asks for headers alone is answered.

ASGI middleware that knows no route.
"""

from __future__ import annotations

from collections import deque

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import HeadTooBig, TooBig
from app.server.problem import problem
from app.server.request import CLEAR_COOKIES, IS_OVER
from app.web.problems import problem_for

IS_HEAD = "saywhen.is_head"  # in the scope of a HEAD that is answered as a GET


def is_head(request: Request) -> bool:
    """Return whether only the headers are asked for: what is given once must not be given then."""
    return IS_HEAD in request.scope


class HeadAsGet:
    """ASGI middleware: HEAD answers as GET does, with the same headers and no body (RFC 9110)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, as a GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_no_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", IS_HEAD: True}, receive, send_no_body)


class HeadLimit:
    """ASGI middleware: a clear answer to headers that are too big; most often these are cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass all other requests through."""
        is_over = scope["type"] == "http" and IS_OVER in scope.get("extensions", {})
        if is_over and not scope["path"].startswith("/static/"):  # what the answer is drawn with
            await problem_for(Request(scope), HeadTooBig(CLEAR_COOKIES))(scope, receive, send)
            return
        await self._app(scope, receive, send)


class BodyLimit:
    """ASGI middleware: no body over `most` bytes, announced or not."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = HTTPConnection(scope).headers.get("content-length", "0")
        if not announced.isdigit() or int(announced) > self._most:
            await _too_big(scope, receive, send)
            return
        body = await _read(receive, self._most)
        if body is None:
            await _too_big(scope, receive, send)
            return
        messages = deque([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return messages.popleft() if messages else await receive()

        await self._app(scope, replay, send)


async def _read(receive: Receive, most: int) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return body


async def _too_big(scope: Scope, receive: Receive, send: Send) -> None:
    response = problem(TooBig("This is larger than anything we take (16 KiB)."))
    await response(scope, receive, send)
