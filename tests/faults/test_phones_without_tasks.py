"""P14, P15, P17: once a phone is attached the app has returned; every end of its socket is noticed.

The real server in this process, so that a test can look at what is left for a phone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from app.core.model import Role
from app.hub.room import Room
from app.journal.memory import MemoryStore
from app.live.desk import Desk
from app.pairing.seats import Seats
from app.protocol import wire
from app.protocol.constants import CLOSE_MOVED, CLOSE_RESTARTING, CLOSE_SLOW
from app.server.connection import EXTENSION, UNPROVEN_BYTES, LiveConnection
from app.web.origins import origin_of
from tests.faults.inside import Inside, serve_inside
from tests.faults.neighbour import neighbour
from tests.faults.raw import BEAT, CLOSE, TEXT, Raw, frame, handshake, message, seated, start, tcp
from tests.support.faulty_journal import FaultyJournal

SMALL = 2_304  # the least a kernel gives
WITHIN_S = 5.0
NORMAL = frame((1000).to_bytes(2, "big"), CLOSE)


@dataclass
class One:
    """A client's phone, and the server's side of it."""

    raw: Raw
    room: Room
    connection: LiveConnection

    @classmethod
    async def seated(cls, inside: Inside, received: int | None = None) -> One:
        known = set(inside.server.server_state.connections)
        raw = await seated(inside.url, received)
        await raw.until(TEXT, b'"type":"state"')
        (connection,) = inside.server.server_state.connections - known
        assert isinstance(connection, LiveConnection)
        return cls(raw, list(inside.app.state.rooms)[-1], connection)

    async def fill(self) -> None:
        """Tell it so much that the server's own buffer fills up; nobody reads."""
        async with asyncio.timeout(WITHIN_S):
            while self.connection.is_writable:
                self.room.listeners.push()
                await asyncio.sleep(0)

    async def left(self) -> None:
        """Wait until its room has forgotten it."""
        async with asyncio.timeout(WITHIN_S):
            while len(self.room.listeners):
                await asyncio.sleep(0.01)


async def test_no_task_is_left_for_a_phone_that_is_attached() -> None:
    async with serve_inside() as inside, neighbour(inside.url):
        await asyncio.sleep(0)
        assert not inside.server.server_state.tasks
        before = len(asyncio.all_tasks())
        phones = [await One.seated(inside) for _ in range(20)]
        assert not inside.server.server_state.tasks
        assert len(asyncio.all_tasks()) == before
        for one in phones:
            assert not hasattr(one.connection, "scope")
            one.raw.close()
            await one.left()


@pytest.mark.parametrize("way", ["close frame", "half-close", "reset", "a broken frame"])
async def test_a_room_forgets_a_phone_however_its_socket_ends(way: str) -> None:
    async with serve_inside() as inside:
        one = await One.seated(inside)
        match way:
            case "close frame":
                await one.raw.send(NORMAL)
            case "half-close":
                one.raw.half_close()
            case "reset":
                one.raw.reset()
            case "a broken frame":
                await one.raw.send(frame(b"{}", reserved=4))
        await one.left()
        one.raw.close()


async def test_a_phone_that_is_sent_away_while_it_takes_nothing_still_gets_all_and_its_code() -> (
    None
):
    async with serve_inside() as inside:
        one = await One.seated(inside, SMALL)
        await one.fill()
        one.room.send_away(Role.CLIENT, "moved", CLOSE_MOVED)
        await asyncio.sleep(0.05)
        assert not one.connection.close_sent
        await one.raw.until(TEXT, b'"reason":"moved"')
        assert await one.raw.until_closed(WITHIN_S) == CLOSE_MOVED
        one.raw.close()


async def test_a_phone_that_is_sent_away_and_never_reads_is_cut() -> None:
    async with serve_inside() as inside:
        one = await One.seated(inside, SMALL)
        await one.fill()
        one.room.send_away(Role.CLIENT, "slow", CLOSE_SLOW)
        async with asyncio.timeout(WITHIN_S):
            while one.raw.at_server()[0] == "01":
                await asyncio.sleep(0.02)
        await one.left()
        one.raw.close()


async def test_an_end_of_the_server_closes_every_socket_with_its_code_the_blocked_one_too() -> None:
    async with serve_inside() as inside:
        phones = [await One.seated(inside) for _ in range(3)]
        blocked = await One.seated(inside, SMALL)
        await blocked.fill()
        ends = [asyncio.create_task(one.raw.until_closed(WITHIN_S)) for one in phones]
        last = asyncio.create_task(blocked.raw.until_closed(WITHIN_S))
    assert await asyncio.gather(*ends) == [CLOSE_RESTARTING] * 3
    assert await last == CLOSE_RESTARTING
    for one in (*phones, blocked):
        one.raw.close()


def held_up(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let no handshake be answered until this is set."""
    may_come = asyncio.Event()
    real = Seats.come_back

    async def late(self: Seats, *asked: Any) -> None:
        await may_come.wait()
        await real(self, *asked)

    monkeypatch.setattr(Seats, "come_back", late)
    return may_come


async def asked_for(inside: Inside) -> tuple[Raw, str]:
    """Ask for a socket whose handshake is held up; returns it and its room."""
    room, token = await start(inside.url)
    raw = Raw(await tcp(inside.url))
    await raw.send(handshake(inside.url, room, token))
    await asyncio.sleep(0.05)
    return raw, room


async def test_messages_that_come_before_the_answer_to_the_handshake_are_dealt_with_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_come = held_up(monkeypatch)
    async with serve_inside() as inside:
        raw, _ = await asked_for(inside)
        ids = [f"s{n}" for n in range(30)]
        for id in ids:  # more than a bite, so that reading has to go on by itself
            await raw.send(message(type="stop", id=id))
        await asyncio.sleep(0.05)
        may_come.set()
        await raw.read_head()
        answers: list[str] = []
        async with asyncio.timeout(WITHIN_S):
            while len(answers) < len(ids):
                answers.append(json.loads(await raw.until(TEXT, b'"type":"done"'))["id"])
        assert answers == ids
        raw.close()


@pytest.mark.parametrize("said", [b"", BEAT + NORMAL], ids=["no word", "a goodbye"])
async def test_a_phone_that_goes_before_it_is_attached_leaves_nothing(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_come = held_up(monkeypatch)
    async with serve_inside() as inside:
        raw, room = await asked_for(inside)
        await raw.send(said)
        raw.close()
        await asyncio.sleep(0.05)
        may_come.set()
        await all_are_gone(inside)
        assert not len(inside.app.state.rooms.here(room).listeners)


async def test_a_phone_whose_goodbye_comes_just_as_it_is_attached_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serve_inside() as inside:
        real = origin_of

        def goodbye(asked: Any) -> str:
            asked.scope["extensions"][EXTENSION].data_received(BEAT + NORMAL)
            return real(asked)

        monkeypatch.setattr("app.live.phone.origin_of", goodbye)
        room, token = await start(inside.url)
        raw = Raw(await tcp(inside.url))
        await raw.send(handshake(inside.url, room, token))
        await raw.until_closed(WITHIN_S)
        raw.close()
        await all_are_gone(inside)
        assert not len(inside.app.state.rooms.here(room).listeners)


async def all_are_gone(inside: Inside) -> None:
    async with asyncio.timeout(WITHIN_S):
        while inside.server.server_state.connections or inside.server.server_state.tasks:
            await asyncio.sleep(0.01)


@dataclass
class Client:
    """The server's side of a client's phone."""

    room: Room
    connection: LiveConnection


def client_of(room: Room) -> Client:
    wake: Any = room.listeners._outboxes[Role.CLIENT].wake
    return Client(room, wake.__self__._live)


BREAKS: dict[str, Callable[[Client], tuple[Any, str]]] = {
    "an alert's way to the kernel": lambda one: (one.connection, "write_now"),
    "a state's way to the kernel": lambda one: (one.connection, "write"),
    "what a phone is told": lambda _: (wire, "frame"),
    "an end": lambda one: (one.room, "leave"),
    "an end of what is under way": lambda _: (Desk, "close"),
}


@pytest.mark.parametrize("place", BREAKS)
async def test_an_error_at_one_phone_delays_no_alert_to_the_other_and_no_other_room(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        serve_inside() as inside,
        neighbour(inside.url) as beside,
        neighbour(inside.url) as mat,
    ):
        room = inside.app.state.rooms.here(mat.client.room)
        owner, name = BREAKS[place](client_of(room))
        real = getattr(owner, name)
        broken: list[Any] = []

        def breaks(*asked: Any) -> Any:
            if not broken:
                broken.append(asked)
                raise ValueError(place)
            return real(*asked)

        monkeypatch.setattr(owner, name, breaks)
        with structlog.testing.capture_logs() as logs:
            async with asyncio.timeout(WITHIN_S):
                if "end" in place:
                    await mat.client.close()
                    while not broken:
                        await asyncio.sleep(0.01)
                stops = mat.partner if "end" in place else mat.client
                await stops.say({"type": "stop", "id": "x"})
                name = f"{stops.role}:x"
                await mat.partner.until(lambda m: m["type"] == "alert" and m["alert"] == name)
        assert [line for line in logs if line["log_level"] == "error"]
        assert await beside.stop_ms() < 1_000


async def test_a_close_frame_waits_until_the_goodbye_before_it_is_taken() -> None:
    async with serve_inside() as inside:
        one = await One.seated(inside)
        real = one.connection.write

        def fills(frames: bytes) -> None:
            real(frames)
            one.connection.pause_writing()

        one.connection.write = fills  # type: ignore[method-assign]
        one.room.send_away(Role.CLIENT, "moved", CLOSE_MOVED)
        await one.raw.until(TEXT, b'"reason":"moved"')
        assert not one.connection.close_sent
        one.connection.resume_writing()
        assert await one.raw.until_closed(WITHIN_S) == CLOSE_MOVED
        one.raw.close()


async def test_an_error_before_a_phone_is_attached_closes_its_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_: Any, **__: Any) -> Any:
        raise ValueError("broken by a test")

    async with serve_inside() as inside:
        for owner, answer in ((Seats, b" 500 "), (Desk, b" 101 ")):
            room, token = await start(inside.url)
            monkeypatch.setattr(owner, "come_back" if owner is Seats else "__init__", breaks)
            raw = Raw(await tcp(inside.url))
            await raw.send(handshake(inside.url, room, token))
            assert answer in await raw.read_head()
            await raw.until_closed(WITHIN_S)
            assert raw.at_server()[0] != "01"
            raw.close()
            monkeypatch.undo()


async def test_a_page_that_paints_alerts_need_not_prove_by_pings_that_it_reads() -> None:
    memory = MemoryStore()
    journal = FaultyJournal(memory)
    async with serve_inside((journal, memory)) as inside, neighbour(inside.url) as mat:
        room: Room = inside.app.state.rooms.here(mat.client.room)
        connection = client_of(room).connection
        connection.prove(connection.told_bytes)
        told_before = connection.told_bytes
        pings: list[int] = []
        connection.send_keepalive_ping = lambda: pings.append(1)  # type: ignore[method-assign]
        journal.hang()  # so that alerts are all that is told
        for n in range(24):
            await mat.client.say({"type": "stop", "id": f"x{n}"})
            async with asyncio.timeout(WITHIN_S):
                while f"client:x{n}" not in room.alerts or is_unseen(room, f"client:x{n}"):
                    await asyncio.sleep(0.001)
        assert connection.told_bytes - told_before > UNPROVEN_BYTES
        assert not pings
        journal.go_on()
        await mat.client.until(lambda m: m["type"] == "done" and m["id"] == "x23")


def is_unseen(room: Room, alert: str) -> bool:
    return Role.CLIENT in room.alerts._raised[alert].unseen


async def test_a_phone_that_says_seen_and_reads_nothing_is_cut() -> None:
    """It knows what its own alerts are called, and says that it has painted each."""
    async with serve_inside() as inside:
        one = await One.seated(inside, SMALL)

        async def lie() -> None:
            for n in range(1_000):
                stop = message(type="stop", id=f"s{n}")
                await one.raw.send(stop + message(type="seen", alert=f"client:s{n}"))
                one.room.listeners.push()
                await asyncio.sleep(0.02)

        lies = asyncio.create_task(lie())
        async with asyncio.timeout(WITHIN_S + 1):
            while one.raw.at_server()[0] == "01":
                assert one.connection.transport.get_write_buffer_size() < 16 * 1024
                await asyncio.sleep(0.02)
        lies.cancel()
        await asyncio.gather(lies, return_exceptions=True)
        await one.left()
        one.raw.close()


async def test_a_phone_that_takes_nothing_more_is_pinged_whatever_it_says_it_has_read() -> None:
    async with serve_inside() as inside:
        one = await One.seated(inside)
        one.connection.prove(10**9)
        one.connection.pause_writing()
        await asyncio.sleep(0)
        assert one.connection.pending_ping_payload is not None
        one.raw.close()


async def test_seen_proves_no_more_than_what_was_told_before_that_alert() -> None:
    async with serve_inside() as inside, neighbour(inside.url) as mat:
        room: Room = inside.app.state.rooms.here(mat.client.room)
        connection = client_of(room).connection
        connection.prove(connection.told_bytes)
        mat.client.is_painting = False
        before = connection.told_bytes
        await mat.client.say({"type": "seen", "alert": "client:x"})  # not told yet
        await mat.client.say({"type": "stop", "id": "x"})
        await mat.client.until(lambda m: m["type"] == "done" and m["id"] == "x")
        assert connection._proven_bytes == before
        await mat.client.say({"type": "seen", "alert": "client:x"})
        await mat.client.until(lambda m: m["type"] == "beat")
        async with asyncio.timeout(WITHIN_S):
            while connection._proven_bytes == before:
                await asyncio.sleep(0.01)
        assert before + 100 < connection._proven_bytes < before + 200, "the alert, not the state"
