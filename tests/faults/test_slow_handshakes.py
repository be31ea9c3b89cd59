"""P14: who takes for ever to send a request, or sends none, is cut off; 2,000 keep nobody out."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import resource
import time
from collections.abc import Iterator

import pytest

from app.server.listen import allow_sockets
from app.server.request import AHEAD, REQUEST_WITHIN_S, UNFINISHED_EACH
from tests.faults.neighbour import NO_STOP_TAKES_MS, Neighbour, neighbour
from tests.faults.raw import BEAT, TEXT, Raw, handshake, start, start_many, tcp
from tests.support.fixtures import SERVE
from tests.support.proof import LONG, proof
from tests.support.serving import serving

DROPPED_WITHIN_S = REQUEST_WITHIN_S + 2
SLOW_ONES = min(LONG, 8)  # of each kind: each looks through the whole table of sockets
A_CLASS = 60  # sockets of 30 rooms behind one door
CHUNKED = b"POST /api/rooms HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
ANNOUNCED = b"POST /api/rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n{"
TOLD_OF = "Invalid HTTP request received."
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own; whatever was sent to it, it has logged one kind of line."""
    command = [*SERVE, "--port", "0", "--data-dir", str(tmp_path_factory.mktemp("data"))]
    with serving(command, SAYWHEN_ROOMS_PER_MIN="100000", SAYWHEN_LOG_LEVEL="error") as one:
        yield one.url
        code, said = one.end()
        assert code == 0
        assert {json.loads(line)["event"] for line in said.splitlines()} <= {TOLD_OF}


async def until_dropped(raw: Raw, drops: Iterator[bytes], every_s: float = 1.0) -> float:
    """Send a drop now and then until the server ends it; returns the seconds that took."""
    began = time.monotonic()
    with contextlib.suppress(OSError), contextlib.closing(raw.sock):
        while raw.at_server()[0] == "01":
            assert time.monotonic() - began < DROPPED_WITHIN_S, "still open"
            await raw.send(next(drops))
            await asyncio.sleep(every_s)
    return time.monotonic() - began


async def slow(url: str, kind: str) -> float:
    raw = Raw(await tcp(url))
    drops: Iterator[bytes] = itertools.repeat(b"")
    match kind:
        case "handshake, a byte a second":
            asked = handshake(url, *await start(url))
            drops = iter([bytes([byte]) for byte in asked])
        case "body announced, a byte a second":
            await raw.send(ANNOUNCED)
            drops = itertools.repeat(b" ")
        case "body in chunks, a byte a second":
            await raw.send(CHUNKED)
            drops = itertools.repeat(b"1\r\n \r\n")
        case "headers without end":
            await raw.send(HEALTH[:-2])
            drops = (f"a{n}: b\r\n".encode() for n in itertools.count())
        case "empty lines after an answer":
            await raw.send(HEALTH)
            await raw.read_head()
            drops = itertools.repeat(b"\r\n")
    return await until_dropped(raw, drops)


@pytest.mark.prove
async def test_a_request_that_does_not_come_is_dropped_and_others_are_served(url: str) -> None:
    kinds = ["handshake, a byte a second", "body announced, a byte a second", "nothing at all"]
    kinds += ["body in chunks, a byte a second", "headers without end"]
    kinds += ["empty lines after an answer"]
    with (
        proof("P14", "slow handshakes and bodies are dropped", "s", DROPPED_WITHIN_S) as drops,
        proof("P14", "slow handshakes and bodies: STOP next door", "ms") as stops,
    ):
        async with neighbour(url) as beside:
            slowly = asyncio.gather(*(slow(url, kind) for kind in kinds for _ in range(SLOW_ONES)))
            for took_ms in await beside.stops_during(slowly, every_s=0.1):
                stops.trial(took_ms)
                assert took_ms < NO_STOP_TAKES_MS
            for took_s in slowly.result():
                drops.trial(took_s)


async def test_headers_too_long_are_refused_at_once(url: str) -> None:
    raw = Raw(await tcp(url))
    with contextlib.closing(raw.sock):
        with contextlib.suppress(ConnectionError):
            await raw.send(HEALTH[:-2] + b"a: " + b"x" * 200_000)
        assert b" 431 " in await raw.read_head()
        await raw.until_closed(2)


async def test_requests_far_ahead_of_their_answers_are_refused(url: str) -> None:
    raw = Raw(await tcp(url))
    with contextlib.closing(raw.sock):
        await raw.send(HEALTH * (AHEAD * 10))
        data = b""
        with contextlib.suppress(ConnectionError):
            while more := await raw.read_some():
                data += more
        assert b" 400 " in data
        assert data.count(b" 200 ") <= AHEAD + 1


def test_the_server_opens_as_many_sockets_as_it_may() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[0] - 1, before[1]))
    try:
        allow_sockets()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.prove
async def test_2_000_idle_sockets_keep_nobody_out(url: str) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most[1], 4_096), most[1]))
    idle: list[Raw] = []
    try:
        with proof("P14", "2,000 idle sockets: STOP next door", "ms") as stops:
            async with neighbour(url) as beside:
                for n in range(2_000):
                    idle.append(await idler(url, n))
                    if n % 40 == 0:
                        stops.trial(await beside.stop_ms())
                await come_in(url, beside)
                assert max(stops.figures) < NO_STOP_TAKES_MS
                await asyncio.sleep(0.1)
                never_asked = idle[::2]
                kept = sum(raw.at_server()[0] == "01" for raw in never_asked[::10]) * 10
                assert kept <= UNFINISHED_EACH + 100
    finally:
        for raw in idle:
            raw.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, most)


async def idler(url: str, n: int) -> Raw:
    """Connect and never ask, or ask once and never again."""
    raw = Raw(await tcp(url))
    if n % 2:
        await raw.send(HEALTH)
        await raw.read_head()
    return raw


async def come_in(url: str, beside: Neighbour) -> None:
    """A whole class behind one door still gets in, all at once."""
    seats = await start_many(url, A_CLASS)
    phones = await asyncio.gather(*(Raw.opened(url, *seat) for seat in seats))
    for phone in phones:
        await phone.send(BEAT)
        await phone.until(TEXT, b'"type":"beat"')
        phone.close()
    assert await beside.stop_ms() < NO_STOP_TAKES_MS
