"""P4: a server that stood still adds no force when it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.serve import PONG_S
from app.server.connection import READS_ON_S
from tests.faults.raw import BEAT, PING, PONG, TEXT, Raw, frame, message, start
from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.proof import LONG, proof
from tests.support.serving import Served, serving

SHORT = {"items": [{"stretch": "figure_four", "hold_s": 60, "reps": 1}], "warm_up_s": 300}
STANDS_S = [4.0] if LONG == 1 else [3.5, 4.0, 5.0, 6.0, 8.0, 11.0, 13.0]


@contextlib.contextmanager
def standing_still(served: Served) -> Iterator[None]:
    os.kill(served.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(served.process.pid, signal.SIGCONT)


async def again(program: Program) -> Program:
    """Connect anew, as phones do that have heard nothing for a while."""
    await program.close()
    return await Program(program.url, program.room, program.role, program.token).connect()


@pytest.mark.prove
@pytest.mark.parametrize("is_beating", [True, False])
@pytest.mark.parametrize("stands_s", STANDS_S)
async def test_a_server_that_stood_still_goes_on_with_nothing(
    tmp_path: Path, stands_s: float, is_beating: bool
) -> None:
    """Also where beats have queued up: they come all at once, before any timer."""
    with (
        serving([*SERVE, "--port", "0", "--data-dir", str(tmp_path)]) as served,
        proof("P4", "a server that stood still for longer than a lease", "s") as p4,
    ):
        client, partner = await pair(served.url, routine=SHORT)
        await drill(client, partner)
        await to_holding(client, partner)
        with standing_still(served):
            for program in (client, partner):
                program.is_beating = is_beating
            await asyncio.sleep(stands_s)
        back = [client, partner] if is_beating else [await again(client), await again(partner)]
        for program in back:
            state = await program.until_state(lambda s: s["phase"] != "holding")
            assert state["phase"] in ("eased", "releasing", "paused"), state["phase"]
            assert state["cause"] == "contact"
        p4.trial(stands_s)
        await asyncio.gather(*(program.close() for program in back))


async def test_who_answered_while_the_server_stood_still_is_not_cut(tmp_path: Path) -> None:
    """When it goes on, the time for the answer to its ping is over, but the answer has arrived."""
    with serving([*SERVE, "--port", "0", "--data-dir", str(tmp_path)]) as served:
        raw = await Raw.opened(served.url, *await start(served.url))
        with contextlib.closing(raw.sock):
            for n in range(8):  # after so much told, the phone must prove that it reads
                await raw.send(message(type="stop", id=f"s{n}"))
            ping = await raw.until(PING)
            with standing_still(served):
                await raw.send(frame(ping, PONG) + BEAT)
                await asyncio.sleep(PONG_S + 1)
            await raw.until(TEXT, b'"type":"beat"')
            await asyncio.sleep(2 * READS_ON_S)
            await raw.send(BEAT)
            await raw.until(TEXT, b'"type":"beat"')
