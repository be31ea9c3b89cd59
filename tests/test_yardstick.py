"""The yardstick of `make bench` is as long as it says: same messages, same line, same verdicts."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from shutil import which

import pytest

from bench.figures import Reached, Target, by_round
from bench.fill import filled
from bench.one_signal import Said, plainest, signals_of
from bench.sides import GROUPED, OURS
from bench.slow_line import BYTES_PER_S, ONE_WAY_S, SlowLine
from tests.support.proxy import wire_to

AS_LONG = 0.05  # a state grows and shrinks by a digit; one that grows by a field is to be copied
A_SIGNAL = {
    ("client", False, "stop"): 1,
    ("client", True, "alert"): 1,
    ("partner", True, "alert"): 1,
    ("client", False, "seen"): 1,
    ("partner", False, "seen"): 1,
    ("client", True, "fate"): 1,
    ("client", True, "state"): 1,
    ("partner", True, "state"): 1,
    ("client", True, "done"): 1,
}
ANSWERS_WITHIN_S = 20


def _counted(signal: list[Said]) -> Counter[tuple[str, bool, str]]:
    return Counter((one.role, one.is_told, one.kind) for one in signal)


def _sizes(signal: list[Said]) -> dict[tuple[str, bool, str], int]:
    return {(one.role, one.is_told, one.kind): one.size for one in signal}


@pytest.mark.process
@pytest.mark.skipif(which("taskset") is None, reason="gives each server a core of its own")
def test_the_relay_moves_the_messages_of_our_signal_and_no_others() -> None:
    with ThreadPoolExecutor() as both:
        ours, relays = both.map(signals_of, (OURS, GROUPED))
    assert _counted(plainest(ours)) == _counted(plainest(relays)) == A_SIGNAL
    told = _sizes(plainest(ours))
    assert _sizes(plainest(relays)) == pytest.approx(told, rel=AS_LONG)
    for again in (ours[-1], relays[-1]):
        kinds = Counter((one.role, one.kind) for one in again if one.kind == "state")
        assert kinds == {("client", "state"): 1, ("partner", "state"): 1}
    for signals in (ours, relays):
        assert any(one.kind == "ping" for signal in signals for one in signal)


async def test_a_slow_line_is_as_slow_as_a_poor_mobile_line_both_ways() -> None:
    size = 20_000

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(size))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, wire_to(f"http://127.0.0.1:{port}", SlowLine) as wire:
        loop = asyncio.get_running_loop()
        own_port = int(wire.url.rsplit(":")[-1])
        reader, writer = await asyncio.open_connection("127.0.0.1", own_port)
        began = loop.time()
        writer.write(b"x" * size)
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            assert await reader.read() == b"x" * size
        took_s = loop.time() - began
        writer.close()
    assert took_s >= 4 * ONE_WAY_S + 2 * size / BYTES_PER_S - 0.01


def test_a_figure_is_judged_by_its_median_of_ratios_taken_round_by_round() -> None:
    ours, others = [300.0, 100.0, 500.0], [600.0, 100.0, 2_000.0]
    times = by_round(ours, others)
    assert times == [0.5, 1.0, 0.25]
    assert Reached("", times, Target(0.45, "x", is_least=True)).cells() == [
        "0.5x", "0.25-1", "≥ 0.45x", "kept",
    ]  # fmt: skip
    assert Reached("", times, Target(0.4, "x")).cells()[-1] == "NOT KEPT"


def test_new_figures_replace_the_table_of_their_name_and_nothing_else() -> None:
    document = "# One\n| a b | x |\n| --- | ---: |\n| old | 1 |\n\nWords.\n| c | y |\n| - | 2 |\n"
    printed = "said\n\n| a b   |    x |\n| ---   | ---: |\n| new   |  3.5 |\n\n| d | z |\n"
    assert filled(document, printed) == (
        "# One\n| a b | x |\n| --- | ---: |\n| new | 3.5 |\n\nWords.\n| c | y |\n| - | 2 |\n"
    )
