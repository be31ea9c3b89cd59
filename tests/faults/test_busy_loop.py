"""P17, P4: an event loop that is held up is told; taps that waited for it add no force."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from tests.faults.inside import serve_inside
from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.proof import LONG, proof
from tests.support.serving import serving

SHORT = {"items": [{"stretch": "figure_four", "hold_s": 60, "reps": 1}], "warm_up_s": 300}
HELD_UP_S = 0.3
STANDS_S = [3.2] if LONG == 1 else [2.5, 2.9, 3.0, 3.1, 3.2, 3.4, 3.7, 4.2, 5.0, 7.0, 11.0] * 2
LOST_AFTER_S = 3.0
PUSHING = ("easing_in", "holding")


async def figure(url: str, name: str) -> float:
    async with httpx.AsyncClient(base_url=url) as http:
        told = (await http.get("/metrics")).text
    found = re.search(rf"^{name} (\S+)$", told, re.MULTILINE)
    assert found, told
    return float(found[1])


async def test_a_real_loop_that_is_held_up_says_so_and_goes_on() -> None:
    async with serve_inside() as inside:
        client, partner = await pair(inside.url)
        await drill(client, partner)
        before = await figure(inside.url, "saywhen_loop_lags_total")
        with structlog.testing.capture_logs() as lines:
            asyncio.get_running_loop().call_soon(time.sleep, HELD_UP_S + 0.1)
            await partner.until(lambda m: m["type"] == "beat")
            assert await client.ask("stop", id="after") == "done"
        assert await partner.until(lambda m: m.get("alert") == "client:after")
        late = [line for line in lines if line["event"] == "loop_lag"]
        assert late and max(line["late_ms"] for line in late) >= 250
        assert await figure(inside.url, "saywhen_loop_lags_total") - before == len(late)
        await asyncio.gather(client.close(), partner.close())


@contextlib.contextmanager
def standing_still(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.prove
@pytest.mark.parametrize("stands_s", STANDS_S)
async def test_beats_and_taps_that_piled_up_while_the_server_stood_still_hold_nothing(
    tmp_path: Path, stands_s: float
) -> None:
    """The phones never knew: they beat on. One client even taps GOOD into the silence."""
    with (
        serving([*SERVE, "--port", "0", "--data-dir", str(tmp_path)]) as served,
        proof("P4", "a server stands still while both phones beat on, and a GOOD waits", "s") as p4,
    ):
        one, two = await asyncio.gather(pair(served.url, routine=SHORT), pair(served.url))
        for mat in (one, two):
            await drill(*mat)
            await to_holding(*mat)
        assert await two[0].ask("ease") == "done"
        phase_no = (await two[0].until_phase("eased"))["phase_no"]
        heard = {program: len(program.inbox) for program in (*one, *two)}
        with standing_still(served.process.pid):
            await asyncio.sleep(stands_s / 2)
            await two[0].say({"type": "good", "id": "late", "phase_no": phase_no})
            await asyncio.sleep(stands_s / 2)
        await are_told(one, two, heard, stands_s)
        p4.trial(stands_s)
        await asyncio.gather(*(program.close() for program in (*one, *two)))


async def are_told(
    one: tuple[Program, Program],
    two: tuple[Program, Program],
    heard: dict[Program, int],
    stands_s: float,
) -> None:
    """Who lost contact is eased by the server, and stays so; the late GOOD was in vain."""
    if stands_s >= LOST_AFTER_S:
        for program in one:
            state = await program.until_state(lambda s: s["phase"] not in PUSHING)
            assert state["cause"] == "contact", state["phase"]
            await program.until(lambda m: m["type"] == "alert" and m["kind"] == "contact")
        answer = await two[0].until(lambda m: m.get("id") == "late")
        assert answer["type"] == "refused", "a GOOD from before contact was lost"
        await asyncio.sleep(1.0)
    for program in (*one, *two) if stands_s >= LOST_AFTER_S else one:
        new = [m["phase"] for m in program.inbox[heard[program] :] if m["type"] == "state"]
        after = new[new.index("eased") :] if "eased" in new else []
        assert not set(after) & set(PUSHING), new
