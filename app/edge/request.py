"""uvicorn's protocol for HTTP, with bounds: each request is here in full in time, or gives way.

Knows bytes and requests, nothing of what they ask.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_WITHIN_S = 10.0  # a request, its body included
HEAD_BYTES = 32 * 1024
AHEAD = 4  # requests that wait for the answers before theirs: browsers send none
UNFINISHED_EACH = 256  # for one address: a class of 30 rooms behind one door starts 60 at once


class HttpConnection(HttpToolsProtocol):
    """Requests: each is here in full within 10 s, or its connection ends."""

    _unfinished: ClassVar[dict[str, dict[HttpConnection, None]]] = {}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._deadline: asyncio.TimerHandle | None = None
        self._has_head = False
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._begin()
        super().data_received(data)
        if self._deadline is None or self._has_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's headers are too long.")

    def on_message_begin(self) -> None:
        """Go on; what is raised here ends the parsing and is answered 400."""
        if len(self.pipeline) >= AHEAD:
            raise ValueError("too many requests ahead of their answers")
        self._begin()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._has_head = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._finish()
        super().on_message_complete()

    def _begin(self) -> None:
        """Start to wait for a request; of too many the one that takes longest gives way."""
        if self._deadline is not None:
            return
        self._deadline = self.loop.call_later(REQUEST_WITHIN_S, self.transport.close)
        same = self._unfinished.setdefault(self._address, {})
        same[self] = None
        if len(same) > UNFINISHED_EACH:
            next(iter(same)).give_way()

    def give_way(self) -> None:
        """Close, and be forgotten at once."""
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
