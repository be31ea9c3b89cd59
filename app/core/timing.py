"""The rules' own times, and what a room waits for next. Milliseconds of the server's clock.

Deadlines are data: the hub sleeps until `next_deadline` and then sends a Tick. Source:
docs/protocol.md, "Phases"; the numbers' origins stand beside them.
"""

from __future__ import annotations

from app.core.model import Eased, Holding, Link, Phase, RoomState
from app.protocol.constants import WAY_BACK_AFTER_MS

ALERT_AGAIN_MS = 250
EASING_IN_MS = 45_000
GOOD_DEAF_MS = 1_000  # Ready is in the same place, and a thumb may still be aiming at it
EASED_MS = 15_000
CLEAR_AFTER_MS = 2_000
REST_AFTER_CRAMP_MS = 30_000
GENTLE_HOLD_MS = 20_000
ABANDONED_AFTER_MS = 30 * 60_000

TIMED = frozenset({Phase.EASING_IN, Phase.HOLDING, Phase.EASED, Phase.RELEASING, Phase.RESTING})
LOSABLE = frozenset({Phase.EASING_IN, Phase.HOLDING, Phase.EASED})


def next_deadline(state: RoomState) -> int | None:
    """Return when the clock must next act in this room, or None once it has ended."""
    if state.phase is Phase.ENDED:
        return None
    due = [at for at in (way_back_at(state), abandoned_at(state)) if at is not None]
    if state.phase in TIMED and state.ends_ms is not None:
        due.append(state.ends_ms)
    return min(due, default=None)


def next_change_of_may(state: RoomState, after_ms: int) -> int | None:
    """Return when, after `after_ms`, a command becomes legal by time alone, or None."""
    due: list[int] = []
    if state.phase is Phase.EASING_IN:
        due.append(state.phase_at_ms + GOOD_DEAF_MS)
    if state.phase is Phase.STOPPED and state.stop is not None:
        due += [state.stop.at_ms + CLEAR_AFTER_MS, state.stop.again_from_ms]
    return min((at for at in due if at > after_ms), default=None)


def way_back_at(state: RoomState) -> int | None:
    """Return when a hold is brought back because a phone stays lost, or None."""
    if state.phase not in LOSABLE:
        return None
    lost = [state.seat(role) for role in state.needed if state.seat(role).link is Link.LOST]
    return min((seat.heard_ms + WAY_BACK_AFTER_MS for seat in lost), default=None)


def abandoned_at(state: RoomState) -> int | None:
    """Return when a room without any live link is given up, or None. The way back comes first."""
    if state.dark_since_ms is None or state.is_hands_on:
        return None
    return state.dark_since_ms + ABANDONED_AFTER_MS


def hold_left_ms(state: RoomState, now_ms: int) -> int:
    """Return what is left of the hold: it counts down while holding and is frozen while eased."""
    match state.at:
        case Holding(ends_ms=ends_ms):
            return max(0, ends_ms - now_ms)
        case Eased(hold_left_ms=left_ms):
            return left_ms
    return state.hold.hold_ms
