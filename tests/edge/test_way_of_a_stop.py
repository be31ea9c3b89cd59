"""docs/way-of-a-stop.md tells the truth: its files are those that a real STOP goes through."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from app.core.evolve import replay
from app.core.model import SEATS, Phase
from app.journal.sqlite import SqliteStore
from tests.faults.inside import Inside, serve_inside
from tests.support.program import Program
from tests.support.seeded import lay
from tests.support.way import ROOT, beside, is_in_order, steps


@contextmanager
def noting(called: dict[str, None]) -> Iterator[None]:
    """Note each file of the app whose functions are called, in the order of first calls."""
    home = str(ROOT / "app")

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(home):
            called[str(Path(frame.f_code.co_filename).relative_to(ROOT))] = None

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


async def in_a_hold(inside: Inside) -> list[Program]:
    """Both phones of a room whose hold runs; they beat no more, so that nothing else happens."""
    state = inside.app.state
    made = await lay(state.journal, Phase.HOLDING, state.clock.now_ms())
    state.rooms.show(state.rooms.adopt(replay(made.events)))
    phones = [Program(inside.url, made.room, role, made.tokens[role]) for role in SEATS]
    for phone in phones:
        phone.is_beating = False
        await phone.connect()
    return phones


async def test_the_servers_part_of_the_walk_is_the_order_of_the_real_calls(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "saywhen.db")
    called: dict[str, None] = {}
    async with serve_inside((store, store)) as inside:
        client, partner = phones = await in_a_hold(inside)
        with noting(called):
            await client.say({"type": "stop", "id": "s1"})
            await partner.until(lambda m: m["type"] == "alert" and m["kind"] == "stop")
            await client.until(lambda m: m["type"] == "done" and m["id"] == "s1")
        await asyncio.gather(*(phone.close() for phone in phones))
    walk = [file for file, _ in steps("The server")]
    assert is_in_order(walk, list(called)), list(called)
    assert set(called) <= {*walk, *beside()}, "a file is on the way that the walk does not name"
