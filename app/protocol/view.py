"""(state, severity, role, now) -> the `state` message of one phone. `may` asks `decide` itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from app.core import commands as c
from app.core.decide import is_allowed, is_ever_allowed
from app.core.effects import next_hold
from app.core.inviting import may_invite
from app.core.model import (
    SEATS,
    CommandId,
    Flag,
    FlagId,
    Link,
    Phase,
    Place,
    Quality,
    Role,
    RoomState,
    Severity,
    Side,
    Wish,
)
from app.core.safety import options, severity_of, suggestion, todo
from app.core.timing import hold_left_ms
from app.protocol import to_phone as m
from app.protocol.constants import PROTOCOL_VERSION
from app.protocol.display import for_display

TIMER_KINDS = {
    Phase.WARMING_UP: "warm_up",
    Phase.EASING_IN: "ask",
    Phase.HOLDING: "hold",
    Phase.EASED: "eased",
    Phase.RELEASING: "come_out",
    Phase.RESTING: "rest",
}
PROBE = CommandId("probe")


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


def may(
    state: RoomState,
    role: Role,
    now_ms: int,
    severity: Severity,
    can_invite: bool = False,
    has_knock: bool = False,
    is_restarting: bool = False,
) -> tuple[str, ...]:
    """List the commands that would be accepted from this phone now, in the protocol's order."""
    held_back = is_restarting or severity > severity_of(state)
    names = [
        name
        for name, probes in ASKED[role, state.phase]
        if any(
            is_allowed(state, probe, now_ms, role)
            for probe in probes(state)
            if not (held_back and isinstance(probe, c.FORCE))
        )
    ]
    extra = (["admit", "turn_away"] if has_knock else []) + (["invite"] if can_invite else [])
    shows = ["invite_display"] if may_invite(state, role, Role.DISPLAY) else []
    return (*names, *extra, *shows)


def wishes(state: RoomState, role: Role, now_ms: int) -> tuple[str, ...]:
    """List the wishes that would be accepted from this phone now."""
    if not is_ever_allowed(c.MakeWish, role, state.phase):
        return ()
    asked = [(wish.value, c.MakeWish(id=PROBE, next=wish)) for wish in Wish]
    return tuple(name for name, probe in asked if is_allowed(state, probe, now_ms, role))


Probes = Callable[[RoomState], Iterable[c.Command]]


def _always(command: c.Command) -> Probes:
    return lambda state: (command,)


def _lets_go(state: RoomState) -> Iterable[c.Command]:
    stop, drill = state.stop, state.drill
    yield c.LetGo(id=PROBE, stop=stop.stop if stop else None, alert=drill.alert if drill else None)


def _clears(state: RoomState) -> Iterable[c.Command]:
    if state.stop is not None:
        for then in options(state):
            yield c.Clear(id=PROBE, stop=state.stop.stop, then=then)


# What stands for each name in `may`, in the protocol's order.
PROBES: dict[str, tuple[type[c.Command], Probes]] = {
    "briefed": (c.Brief, _always(c.Brief(id=PROBE))),
    "routine": (c.ChooseRoutine, lambda s: (c.ChooseRoutine(routine=s.routine, facts=()),)),
    "ready": (c.Ready, lambda s: (c.Ready(id=PROBE, phase_no=s.phase_no),)),
    "good": (c.TapGood, lambda s: (c.TapGood(id=PROBE, phase_no=s.phase_no),)),
    "ease": (c.EaseOff, _always(c.EaseOff(id=PROBE))),
    "stop": (c.Stop, _always(c.Stop(id=PROBE))),
    "gentler": (c.ChooseGentler, lambda s: (c.ChooseGentler(id=PROBE, on=not s.is_gentle),)),
    "pain": (c.FlagPain, _always(c.FlagPain(id=PROBE, flag=FlagId("probe")))),
    "let_go": (c.LetGo, _lets_go),
    "clear": (c.Clear, _clears),
    "wish": (c.MakeWish, _always(c.MakeWish(id=PROBE, next=Wish.SAME))),
    "feel": (c.Feel, _always(c.Feel(id=PROBE, place=Place("probe")))),
    "pause": (c.Pause, _always(c.Pause(id=PROBE))),
    "skip": (c.Skip, _always(c.Skip(id=PROBE))),
    "end": (c.End, _always(c.End(id=PROBE))),
    "one_phone": (c.OnePhone, _always(c.OnePhone(id=PROBE))),
    "display_off": (
        c.PutDisplayOff, lambda s: (c.PutDisplayOff(id=PROBE),) if s.display_hash else (),
    ),
}  # fmt: skip

ASKED: dict[tuple[Role, Phase], tuple[tuple[str, Probes], ...]] = {
    (role, phase): tuple(
        (name, probes)
        for name, (command, probes) in PROBES.items()
        if is_ever_allowed(command, role, phase)
    )
    for role in Role
    for phase in Phase
}
