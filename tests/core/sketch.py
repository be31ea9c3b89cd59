"""A room in few strokes, so that there are finitely many: only what matters for what follows.

Names, counters and words that no rule reads are left out. A running timer is due, or 1 ms short of
it, and any timer may fall due next: this covers every order that real time can bring, and more.
`sketched` and `room` go between a sketch and the state it stands for, at NOW.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from app.core import model as m
from app.core.evolve import limited
from app.core.model import (
    SEATS,
    AlertId,
    Cause,
    Drill,
    Flag,
    FlagId,
    Link,
    Phase,
    Quality,
    Reason,
    Role,
    RoomState,
    Seat,
    StopState,
    StretchId,
)

P = Phase
NOW = 1_764_000_000_000
GENTLE_HOLD_MS = 20_000
PHASE_NO, STOP, DRILL, FLAG = 7, AlertId("the stop"), AlertId("the drill"), FlagId("the flag")
# docs/protocol.md, "Phases"; said again here, so that the constants of the app are tried too.
RUNNING: dict[Phase, type[m.EasingIn | m.Holding | m.Resting]] = {
    P.EASING_IN: m.EasingIn, P.HOLDING: m.Holding, P.RESTING: m.Resting,
}  # fmt: skip
LASTS_MS = {
    "deaf": 1_000, "clear": 2_000, "client": 10_000, "partner": 10_000, "dark": 30 * 60_000,
}  # fmt: skip
TIMED = (P.EASING_IN, P.HOLDING, P.EASED, P.RELEASING, P.RESTING)
FORCE = (P.EASING_IN, P.HOLDING, P.EASED)
SEEN = {
    "live": (Link.LIVE, True), "weak": (Link.WEAK, True), "away": (Link.LIVE, False),
    "lost": (Link.LOST, True), "absent": (Link.ABSENT, True),
}  # fmt: skip


class Sketch(NamedTuple):
    """A room, as far as it matters; `worn` is 0, 1 after a stop in this rep, 2 after an ease."""

    phase: Phase = P.LOBBY
    at_hold: int = 0
    client: str = "absent"
    partner: str = "absent"
    taken: tuple[bool, ...] = (False, False)
    ready: tuple[bool, ...] = (False, False)
    is_screened: bool = False
    is_briefed: bool = False
    drill: int = 0
    needs_partner: bool = False
    worn: int = 0
    is_rep_done: bool = False
    then: Phase | None = None
    is_over: bool = False
    left_ms: int = 0
    is_felt: bool = False
    stop: tuple[Role, bool, bool] | None = None  # its raiser, whether let go, whether cramped
    closed: tuple[StretchId, ...] = ()
    has_signs: bool = False
    is_kept: bool = False
    is_one_phone: bool = False
    is_gentle: bool = False
    due: frozenset[str] = frozenset()


def needed(s: RoomState) -> tuple[Role, ...]:
    """Return the seats whose phones a push depends on."""
    return (Role.CLIENT,) if s.is_one_phone else SEATS


def timers(s: RoomState) -> dict[str, int]:
    """Return when each timer that runs in this state is due, by the numbers of the protocol."""
    at: dict[str, int] = {}
    if s.phase in TIMED and s.ends_ms is not None:
        at["ends"] = s.ends_ms
    if s.phase is P.EASING_IN:
        at["deaf"] = s.phase_at_ms + LASTS_MS["deaf"]
    if s.phase in FORCE:
        for role in needed(s):
            if s.seat(role).link is Link.LOST:
                at[role.value] = s.seat(role).heard_ms + LASTS_MS[role.value]
    if s.phase is P.STOPPED and s.stop is not None:
        at["clear"] = s.stop.at_ms + LASTS_MS["clear"]
        if _stop(s, s.stop)[2]:
            at["again"] = s.stop.again_from_ms
    if s.phase not in (*FORCE, P.RELEASING, P.ENDED) and s.dark_since_ms is not None:
        at["dark"] = s.dark_since_ms + LASTS_MS["dark"]
    return at


def left_ms(s: RoomState) -> int:
    """Return what is left of a hold that does not run."""
    return s.at.hold_left_ms if isinstance(s.at, m.Eased) else s.hold.hold_ms


def sketched(s: RoomState) -> Sketch:
    """Sketch a state as it is at NOW."""
    if s.phase is P.ENDED:
        return Sketch(P.ENDED, is_kept=s.is_kept)
    in_lobby, is_stretching = s.phase is P.LOBBY, s.phase not in (P.LOBBY, P.WARMING_UP)
    return Sketch(
        phase=s.phase,
        at_hold=s.index,
        client=_seen(s.client, s.phase),
        partner=_seen(s.partner, s.phase),
        taken=(s.client.is_taken or not in_lobby, s.partner.is_taken),
        ready=(s.client.is_ready, s.partner.is_ready),
        is_screened=in_lobby and s.screening_list is not None,
        is_briefed=in_lobby and s.is_briefed,
        drill=0 if is_stretching or s.drill is None else _drill(s.drill),
        needs_partner=s.phase is P.POSITIONING and s.rep.needs_partner,
        worn=2 if s.rep.eases else min(1, s.rep.stops),
        is_rep_done=s.is_rep_done and not s.has_signs,
        then=s.then,
        is_over=s.phase is P.RELEASING and s.cause is Cause.OVER,
        left_ms=left_ms(s) if s.phase is P.EASED else 0,
        is_felt=s.rep.felt is not None,
        stop=None if s.stop is None else _stop(s, s.stop),
        closed=() if s.has_signs else _closed(s),
        has_signs=s.has_signs,
        is_one_phone=s.is_one_phone,
        is_gentle=s.is_gentle,
        due=frozenset(name for name, at in timers(s).items() if at <= NOW),
    )


def _seen(seat: Seat, phase: Phase) -> str:
    """Weak and hidden count as one, but not while pushing: a hidden page eases a hold."""
    if seat.link is Link.WEAK:
        return "weak" if phase in (P.EASING_IN, P.HOLDING) else "away"
    return "away" if seat.link is Link.LIVE and not seat.visible else seat.link.value


def _drill(drill: Drill) -> int:
    return 3 if drill.is_answered else 1 if drill.shown_ms is None else 2


def _stop(s: RoomState, stop: StopState) -> tuple[Role, bool, bool]:
    """A cramp matters only where `again` could be chosen."""
    is_barred = s.has_signs or s.hold.stretch in s.closed
    return stop.by, stop.is_let_go, bool(stop.again_from_ms) and not is_barred


def _closed(s: RoomState) -> tuple[StretchId, ...]:
    to_come = {hold.stretch for hold in s.plan[s.index :]}
    return tuple(sorted(set(s.closed) & to_come))


def room(k: Sketch, base: RoomState) -> RoomState:
    """Make the state that a sketch stands for; a timer that is not due lacks 1 ms."""
    since = {name: NOW - ms + (name not in k.due) for name, ms in LASTS_MS.items()}
    is_dark = {k.client, k.partner} <= {"lost", "absent"} and k.phase is not P.ENDED
    base = limited(base, GENTLE_HOLD_MS if k.is_gentle else None)
    hold = base.plan[k.at_hold]
    shown = ((DRILL, 40),) if k.drill > 1 else ()
    return replace(
        base,
        at=_at(k, _rep(k, hold), since["clear"], hold.stretch in k.closed),
        phase_no=PHASE_NO,
        phase_at_ms=since["deaf"],
        client=_seat(k.client, k.taken[0], k.ready[0], since["client"]),
        partner=_seat(k.partner, k.taken[1], k.ready[1], since["partner"]),
        screening_list="1" if k.is_screened or k.phase is not P.LOBBY else None,
        is_briefed=k.is_briefed or k.phase is not P.LOBBY,
        drill=Drill(DRILL, 40 if k.drill > 1 else None, k.drill > 2) if k.drill else None,
        shown=shown,
        closed=k.closed,
        has_signs=k.has_signs,
        is_one_phone=k.is_one_phone,
        is_gentle=k.is_gentle,
        dark_since_ms=since["dark"] if is_dark else None,
    )


def _rep(k: Sketch, hold: m.Hold) -> m.Rep:
    felt = next(((at, True) for at in hold.expected), None) if k.is_felt else None
    return m.Rep(k.at_hold, k.needs_partner, k.worn // 2, k.worn % 2, felt=felt)


def _at(k: Sketch, rep: m.Rep, stopped_ms: int, is_sharp: bool) -> m.At:
    """Make what only this phase has; its cause matters only for a hold that was held in full."""
    ends_ms = NOW + ("ends" not in k.due)
    match k.phase:
        case P.EASED:
            return m.Eased(rep, ends_ms, 0, Cause.ASKED, k.left_ms)
        case P.RELEASING:
            assert k.then is not None
            cause = Cause.OVER if k.is_over else Cause.ASKED
            reason = Reason.ENDED_BY_CLIENT if k.then is P.ENDED else None
            return m.Releasing(rep, ends_ms, 0, cause, k.then, reason, k.is_rep_done)
        case P.PAUSED:
            return m.Paused(rep, Cause.ASKED, k.is_rep_done)
        case P.STOPPED:
            return m.Stopped(rep, _stopped(k, stopped_ms, is_sharp), k.is_rep_done)
        case P.ENDED:
            return m.Ended(rep, Reason.FINISHED, is_kept=k.is_kept)
        case P.LOBBY:
            return m.Lobby()
        case P.POSITIONING:
            return m.Positioning(rep)
        case P.WARMING_UP:
            return m.WarmingUp(ends_ms, 0)
    return RUNNING[k.phase](rep, ends_ms, 0)


def _seat(seen: str, is_taken: bool, is_ready: bool, heard_ms: int) -> Seat:
    link, visible = SEEN[seen]
    return Seat("hash" if is_taken else None, link, visible, "on", True, heard_ms, is_ready)


def _stopped(k: Sketch, at_ms: int, is_sharp: bool) -> StopState:
    assert k.stop is not None
    by, is_let_go, is_cramped = k.stop
    again_from_ms = NOW + ("again" not in k.due) if is_cramped else 0
    told = {Quality.CRAMP} if is_cramped else {Quality.NUMB} if k.has_signs else set()
    told |= {Quality.SHARP} if is_sharp else set()
    flag, cause = Flag(FLAG), Cause.ERROR if by is Role.SERVER else Cause.ASKED
    return StopState(STOP, by, cause, at_ms, flag, frozenset(told), is_let_go, again_from_ms)


def later(k: Sketch, s: RoomState) -> Iterator[tuple[str, Sketch]]:
    """Let each running timer fall due in turn; the shorter ones are then due as well."""
    running = frozenset(timers(s))
    for name in sorted(running - k.due):
        takes_along = {name, "deaf"} if (name, k.phase) == ("ends", P.EASING_IN) else {name}
        yield f"{name} is due", k._replace(due=k.due | takes_along)
