"""What everybody can do, in the words of docs/protocol.md: where it holds, what must come of it.

An ability is lost where its command is refused, or leads elsewhere than it says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from app.core import commands as c
from app.core.model import After, Cause, Link, Phase, Role, RoomState, other
from tests.core.laws import (
    CLIENT,
    SERVER,
    is_with_us,
)
from tests.core.laws_of_care import is_told_all
from tests.core.sketch import DRILL, FLAG, LASTS_MS, NOW, STOP, needed, timers
from tests.core.ways import Asking

P = Phase
When = Callable[[RoomState, Asking], bool]
Then = Callable[[RoomState, RoomState], bool]


class Ability(NamedTuple):
    """In one of `phases`, if `when`, a command of one of `by` is accepted, and `then` holds."""

    command: type[c.Command]
    by: tuple[Role, ...]
    phases: tuple[Phase, ...]
    when: When
    then: Then


def always(a: RoomState, asking: Asking) -> bool:
    return True


def to(*phases: Phase) -> Then:
    return lambda a, b: b.phase in phases and (b.phase is P.ENDED or b.phase_no > a.phase_no)


def stays(a: RoomState, b: RoomState) -> bool:
    return (b.phase, b.phase_no) == (a.phase, a.phase_no)


def warms_up(a: RoomState, b: RoomState) -> bool:
    is_on = a.phase is P.LOBBY and is_told_all(b)
    return b.phase is (P.WARMING_UP if is_on else a.phase)


def brings_down(cause: Cause, then: Phase) -> Then:
    return lambda a, b: (b.phase, b.cause, b.then) == (P.RELEASING, cause, then)


def turns(then: Phase) -> Then:
    return lambda a, b: stays(a, b) and b.then is then


def goes_on(a: RoomState, b: RoomState) -> bool:
    """The same repetition again, or the next one where this one is done."""
    open_after = [h.index for h in a.plan[a.index + 1 :] if h.stretch not in a.closed]
    target = a.index if not a.is_rep_done else next(iter(open_after), None)
    return b.phase is P.ENDED if target is None else (b.phase, b.index) == (P.POSITIONING, target)


def skips(a: RoomState, b: RoomState) -> bool:
    later = [h for h in a.plan[a.index + 1 :] if h.item != a.hold.item]
    open_later = [h.index for h in later if h.stretch not in a.closed]
    if not open_later:
        return b.phase is P.ENDED
    return (b.phase, b.index) == (P.POSITIONING, open_later[0])


def names_stop(a: RoomState, asking: Asking) -> bool:
    return getattr(asking.command, "stop", None) == STOP


def clears(then: After) -> When:
    def may(a: RoomState, asking: Asking) -> bool:
        assert a.stop is not None and isinstance(asking.command, c.Clear)
        raiser = CLIENT if a.stop.by is SERVER or a.is_one_phone else a.stop.by
        is_time = NOW - a.stop.at_ms >= LASTS_MS["clear"] and a.stop.is_let_go
        offered = then is After.END or not a.has_signs
        if then is After.AGAIN:
            offered = a.hold.stretch not in a.closed and a.stop.again_from_ms <= NOW
        is_this = asking.command.then is then and names_stop(a, asking)
        return is_this and asking.by is raiser and is_time and offered

    return may


def due(*names: str) -> When:
    return lambda a, _: any(timers(a).get(name, NOW + 1) <= NOW for name in names)


def due_not_lost(name: str) -> When:
    return lambda a, asking: due(name)(a, asking) and not due("client", "partner")(a, asking)


def ends_into(then: Phase) -> When:
    return lambda a, asking: a.then is then and due("ends")(a, asking)


def is_quiet(a: RoomState, asking: Asking) -> bool:
    """Whether nothing is due except that nobody is here."""
    return due("dark")(a, asking) and not due("ends", "client", "partner")(a, asking)


def is_away(a: RoomState, asking: Asking) -> bool:
    p = asking.command
    assert isinstance(p, c.NotePresence)
    seat = a.seat(p.role)
    is_lost = p.link is Link.LOST and seat.link is not Link.LOST
    if p.role not in needed(a):
        return False
    return is_lost or (seat.visible and not p.visible)


def can_ready(a: RoomState, asking: Asking) -> bool:
    phones = {asking.by, *(needed(a) if a.phase is P.POSITIONING else ())}
    is_drilled = a.phase is not P.WARMING_UP or (a.drill is not None and a.drill.is_answered)
    return not asking.is_stale and is_drilled and all(is_with_us(a, role) for role in phones)


def is_last_ready(a: RoomState, asking: Asking) -> bool:
    if a.is_one_phone:
        return asking.by is CLIENT
    if a.phase is P.POSITIONING and not a.rep.needs_partner:
        return asking.by is CLIENT
    return a.seat(other(asking.by)).is_ready


def both_here(a: RoomState, asking: Asking) -> bool:
    return not asking.is_stale and all(is_with_us(a, role) for role in needed(a))


def drill_open(a: RoomState, asking: Asking) -> bool:
    return a.drill is None or not a.drill.is_answered


def one_phone(a: RoomState, asking: Asking) -> bool:
    return a.is_one_phone


def may_use_one(a: RoomState, asking: Asking) -> bool:
    is_gone = not a.partner.is_taken or a.partner.link is Link.LOST
    return is_gone and not a.is_one_phone


def goes_alone(a: RoomState, b: RoomState) -> bool:
    is_same = warms_up(a, b) if a.phase is P.LOBBY else stays(a, b)
    return b.is_one_phone and is_same


def is_drill(a: RoomState, asking: Asking) -> bool:
    return (
        a.is_one_phone and getattr(asking.command, "alert", None) == DRILL and a.drill is not None
    )


def names_drill(a: RoomState, asking: Asking) -> bool:
    is_shown = a.drill is not None and a.drill.shown_ms is not None
    return is_shown and getattr(asking.command, "alert", None) == DRILL


def adds(a: RoomState, asking: Asking) -> bool:
    return getattr(asking.command, "flag", None) == FLAG or names_stop(a, asking)


def let_go_of(a: RoomState, b: RoomState) -> bool:
    if a.has_signs:
        return b.phase is P.ENDED
    return stays(a, b) and b.stop is not None and b.stop.is_let_go


def tells_more(a: RoomState, b: RoomState) -> bool:
    """It stays the same stop; with signs of a nerve it ends once the limb is down."""
    is_down = a.stop is not None and a.stop.is_let_go
    if b.has_signs and is_down:
        return b.phase is P.ENDED
    same = a.stop is not None and b.stop is not None and a.stop.stop == b.stop.stop
    return stays(a, b) and same and b.stop is not None and b.stop.is_let_go == is_down


def is_gentler(a: RoomState, b: RoomState) -> bool:
    """Limits change and nothing else; with them no hold is longer than 20 s."""
    lengths = [a.routine.items[hold.item].hold_s * 1000 for hold in a.plan]
    longest = [min(length, 20_000) if b.is_gentle else length for length in lengths]
    return stays(a, b) and [hold.hold_ms for hold in b.plan] == longest


def renames_drill(a: RoomState, b: RoomState) -> bool:
    return stays(a, b) and b.drill is not None and b.drill.shown_ms is None


def eases_on(a: RoomState, b: RoomState) -> bool:
    return b.phase is P.EASED and b.rep.eases == a.rep.eases + 1


def shows(token_hash: str | None) -> Then:
    """A display is let in or put off, and nothing else is any different."""
    return lambda a, b: (
        b.display_hash == token_hash
        and replace(b, display_hash=None, seq=0) == replace(a, display_hash=None, seq=0)
    )


def is_shown(a: RoomState, b: RoomState) -> bool:
    return stays(a, b) and bool(b.shown)


def not_(when: When) -> When:
    return lambda a, asking: not when(a, asking)


def all_of(*whens: When) -> When:
    return lambda a, asking: all(when(a, asking) for when in whens)


def first_ease(a: RoomState, asking: Asking) -> bool:
    return a.rep.eases == 0


def is_host(a: RoomState, asking: Asking) -> bool:
    return asking.by is CLIENT
