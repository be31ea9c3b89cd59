"""What a command does once the phase table allows it: (state, command, by, now) -> events.

Called only by `decide`, after every guard held. Changes nothing by itself.
"""

from __future__ import annotations

from app.core import commands as c
from app.core import events as e
from app.core import timing
from app.core.commands import Command
from app.core.evolve import evolve_all
from app.core.guards import Asked
from app.core.model import (
    SEATS,
    Cause,
    Link,
    Phase,
    Reason,
    Role,
    RoomState,
    Wish,
)
from app.core.routine import REST_AT_CHANGE_MS
from app.core.safety import todo

Events = list[e.Event]


def brief(a: Asked[Command]) -> Events:
    return _then_warm_up(a, e.Briefed(at_ms=a.now_ms))


def use_one_phone(a: Asked[Command]) -> Events:
    return [*undo_ready(a), *_then_warm_up(a, e.OnePhoneChosen(at_ms=a.now_ms))]


def pass_screening(a: Asked[c.PassScreening]) -> Events:
    passed = _then_warm_up(a, e.ScreeningPassed(at_ms=a.now_ms, list=a.command.list))
    is_new = a.command.is_cleared and not a.state.is_gentle
    return [_limit(a, True), *passed] if is_new else passed


def choose_gentler(a: Asked[c.ChooseGentler]) -> Events:
    is_new = a.command.on is not a.state.is_gentle
    return [_limit(a, a.command.on)] if is_new else []


def _limit(a: Asked[Command], is_on: bool) -> e.Event:
    """Turn gentler limits on or off. While they are on, a wish for *more* becomes *the same*."""
    wishes = (a.state.rep.wish, a.state.rep.next_wish)
    wish, next_wish = (Wish.SAME if one is Wish.MORE and is_on else one for one in wishes)
    limits = e.Limits(timing.GENTLE_HOLD_MS if is_on else None, wish, next_wish)
    return e.GentlerChosen(at_ms=a.now_ms, is_on=is_on, limits=limits)


def take_seat(a: Asked[c.TakeSeat]) -> Events:
    taken = e.SeatTaken(at_ms=a.now_ms, role=a.command.role, token_hash=a.command.token_hash)
    return [*undo_ready(a), *_then_warm_up(a, taken)]


def put_display_on(a: Asked[c.PutDisplayOn]) -> Events:
    return [e.DisplayChanged(at_ms=a.now_ms, token_hash=a.command.token_hash)]


def put_display_off(a: Asked[Command]) -> Events:
    return [e.DisplayChanged(at_ms=a.now_ms)] if a.state.display_hash is not None else []


def _then_warm_up(a: Asked[Command], event: e.Event) -> Events:
    if a.state.phase is not Phase.LOBBY or todo(evolve_all(a.state, [event])):
        return [event]
    length = a.state.routine.warm_up_s * 1000
    return [event, e.WarmUpStarted(at_ms=a.now_ms, length_ms=length)]


def choose_routine(a: Asked[c.ChooseRoutine]) -> Events:
    chosen = a.command
    return [
        e.RoutineChosen(
            at_ms=a.now_ms,
            routine=chosen.routine,
            facts=chosen.facts,
            rest_at_change_ms=REST_AT_CHANGE_MS,
        )
    ]


def note_presence(a: Asked[c.NotePresence]) -> Events:
    is_gone = a.command.link is Link.LOST or not a.command.visible
    return [_presence(a), *(undo_ready(a) if is_gone else ())]


def tell_loss(a: Asked[c.NotePresence]) -> Events:
    return [_presence(a, is_told=True), *undo_ready(a)]


def ease_for_loss(a: Asked[c.NotePresence]) -> Events:
    return [_presence(a, is_told=True), _eased(a, Role.SERVER, Cause.CONTACT)]


def ease_for_hiding(a: Asked[c.NotePresence]) -> Events:
    return [_presence(a, is_told=True), _eased(a, Role.SERVER, Cause.HIDDEN)]


def _presence(a: Asked[c.NotePresence], *, is_told: bool = False) -> e.Event:
    p = a.command
    return e.PresenceChanged(
        at_ms=a.now_ms,
        role=p.role,
        link=p.link,
        visible=p.visible,
        sound=p.sound,
        awake=p.awake,
        heard_ms=p.heard_ms,
        is_told=is_told,
        ends_one_phone=_ends_one_phone(a),
    )


def _ends_one_phone(a: Asked[c.NotePresence]) -> bool:
    """Return whether another phone now has the partner's seat, is live, and has a visible page."""
    p, state = a.command, a.state
    is_partners = p.role is Role.PARTNER and state.partner.is_taken
    return state.is_one_phone and is_partners and p.link is Link.LIVE and p.visible


def undo_ready(a: Asked[Command]) -> Events:
    """Take both readies back, if there is one."""
    is_ready = any(a.state.seat(role).is_ready for role in SEATS)
    return [e.ReadyUndone(at_ms=a.now_ms)] if is_ready else []


def mark_ready(a: Asked[Command]) -> Events:
    return [e.ReadyMarked(at_ms=a.now_ms, role=a.by)]


def start_stretches(a: Asked[Command]) -> Events:
    return [*mark_ready(a), e.PositioningStarted(at_ms=a.now_ms, index=0, needs_partner=True)]


def start_easing_in(a: Asked[Command]) -> Events:
    started = e.EasingInStarted(at_ms=a.now_ms, length_ms=timing.EASING_IN_MS)
    return [*mark_ready(a), started]


def go_on_from_pause(a: Asked[Command]) -> Events:
    return [*mark_ready(a), go_on(a, needs_partner=True)]


def start_hold(a: Asked[Command]) -> Events:
    return [e.HoldStarted(at_ms=a.now_ms, length_ms=timing.hold_left_ms(a.state, a.now_ms))]


def resume_hold(a: Asked[Command]) -> Events:
    return [e.HoldResumed(at_ms=a.now_ms, length_ms=timing.hold_left_ms(a.state, a.now_ms))]


def reassure(a: Asked[Command]) -> Events:
    return [e.Reassured(at_ms=a.now_ms)]


def ease(a: Asked[Command]) -> Events:
    return [_eased(a, a.by, Cause.ASKED)]


def tell_ease(a: Asked[Command]) -> Events:
    return [e.EaseTold(at_ms=a.now_ms, by=a.by, counts=False)]


def _eased(a: Asked[Command], by: Role, cause: Cause) -> e.Event:
    """Ease the hold. Only an ease that somebody asked for counts; the second brings it back."""
    counts = cause is Cause.ASKED
    return e.Eased(at_ms=a.now_ms, by=by, cause=cause, length_ms=timing.EASED_MS, counts=counts)


def release_asked(a: Asked[Command]) -> Events:
    return [_release(a, Cause.ASKED, Phase.RESTING)]


def release_over(a: Asked[Command]) -> Events:
    return [_release(a, Cause.OVER, Phase.RESTING)]


def release_too_long(a: Asked[Command]) -> Events:
    return [_release(a, Cause.TOO_LONG, Phase.RESTING)]


def release_lost(a: Asked[Command]) -> Events:
    return [_release(a, Cause.CONTACT, Phase.PAUSED)]


def release_to_pause(a: Asked[Command]) -> Events:
    return [_release(a, Cause.ASKED, Phase.PAUSED)]


def release_to_end(a: Asked[Command]) -> Events:
    return [_release(a, Cause.ASKED, Phase.ENDED, ended_by(a))]


def _release(a: Asked[Command], cause: Cause, then: Phase, reason: Reason | None = None) -> e.Event:
    return e.ReleaseStarted(
        at_ms=a.now_ms,
        cause=cause,
        then=then,
        reason=reason,
        length_ms=a.state.hold.way_back_ms,
        completes=cause is Cause.OVER,
    )


def turn_to_pause(a: Asked[Command]) -> Events:
    return [e.ReleaseTurned(at_ms=a.now_ms, then=Phase.PAUSED, reason=None)]


def turn_to_end(a: Asked[Command]) -> Events:
    reason = a.state.reason or ended_by(a)
    return [e.ReleaseTurned(at_ms=a.now_ms, then=Phase.ENDED, reason=reason)]


def rest(a: Asked[Command]) -> Events:
    return [e.RestStarted(at_ms=a.now_ms, length_ms=a.state.hold.rest_ms)]


def pause_after_release(a: Asked[Command]) -> Events:
    return [e.SessionPaused(at_ms=a.now_ms, cause=a.state.cause or Cause.ASKED)]


def end_after_release(a: Asked[Command]) -> Events:
    return [end_with(a, a.state.reason or Reason.FINISHED)]


def pause(a: Asked[Command]) -> Events:
    return [e.SessionPaused(at_ms=a.now_ms, cause=Cause.ASKED)]


def go_on_after_rest(a: Asked[Command]) -> Events:
    following = next_hold(a.state)
    changes = following is not None and a.state.plan[following].item != a.state.hold.item
    return [go_on(a, needs_partner=changes)]


def make_wish(a: Asked[c.MakeWish]) -> Events:
    return [e.WishMade(at_ms=a.now_ms, next=a.command.next)]


def feel(a: Asked[c.Feel]) -> Events:
    place = a.command.place
    return [e.FeltAt(at_ms=a.now_ms, place=place, expected=place in a.state.hold.expected)]


def skip(a: Asked[Command]) -> Events:
    return [e.StretchSkipped(at_ms=a.now_ms), _position(a, next_stretch(a.state), True)]


def end(a: Asked[Command]) -> Events:
    return [end_with(a, ended_by(a))]


def end_for_screening(a: Asked[Command]) -> Events:
    return [end_with(a, Reason.ENDED_BY_CLIENT)]


def end_abandoned(a: Asked[Command]) -> Events:
    return [end_with(a, Reason.ABANDONED)]


def end_with(a: Asked[Command], reason: Reason) -> e.Event:
    return e.SessionEnded(at_ms=a.now_ms, reason=Reason.SIGNS if a.state.has_signs else reason)


def ended_by(a: Asked[Command]) -> Reason:
    return Reason.ENDED_BY_CLIENT if a.by is Role.CLIENT else Reason.ENDED_BY_PARTNER


def keep(a: Asked[Command]) -> Events:
    return [e.RecordKept(at_ms=a.now_ms)]


def note_shown(a: Asked[c.NoteShown]) -> Events:
    return [e.AlertShown(at_ms=a.now_ms, alert=a.command.alert, shown_ms=a.command.shown_ms)]


def restart(a: Asked[Command]) -> Events:
    return [e.Restarted(at_ms=a.now_ms)]


def restart_eased(a: Asked[Command]) -> Events:
    return [e.Restarted(at_ms=a.now_ms), _eased(a, Role.SERVER, Cause.RESTARTED)]


def go_on(a: Asked[Command], *, needs_partner: bool) -> e.Event:
    """Go on with the same repetition, or with the next one if this one is done."""
    target = next_hold(a.state) if a.state.is_rep_done else a.state.index
    return _position(a, target, needs_partner)


def _position(a: Asked[Command], target: int | None, needs_partner: bool) -> e.Event:
    if target is None:
        return end_with(a, Reason.FINISHED)
    return e.PositioningStarted(at_ms=a.now_ms, index=target, needs_partner=needs_partner)


def next_hold(state: RoomState) -> int | None:
    """Return the index of the next hold, leaving out closed stretches, or None."""
    later = state.plan[state.index + 1 :]
    return next((h.index for h in later if h.stretch not in state.closed), None)


def next_stretch(state: RoomState) -> int | None:
    """Return the index of the first hold of the next stretch that is not closed, or None."""
    later = state.plan[state.index + 1 :]
    return next(
        (h.index for h in later if h.item != state.hold.item and h.stretch not in state.closed),
        None,
    )
