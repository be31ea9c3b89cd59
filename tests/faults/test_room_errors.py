"""P17: whatever goes wrong inside a room stops that room and no other. Sockets are real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import structlog

import app.hub.deadlines
import app.hub.room
from app.core.evolve import replay
from app.hub.room import Room
from app.journal.memory import MemoryStore
from tests.faults.inside import Inside, serve_inside
from tests.support.program import Program, drill, pair, to_holding
from tests.support.proof import proof

WITHIN_S = 5
Mat = tuple[Program, Program]

# Where it breaks: what has the function, and its name. Functions that all rooms share break only
# when they are called for this one.
A_TICK = "a tick"  # nothing is due before the end of the hold while both beat
PLACES: dict[str, Callable[[Room], tuple[Any, str]]] = {
    "the journal": lambda room: (room._journal, "append"),
    "a rule": lambda _: (app.hub.room, "decide"),
    "what an event does": lambda _: (app.hub.room, "evolve_all"),
    "what a phone is told": lambda _: (app.hub.room, "view"),
    "what raises an alert": lambda _: (app.hub.room, "alert_for"),
    "an alert on its way": lambda room: (room.listeners, "alert"),
    "an alert that was seen": lambda room: (room.alerts, "seen"),
    "an alert that is moot": lambda room: (room.alerts, "prune"),
    "when to tell an alert again": lambda room: (room.alerts, "next_ms"),
    "a state on its way": lambda room: (room.listeners, "push"),
    "a beat": lambda room: (room.presence.pulse, "renew"),
    "the end of a lease": lambda room: (room.presence.pulse, "judge"),
    "a deadline": lambda _: (app.hub.deadlines, "next_deadline"),
    A_TICK: lambda room: (room._deadlines, "_tick"),
}

AT_THE_ENTRANCE = "what raises an alert"  # the tap got no further: there is nothing to answer


def breaks(patch: pytest.MonkeyPatch, room: Room, place: str, times: int = 1) -> list[str]:
    """Make that place raise so many times for this room; return where it did."""
    owner, name = PLACES[place](room)
    real = getattr(owner, name)
    is_shared = owner not in (room.alerts, room.listeners, room.presence.pulse, room._deadlines)
    raised: list[str] = []

    def broken(*args: Any, **more: Any) -> Any:
        is_ours = not is_shared or room.id in (args[0], getattr(args[0], "room", None))
        if is_ours and len(raised) < times:
            raised.append(place)
            raise ValueError(place)
        return real(*args, **more)

    patch.setattr(owner, name, broken)
    return raised


async def holding(inside: Inside) -> Mat:
    mat = await pair(inside.url)
    await drill(*mat)
    await to_holding(*mat)
    return mat


def stops(program: Program) -> list[dict[str, Any]]:
    """Return the stops that this phone was alerted to, except the drill."""
    alerts = [m for m in program.inbox if m["type"] == "alert"]
    return [m for m in alerts if m["kind"] == "stop" and not m["drill"]]


@pytest.mark.prove
async def test_an_error_in_a_room_stops_that_room_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each room breaks at a place of its own, all in one server; one more room is sound."""
    with proof("P17", "an error at each place inside a room, other rooms beside it") as p17:
        memory = MemoryStore()
        async with serve_inside((memory, memory)) as inside:
            sound, *mats = await asyncio.gather(*(holding(inside) for _ in ("", *PLACES)))
            with structlog.testing.capture_logs():
                for place, mat in zip(PLACES, mats, strict=True):
                    await breaks_and_stops(inside, place, mat, monkeypatch)
                    p17.trial()
            await goes_on(mats[0])
            await knows_nothing_of_it(sound)
            for mat in mats:
                room = inside.app.state.rooms.here(mat[0].room)
                assert replay(await memory.read(room.id)) == room.state
            await asyncio.gather(*(program.close() for mat in (sound, *mats) for program in mat))


async def breaks_and_stops(
    inside: Inside, place: str, mat: Mat, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = inside.app.state.rooms.here(mat[0].room)
    assert not any(stops(program) for program in mat), f"stopped before {place} broke"
    raised = breaks(monkeypatch, room, place)
    mat[1].is_beating = place != A_TICK
    await mat[0].say({"type": "good", "id": "g", "phase_no": room.state.phase_no})
    try:
        async with asyncio.timeout(WITHIN_S):
            await is_stopped_for_error(mat)
            if place != AT_THE_ENTRANCE:
                await mat[0].until(lambda m: m["type"] in ("done", "refused") and m["id"] == "g")
    except TimeoutError as e:
        raise AssertionError(f"an error in {place} leaves the room as it is, or unanswered") from e
    assert raised == [place]
    mat[1].is_beating = True


async def is_stopped_for_error(mat: Mat) -> None:
    """Both are alerted at once, and told the state."""
    for program in mat:
        state = await program.until_phase("stopped")
        assert (state["stop"]["cause"], state["stop"]["by"]) == ("error", "server")
        assert [alert["cause"] for alert in stops(program)][-1] == "error"


async def goes_on(mat: Mat) -> None:
    """The client clears what the server raised: no dead end."""
    client, partner = mat
    assert await partner.ask("let_go", stop=partner.state["stop"]["stop"]) == "done"
    await client.until_state(lambda state: "clear" in state["may"])
    stop = client.state["stop"]["stop"]
    assert await client.ask("clear", stop=stop, then="again") == "done"
    await partner.until_phase("positioning")


async def knows_nothing_of_it(mat: Mat) -> None:
    """Still holding, no alert; and its own STOP works."""
    for program in mat:
        assert program.state["phase"] == "holding"
        assert not stops(program)
    assert await mat[0].ask("stop") == "done"
    await mat[1].until_phase("stopped")


async def test_what_goes_wrong_for_ever_does_not_fill_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A view that always raises: the stop is told and written once, not in a circle."""
    async with serve_inside() as inside:
        mine = await holding(inside)
        room = inside.app.state.rooms.here(mine[0].room)
        seq = room.state.seq
        with structlog.testing.capture_logs():
            breaks(monkeypatch, room, "what a phone is told", times=1_000_000)
            await mine[0].say({"type": "good", "id": "g", "phase_no": room.state.phase_no})
            for program in mine:
                await program.until(lambda m: m["type"] == "alert" and m["cause"] == "error")
            await asyncio.sleep(0.3)
        assert room.state.seq - seq < 10
        assert len({alert["alert"] for alert in stops(mine[1])}) == 1
        monkeypatch.undo()
        await asyncio.gather(*(program.close() for program in mine))
