"""uvicorn's protocol for HTTP, with bounds: a request arrives whole in time, or is cut off.

Headers over 32 KiB or 100 lines are marked: they get a clear answer and never become a socket. Over
64 KiB the answer comes from here. Headers that are let through fit the handshake of a live socket
too. Knows bytes and requests, nothing of what they ask.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.errors import HeadTooBig
from app.server.problem import problem
from app.server.turns import Turns

REQUEST_WITHIN_S = 10.0  # a request, its body included
HEAD_BYTES = 32 * 1024  # accepted; 50 seats are 3 KiB, and browsers hold 180 cookies at most
HEAD_LINES = 100
HEAD_BYTES_READ = 2 * HEAD_BYTES
IS_OVER = "saywhen.head_is_too_big"  # in the extensions of a scope; web/bodies.py answers
CLEAR_COOKIES = "The headers are too big: clear the cookies that this browser has for this address."
LINGERS_S = 1.0  # reads on after the last answer: a reset would destroy it on its way
AHEAD = 4  # requests that wait for earlier answers: browsers send none
HANDS_ON = b"hands=on"  # in the query of a live socket
UNFINISHED_EACH = 256  # for one address: a class of 30 rooms behind one door starts 60 at once


def _too_big() -> bytes:
    told = problem(HeadTooBig(CLEAR_COOKIES))
    told.headers["connection"] = "close"
    head = b"".join(b"%b: %b\r\n" % pair for pair in told.raw_headers)
    return b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + head + b"\r\n" + bytes(told.body)


TOO_BIG = _too_big()


class HttpConnection(HttpToolsProtocol):
    """Requests: each is here in full within 10 s, or its connection ends."""

    _unfinished: ClassVar[dict[str, dict[HttpConnection, None]]] = {}
    _turns: ClassVar[WeakKeyDictionary[ServerState, Turns]] = WeakKeyDictionary()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._deadline: asyncio.TimerHandle | None = None
        self._has_head = False
        self._head_bytes = 0
        self._bytes = self._lines = 0
        self._is_over = False
        self._is_lingering = False
        self._early: bytearray | None = None  # what comes before a handshake's turn

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_lingering:
            return
        if self._early is not None:
            self._wait_on(data)
            return
        self._begin()
        super().data_received(data)
        if self._deadline is None or self._has_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_READ and not self.transport.is_closing():
            self._is_over = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Go on; what is raised here ends the parsing and is answered with 400."""
        if len(self.pipeline) >= AHEAD:
            raise ValueError("too many requests ahead of their answers")
        self._begin()
        self._bytes = self._lines = 0
        self._is_over = False
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url), 0)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value), 1)

    def _count(self, size: int, lines: int) -> None:
        self._bytes += size
        self._lines += lines
        self._is_over = self._bytes > HEAD_BYTES or self._lines > HEAD_LINES
        if self._bytes > HEAD_BYTES_READ or self._lines > 2 * HEAD_LINES:
            raise ValueError("too many headers to read")

    def on_headers_complete(self) -> None:
        self._has_head = True
        if self._is_over:
            self.scope["extensions"] = {IS_OVER: {}}
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Have the handshake answered when its turn comes."""
        self._early = bytearray()
        turns = self._turns.get(self.server_state)
        if turns is None:
            turns = self._turns[self.server_state] = Turns()
        turns.join(self._upgrade, is_hands_on=HANDS_ON in self.url.partition(b"?")[2].split(b"&"))

    def _upgrade(self) -> None:
        early, self._early = self._early, None
        if self.transport.is_closing():
            return
        super().handle_websocket_upgrade()
        if early:
            cast(asyncio.Protocol, self.transport.get_protocol()).data_received(bytes(early))

    def _wait_on(self, data: bytes) -> None:
        """Keep a little of what comes before the answer; no phone sends anything so early."""
        assert self._early is not None
        self._early += data
        if len(self._early) > HEAD_BYTES:
            self.transport.abort()

    def _should_upgrade(self) -> bool:
        return not self._is_over and super()._should_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: whoever asks gets an answer."""

    def send_400_response(self, msg: str) -> None:
        """Answer what can't be parsed. For too many headers say what to do, and read on a while."""
        if not self._is_over:
            super().send_400_response(msg)
        elif not self._is_lingering:
            self._is_lingering = True
            self.transport.write(TOO_BIG)
            self.loop.call_later(LINGERS_S, self.transport.close)

    def on_message_complete(self) -> None:
        self._finish()
        super().on_message_complete()

    def _begin(self) -> None:
        """Start to wait for a request; if there are too many, the slowest is closed."""
        if self._deadline is not None:
            return
        self._deadline = self.loop.call_later(REQUEST_WITHIN_S, self.transport.close)
        same = self._unfinished.setdefault(self._address, {})
        same[self] = None
        if len(same) > UNFINISHED_EACH:
            next(iter(same)).give_way()

    def give_way(self) -> None:
        """Close the connection and forget it at once."""
        self._finish()
        self.transport.abort()

    def _finish(self) -> None:
        self._has_head, self._head_bytes = False, 0
        if self._deadline is None:
            return
        self._deadline.cancel()
        self._deadline = None
        same = self._unfinished[self._address]
        del same[self]
        if not same:
            del self._unfinished[self._address]

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""
