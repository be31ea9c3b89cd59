"""The phase table as data: who may ask what in which phase, under which guards, and what follows.

`decide` reads it from top to bottom; docs/phases.md and its diagram are drawn from it, and the
tests delete every row and guard in turn. Source: docs/protocol.md, "Phases".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core import commands as c
from app.core import effects as do
from app.core import guards as g
from app.core import stops as on
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
class Row:
    """One row: `to` lists the phases it can lead to; empty means the phase stays.

    `tells` is the alert that goes to both phones before anything is decided or written.
    """

    command: type[c.Command]
    by: frozenset[Role]
    phases: frozenset[Phase]
    guards: tuple[g.Guard, ...]
    effect: Callable[[g.Asked], do.Events]
    to: tuple[Phase, ...] = ()
    tells: Tells | None = None


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

TABLE: tuple[Row, ...] = (
    # Before you begin
    Row(c.TakeSeat, SERVER, _in(P.LOBBY), (g.seat_is_free,), do.take_seat, (P.WARMING_UP,)),
    Row(c.TakeSeat, SERVER, UNENDED - {P.LOBBY}, (g.seat_is_free,), do.take_seat),
    Row(c.Brief, PARTNER, _in(P.LOBBY), (), do.brief, (P.WARMING_UP,)),
    Row(c.Brief, CLIENT, _in(P.LOBBY), (g.has_one_phone,), do.brief, (P.WARMING_UP,)),
    Row(
        c.OnePhone, CLIENT, _in(P.LOBBY),
        (g.other_phone_is_gone, g.has_two_phones), do.use_one_phone, (P.WARMING_UP,),
    ),
    Row(
        c.OnePhone, CLIENT, OPEN_ENDED - {P.LOBBY},
        (g.other_phone_is_gone, g.has_two_phones), do.use_one_phone,
    ),
    Row(c.PassScreening, CLIENT, _in(P.LOBBY), (), do.pass_screening, (P.WARMING_UP,)),
    Row(c.FailScreening, CLIENT, _in(P.LOBBY), (), do.end_for_screening, (P.ENDED,)),
    Row(c.ChooseGentler, CLIENT, _in(P.LOBBY, P.WARMING_UP), (), do.choose_gentler),
    Row(
        c.ChooseGentler, CLIENT, _in(P.POSITIONING, P.RESTING, P.PAUSED),
        (g.puts_on,), do.choose_gentler,
    ),
    Row(c.ChooseRoutine, ANY_HOST, _in(P.LOBBY), (g.is_host,), do.choose_routine),
    # A display only looks on: it is let in by the host, and put off by anybody in the room
    Row(c.PutDisplayOn, SERVER, UNENDED, (), do.put_display_on),
    Row(c.PutDisplayOff, ANY_HOST, UNENDED, (), do.put_display_off),
    # Stop, from everywhere
    Row(c.Stop, CLIENT, _in(P.WARMING_UP), (g.drill_is_open,), on.tap_drill, tells=TRIES),
    Row(c.Stop, CLIENT, _in(P.WARMING_UP), (), on.tell_stop, tells=TRIES),
    Row(c.Stop, PARTNER, _in(P.WARMING_UP), (), on.tell_stop, tells=CALLS),
    Row(c.Stop, BOTH, _in(P.LOBBY), (), on.tell_stop, tells=CALLS),
    Row(c.Stop, BOTH, STRETCHING | {P.STOPPED}, (), on.stop, (P.STOPPED,), STOPS),
    Row(c.FlagPain, CLIENT, _in(P.STOPPED), (g.adds_to_flag,), on.tell_pain, (P.ENDED,)),
    Row(
        c.FlagPain, CLIENT, STRETCHING | {P.STOPPED}, (), on.stop_for_pain, (P.STOPPED,), HURTS,
    ),
    Row(c.Fail, SERVER, STRETCHING | {P.STOPPED}, (), on.stop_for_error, (P.STOPPED,), FAILS),
    # Ease off
    Row(c.EaseOff, CLIENT, FORCE, (g.first_ease,), do.ease, (P.EASED,), EASES),
    Row(c.EaseOff, CLIENT, FORCE, (), do.release_asked, (P.RELEASING,), EASES),
    Row(c.EaseOff, CLIENT, _in(P.RELEASING), (), do.tell_ease, tells=EASES),
    # Contact
    Row(
        c.NotePresence, SERVER, PUSHING,
        (g.goes_away, g.is_lost), do.ease_for_loss, (P.EASED,), LOST,
    ),
    Row(c.NotePresence, SERVER, PUSHING, (g.goes_away,), do.ease_for_hiding, (P.EASED,), HIDDEN),
    Row(c.NotePresence, SERVER, COMING_OFF, (g.goes_away, g.is_lost), do.tell_loss, tells=LOST),
    Row(c.NotePresence, SERVER, COMING_OFF, (g.goes_away,), do.tell_loss, tells=HIDDEN),
    Row(c.NotePresence, SERVER, UNENDED, (), do.note_presence),
    Row(c.NoteShown, SERVER, frozenset(P), (g.is_news,), do.note_shown),
    Row(c.Restart, SERVER, PUSHING, (), do.restart_eased, (P.EASED,)),
    Row(c.Restart, SERVER, UNENDED, (), do.restart),
    # Ready and good: what adds force
    Row(
        c.Ready, BOTH, _in(P.WARMING_UP),
        (g.own_link_live, g.todo_empty, g.completes_ready), do.start_stretches, (P.POSITIONING,),
    ),
    Row(c.Ready, BOTH, _in(P.WARMING_UP), (g.own_link_live, g.todo_empty), do.mark_ready),
    Row(
        c.Ready, BOTH, _in(P.POSITIONING),
        (g.needed_links_live, g.completes_ready), do.start_easing_in, (P.EASING_IN,),
    ),
    Row(c.Ready, BOTH, _in(P.POSITIONING), (g.needed_links_live,), do.mark_ready),
    Row(
        c.Ready, BOTH, _in(P.PAUSED),
        (g.own_link_live, g.completes_ready), do.go_on_from_pause, NEXT,
    ),
    Row(c.Ready, BOTH, _in(P.PAUSED), (g.own_link_live,), do.mark_ready),
    Row(
        c.TapGood, CLIENT, _in(P.EASING_IN),
        (g.not_deaf, g.needed_links_live), do.start_hold, (P.HOLDING,),
    ),
    Row(c.TapGood, CLIENT, _in(P.HOLDING), (), do.reassure),
    Row(c.TapGood, CLIENT, _in(P.EASED), (g.needed_links_live,), do.resume_hold, (P.HOLDING,)),
    # Let go and clear
    Row(
        c.LetGo, PARTNER, _in(P.WARMING_UP),
        (g.names_drill, g.drill_was_shown), on.answer_drill,
    ),
    Row(
        c.LetGo, CLIENT, _in(P.WARMING_UP),
        (g.has_one_phone, g.names_drill), on.answer_drill,
    ),
    Row(c.LetGo, BOTH, _in(P.STOPPED), (g.names_stop,), on.let_go, (P.ENDED,)),
    Row(
        c.Clear, BOTH, _in(P.STOPPED),
        (*CLEARING, g.then_is(After.AGAIN), g.rested_after_cramp), on.clear_again, NEXT,
    ),
    Row(
        c.Clear, BOTH, _in(P.STOPPED), (*CLEARING, g.then_is(After.SKIP)), on.clear_skip, NEXT,
    ),
    Row(
        c.Clear, BOTH, _in(P.STOPPED),
        (*CLEARING, g.then_is(After.END)), on.clear_end, (P.ENDED,),
    ),
    # Between the holds
    Row(c.MakeWish, CLIENT, _in(P.RESTING), (g.more_is_allowed,), do.make_wish),
    Row(c.Feel, CLIENT, _in(P.RESTING), (g.not_felt_yet,), do.feel),
    Row(c.Skip, CLIENT, _in(P.POSITIONING, P.RESTING, P.PAUSED), (), do.skip, NEXT),
    Row(c.Pause, BOTH, FORCE, (), do.release_to_pause, (P.RELEASING,)),
    Row(c.Pause, BOTH, _in(P.RELEASING), (g.goes_on_after,), do.turn_to_pause),
    Row(c.Pause, BOTH, _in(P.POSITIONING, P.RESTING), (), do.pause, (P.PAUSED,)),
    Row(c.End, BOTH, FORCE, (), do.release_to_end, (P.RELEASING,)),
    Row(c.End, BOTH, _in(P.RELEASING), (), do.turn_to_end),
    Row(c.End, BOTH, OPEN_ENDED, (), do.end, (P.ENDED,)),
    Row(c.Keep, CLIENT, _in(P.ENDED), (), do.keep),
    # The clock
    Row(c.Tick, SERVER, FORCE, (g.lost_for_long,), do.release_lost, (P.RELEASING,)),
    Row(
        c.Tick, SERVER, _in(P.EASING_IN, P.EASED),
        (g.time_is_over,), do.release_too_long, (P.RELEASING,),
    ),
    Row(c.Tick, SERVER, _in(P.HOLDING), (g.time_is_over,), do.release_over, (P.RELEASING,)),
    Row(
        c.Tick, SERVER, _in(P.RELEASING),
        (g.time_is_over, g.then_was(P.RESTING)), do.rest, (P.RESTING,),
    ),
    Row(
        c.Tick, SERVER, _in(P.RELEASING),
        (g.time_is_over, g.then_was(P.PAUSED)), do.pause_after_release, (P.PAUSED,),
    ),
    Row(
        c.Tick, SERVER, _in(P.RELEASING),
        (g.time_is_over, g.then_was(P.ENDED)), do.end_after_release, (P.ENDED,),
    ),
    Row(c.Tick, SERVER, _in(P.RESTING), (g.time_is_over,), do.go_on_after_rest, NEXT),
    Row(c.Tick, SERVER, UNENDED - HANDS_ON, (g.is_abandoned,), do.end_abandoned, (P.ENDED,)),
)  # fmt: skip
