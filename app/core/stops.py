"""What stop signals, pain flags and the clearing of a stop do: (state, command, by, now) -> events.

Called only by `decide`, after every guard held. Changes nothing by itself.
"""

from __future__ import annotations

from msgspec.structs import replace

from app.core import commands as c
from app.core import events as e
from app.core.commands import Command
from app.core.effects import Events, end_with, ended_by, go_on, skip, undo_ready
from app.core.evolve import evolve_all
from app.core.guards import Asked
from app.core.model import (
    AlertId,
    Cause,
    Flag,
    Phase,
    Quality,
    Reason,
    Role,
    RoomState,
    StopState,
)
from app.core.safety import alert_id, contact_id
from app.core.timing import REST_AFTER_CRAMP_MS

SIGNS = frozenset({Quality.NUMB, Quality.WEAK, Quality.SPREADING})
CLOSING = frozenset({Quality.SHARP})
CRAMPS = frozenset({Quality.CRAMP, Quality.ACHE})
# Of several, an older page is told the first of these.
GRAVEST = (
    Quality.SPREADING, Quality.NUMB, Quality.WEAK, Quality.SHARP, Quality.CRAMP, Quality.ACHE,
)  # fmt: skip


def tell_stop(a: Asked[Command]) -> Events:
    return [e.StopSignalled(at_ms=a.now_ms, by=a.by), *undo_ready(a)]


def tap_drill(a: Asked[c.Stop]) -> Events:
    return [e.DrillTapped(at_ms=a.now_ms, alert=alert_id(a.by, a.command.id))]


def answer_drill(a: Asked[Command]) -> Events:
    return [e.DrillAnswered(at_ms=a.now_ms)]


def stop(a: Asked[c.Stop]) -> Events:
    return [_stop(a, alert_id(a.by, a.command.id), Cause.ASKED)]


def stop_for_pain(a: Asked[c.FlagPain]) -> Events:
    p = a.command
    stopped = _stop(a, alert_id(a.by, p.id), Cause.PAIN, Flag(p.flag))
    return [stopped, *_said(a, evolve_all(a.state, [stopped]))]


def stop_for_error(a: Asked[Command]) -> Events:
    return [_stop(a, contact_id(a.state), Cause.ERROR)]


def _stop(a: Asked[Command], name: AlertId, cause: Cause, flag: Flag | None = None) -> e.Event:
    """Latch a stop, whether or not one is up. What was said about a pain goes on counting.

    A stop by the client makes the client its raiser; one by the partner never takes that away. A
    stop counts once, and one that an error of the server raised does not count.
    """
    before = a.state.stop if a.state.phase is Phase.STOPPED else None
    raiser = a.by if before is None or a.by is Role.CLIENT else before.by
    is_pain = Cause.PAIN in (cause, before.cause if before else None)
    stop = StopState(
        stop=name,
        by=raiser,
        cause=Cause.PAIN if is_pain else cause,
        at_ms=a.now_ms,
        flag=flag or (before.flag if before else None),
        qualities=before.qualities if before else frozenset(),
        again_from_ms=before.again_from_ms if before else 0,
    )
    return e.Stopped(
        at_ms=a.now_ms,
        stop=name,
        by=a.by,
        raiser=raiser,
        cause=cause,
        flag=flag,
        counts=cause is not Cause.ERROR and (before is None or before.cause is Cause.ERROR),
        latched=e.Latched(stop, a.state.closed, a.state.has_signs),
    )


def tell_pain(a: Asked[c.FlagPain]) -> Events:
    said = _said(a, a.state)
    return [*said, *_end_for_signs(a, said)]


def _said(a: Asked[c.FlagPain], state: RoomState) -> Events:
    """Return what is said about a pain: it replaces what was said before; older programs add."""
    p, stop = a.command, state.stop
    assert stop is not None
    known = stop.flag or Flag(p.flag)
    told = frozenset(stop.qualities if p.qualities is None else p.qualities)
    told |= {p.quality} if p.quality else frozenset()
    place = p.place or known.place
    if (told, place, stop.flag is None) == (stop.qualities, known.place, False):
        return []
    return [
        e.PainSaid(
            at_ms=a.now_ms,
            flag=known.flag,
            qualities=tuple(quality for quality in Quality if quality in told),
            place=place,
            latched=_counted(state, stop, Flag(known.flag, place=place), told, a.now_ms),
        )
    ]


def _counted(
    state: RoomState, before: StopState, flag: Flag, told: frozenset[Quality], now_ms: int
) -> e.Latched:
    """Return what counts from now on: what is said now, and earlier signs of a nerve, which stay.

    A rest that has begun goes on; naming another kind of pain does not restart it.
    """
    told |= before.qualities & SIGNS
    stop = replace(
        before,
        cause=Cause.PAIN if told else before.cause,
        flag=replace(flag, quality=next((one for one in GRAVEST if one in told), None)),
        qualities=told,
        again_from_ms=(before.again_from_ms or now_ms + REST_AFTER_CRAMP_MS)
        if told & CRAMPS
        else 0,
    )
    here = state.hold.stretch
    closed = tuple(one for one in state.closed if one != here)
    return e.Latched(
        stop,
        closed=(*closed, here) if told & CLOSING else closed,
        has_signs=state.has_signs or bool(told & SIGNS),
    )


def let_go(a: Asked[Command]) -> Events:
    down = e.CameToRest(at_ms=a.now_ms, by=a.by, latched=_let_go(a))
    return [down, *_end_for_signs(a, [down])]


def _let_go(a: Asked[Command]) -> e.Latched:
    """Return the stop with its limb at rest. The rest of a cramp begins the first time."""
    before = a.state.stop
    assert before is not None
    stop = replace(before, is_let_go=True)
    if stop.qualities & CRAMPS and not before.is_let_go:
        stop = replace(stop, again_from_ms=a.now_ms + REST_AFTER_CRAMP_MS)
    return e.Latched(stop, a.state.closed, a.state.has_signs)


def _end_for_signs(a: Asked[Command], events: Events) -> Events:
    after = evolve_all(a.state, events)
    is_down = after.stop is not None and after.stop.is_let_go
    return [end_with(a, Reason.SIGNS)] if after.has_signs and is_down else []


def clear_again(a: Asked[c.Clear]) -> Events:
    return [_cleared(a), go_on(a, needs_partner=True)]


def clear_skip(a: Asked[c.Clear]) -> Events:
    return [_cleared(a), *skip(a)]


def clear_end(a: Asked[c.Clear]) -> Events:
    return [_cleared(a), end_with(a, ended_by(a))]


def _cleared(a: Asked[c.Clear]) -> e.Event:
    return e.StopCleared(at_ms=a.now_ms, stop=a.command.stop)
