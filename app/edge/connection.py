"""uvicorn's two protocols, with bounds: no phone's bytes take more than their turn, space or time.

Measured without: one phone that sends beats as fast as it can holds up another room's STOP by
0.7 s, one that sends pings by more than 10 s. Knows bytes and frames, nothing of what they say.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

BITE_BYTES = 512  # parsed in one turn of the event loop: about 5 messages, or 85 empty frames
UNSENT_BYTES = 4 * 1024  # a state and an alert; with the kernel's 16 KiB all that stands in line
STRAYS = 64  # frames that are no message, between two of our pings
TOO_MANY, NOT_UTF8 = 1008, 1007
FAREWELL_S = 2.0  # for a phone to answer our close frame

REQUEST_WITHIN_S = 10.0  # a request, its body included
HEAD_BYTES = 32 * 1024
AHEAD = 4  # requests that wait for the answers before theirs: browsers send none
UNFINISHED_EACH = 256  # for one address: a class of 30 rooms behind one door starts 60 at once


class LiveConnection(WebSocketsSansIOProtocol):
    """A phone's live socket: read in bites, written no faster than it is taken."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.close_timeout = FAREWELL_S
        self._unread = bytearray()
        self._has_turn = False
        self._strays = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=UNSENT_BYTES, low=0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread.clear()
        super().connection_lost(exc)

    # Reading: a bite a turn, and none while the app still has something to deal with

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._has_turn:
            self._bite()

    def _bite(self) -> None:
        self._has_turn = False
        if self.transport.is_closing():
            self._unread.clear()
            return
        bite = bytes(self._unread[:BITE_BYTES])
        del self._unread[:BITE_BYTES]
        super().data_received(bite)
        self._take_turn()

    def _take_turn(self) -> None:
        if self.transport.is_closing() or self.read_paused or self._has_turn:
            return
        if self._unread:
            self.transport.pause_reading()
            self._has_turn = True
            self.loop.call_soon(self._bite)
        else:
            self.transport.resume_reading()

    async def receive(self) -> Any:
        event = await super().receive()
        self._take_turn()
        return event

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self._unread:
            self._take_turn()

    # Frames that are no message: pings, fragments, pongs that nobody asked for

    def handle_ping(self) -> None:
        """Answer, unless what was answered before still waits to be taken."""
        answer = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(answer)
        self._stray()

    def handle_pong(self, event: Any) -> None:
        awaited = self.pending_ping_payload
        super().handle_pong(event)
        if awaited is not None and self.pending_ping_payload is None:
            self._strays = 0
        else:
            self._stray()

    def handle_text(self, event: Any) -> None:
        super().handle_text(event)
        self._fragment(event)

    def handle_bytes(self, event: Any) -> None:
        super().handle_bytes(event)
        self._fragment(event)

    def handle_cont(self, event: Any) -> None:
        super().handle_cont(event)
        self._fragment(event)

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message on; uvicorn would log each that is no UTF-8 as an error."""
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self._fail(NOT_UTF8, "not UTF-8")
        else:
            super().send_receive_event_to_app()

    def _fragment(self, event: Any) -> None:
        if not event.fin:
            self._stray()

    def _stray(self) -> None:
        self._strays += 1
        if self._strays == STRAYS:
            self._fail(TOO_MANY, "too many frames")

    def _fail(self, code: int, reason: str) -> None:
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def keepalive_timeout(self) -> None:
        """Let go: nobody reads there, and a close frame would only wait with the rest."""
        self.transport.abort()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


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
