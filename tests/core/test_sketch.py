"""What is true of sketches is true of rooms: the same commands are allowed in both."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from app.core.model import (
    SEATS,
    TIMED,
    At,
    Flag,
    Phase,
    Role,
    RoomState,
    Routine,
    RoutineItem,
    Seat,
    Stopped,
    StopState,
)
from app.core.phases import TABLE
from tests.core.sketch import DRILL, FLAG, NOW, PHASE_NO, STOP, Sketch, room, sketched
from tests.core.test_any_session import walk
from tests.core.ways import Asking, Watch, askings, by_command, take
from tests.support.proof import LONG, proof
from tests.support.session import KNEES, LEG, Session

MIXED = Routine((RoutineItem(KNEES, 20, 1, 15), RoutineItem(LEG, 25, 1, 15)))
TAPS = (
    "ready", "ready", "good", "ease", "stop", "pain", "numb", "let_go", "clear_again",
    "clear_skip", "wish", "feel", "pause", "skip", "end", "hide", "show", "lose", "back",
    "drill", "restart", "fail",
)  # fmt: skip


def here(s: Session) -> RoomState:
    """Move a real state to NOW, and give it the names that the commands quote."""
    state, by_ms = s.state, NOW - s.now_ms

    in_warm_up = state.phase is Phase.WARMING_UP
    return replace(
        state,
        phase_no=PHASE_NO,
        phase_at_ms=state.phase_at_ms + by_ms,
        at=_at_here(state.at, by_ms),
        dark_since_ms=None if state.dark_since_ms is None else state.dark_since_ms + by_ms,
        drill=state.drill and replace(state.drill, alert=DRILL),
        shown=tuple((DRILL if in_warm_up else alert, ms) for alert, ms in state.shown),
        client=_seat_here(state.client, by_ms),
        partner=_seat_here(state.partner, by_ms),
    )


def _at_here(at: At, by_ms: int) -> At:
    if isinstance(at, TIMED):
        return replace(at, ends_ms=at.ends_ms + by_ms)
    return replace(at, stop=_stop_here(at.stop, by_ms)) if isinstance(at, Stopped) else at


def _seat_here(seat: Seat, by_ms: int) -> Seat:
    return replace(seat, heard_ms=seat.heard_ms + by_ms)


def _stop_here(stop: StopState, by_ms: int) -> StopState:
    """Every sketch of a stop has a flag: one without could only do less."""
    again_ms = stop.again_from_ms + by_ms if stop.again_from_ms else 0
    at_ms = stop.at_ms + by_ms
    return replace(stop, stop=STOP, at_ms=at_ms, again_from_ms=again_ms, flag=Flag(FLAG))


def follows(state: RoomState, asking: Asking) -> Sketch | None:
    step = take(state, Watch(), asking, by_command(TABLE))
    return None if step.after is None else sketched(step.after)._replace(left_ms=0)


@pytest.mark.prove
def test_a_sketch_can_do_exactly_what_the_room_it_is_drawn_from_can() -> None:
    dice, asked, base = random.Random(5), askings(MIXED), Session(MIXED).state
    with proof("P5", "a sketch and the room it is drawn from can do the same") as p:
        for _ in range(12 if LONG == 1 else 400):
            s = Session(MIXED).to(dice.choice([one for one in Phase if one is not Phase.LOBBY]))
            for _ in range(12):
                walk(s, [(dice.choice(TAPS), _anyone(dice), dice.choice([0, 300, 1_000, 2_500]))])
                s.wait(dice.choice([0, 1, 2_000, 16_000]))
                state = here(s)
                drawn = room(sketched(state), base)
                for asking in asked:
                    assert follows(state, asking) == follows(drawn, asking), (asking, state)
                p.trial(times=len(asked))


def _anyone(dice: random.Random) -> Role:
    return dice.choice(SEATS)
