"""State + event -> state. Never refuses anything, decides nothing, reads no clock.

Writes down the outcome that an event carries. Rules are asked by `decide` and its effects only ("no
business rules in evolve": J. Chassaing, The Decider, 2021). Events that an older version stored may
lack their outcome; former.py adds it while they are replayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TypeVar

from msgspec.structs import replace

from app.core import events as e
from app.core import model as m
from app.core.former import in_full
from app.core.model import Drill, Role, RoomId, RoomState
from app.core.routine import unfold
from app.core.seating import restarted, seated, unready, with_presence, with_seat
from app.core.timing import hold_left_ms

T = TypeVar("T")
Lasting = (
    e.WarmUpStarted | e.EasingInStarted | e.HoldStarted | e.HoldResumed | e.Eased
    | e.ReleaseStarted | e.RestStarted
)  # fmt: skip

REMEMBERED_IDS = 64
REMEMBERED_SHOWN = 16


def replay(events: Iterable[e.Event]) -> RoomState:
    """Return the state that a room's whole log leads to, from its first event on."""
    state = RoomState(RoomId(""))
    for event in events:
        state = evolve(state, in_full(state, event))
    return state


def evolve_all(state: RoomState, events: Iterable[e.Event]) -> RoomState:
    """Apply events in order."""
    return reduce(evolve, events, state)


def evolve(state: RoomState, event: e.Event) -> RoomState:
    """Apply one event; `seq` counts it."""
    return replace(_applied(state, event), seq=state.seq + 1)


def _applied(state: RoomState, event: e.Event) -> RoomState:
    match event:
        case e.PositioningStarted():
            return _positioned(state, event)
        case e.EasingInStarted():
            return _enter(state, m.EasingIn(state.rep, *_span(event)), event)
        case e.HoldStarted() | e.HoldResumed():
            return _enter(state, m.Holding(state.rep, *_span(event)), event)
        case e.Eased():
            return _eased(state, event)
        case e.EaseTold(counts=counts):
            return _with_rep(state, _eased_again(state.rep, counts))
        case e.ReleaseStarted():
            return _released(state, event)
        case e.ReleaseTurned(then=then, reason=reason):
            assert isinstance(state.at, m.Releasing)
            return replace(state, at=replace(state.at, then=then, reason=reason))
        case e.RestStarted():
            return _enter(state, m.Resting(state.rep, *_span(event)), event)
        case e.WishMade(next=wish):
            return _with_rep(state, replace(state.rep, next_wish=wish))
        case e.FeltAt(place=place, expected=expected):
            return _with_rep(state, replace(state.rep, felt=(place, expected)))
        case e.SessionPaused(cause=cause):
            return _enter(state, m.Paused(state.rep, cause, state.is_rep_done), event)
        case e.Stopped():
            return _stopped(state, event)
        case (
            e.PainTold(latched=latched)
            | e.PainSaid(latched=latched)
            | e.CameToRest(latched=latched)
        ):
            return _latched(state, _outcome(latched))
        case e.StopCleared():
            assert isinstance(state.at, m.Stopped)
            return replace(state, at=replace(state.at, is_cleared=True))
        case e.SessionEnded(reason=reason):
            return _enter(state, m.Ended(state.rep, reason, state.stop), event)
    return _around(state, event)


def _around(state: RoomState, event: e.Event) -> RoomState:
    """Apply an event that comes before the first stretch, or that concerns the phones."""
    match event:
        case e.RoomOpened():
            return _planned(_opened(event), event)
        case e.RoutineChosen():
            return _planned(state, event)
        case e.GentlerChosen():
            return _gentler(state, event)
        case e.SeatTaken():
            return seated(state, event)
        case e.DisplayChanged(token_hash=token_hash):
            return replace(state, display_hash=token_hash)
        case e.Briefed():
            return replace(state, is_briefed=True)
        case e.OnePhoneChosen():
            return replace(state, is_one_phone=True)
        case e.ScreeningPassed(list=version):
            return replace(state, screening_list=version)
        case e.PresenceChanged():
            return with_presence(state, event)
        case e.ReadyMarked(role=role):
            return with_seat(state, role, replace(state.seat(role), is_ready=True))
        case e.ReadyUndone():
            return unready(state)
        case e.WarmUpStarted():
            return _enter(state, m.WarmingUp(*_span(event)), event)
        case e.DrillTapped(alert=alert):
            return replace(state, drill=Drill(alert))
        case e.AlertShown():
            return _shown(state, event)
        case e.DrillAnswered():
            assert state.drill is not None
            return replace(state, drill=replace(state.drill, is_answered=True))
        case e.RecordKept():
            assert isinstance(state.at, m.Ended)
            return replace(state, at=replace(state.at, is_kept=True))
        case e.Restarted():
            return restarted(state, event)
        case e.CommandDone(role=role, id=id):
            seat = state.seat(role)
            recent = (*seat.recent, id)[-REMEMBERED_IDS:]
            return with_seat(state, role, replace(seat, recent=recent))
    return state


def _enter(state: RoomState, at: m.At, event: e.Happened) -> RoomState:
    return replace(unready(state), at=at, phase_no=state.phase_no + 1, phase_at_ms=event.at_ms)


def _span(event: Lasting) -> tuple[int, int]:
    """Return when the phase that an event begins is over, and how long it lasts (ms)."""
    return event.at_ms + event.length_ms, event.length_ms


def _opened(event: e.RoomOpened) -> RoomState:
    return RoomState(
        room=event.room,
        opened_ms=event.at_ms,
        phase_at_ms=event.at_ms,
        dark_since_ms=event.at_ms,
        host=event.host,
        host_hash=event.host_hash,
    )


def _planned(state: RoomState, event: e.RoomOpened | e.RoutineChosen) -> RoomState:
    facts = {one.stretch: one for one in event.facts}
    plan = unfold(event.routine, facts, _outcome(event.rest_at_change_ms))
    state = replace(state, routine=event.routine, plan=plan)
    return limited(state, state.hold_at_most_ms)


def _shown(state: RoomState, event: e.AlertShown) -> RoomState:
    drill = state.drill
    if drill is not None and drill.alert == event.alert:
        drill = replace(drill, shown_ms=event.shown_ms)
    shown = (*state.shown, (event.alert, event.shown_ms))[-REMEMBERED_SHOWN:]
    return replace(state, drill=drill, shown=shown)


def _with_rep(state: RoomState, rep: m.Rep) -> RoomState:
    assert isinstance(state.at, m.InRep)
    return replace(state, at=replace(state.at, rep=rep))


def _positioned(state: RoomState, event: e.PositioningStarted) -> RoomState:
    old = state.rep
    if event.index == old.index:
        rep = replace(old, needs_partner=event.needs_partner)
    else:
        is_same_stretch = state.plan[event.index].item == state.hold.item
        rep = m.Rep(
            event.index,
            event.needs_partner,
            wish=old.next_wish,
            felt=old.felt if is_same_stretch else None,
        )
    return _enter(state, m.Positioning(rep), event)


def _eased(state: RoomState, event: e.Eased) -> RoomState:
    left = hold_left_ms(state, event.at_ms)
    rep = _eased_again(state.rep, event.counts)
    return _enter(state, m.Eased(rep, *_span(event), event.cause, left), event)


def _eased_again(rep: m.Rep, counts: bool | None) -> m.Rep:
    return replace(rep, eases=rep.eases + _outcome(counts))


def _released(state: RoomState, event: e.ReleaseStarted) -> RoomState:
    is_done = _outcome(event.completes)
    at = m.Releasing(
        state.rep, *_span(event), event.cause, event.then, event.reason, is_rep_done=is_done
    )
    return _enter(state, at, event)


def _stopped(state: RoomState, event: e.Stopped) -> RoomState:
    counts, by_server = _outcome(event.counts), event.by is Role.SERVER
    latched = _outcome(event.latched)
    rep = replace(state.rep, stops=state.rep.stops + counts)
    stopped = replace(
        _enter(state, m.Stopped(rep, latched.stop, state.is_rep_done), event),
        stops=(*state.stops, state.hold.stretch) if counts else state.stops,
        contact_no=state.contact_no + by_server,
    )
    return _latched(stopped, latched)


def _latched(state: RoomState, latched: e.Latched) -> RoomState:
    assert isinstance(state.at, m.Stopped)
    at = replace(state.at, stop=latched.stop)
    return replace(state, at=at, closed=latched.closed, has_signs=latched.has_signs)


def _gentler(state: RoomState, event: e.GentlerChosen) -> RoomState:
    limits = _outcome(event.limits)
    state = replace(state, is_gentle=event.is_on)
    if isinstance(state.at, m.InRep):  # before the first there is no wish to limit
        rep = replace(state.rep, wish=limits.wish, next_wish=limits.next_wish)
        state = _with_rep(state, rep)
    return limited(state, limits.hold_at_most_ms)


def limited(state: RoomState, hold_at_most_ms: int | None) -> RoomState:
    """Return a state whose holds last at most that long, or with None as the routine says."""
    asked_ms = [state.routine.items[hold.item].hold_s * 1000 for hold in state.plan]
    plan = tuple(
        replace(hold, hold_ms=ms if hold_at_most_ms is None else min(ms, hold_at_most_ms))
        for hold, ms in zip(state.plan, asked_ms, strict=True)
    )
    return replace(state, plan=plan, hold_at_most_ms=hold_at_most_ms)


def _outcome(outcome: T | None) -> T:
    """Return an outcome that must be there: former.py has added it to older events by now."""
    assert outcome is not None
    return outcome
