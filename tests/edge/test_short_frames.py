"""P14: short whole frames are read by ourselves, and nobody can tell: as the parser reads them.

Each stream of bytes goes to two connections, in the same pieces: to one as it is, and to one that
leaves everything to the parser. Both must have read, answered and closed alike.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from app.serve import _uvicorn_config
from app.server.connection import BITE_BYTES, EXTENSION, LiveConnection
from tests.faults.raw import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, frame, handshake
from tests.support.proof import LONG, proof

HELLO = handshake("http://127.0.0.1:1", "room", "token")
ONE_BEAT = b'{"type":"beat","n":1,"sent_ms":1,"visible":true}'


class Wire(asyncio.Transport):
    """A transport that only remembers what was written to it."""

    def __init__(self) -> None:
        super().__init__({"sslcontext": "as over TLS", "peername": ("192.0.2.1", 1)})
        self.written = b""
        self.is_over = False

    def write(self, data: Any) -> None:
        self.written += data if not self.is_over else b""

    def close(self) -> None:
        self.is_over = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_over

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...
    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


@dataclass
class Phone:
    """Remembers what came; closes when it is told to, and rests after it was told so."""

    connection: LiveConnection
    came: list[str | None] = field(default_factory=list)
    has_left: int = 0

    def read(self, text: str | None) -> float:
        self.came.append(text)
        if text == "end" and self.connection.is_writable:
            self.connection.end(4409)
        return 0.001 if text == "rest" else 0.0

    def flush(self) -> None: ...
    def leave(self) -> None:
        self.has_left += 1


async def app(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    connection = scope["extensions"][EXTENSION]
    connection.attach(Phone(connection))


class Parsed(LiveConnection):
    """A connection that leaves everything to the parser."""

    own = 0

    def _is_short_text(self, data: bytes) -> bool:
        return False


class Counted(LiveConnection):
    """A connection that counts what it reads itself."""

    own = 0

    def _read_short_text(self, phone: Any, frame: bytes) -> None:
        self.own += 1
        super()._read_short_text(phone, frame)


Kind = TypeVar("Kind", bound=LiveConnection)


@dataclass
class Found:
    """What a stream of bytes has led to."""

    came: list[str | None]
    written: bytes
    is_over: bool
    has_left: int
    own: int


async def opened(kind: type[Kind]) -> Kind:
    """Open a connection and wait for its phone."""
    config = _uvicorn_config(app)  # type: ignore[arg-type]
    config.load()
    connection = kind(config, ServerState(), {}, asyncio.get_running_loop())
    connection.connection_made(Wire())
    connection.data_received(HELLO)
    while connection._phone is None:
        await asyncio.sleep(0)
    return connection


async def fed(kind: type[Parsed | Counted], pieces: Iterable[bytes]) -> Found:
    """Open a connection, feed it, and return what that led to."""
    connection = await opened(kind)
    wire: Any = connection.transport
    head = len(wire.written)
    phone: Any = connection._phone
    for piece in pieces:
        if wire.is_over:
            break
        connection.data_received(piece)
        while connection._has_turn:
            await asyncio.sleep(0)
    connection.connection_lost(None)
    return Found(phone.came, wire.written[head:], wire.is_over, phone.has_left, connection.own)


def both(pieces: Sequence[bytes]) -> tuple[Found, Found]:
    async def feed() -> tuple[Found, Found]:
        return await fed(Counted, pieces), await fed(Parsed, pieces)

    return asyncio.run(feed())


def alike(pieces: Sequence[bytes]) -> Found:
    ours, parsed = both(pieces)
    assert (ours.came, ours.written, ours.is_over, ours.has_left) == (
        parsed.came, parsed.written, parsed.is_over, parsed.has_left,
    )  # fmt: skip
    return ours


def masked(
    payload: bytes, opcode: int = TEXT, mask: bytes = b"\x11\xfe\x80\x01", **how: Any
) -> bytes:
    """Return a frame under a mask that changes its bytes, as browsers send them."""
    plain = frame(payload, opcode, **how)
    if not how.get("is_masked", True) or how.get("announced") is not None:
        return plain
    at = len(plain) - len(payload)
    hidden = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
    return plain[: at - 4] + mask + hidden


def cut(data: bytes, *at: int) -> list[bytes]:
    """Cut bytes into pieces there."""
    edges = [0, *at, len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges) if a < b]


A, B = masked(ONE_BEAT), masked(b'{"type":"stop","id":"s"}')
LONGER = masked(b"x" * 126)
BEGUN = masked(b"{", is_last=False)
# Under this mask the bytes of the text are a whole frame themselves.
HIDING = masked(b"\xc3\x84\0\0B\0ab!d", mask=b"B\0\0\0")
assert HIDING[6:] == frame(b"abcd")
CASES: dict[str, tuple[list[bytes], int]] = {
    # pieces, and how many of them are read by ourselves
    "one frame a read": ([A, B, A], 3),
    "no text at all": ([masked(b"")], 1),
    "125 bytes": ([masked(b"x" * 125)], 1),
    "126 bytes": ([LONGER, A], 1),
    "2 KiB": ([masked(b"x" * 2_048), A], 1),
    "over 2 KiB": ([masked(b"x" * 2_049), A], 0),
    "two in one read": ([A + B, A], 1),
    "one and the start of the next": ([A + B[:1], B[1:], A], 1),
    "a byte at a time": ([*cut(A, *range(1, len(A))), B], 1),
    "a head alone": ([A[:2], A[2:], B], 1),
    "a head and its mask": ([A[:6], A[6:], B], 1),
    "all but a byte": ([A[:-1], A[-1:], B], 1),
    "a part that looks like a whole": ([*cut(HIDING, 6), A], 1),
    "a longer one, cut where a short one would end": ([LONGER[:132], LONGER[132:], A], 1),
    "unmasked, and four bytes more": ([frame(b"{}", is_masked=False) + b"abcd", A], 0),
    "a begun message": ([BEGUN, A], 0),
    "fragments, then one frame": ([BEGUN, masked(b"}", CONTINUED), A], 1),
    "a ping between fragments": (
        [BEGUN, masked(b"p", PING), masked(b"}", CONTINUED), A], 1,
    ),
    "a ping and a pong": ([masked(b"p", PING), masked(b"p", PONG), A], 1),
    "binary": ([masked(ONE_BEAT, BINARY), A], 1),
    "unmasked": ([frame(ONE_BEAT, is_masked=False), A], 0),
    **{
        f"bit {bit} is set": ([masked(ONE_BEAT, reserved=bit), A], 0) for bit in (1, 2, 4)
    },
    **{f"opcode {n}": ([masked(ONE_BEAT, n), A], 0) for n in (3, 7, 11, 15)},
    "not UTF-8": ([masked(b"\xff\xfe"), A], 1),
    "half a letter": ([masked("é".encode()[:1]), A], 1),
    "a close frame, then more": ([masked((1000).to_bytes(2, "big"), CLOSE), A], 0),
    "more after we have closed": ([masked(b"end"), A, masked(b"", CLOSE), A], 1),
    "a frame that rests, then one": ([masked(b"rest"), A], 2),
    "a frame that rests, and more in the same read": ([masked(b"rest") + A, B], 1),
    "more than a bite": ([A * (BITE_BYTES // len(A) + 2), B], 1),
    "as much as a bite": ([(A * 10)[:BITE_BYTES], (A * 10)[BITE_BYTES:], B], 1),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_bytes_are_read_as_the_parser_reads_them(what: str) -> None:
    pieces, own = CASES[what]
    assert alike(pieces).own == own


BROKEN = {
    "unmasked": frame(b"{}", is_masked=False),
    "a bit is set": masked(b"{}", reserved=4),
    "no opcode": masked(b"{}", 3),
    "not UTF-8": masked(b"\xff"),
    "too big": masked(b"x" * 2_049),
    "the end of nothing": masked(b"{}", CONTINUED),
    "a close code that is none": masked(b"\0\5", CLOSE),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_came_whole_counts_though_a_broken_frame_follows_in_the_same_read(what: str) -> None:
    found = alike([A + B + BROKEN[what][:300]])
    assert found.came == [ONE_BEAT.decode(), '{"type":"stop","id":"s"}']
    assert found.is_over and found.has_left == 1
    assert found.written[0] == 0x88 and found.written.count(b"\x88") == 1


async def test_a_phone_that_is_to_rest_is_read_no_more_meanwhile() -> None:
    connection = await opened(Counted)
    connection.data_received(masked(b"rest"))
    connection.data_received(A)
    phone: Any = connection._phone
    assert phone.came == ["rest"]
    while connection._has_turn:
        await asyncio.sleep(0)
    assert phone.came == ["rest", ONE_BEAT.decode()]


FRAMES = st.builds(
    masked,
    st.one_of(
        st.sampled_from([ONE_BEAT, b"rest", b"end", b"", b"\xff", b"x" * 125, b"x" * 126]),
        st.binary(max_size=140),
        st.text(max_size=40).map(str.encode),
    ),
    st.sampled_from([TEXT] * 12 + [CONTINUED, BINARY, PING, PONG, CLOSE, 3]),
    st.binary(min_size=4, max_size=4),
    is_last=st.sampled_from([True] * 9 + [False]),
    is_masked=st.sampled_from([True] * 19 + [False]),
    reserved=st.sampled_from([0] * 19 + [1, 2, 4]),
)


@pytest.mark.prove
def test_any_frames_in_any_pieces_are_read_as_the_parser_reads_them() -> None:
    with proof("P14", "frames in any pieces: read as the parser reads them") as p14:

        @given(st.lists(FRAMES, max_size=8), st.randoms(use_true_random=False), st.integers(0, 4))
        @settings(max_examples=250 * LONG, deadline=None)
        def try_one(frames: list[bytes], chance: random.Random, cuts: int) -> None:
            data = b"".join(frames)
            whole = [sum(map(len, frames[:n])) for n in range(1, len(frames))]
            at = whole if chance.random() < 0.5 else chance.sample(whole, len(whole) // 2)
            at = [*at, *(chance.randrange(len(data) + 1) for _ in range(cuts))]
            alike(cut(data, *sorted(at)))
            p14.trial()

        try_one()
