"""A phone's live socket on uvicorn's protocol: reads in bites, writes no faster than a phone reads.

Once its phone is attached, messages go straight to it and frames straight to the kernel, with no
queue or task between: a beat costs half as much, and an alert waits for nobody. The app has then
returned, and all that served it and the handshake is let go: a room takes less than half the
memory. Knows bytes and frames, nothing of what they say.

Measured without the bites: one phone that sends beats as fast as it can delays another room's STOP
by 0.7 s; one that sends pings, by more than 10 s.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from typing import Any, Protocol

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State
from websockets.streams import StreamReader

try:
    from websockets.speedups import apply_mask
except ImportError:  # no wheel for this machine
    from websockets.utils import apply_mask

EXTENSION = "saywhen.live"  # where the app finds the connection in its ASGI scope
BITE_BYTES = 512  # parsed in one turn of the event loop: about 5 messages, or 85 empty frames
UNSENT_BYTES = 4 * 1024  # a state and an alert; with the kernel's 16 KiB all that can wait
UNPROVEN_BYTES = 2 * 1024  # after a state or two a phone has to prove that it reads
STRAYS = 64  # frames that are no message, between two of our pings
TOO_MANY, NOT_UTF8 = 1008, 1007
FAREWELL_S = 2.0  # for a phone to answer our close frame
READS_ON_S = 0.25  # after the answer to our ping is overdue
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Phone(Protocol):
    """Who deals with the messages of one connection."""

    def read(self, text: str | None) -> float:
        """Deal with one message, None for a binary one; return how long to read no more (s)."""

    def flush(self) -> None:
        """Send what waits: there is room again."""

    def leave(self) -> None:
        """Forget the connection: it ends."""


class _Ending:
    """What uvicorn has for its queue once the app has returned.

    It reports each way in which a connection can end there, some of them twice.
    """

    __slots__ = ("_phone",)

    def __init__(self, phone: Phone) -> None:
        self._phone: Phone | None = phone

    def put_nowait(self, event: object) -> None:
        """Have the phone leave, once; whatever comes is an end."""
        phone, self._phone = self._phone, None
        if phone is not None:
            phone.leave()


# What uvicorn has for its event once the app has returned: nobody waits for it any more.
_WRITABLE = asyncio.Event()
_WRITABLE.set()


class _Reader(StreamReader):
    """What the parser reads from; knows whether it stands between two frames."""

    is_between = False

    def at_eof(self) -> Generator[None, None, bool]:
        """Wait for the first byte of a frame: the parser asks for nothing else in this way."""
        self.is_between = True
        is_over = yield from super().at_eof()
        self.is_between = False
        return is_over


class LiveConnection(WebSocketsSansIOProtocol):
    """A phone's live socket."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.close_timeout = FAREWELL_S
        self._phone: Phone | None = None
        self._fd: int | None = None
        self._is_full = False
        self._unread = bytearray()
        self._has_turn = False
        self._rest_s = 0.0
        self._is_fragmented = False
        self._strays = 0
        self.told_bytes = 0
        self._proven_bytes = 0
        self.conn.reader = self._reader = _Reader()
        self.conn.parser = self.conn.parse()  # it has to begin anew to read from there
        next(self.conn.parser)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=UNSENT_BYTES, low=0)
        if transport.get_extra_info("sslcontext") is None:
            self._fd = transport.get_extra_info("socket").fileno()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread.clear()
        self._phone = self._fd = None
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Go on, and answer a handshake that can't be parsed too: uvicorn would keep silent."""
        super().handle_events()
        if self.conn.handshake_exc and not self.handshake_initiated and not self.close_sent:
            self.close_sent = self.handshake_complete = True
            self.transport.write(BAD_REQUEST)
            self.transport.close()

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]

    async def run_asgi(self) -> None:
        """Run the app until it returns; if it has attached a phone, the connection stays."""
        is_served = False
        try:
            await self.app(self.scope, self.receive, self.send)
            is_served = self._is_detached
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
        if not self.handshake_complete and not self.transport.is_closing():
            self.send_500_response()
        if is_served:
            del self.scope
        elif self.close_timer is None:
            self.transport.close()

    # The phone

    def attach(self, phone: Phone) -> None:
        """Hand every message to this phone, those that came before too, and the end.

        The app has nothing to wait for any more, and returns.
        """
        came, self.queue = self.queue, _Ending(phone)  # type: ignore[assignment]
        self.writable = _WRITABLE
        self.request = self.response = None  # type: ignore[assignment]
        self._phone = phone
        while not came.empty():
            event = came.get_nowait()
            if event["type"] == "websocket.receive":
                self._rest_s += phone.read(event.get("text"))
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()
            self._take_turn()

    @property
    def _is_detached(self) -> bool:
        return isinstance(self.queue, _Ending)

    @property
    def is_writable(self) -> bool:
        """Whether all that was written before has been taken."""
        return not (self._is_full or self.close_sent or self.transport.is_closing())

    def pause_writing(self) -> None:
        self._is_full = True
        self.loop.call_soon(self._ask_for_proof)  # whatever it says that it has read
        if not self._is_detached:
            super().pause_writing()

    def resume_writing(self) -> None:
        self._is_full = False
        super().resume_writing()
        if self._phone is not None:
            self._phone.flush()

    def end(self, code: int) -> None:
        """Send a close frame, while writable; the phone has `FAREWELL_S` to answer it."""
        if self.conn.state is not State.OPEN:
            return  # a broken frame behind the message that asks for this ends it already
        self.conn.send_close(code)
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_timer = self.loop.call_later(FAREWELL_S, self.transport.close)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})

    def cut(self) -> None:
        """End at once: nothing more can be said here."""
        self.transport.abort()

    def write(self, frames: bytes) -> None:
        """Send frames when this turn of the event loop ends; who is told much must answer."""
        self.told_bytes += len(frames)
        self.transport.write(frames)
        if self.told_bytes - self._proven_bytes > UNPROVEN_BYTES:
            self._ask_for_proof()

    def write_now(self, frame: bytes) -> None:
        """Send a frame before anything else, unless older ones still wait."""
        if self._fd is None or self.transport.get_write_buffer_size():
            self.write(frame)
            return
        self.told_bytes += len(frame)
        try:
            sent = os.write(self._fd, frame)
        except OSError:  # full, or gone: the transport finds out which
            sent = 0
        if sent < len(frame):
            self.transport.write(frame[sent:])

    def prove(self, told_bytes: int) -> None:
        """Note that the phone has read so many of the bytes that it was told."""
        self._proven_bytes = max(self._proven_bytes, told_bytes)

    def _ask_for_proof(self) -> None:
        """Ping now instead of at the next interval: only a phone that reads can answer."""
        if self.pending_ping_payload is not None:
            return
        if self.ping_timer is not None:
            self.ping_timer.cancel()
        self.send_keepalive_ping()

    # Reading: one bite a turn, and none while the app still has something to deal with

    def data_received(self, data: bytes) -> None:
        if self._unread or self._has_turn or len(data) > BITE_BYTES:
            self._unread += data
            if not self._has_turn:
                self._bite()
        elif self._phone is not None and self._is_short_text(data):
            self._read_short_text(self._phone, data)
            self._take_turn()
        else:
            self._parse(data)
            self._take_turn()

    def _parse(self, data: bytes) -> None:
        """Have it parsed; whole frames count, though a broken one came behind them in one read."""
        self.conn.receive_data(data)
        self.handle_events()
        if self.conn.parser_exc is None:
            return
        if self.conn.close_sent is None:  # a broken frame right behind the handshake
            self.cut()
        else:
            self.handle_parser_exception()

    def _is_short_text(self, data: bytes) -> bool:
        """Return whether this is one whole frame: final, masked, text, up to 125 bytes, no bits.

        Nearly all that phones send is. Everything else is for the parser, also what it could take
        for a part of what came before.
        """
        size = len(data) - 6
        return (
            0 <= size < 126
            and data[0] == 0x81
            and data[1] == 0x80 | size
            and self._reader.is_between
            and not self._is_fragmented
            and self.conn.state is State.OPEN
        )

    def _bite(self) -> None:
        self._has_turn = False
        if self.transport.is_closing():
            self._unread.clear()
            return
        bite = bytes(self._unread[:BITE_BYTES])
        del self._unread[:BITE_BYTES]
        self._parse(bite)
        if not self._unread and not self._rest_s:
            self.transport.resume_reading()
        self._take_turn()

    def _take_turn(self) -> None:
        """Read on at once, in the loop's next turn, or after the rest that the phone asked for."""
        if self.transport.is_closing() or self.read_paused or self._has_turn:
            return
        if self._unread or self._rest_s:
            self.transport.pause_reading()
            self._has_turn = True
            self._read_on_later()

    def _read_on_later(self) -> None:
        if self._rest_s:
            self.loop.call_later(self._rest_s, self._bite)
            self._rest_s = 0.0
        else:
            self.loop.call_soon(self._bite)

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self._unread:
            self._take_turn()

    def _read_short_text(self, phone: Phone, frame: bytes) -> None:
        try:
            text = apply_mask(frame[6:], frame[2:6]).decode()
        except UnicodeDecodeError:
            self._fail(NOT_UTF8, "not UTF-8")
        else:
            self._rest_s += phone.read(text)

    def send_receive_event_to_app(self) -> None:
        """Pass on a whole message; uvicorn would log each that is not UTF-8 as an error."""
        is_text = self.curr_msg_data_type == "text"
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        try:
            text = bytes(data).decode() if is_text else None
        except UnicodeDecodeError:
            self._fail(NOT_UTF8, "not UTF-8")
            return
        if self._phone is None:
            super().send_receive_event_to_app()
        elif not self.close_sent:
            self.frames = []
            self._rest_s += self._phone.read(text)

    # Frames that are no message: pings, fragments, pongs that nobody asked for

    def handle_ping(self) -> None:
        """Answer, unless an earlier answer still waits to be taken."""
        answer = b"".join(self.conn.data_to_send())
        if not self._is_full:
            self.transport.write(answer)
        self._stray()

    def handle_pong(self, event: Any) -> None:
        awaited = self.pending_ping_payload
        super().handle_pong(event)
        if awaited is not None and self.pending_ping_payload is None:
            self._strays = 0
            self._proven_bytes = self.told_bytes
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

    def _fragment(self, event: Any) -> None:
        self._is_fragmented = not event.fin
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
        """Cut the connection: nobody reads there, and a close frame would only wait with the rest.

        First read what has come: it may be this server that stood still.
        """
        self.pong_timer = self.loop.call_later(READS_ON_S, self.transport.abort)
