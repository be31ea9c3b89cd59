"""P8: what a phone was answered before a kill it is answered again after it, and it counts once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core import events as e
from app.core.evolve import replay
from app.core.model import RoomId
from app.journal.sqlite import SqliteStore
from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.proof import LONG, proof
from tests.support.serving import Served, serving

KILLS = 2 * min(LONG, 20)
MATS = 4
TRUE_WITHIN_MS = 2_000
URGENT = ("stop", "ease", "pain")
WAY_BACK = ("eased", "releasing")  # the second ease of a rep brings it back


@dataclass
class Pair:
    """Two phones over many lives of the server, and the tap that a kill came upon."""

    client: Program
    partner: Program
    tap: dict[str, str]
    is_answered: bool = False

    @property
    def alert(self) -> str:
        return f"client:{self.tap['id']}"


async def lay(url: str) -> Pair:
    client, partner = await pair(url)
    await drill(client, partner)
    return Pair(client, partner, {})


@pytest.mark.prove
async def test_a_tap_that_a_kill_came_upon_is_answered_again_and_counts_once(
    tmp_path: Path,
) -> None:
    chance = random.Random(8)
    command = [*SERVE, "--data-dir", str(tmp_path), "--port"]
    what = "a tap under way at kill -9, sent again: answered, shown, counted once"
    with proof("P8", what, "ms", TRUE_WITHIN_MS) as p8:
        with serving([*command, "0"], SAYWHEN_ROOMS_PER_MIN="1000") as first:
            mats = await asyncio.gather(*(lay(first.url) for _ in range(MATS)))
            await tap_and_kill(first, mats, chance, 0)
        port = first.url.rsplit(":", 1)[1]
        for number in range(1, KILLS + 1):
            with serving([*command, port]) as served:
                ready = time.monotonic()
                await asyncio.gather(*(come_back(served, mat) for mat in mats))
                p8.trial((time.monotonic() - ready) * 1000, times=MATS)
                await asyncio.gather(*(clear(mat) for mat in mats))
                await tap_and_kill(served, mats, chance, number)
            await count_once(tmp_path, mats)


async def tap_and_kill(served: Served, mats: list[Pair], chance: random.Random, no: int) -> None:
    """All hold; each client taps something; the server dies before, at, or after its answers."""
    await asyncio.gather(*(to_holding(mat.client, mat.partner) for mat in mats))
    for mat in mats:
        type = chance.choice(URGENT)
        mat.tap = {"type": type, "id": f"{type}-{no}"}
        mat.tap |= {"flag": f"f{no}"} if type == "pain" else {}
        await mat.client.say(mat.tap)
    await asyncio.sleep(chance.choice([0, 0, 0.002, 0.005, 0.01, 0.3]))
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()
    for mat in mats:
        await asyncio.gather(mat.client.close(), mat.partner.close())
        mat.is_answered = is_done(mat.client, mat.tap["id"])


def is_done(program: Program, id: str) -> bool:
    return any(m["type"] == "done" and m["id"] == id for m in program.inbox)


async def come_back(served: Served, mat: Pair) -> None:
    """Reconnect by token, send the tap again: done, shown to the partner, told to the client."""
    mat.client, mat.partner = [
        await Program(served.url, old.room, old.role, old.token).connect()
        for old in (mat.client, mat.partner)
    ]
    first = mat.partner.state
    assert first["phase"] not in ("easing_in", "holding"), first["phase"]
    if mat.is_answered:
        wanted = WAY_BACK if mat.tap["type"] == "ease" else ("stopped",)
        assert first["phase"] in wanted, "an answered tap was lost"
    async with asyncio.timeout(TRUE_WITHIN_MS / 1000):
        await mat.client.say(mat.tap)
        await mat.client.until(lambda m: m["type"] == "done" and m["id"] == mat.tap["id"])
        await mat.client.until(lambda m: m["type"] == "fate" and m["alert"] == mat.alert)
        if mat.tap["type"] != "ease":
            for program in (mat.client, mat.partner):
                state = await program.until_phase("stopped")
                assert state["stop"]["stop"] == mat.alert


async def clear(mat: Pair) -> None:
    """Let go and clear, or stop first: back to where a hold may begin."""
    if mat.client.state["phase"] != "stopped":
        assert await mat.client.ask("stop", id=f"then-{mat.tap['id']}") == "done"
    stop = (await mat.partner.until_phase("stopped"))["stop"]["stop"]
    assert await mat.partner.ask("let_go", stop=stop) == "done"
    await mat.client.until_state(lambda state: "clear" in state["may"])
    assert await mat.client.ask("clear", stop=stop, then="again") == "done"


async def count_once(folder: Path, mats: list[Pair]) -> None:
    """On the disk of the dead server every id stands once, and nothing is running."""
    store = await asyncio.to_thread(SqliteStore.open, folder / "saywhen.db")
    try:
        for mat in mats:
            log = await store.read(RoomId(mat.client.room))
            ids = Counter((x.role, x.id) for x in log if isinstance(x, e.CommandDone))
            assert max(ids.values()) == 1
            is_known = any(id == mat.tap["id"] for _, id in ids)
            assert is_known or not mat.is_answered
            assert not is_known or replay(log).phase in (*WAY_BACK, "stopped")
    finally:
        await store.close()
