"""The named conditions of the phase table: each is a predicate and the reason for a refusal.

A guard knows the state, the command, who sends it and when; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from app.core import commands as c
from app.core import safety, timing
from app.core.commands import Command
from app.core.model import After, Link, Phase, Role, RoomState, Wish, other

C = TypeVar("C", bound=Command)
C_co = TypeVar("C_co", bound=Command, covariant=True)
C_contra = TypeVar("C_contra", bound=Command, contravariant=True)


class Asked(msgspec.Struct, Generic[C_co], frozen=True):
    """A command with its circumstances: who sends it, when (ms), and in which state."""

    state: RoomState
    command: C_co
    by: Role
    now_ms: int


@dataclass(frozen=True, slots=True)
class Guard(Generic[C_contra]):
    """A named condition for one kind of command.

    `reason` is what a refusal says if the condition does not hold.
    """

    name: str
    holds: Callable[[Asked[C_contra]], bool]
    reason: str = "not_now"


def _guard(reason: str = "not_now") -> Callable[[Callable[[Asked[C]], bool]], Guard[C]]:
    def named(holds: Callable[[Asked[C]], bool]) -> Guard[C]:
        return Guard(holds.__name__, holds, reason)

    return named


@_guard("not_yours")
def is_host(a: Asked[Command]) -> bool:
    return a.by is a.state.host


@_guard()
def seat_is_free(a: Asked[c.TakeSeat]) -> bool:
    """An invitation unseats nobody: only a lost phone's seat goes to another phone."""
    seat = a.state.seat(a.command.role)
    return not seat.is_taken or seat.link is Link.LOST


@_guard()
def other_phone_is_gone(a: Asked[Command]) -> bool:
    return not a.state.partner.is_taken or a.state.partner.link is Link.LOST


@_guard()
def has_two_phones(a: Asked[Command]) -> bool:
    return not a.state.is_one_phone


@_guard()
def has_one_phone(a: Asked[Command]) -> bool:
    return a.state.is_one_phone


@_guard()
def own_link_live(a: Asked[Command]) -> bool:
    return a.state.seat(a.by).is_with_us


@_guard()
def needed_links_live(a: Asked[Command]) -> bool:
    return all(a.state.seat(role).is_with_us for role in (*a.state.needed, a.by))


@_guard()
def todo_empty(a: Asked[Command]) -> bool:
    return not safety.todo(a.state)


@_guard()
def completes_ready(a: Asked[Command]) -> bool:
    """In positioning the client's *ready* is enough, unless the partner's is needed too."""
    if a.state.is_one_phone:
        return a.by is Role.CLIENT
    if a.state.phase is Phase.POSITIONING and not a.state.rep.needs_partner:
        return a.by is Role.CLIENT
    return a.state.seat(other(a.by)).is_ready


@_guard()
def not_deaf(a: Asked[Command]) -> bool:
    return a.now_ms >= a.state.phase_at_ms + timing.GOOD_DEAF_MS


@_guard()
def first_ease(a: Asked[Command]) -> bool:
    return a.state.rep.eases == 0


@_guard()
def drill_is_open(a: Asked[Command]) -> bool:
    return a.state.drill is None or not a.state.drill.is_answered


@_guard("stale")
def names_drill(a: Asked[c.LetGo]) -> bool:
    return a.state.drill is not None and a.command.alert == a.state.drill.alert


@_guard()
def drill_was_shown(a: Asked[Command]) -> bool:
    return a.state.drill is not None and a.state.drill.shown_ms is not None


@_guard("stale")
def names_stop(a: Asked[c.LetGo | c.Clear]) -> bool:
    return a.state.stop is not None and a.command.stop == a.state.stop.stop


@_guard("not_yours")
def is_raiser(a: Asked[Command]) -> bool:
    """The raiser clears a stop; the client, if the server raised it or with one phone."""
    stop = a.state.stop
    is_clients = stop is not None and (stop.by is Role.SERVER or a.state.is_one_phone)
    return stop is not None and a.by is (Role.CLIENT if is_clients else stop.by)


@_guard()
def is_let_go(a: Asked[Command]) -> bool:
    return a.state.stop is not None and a.state.stop.is_let_go


@_guard()
def two_seconds_on(a: Asked[Command]) -> bool:
    stop = a.state.stop
    return stop is not None and a.now_ms >= stop.at_ms + timing.CLEAR_AFTER_MS


@_guard()
def is_offered(a: Asked[c.Clear]) -> bool:
    return a.command.then in safety.options(a.state)


@_guard()
def rested_after_cramp(a: Asked[Command]) -> bool:
    return not safety.rests_after_cramp(a.state, a.now_ms)


@_guard()
def adds_to_flag(a: Asked[c.FlagPain]) -> bool:
    return safety.adds_to_flag(a.state, a.command)


@_guard()
def more_is_allowed(a: Asked[c.MakeWish]) -> bool:
    """No `more` after an ease or a stop in that repetition, nor with gentler limits."""
    rep = a.state.rep
    is_barred = rep.eases or rep.stops or a.state.is_gentle
    return a.command.next is not Wish.MORE or not is_barred


@_guard()
def puts_on(a: Asked[c.ChooseGentler]) -> bool:
    """Once stretching has begun, limits can only become gentler."""
    return a.command.on


@_guard()
def not_felt_yet(a: Asked[Command]) -> bool:
    return a.state.rep.felt is None


@_guard()
def goes_on_after(a: Asked[Command]) -> bool:
    """What ends after the way back stays ended."""
    return a.state.then is not Phase.ENDED


@_guard()
def goes_away(a: Asked[c.NotePresence]) -> bool:
    return safety.goes_away(a.state, a.command)


@_guard()
def is_lost(a: Asked[c.NotePresence]) -> bool:
    return a.command.link is Link.LOST


@_guard()
def is_news(a: Asked[c.NoteShown]) -> bool:
    return all(alert != a.command.alert for alert, _ in a.state.shown)


@_guard()
def time_is_over(a: Asked[Command]) -> bool:
    return a.state.ends_ms is not None and a.now_ms >= a.state.ends_ms


@_guard()
def lost_for_long(a: Asked[Command]) -> bool:
    at = timing.way_back_at(a.state)
    return at is not None and a.now_ms >= at


@_guard()
def is_abandoned(a: Asked[Command]) -> bool:
    at = timing.abandoned_at(a.state)
    return at is not None and a.now_ms >= at


def then_is(after: After) -> Guard[c.Clear]:
    """Return the guard for a clear whose choice is `after`."""
    return Guard(f"then_{after}", lambda a: a.command.then is after)


def then_was(phase: Phase) -> Guard[Command]:
    """Return the guard for a way back that leads to `phase`."""
    return Guard(f"leads_to_{phase}", lambda a: a.state.then is phase)


def quotes_stale_phase(state: RoomState, command: Command) -> bool:
    """Return whether a command quotes a phase that is no longer the server's."""
    return isinstance(command, c.QuotingCommand) and command.phase_no != state.phase_no
