"""P14: broken, huge and endless frames are answered as the protocol says; the next room goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.neighbour import NO_STOP_TAKES_MS, Neighbour, neighbour
from tests.faults.raw import (
    BEAT,
    BINARY,
    CLOSE,
    CONTINUED,
    GOOD_BEAT,
    PING,
    PONG,
    TEXT,
    Raw,
    frame,
    handshake,
    message,
    seated,
    start,
    tcp,
)
from tests.support.fixtures import SERVE
from tests.support.proof import LONG, proof
from tests.support.serving import serving

GONE_WITHIN_S = 4.0
MALFORMED, PROTOCOL, NOT_UTF8, TOO_BIG = 1008, 1002, 1007, 1009
KIB = b"x" * 1024
BEGUN = frame(b"{", is_last=False)

CASES: dict[str, tuple[bytes, int]] = {
    "ten malformed in a row": (frame(b"{") * 10, MALFORMED),
    "ten empty texts": (frame(b"") * 10, MALFORMED),
    "ten binary frames": (frame(json.dumps(GOOD_BEAT).encode(), BINARY) * 10, MALFORMED),
    "a message over 2 KiB": (frame(KIB * 3), TOO_BIG),
    "a gigabyte announced": (frame(KIB, announced=2**30), TOO_BIG),
    "more announced than there are bytes": (frame(KIB, announced=2**63 - 1), TOO_BIG),
    "endless fragments": (BEGUN + frame(KIB, CONTINUED, is_last=False) * 100, TOO_BIG),
    "endless empty fragments": (BEGUN + frame(b"", CONTINUED, is_last=False) * 100, MALFORMED),
    "pings without end": (frame(b"", PING) * 100, MALFORMED),
    "pongs nobody asked for": (frame(b"", PONG) * 100, MALFORMED),
    "an unmasked frame": (frame(b"{}", is_masked=False), PROTOCOL),
    "reserved bits": (frame(b"{}", reserved=4), PROTOCOL),
    "an unknown opcode": (frame(b"{}", 0x5), PROTOCOL),
    "a ping of 126 bytes": (frame(b"x" * 126, PING), PROTOCOL),
    "a ping in fragments": (frame(b"x", PING, is_last=False), PROTOCOL),
    "the end of nothing": (frame(b"{}", CONTINUED), PROTOCOL),
    "a message within another": (BEGUN + frame(b"{}"), PROTOCOL),
    "text that is no UTF-8": (frame(b"\xff\xfe{}"), NOT_UTF8),
    "a close frame of one byte": (frame(b"x", CLOSE), PROTOCOL),
    "a close code that is none": (frame((5).to_bytes(2, "big"), CLOSE), PROTOCOL),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own; whatever was sent to it, it has logged no error."""
    command = [*SERVE, "--port", "0", "--data-dir", str(tmp_path_factory.mktemp("data"))]
    with serving(command, SAYWHEN_ROOMS_PER_MIN="100000", SAYWHEN_LOG_LEVEL="error") as one:
        yield one.url
        code, said = one.end()
        assert (code, said) == (0, "")


@pytest.fixture
async def beside(url: str) -> AsyncIterator[Neighbour]:
    async with neighbour(url) as room:
        yield room
        assert max(await room.stops_ms(3)) < NO_STOP_TAKES_MS


async def close_code(url: str, sent: bytes) -> int:
    raw = await seated(url)
    try:
        await raw.send(BEAT)
        await raw.until(TEXT, b'"type":"beat"')
        await raw.send(sent)
        code = await raw.until_closed(GONE_WITHIN_S)
        assert raw.at_server()[0] != "01"
    finally:
        raw.close()
    return code


@pytest.mark.prove
async def test_every_broken_frame_ends_its_socket_with_its_code_and_no_other_room(
    url: str, beside: Neighbour
) -> None:
    with proof("P14", "broken, huge and endless frames: STOP next door", "ms") as stops:
        for _ in range(LONG):
            for case, (sent, code) in CASES.items():
                assert await close_code(url, sent) == code, case
                stops.trial(await beside.stop_ms())


async def test_a_broken_frame_that_comes_before_the_handshakes_answer_is_no_error_of_the_server(
    url: str, beside: Neighbour
) -> None:
    loop = asyncio.get_running_loop()
    for sent, _ in CASES.values():
        with contextlib.closing(await tcp(url)) as sock:
            await loop.sock_sendall(sock, handshake(url, *await start(url)))
            with contextlib.suppress(ConnectionError):
                await loop.sock_sendall(sock, sent)
                async with asyncio.timeout(GONE_WITHIN_S):
                    await loop.sock_recv(sock, 100)  # the answer, or the end


async def test_a_message_in_fragments_with_pings_between_is_a_message(
    url: str, beside: Neighbour
) -> None:
    raw = await seated(url)
    text = json.dumps({"type": "stop", "id": "whole"}).encode()
    pings = [frame(bytes([n]), PING) for n in range(2)]
    await raw.send(
        frame(text[:5], is_last=False)
        + pings[0]
        + frame(text[5:9], CONTINUED, is_last=False)
        + pings[1]
        + frame(text[9:], CONTINUED)
    )
    for n in range(2):
        await raw.until(PONG, bytes([n]))
    await raw.until(TEXT, b'{"type":"done","id":"whole"}')
    raw.close()


@pytest.mark.parametrize("way", ["close frame", "half-close", "reset", "vanish"])
async def test_a_phone_that_leaves_without_reading_is_let_go(
    url: str, beside: Neighbour, way: str
) -> None:
    raw = await seated(url, 2_304)
    await raw.send(BEAT * 20)
    match way:
        case "close frame":
            await raw.send(frame((1000).to_bytes(2, "big"), CLOSE))
        case "half-close":
            raw.half_close()
        case "reset":
            raw.reset()
        case "vanish":
            raw.close()
    await until_gone(raw)
    raw.close()


async def until_gone(raw: Raw) -> None:
    async with asyncio.timeout(GONE_WITHIN_S):
        while raw.at_server()[0] in ("01", "08"):  # open, or half closed by the phone
            await asyncio.sleep(0.02)


async def test_a_broken_frame_while_answers_wait_is_no_error_of_the_server(
    url: str, beside: Neighbour
) -> None:
    raw = await seated(url, 2_304)
    with contextlib.closing(raw.sock):
        stops = [message(type="stop", id=f"s{n}") for n in range(400)]
        for stop in stops[:200]:
            await raw.send(stop)
        async with asyncio.timeout(2):
            while raw.at_server()[1] < 8_000:
                await asyncio.sleep(0.02)
        await raw.send(b"".join(stops[200:230]) + frame(b"{}", reserved=4))
        await asyncio.sleep(0.1)
        await raw.until_closed(GONE_WITHIN_S)


async def test_frames_before_the_handshake_is_answered_harm_nobody(
    url: str, beside: Neighbour
) -> None:
    room, token = await start(url)
    for early in (frame(b"", PING) * 100, frame(b"{}", reserved=4), b"\xff" * 500):
        raw = Raw(await tcp(url))
        with contextlib.closing(raw.sock), contextlib.suppress(ConnectionError):
            await raw.send(handshake(url, room, token) + early)
            await raw.send(early)
            await raw.read_head()  # uvicorn drops what it read together with the handshake
            await raw.send(early + frame((1000).to_bytes(2, "big"), CLOSE))
            await raw.until_closed(GONE_WITHIN_S)
        await until_gone(raw)


@pytest.mark.prove
async def test_of_500_sockets_of_one_seat_the_newest_stays(url: str, beside: Neighbour) -> None:
    room, token = await start(url)
    with proof("P14", "500 sockets of one seat: STOP next door", "ms") as stops:
        opened = []
        for n in range(500):
            opened.append(await Raw.opened(url, room, token))
            if n % 25 == 0:
                stops.trial(await beside.stop_ms())
        codes = await asyncio.gather(*(raw.until_closed(20) for raw in opened[:-1]))
        assert codes == [4409] * 499
        newest = opened[-1]
        await newest.send(BEAT)
        await newest.until(TEXT, b'"type":"beat"')
        for raw in opened:
            raw.close()


async def test_sockets_that_were_sent_away_are_not_kept(url: str, beside: Neighbour) -> None:
    """Who never answers the close frame is dropped too."""
    room, token = await start(url)
    first = await Raw.opened(url, room, token)
    second = await Raw.opened(url, room, token)
    await until_gone(first)
    assert second.at_server()[0] == "01"
    for raw in (first, second):
        raw.close()


def test_this_machine_lets_a_test_see_the_servers_end() -> None:
    assert Path("/proc/net/tcp").exists()
