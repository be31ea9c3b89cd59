"""Makes the golden journal of a release, once: `python -m tests.journal.golden.make v0.1.0`.

A folder that exists is never written again: it shows what that release stored and meant.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from app.core import commands as c
from app.core import events as e
from app.core import stored
from app.core.evolve import replay
from app.core.model import (
    SEATS,
    After,
    Eased,
    FlagId,
    Link,
    Phase,
    Place,
    Quality,
    Role,
    RoomId,
    RoomState,
    Wish,
)
from app.core.timing import hold_left_ms
from app.journal.sqlite import SqliteStore
from tests.core.test_any_session import TAPS, walk
from tests.support.session import FACTS, ROUTINE, Session

HERE = Path(__file__).parent
WALKS_BY_CHANCE = 30
PRAGMAS = ("application_id", "user_version")


# Up to 0.3 these were fields of every state; now each belongs to the phases that have it.
OF_PHASES = ("phase", "ends_ms", "length_ms", "cause", "then", "reason", "stop", "is_kept")
# So were these up to 0.4; they belong to the repetition at hand.
OF_REPS = ("index", "needs_partner", "eases", "wish", "next_wish", "felt")


def state_of(log: list[e.Event]) -> dict[str, Any]:
    """Return the state a log leads to, as plain values in a fixed order."""
    state = replay(log)
    flat = {name: getattr(state, name) for name in OF_PHASES}
    flat |= {name: getattr(state.rep, name) for name in OF_REPS}
    flat |= {"stops_in_rep": state.rep.stops} | _of_few_phases(state)
    of_all = {name: getattr(state, name) for name in state.__struct_fields__}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(of_all | flat, order="sorted"))
    return plain


def _of_few_phases(state: RoomState) -> dict[str, Any]:
    """Return what up to 0.4 was left over where nothing reads it: only where something does."""
    flat: dict[str, Any] = {}
    if state.phase in (Phase.EASING_IN, Phase.HOLDING):
        flat["hold_left_ms"] = hold_left_ms(state, state.phase_at_ms)
    if isinstance(state.at, Eased):
        flat["hold_left_ms"] = state.at.hold_left_ms
    if state.phase is not Phase.ENDED:
        flat["is_rep_done"] = state.is_rep_done
    return flat


def whole_session() -> Session:
    """Everything that is told in a session that goes well, and then not so well."""
    s = Session()
    s.ask(c.ChooseRoutine(routine=ROUTINE, facts=tuple(FACTS.values())), Role.CLIENT)
    for on in (True, False):
        s.client(c.ChooseGentler(id=s.id(), on=on))
    s.to_positioning()
    for role in SEATS:
        s.ready(role)
    s.wait(2_000)
    s.good()
    s.wait(3_000)
    s.good()
    s.ease()
    s.wait(500)
    s.good()
    s.wait(29_500)
    s.client(c.MakeWish(id=s.id(), next=Wish.LESS))
    s.client(c.Feel(id=s.id(), place=Place("thigh_back_left")))
    s.wait(15_000)
    s.ready(Role.CLIENT)
    s.wait(2_000)
    s.client(c.FlagPain(id=s.id(), flag=FlagId("f")))
    pain = c.FlagPain(
        id=s.id(), flag=FlagId("f"), quality=Quality.CRAMP, place=Place("calf_left"), level=4
    )
    s.client(pain)
    s.let_go()
    s.wait(60_000)
    s.clear(After.SKIP)
    s.client(c.Pause(id=s.id()))
    s.ask(c.Restart())
    for role in SEATS:
        s.presence(role)
        s.ready(role)
    s.ready(Role.PARTNER)
    s.ready(Role.CLIENT)
    s.lose(Role.CLIENT)
    s.presence(Role.CLIENT)
    s.wait(24_000)
    s.presence(Role.PARTNER, Link.LOST)
    s.client(c.OnePhone(id=s.id()))
    s.ask(c.PutDisplayOn(token_hash="hash-display"))
    s.client(c.PutDisplayOff(id=s.id()))
    s.wait(1_000)
    s.client(c.End(id=s.id()))
    s.wait(40_000)
    s.client(c.Keep())
    return s


def by_chance(seed: int) -> Session:
    """Ten taps and faults from some phase on."""
    chance = random.Random(seed)
    taps = sorted(TAPS.elements)  # type: ignore[attr-defined]
    steps = [
        (chance.choice(taps), chance.choice(SEATS), chance.choice([0, 300, 2_500, 20_000]))
        for _ in range(10)
    ]
    s = Session().to([*Phase][seed % len(Phase)])
    walk(s, steps)
    return s


def logs() -> dict[RoomId, list[e.Event]]:
    """The whole session, the way to each phase, and of the others those that add something."""
    kept = {RoomId("whole"): whole_session().log}
    kept |= {RoomId(f"in_{phase}"): Session().to(phase).log for phase in Phase}
    seen = {type(event) for event in kept[RoomId("whole")]}
    for seed in range(WALKS_BY_CHANCE * len(Phase)):
        s = by_chance(seed)
        kinds = {type(event) for event in s.log}
        if kinds - seen or seed < len(Phase):
            kept[RoomId(f"walk{seed}")] = s.log
            seen |= kinds
    return {room: [_named(event, room) for event in log] for room, log in kept.items()}


def _named(event: e.Event, room: RoomId) -> e.Event:
    if isinstance(event, e.RoomOpened):
        return msgspec.structs.replace(event, room=room)
    return event


def dump(made: dict[RoomId, list[e.Event]]) -> str:
    """Store the logs in a real database; gives it as SQL."""

    async def fill(file: Path) -> None:
        store = SqliteStore.open(file)
        for room, log in made.items():
            await store.append(room, 0, log)
        await store.put("code", "ABC", b"{}", room=RoomId("whole"), expires_ms=1)
        await store.close()

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "saywhen.db"
        asyncio.run(fill(file))
        with closing(sqlite3.connect(file)) as db:
            header = [f"PRAGMA {p} = {db.execute(f'PRAGMA {p}').fetchone()[0]};" for p in PRAGMAS]
            return "\n".join([*header, *db.iterdump(), ""])


def main(release: str) -> None:
    """Write the folder of a release."""
    folder = HERE / release
    folder.mkdir()
    made = logs()
    for room, log in made.items():
        lines = b"".join(stored.encode(event) + b"\n" for event in log)
        (folder / f"{room}.jsonl").write_bytes(lines)
    states = {room: state_of(log) for room, log in made.items()}
    (folder / "states.json").write_bytes(msgspec.json.format(msgspec.json.encode(states)) + b"\n")
    few = {room: made[room] for room in [*made][:3]}
    (folder / "journal.sql").write_text(dump(few), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
