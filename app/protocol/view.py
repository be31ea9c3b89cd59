"""(state, severity, role, now) -> the `state` message of one phone."""

from __future__ import annotations

from typing import Literal

from app.core.effects import next_hold
from app.core.model import (
    SEATS,
    Flag,
    Link,
    Phase,
    Quality,
    Role,
    RoomState,
    Severity,
    Side,
)
from app.core.safety import options, severity_of, suggestion, todo
from app.core.timing import hold_left_ms
from app.protocol import to_phone as m
from app.protocol.constants import PROTOCOL_VERSION
from app.protocol.display import for_display
from app.protocol.may import may, wishes

TIMER_KINDS = {
    Phase.WARMING_UP: "warm_up",
    Phase.EASING_IN: "ask",
    Phase.HOLDING: "hold",
    Phase.EASED: "eased",
    Phase.RELEASING: "come_out",
    Phase.RESTING: "rest",
}


def view(
    state: RoomState,
    role: Role,
    now_ms: int,
    epoch: str,
    severity: Severity = Severity.OK,
    can_invite: bool = False,
    has_knock: bool = False,
    is_restarting: bool = False,
) -> m.StateTold:
    """Return the state as one phone may know it.

    `severity` is that of alerts not yet committed; the last three are known only to the hub. A
    host's laptop gets the partner's view, a display what for_display leaves of it.
    """
    worst = max(severity, severity_of(state))
    told = m.StateTold(
        v=PROTOCOL_VERSION,
        epoch=epoch,
        seq=state.seq,
        phase_no=state.phase_no,
        now_ms=now_ms,
        role=role.value,
        room=state.room,
        host=state.host is role,
        phase=state.phase.value,
        cause=state.cause.value if state.cause else None,
        todo=todo(state),
        routine=state.routine,
        step=step(state, state.index),
        next=step(state, next_hold(state)),
        needs_partner=state.rep.needs_partner and not state.is_one_phone,
        timer=timer(state, now_ms),
        drill=_drill(state),
        gentle=state.is_gentle,
        stop=_stop(state),
        closed=state.closed,
        felt=_felt(state),
        wishes=wishes(state, role, now_ms),
        severity=worst.name.lower(),
        ended=m.EndTold(reason=state.reason) if _is_ended(state) and state.reason else None,
        seats={seat.value: _seat(state, seat) for seat in SEATS},
        displays=int(state.display_hash is not None),
        restarting=is_restarting,
        may=may(state, role, now_ms, worst, can_invite, has_knock, is_restarting),
    )
    return for_display(told) if role is Role.DISPLAY else told


def _is_ended(state: RoomState) -> bool:
    return state.phase is Phase.ENDED


def step(state: RoomState, index: int | None) -> m.Step | None:
    """Describe one hold of the plan, or None where there is none."""
    if index is None or not state.plan:
        return None
    hold = state.plan[index]
    rep = state.rep
    wish = rep.wish if index == rep.index else rep.next_wish
    return m.Step(
        index=index,
        count=len(state.plan),
        stretch=hold.stretch,
        side=Side(hold.side).value,
        rep=hold.rep,
        reps=hold.reps,
        wish=wish.value if wish else None,
    )


def timer(state: RoomState, now_ms: int) -> m.TimerTold | None:
    """Describe what counts down. While eased it is the hold's, frozen."""
    kind = TIMER_KINDS.get(state.phase)
    if state.phase is Phase.EASED:
        left = hold_left_ms(state, now_ms)
        return _timer("eased", state.hold.hold_ms, left, None)
    if state.phase is Phase.HOLDING and state.ends_ms is not None:
        return _timer("hold", state.hold.hold_ms, max(0, state.ends_ms - now_ms), state.ends_ms)
    if kind is not None and state.ends_ms is not None:
        return _timer(kind, state.length_ms, max(0, state.ends_ms - now_ms), state.ends_ms)
    return _cramp_rest(state, now_ms)


def _timer(kind: str, length_ms: int, left_ms: int, ends_ms: int | None) -> m.TimerTold:
    return m.TimerTold(
        kind=kind,  # type: ignore[arg-type]
        length_ms=length_ms,
        remaining_ms=left_ms,
        ends_ms=ends_ms,
    )


def _cramp_rest(state: RoomState, now_ms: int) -> m.TimerTold | None:
    stop = state.stop
    if state.phase is not Phase.STOPPED or stop is None or stop.again_from_ms <= now_ms:
        return None
    left = stop.again_from_ms - now_ms
    return _timer("rest", max(left, 30_000), left, stop.again_from_ms)


def _drill(state: RoomState) -> m.DrillTold | None:
    drill = state.drill
    if drill is None:
        return None
    return m.DrillTold(alert=drill.alert, shown_ms=drill.shown_ms, answered=drill.is_answered)


def _felt(state: RoomState) -> m.FeltTold | None:
    felt = state.rep.felt
    return None if felt is None else m.FeltTold(place=felt[0], expected=felt[1])


def _stop(state: RoomState) -> m.StopTold | None:
    """Describe the stop. The partner learns that it hurts, and where: they may have caused it."""
    stop = state.stop
    if stop is None:
        return None
    return m.StopTold(
        stop=stop.stop,
        by=stop.by,
        cause=stop.cause,
        flag=_flag(stop.flag, stop.qualities) if stop.flag else None,
        let_go=stop.is_let_go,
        at_ms=stop.at_ms,
        options=tuple(o.value for o in options(state)),
        suggest=suggestion(state).value,
    )


def _flag(flag: Flag, told: frozenset[Quality]) -> m.FlagTold:
    in_order = tuple(quality.value for quality in Quality if quality in told)
    return m.FlagTold(quality=flag.quality, qualities=in_order, place=flag.place, level=flag.level)


def _seat(state: RoomState, role: Role) -> m.SeatTold:
    seat = state.seat(role)
    return m.SeatTold(
        phone=_phone(state, role),
        taken=seat.is_taken,
        link=seat.link.value,
        ready=seat.is_ready,
        visible=seat.visible,
        sound=seat.sound,
        awake=seat.awake,
        silent_since_ms=seat.heard_ms if seat.link is Link.LOST else None,
    )


def _phone(state: RoomState, role: Role) -> Literal["own", "shared", "none"]:
    if role not in state.needed:
        return "shared"
    return "own" if state.seat(role).is_taken else "none"
