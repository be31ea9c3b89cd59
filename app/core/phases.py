"""The law of a session: who may do what, when, what is told first, and what follows.

Two people and two phones. One person, the client, is being stretched; the other, the partner,
applies the force. They paired their phones in a room on this server. Nearly all the danger in this
is one sentence long: force goes on after it should have stopped. This file is the answer to it, as
one table. Read it and you know what the product does; the rest of the program carries it out.

The one asymmetry
-----------------
Whatever takes force away is allowed at once, without a question, and costs nothing. Whatever adds
force is allowed only as a fresh, deliberate act of a person while everything it needs is in place.

- `Stop` is legal in every phase but the last. `EaseOff` and `FlagPain` are the client's wherever
  there can be something to ease or to stop.
- `Ready`, `TapGood` and `Clear` add force, or lead to it. They quote what they are about
  (`phase_no`, or the name of the stop), so one that comes late is refused as stale. Refused means
  gone: it is not kept for when its condition comes true. A clock, a link that comes back or a
  restart of the server never adds force.
- Silence counts as a request for less. A phone that is lost or hidden eases a hold, and after ten
  seconds the limb is brought back.

The way round
-------------
    lobby -> warming_up -> positioning -> easing_in -> holding -> releasing -> resting
                                ^                                                 |
                                +-------------------------------------------------+

- lobby: two seats taken, the client screened, the partner briefed. All of it, in any order.
- warming_up: they move, and try the stop signal once (the drill), so that nobody meets it for the
  first time when it matters. No stretch before the drill was answered.
- positioning: how to lie, where to kneel. The first of a stretch needs both phones' ready; between
  repetitions the client's is enough, because the partner's hands are busy.
- easing_in: the partner goes slowly until the client says *good*. After 45 s without it, the way
  back begins.
- holding: the countdown, which only the client's *good* starts.
- eased: a little less, countdown frozen. *Good* goes on with what was left; 15 s without it, or a
  second ease in the same repetition, lead to the way back.
- releasing: the way back. A leg in the air is never left under another screen, so every way out of
  force goes through here, whether the hold is over, somebody pauses or ends, or contact is lost.
  What follows (`then`) is set when it begins. The one exception is a stop.
- stopped: a stop says "no more pressure, keep hold, slowly back" by itself. It is latched: first
  somebody says that the limb rests (`LetGo`), then whoever raised it clears it, and the answer may
  be *again*, *skip* or *end*. Again means positioning with both ready, never the middle of a hold.
- resting, paused: nobody's hands are on. A pause needs both to go on.
- ended: the record may be kept. Nothing else goes on here: a new session is a new room.

In easing_in, holding, eased and releasing hands may be on (`HANDS_ON`). Those four are left only
through releasing or stopped; many tests say that sentence in other words.

How the table is read
---------------------
Each row names a command, the seats that may send it, the phases it is meant for, guards, an
effect, the phases it can lead to, and the alert it tells first. `decide` takes the rows of this
command, seat and phase from top to bottom; the first whose guards all hold is the one. So the
order of rows matters: the special case stands above the general one. If no row holds, the command
is refused and the state is equal to what it was.

`tells` is there because one thing must not wait for anything. An urgent command is on its way to
both phones before it is decided and before the disk has it; a full disk delays no stop. So the
alert must follow from the state and the command alone, by the row that would decide it now. Its
severity counts until the command is committed, and from then on the state's own does.

Theory
------
This is a Decider (J. Chassaing, 2021, thinkbeforecoding.com): decide(state, command) -> events,
and evolve(state, event) -> state. The journal keeps the events. They are what a room is after a
restart, and what its record is made from. From that follow three laws.

- `decide` changes nothing, `evolve` refuses nothing. Both are pure: the time is an argument, and a
  deadline is data (timing.py) for which the hub sleeps.
- Rules are asked once. What came of a command is in its event (that this stop counts, that this
  stretch is closed, until when a cramp rests), and `evolve` writes it down. A rule may be changed
  tomorrow and yesterday's sessions replay to what they were; former.py has the rules of versions
  that did not store so much.
- What belongs to one phase exists in no other. `state.at` is one class of eleven (model.py): a
  hold has no stop, and only a way back has a `then`.

And two from h11's state machines: a table is data, so that the page docs/phases.md is drawn from
it and tests can spoil it; and what is illegal raises and changes nothing.

How we know
-----------
tests/core/ walks every path through small routines with the real functions: a million commands in
some ten thousand states. Each step is compared with the protocol, written down a second time in
other words. Then each row, guard, phase and alert is taken away in turn, and the same tests must
notice. A row that nothing needs is found the same way.

What was tried and dropped
--------------------------
- A second function for alerts, beside the table. It had to agree with the table row by row, and
  only reading showed whether it did. Now it is a column.
- Rules in `evolve`. A sharp pain closed the stretch there, so changing what closes a stretch
  would have changed sessions that were over.
- A release that the room skipped when it was given up, a ready that outlived a stop in the
  warm-up, a *good* tapped before an ease that the server had already made by itself: three holes
  that no example had shown. Walking every path found them. The last is why the first ease of a hold
  that the server has eased begins the phase anew: the *good* then quotes a phase that is gone.
- Pain that cannot be taken back. People mis-tap, and then tell nothing. What is said last counts
  until the stop is cleared. Signs of a nerve (numb, weak, spreading) do stay, and end the session.
- Numbers for pain, 0 to 10. They decided nothing, and asked somebody who hurts to do arithmetic.

Where to go from here: commands.py and events.py for the words, guards.py for the conditions,
effects.py and stops.py for what follows, decide.py for how the table is read. Source:
docs/protocol.md, "Phases".
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
        """Return the reason of the first guard that does not hold, or None."""
        assert _is_of(asked, self.kind)
        for guard in self.guards:
            if not guard.holds(asked):
                return guard.reason
        return None

    def events(self, asked: g.Asked[c.Command]) -> do.Events:
        """Return what follows once every guard holds."""
        assert _is_of(asked, self.kind)
        return self.effect(asked)


def _is_of(asked: g.Asked[c.Command], kind: type[C]) -> TypeGuard[g.Asked[C]]:
    return isinstance(asked.command, kind)


# A row for any command; it is used only through `broken` and `events`.
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
    # A display only looks on: the host lets it in, and anybody in the room may put it off
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
