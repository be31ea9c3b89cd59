"""P7, P8: the server is killed again and again, at any moment, under people who go on tapping."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core import events as e
from app.core.evolve import evolve
from app.core.model import RoomId, RoomState
from app.journal.sqlite import SqliteStore
from app.protocol.view import view
from tests.faults.observer import Phone
from tests.support.fixtures import SERVE
from tests.support.program import drill, pair
from tests.support.proof import LONG, Proof, proof
from tests.support.serving import serving

GENERATIONS, KILLS, ROOMS = (1, 5, 3) if LONG == 1 else (20, 20, 6)
TRUE_WITHIN_MS = 2_000
SHOWS = ("phase", "phase_no", "cause")


@pytest.mark.prove
@pytest.mark.parametrize("generation", range(GENERATIONS))
async def test_no_kill_loses_what_was_answered_or_gives_a_number_two_meanings(
    tmp_path: Path, generation: int
) -> None:
    chance = random.Random(generation)
    with (
        proof("P7", "kill -9 at random; events answered or shown, compared with the disk") as p7,
        proof("P8", "true state on both phones after kill -9", "ms", TRUE_WITHIN_MS) as p8,
    ):
        phones, code, port = await first_life(tmp_path, chance)
        for _ in range(KILLS):
            await judge(tmp_path, phones, p7)
            await next_life(tmp_path, port, phones, code, p8, chance)
        await judge(tmp_path, phones, p7)


def command(folder: Path, port: str) -> list[str]:
    return [*SERVE, "--data-dir", str(folder / "data"), "--port", port]


async def first_life(folder: Path, chance: random.Random) -> tuple[list[Phone], str, str]:
    """Pair the rooms, and leave one invitation open in a room of its own."""
    with serving(command(folder, "0"), SAYWHEN_ROOMS_PER_MIN="1000") as served:
        phones: list[Phone] = []
        for _ in range(ROOMS):
            client, partner = await pair(served.url)
            await drill(client, partner)
            phones += [Phone(client, chance), Phone(partner, chance)]
        async with httpx.AsyncClient(base_url=served.url) as http:
            waiting = (await http.post("/api/rooms", json={"role": "client"})).json()
        await live_and_die(served.process, phones, chance)
    return phones, waiting["invitation"]["code"], served.url.rsplit(":", 1)[1]


async def live_and_die(process: Any, phones: list[Phone], chance: random.Random) -> None:
    for phone in phones:
        phone.act()
    await asyncio.sleep(chance.uniform(0.2, 0.9))
    process.send_signal(signal.SIGKILL)
    process.wait()
    await asyncio.gather(*(phone.gone() for phone in phones))


async def next_life(
    folder: Path, port: str, phones: list[Phone], code: str, p8: Proof, chance: random.Random
) -> None:
    """All come back: the truth is there, nothing runs by itself, the unused code still knocks."""
    with serving(command(folder, port), SAYWHEN_ROOMS_PER_MIN="1000") as served:
        ready = time.monotonic()
        took = await asyncio.gather(*(phone.come(served.url, ready) for phone in phones))
        for ms, phone in zip(took, phones, strict=True):
            assert ms <= TRUE_WITHIN_MS
            first = next(m for m in phone.program.inbox if m["type"] == "state")
            assert first["phase"] not in ("easing_in", "holding"), first
            p8.trial(ms)
        async with httpx.AsyncClient(base_url=served.url) as http:
            assert (await http.post("/api/join", json={"code": code})).status_code == 202
        await live_and_die(served.process, phones, chance)


async def judge(folder: Path, phones: list[Phone], p7: Proof) -> None:
    """Compare what was answered and shown with what is on the disk of the dead server."""
    store = await asyncio.to_thread(SqliteStore.open, folder / "data" / "saywhen.db")
    try:
        for phone in phones:
            log = await store.read(RoomId(phone.room))
            assert log[: len(phone.disk)] == phone.disk, "the past has changed"
            phone.disk = log
            p7.trial(times=was_answered(phone, log) + was_shown(phone, log))
    finally:
        await store.close()


def was_answered(phone: Phone, log: list[e.Event]) -> int:
    """Every `done` is on the disk, and nothing was applied twice."""
    mine = [x.id for x in log if isinstance(x, e.CommandDone) and x.role == phone.role]
    twice = [id for id, times in Counter(mine).items() if times > 1]
    assert not twice, f"{phone.room} applied {twice} twice"
    missing = phone.done - set(mine)
    assert not missing, f"{phone.room} answered {missing} and has lost it"
    count = len(phone.done)
    phone.done.clear()
    return count


def was_shown(phone: Phone, log: list[e.Event]) -> int:
    """Every state that was told is what a replay of the disk gives for its number."""
    told = {state["seq"]: state for state in phone.states}
    assert max(told, default=0) <= len(log), f"{phone.room} showed more than it has"
    state = RoomState(RoomId(""))
    for seq, event in enumerate(log, 1):
        state = evolve(state, event)
        if seq in told:
            assert meaning(told[seq]) == of_disk(state), f"{phone.room} {seq} has two meanings"
    phone.states.clear()
    return len(told)


def meaning(told: dict[str, Any]) -> tuple[Any, ...]:
    stop, step = told["stop"], told["step"]
    shows = tuple(told[name] for name in SHOWS)
    return (*shows, stop and (stop["stop"], stop["let_go"]), step and step["index"])


def of_disk(state: RoomState) -> tuple[Any, ...]:
    told = view(state, state.host, state.phase_at_ms, "")
    stop, step = told.stop, told.step
    shows = tuple(getattr(told, name) for name in SHOWS)
    return (*shows, stop and (stop.stop, stop.let_go), step and step.index)
