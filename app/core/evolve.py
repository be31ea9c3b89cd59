"""State + event -> state. Never refuses anything, decides nothing, reads no clock."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from msgspec.structs import replace

from app.core import events as e
from app.core.model import (
    Cause,
    Drill,
    Flag,
    Phase,
    Quality,
    Role,
    RoomId,
    RoomState,
    RoutineItem,
    StopState,
    Wish,
)
from app.core.routine import unfold
from app.core.seating import restarted, seated, unready, with_presence, with_seat
from app.core.timing import GENTLE_HOLD_MS, REST_AFTER_CRAMP_MS, hold_left_ms

REMEMBERED_IDS = 64
REMEMBERED_SHOWN = 16
SIGNS = frozenset({Quality.NUMB, Quality.WEAK, Quality.SPREADING})
CLOSING = frozenset({Quality.SHARP})
SIGNS_UNTIL_0_2 = frozenset({Quality.NUMB, Quality.WEAK})
CLOSING_UNTIL_0_2 = frozenset({Quality.SHARP, Quality.SPREADING})
CRAMPS = frozenset({Quality.CRAMP, Quality.ACHE})
# What an older page shows of several.
GRAVEST = (
    Quality.SPREADING, Quality.NUMB, Quality.WEAK, Quality.SHARP, Quality.CRAMP, Quality.ACHE,
)  # fmt: skip


def replay(events: Iterable[e.Event]) -> RoomState:
    """Give the state that a room's whole log, from its first event on, leads to."""
    return evolve_all(RoomState(RoomId("")), events)


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
        case e.EasingInStarted(length_ms=length):
            started = _enter(state, Phase.EASING_IN, event, length)
            return replace(started, hold_left_ms=state.hold.hold_ms)
        case e.HoldStarted(length_ms=length) | e.HoldResumed(length_ms=length):
            return replace(_enter(state, Phase.HOLDING, event, length), hold_left_ms=length)
        case e.Eased():
            return _eased(state, event)
        case e.EaseTold():
            return replace(state, eases=state.eases + (state.phase is Phase.EASED))
        case e.ReleaseStarted():
            return _released(state, event)
        case e.ReleaseTurned(then=then, reason=reason):
            return replace(state, then=then, reason=reason)
        case e.RestStarted(length_ms=length):
            return replace(_enter(state, Phase.RESTING, event, length), is_rep_done=True)
        case e.WishMade(next=wish):
            return replace(state, next_wish=wish)
        case e.FeltAt(place=place, expected=expected):
            return replace(state, felt=(place, expected))
        case e.SessionPaused(cause=cause):
            return _enter(state, Phase.PAUSED, event, None, cause)
        case e.Stopped():
            return _stopped(state, event)
        case e.PainTold(flag=flag):
            return _pained(state, flag, event.at_ms)
        case e.PainSaid():
            return _said(state, event)
        case e.LetGo():
            return _let_go(state, event)
        case e.StopCleared():
            return replace(state, stop=None)
        case e.SessionEnded(reason=reason):
            return replace(_enter(state, Phase.ENDED, event, None), reason=reason)
    return _around(state, event)


def _around(state: RoomState, event: e.Event) -> RoomState:
    """Apply what happens before the first stretch, or to the phones."""
    match event:
        case e.RoomOpened():
            return _opened(event)
        case e.RoutineChosen(routine=routine, facts=facts):
            plan = unfold(routine, {f.stretch: f for f in facts})
            return limited(replace(state, routine=routine, plan=plan), state.is_gentle)
        case e.GentlerChosen(is_on=is_on):
            return limited(state, is_on)
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
            return with_seat(state, role, is_ready=True)
        case e.ReadyUndone():
            return unready(state)
        case e.WarmUpStarted(length_ms=length):
            return _enter(state, Phase.WARMING_UP, event, length)
        case e.DrillTapped(alert=alert):
            return replace(state, drill=Drill(alert))
        case e.AlertShown():
            return _shown(state, event)
        case e.DrillAnswered():
            assert state.drill is not None
            return replace(state, drill=replace(state.drill, is_answered=True))
        case e.RecordKept():
            return replace(state, is_kept=True)
        case e.Restarted():
            return restarted(state, event)
        case e.CommandDone(role=role, id=id):
            recent = (*state.seat(role).recent, id)[-REMEMBERED_IDS:]
            return with_seat(state, role, recent=recent)
    return state


def _enter(
    state: RoomState,
    phase: Phase,
    event: e.Happened,
    length_ms: int | None,
    cause: Cause | None = None,
) -> RoomState:
    return replace(
        unready(state),
        phase=phase,
        phase_no=state.phase_no + 1,
        phase_at_ms=event.at_ms,
        length_ms=length_ms or 0,
        ends_ms=None if length_ms is None else event.at_ms + length_ms,
        cause=cause,
        then=None,
    )


def _opened(event: e.RoomOpened) -> RoomState:
    return RoomState(
        room=event.room,
        opened_ms=event.at_ms,
        phase_at_ms=event.at_ms,
        dark_since_ms=event.at_ms,
        host=event.host,
        host_hash=event.host_hash,
        routine=event.routine,
        plan=unfold(event.routine, {f.stretch: f for f in event.facts}),
    )


def _shown(state: RoomState, event: e.AlertShown) -> RoomState:
    drill = state.drill
    if drill is not None and drill.alert == event.alert:
        drill = replace(drill, shown_ms=event.shown_ms)
    shown = (*state.shown, (event.alert, event.shown_ms))[-REMEMBERED_SHOWN:]
    return replace(state, drill=drill, shown=shown)


def _positioned(state: RoomState, event: e.PositioningStarted) -> RoomState:
    old = state.hold
    state = replace(
        _enter(state, Phase.POSITIONING, event, None),
        index=event.index,
        needs_partner=event.needs_partner,
        stop=None,
    )
    if state.hold == old:
        return state
    return replace(
        state,
        eases=0,
        stops_in_rep=0,
        is_rep_done=False,
        wish=state.next_wish,
        next_wish=None,
        felt=state.felt if state.hold.item == old.item else None,
    )


def _eased(state: RoomState, event: e.Eased) -> RoomState:
    left = hold_left_ms(state, event.at_ms)
    eased = _enter(state, Phase.EASED, event, event.length_ms, event.cause)
    asked = event.cause is Cause.ASKED
    return replace(eased, hold_left_ms=left, eases=state.eases + asked)


def _released(state: RoomState, event: e.ReleaseStarted) -> RoomState:
    left = hold_left_ms(state, event.at_ms)
    down = _enter(state, Phase.RELEASING, event, event.length_ms, event.cause)
    held = event.cause is Cause.OVER
    return replace(down, hold_left_ms=left, then=event.then, reason=event.reason, is_rep_done=held)


def _stopped(state: RoomState, event: e.Stopped) -> RoomState:
    before = state.stop if state.phase is Phase.STOPPED else None
    counts = event.cause is not Cause.ERROR and (before is None or before.cause is Cause.ERROR)
    pained = Cause.PAIN in (event.cause, before and before.cause)
    stop = StopState(
        stop=event.stop,
        by=event.raiser,
        cause=Cause.PAIN if pained else event.cause,
        at_ms=event.at_ms,
        flag=before.flag if before else None,
        qualities=before.qualities if before else frozenset(),
        again_from_ms=before.again_from_ms if before else 0,
    )
    left = hold_left_ms(state, event.at_ms)
    done = state.is_rep_done
    by_server = event.by is Role.SERVER
    state = replace(
        _enter(state, Phase.STOPPED, event, None),
        stop=stop,
        hold_left_ms=left,
        is_rep_done=done,
        stops=(*state.stops, state.hold.stretch) if counts else state.stops,
        stops_in_rep=state.stops_in_rep + counts,
        contact_no=state.contact_no + by_server,
    )
    return _pained(state, event.flag, event.at_ms) if event.flag else state


def _pained(state: RoomState, flag: Flag, at_ms: int) -> RoomState:
    """As version 0.2 had it: what was told once stays."""
    assert state.stop is not None
    told = frozenset({flag.quality} if flag.quality else ())
    stop = replace(state.stop, flag=flag, qualities=state.stop.qualities | told)
    if told & CRAMPS:
        stop = replace(stop, again_from_ms=at_ms + REST_AFTER_CRAMP_MS)
    closes = bool(told & CLOSING_UNTIL_0_2) and state.hold.stretch not in state.closed
    return replace(
        state,
        stop=stop,
        closed=(*state.closed, state.hold.stretch) if closes else state.closed,
        has_signs=state.has_signs or bool(told & SIGNS_UNTIL_0_2),
    )


def _said(state: RoomState, event: e.PainSaid) -> RoomState:
    """What is said now counts, but signs of a nerve stay: those are not talked away."""
    assert state.stop is not None
    before = state.stop
    told = frozenset(event.qualities) | (before.qualities & SIGNS)
    rests = bool(told & CRAMPS)
    stop = replace(
        before,
        cause=Cause.PAIN if told else before.cause,
        flag=Flag(event.flag, next((one for one in GRAVEST if one in told), None), event.place),
        qualities=told,
        again_from_ms=(before.again_from_ms or event.at_ms + REST_AFTER_CRAMP_MS) if rests else 0,
    )
    here = state.hold.stretch
    closed = tuple(one for one in state.closed if one != here)
    return replace(
        state,
        stop=stop,
        closed=(*closed, here) if told & CLOSING else closed,
        has_signs=state.has_signs or bool(told & SIGNS),
    )


def limited(state: RoomState, is_gentle: bool) -> RoomState:
    """Hold no longer than gentler limits allow, and for no more; or as the routine says."""
    wishes = (state.wish, state.next_wish)
    wish, next_wish = (Wish.SAME if w is Wish.MORE and is_gentle else w for w in wishes)
    plan = tuple(
        replace(hold, hold_ms=_hold_ms(state.routine.items[hold.item], is_gentle))
        for hold in state.plan
    )
    return replace(state, is_gentle=is_gentle, plan=plan, wish=wish, next_wish=next_wish)


def _hold_ms(item: RoutineItem, is_gentle: bool) -> int:
    asked_ms = item.hold_s * 1000
    return min(asked_ms, GENTLE_HOLD_MS) if is_gentle else asked_ms


def _let_go(state: RoomState, event: e.LetGo) -> RoomState:
    assert state.stop is not None
    stop = replace(state.stop, is_let_go=True)
    if stop.qualities & CRAMPS and not state.stop.is_let_go:
        stop = replace(stop, again_from_ms=event.at_ms + REST_AFTER_CRAMP_MS)
    return replace(state, stop=stop)
