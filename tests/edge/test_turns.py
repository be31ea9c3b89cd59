"""Phones that come back at once are answered in turns, those with hands on first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn.server import ServerState

from app.serve import _uvicorn_config
from app.server.connection import LiveConnection
from app.server.request import HEAD_BYTES, HttpConnection
from app.server.turns import EACH_TURN, OTHERS_EACH_TURN, Turns
from tests.edge.test_short_frames import Wire, app
from tests.faults.raw import frame, handshake


class Swapped(Wire):
    """A wire whose reader is another once a request has become a live socket."""

    reader: Any = None

    def set_protocol(self, protocol: Any) -> None:
        self.reader = protocol

    def get_protocol(self) -> Any:
        return self.reader


def knocks(servers: ServerState, path: bytes) -> Swapped:
    """Send a whole handshake to a new connection of a server."""
    wire = Swapped()
    config = _uvicorn_config(app)  # type: ignore[arg-type]
    config.ws_protocol_class = LiveConnection
    connection = HttpConnection(config, servers, {}, asyncio.get_running_loop())
    connection.connection_made(wire)
    wire.reader = connection
    hello = handshake("http://127.0.0.1:1", "room", "token")
    connection.data_received(hello.replace(b"v=1", path))
    return wire


async def test_hands_on_go_first_and_nobody_is_kept_out() -> None:
    begun: list[str] = []
    turns = Turns()
    for n in range(40):
        turns.join(lambda n=n: begun.append(f"other {n}"), is_hands_on=False)  # type: ignore[misc]
    for n in range(30):
        turns.join(lambda n=n: begun.append(f"hands {n}"), is_hands_on=True)  # type: ignore[misc]
    while len(begun) < 70:
        before = len(begun)
        await asyncio.sleep(0)
        assert len(begun) - before <= EACH_TURN
    each = EACH_TURN - OTHERS_EACH_TURN
    assert begun[:EACH_TURN] == [*(f"hands {n}" for n in range(each)), "other 0"]
    assert max(at for at, one in enumerate(begun) if one.startswith("hands")) < 30 / each * 4 + 1
    for kind, count in (("hands", 30), ("other", 40)):
        assert [one for one in begun if kind in one] == [f"{kind} {n}" for n in range(count)]


async def test_an_error_of_one_handshake_keeps_no_other_waiting() -> None:
    begun: list[int] = []
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: errors.append(told))
    turns = Turns()
    for n in range(20):
        turns.join(lambda n=n: begun.append(n // (n % 3)), is_hands_on=bool(n % 2))  # type: ignore[misc]
    for _ in range(20):
        await asyncio.sleep(0)
    assert (len(begun), len(errors)) == (13, 7)


async def test_of_handshakes_that_came_together_those_with_hands_on_are_answered_first() -> None:
    servers = ServerState()
    others = [knocks(servers, b"v=1&hands=off") for _ in range(40)]
    first = [knocks(servers, b"v=1&hands=on&tab=x&n=1") for _ in range(6)]
    while not all(b"101" in wire.written for wire in first):
        await asyncio.sleep(0)
    assert sum(b"101" in wire.written for wire in others) < 15
    while not all(b"101" in wire.written for wire in others):
        await asyncio.sleep(0)


async def test_what_comes_before_the_turn_is_read_after_it() -> None:
    wire = knocks(ServerState(), b"v=1")
    wire.reader.data_received(frame(b"early"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert isinstance(wire.reader, LiveConnection)
    assert wire.reader._phone is not None
    assert wire.reader._phone.came == ["early"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("is_flood", [False, True])
async def test_who_leaves_or_floods_before_the_turn_gets_none(is_flood: bool) -> None:
    wire = knocks(ServerState(), b"v=1")
    if is_flood:
        wire.reader.data_received(bytes(HEAD_BYTES + 1))
    else:
        wire.close()
    for _ in range(20):
        await asyncio.sleep(0)
    assert wire.is_over and wire.written == b""
    assert isinstance(wire.reader, HttpConnection)
