"""The phase table as data: who may ask what in which phase, under which guards, and what follows.

`decide` reads it from top to bottom; docs/phases.md and its diagram are drawn from it, and the
tests delete every row and guard in turn. Source: docs/protocol.md, "Phases".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Never, TypeGuard

from app.core import commands as c
from app.core import effects as do
from app.core import guards as g
from app.core import stops as on
from app.core.guards import C, C_contra
from app.core.model import HANDS_ON, STRETCHING, After, Cause, Phase, Role, Severity
from app.core.safety import Tells

P = Phase
CLIENT = frozenset({Role.CLIENT})
PARTNER = frozenset({Role.PARTNER})
BOTH = CLIENT | PARTNER
ANY_HOST = BOTH | {Role.HOST}
SERVER = frozenset({Role.SERVER})
UNENDED = frozenset(P) - {P.ENDED}
OPEN_ENDED = frozenset({P.LOBBY, P.WARMING_UP, P.POSITIONING, P.RESTING, P.PAUSED, P.STOPPED})
PUSHING = frozenset({P.EASING_IN, P.HOLDING})
FORCE = PUSHING | {P.EASED}
COMING_OFF = frozenset({P.EASED, P.RELEASING})


@dataclass(frozen=True, slots=True)
class Row(Generic[C_contra]):
    """One row: `to` lists the phases it can lead to; empty means the phase stays.

    `tells` is the alert that goes to both phones before anything is decided or written. Guards and
    effect take the row's own kind of command.
    """

    kind: type[C_contra]
    by: frozenset[Role]
    phases: frozenset[Phase]
    guards: tuple[g.Guard[C_contra], ...]
    effect: Callable[[g.Asked[C_contra]], do.Events]
    to: tuple[Phase, ...] = ()
    tells: Tells | None = None

    @property
    def command(self) -> type[c.Command]:
        """The class of its command."""
        return self.kind

    def broken(self, asked: g.Asked[c.Command]) -> str | None:
        """Give the reason of the first guard that does not hold, or None."""
        assert _is_of(asked, self.kind)
        for guard in self.guards:
            if not guard.holds(asked):
                return guard.reason
        return None

    def events(self, asked: g.Asked[c.Command]) -> do.Events:
        """Give what follows, where no guard is broken."""
        assert _is_of(asked, self.kind)
        return self.effect(asked)


def _is_of(asked: g.Asked[c.Command], kind: type[C]) -> TypeGuard[g.Asked[C]]:
    return isinstance(asked.command, kind)


# A row of any command: what is asked of it goes by `broken` and `events`.
AnyRow = Row[Never]


def _row(
    kind: type[C],
    by: frozenset[Role],
    phases: frozenset[Phase],
    guards: tuple[g.Guard[C], ...],
    effect: Callable[[g.Asked[C]], do.Events],
    to: tuple[Phase, ...] = (),
    tells: Tells | None = None,
) -> AnyRow:
    return Row(kind, by, phases, guards, effect, to, tells)


def _in(*phases: Phase) -> frozenset[Phase]:
    return frozenset(phases)


TRIES = Tells("stop", Severity.OK, Cause.ASKED, is_drill=True)
CALLS = Tells("stop", Severity.OK, Cause.ASKED)
STOPS = Tells("stop", Severity.STOP, Cause.ASKED)
HURTS = Tells("stop", Severity.STOP, Cause.PAIN)
FAILS = Tells("stop", Severity.STOP, Cause.ERROR)
EASES = Tells("ease", Severity.EASE, Cause.ASKED)
LOST = Tells("contact", Severity.EASE, Cause.CONTACT)
HIDDEN = Tells("contact", Severity.EASE, Cause.HIDDEN)

NEXT = (P.POSITIONING, P.ENDED)
CLEARING = (g.names_stop, g.is_raiser, g.is_let_go, g.two_seconds_on, g.is_offered)

TABLE: tuple[AnyRow, ...] = (
    # Before you begin
    _row(c.TakeSeat, SERVER, _in(P.LOBBY), (g.seat_is_free,), do.take_seat, (P.WARMING_UP,)),
    _row(c.TakeSeat, SERVER, UNENDED - {P.LOBBY}, (g.seat_is_free,), do.take_seat),
    _row(c.Brief, PARTNER, _in(P.LOBBY), (), do.brief, (P.WARMING_UP,)),
    _row(c.Brief, CLIENT, _in(P.LOBBY), (g.has_one_phone,), do.brief, (P.WARMING_UP,)),
    _row(
        c.OnePhone, CLIENT, _in(P.LOBBY),
        (g.other_phone_is_gone, g.has_two_phones), do.use_one_phone, (P.WARMING_UP,),
    ),
    _row(
        c.OnePhone, CLIENT, OPEN_ENDED - {P.LOBBY},
        (g.other_phone_is_gone, g.has_two_phones), do.use_one_phone,
    ),
    _row(c.PassScreening, CLIENT, _in(P.LOBBY), (), do.pass_screening, (P.WARMING_UP,)),
    _row(c.FailScreening, CLIENT, _in(P.LOBBY), (), do.end_for_screening, (P.ENDED,)),
    _row(c.ChooseGentler, CLIENT, _in(P.LOBBY, P.WARMING_UP), (), do.choose_gentler),
    _row(
        c.ChooseGentler, CLIENT, _in(P.POSITIONING, P.RESTING, P.PAUSED),
        (g.puts_on,), do.choose_gentler,
    ),
    _row(c.ChooseRoutine, ANY_HOST, _in(P.LOBBY), (g.is_host,), do.choose_routine),
    # A display only looks on: it is let in by the host, and put off by anybody in the room
    _row(c.PutDisplayOn, SERVER, UNENDED, (), do.put_display_on),
    _row(c.PutDisplayOff, ANY_HOST, UNENDED, (), do.put_display_off),
    # Stop, from everywhere
    _row(c.Stop, CLIENT, _in(P.WARMING_UP), (g.drill_is_open,), on.tap_drill, tells=TRIES),
    _row(c.Stop, CLIENT, _in(P.WARMING_UP), (), on.tell_stop, tells=TRIES),
    _row(c.Stop, PARTNER, _in(P.WARMING_UP), (), on.tell_stop, tells=CALLS),
    _row(c.Stop, BOTH, _in(P.LOBBY), (), on.tell_stop, tells=CALLS),
    _row(c.Stop, BOTH, STRETCHING | {P.STOPPED}, (), on.stop, (P.STOPPED,), STOPS),
    _row(c.FlagPain, CLIENT, _in(P.STOPPED), (g.adds_to_flag,), on.tell_pain, (P.ENDED,)),
    _row(
        c.FlagPain, CLIENT, STRETCHING | {P.STOPPED}, (), on.stop_for_pain, (P.STOPPED,), HURTS,
    ),
    _row(c.Fail, SERVER, STRETCHING | {P.STOPPED}, (), on.stop_for_error, (P.STOPPED,), FAILS),
    # Ease off
    _row(c.EaseOff, CLIENT, FORCE, (g.first_ease,), do.ease, (P.EASED,), EASES),
    _row(c.EaseOff, CLIENT, FORCE, (), do.release_asked, (P.RELEASING,), EASES),
    _row(c.EaseOff, CLIENT, _in(P.RELEASING), (), do.tell_ease, tells=EASES),
    # Contact
    _row(
        c.NotePresence, SERVER, PUSHING,
        (g.goes_away, g.is_lost), do.ease_for_loss, (P.EASED,), LOST,
    ),
    _row(c.NotePresence, SERVER, PUSHING, (g.goes_away,), do.ease_for_hiding, (P.EASED,), HIDDEN),
    _row(c.NotePresence, SERVER, COMING_OFF, (g.goes_away, g.is_lost), do.tell_loss, tells=LOST),
    _row(c.NotePresence, SERVER, COMING_OFF, (g.goes_away,), do.tell_loss, tells=HIDDEN),
    _row(c.NotePresence, SERVER, UNENDED, (), do.note_presence),
    _row(c.NoteShown, SERVER, frozenset(P), (g.is_news,), do.note_shown),
    _row(c.Restart, SERVER, PUSHING, (), do.restart_eased, (P.EASED,)),
    _row(c.Restart, SERVER, UNENDED, (), do.restart),
    # Ready and good: what adds force
    _row(
        c.Ready, BOTH, _in(P.WARMING_UP),
        (g.own_link_live, g.todo_empty, g.completes_ready), do.start_stretches, (P.POSITIONING,),
    ),
    _row(c.Ready, BOTH, _in(P.WARMING_UP), (g.own_link_live, g.todo_empty), do.mark_ready),
    _row(
        c.Ready, BOTH, _in(P.POSITIONING),
        (g.needed_links_live, g.completes_ready), do.start_easing_in, (P.EASING_IN,),
    ),
    _row(c.Ready, BOTH, _in(P.POSITIONING), (g.needed_links_live,), do.mark_ready),
    _row(
        c.Ready, BOTH, _in(P.PAUSED),
        (g.own_link_live, g.completes_ready), do.go_on_from_pause, NEXT,
    ),
    _row(c.Ready, BOTH, _in(P.PAUSED), (g.own_link_live,), do.mark_ready),
    _row(
        c.TapGood, CLIENT, _in(P.EASING_IN),
        (g.not_deaf, g.needed_links_live), do.start_hold, (P.HOLDING,),
    ),
    _row(c.TapGood, CLIENT, _in(P.HOLDING), (), do.reassure),
    _row(c.TapGood, CLIENT, _in(P.EASED), (g.needed_links_live,), do.resume_hold, (P.HOLDING,)),
    # Let go and clear
    _row(
        c.LetGo, PARTNER, _in(P.WARMING_UP),
        (g.names_drill, g.drill_was_shown), on.answer_drill,
    ),
    _row(
        c.LetGo, CLIENT, _in(P.WARMING_UP),
        (g.has_one_phone, g.names_drill), on.answer_drill,
    ),
    _row(c.LetGo, BOTH, _in(P.STOPPED), (g.names_stop,), on.let_go, (P.ENDED,)),
    _row(
        c.Clear, BOTH, _in(P.STOPPED),
        (*CLEARING, g.then_is(After.AGAIN), g.rested_after_cramp), on.clear_again, NEXT,
    ),
    _row(
        c.Clear, BOTH, _in(P.STOPPED), (*CLEARING, g.then_is(After.SKIP)), on.clear_skip, NEXT,
    ),
    _row(
        c.Clear, BOTH, _in(P.STOPPED),
        (*CLEARING, g.then_is(After.END)), on.clear_end, (P.ENDED,),
    ),
    # Between the holds
    _row(c.MakeWish, CLIENT, _in(P.RESTING), (g.more_is_allowed,), do.make_wish),
    _row(c.Feel, CLIENT, _in(P.RESTING), (g.not_felt_yet,), do.feel),
    _row(c.Skip, CLIENT, _in(P.POSITIONING, P.RESTING, P.PAUSED), (), do.skip, NEXT),
    _row(c.Pause, BOTH, FORCE, (), do.release_to_pause, (P.RELEASING,)),
    _row(c.Pause, BOTH, _in(P.RELEASING), (g.goes_on_after,), do.turn_to_pause),
    _row(c.Pause, BOTH, _in(P.POSITIONING, P.RESTING), (), do.pause, (P.PAUSED,)),
    _row(c.End, BOTH, FORCE, (), do.release_to_end, (P.RELEASING,)),
    _row(c.End, BOTH, _in(P.RELEASING), (), do.turn_to_end),
    _row(c.End, BOTH, OPEN_ENDED, (), do.end, (P.ENDED,)),
    _row(c.Keep, CLIENT, _in(P.ENDED), (), do.keep),
    # The clock
    _row(c.Tick, SERVER, FORCE, (g.lost_for_long,), do.release_lost, (P.RELEASING,)),
    _row(
        c.Tick, SERVER, _in(P.EASING_IN, P.EASED),
        (g.time_is_over,), do.release_too_long, (P.RELEASING,),
    ),
    _row(c.Tick, SERVER, _in(P.HOLDING), (g.time_is_over,), do.release_over, (P.RELEASING,)),
    _row(
        c.Tick, SERVER, _in(P.RELEASING),
        (g.time_is_over, g.then_was(P.RESTING)), do.rest, (P.RESTING,),
    ),
    _row(
        c.Tick, SERVER, _in(P.RELEASING),
        (g.time_is_over, g.then_was(P.PAUSED)), do.pause_after_release, (P.PAUSED,),
    ),
    _row(
        c.Tick, SERVER, _in(P.RELEASING),
        (g.time_is_over, g.then_was(P.ENDED)), do.end_after_release, (P.ENDED,),
    ),
    _row(c.Tick, SERVER, _in(P.RESTING), (g.time_is_over,), do.go_on_after_rest, NEXT),
    _row(c.Tick, SERVER, UNENDED - HANDS_ON, (g.is_abandoned,), do.end_abandoned, (P.ENDED,)),
)  # fmt: skip
