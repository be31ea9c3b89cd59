"""What stop signals, pain flags and the clearing of a stop do: (state, command, by, now) -> events.

Called only by `decide`, after every guard held. Changes nothing by itself.
"""

from __future__ import annotations

from app.core import events as e
from app.core.effects import Events, end_with, ended_by, go_on, skip, undo_ready
from app.core.evolve import evolve_all
from app.core.guards import Asked
from app.core.model import AlertId, Cause, Flag, Phase, Quality, Reason, Role, RoomState
from app.core.safety import alert_id, contact_id


def tell_stop(a: Asked) -> Events:
    return [e.StopTold(at_ms=a.now_ms, by=a.by), *undo_ready(a)]


def tap_drill(a: Asked) -> Events:
    return [e.DrillTapped(at_ms=a.now_ms, alert=alert_id(a.by, a.command.id))]


def answer_drill(a: Asked) -> Events:
    return [e.DrillAnswered(at_ms=a.now_ms)]


def stop(a: Asked) -> Events:
    return [_stop(a, alert_id(a.by, a.command.id), Cause.ASKED)]


def stop_for_pain(a: Asked) -> Events:
    p = a.command
    stopped = _stop(a, alert_id(a.by, p.id), Cause.PAIN, Flag(p.flag))
    return [stopped, *_said(a, evolve_all(a.state, [stopped]))]


def stop_for_error(a: Asked) -> Events:
    return [_stop(a, contact_id(a.state), Cause.ERROR)]


def _stop(a: Asked, name: AlertId, cause: Cause, flag: Flag | None = None) -> e.Event:
    """The client's stop on top of another makes the client its raiser, never the other way."""
    before = a.state.stop if a.state.phase is Phase.STOPPED else None
    raiser = a.by if before is None or a.by is Role.CLIENT else before.by
    return e.Stopped(at_ms=a.now_ms, stop=name, by=a.by, raiser=raiser, cause=cause, flag=flag)


def tell_pain(a: Asked) -> Events:
    said = _said(a, a.state)
    return [*said, *_end_for_signs(a, said)]


def _said(a: Asked, state: RoomState) -> Events:
    """All that a pain is like takes the place of what was said before; an older program adds."""
    p, stop = a.command, state.stop
    assert stop is not None
    known = stop.flag or Flag(p.flag)
    told = frozenset(stop.qualities if p.qualities is None else p.qualities)
    told |= {p.quality} if p.quality else frozenset()
    place = p.place or known.place
    if (told, place, stop.flag is None) == (stop.qualities, known.place, False):
        return []
    in_order = tuple(quality for quality in Quality if quality in told)
    return [e.PainSaid(at_ms=a.now_ms, flag=known.flag, qualities=in_order, place=place)]


def let_go(a: Asked) -> Events:
    down = e.LetGo(at_ms=a.now_ms, by=a.by)
    return [down, *_end_for_signs(a, [down])]


def _end_for_signs(a: Asked, events: Events) -> Events:
    after = evolve_all(a.state, events)
    is_down = after.stop is not None and after.stop.is_let_go
    return [end_with(a, Reason.SIGNS)] if after.has_signs and is_down else []


def clear_again(a: Asked) -> Events:
    return [_cleared(a), go_on(a, needs_partner=True)]


def clear_skip(a: Asked) -> Events:
    return [_cleared(a), *skip(a)]


def clear_end(a: Asked) -> Events:
    return [_cleared(a), end_with(a, ended_by(a))]


def _cleared(a: Asked) -> e.Event:
    return e.StopCleared(at_ms=a.now_ms, stop=a.command.stop)
