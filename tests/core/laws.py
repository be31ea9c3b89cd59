"""What no step of any session may do, in the words of docs/protocol.md and not of the phase table.

Each law looks at one step that was accepted, and at what the watcher kept of the way before it.
"""

from __future__ import annotations

from collections.abc import Callable

from app.core import commands as c
from app.core.model import (
    SEATS,
    After,
    Link,
    Phase,
    Quality,
    Reason,
    Role,
    RoomState,
)
from tests.core.sketch import FORCE, LASTS_MS, NOW, left_ms, needed
from tests.core.watch import is_signal, watched
from tests.core.ways import Step

P = Phase
CLIENT, PARTNER, SERVER = Role.CLIENT, Role.PARTNER, Role.SERVER
HANDS_ON = (*FORCE, P.RELEASING)
PUSHING = (P.EASING_IN, P.HOLDING)
UNENDED = tuple(phase for phase in P if phase is not P.ENDED)
STRETCHING = (P.POSITIONING, *HANDS_ON, P.RESTING, P.PAUSED)
# "Phone → server": who may send it, and the phases it is legal in.
LEGAL: dict[type[c.Command], tuple[tuple[Role, ...], tuple[Phase, ...]]] = {
    c.Brief: (SEATS, (P.LOBBY,)),
    c.OnePhone: ((CLIENT,), (P.LOBBY, P.WARMING_UP, P.POSITIONING, P.RESTING, P.PAUSED, P.STOPPED)),
    c.ChooseRoutine: ((CLIENT,), (P.LOBBY,)),  # in these rooms the client is the host
    c.ChooseGentler: (
        (CLIENT,),
        (P.LOBBY, P.WARMING_UP, P.POSITIONING, P.RESTING, P.PAUSED),
    ),
    c.PassScreening: ((CLIENT,), (P.LOBBY,)),
    c.FailScreening: ((CLIENT,), (P.LOBBY,)),
    c.Ready: (SEATS, (P.WARMING_UP, P.POSITIONING, P.PAUSED)),
    c.TapGood: ((CLIENT,), FORCE),
    c.EaseOff: ((CLIENT,), HANDS_ON),
    c.Stop: (SEATS, UNENDED),
    c.FlagPain: ((CLIENT,), (*STRETCHING, P.STOPPED)),
    c.LetGo: (SEATS, (P.STOPPED, P.WARMING_UP)),
    c.Clear: (SEATS, (P.STOPPED,)),
    c.MakeWish: ((CLIENT,), (P.RESTING,)),
    c.Feel: ((CLIENT,), (P.RESTING,)),
    c.Pause: (SEATS, (P.POSITIONING, *HANDS_ON, P.RESTING)),
    c.Skip: ((CLIENT,), (P.POSITIONING, P.RESTING, P.PAUSED)),
    c.End: (SEATS, UNENDED),
    c.Keep: ((CLIENT,), (P.ENDED,)),
    c.TakeSeat: ((SERVER,), UNENDED),
    c.PutDisplayOn: ((SERVER,), UNENDED),
    c.PutDisplayOff: (SEATS, UNENDED),
    c.NotePresence: ((SERVER,), UNENDED),
    c.NoteShown: ((SERVER,), tuple(P)),
    c.Fail: ((SERVER,), (*STRETCHING, P.STOPPED)),
    c.Restart: ((SERVER,), UNENDED),
    c.Tick: ((SERVER,), UNENDED),
}

Law = Callable[[Step, RoomState, RoomState], bool]
LAWS: list[tuple[str, Law]] = []


def law(words: str) -> Callable[[Law], Law]:
    """Add a law: true where the step from one state to the next keeps it."""

    def added(keeps: Law) -> Law:
        LAWS.append((words, keeps))
        return keeps

    return added


def is_with_us(s: RoomState, role: Role) -> bool:
    return s.seat(role).link is Link.LIVE and s.seat(role).visible


def enters(a: RoomState, b: RoomState, *phases: Phase) -> bool:
    return b.phase in phases and (a.phase is not b.phase or a.phase_no != b.phase_no)


@law("a command comes only from who may give it, where it is legal, and quotes what is there")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    by, asked, is_stale = step.asking
    roles, phases = LEGAL[type(asked)]
    is_helpers = isinstance(asked, c.Brief) or (
        isinstance(asked, c.LetGo) and a.phase is P.WARMING_UP
    )
    if is_helpers and by is not PARTNER and not a.is_one_phone:
        return False
    return by in roles and a.phase in phases and not is_stale


@law("a display is let in and put off by nothing else that happens")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    is_display = isinstance(step.asking.command, c.PutDisplayOn | c.PutDisplayOff)
    return is_display or a.display_hash == b.display_hash


@law("easing in begins by a ready, and all that was owed but the client's good came before")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if not enters(a, b, P.EASING_IN):
        return True
    owed = step.watch.owed - {step.asking.by.value} - ({"partner"} if a.is_one_phone else set())
    return (
        isinstance(step.asking.command, c.Ready) and a.phase is P.POSITIONING and owed <= {"good"}
    )


@law("a hold begins by the client's good while easing in or eased, and nothing else is owed")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if not enters(a, b, P.HOLDING):
        return True
    is_good = isinstance(step.asking.command, c.TapGood) and step.asking.by is CLIENT
    return is_good and a.phase in (P.EASING_IN, P.EASED) and step.watch.owed <= {"good"}


@law("force begins only with both links live and both pages seen, or the one phone's")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    return not enters(a, b, *PUSHING) or all(is_with_us(b, role) for role in needed(b))


@law("a ready needs the own link live and seen, in positioning both, in the warm-up the drill")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if not isinstance(step.asking.command, c.Ready):
        return True
    phones = {step.asking.by, *(needed(a) if a.phase is P.POSITIONING else ())}
    is_drilled = a.phase is not P.WARMING_UP or (a.drill is not None and a.drill.is_answered)
    return is_drilled and all(is_with_us(a, role) for role in phones)


@law("GOOD is deaf in the first second of easing in")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    is_good = isinstance(step.asking.command, c.TapGood) and a.phase is P.EASING_IN
    return not is_good or NOW - a.phase_at_ms >= LASTS_MS["deaf"]


@law("hands on is left only through releasing or stopped, the way back only at its end")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if a.phase not in HANDS_ON or b.phase in (*HANDS_ON, P.STOPPED):
        return a.phase is not P.RELEASING or b.phase in (P.RELEASING, P.STOPPED)
    is_over = a.ends_ms is not None and a.ends_ms <= NOW and isinstance(step.asking.command, c.Tick)
    return a.phase is P.RELEASING and is_over and b.phase is a.then


@law("eased comes only from pushing, and what is left of the hold is frozen")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if b.phase is not P.EASED:
        return True
    if a.phase is P.HOLDING and a.ends_ms is not None:
        return left_ms(b) == max(0, a.ends_ms - NOW)
    return a.phase in (P.EASING_IN, P.EASED) and left_ms(b) == left_ms(a)


@law("a push outlasts no ease, no lost or hidden phone and no restart")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    gone = any(b.seat(role).link is Link.LOST or not b.seat(role).visible for role in needed(b))
    ends = gone or isinstance(step.asking.command, c.EaseOff | c.Restart)
    return b.phase not in PUSHING or not ends


@law("stopped is left only by a clear, or to the end")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if a.phase is not P.STOPPED or b.phase is P.STOPPED:
        return True
    is_clear = isinstance(step.asking.command, c.Clear)
    return b.phase is P.ENDED or (is_clear and b.phase is P.POSITIONING)


@law("a clear comes from the raiser, after let go and 2 s, and chooses what is offered")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    asked = step.asking.command
    if not isinstance(asked, c.Clear):
        return True
    if a.stop is None or "let_go" in step.watch.owed or NOW - a.stop.at_ms < LASTS_MS["clear"]:
        return False
    is_clients = step.watch.raiser is SERVER or a.is_one_phone
    raiser = CLIENT if is_clients else step.watch.raiser
    is_closed = a.hold.stretch in a.closed
    rests = asked.then is After.AGAIN and a.stop.again_from_ms > NOW
    barred = a.has_signs and asked.then is not After.END
    barred = barred or (is_closed and asked.then is After.AGAIN)
    return step.asking.by is raiser and not rests and not barred


@law("a new stop takes let_go back; the client's makes the client its raiser, no other does")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if not is_signal(step, b):
        return b.stop is None or a.stop is None or b.stop.by is a.stop.by
    watch = watched(step)
    return b.stop is not None and not b.stop.is_let_go and b.stop.by is watch.raiser


def told_of(asked: c.Command) -> frozenset[Quality]:
    """Return what a pain was said to be like, if it was said."""
    if not isinstance(asked, c.FlagPain):
        return frozenset()
    return frozenset((*(asked.qualities or ()), *((asked.quality,) if asked.quality else ())))


@law("numb, weak or spreading never goes on, and ends with signs")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    told = told_of(step.asking.command) & {Quality.NUMB, Quality.WEAK, Quality.SPREADING}
    signs = bool(told) or a.has_signs
    if b.phase is P.ENDED and signs and b.reason is not Reason.SIGNS:
        return False
    return not signs or (b.has_signs and b.phase in (P.STOPPED, P.ENDED))


@law("sharp closes the stretch: nobody is brought into position for it again, unless it is unsaid")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    closed, asked = {*a.closed}, step.asking.command
    if Quality.SHARP in told_of(step.asking.command):
        closed.add(a.hold.stretch)
    elif isinstance(asked, c.FlagPain) and asked.qualities is not None:
        closed.discard(a.hold.stretch)
    return closed <= {*b.closed} and (b.phase is not P.POSITIONING or b.hold.stretch not in closed)


@law("a cramp or ache rests for 30 s from when it is told, and from the letting go")
def _(step: Step, a: RoomState, b: RoomState) -> bool:
    if b.stop is None or not b.stop.qualities & {Quality.CRAMP, Quality.ACHE}:
        return True
    told = bool(told_of(step.asking.command) & {Quality.CRAMP, Quality.ACHE})
    is_down = b.stop.is_let_go and not (a.stop and a.stop.is_let_go)
    if is_down or (told and not (a.stop and a.stop.again_from_ms)):
        return b.stop.again_from_ms == NOW + 30_000
    return a.stop is not None and b.stop.again_from_ms == a.stop.again_from_ms
