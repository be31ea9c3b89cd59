"""(state, severity, role, now) -> which commands this phone may send. Asks the rules themselves.

The rules are asked once for all states in which their guards find the same facts, which is most of
what making a state costs. A test reads along with the guards: what they look at is in `facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.core import commands as c
from app.core.decide import is_allowed, is_ever_allowed
from app.core.inviting import may_invite
from app.core.model import (
    CommandId,
    FlagId,
    Link,
    Phase,
    Place,
    Role,
    RoomState,
    Severity,
    Wish,
)
from app.core.safety import options, rests_after_cramp, severity_of
from app.core.timing import CLEAR_AFTER_MS, GOOD_DEAF_MS

PROBE = CommandId("probe")
PROBED_FLAG = FlagId("probe")
MOST_REMEMBERED = 8_192  # 5 MB; all ways of a session that tests go have fewer

Facts = tuple[object, ...]
_known: dict[Facts, tuple[str, ...]] = {}


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
    is_held_back = is_restarting or severity > severity_of(state)
    around = (is_held_back, can_invite, has_knock)
    key = facts(state, role, now_ms) + around
    names = _known.get(key)
    if names is None:
        if len(_known) >= MOST_REMEMBERED:
            _known.clear()
        names = _known[key] = ask_rules(state, role, now_ms, *around)
    return names


def ask_rules(
    state: RoomState, role: Role, now_ms: int, is_held_back: bool, can_invite: bool, has_knock: bool
) -> tuple[str, ...]:
    """Ask the rules for each command; see `may`."""
    names = [
        name
        for name, probes in ASKED[role, state.phase]
        if any(
            is_allowed(state, probe, now_ms, role)
            for probe in probes(state)
            if not (is_held_back and isinstance(probe, c.FORCE))
        )
    ]
    extra = (["admit", "turn_away"] if has_knock else []) + (["invite"] if can_invite else [])
    shows = ["invite_display"] if may_invite(state, role, Role.DISPLAY) else []
    return (*names, *extra, *shows)


def facts(state: RoomState, role: Role, now_ms: int) -> Facts:
    """Return all that the guards of a phone's commands look at: equal facts, equal answers."""
    phase, client, partner, drill = state.phase, state.client, state.partner, state.drill
    rep = state.rep
    return (
        role,
        phase,
        role is state.host,
        client.token_hash is None,
        client.link is Link.LIVE and client.visible,
        client.is_ready,
        partner.token_hash is None,
        partner.link is Link.LIVE and partner.visible,
        partner.link is Link.LOST,
        partner.is_ready,
        state.is_one_phone,
        state.is_gentle,
        state.is_briefed,
        rep.needs_partner,
        state.screening_list is None,
        state.display_hash is None,
        drill is None or (drill.shown_ms is None, drill.is_answered),
        rep.eases == 0,
        rep.stops == 0,
        rep.felt is None,
        state.then is Phase.ENDED,
        phase is Phase.EASING_IN and now_ms < state.phase_at_ms + GOOD_DEAF_MS,
        _facts_of_stop(state, now_ms),
    )


def _facts_of_stop(state: RoomState, now_ms: int) -> Facts | None:
    stop = state.stop
    if stop is None:
        return None
    return (
        stop.by,
        stop.is_let_go,
        now_ms < stop.at_ms + CLEAR_AFTER_MS,
        rests_after_cramp(state, now_ms),
        state.has_signs,
        state.hold.stretch in state.closed,
        stop.flag is not None and stop.flag.flag == PROBED_FLAG,
    )


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
    "pain": (c.FlagPain, _always(c.FlagPain(id=PROBE, flag=PROBED_FLAG))),
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
