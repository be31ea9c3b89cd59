"""What events of older versions lead to, by the rules of their time.

Today an event carries its outcome: `decide` finds it, `evolve` only writes it down, so that a rule
may change and a stored session stays what it was. Versions up to 0.3 stored less, and `evolve` knew
the rest. Those rules stand here, numbers and all. They are never changed, and nothing of today's
rules is imported: logs that need them stay for ever.

An outcome that is None was not stored. Whenever another field is added to carry an outcome, add
what its event meant before here.
"""

from __future__ import annotations

from msgspec.structs import replace

from app.core import events as e
from app.core.model import Cause, Flag, Link, Phase, Quality, Role, RoomState, StopState, Wish

REST_AT_CHANGE_MS = 20_000
HOLD_AT_MOST_MS = 20_000
REST_AFTER_CRAMP_MS = 30_000
CRAMPS = frozenset({Quality.CRAMP, Quality.ACHE})
SIGNS = frozenset({Quality.NUMB, Quality.WEAK, Quality.SPREADING})
CLOSING = frozenset({Quality.SHARP})
SIGNS_UNTIL_0_2 = frozenset({Quality.NUMB, Quality.WEAK})
CLOSING_UNTIL_0_2 = frozenset({Quality.SHARP, Quality.SPREADING})
GRAVEST = (
    Quality.SPREADING, Quality.NUMB, Quality.WEAK, Quality.SHARP, Quality.CRAMP, Quality.ACHE,
)  # fmt: skip


def in_full(state: RoomState, event: e.Event) -> e.Event:
    """Return an event with its outcome, which an older one lacks; `state` is the one before it.

    An event that makes no sense in that state is returned unchanged.
    """
    match event:
        case e.RoomOpened(rest_at_change_ms=None) | e.RoutineChosen(rest_at_change_ms=None):
            return replace(event, rest_at_change_ms=REST_AT_CHANGE_MS)
        case e.GentlerChosen(limits=None):
            return replace(event, limits=_limits(state, event.is_on))
        case e.PresenceChanged(ends_one_phone=None):
            return replace(event, ends_one_phone=_ends_one_phone(state, event))
        case e.Eased(counts=None):
            return replace(event, counts=event.cause is Cause.ASKED)
        case e.EaseTold(counts=None):
            return replace(event, counts=state.phase is Phase.EASED)
        case e.ReleaseStarted(completes=None):
            return replace(event, completes=event.cause is Cause.OVER)
        case e.Stopped(latched=None):
            return _stopped(state, event)
    if state.stop is None:
        return event
    match event:
        case e.PainTold(latched=None):
            return replace(event, latched=_pained(state, state.stop, event.flag, event.at_ms))
        case e.PainSaid(latched=None):
            return replace(event, latched=_said(state, state.stop, event))
        case e.CameToRest(latched=None):
            return replace(event, latched=_let_go(state, state.stop, event.at_ms))
    return event


def _limits(state: RoomState, is_on: bool) -> e.Limits:
    wishes = (state.rep.wish, state.rep.next_wish)
    wish, next_wish = (Wish.SAME if one is Wish.MORE and is_on else one for one in wishes)
    return e.Limits(HOLD_AT_MOST_MS if is_on else None, wish, next_wish)


def _ends_one_phone(state: RoomState, event: e.PresenceChanged) -> bool:
    """Return whether *one phone* ended: the partner's phone was here and its page was seen."""
    is_seen = event.link is Link.LIVE and event.visible
    return event.role is Role.PARTNER and state.partner.is_taken and is_seen


def _stopped(state: RoomState, event: e.Stopped) -> e.Event:
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
    latched = e.Latched(stop, state.closed, state.has_signs)
    if event.flag is not None:
        latched = _pained(state, stop, event.flag, event.at_ms)
    return replace(event, latched=latched, counts=counts)


def _pained(state: RoomState, stop: StopState, flag: Flag, at_ms: int) -> e.Latched:
    """Count as 0.1 and 0.2 did: what was told once stayed, spreading closed the stretch."""
    told = frozenset({flag.quality} if flag.quality else ())
    stop = replace(stop, flag=flag, qualities=stop.qualities | told)
    if told & CRAMPS:
        stop = replace(stop, again_from_ms=at_ms + REST_AFTER_CRAMP_MS)
    closes = bool(told & CLOSING_UNTIL_0_2) and state.hold.stretch not in state.closed
    closed = (*state.closed, state.hold.stretch) if closes else state.closed
    return e.Latched(stop, closed, state.has_signs or bool(told & SIGNS_UNTIL_0_2))


def _said(state: RoomState, before: StopState, event: e.PainSaid) -> e.Latched:
    """Count as version 0.3 did: what was said last counted, but signs of a nerve stayed."""
    told = frozenset(event.qualities) | (before.qualities & SIGNS)
    rests_until_ms = before.again_from_ms or event.at_ms + REST_AFTER_CRAMP_MS
    stop = replace(
        before,
        cause=Cause.PAIN if told else before.cause,
        flag=Flag(event.flag, next((one for one in GRAVEST if one in told), None), event.place),
        qualities=told,
        again_from_ms=rests_until_ms if told & CRAMPS else 0,
    )
    here = state.hold.stretch
    closed = tuple(one for one in state.closed if one != here)
    closed = (*closed, here) if told & CLOSING else closed
    return e.Latched(stop, closed, state.has_signs or bool(told & SIGNS))


def _let_go(state: RoomState, before: StopState, at_ms: int) -> e.Latched:
    """Count as all versions did: a cramp's rest began when the limb first came to rest."""
    stop = replace(before, is_let_go=True)
    if stop.qualities & CRAMPS and not before.is_let_go:
        stop = replace(stop, again_from_ms=at_ms + REST_AFTER_CRAMP_MS)
    return e.Latched(stop, state.closed, state.has_signs)
